"""How two memories stand to each other: candidates of conflict, and verdicts on them.

A relation belongs to a pair of memories, whichever is named first, so that two devices that judge the same pair judge
the same relation.
"""

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar
from uuid import UUID

from ..errors import Refused, UsageError
from ..ids import derived

__all__ = [
    "ACTORS",
    "STATUSES",
    "TEXT_LIMIT",
    "VERDICTS",
    "End",
    "Relation",
    "Verdict",
    "checked_verdict",
    "judgment_id",
    "relation_id",
    "relation_range",
    "successor",
]

# verdict -> what it says of two memories (the page on conflicts is held to this table)
VERDICTS: Final[Mapping[str, str]] = {
    "related": "they speak of the same, and add to each other",
    "compatible": "they say the same in other words, or both hold",
    "scoped": "both hold, each in its own case",
    "conflicts_with": "they cannot both be right, and nobody has said which is",
    "supersedes": "the one has taken the place of the other",
    "not_conflict": "they only look alike",
}
STATUSES: Final = ("pending", "judged", "orphaned")
ACTORS: Final = ("owner", "agent")  # who may have judged: a person, or an agent on his behalf
TEXT_LIMIT: Final = 2_000  # characters of a reason, and of evidence
_NAME_LIMIT: Final = 200  # of an actor and a session
_ID = re.compile(r"rel-([0-9a-f]{16})")

Key = TypeVar("Key")


def relation_id(one: UUID, other: UUID) -> UUID:
    """The relation of this pair, in either order."""
    low, high = sorted((one.hex, other.hex))
    return derived("relation", low, high)


def judgment_id(id: UUID) -> str:
    """What a relation is called: `rel-` and the first 16 digits of its id."""
    return f"rel-{id.hex[:16]}"


def relation_range(name: str) -> tuple[bytes, bytes]:
    """The lowest and the highest id of a relation that is called so. Raises UsageError."""
    match = _ID.fullmatch(name.strip().lower())
    if match is None:
        raise UsageError(
            "that does not name a judgment", why="it is rel- and 16 digits", fix="`holdfast conflicts list` lists them"
        )
    return bytes.fromhex(match[1] + "0" * 16), bytes.fromhex(match[1] + "f" * 16)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody found of a pair. evidence: what shows it, in the judge's words or as JSON; confidence: 0 to 1.

    actor: who judged, by name; kind: one of ACTORS; session: the host's name of the session it was judged in.
    """

    relation: str
    reason: str | None = None
    evidence: str | None = None
    confidence: float = 1.0
    actor: str = "agent"
    kind: str = "agent"
    session: str | None = None


@dataclass(frozen=True, slots=True)
class End:
    """One of the two memories. number: None when this store does not hold it (yet); alive: it is served."""

    id: UUID
    number: int | None
    title: str
    alive: bool


@dataclass(frozen=True, slots=True)
class Relation:
    """A pair and what is known of it. status: one of STATUSES; orphaned when one of the two is forgotten or not there.

    source, target: of `supersedes` the one that holds and the one it replaces; of a pending one the newer and the
    older; else in the order in which they were named. verdict: None while it is pending. score: how near a candidate
    was, 0 to 1; None of a pair that was judged without having been one. created, judged: Unix ms.
    """

    id: UUID
    source: End
    target: End
    status: str
    verdict: Verdict | None
    score: float | None
    created: int
    judged: int | None

    @property
    def judgment_id(self) -> str:
        return judgment_id(self.id)


def checked_verdict(verdict: Verdict, clean: Callable[[str], str]) -> Verdict:
    """The verdict as it is kept: guarded, its confidence within 0 and 1.

    Raises UsageError for a relation or a kind that there is not, Refused for a text that is too long: never cut.
    """
    if verdict.relation not in VERDICTS:
        raise UsageError(f"relation cannot be {verdict.relation[:60]!r}", why=f"it is one of: {', '.join(VERDICTS)}")
    if verdict.kind not in ACTORS:
        raise UsageError(f"kind cannot be {verdict.kind[:60]!r}", why=f"it is one of: {', '.join(ACTORS)}")
    if not verdict.confidence == verdict.confidence:
        raise UsageError("confidence cannot be that", why="it is a number from 0 to 1")
    texts: dict[str, str | None] = {}
    for name, limit in (
        ("reason", TEXT_LIMIT),
        ("evidence", TEXT_LIMIT),
        ("actor", _NAME_LIMIT),
        ("session", _NAME_LIMIT),
    ):
        given = getattr(verdict, name)
        text = None if given is None else clean(given.encode("utf-8", "replace").decode()).strip()
        if text is not None and len(text) > limit:
            raise Refused(f"{name} has {len(text)} characters", why=f"{limit} are the most", fix="say it shorter")
        texts[name] = text or None
    texts["actor"] = texts["actor"] or verdict.kind
    kept: Any = texts
    return replace(verdict, **kept, confidence=min(1.0, max(0.0, float(verdict.confidence))))


def successor(number: Key, edges: Mapping[Key, Sequence[Key]], living: Container[Key]) -> Key | None:
    """What holds instead of a memory; None when nothing does.

    edges: memory -> those that supersede it, the best first. The nearest living one above it of which the same is not
    true in turn, through forgotten ones too. Those that supersede each other in a circle supersede nothing there.
    """
    above: dict[Key, dict[Key, None]] = {}

    def reached(start: Key) -> dict[Key, None]:
        if start not in above:
            found: dict[Key, None] = {}
            wave = [start]
            while wave:
                wave = list(dict.fromkeys(each for one in wave for each in edges.get(one, ()) if each not in found))
                found |= dict.fromkeys(wave)
            above[start] = found
        return above[start]

    def holding(start: Key) -> list[Key]:
        return [each for each in reached(start) if each in living and each != start and start not in reached(each)]

    return next((each for each in holding(number) if not holding(each)), None)
