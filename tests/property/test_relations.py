"""Any sequence of saves, verdicts and takings back, against a simple model of what relations must be."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from holdfast.clock import Clock
from holdfast.errors import Refused
from holdfast.ids import derived
from holdfast.memory import VERDICTS, Draft, Relation, Verdict
from holdfast.store.database import Database
from holdfast.store.log import Log
from holdfast.store.supersession import instead

LONG = os.environ.get("HOLDFAST_LONG") == "1"
SHARED = Path("/dev/shm")
Pair = frozenset[int]


@dataclass(frozen=True)
class Held:
    """What must be known of a pair: whether it is a candidate, and the verdict with its source."""

    candidate: bool = False
    verdict: tuple[str, int] | None = None


class RelationsMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="holdfast-relations-", dir=SHARED if SHARED.is_dir() else None))
        self.alive: dict[int, bool] = {}
        self.erased: set[int] = set()
        self.pairs: dict[Pair, Held] = {}
        self.changes: list[tuple[UUID, Pair, Held]] = []  # (judgment, its pair, before it)
        self.said = 0

    @initialize()
    def begin(self) -> None:
        self.now = 1_000_000
        self.database = Database(self.folder / "store.db")
        self.database.connection.execute("PRAGMA synchronous = OFF")
        self.database.connection.execute(
            "INSERT INTO projects (uuid, label, created, heard) VALUES (?, 'one', 1, 1)", (derived("one").bytes,)
        )
        self.log = Log(self.database, Clock(wall=self.tick), str)
        for _ in range(4):
            self.remember()

    def tick(self) -> int:
        self.now += 1
        return self.now

    @precondition(lambda self: len(self.alive) < 8)
    @rule()
    def remember(self) -> None:
        self.said += 1
        memory = self.log.remember(Draft(f"note number {self.said}"), 1).memory
        self.alive[memory.number] = True

    @rule(data=st.data())
    def propose(self, data: st.DataObject) -> None:
        one, other = self.two(data)
        pair, held = frozenset((one, other)), self.pairs.get(frozenset((one, other)), Held())
        found = self.log.relations.propose(self.log.get(one), self.log.get(other), 0.6)
        if not (self.alive[one] and self.alive[other]):
            assert found is None
            return
        assert found is not None
        if held.candidate or held.verdict:
            assert (found.status == "pending") == (held.verdict is None)
        else:
            assert found.status == "pending"
            self.pairs[pair] = Held(True)

    @rule(data=st.data(), relation=st.sampled_from([*VERDICTS, "supersedes", "supersedes", "supersedes"]))
    def compare(self, data: st.DataObject, relation: str) -> None:
        one, other = self.two(data)
        try:
            found = self.log.relations.compare(self.log.get(one), self.log.get(other), self.verdict(relation))
        except Refused:
            assert not (self.alive[one] and self.alive[other])
            return
        self.found(found, relation, one, other)

    @precondition(lambda self: self.standing())
    @rule(data=st.data(), relation=st.sampled_from([*VERDICTS]))
    def judge(self, data: st.DataObject, relation: str) -> None:
        pair = data.draw(st.sampled_from(self.standing()))
        known = self.known(pair)
        assert known is not None
        assert known.source.number is not None
        assert known.target.number is not None
        try:
            source = self.log.get(known.source.number)
            found = self.log.relations.judge(known.judgment_id, self.verdict(relation), source=source)
        except Refused:
            assert not all(self.alive[number] for number in pair)
            return
        self.found(found, relation, known.source.number, known.target.number)

    def verdict(self, relation: str) -> Verdict:
        self.said += 1
        return Verdict(relation, f"reason {self.said}")

    def found(self, relation: Relation, verdict: str, source: int, target: int) -> None:
        pair = frozenset((source, target))
        before = self.pairs.get(pair, Held())
        after = Held(before.candidate, (verdict, source))
        assert relation.status == "judged"
        self.pairs[pair] = after
        self.changes.append((self.log.relations.history(relation.id)[0].change, pair, before))

    @precondition(lambda self: self.changes)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        change, pair, before = data.draw(st.sampled_from(self.changes))
        try:
            undone = self.log.undo(change)
        except Refused:
            assert pair & self.erased
            return
        assert not pair & self.erased
        if undone.change is not None:
            held = self.pairs[pair]
            after = Held(held.candidate, before.verdict)
            self.changes.append((undone.change, pair, held))
            self.pairs[pair] = after
        assert (undone.relation is None) == (self.pairs[pair] == Held())

    @rule(data=st.data(), back=st.booleans())
    def forget_or_restore(self, data: st.DataObject, back: bool) -> None:
        left = [number for number in self.alive if number not in self.erased]
        if left:
            number = data.draw(st.sampled_from(left))
            (self.log.restore if back else self.log.forget)(number)
            self.alive[number] = back

    @precondition(lambda self: len(self.erased) < 2)
    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.alive)))
        self.log.erase(number)
        self.alive[number] = False
        self.erased.add(number)
        self.pairs = {pair: held for pair, held in self.pairs.items() if number not in pair}

    @rule()
    def rebuild(self) -> None:
        before = self.tables()
        self.log.rebuild()
        assert self.tables() == before

    # -- what must hold after every step --

    @invariant()
    def relations_are_as_modelled(self) -> None:
        found = {self.pair(each): each for each in self.log.relations.listed(limit=1_000)}
        assert len(found) == len(self.rows()), "a pair has two relations"
        wanted = {pair: held for pair, held in self.pairs.items() if held != Held()}
        assert found.keys() == wanted.keys()
        for pair, held in wanted.items():
            each = found[pair]
            served = all(self.alive[number] for number in pair)
            assert each.status == ("orphaned" if not served else "judged" if held.verdict else "pending")
            assert (each.verdict and (each.verdict.relation, each.source.number)) == held.verdict
            assert (each.score is not None) == held.candidate

    @invariant()
    def nothing_is_served_while_what_superseded_it_lives(self) -> None:
        held = instead(self.database, self.alive)
        edges = {number: self.above(number) for number in self.alive}
        for number in self.alive:
            over = {each for each in self.reached(number, edges) if number not in self.reached(each, edges)}
            living = {each for each in over if self.alive[each]}
            assert (number in held) == bool(living)
            if number in held:
                assert held[number] in living
                assert held[number] not in held

    @invariant()
    def the_log_is_whole(self) -> None:
        assert self.log.verify() == []

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.rebuild()
            self.database.close()
        shutil.rmtree(self.folder)

    # -- how it is done --

    def above(self, number: int) -> set[int]:
        return {
            held.verdict[1]
            for pair, held in self.pairs.items()
            if held.verdict and held.verdict[0] == "supersedes" and number in pair and held.verdict[1] != number
        }

    def reached(self, number: int, edges: dict[int, set[int]]) -> set[int]:
        found: set[int] = set()
        waiting = [number]
        while waiting:
            for each in edges[waiting.pop()] - found:
                found.add(each)
                waiting.append(each)
        return found

    def two(self, data: st.DataObject) -> tuple[int, int]:
        one, other, *_ = data.draw(st.permutations(sorted(self.alive)))
        return one, other

    def standing(self) -> list[Pair]:
        return sorted((pair for pair, held in self.pairs.items() if held != Held()), key=sorted)

    def known(self, pair: Pair) -> Relation | None:
        return next((each for each in self.log.relations.listed(limit=1_000) if self.pair(each) == pair), None)

    def pair(self, relation: Relation) -> Pair:
        return frozenset(end.number for end in (relation.source, relation.target) if end.number is not None)

    def rows(self) -> list[tuple[Any, ...]]:
        return self.database.connection.execute("SELECT * FROM relations ORDER BY 1").fetchall()

    def tables(self) -> list[list[tuple[Any, ...]]]:
        return [
            self.database.connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
            for table in ("memories", "registers", "relations")
        ]


TestRelations = RelationsMachine.TestCase
TestRelations.settings = settings(
    max_examples=2_000 if LONG else 80,
    stateful_step_count=50 if LONG else 30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
