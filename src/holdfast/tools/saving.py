"""Tools that save notes and revise them."""

from typing import Any

from ..errors import UsageError
from ..guard import one_line
from .call import Call, Reply
from .place import known_by, place, place_named
from .speaking import speaking
from .wording import named, word

__all__ = ["capture", "save", "suggest", "update"]


async def save(call: Call) -> Reply:
    """mem_save: its fields are engram's, and say what the new note may contradict."""
    where = await place(call, call.session)
    it = await call.ask(
        "remember", body=call["content"], title=call["title"], kind=call.get("type"), scope=call.get("scope"),
        topic_key=call.get("topic_key"), session=await speaking(call), nonce=call.nonce, detect=True, **where,
    )  # fmt: skip
    memory, candidates = it["memory"], it["candidates"]
    note = named(memory)
    if it["folded"]:
        text = f"Kept already as {note}; counted once more."
    elif memory["revision"] > 1:
        text = f"Revised {note}, revision {memory['revision']}."
    else:
        text = f"Saved {note} in {_where(memory)}."
    lines = [text, *_suggested(it, candidates)]
    fields: dict[str, Any] = {
        "id": memory["number"], "sync_id": memory["id"], **await known_by(call, where),
        "judgment_required": it["judgment_required"], "candidates": candidates,
    }  # fmt: skip
    fields |= {name: it[name] for name in ("judgment_status", "judgment_id", "detection_error") if it.get(name)}
    return Reply("\n".join(lines), fields)


def _where(memory: dict[str, Any]) -> str:
    return "all projects" if memory["scope"] == "personal" else word(str(memory["project_label"]))


def _suggested(it: dict[str, Any], candidates: list[dict[str, Any]]) -> list[str]:
    lines = []
    if candidates:
        lines.append("It may bear on these notes; call mem_judge once for each, with the relation that holds:")
        lines += [
            f"- #{each['id']} {one_line(str(each['title']), 120)!r}: judgment_id {each['judgment_id']}"
            for each in candidates
        ]
    if it["detection_error"]:
        lines.append(f"Whether it contradicts other notes is not known: {it['detection_error']}")
    lines += _hidden(it)
    for told, means in (("withheld", "Sessions are given no notes here"), ("unrecorded", "Sessions are not recorded")):
        if it[told]:
            lines.append(f"{means}: {it[told]['why']}.")
    return lines


def _hidden(it: dict[str, Any]) -> list[str]:
    if not it["secrets"]:
        return []
    kept = "sealed" if it["sealed"] else "hidden"
    return [f"A secret in it was {kept} ({', '.join(it['secrets'])})."]


async def update(call: Call) -> Reply:
    """mem_update."""
    parts = {
        "title": call.get("title"), "body": call.get("content"), "kind": call.get("type"), "scope": call.get("scope"),
        "topic_key": call.get("topic_key"),
    }  # fmt: skip
    if all(value is None for value in parts.values()):
        raise UsageError("mem_update needs something to change", why="title, content, type, scope or topic_key")
    it = await call.ask("revise", ref=call["id"], **parts, **await place_named(call))
    memory = it["memory"]
    note = named(memory)
    text = f"Revised {note}, revision {memory['revision']}." if it["change"] else f"{note} says so already."
    fields = {"id": memory["number"], "sync_id": memory["id"], "revision": memory["revision"]}
    return Reply("\n".join([text, *_hidden(it)]), fields)


async def suggest(call: Call) -> Reply:
    """mem_suggest_topic_key."""
    it = await call.ask(
        "topics.suggest", title=call.get("title"), kind=call.get("type"), body=call.get("content")
    )  # fmt: skip
    return Reply(f"Suggested topic_key: {it['topic_key']}", it)


async def capture(call: Call) -> Reply:
    """mem_capture_passive."""
    where = await place(call, call.session)
    it = await call.ask(
        "learnings.capture", body=call["content"], session=await speaking(call), source=call.get("source"), **where
    )
    looked = it.pop("looked")
    it |= await known_by(call, where)
    if not it["extracted"]:
        within = f" within the last {looked:,} characters" if looked < len(call["content"]) else ""
        return Reply(f"Nothing captured: no list under a heading such as `## Key Learnings`{within}.", it)
    numbers = ", ".join(f"#{number}" for number in it["numbers"])
    text = (
        f"Passive capture complete: extracted={it['extracted']} saved={it['saved']} duplicates={it['duplicates']} "
        f"({numbers})"
    )
    if it["left_out"]:
        text += f"; {it['left_out']} more were left out: at most {it['extracted']} at a time, so call again with those."
    return Reply(text, it)
