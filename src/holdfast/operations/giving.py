"""Operations that show what a session would be given and why, and what was given."""

from typing import Any

from ..clock import day
from ..errors import UsageError
from ..giving import SETTING, Asker
from ..recall.pack import PLACES, Item, Pack, tokens_of
from .context import NOWHERE, Arguments, Context, Operation, Takes
from .projects import withheld
from .sessions import SESSION, session_number

__all__ = ["OPERATIONS"]

_DAY = 86_400_000  # ms
_COUNTED = ("captured", "drawn", "kept", "given", "arrived", "lost", "tokens")  # of each day


def _pack(context: Context, arguments: Arguments) -> Any:
    asked = arguments.get("prompt")
    place = arguments.get("place") or ("prompt" if asked is not None else "session-start")
    if place == "prompt" and not (asked or "").strip():
        raise UsageError("what would be asked?", fix='holdfast pack "the prompt", or holdfast pack --session-start')
    who = _asker(context, arguments)
    giving = context.capture.giving.within(
        tokens=arguments.get("tokens"), items=arguments.get("limit"), protocol=not arguments.get("notes")
    )
    if place == "prompt":
        explain = bool(arguments.get("explain"))
        pack = giving.for_prompt(who, asked or "", everything="session" not in arguments, explain=explain)
    elif place == "compact":
        pack = giving.after_compaction(who)
    else:
        pack = giving.at_start(who)
    told = _shown(pack, explain=bool(arguments.get("explain")))
    return {**told, "withheld": _kept_back(context, arguments, place, who.project)}


def _asker(context: Context, arguments: Arguments) -> Asker:
    """The session that is meant, else a new one in the caller's folder."""
    if "session" in arguments:
        number = session_number(context, arguments["session"])
        return context.capture.giving.asker(number, arguments["at"])
    where = context.where(arguments)
    project = context.place({**arguments, "all_projects": False})
    return Asker("preview", None, project or None, where.worktree, arguments["at"], where.folder)


def _kept_back(context: Context, arguments: Arguments, place: str, project: int | None) -> dict[str, str] | None:
    """Why a session would be given nothing of it, {"why", "fix"}; None when it would."""
    name = SETTING[place]
    if not context.settings[name]:
        return {"why": f"{name} is off", "fix": f"holdfast config set {name} true"}
    if context.capture.journal.paused(arguments["at"]):
        return {"why": "recording is paused, and nothing is given meanwhile", "fix": "holdfast pause --off"}
    return withheld(context, arguments, project or NOWHERE)


def _shown(pack: Pack, *, explain: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "text": pack.text or None,
        "mark": pack.mark or None,
        "place": pack.place,
        "tokens": pack.tokens,
        "items": [_item(item) for item in pack.items],
        "sections": [{"name": name, "text": text} for name, text in pack.sections()],
        "left_out": [],
    }
    if explain:
        told["left_out"] = [{**_item(each.item), "reason": each.reason} for each in pack.left_out]
    return told


def _item(item: Item) -> dict[str, Any]:
    return {
        "ref": f"#{item.ref}" if isinstance(item.ref, int) else item.ref,
        "section": item.section,
        "text": item.text,
        "whole": item.whole,
        "tokens": tokens_of(item.text),
        "relevance": item.relevance,
        "parts": dict(item.parts),
    }


def _stats(context: Context, arguments: Arguments) -> Any:
    """Days of the caller's own time, the oldest first."""
    shift, count = arguments.get("shift", 0), arguments.get("days", 14)
    today = (arguments["at"] + shift * 1000) // _DAY
    first = today - count + 1
    since = first * _DAY - shift * 1000
    days: dict[int, dict[str, Any]] = {
        nth: {"day": day(nth * _DAY), **dict.fromkeys(_COUNTED, 0)} for nth in range(first, today + 1)
    }
    place = context.place(arguments) if arguments.get("here") or arguments.get("project") else None
    asked: dict[str, Any] = {"since": since, "shift": shift, "family": context.family_json(place)}
    for name, columns in (
        ("stats_captured", ("captured",)),
        ("stats_drawn", ("drawn", "kept")),
        ("stats_given", ("given", "arrived", "lost", "tokens")),
    ):
        for nth, *values in context.database.all(name, **asked):
            if nth in days:
                days[nth] |= dict(zip(columns, values, strict=True))
    found = list(days.values())
    return {"days": found, "totals": {name: sum(each[name] for each in found) for name in _COUNTED}}


def _troubled(context: Context, arguments: Arguments) -> Any:
    rows = context.database.all("shown_last_packs", since=arguments["since"])
    names = ("id", "place", "at", "receipt", "tokens", "host", "session")
    return {"deliveries": [dict(zip(names, row, strict=True)) for row in rows]}


OPERATIONS = (
    Operation(
        "pack", "the block that a session would be given, and why", _pack,
        {"prompt": Takes(str, "what would be asked"),
         "place": Takes(str, "where it would be given", among=PLACES), "session": SESSION,
         "tokens": Takes(int, "tokens at the most, instead of the setting", least=0, most=100_000),
         "limit": Takes(int, "items at the most, instead of the setting; 0: no limit", least=0, most=1_000),
         "notes": Takes(bool, "without the words of the Memory Protocol"),
         "explain": Takes(bool, "with what was left out")},
        apart=True,
    ),
    Operation(
        "deliveries.troubled", "what was given since a time and arrived cut, or not at all", _troubled,
        {"since": Takes(int, "Unix ms", needed=True, least=0)}, apart=True,
    ),
    Operation(
        "stats", "what was captured, drawn, given and arrived, by day", _stats,
        {"days": Takes(int, "how many days, today included", least=1, most=366),
         "shift": Takes(int, "seconds from UTC to the caller's clock", least=-50_400, most=50_400),
         "here": Takes(bool, "of the folder's project only")},
        apart=True,
    ),
)  # fmt: skip
