"""Which memories have been superseded, and by what."""

import json
from collections.abc import Iterable

from ..memory import successors
from .database import Database

__all__ = ["instead"]

_STEPS = 5


def instead(database: Database, numbers: Iterable[int]) -> dict[int, int]:
    """Of these memories (by number) those that are superseded, with the one that holds in their place.

    A chain is followed for 10,000 verdicts.
    """
    found = _followed(database, list(numbers))
    for _ in range(_STEPS - 1):
        further = _followed(database, sorted(set(found.values())))
        if not further:
            break
        found = {number: further.get(other, other) for number, other in found.items()}
    return found


def _followed(database: Database, asked: list[int]) -> dict[int, int]:
    """The same, as far as one statement looks."""
    edges: dict[int, list[int]] = {}
    living: set[int] = set()
    rows = database.all("relations_superseding", numbers=json.dumps(asked)) if asked else []
    for target, source, holds, scope, of_project, by_project in rows:
        if scope != "personal" and of_project != by_project and not _one_family(database, of_project, by_project):
            continue  # two projects that were one when it was judged
        edges.setdefault(target, []).append(source)
        if holds:
            living.add(source)
    return successors((number for number in asked if number in edges), edges, living)


def _one_family(database: Database, one: int, other: int) -> bool:
    return (other,) in database.all("project_family", project=one)
