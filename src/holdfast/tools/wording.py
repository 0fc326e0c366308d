"""Notes as the tools tell of them: plain lines that a model reads well and cheaply."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..clock import day
from ..guard import one_line, redact, safe

__all__ = ["echoed", "named", "relation_lines", "short", "told", "whole", "word"]

_MARKS = str.maketrans({"[": "(", "]": ")", "|": "/"})


def word(text: str) -> str:
    """A word that somebody chose – a type, a tag, a key, a project – without the marks of our own lines."""
    return one_line(text).translate(_MARKS)


def told(text: str) -> str:
    """What a note says, among others: its further lines are indented, so that none begins a note of its own."""
    return safe(text).replace("\n", "\n    ")


def echoed(text: str) -> str:
    """The beginning of what a caller gave, as an answer may repeat it."""
    return one_line(redact(text), 200)


def named(memory: Mapping[str, Any]) -> str:
    """`#12 'Title'`."""
    return f"#{memory['number']} {one_line(memory['title'], 120)!r}"


def short(memory: Mapping[str, Any], snippet: str = "") -> str:
    """`#12 [decision] Title (app, 2026-01-02)`, what speaks for or against it, and a line of what it says."""
    where = "personal" if memory["scope"] == "personal" else memory["project_label"]
    origin = [each for each in (word(where or ""), day(memory["revised"]), _whose(memory)) if each]
    kind, title = word(memory["label"] or memory["kind"]), one_line(memory["title"])
    lines = [f"#{memory['number']} [{kind}] {title} ({', '.join(origin)})"]
    lines += relation_lines(memory)
    text = one_line(snippet or memory["body"], 200)
    if text.rstrip("….") not in title:
        lines.append(text)
    return "\n   ".join(lines)


def whole(memory: Mapping[str, Any], origin: Iterable[str] = ()) -> str:
    """All that one note says, below what is known of it; so nothing that it says can pass for that. origin: lines on
    where it comes from."""
    known = {
        "type": memory["label"] or memory["kind"],
        "project": memory["project_label"],
        "scope": memory["scope"],
        "topic_key": memory["topic_key"],
        "tags": ", ".join(memory["tags"]),
        "files": ", ".join(memory["files"]),
        "said by": memory["trust"],
        "created": day(memory["created"]),
        "revised": f"{day(memory['revised'])}, revision {memory['revision']}" if memory["revision"] > 1 else "",
        "said again": f"{memory['repeats']} times" if memory["repeats"] else "",
        "id": memory["id"],
    }
    marks = [name for name in ("standing", "pinned", "sealed") if memory[name]] + (
        [] if memory["alive"] else ["forgotten"]
    )
    lines = [f"#{memory['number']} {one_line(memory['title'])}" + (f" ({', '.join(marks)})" if marks else "")]
    lines.append(" | ".join(f"{name}: {word(value)}" for name, value in known.items() if value))
    lines += [*relation_lines(memory), *origin, "", memory["body"]]
    return "\n".join(lines)


_ANNOTATED = {
    ("supersedes", "source"): "supersedes: #{other}",
    ("supersedes", "target"): "superseded_by: #{other}",
    ("conflicts_with", "source"): "conflicts_with: #{other}",
    ("conflicts_with", "target"): "conflicts_with: #{other}",
}


def relation_lines(memory: Mapping[str, Any]) -> Iterator[str]:
    """What engram calls annotations. A relation: {relation, status, direction, other, judgment_id}; the direction says
    which of the two this one is, source or target."""
    for each in memory["relations"]:
        if each["status"] == "orphaned":  # the other one is not served
            continue
        if each["status"] == "pending":
            yield f"conflict: contested by #{each['other']} (pending); judgment_id {each['judgment_id']}"
        elif (form := _ANNOTATED.get((each["relation"], each["direction"]))) is not None:
            yield form.format(other=each["other"])
    if memory["more_relations"]:
        yield f"and {memory['more_relations']} more such"


def _whose(memory: Mapping[str, Any]) -> str:
    """Whose word it is, where that is not the agent's own or its owner's."""
    return "" if memory["trust"] in ("owner", "agent") else str(memory["trust"])
