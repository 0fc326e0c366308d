"""What a question costs, beside plain full text in the same run: made-up notes, their words as Zipf has them.

A question of words is three to six words of one note; a whole prompt is thirty to sixty words, of which six are of
the note. Found is the share of questions whose note is among the first ten. Times are CPU and wall of one question,
in ms; with eight clients each has a thread and a connection of its own, as the daemon's readers have.
"""

import itertools
import random
import statistics
import threading
import time
from bisect import bisect
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from holdfast.clock import Clock
from holdfast.ids import derived
from holdfast.memory import Draft
from holdfast.recall.find import find
from holdfast.recall.query import Question
from holdfast.store.database import Database
from holdfast.store.log import Log
from holdfast.store.terms import terms_of

from .recall import STOP
from .timing import quantile

__all__ = ["GOALS", "Cost", "fill", "made_up", "measure"]

GOALS = {"words": "≤ 3 ms CPU, found ≥ .97", "prompt": "≤ 20 ms CPU, found ≥ .90"}
_SYLLABLES = [first + second for first in "bcdfghjklmnprstvwz" for second in "aeiou"]
_ENDINGS = ["", "n", "r", "l", "st", "x"]
_GLUE = [
    "the",
    "of",
    "to",
    "and",
    "a",
    "in",
    "is",
    "it",
    "that",
    "we",
    "for",
    "on",
    "with",
    "as",
    "was",
    "this",
    "be",
    "by",
    "are",
    "not",
    "or",
    "but",
    "so",
    "when",
    "from",
    "at",
    "if",
    "then",
]
_VOCABULARY = 30_000
_NOW = 1_800_000_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """One way of asking in a store of one size. eight: wall with eight clients at once; 0 for the floor."""

    memories: int
    asked: str
    way: str
    questions: int
    found: float
    cpu_ms: float
    cpu_p95_ms: float
    wall_ms: float
    wall_p95_ms: float
    eight_ms: float
    eight_p95_ms: float


class _Words:
    """Made-up words, the nth as rare as Zipf has it."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        made: set[str] = set()
        while len(made) < _VOCABULARY:
            made.add(
                "".join(self.chance.choices(_SYLLABLES, k=self.chance.randint(2, 4))) + self.chance.choice(_ENDINGS)
            )
        self._words = sorted(made)
        self.chance.shuffle(self._words)
        self._sums = list(itertools.accumulate(1 / (nth + 8) for nth in range(_VOCABULARY)))

    def word(self) -> str:
        return self._words[bisect(self._sums, self.chance.random() * self._sums[-1])]

    def text(self, length: int) -> list[str]:
        return [self.chance.choice(_GLUE) if self.chance.random() < 0.4 else self.word() for _ in range(length)]


def fill(database: Database, texts: list[str]) -> None:
    """Notes with these texts, numbered from 1, as the log's projection has them."""
    log = Log(database, Clock(), str)
    insert = (
        "INSERT INTO memories (uuid, project, kind, title, body, terms, files, tags, scope, importance, pinned,"
        " standing, trust, alive, created, revised, revision, likeness)"
        " SELECT ?, 1, 'note', ?, ?, ?, '[]', '[]', 'project', 0.5, 0, 0, 'agent', 1, ?, ?, 1, x'00'"
    )
    with database.transaction():
        database.connection.execute(
            "INSERT INTO projects (uuid, label, created, heard) VALUES (?, 'made up', 1, 1)", (derived("p", "1").bytes,)
        )
        log.remember(Draft("the first of them"), 1)
        database.connection.execute("DELETE FROM memories")
        for nth, text in enumerate(texts):
            at = _NOW - (len(texts) - nth) * 60_000
            body = database.keep_text(text)
            values = (nth.to_bytes(16), text[:60], body, terms_of(text), at, at)
            database.connection.execute(insert, values)


