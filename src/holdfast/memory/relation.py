"""How two memories stand to each other: candidates of conflict, and verdicts on them.

A relation belongs to a pair of memories, whichever is named first, so that two devices that judge the same pair judge
the same relation.
"""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
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
    "successors",
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


def successors(numbers: Iterable[Key], edges: Mapping[Key, Sequence[Key]], living: Container[Key]) -> dict[Key, Key]:
    """Of these memories those instead of which something holds, with what that is.

    edges: memory -> those that supersede it, the best first. The nearest living one above it of which the same is not
    true in turn, through forgotten ones too. Those that supersede each other in a circle supersede nothing there.
    """
    asked = list(numbers)
    circle: dict[Key, int] = {}  # memory -> its circle; most are alone in theirs
    outdone: set[int] = set()  # circles with a living memory above them
    lively: set[int] = set()  # circles with a living memory in them
    for nth, members in enumerate(_circles(asked, edges)):  # what is above comes before
        circle |= dict.fromkeys(members, nth)
        above = {circle[each] for member in members for each in edges.get(member, ())} - {nth}
        if any(each in lively or each in outdone for each in above):
            outdone.add(nth)
        if any(member in living for member in members):
            lively.add(nth)
    found: dict[Key, Key] = {}
    for number in asked:
        wave, seen = [number], {number}
        while wave and number not in found and circle[number] in outdone:
            for each in wave:
                if each in living and circle[each] != circle[number] and circle[each] not in outdone:
                    found[number] = each
                    break
            wave = list(dict.fromkeys(each for one in wave for each in edges.get(one, ()) if each not in seen))
            seen.update(wave)
    return found


def _circles(starts: Iterable[Key], edges: Mapping[Key, Sequence[Key]]) -> Iterator[list[Key]]:
    """All that can be reached, in circles (strongly connected components: Tarjan, 1972), each after those above it."""
    index: dict[Key, int] = {}
    low: dict[Key, int] = {}
    open_: dict[Key, None] = {}
    path: list[tuple[Key, Iterator[Key]]] = []

    def enter(at: Key) -> None:
        index[at] = low[at] = len(index)
        open_[at] = None
        path.append((at, iter(edges.get(at, ()))))

    for start in starts:
        if start not in index:
            enter(start)
        while path:
            at, above = path[-1]
            for each in above:
                if each not in index:
                    enter(each)
                    break
                if each in open_:
                    low[at] = min(low[at], index[each])
            else:
                path.pop()
                if path:
                    below = path[-1][0]
                    low[below] = min(low[below], low[at])
                if low[at] == index[at]:
                    members = []
                    while at in open_:
                        members.append(open_.popitem()[0])
                    yield members
