"""A documented feature, and the ways in which holdfast may stand to it."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = [
    "HUB", "IMPORTS", "OPENCLAW", "OPENCODE", "PREDECESSORS", "Requirement", "later", "otherwise", "shown",
    "together",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Requirement:
    """One documented feature: in whose documents, what it says, and what shows or replaces it."""

    says: str
    tests: tuple[str, ...] = ()
    deviation: str = ""
    later: str = ""


# what of holdfast does not exist yet
PREDECESSORS = "the routes of the predecessors' own services"
IMPORTS = "imports from the predecessors' stores"
HUB = "the hub and sync"
OPENCODE = "the OpenCode plugin"
OPENCLAW = "the OpenClaw plugin"


def shown(says: str, *tests: str, but: str = "") -> Requirement:
    """It does so, and these tests show it; `but`: what of it is otherwise, and why."""
    return Requirement(says, tests, but)


def otherwise(says: str, why: str) -> Requirement:
    """It does not, and why."""
    return Requirement(says, deviation=why)


def later(says: str, part: str) -> Requirement:
    """It belongs to a part that does not exist yet."""
    return Requirement(says, later=part)


def together(*tables: Mapping[str, Requirement]) -> dict[str, Requirement]:
    """One table; raises ValueError when an id stands in two."""
    found: dict[str, Requirement] = {}
    for table in tables:
        if twice := found.keys() & table.keys():
            raise ValueError(f"told twice: {', '.join(sorted(twice))}")
        found.update(table)
    return found
