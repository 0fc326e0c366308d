"""Which memories have been superseded, and by what."""

import json
from collections.abc import Iterable

from ..memory import successor
from .database import Database

__all__ = ["instead"]


def instead(database: Database, numbers: Iterable[int]) -> dict[int, int]:
    """Of these memories (by number) those that are superseded, with the one that holds in their place."""
    asked = list(numbers)
    edges: dict[int, list[int]] = {}
    living: set[int] = set()
    rows = database.all("relations_superseding", numbers=json.dumps(asked))
    for target, source, holds, scope, of_project, by_project in rows:
        if scope != "personal" and of_project != by_project and not _one_family(database, of_project, by_project):
            continue  # two projects that were one when it was judged
        edges.setdefault(target, []).append(source)
        if holds:
            living.add(source)
    found = {number: successor(number, edges, living) for number in asked if number in edges}
    return {number: other for number, other in found.items() if other is not None}


def _one_family(database: Database, one: int, other: int) -> bool:
    return (other,) in database.all("project_family", project=one)
