"""Undoing changes of the log."""

from dataclasses import dataclass
from typing import Final, cast
from uuid import UUID

from ..clock import millis
from ..errors import NotFound, Refused
from ..memory import Change, EntityKind, Memory, Plan, Relation, fold, plan
from .database import Database
from .log_chain import Chain
from .log_projection import Projection
from .log_projects import refuse_circle

__all__ = ["Found", "Later", "Undoing", "Undone"]

_FINAL: Final = {"erase": "an erase", "redact": "a redaction"}


@dataclass(frozen=True, slots=True)
class Later:
    """A register that an undo left alone, since another change (Unix ms) has written it after the one undone."""

    register: str
    change: UUID
    cause: str
    at: int


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did. change: the undo itself, to be undone in turn; None when there was nothing left to take back.

    undone, cause, at: the change that was to be undone, what it was, and when (Unix ms).
    entity_kind, entity: the memory, project or relation that it was about; `memory` and `relation` as they are now
    (None: the pair is no candidate any more).
    reverted: the registers that are again as they were before it. later: those that went on since.
    """

    change: UUID | None
    undone: UUID
    cause: str
    at: int
    entity_kind: str
    entity: UUID
    reverted: tuple[str, ...]
    later: tuple[Later, ...]
    memory: Memory | None = None
    relation: Relation | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A change, what undoing it would write, and whether that concerns what is or would be a standing instruction.

    judged: whose verdict it concerns, "owner" before all others; "" of none.
    """

    target: Change
    plan: Plan
    standing: bool
    judged: str


class Undoing:
    """Finds what to undo and appends the undo. Call inside a transaction."""

    def __init__(self, database: Database, chain: Chain, projection: Projection) -> None:
        self._db = database
        self._chain = chain
        self._projection = projection

    def find(self, name: UUID | str | None, entity: UUID | None) -> Found:
        """The change of that name, else the latest that can be undone: of one memory, else of those that somebody made
        on this device. What rules drew is taken back by its name only: its owner did not do it.
        """
        target = self._latest(entity) if name is None else self._chain.find(name)
        changes = self._chain.of(target.entity)
        if target.cause in _FINAL or target.patch is None:
            removed = "redact" if fold(changes).erased is None else "erase"
            raise Refused(f"{_FINAL[removed]} is final", why="what it removed was not kept anywhere in this store")
        found = plan(changes, target)
        standing = target.entity_kind == "memory" and (
            bool(fold(changes).value("standing", False)) or bool(found.patch.get("standing"))
        )
        verdicts = [fold(changes).value("verdict"), found.patch.get("verdict")]
        judged = max((each["kind"] for each in verdicts if each is not None), default="")  # "owner" comes last
        return Found(target, found, standing, judged)

    def take_back(self, which: Found) -> Undone:
        """Append what undoes it."""
        target, found = which.target, which.plan
        appended = None
        if found.reverted:
            if found.patch.get("merged") is not None:
                refuse_circle(self._db, target.entity, UUID(hex=found.patch["merged"]))
            appended = self._chain.append(
                cast(EntityKind, target.entity_kind),
                target.entity,
                "redo" if target.cause == "undo" else "undo",
                found.patch,
                body=found.body,
                subject=target.id,
            )
            self._projection.apply(appended)
        return Undone(
            change=None if appended is None else appended.id,
            undone=target.id,
            cause=target.cause,
            at=millis(target.clock),
            entity_kind=target.entity_kind,
            entity=target.entity,
            reverted=found.reverted,
            later=tuple(
                Later(register, change.id, change.cause, millis(change.clock))
                for register, change in sorted(found.later.items())
            ),
        )

    def _latest(self, entity: UUID | None) -> Change:
        """The latest change of which an undo would take something back. Raises Refused when something final came
        after it."""
        if entity is None:
            row = self._db.one("log_latest_by_hand", device=self._chain.device.bytes)
            if row is not None and row[1] in _FINAL:
                name = _FINAL[row[1]]
                raise Refused(
                    f"the last thing done was {name}", why=f"{name} is final; nothing was undone",
                    fix="name what to take back: holdfast undo CHANGE (see `holdfast history ID`)",
                )  # fmt: skip
        before = 1 << 62
        while rows := self._db.all(
            "log_undoable",
            device=self._chain.device.bytes if entity is None else None,
            entity=None if entity is None else entity.bytes,
            before=before,
        ):
            for seq, id, about in rows:
                before = seq
                target = self._chain.find(UUID(bytes=bytes(id)))
                if plan(self._chain.of(UUID(bytes=bytes(about))), target).reverted:
                    return target
        raise NotFound("there is nothing to undo")
