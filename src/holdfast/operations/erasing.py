"""Operations that remove something for good, and tell which copies of the store still hold it."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import apsw

from ..errors import UsageError
from ..memory import Memory
from ..store.care.file import unchanging
from ..store.database import Row
from ..store.statements import STATEMENTS
from .context import Arguments, Context, Operation, Takes, whose
from .memories import shown
from .reach import refuse_changing_elsewhere, refuse_writing_elsewhere
from .sessions import EVENT, SESSION, event_number, event_row, event_shown, session_number, sessions_shown

__all__ = ["OPERATIONS"]

_WORD: Final = re.compile(r"\w+")
_PART: Final = re.compile(r"\n|(?<=[.!?])\s")
_FEW: Final = 3  # words, fewer than which tell nothing by themselves
_PARTS: Final = 8  # of a body, that are looked for elsewhere

_TAKES = {
    "ref": Takes(str, "a memory"),
    "event": EVENT,
    "session": SESSION,
}


def _preview(context: Context, arguments: Arguments) -> Any:
    """What is meant, so that one can be asked whether to erase it."""
    what = _one(arguments)
    if what == "ref":
        memory = context.log.get(arguments["ref"])
        refuse_writing_elsewhere(context, arguments, memory)
        return {"memory": shown(context, memory), "elsewhere": _elsewhere(context, memory)}
    if what == "event":
        row = _event(context, arguments)
        return {"event": event_shown(row), **_drawn(context, [row[0]], row[12])}
    session = _session(context, arguments)
    events = [row[0] for row in context.database.all("events_of_session", session=session["number"])]
    return {"session": session, **_drawn(context, events, session["number"])}


def _event(context: Context, arguments: Arguments) -> Row:
    """The event that is meant. Raises NotFound, and Refused when it is beyond the caller's reach."""
    row = event_row(context, event_number(arguments["event"]))
    session = sessions_shown(context, number=row[12])[0]
    refuse_changing_elsewhere(context, arguments, f"event e{row[0]}", session["project"])
    return row


def _session(context: Context, arguments: Arguments) -> dict[str, Any]:
    """The session that is meant. Raises NotFound, and Refused when it is beyond the caller's reach."""
    session = sessions_shown(context, number=session_number(context, arguments["session"]))[0]
    refuse_changing_elsewhere(context, arguments, f"session s{session['number']}", session["project"])
    return session


def _drawn(context: Context, events: Sequence[int], session: int) -> dict[str, Any]:
    """The memories that go with these events of a session, and those of which only versions go.

    from: the other sessions that they came from, the first one first. began: where the first text came from, when that
    was not this session; stands: where what a memory says that stays came from ("elsewhere": no session).
    """
    drawn = context.log.drawn(events)
    numbers = [memory.number for memory in drawn.memories if not memory.erased]
    versions: dict[int, dict[int, list[int | None]]] = {}
    for number, change, from_ in context.database.all("shown_versions_of", numbers=json.dumps(numbers)):
        versions.setdefault(number, {}).setdefault(change, []).append(from_)
    whole: list[dict[str, Any]] = []
    for memory in drawn.whole:
        if memory.erased:
            continue
        texts = list(versions.get(memory.number, {0: [None]}).values())
        others = dict.fromkeys(each for text in texts for each in text if each not in (None, session))
        began = None if session in texts[0] else _place(texts[0])
        whole.append(_named(memory) | {"began": began, "from": [f"s{each}" for each in others]})
    parts = [
        _named(memory) | {"stands": _place(list(versions[memory.number].values())[-1])} for memory, _ in drawn.parts
    ]
    return {"drawn": sorted(whole, key=_by_number), "parts": sorted(parts, key=_by_number)}


def _named(memory: Memory) -> dict[str, Any]:
    return {"number": memory.number, "title": memory.title}


def _by_number(it: dict[str, Any]) -> int:
    return int(it["number"])


def _place(sessions: Sequence[int | None]) -> str:
    """The session of a text, as it is referred to."""
    return next((f"s{each}" for each in sessions if each is not None), "elsewhere")


