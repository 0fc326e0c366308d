"""What a command does with the store in its own process: questions while no daemon runs, and care that needs it alone.

Care that replaces or rewrites the file holds the daemon's lock meanwhile; hooks spool until it is over.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from ..clock import Clock, now_ms
from ..drawing import Work
from ..errors import HoldfastError, Unavailable
from ..guard import clean
from ..journal.projects import identify
from ..lock import Lock
from ..paths import Home
from ..settings import Settings
from ..store.care import backup, exporting, importing
from ..store.care.repair import Repaired, repair
from ..store.database import Database
from ..store.log import Log
from . import OPERATIONS, Arguments, Context
from .status import bare_status

__all__ = [
    "alone",
    "answer",
    "backups",
    "export",
    "import_",
    "must_be_a_copy",
    "repair_store",
    "restore",
    "status",
    "undrawn",
]

_AT_ONCE = 2_000  # events of a session from which is drawn in one go: nobody waits for this process
_PATIENCE = 15.0  # seconds for a daemon to leave


def answer(home: Home, operation: str, arguments: Arguments) -> Any:
    """What the daemon would answer to a question, from the store itself. Raises HoldfastError."""
    asked = OPERATIONS[operation]
    assert asked.apart
    with contextlib.closing(Database(home.store, readonly=True)) as database:
        context = Context.over(database, home, Settings.load(home.config))
        return asked.run(context, asked.checked(arguments))


def status(home: Home, arguments: Arguments, problem: HoldfastError | None = None) -> dict[str, Any]:
    """The status without a daemon; what cannot be told is None and its reason among the problems."""
    where = identify(arguments.get("cwd") or "/", named=arguments.get("named"))
    told = bare_status(home, Settings.load(home.config), None, where)
    try:
        home.check()
    except HoldfastError as error:
        problem = error
    if problem is None and home.store.exists():
        try:
            return dict(answer(home, "status", arguments))
        except HoldfastError as error:
            problem = error
    if problem is not None:
        told["problems"].insert(0, str(problem))
    elif not home.store.exists():
        told |= dict.fromkeys(("memories", "forgotten", "sessions", "events", "projects", "summaries"), 0)
    return told


def undrawn(home: Home, *, since: int = 0) -> Iterator[Work]:
    """What rules have not looked at, in sessions heard since (Unix ms), piece by piece: what becomes of one must be
    handed over before the next is asked for."""
    with contextlib.closing(Database(home.store, readonly=True)) as database:
        drawing = Context.over(database, home, Settings.load(home.config)).capture.drawing
        now = now_ms()
        for session in drawing.waiting(since=since, before=now, limit=1_000_000):
            while (work := drawing.work(session, now=now, at_once=_AT_ONCE)) is not None:
                yield work


@contextlib.contextmanager
def alone(home: Home, stop: Callable[[], Any]) -> Iterator[None]:
    """Hold the daemon's lock; `stop` ends one that runs. Raises Unavailable when another does not leave."""
    home.make()
    deadline = time.monotonic() + _PATIENCE
    lock = Lock(home.lock)
    try:
        while not lock.take():
            if time.monotonic() > deadline:
                raise Unavailable(
                    "the store is in use", why=f"by process {lock.holder()}", fix="call again when it is done"
                )
            stop()
            time.sleep(0.02)
        yield
    finally:
        lock.release()


def backups(home: Home) -> dict[str, Any]:
    """The copies that there are, the newest first. Needs the folder alone, so it works when the store is damaged."""
    return {
        "backups": [
            {
                "path": str(each.path),
                "made": int(each.made.timestamp() * 1000),
                "automatic": each.automatic,
                "bytes": each.size,
            }
            for each in backup.backups(home.backups)
        ]
    }


def must_be_a_copy(source: Path) -> None:
    """Raises StoreError when a file cannot take the store's place."""
    backup.must_be_a_copy(source)


def restore(home: Home, source: Path) -> dict[str, Any]:
    """Put a copy in the store's place. The caller is `alone`."""
    done = backup.restore(home.store, source, now_ms=now_ms())
    return {"epoch": str(done.epoch), "replaced": None if done.replaced is None else str(done.replaced)}


def repair_store(home: Home) -> Repaired:
    """Make the store whole. The caller is `alone`."""
    return repair(home.store, now_ms=now_ms(), folder=home.backups, rebuild=lambda database: _log(database).rebuild())


def export(home: Home, out: BinaryIO, *, journal: bool) -> dict[str, int]:
    """Write what is in the store as lines of JSON. Works beside a daemon."""
    with contextlib.closing(Database(home.store, readonly=True)) as database:
        return asdict(exporting.export(database, out, journal=journal, now_ms=now_ms()))


def import_(home: Home, source: BinaryIO, *, mine: bool | None = None) -> dict[str, int]:
    """Take in what `export` wrote. The caller is `alone`.

    mine: whether the file is believed, as one of the owner's own; None: when it holds the store's secret.
    standing: how many of the new memories always hold, and so are given to every session of their project.
    """
    with contextlib.closing(Database(home.store)) as database:
        before = database.all("shown_standing")
        done = importing.import_(
            database, source, clean=_guarded, rebuild=lambda: _log(database).rebuild(), mine=mine,
        )  # fmt: skip
        standing = len(set(database.all("shown_standing")) - set(before))
        return {**asdict(done), "standing": standing}


def _guarded(text: str) -> str:
    return clean(text, written=True)


def _log(database: Database) -> Log:
    return Log(database, Clock(), _guarded)
