"""Operations that show what happened: sessions, and their events in the order of time."""

import json
import re
from typing import Any

from ..clock import now_ms
from ..errors import NotFound, UsageError
from ..store.care.retention import OPEN_MS
from ..store.database import Row
from .context import Arguments, Context, Operation, Takes
from .reach import refuse_reading_elsewhere

__all__ = [
    "EVENT",
    "OPERATIONS",
    "SESSION",
    "event_number",
    "event_row",
    "event_shown",
    "session_named",
    "session_number",
    "sessions_shown",
    "turn",
]

SESSION = Takes(str, "a session: its number (s3), the host's id of it, or the first 4 signs or more of that")
EVENT = Takes(str, "an event: its number, as e345 or 345")
_LATEST = 1 << 62
_TURN = 100  # events of a turn that are shown,
_BESIDE = 3  # and on each side of one that belongs to none


def session_number(context: Context, ref: str) -> int:
    """The number of the session that `ref` names. Raises NotFound and UsageError."""
    text = ref.strip()
    numbered = re.fullmatch(r"[sS]?(\d{1,18})", text)
    if numbered and (row := context.database.one("shown_session_exists", id=int(numbered[1]))):
        return int(row[0])
    rows = context.database.all("shown_sessions_named", name=text)
    if len(rows) > 1:
        raise UsageError("several sessions have an id that begins so", fix="give more of it, or the number")
    if not rows:
        raise NotFound(f"there is no session {text!r}", fix="see `holdfast sessions`")
    return int(rows[0][0])


def event_number(ref: str) -> int:
    """The number that `e345` or `345` gives. Raises UsageError."""
    match = re.fullmatch(r"[eE]?(\d{1,18})", ref.strip())
    if match is None:
        raise UsageError(f"{ref!r} names no event", why="an event is called by its number, as e345")
    return int(match[1])


def event_row(context: Context, number: int) -> Row:
    """An event, as `event_shown` takes it; its session stands last. Raises NotFound."""
    row = context.database.one("shown_event", id=number)
    if row is None:
        raise NotFound(f"there is no event e{number}", fix="see `holdfast timeline`")
    return row


def sessions_shown(
    context: Context, *, place: int | None = None, number: int | None = None, limit: int = 1
) -> list[dict[str, Any]]:
    """Sessions, the latest first: of a project (None: all), or the one with that number. Times are Unix ms."""
    rows = context.database.all("shown_sessions", family=context.family_json(place), id=number, limit=limit)
    given: dict[int, dict[str, Any]] = {}
    for session, receipt, packs, tokens in context.database.all(
        "receipts_of_sessions", sessions=json.dumps([row[0] for row in rows])
    ):
        told = given.setdefault(session, {"packs": 0, "tokens": 0, "by_receipt": {}})
        told["packs"] += packs
        told["tokens"] += tokens
        told["by_receipt"][receipt] = packs
    return [_session(row, given.get(row[0])) for row in rows]


def _session(row: Row, given: dict[str, Any] | None) -> dict[str, Any]:
    """silent: it has no end, and is not expected to go on. given: the packs it was sent, and what became of them."""
    (number, host, name, project, label, worktree, cwd, attended, version, branch, started, heard, ended, reason,
     ignored, events, first) = row  # fmt: skip
    return {
        "number": number,
        "host": host,
        "name": name,
        "project": project,
        "project_label": label,
        "worktree": worktree,
        "cwd": cwd,
        "attended": None if attended is None else bool(attended),
        "host_version": version,
        "branch": branch,
        "started": started,
        "heard": heard,
        "ended": ended,
        "end_reason": reason,
        "silent": ended is None and heard <= now_ms() - OPEN_MS,
        "ignored": bool(ignored),
        "given": given or {"packs": 0, "tokens": 0, "by_receipt": {}},
        "events": events,
        "first_prompt": None if first is None else first[:300],
    }


def event_shown(row: Row) -> dict[str, Any]:
    """An event as every surface shows it (JSON-ready)."""
    number, kind, at, tool, status, input_, text, detail, prompt, agent, trust, erased = row[:12]
    return {
        "id": number,
        "kind": kind,
        "at": at,
        "tool": tool,
        "status": status,
        "input": input_,
        "text": text,
        "detail": json.loads(detail) if detail else {},
        "prompt": prompt,
        "agent": agent,
        "trust": trust,
        "erased": bool(erased),
    }


def turn(context: Context, event: Row) -> list[dict[str, Any]]:
    """The events of the same prompt as `event` (a row of `shown_event`), else those just before and after it."""
    number, at, prompt, session = event[0], event[2], event[8], event[12]
    if prompt is not None:
        rows = context.database.all("shown_events_of_prompt", session=session, prompt=prompt, limit=_TURN)
    else:
        rows = _around(context, session, at, number, _BESIDE)
    return [event_shown(row) for row in rows]


