"""What each change did to a memory, project or relation, ready to be put into words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from ..clock import millis
from .change import Change
from .registers import State
from .undo import undone_by

__all__ = ["Edit", "Step", "steps"]

# register -> what its value is called where people read it; the text register has parts of its own.
_NAMES: Final = {
    "scope": "scope",
    "tags": "tags",
    "importance": "importance",
    "pin": "pinned",
    "alive": "alive",
    "standing": "standing",
    "topic": "topic_key",
    "trust": "trust",
    "label": "label",
    "merged": "merged_into",
    "ignored": "ignored",
    "ends": "ends",
    "candidate": "candidate",
    "verdict": "verdict",
}
_TEXT: Final = ("kind", "label", "title", "files", "evidence")


@dataclass(frozen=True, slots=True)
class Edit:
    """One part and what it held before and after; None before: there was nothing yet.

    `scope` is {"scope", "project"}, with the id of the project; `evidence` a list of {"event", "device", "quote"},
    the quote by its hash.
    """

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Step:
    """One change. at: Unix ms. holds: something of what it wrote is what holds now.

    undone_by: the undo of it that stands. erased: what it did is gone for good.
    """

    change: UUID
    at: int
    device: UUID
    cause: str
    subject: UUID | None
    edits: tuple[Edit, ...]
    holds: bool
    undone_by: UUID | None
    erased: bool


def steps(changes: Sequence[Change]) -> list[Step]:
    """The story of one memory, project or relation, newest first."""
    state = State()
    told: list[tuple[Change, list[Edit]]] = []
    for change in sorted(changes, key=lambda each: each.order):
        before = _values(state)
        state.apply(change)
        after = _values(state)
        edits = [Edit(name, before.get(name), value) for name, value in after.items() if before.get(name) != value]
        told.append((change, edits))
    holding = {write.change for write in state.writes.values()} | {write.origin for write in state.writes.values()}
    found = []
    undone = undone_by(changes)
    for change, edits in reversed(told):
        undo = undone.get(change.id)
        found.append(
            Step(
                change=change.id,
                at=millis(change.clock),
                device=change.device,
                cause=change.cause,
                subject=change.subject,
                edits=tuple(edits),
                holds=change.id in holding,
                undone_by=None if undo is None else undo.id,
                erased=change.patch is None,
            )
        )
    return found


def _values(state: State) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for register, write in state.writes.items():
        if register == "text":
            found |= {name: write.value[name] for name in _TEXT}
            found["body"] = write.body
        else:
            found[_NAMES[register]] = write.value
    if state.repeats > 0:
        found["repeats"] = state.repeats
    return found
