"""What the search for candidates of conflict finds, misses and takes for one: at several thresholds, and plainer rules.

A store is given the older note of every pair; then each newer one is saved and its candidates are looked at. Wanted
are the older notes of contradictions, updates and paraphrases; whatever else is proposed is noise, pairs across too.
`python -m benchmarks.conflicts --misses` shows each note that was missed or proposed wrongly.
"""

import argparse
import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import apsw

from holdfast.clock import Clock
from holdfast.ids import derived
from holdfast.memory import Draft, Memory
from holdfast.recall.candidates import MOST, THRESHOLD, candidates
from holdfast.recall.words import NOTHING
from holdfast.store.database import Database
from holdfast.store.log import Log

__all__ = ["PAIRS", "WANTED", "Outcome", "Way", "compare", "measure", "saved"]

PAIRS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "sets" / "conflicts.json").read_text("utf-8"))
WANTED = ("contradiction", "update", "paraphrase")
THRESHOLDS = (0.3, 0.4, 0.45, THRESHOLD, 0.55, 0.6, 0.7)

Propose = Callable[[Database, Log, Memory], Sequence[Memory]]


@dataclass
class Outcome:
    """Of one half of the pairs. found, pairs: by class, of how many. strays: (newer, what was proposed beside)."""

    found: Counter[str] = field(default_factory=Counter)
    pairs: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[str, str]] = field(default_factory=list)
    strays: list[tuple[str, str]] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Of contradictions and updates."""
        return sum(self.found[name] for name in WANTED[:2]) / sum(self.pairs[name] for name in WANTED[:2])

    @property
    def precision(self) -> float:
        wanted = sum(self.found[name] for name in WANTED)
        return wanted / max(1, wanted + len(self.strays))


def saved(log: Log, note: Mapping[str, Any]) -> int:
    """Save a note of a pair; its number."""
    draft = Draft(
        body=note["body"], title=note.get("title"), kind=note["kind"], files=tuple(note.get("files", ())),
        topic_key=note.get("topic_key"),
    )  # fmt: skip
    return log.remember(draft, 1).memory.number


@dataclass(frozen=True, slots=True)
class Way:
    """What one way of looking comes to on one half. missed: of what is wanted; strays: of what is proposed."""

    way: str
    half: str
    precision: float
    recall: float
    missed: int
    strays: int
    proposed: int


def ours(database: Database, log: Log, memory: Memory) -> list[Memory]:
    return [each.memory for each in candidates(database, log, memory)]


def measure(propose: Propose = ours) -> dict[str, Outcome]:
    """By half of the set: "tuning" (on which the measure was chosen) and "held out"."""
    outcomes = {"tuning": Outcome(), "held out": Outcome()}
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "holdfast.db")
        database.connection.execute("PRAGMA synchronous = OFF")
        database.connection.execute(
            "INSERT INTO projects (uuid, label, created, heard) VALUES (?, 'one', 1, 1)", (derived("one").bytes,)
        )
        log = Log(database, Clock(), str)
        older = [saved(log, pair["older"]) for pair in PAIRS]
        assert len(set(older)) == len(older), "no two notes of the set may be one memory"
        for pair, wanted in zip(PAIRS, older, strict=True):
            memory = log.get(saved(log, pair["newer"]))
            outcome, kind = outcomes[pair["set"]], pair["class"]
            proposed = propose(database, log, memory)
            outcome.pairs[kind] += 1
            outcome.found[kind] += wanted in [each.number for each in proposed]
            if kind in WANTED and wanted not in [each.number for each in proposed]:
                outcome.missed.append((memory.body, pair["older"]["body"]))
            outcome.strays += [
                (memory.body, each.body) for each in proposed if each.number != wanted or kind not in WANTED
            ]
        database.close()
    return outcomes


def compare() -> list[Way]:
    """Ours at several thresholds, and two plainer rules: any word of the title, two of them."""
    ways: dict[str, dict[str, Outcome]] = {
        "any word of the title": measure(_by_title(1)), "two words of the title": measure(_by_title(2))
    }  # fmt: skip
    for threshold in THRESHOLDS:
        with mock.patch("holdfast.recall.candidates.THRESHOLD", threshold):
            ways[f"ours, from {threshold} on"] = measure()
    return [
        Way(
            way, half, outcome.precision, outcome.recall, len(outcome.missed), len(outcome.strays),
            len(outcome.strays) + sum(outcome.found[kind] for kind in WANTED),
        )
        for way, outcomes in ways.items() for half, outcome in outcomes.items()
    ]  # fmt: skip


def _by_title(shared: int) -> Propose:
    """The best MOST by BM25 of the notes that share so many words of the new one's title, stop words out where it is
    more than one."""

    def propose(database: Database, log: Log, memory: Memory) -> list[Memory]:
        words = list(dict.fromkeys(_words(memory.title)))
        if shared > 1:
            words = [word for word in words if word not in NOTHING]
        with closing(apsw.Connection(":memory:")) as plain:
            plain.execute("CREATE VIRTUAL TABLE notes USING fts5(title, body)")
            numbers = [int(str(number)) for (number,) in database.connection.execute("SELECT id FROM memories")]
            others = {number: log.get(number) for number in numbers if number != memory.number}
            plain.executemany(
                "INSERT INTO notes (rowid, title, body) VALUES (?, ?, ?)",
                [(number, each.title, each.body) for number, each in others.items()],
            )
            asked = " OR ".join(f'"{word}"' for word in words)
            rows = plain.execute("SELECT rowid FROM notes WHERE notes MATCH ? ORDER BY rank", (asked,)).fetchall()
        found = [others[int(str(number))] for (number,) in rows]
        if shared > 1:
            held = set(words)
            found = [each for each in found if len(held & set(_words(each.title))) >= shared]
        return found[:MOST]

    return propose


def _words(title: str) -> list[str]:
    return re.findall(r"\w{3,}", title.lower())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.conflicts")
    parser.add_argument("--misses", action="store_true", help="show what was missed, and what was proposed wrongly")
    given = parser.parse_args()
    for half, outcome in measure().items():
        print(f"{half}: precision {outcome.precision:.2f}, recall {outcome.recall:.2f}")
        for name, count in outcome.pairs.items():
            print(f"  {name:14} {outcome.found[name]:3} of {count}")
        if given.misses:
            for what, pairs in (("missed", outcome.missed), ("proposed wrongly", outcome.strays)):
                for new, old in pairs:
                    print(f"  {what}: {new!r} – {old!r}")


if __name__ == "__main__":
    main()