def _around(context: Context, session: int, at: int, number: int, count: int) -> list[Row]:
    place = {"session": session, "at": at, "id": number}
    before = context.database.all("shown_events_until", limit=count + 1, **place)
    return [*reversed(before), *context.database.all("shown_events_after", limit=count, **place)]


def _sessions(context: Context, arguments: Arguments) -> Any:
    place = context.place(arguments)
    found = sessions_shown(context, place=place, limit=arguments.get("limit", 20))
    row = context.database.one("shown_session_count", family=context.family_json(place))
    return {"sessions": found, "more": row[0] - len(found) if row else 0}


def _timeline(context: Context, arguments: Arguments) -> Any:
    limit = arguments.get("limit", 200)
    if "event" in arguments:
        return _timeline_around(context, arguments, event_number(arguments["event"]), min(limit, 2_000) // 2)
    if "ref" in arguments:
        memory = context.log.get(arguments["ref"])
        known = [each.event for each in memory.evidence if each.event is not None]
        if not known:
            raise NotFound(
                f"memory #{memory.number} points at no event",
                why="it was kept by hand, or comes from another device",
                fix=f"see `holdfast show {memory.number}`",
            )
        return _timeline_around(context, arguments, known[0], min(limit, 2_000) // 2)
    if "session" in arguments:
        found = [session_named(context, arguments)]
    else:
        found = sessions_shown(context, place=context.place(arguments))
    if not found:
        return {"session": None, "events": [], "earlier": 0}
    session = found[0]
    rows = context.database.all("shown_events_until", session=session["number"], at=_LATEST, id=_LATEST, limit=limit)
    events = [event_shown(row) for row in reversed(rows)]
    return {"session": session, "events": events, "earlier": session["events"] - len(events)}


def _timeline_around(context: Context, arguments: Arguments, number: int, count: int) -> Any:
    row = event_row(context, number)
    session = sessions_shown(context, number=row[12])[0]
    refuse_reading_elsewhere(context, arguments, f"event e{number}", session["project"])
    rows = _around(context, row[12], row[2], number, count)
    return {"session": session, "event": number, "events": [event_shown(each) for each in rows], "earlier": None}


def session_named(context: Context, arguments: Arguments) -> dict[str, Any]:
    """The session that is named. Raises NotFound, UsageError, and Refused when it is beyond the caller's reach."""
    session = sessions_shown(context, number=session_number(context, arguments["session"]))[0]
    refuse_reading_elsewhere(context, arguments, f"session s{session['number']}", session["project"])
    return session


def _session_shown(context: Context, arguments: Arguments) -> Any:
    """A session, with what it was given."""
    session = session_named(context, arguments)
    rows = context.database.all("shown_deliveries", session=session["number"], id=None)
    return {**session, "deliveries": [_delivery(row) for row in rows]}


def _delivery_shown(context: Context, arguments: Arguments) -> Any:
    """What a session was given once, to the byte."""
    ref = arguments["ref"].strip()
    match = re.fullmatch(r"[dD]?(\d{1,18})", ref)
    row = None if match is None else context.database.one("shown_deliveries", session=None, id=int(match[1]))
    if row is None:
        raise NotFound(f"there is no delivery {ref}", fix="`holdfast show s3` lists those of a session")
    session = sessions_shown(context, number=row[1])[0]
    refuse_reading_elsewhere(context, arguments, f"delivery d{row[0]}", session["project"])
    return {**_delivery(row), "session": session, "text": row[8]}


def _delivery(row: Row) -> dict[str, Any]:
    names = ("id", "session", "place", "at", "receipt", "seen", "tokens")
    refs = [each[0] for each in json.loads(row[7])]
    told = [f"#{ref}" if isinstance(ref, int) else ref for ref in refs]
    return {**dict(zip(names, row[:7], strict=True)), "refs": told}


OPERATIONS = (
    Operation(
        "sessions", "the latest sessions", _sessions,
        {"limit": Takes(int, "how many at the most", least=1, most=1_000)}, apart=True,
    ),
    Operation(
        "sessions.show", "a session, with what it was given", _session_shown,
        {"session": Takes(str, SESSION.help, needed=True)}, apart=True,
    ),
    Operation(
        "deliveries.show", "what a session was given once, to the byte", _delivery_shown,
        {"ref": Takes(str, "a delivery: its number, as d7 or 7", needed=True)}, apart=True,
    ),
    Operation(
        "timeline", "the events of a session, in the order of time", _timeline,
        {"session": SESSION, "event": EVENT, "ref": Takes(str, "a memory: what lies around its evidence"),
         "limit": Takes(int, "how many events at the most, the latest", least=1, most=100_000)},
        apart=True,
    ),
)  # fmt: skip
