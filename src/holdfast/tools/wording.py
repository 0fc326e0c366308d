"""Notes as the tools tell of them: plain lines that a model reads well and cheaply."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

__all__ = ["day", "one_line", "relation_lines", "short", "whole"]


def day(ms: int) -> str:
    """A moment (Unix ms) as a date, in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()


def one_line(text: str, limit: int) -> str:
    """At most `limit` characters of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def short(memory: Mapping[str, Any], snippet: str = "") -> str:
    """`#12 [decision] Title (app, 2026-01-02)`, what speaks for or against it, and a line of what it says."""
    where = "personal" if memory["scope"] == "personal" else memory["project_label"]
    told = [each for each in (where, day(memory["revised"]), _whose(memory)) if each]
    lines = [f"#{memory['number']} [{memory['label'] or memory['kind']}] {memory['title']} ({', '.join(told)})"]
    lines += relation_lines(memory)
    text = one_line(snippet or memory["body"], 200)
    if text.rstrip("….") not in memory["title"]:
        lines.append(text)
    return "\n   ".join(lines)


def whole(memory: Mapping[str, Any]) -> str:
    """All that one note says, and what is known of it."""
    told = {
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
    lines = [f"#{memory['number']} {memory['title']}" + (f" ({', '.join(marks)})" if marks else "")]
    lines.append(" | ".join(f"{name}: {value}" for name, value in told.items() if value))
    lines += [*relation_lines(memory), "", memory["body"]]
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
