"""`python -m benchmarks.conflicts`: what the search for candidates of conflict finds, misses and takes for one.

A store is given the older note of every pair; then each newer one is saved and its candidates are looked at. Wanted
are the older notes of contradictions, updates and paraphrases; whatever else is proposed is noise, pairs across too.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from holdfast.clock import Clock
from holdfast.ids import derived
from holdfast.memory import Draft
from holdfast.recall.candidates import candidates
from holdfast.store.database import Database
from holdfast.store.log import Log

__all__ = ["PAIRS", "WANTED", "Outcome", "measure", "saved"]

PAIRS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "sets" / "conflicts.json").read_text("utf-8"))
WANTED = ("contradiction", "update", "paraphrase")


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


def measure() -> dict[str, Outcome]:
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
            proposed = [each.memory for each in candidates(database, log, memory)]
            outcome.pairs[kind] += 1
            outcome.found[kind] += wanted in [each.number for each in proposed]
            if kind in WANTED and wanted not in [each.number for each in proposed]:
                outcome.missed.append((memory.body, pair["older"]["body"]))
            outcome.strays += [
                (memory.body, each.body) for each in proposed if each.number != wanted or kind not in WANTED
            ]
        database.close()
    return outcomes


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
