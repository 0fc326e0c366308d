"""Shedding: the texts of old raw events leave, so that the store stays within the age and size its owner set."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from ..database import Database, Row, translated

__all__ = ["OPEN_MS", "Shed", "shed", "sweep", "used"]

OPEN_MS = 12 * 3_600_000  # a session without an end counts as open this long after it was last heard of
_STEP_SECONDS = 0.015  # one transaction; below the 20 ms that a hook's daemon may be kept waiting
_ANY_TIME = 2**62


@dataclass(slots=True)
class Shed:
    """What went: events that lost their texts, texts nothing refers to any more, their bytes, pages given back.

    `used` is how many bytes of the file are in use now; `enough` says whether that is within the size asked for.
    """

    events: int = 0
    texts: int = 0
    bytes: int = 0
    pages: int = 0
    used: int = 0
    enough: bool = True


def shed(
    database: Database,
    *,
    older_than_ms: int,
    keep_bytes: int,
    now_ms: int,
    pause: Callable[[], None] = lambda: None,
    clock: Callable[[], float] = time.perf_counter,
) -> Shed:
    """Take the texts of raw events that are older than an age, then of the oldest until the store is small enough.

    older_than_ms: an age in milliseconds; 0 keeps whatever its age. keep_bytes: the size of the file in use that is
    aimed at; 0 means no limit. Tool calls go before prompts and replies, the oldest sessions before the others.

    Never touched: memories, what a memory's evidence points at, sessions that are open. Headers and keys stay, so that
    reading a transcript again brings nothing back; `erased` becomes 2. Works in transactions of a few milliseconds
    by `clock` (seconds) and calls `pause` between them, where others can write. Raises Unavailable.
    """
    done = Shed()
    with translated(database.path):
        if older_than_ms > 0:
            _Pass(database, done, now_ms, now_ms - older_than_ms, 0, pause, clock).run(tools_only=False)
        if keep_bytes > 0:
            by_size = _Pass(database, done, now_ms, _ANY_TIME, keep_bytes, pause, clock)
            by_size.run(tools_only=True)
            by_size.run(tools_only=False)
        _give_back(database, done, pause, clock)
        done.used = used(database)
        done.enough = not keep_bytes or done.used <= keep_bytes
    return done


@dataclass(frozen=True, slots=True)
class _Pass:
    database: Database
    done: Shed
    now_ms: int
    before: int
    keep_bytes: int
    pause: Callable[[], None]
    clock: Callable[[], float]

    def run(self, *, tools_only: bool) -> None:
        closed = self.database.all("care_shed_sessions", heard_before=self.now_ms - OPEN_MS)
        for (session,) in closed:
            place: tuple[int, int] | None = (-_ANY_TIME, 0)
            while place is not None and not self._small_enough():
                place = self._step(session, place, tools_only)
                self.pause()

    def _small_enough(self) -> bool:
        return self.keep_bytes > 0 and used(self.database) <= self.keep_bytes

    def _step(self, session: int, after: tuple[int, int], tools_only: bool) -> tuple[int, int] | None:
        """One transaction; where to go on, or None at the end of the session."""
        events = self.database.all(
            "care_shed_events",
            session=session,
            heard_before=self.now_ms - OPEN_MS,
            at=after[0],
            id=after[1],
            before=self.before,
            tools_only=tools_only,
            count=64,
        )
        if not events:
            return None
        started = self.clock()
        with self.database.transaction():
            for event in events:
                if self._still(event):
                    self._take(event)
                after = (int(event[1]), int(event[0]))
                if self.clock() - started >= _STEP_SECONDS:
                    break
        return after

    def _still(self, event: Row) -> bool:
        """Asked inside the transaction: a memory may have been drawn from it, or the session opened, meanwhile."""
        return self.database.one("care_may_shed", id=event[0], heard_before=self.now_ms - OPEN_MS) is not None

    def _take(self, event: Row) -> None:
        number, _, given, text = event
        self.database.run("care_shed_event", id=number)
        self.done.events += 1
        for each in {given, text} - {None}:
            size = self.database.one("drop_unused_text", id=each)
            if size is not None:
                self.done.texts += 1
                self.done.bytes += int(size[0])


def sweep(database: Database) -> int:
    """Remove the texts that nothing refers to, as damage leaves them; how many. Holds the write lock for one scan."""
    with database.transaction():
        database.run("care_sweep_texts")
        return database.connection.changes()


def used(database: Database) -> int:
    """Bytes of the file that are in use, whether they lie in it or still in its log."""
    pages = database.value("PRAGMA page_count") - database.value("PRAGMA freelist_count")
    return int(pages * database.value("PRAGMA page_size"))


def _give_back(database: Database, done: Shed, pause: Callable[[], None], clock: Callable[[], float]) -> None:
    """Shorten the file by its free pages, as many at a time as fit the step."""
    count = 16
    while free := int(database.value("PRAGMA freelist_count")):
        started = clock()
        database.connection.execute(f"PRAGMA incremental_vacuum({count})").fetchall()
        taken = clock() - started
        left = int(database.value("PRAGMA freelist_count"))
        if left >= free:  # a file that was made without auto_vacuum gives nothing back
            return
        done.pages += free - left
        if taken * 3 < _STEP_SECONDS:
            count = min(1_024, count * 2)
        elif taken > _STEP_SECONDS:
            count = max(1, count // 2)
        pause()