def _elsewhere(context: Context, memory: Memory) -> list[dict[str, Any]]:
    """Where else the words of a memory stand: what it was drawn from, and what else was drawn from that."""
    parts = [part for part in _PART.split(memory.body) if len(_words(part)) >= _FEW] or [memory.body]
    found: dict[str, str] = {}
    for part in filter(_words, parts[:_PARTS]):
        said = f" {' '.join(_words(part))} "
        for type_, number, kind, body in context.database.all(
            "shown_texts_with", like=_like(part), number=memory.number
        ):
            if said in f" {' '.join(_words(body))} ":
                found[f"e{number}" if type_ == "event" else f"#{number}"] = kind
    return [{"ref": ref, "kind": kind} for ref, kind in found.items()]


def _like(text: str) -> str:
    """What SQL finds a text with the same words by: the longest, rather in ASCII. It knows of no other letter that the
    small and the capital are one; so such a letter at the beginning may be any."""
    word = max(_WORD.findall(text), key=lambda word: (word.isascii(), len(word)))
    return f"%{word if word[:1].isascii() else '_' + word[1:]}%"


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _erase(context: Context, arguments: Arguments) -> Any:
    what, log = _one(arguments), context.log
    if what == "ref":
        refuse_writing_elsewhere(context, arguments, log.get(arguments["ref"]))
        erased = log.erase(arguments["ref"], whose=whose(arguments))
    elif what == "event":
        event = _event(context, arguments)[0]
        erased = log.erase_event(event, derived=not arguments.get("keep_memories"), whose=whose(arguments))
    else:
        number = _session(context, arguments)["number"]
        erased = log.erase_session(number, derived=not arguments.get("keep_memories"), whose=whose(arguments))
    return {
        "memories": list(erased.memories),
        "changed": list(erased.changed),
        "events": list(erased.events),
        "texts": erased.texts,
        "packs": erased.packs,
        "settled": erased.settled,
    }


def _copies(context: Context, arguments: Arguments) -> Any:
    """The copies of the store that still hold it: of a memory, event or session that was erased just now."""
    what, home = _one(arguments), context.home
    if what == "ref":
        asked: tuple[str, dict[str, Any]] = (
            "shown_memory_in_copy", {"uuid": context.log.get(arguments["ref"]).id.bytes},
        )  # fmt: skip
    else:
        number = event_number(arguments["event"]) if what == "event" else None
        if number is None:
            session = session_number(context, arguments["session"])
        else:
            row = context.database.one("shown_event", id=number)
            session = -1 if row is None else row[12]
        found = sessions_shown(context, number=session)
        if not found:
            return {"copies": []}
        name = {"host": found[0]["host"], "name": found[0]["name"]}
        asked = ("shown_session_in_copy", name) if number is None else ("shown_event_in_copy", {**name, "id": number})
    files = [*home.backups.glob("*.db"), *(path for path in home.folder.glob("holdfast-*.db"))]
    return {"copies": sorted(str(path) for path in files if _holds(path, *asked))}


def _holds(path: Path, statement: str, values: dict[str, Any]) -> bool:
    """Whether a copy holds it; one that cannot be read may."""
    try:
        with unchanging(path) as copy:
            return copy.execute(STATEMENTS[statement], values).fetchone() is not None
    except (OSError, apsw.Error):
        return True


def _one(arguments: Arguments) -> str:
    named = [name for name in _TAKES if name in arguments]
    if len(named) != 1:
        raise UsageError(
            "erase what?", why="one memory, one event or one session at a time",
            fix="holdfast erase ID, --event N or --session S",
        )  # fmt: skip
    return named[0]


OPERATIONS = (
    Operation("erase.preview", "what would be removed", _preview, _TAKES, apart=True),
    Operation(
        "erase", "remove a memory, an event or a session for good", _erase,
        {**_TAKES, "keep_memories": Takes(bool, "leave the memories that were drawn from it, without their quotes")},
        alone=True, before=Context.look,
    ),
    Operation("erase.copies", "which copies of the store still hold it", _copies, _TAKES, apart=True),
)  # fmt: skip
