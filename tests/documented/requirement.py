"""A documented feature, and the ways in which holdfast may stand to it."""

from dataclasses import dataclass

__all__ = ["HUB", "OPENCLAW", "OPENCODE", "PREDECESSORS", "PROTOCOL", "Requirement", "later", "otherwise", "shown"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One documented feature: in whose documents, what it says, and what shows or replaces it."""

    says: str
    tests: tuple[str, ...] = ()
    deviation: str = ""
    later: str = ""


# what of holdfast does not exist yet
PREDECESSORS = "the routes of the predecessors' own services"
HUB = "the hub and sync"
OPENCODE = "the OpenCode plugin"
OPENCLAW = "the OpenClaw plugin"
PROTOCOL = "the protocol in a session's own context"


def shown(says: str, *tests: str, but: str = "") -> Requirement:
    """It does so, and these tests show it; `but`: what of it is otherwise, and why."""
    return Requirement(says, tests, but)


def otherwise(says: str, why: str) -> Requirement:
    """It does not, and why."""
    return Requirement(says, deviation=why)


def later(says: str, part: str) -> Requirement:
    """It belongs to a part that does not exist yet."""
    return Requirement(says, later=part)
