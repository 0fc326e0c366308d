"""What of some memories is served: a verdict may have put another in one's place, or called it contested."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..store.database import Database
from ..store.log import Log
from ..store.supersession import instead
from .find import Found

__all__ = ["Served", "contested", "in_force", "serving"]

_NAMED: Final = 3  # of those that contest a note; a note must not grow by what others say of it


@dataclass(frozen=True, slots=True)
class Served:
    """How one memory is served. instead: the number of the one that holds in its place.

    contested: those that conflict with it, by a verdict, their owner's before an agent's; pending: those that may, and
    nobody has judged it yet.
    """

    instead: int | None = None
    contested: tuple[int, ...] = ()
    pending: tuple[int, ...] = ()


def serving(database: Database, numbers: Iterable[int]) -> Mapping[int, Served]:
    """Of these memories (by number) those about which there is something to know, in two statements."""
    wanted = list(numbers)
    held = instead(database, wanted)
    against: dict[int, tuple[list[int], list[int]]] = {}
    for number, other, judged, _ in database.all("relations_contesting", numbers=json.dumps(wanted)):
        against.setdefault(number, ([], []))[0 if judged else 1].append(other)
    found = {number: Served(other) for number, other in held.items()}
    for number, (contesting, pending) in against.items():
        found[number] = Served(held.get(number), tuple(contesting), tuple(pending))
    return found


def contested(served: Served | None) -> str:
    """What a note in a pack says of verdicts that it conflicts with others; "" when there are none."""
    if served is None or not served.contested:
        return ""
    more = len(served.contested) - _NAMED
    named = ", ".join(f"#{number}" for number in served.contested[:_NAMED])
    return f"contested by {named}" + (f" and {more} more" if more > 0 else "")


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
