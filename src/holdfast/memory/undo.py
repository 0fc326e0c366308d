"""What undoing a change comes to: which registers go back to what they held before it, and which went on since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from .change import Change
from .memory import TRUSTS
from .registers import Write, fold, write_of

__all__ = ["Plan", "plan", "undone_by"]


@dataclass(frozen=True, slots=True)
class Plan:
    """patch and body: what to append. reverted: the registers it takes back. later: what came after, by register."""

    patch: Mapping[str, Any]
    body: str | None
    reverted: tuple[str, ...]
    later: Mapping[str, Change]


def plan(changes: Sequence[Change], target: Change) -> Plan:
    """How to undo `target`, given all changes of its memory, project or relation.

    A register goes back when what it holds is what `target` gave it: its latest write, or one that an undo brought
    back. An undo is a change like any other, so undoing it brings back what it took away.
    """
    state = fold(changes)
    by_id = {change.id: change for change in changes}
    patch: dict[str, Any] = {}
    origins: dict[str, str] = {}
    later: dict[str, Change] = {}
    body = None
    written = target.patch or {}
    for name, winner in state.writes.items():
        if name not in written:
            continue
        mine = write_of(target, name)
        if winner.origin != mine.origin:
            later[name] = by_id[winner.change]
            continue
        before = _before(changes, target, name)
        if before is not None:
            patch[name], body = before.value, before.body if name == "text" else body
            origins[name] = before.origin.hex
        elif name == "alive":  # what made it, or a forget whose past was taken out
            patch[name] = not mine.value
        elif name in written.get("was", {}):
            patch[name] = written["was"][name]
    _trust_no_more(patch, origins, later, changes, target)
    if patch.get("alive"):
        patch["restores"] = state.open_forgets()
    reverted = list(patch.keys() - {"restores"})
    if written.get("repeats") and target.id not in undone_by(changes):
        patch["repeats"] = -written["repeats"]
        reverted.append("repeats")
    if origins:
        patch["origins"] = origins
    return Plan(patch, body, tuple(sorted(reverted)), later)


def _trust_no_more(
    patch: dict[str, Any], origins: dict[str, str], later: dict[str, Change], changes: Sequence[Change], target: Change
) -> None:
    """Trust is of a text: one that comes back is trusted no more than it was then, and one that was written since stays
    as it is trusted now."""
    state = fold(changes)
    trust, said = state.value("trust"), state.writes.get("text")
    if trust is None or said is None:
        return
    if "text" in patch:
        then = fold(each for each in changes if each.order < target.order).value("trust", trust)
        lesser = max(patch.get("trust", trust), then, key=TRUSTS.index)
        if lesser != patch.get("trust", trust):
            patch["trust"] = lesser
            origins.pop("trust", None)
    elif TRUSTS.index(patch.get("trust", trust)) < TRUSTS.index(trust) and said.order > target.order:
        del patch["trust"]
        origins.pop("trust", None)
        later["trust"] = next(each for each in changes if each.id == said.change)


def _before(changes: Sequence[Change], target: Change, name: str) -> Write | None:
    earlier = [
        change
        for change in changes
        if change.patch is not None and name in change.patch and change.order < target.order
    ]
    return write_of(max(earlier, key=lambda change: change.order), name) if earlier else None


def undone_by(changes: Sequence[Change]) -> dict[UUID, Change]:
    """Change (by id) -> the undo of it that stands, not itself undone."""
    made = {change.id: change.order for change in changes}
    found: dict[UUID, Change] = {}
    for change in sorted(changes, key=lambda each: each.order, reverse=True):  # what undoes an undo comes before it
        undone = change.subject if change.cause in ("undo", "redo") else None
        # An undo comes later than what it undoes; what an export says may be otherwise, in a circle.
        if undone in made and change.order > made[undone] and change.id not in found:
            found[undone] = change
    return found
