"""Tools that find notes and show them."""

from collections.abc import Mapping
from typing import Any, Final

from ..clock import day
from ..errors import NotFound
from ..guard import one_line
from .call import Call, Reply
from .place import place, place_named
from .wording import echoed, short, whole, word

__all__ = ["context", "get", "search", "timeline"]

_TURNS: Final = 3  # things said in sessions, below the notes
_SHOWN: Final = ("title", "body", "kind", "label", "scope", "topic_key")  # of what a change took the place of
_SAID: Final = 300  # characters of an event in a timeline


async def search(call: Call) -> Reply:
    """mem_search: notes, and below them what was said in sessions."""
    limit, kind, scope = call["limit"], call.get("type"), call.get("scope")
    it = await call.ask(
        "search", words=call["query"], type=kind,
        only="memories" if kind or scope else None, personal=scope == "personal",
        limit=100 if scope == "project" else 3 * limit,
        without_session=call.hints.session if call.hints.hosted else None, **await place(call),
    )  # fmt: skip
    found = [hit for hit in it["hits"] if hit["type"] == "memory" and scope in (None, hit["memory"]["scope"])]
    said = [hit for hit in it["hits"] if hit["type"] == "turn"][:_TURNS]
    lines = [short(hit["memory"], hit["snippet"]) for hit in found[:limit]]
    if found:
        more = f" (the best {limit})" if len(found) > limit or it["more"] else ""
        notes = "1 note" if len(found[:limit]) == 1 else f"{len(found[:limit])} notes"
        lines.insert(0, f"Found {notes}{more}; mem_get_observation gives one whole:")
    else:
        lines = [f"No memories found for: {echoed(call['query'])!r}"]
    if said:
        lines.append("Said in earlier sessions:")
        lines += [f"e{hit['event']} ({hit['kind']}, {day(hit['at'])}) {one_line(hit['snippet'], 200)}" for hit in said]
    return Reply("\n".join(lines))


async def context(call: Call) -> Reply:
    """mem_context."""
    if call.get("scope") == "personal":
        it = await call.ask("recent", limit=call.get("limit") or 20, personal=True, **await place(call))
        return Reply("\n".join(short(each) for each in it["memories"]) or "No personal notes are kept yet.")
    query = call.get("query")
    it = await call.ask(
        "pack", place="prompt" if query else "session-start", prompt=query, limit=call.get("limit"), notes=True,
        **await place(call),
    )  # fmt: skip
    if it["withheld"]:
        why = f"No notes are given here: {it['withheld']['why']}. The user can change that: {it['withheld']['fix']}"
        return Reply(why)
    nothing = "Nothing that is kept matters for that." if query else "Nothing is kept for this project yet."
    return Reply(it["text"] or nothing, exact=True)  # a pack, whose fence is ours


async def get(call: Call) -> Reply:
    """mem_get_observation."""
    it = await call.ask("show", ref=call["id"], **await place_named(call))
    if it["type"] == "event":
        return Reply(_event(it, 8_000))
    lines = [f"Drawn by a rule: {one_line(it['drawn']['why'])}"] if it.get("drawn") else []
    for each in it["evidence"]:
        if each.get("kind"):
            quote = f": “{one_line(each['quote'], 280)}”" if each["quote"] else ""
            lines.append(f"From e{each['event']} ({each['kind']}, {day(each['at'])}){quote}")
    if call.get("include_history"):
        lines += await _before(call)
    return Reply(whole(it, lines))


async def _before(call: Call) -> list[str]:
    """What a note said before, the latest first."""
    steps = (await call.ask("history", ref=call["id"], **await place_named(call)))["steps"]
    lines = [
        f"until {day(step['at'])}, {edit['name']}: {one_line(edit['before'], 1_400)}"
        for step in steps for edit in step["edits"] if edit["name"] in _SHOWN and isinstance(edit["before"], str)
    ]  # fmt: skip
    return ["What it said before, the latest first:", *lines] if lines else ["It never said anything else."]


async def timeline(call: Call) -> Reply:
    """mem_timeline: the events around what a note came from; without any, the notes kept around it."""
    ref, before, after = call["observation_id"], call["before"], call["after"]
    where = await place_named(call)
    try:
        about = "event" if ref[:1] in "eE" and ref[1:].isdigit() else "ref"
        it = await call.ask("timeline", limit=2 * max(before, after, 1), **{about: ref}, **where)
    except NotFound:
        return await _kept_around(call, await call.ask("show", ref=ref, **where), before, after)
    at = next(nth for nth, each in enumerate(it["events"]) if each["id"] == it["event"])
    shown = it["events"][max(0, at - before) : at + after + 1]
    lines = [("→ " if each["id"] == it["event"] else "  ") + _event(each, _SAID) for each in shown]
    return Reply("\n".join([f"Session {word(it['session']['name'])}, around e{it['event']}:", *lines]))


async def _kept_around(call: Call, it: Mapping[str, Any], before: int, after: int) -> Reply:
    project = it["project"]
    personal = it["scope"] == "personal"  # said in some project, but not of it
    told = await call.ask("recent", limit=1_000, personal=personal, project=None if project is None else str(project))
    found = told["memories"]
    kept = sorted(found, key=lambda each: (each["created"], each["number"]))
    at = next((nth for nth, each in enumerate(kept) if each["number"] == it["number"]), None)
    if at is None:
        return Reply(f"{short(it)}\nIt points at no event, and lies too far back to show what was kept around it.")
    shown = kept[max(0, at - before) : at + after + 1]
    lines = [("→ " if each["number"] == it["number"] else "  ") + short(each) for each in shown]
    return Reply("\n".join([f"#{it['number']} points at no event; notes kept around it:", *lines]))


def _event(event: Mapping[str, Any], limit: int) -> str:
    parts = [f"e{event['id']} {day(event['at'])} {event['kind']}"]
    if event["tool"]:
        parts.append(f"{word(event['tool'])} {event['status'] or ''}".rstrip())
    text = " ".join(each for each in (event["input"], event["text"]) if each)
    return f"{', '.join(parts)}: {one_line(text, limit)}" if text else ", ".join(parts)
