"""What of some memories is served: a verdict may have put another in one's place, or called it contested."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..guard import one_line
from ..store.database import Database
from ..store.log import Log
from ..store.supersession import instead
from .find import Found

__all__ = ["Served", "contested", "in_force", "serving"]

_REASON: Final = 120  # characters
_NAMED: Final = 3  # of those that contest a note; a note must not grow by what others say of it


@dataclass(frozen=True, slots=True)
class Served:
    """How one memory is served. instead: the number of the one that holds in its place.

    contested: those that conflict with it, by a verdict, their owner's before an agent's; pending: those that may, and
    nobody has judged it yet. scoped: those that hold beside it, each in its own case, and the reason that was given.
    """

    instead: int | None = None
    contested: tuple[int, ...] = ()
    pending: tuple[int, ...] = ()
    scoped: tuple[tuple[int, str], ...] = ()


def serving(database: Database, numbers: Iterable[int]) -> Mapping[int, Served]:
    """Of these memories (by number) those about which there is something to know, in two statements."""
    wanted = list(numbers)
    held = instead(database, wanted)
    found = {number: Served(other) for number, other in held.items()}
    for number, other, relation, reason in database.all("relations_contesting", numbers=json.dumps(wanted)):
        known = found.get(number, Served())
        if relation is None:
            found[number] = replace(known, pending=(*known.pending, other))
        elif relation == "scoped":
            found[number] = replace(known, scoped=(*known.scoped, (other, reason)) if reason else known.scoped)
        else:
            found[number] = replace(known, contested=(*known.contested, other))
    return {number: served for number, served in found.items() if served != Served()}


def contested(served: Served | None) -> str:
    """What a note in a pack says of verdicts that it conflicts with others, or holds beside one; "" when there are
    none."""
    if served is None:
        return ""
    said = [f"beside #{number}: {one_line(reason, _REASON)}" for number, reason in served.scoped[:1]]
    if served.contested:
        more = len(served.contested) - _NAMED
        named = ", ".join(f"#{number}" for number in served.contested[:_NAMED])
        said.append(f"contested by {named}" + (f" and {more} more" if more > 0 else ""))
    return "; ".join(said)


def in_force(database: Database, log: Log, found: Sequence[Found]) -> list[Found]:
    """What was found, each superseded memory with the one that holds instead in its place, each memory once."""
    served = serving(database, (each.number for each in found if each.type == "memory"))
    others = {each.instead for each in served.values() if each.instead is not None}
    holding = {memory.number: memory for memory in log.many(sorted(others))}
    kept: dict[tuple[str, int], Found] = {}
    for each in found:
        state = served.get(each.number) if each.type == "memory" else None
        if state is not None and state.instead is not None:
            memory = holding[state.instead]
            each = replace(
                each, number=memory.number, kind=memory.kind, title=memory.title, body=memory.body, trust=memory.trust,
                at=memory.revised, project=memory.project, revision=memory.revision,
            )  # fmt: skip
        kept.setdefault((each.type, each.number), each)
    return list(kept.values())
