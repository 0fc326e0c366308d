"""What was last heard, stored and delivered, and what the store holds."""

import contextlib
import os
import shutil
from pathlib import Path
from typing import Any

from .. import __version__
from ..capture import IGNORED
from ..errors import from_dict
from ..giving import SETTING
from ..hosts.claude_code.payload import hook_of
from ..journal.policy import read_policy
from ..journal.projects import Identity
from ..paths import Home
from ..settings import Settings
from ..store.care.retention import used
from .context import Arguments, Context, Life, Operation, no_project

__all__ = ["DAYS", "OPERATIONS", "bare_status"]

DAYS = 7  # over which deliveries are counted
_DAY = 86_400_000  # ms
_SPACE = 1_000_000  # bytes of free disk below which the next event is likely to be lost


def _status(context: Context, arguments: Arguments) -> Any:
    told = bare_status(context.home, context.settings, context.life, context.where(arguments))
    database, at = context.database, arguments["at"]
    counts = database.one("shown_counts")
    assert counts is not None
    names = ("memories", "forgotten", "sessions", "events", "projects", "summaries")
    return {
        **told,
        **dict(zip(names, counts, strict=True)),
        "problems": [*told["problems"], *_keyless(context)],
        "store": {"path": str(context.home.store), "bytes": used(database)},
        "heard": _heard(context),
        "stored": _stored(context),
        "deliveries": {
            "last": _delivered(context),
            "by_receipt": dict(database.all("receipt_counts", since=at - DAYS * _DAY)),
            "days": DAYS,
        },
        "paused": _paused(context, at),
    }


def bare_status(home: Home, settings: Settings, life: Life | None, where: Identity) -> dict[str, Any]:
    """What can be told without opening the store; its counts are None. where: of the caller's folder."""
    warnings = _warnings(where)
    homeless = no_project(where)
    return {
        "version": __version__,
        "home": str(home.folder),
        "daemon": None
        if life is None
        else {"process": os.getpid(), "version": __version__, "started": life.started, "answers": True},
        "http": None if life is None or life.door is None else life.door.state(),
        "memories": None,
        "forgotten": None,
        "sessions": None,
        "events": None,
        "projects": None,
        "summaries": None,
        "heard": None,
        "stored": None,
        "deliveries": {
            "last": None,
            "by_receipt": {},
            "days": DAYS,
        },
        "budgets": budgets(settings),
        "late": None if life is None else life.late,
        "spool": {"queued": _files(home.spool, ".frame"), "failed": _files(home.spool, ".failed")},
        "paused": None,
        "store": {"path": str(home.store), "bytes": _size(home.store)},
        "warnings": warnings,
        "no_project": f"{homeless} are kept and given here" if homeless else None,
        "refused": None if life is None or life.refused is None else life.refused.as_dict(),
        "problems": [*_unsaved(home, life), *Settings.load(home.config).problems, *warnings],
    }


def budgets(settings: Settings) -> dict[str, int]:
    """Tokens at the most, by place (0: switched off), and of a whole session between two compactions."""
    start = settings.number("inject.tokens_session_start")
    tokens = {"session-start": start, "prompt": settings.number("inject.tokens_prompt"), "compact": start}
    told = {place: tokens[place] if settings[name] else 0 for place, name in SETTING.items()}
    return {**told, "session": settings.number("inject.tokens_session")}


def _warnings(where: Identity) -> list[str]:
    """What the repository's `.holdfast` says in vain."""
    if where.checkout is None:
        return []
    root = where.checkout.root
    return [f"{root}: {each}" for each in read_policy(root).warnings]


def _unsaved(home: Home, life: Life | None) -> list[str]:
    """Why events are lost now."""
    if life is not None and life.refused is not None:
        return [str(life.refused)]
    with contextlib.suppress(OSError):
        free = shutil.disk_usage(home.folder).free
        if free < _SPACE:
            return [f"events are lost: {free // 1000} KB are free on the disk of {home.folder}\nfix: free some space"]
    return []


def _keyless(context: Context) -> list[str]:
    """That something is sealed whose key is not here. A keyring is not asked: it may ask its owner to unlock it."""
    if context.settings.on("secrets.keyring"):
        return []
    key = context.safe.key()
    return [str(from_dict(key["problem"]))] if key["needed"] and key["problem"] else []


def _heard(context: Context) -> dict[str, Any] | None:
    if context.life is not None and context.life.heard is not None:
        heard = context.life.heard
        return {**heard, "event": "SessionStart" if heard["event"] == IGNORED else heard["event"]}
    row = context.database.one("shown_last_hook")
    return None if row is None else {"host": row[0], "event": hook_of(row[1], row[4]), "at": row[2]}


def _stored(context: Context) -> dict[str, Any] | None:
    """The event that was stored last. at: when that was; None for what an earlier process read of a transcript, and for
    what another store told of (imported)."""
    row = context.database.one("shown_last_event")
    if row is None:
        return None
    latest = context.latest()
    at = latest[1] if latest is not None and latest[0] == row[4] else row[5]
    told = {"host": row[0], "kind": row[1], "at": at, "happened": row[2], "session": row[3], "event": row[4]}
    return {**told, "imported": bool(row[6])}


def _delivered(context: Context) -> dict[str, Any] | None:
    row = context.database.one("shown_last_delivery")
    names = ("place", "at", "receipt", "seen", "host", "session", "tokens", "items")
    return None if row is None else dict(zip(names, row, strict=True))


def _paused(context: Context, at: int) -> dict[str, Any] | None:
    """{"until": Unix ms, or None for until further notice}; None when recording goes on."""
    row = context.database.one("paused_at", at=at)
    return None if row is None else {"until": row[0]}


def _size(store: Path) -> int:
    size = 0
    for path in (store, store.with_name(store.name + "-wal")):
        with contextlib.suppress(OSError):
            size += path.stat().st_size
    return size


def _files(folder: Path, ending: str) -> int:
    try:
        return sum(name.endswith(ending) for name in os.listdir(folder))  # noqa: PTH208  # names will do
    except OSError:
        return 0


OPERATIONS = (Operation("status", "what was last heard, stored and delivered", _status, apart=True),)