def made_up(size: int, count: int) -> tuple[list[str], list[str]]:
    """`size` notes, and `count` whole prompts of which each has six words of one of them."""
    words = _Words(1)
    texts = [words.text(words.chance.randint(15, 60)) for _ in range(size)]
    prompts = [_prompt(words, texts[words.chance.randrange(size)]) for _ in range(count)]
    return [" ".join(text) for text in texts], prompts


def measure(sizes: tuple[int, ...] = (1_000, 10_000, 100_000), count: int = 200) -> list[Cost]:
    """`count` questions of each sort in stores of each size."""
    found = []
    for size in sizes:
        words = _Words(1)
        texts = [words.text(words.chance.randint(15, 60)) for _ in range(size)]
        with TemporaryDirectory() as folder, closing(Database(Path(folder) / "store.db")) as database:
            fill(database, [" ".join(text) for text in texts])
            first = database.value("SELECT min(id) FROM memories")
            for sort, ask in (("words", _few), ("prompt", _prompt)):
                chosen = [words.chance.randrange(size) for _ in range(count)]
                asked = [(first + nth, ask(words, texts[nth])) for nth in chosen]
                found += list(_costs(database, size, sort, asked))
    return found


def _few(words: _Words, text: list[str]) -> str:
    told = [word for word in dict.fromkeys(text) if word not in _GLUE]
    return " ".join(words.chance.sample(told, min(len(told), words.chance.randint(3, 6))))


def _prompt(words: _Words, text: list[str]) -> str:
    told = [word for word in dict.fromkeys(text) if word not in _GLUE]
    asked = words.chance.sample(told, min(len(told), 6)) + words.text(words.chance.randint(24, 54))
    words.chance.shuffle(asked)
    return " ".join(asked)


def _costs(database: Database, size: int, sort: str, asked: list[tuple[int, str]]) -> Iterator[Cost]:
    ways: dict[str, Callable[[Database, str], list[int]]] = {"plain full text": _plain, "holdfast": _ours}
    cpu: dict[str, list[float]] = {way: [] for way in ways}
    wall: dict[str, list[float]] = {way: [] for way in ways}
    hits = dict.fromkeys(ways, 0)
    for number, text in asked:
        for way, run in ways.items():
            began, spent = time.perf_counter(), time.thread_time()
            found = run(database, text)
            cpu[way].append((time.thread_time() - spent) * 1e3)
            wall[way].append((time.perf_counter() - began) * 1e3)
            hits[way] += number in found
    eight = _together(database, [text for _, text in asked])
    for way in ways:
        at_once = eight if way == "holdfast" else [0.0]
        yield Cost(
            size, sort, way, len(asked), hits[way] / len(asked), statistics.median(cpu[way]), quantile(cpu[way], 0.95),
            statistics.median(wall[way]), quantile(wall[way], 0.95),
            statistics.median(at_once), quantile(at_once, 0.95),
        )  # fmt: skip


def _ours(database: Database, text: str) -> list[int]:
    return [hit.number for hit in find(database, Question.of(text), family=[1], limit=10, now=_NOW)]


def _plain(database: Database, text: str) -> list[int]:
    match = " OR ".join(f'"{word}"' for word in text.split() if word not in STOP and word not in _GLUE)
    sql = "SELECT rowid FROM memories_fts WHERE memories_fts MATCH ? ORDER BY bm25(memories_fts) LIMIT 10"
    return [int(row[0]) for row in database.connection.execute(sql, (match,))]


def _together(database: Database, texts: list[str]) -> list[float]:
    """Wall of each question when eight clients ask at once."""
    taken: list[float] = []

    def client(own: list[str]) -> None:
        with closing(Database(database.path, readonly=True)) as reading:
            for text in own:
                began = time.perf_counter()
                _ours(reading, text)
                taken.append((time.perf_counter() - began) * 1e3)

    threads = [threading.Thread(target=client, args=(texts[nth::8],)) for nth in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken
