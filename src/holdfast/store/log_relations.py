"""Relations of memories: candidates of conflict and verdicts. They are changes like those of memories: kept in the
log, undone the same way."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from ..errors import NotFound, Refused, UsageError
from ..memory import (
    End,
    Memory,
    Relation,
    Step,
    Verdict,
    checked_verdict,
    fold,
    judgment_id,
    relation_id,
    relation_range,
    steps,
)
from .database import Database, Row
from .log_chain import Chain
from .log_projection import Projection, memory_in

__all__ = ["Relations", "Tie", "refuse_over_owner"]

_FIX = "`holdfast conflicts list` lists them"


@dataclass(frozen=True, slots=True)
class Tie:
    """A relation as one of its memories has it. other: the number of the other one, None when it is not here.

    relation: the verdict; None while it is pending. direction: "source" or "target", which this memory is.
    by_owner: its owner judged.
    """

    memory: int
    relation: str | None
    status: str
    direction: str
    other: int | None
    judgment_id: str
    by_owner: bool


class Relations:
    """Each write is one transaction. A relation is called by its judgment id; memories come as they are read."""

    def __init__(self, database: Database, chain: Chain, projection: Projection, clean: Callable[[str], str]) -> None:
        self._db = database
        self._chain = chain
        self._projection = projection
        self._clean = clean

    # -- writing --

    def propose(self, newer: Memory, older: Memory, score: float) -> Relation | None:
        """Note that two memories may disagree, once: the relation as it is, whether it was noted now or before.

        None when one of them is not served, or they do not belong to the same place.
        """
        with self._db.transaction():
            if newer.id == older.id or not (newer.alive and older.alive) or not self.together(newer, older):
                return None
            id = relation_id(newer.id, older.id)
            if (known := self.with_id(id)) is None:
                candidate = {"score": round(score, 4), "source": newer.id.hex}
                self._append(id, "propose", newer, older, {"candidate": candidate, "was": {"candidate": None}})
                known = self.with_id(id)
            return known

    def judge(self, name: str, verdict: Verdict, *, source: Memory | None = None) -> Relation:
        """Say how the two memories of a relation stand to each other. A later verdict takes the place of an earlier.

        source: which of the two it is that supersedes; without it the newer one. Raises NotFound, UsageError and
        Refused (one of the two is not served; its owner has judged, or has to), with nothing changed.
        """
        with self._db.transaction():
            known = self.get(name)
            ends = [known.source, known.target]
            if source is not None:
                if source.id not in (known.source.id, known.target.id):
                    raise UsageError(f"#{source.number} is none of the two", why=f"{name} is about {_both(known)}")
                ends.sort(key=lambda end: end.id != source.id)
            one, other = map(self._memory, ends)
            if source is None and known.verdict is not None and verdict.relation == "supersedes":
                one, other = self._newer_first(known.id, one, other)
            return self._judge(one, other, verdict)

    def _newer_first(self, id: UUID, one: Memory, other: Memory) -> tuple[Memory, Memory]:
        """Whatever an earlier verdict said; of a candidate the one for which the other was found."""
        candidate = fold(self._chain.of(id)).value("candidate")
        if candidate is not None:
            newer = candidate["source"] == one.id.hex
        else:
            newer = (one.revised, one.number) > (other.revised, other.number)
        return (one, other) if newer else (other, one)

    def compare(self, one: Memory, other: Memory, verdict: Verdict) -> Relation:
        """Say how two memories stand to each other that need not have been a candidate; `one` is the source.

        Raises UsageError and Refused (the same memory, not the same place, one is not served), with nothing changed.
        """
        with self._db.transaction():
            if one.id == other.id:
                raise Refused(f"#{one.number} cannot stand to itself", fix="name two memories")
            if not self.together(one, other):
                raise Refused(
                    f"#{one.number} and #{other.number} do not belong together",
                    why="only memories of the same project, or both personal, are compared",
                )
            return self._judge(one, other, verdict)

    def _judge(self, source: Memory, target: Memory, verdict: Verdict) -> Relation:
        kept = checked_verdict(verdict, self._clean)
        for memory in (source, target):
            if not memory.alive:
                gone = "erased" if memory.erased else "forgotten"
                fix = "" if memory.erased else f"bring it back first: holdfast forget --back {memory.number}"
                raise Refused(f"memory #{memory.number} was {gone}", fix=fix)
        if kept.relation == "supersedes" and target.first and kept.kind != "owner":
            raise Refused(
                f"memory #{target.number} is {target.first}, which is its owner's",
                why="what supersedes it takes it from every session",
                fix="ask the user to judge, or judge otherwise",
            )  # fmt: skip
        id = relation_id(source.id, target.id)
        known = self.with_id(id)
        if known is not None and known.verdict is not None:
            refuse_over_owner(kept.kind, known.verdict.kind)
        if known is None or known.verdict != kept or known.source.id != source.id:
            value = {**asdict(kept), "source": source.id.hex}
            self._append(id, "judge", source, target, {"verdict": value, "was": {"verdict": None}})
        return self._known(id)

    def _append(self, id: UUID, cause: str, one: Memory, other: Memory, patch: dict[str, Any]) -> None:
        if not self._chain.of(id):
            patch["ends"] = sorted((one.id.hex, other.id.hex))
        self._projection.apply(self._chain.append("relation", id, cause, patch))

    # -- reading --

    def get(self, name: str) -> Relation:
        """The relation with that judgment id. Raises NotFound and UsageError."""
        low, high = relation_range(name)
        rows = self._db.all("relations_between", low=low, high=high)
        if len(rows) != 1:
            raise NotFound("there is no such judgment in this store", fix=_FIX)
        return _relation(rows[0])

    def with_id(self, id: UUID) -> Relation | None:
        row = self._db.one("relations_between", low=id.bytes, high=id.bytes)
        return None if row is None else _relation(row)

    def listed(
        self, *, status: str | None = None, family: Sequence[int] | None = None, limit: int = 100
    ) -> list[Relation]:
        """Those that wait for a verdict first, then the latest; of these projects and personal ones, or of all."""
        rows = self._db.all(
            "relations_listed", status=status, family=None if family is None else json.dumps(list(family)), limit=limit
        )
        return [_relation(row) for row in rows]

    def counts(self, family: Sequence[int] | None = None) -> list[tuple[str, str | None, int]]:
        """(status, verdict, how many)."""
        rows = self._db.all("relations_counted", family=None if family is None else json.dumps(list(family)))
        return [(str(status), relation, int(count)) for status, relation, count in rows]

    def of(self, numbers: Sequence[int]) -> dict[int, list[Tie]]:
        """The relations of each of these memories, the latest last."""
        found: dict[int, list[Tie]] = {}
        rows = self._db.all("relations_of", numbers=json.dumps(list(numbers)))
        for row in sorted(rows, key=lambda row: (row[6] or 0, row[4])):
            number, source, other, alive, uuid, relation, _, kind = row
            status = "orphaned" if not alive else "pending" if relation is None else "judged"
            direction = "source" if source else "target"
            name = judgment_id(UUID(bytes=bytes(uuid)))
            tie = Tie(number, relation, status, direction, other, name, kind == "owner")
            found.setdefault(number, []).append(tie)
        return found

    def history(self, id: UUID) -> list[Step]:
        """What was found of a pair, newest first."""
        return steps(self._chain.of(id))

    def together(self, one: Memory, other: Memory) -> bool:
        """Whether two memories belong to the same place: both personal, or of one scope and one project."""
        if one.scope != other.scope or one.scope == "personal" or one.project == other.project:
            return one.scope == other.scope
        family = [row[0] for row in self._db.all("project_family", project=one.project)]
        return other.project in family

    def _known(self, id: UUID) -> Relation:
        found = self.with_id(id)
        assert found is not None
        return found

    def _memory(self, end: End) -> Memory:
        row = self._db.one("memory_by_uuid", uuid=end.id.bytes)
        if row is None:
            raise Refused("one of the two memories is not in this store", fix="import it first")
        return memory_in(row)


def refuse_over_owner(whose: str, judged: str) -> None:
    """Raises Refused when anybody else would take away what its owner found of a pair."""
    if judged == "owner" and whose != "owner":
        raise Refused(
            "its owner has judged this pair", why="no agent's verdict takes the place of his",
            fix="ask the user to judge again: holdfast conflicts judge",
        )  # fmt: skip


def _both(relation: Relation) -> str:
    return f"#{relation.source.number} and #{relation.target.number}"


def _relation(row: Row) -> Relation:
    uuid, source, target, relation, reason, evidence, confidence, actor, kind, session, score, created, judged = row[
        :13
    ]
    ends = [
        End(UUID(bytes=bytes(id)), number, title or "", bool(alive))
        for id, (number, title, alive) in ((source, row[13:16]), (target, row[16:19]))
    ]
    verdict = None
    if relation is not None:
        verdict = Verdict(relation, reason, evidence, confidence, actor, kind, session)
    alive = all(end.alive for end in ends)
    status = "orphaned" if not alive else "pending" if verdict is None else "judged"
    return Relation(UUID(bytes=bytes(uuid)), ends[0], ends[1], status, verdict, score, created, judged)
