"""Saving a memory in a store of many, with and without looking for what may disagree with it."""

import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from holdfast.clock import Clock
from holdfast.guard import clean
from holdfast.ids import derived
from holdfast.memory import Draft
from holdfast.recall.candidates import candidates
from holdfast.store.database import Database
from holdfast.store.log import Log

from .conflicts import PAIRS, saved

__all__ = ["GOALS", "Saves", "measure"]

GOALS = {"detected_ms": "≤ 8", "bytes_times": "≤ 2.5"}
# Words as often as in prose (Zipf), and a few names that hardly any other note has.
_COMMON = Counter(word for pair in PAIRS for side in ("older", "newer") for word in pair[side]["body"].split())
_WORDS = [word for word, _ in _COMMON.most_common()]
_OFTEN = [1 / (rank + 2) for rank in range(len(_WORDS))]
_NAMES = 5_000
_SIZES = """SELECT coalesce(tbl_name, '') IN ('changes', 'registers'), sum(pgsize)
FROM dbstat LEFT JOIN sqlite_schema USING (name) GROUP BY 1"""


@dataclass(frozen=True, slots=True)
class Saves:
    """Medians. floor: one synced transaction of the same text; plain: a save; detected: a save that looks, and notes
    what it finds; looking: that alone. bytes: of a note's text; and, over that, of the notes with their words in the
    search index, and of the whole store, with the log of changes. cpu: of this process, which other load on the machine
    does not stretch so much.
    """

    memories: float
    floor_ms: float
    plain_ms: float
    detected_ms: float
    looking_ms: float
    floor_cpu_ms: float
    plain_cpu_ms: float
    detected_cpu_ms: float
    looking_cpu_ms: float
    text_bytes: float
    bytes_times: float
    bytes_times_with_log: float


def measure(count: int = 10_000) -> Saves:
    """`count` notes of 14 to 44 words, then each of the pairs' newer notes saved, the floor's transaction in turn."""
    draw = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        floor = apsw.Connection(str(Path(folder) / "floor.db"))
        for sql in (
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, x)",
        ):
            floor.execute(sql)
        database = Database(Path(folder) / "holdfast.db")
        database.connection.execute(
            "INSERT INTO projects (uuid, label, created, heard) VALUES (?, 'one', 1, 1)", (derived("one").bytes,)
        )
        log = Log(database, Clock(), lambda text: clean(text, written=True))
        with database.transaction():
            for pair in PAIRS:
                saved(log, pair["older"])
            for nth in range(count):
                log.remember(Draft(body=_made_up(draw, nth)), 1)
        floors: list[tuple[float, float]] = []
        plain: list[tuple[float, float]] = []
        detected: list[tuple[float, float]] = []
        looking: list[tuple[float, float]] = []
        for pair in PAIRS:
            floors.append(_timed(_floor, floor, pair["newer"]["body"]))
            detected.append(_timed(_save, database, log, pair["newer"]))
            plain.append(_timed(log.remember, Draft(body=_made_up(draw, len(plain))), 1))
        for number in range(1, len(PAIRS) + 1):
            memory = log.get(number)
            looking.append(_timed(candidates, database, log, memory))
        text = sum(len(memory.body.encode()) for memory in log.recent(limit=1 << 30))
        kept = log.count()
        sizes = dict(database.connection.execute(_SIZES))
        database.close()
        floor.close()
    taken = (floors, plain, detected, looking)
    walls = [statistics.median(wall for wall, _ in each) * 1e3 for each in taken]
    cpus = [statistics.median(cpu for _, cpu in each) * 1e3 for each in taken]
    return Saves(count, *walls, *cpus, *[text / kept, sizes[0] / text, sum(sizes.values()) / text])


def _made_up(draw: random.Random, nth: int) -> str:
    words = draw.choices(_WORDS, _OFTEN, k=draw.randint(10, 40))
    names = [f"part{draw.randrange(_NAMES)}" for _ in range(3)]
    return " ".join([f"note{nth}", *words, *names])


def _timed(work: Callable[..., object], *given: Any) -> tuple[float, float]:
    """Seconds of wall clock and of CPU."""
    began, cpu = time.perf_counter(), time.process_time()
    work(*given)
    return time.perf_counter() - began, time.process_time() - cpu


def _floor(connection: apsw.Connection, text: str) -> None:
    with connection:
        connection.execute("INSERT INTO t (x) VALUES (?)", (text,))


def _save(database: Database, log: Log, note: Mapping[str, Any]) -> None:
    with database.transaction():
        memory = log.get(saved(log, note))
        for each in candidates(database, log, memory):
            log.relations.propose(memory, each.memory, each.score)
