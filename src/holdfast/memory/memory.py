"""A memory as it is read."""

from dataclasses import dataclass
from typing import Final, Literal, get_args
from uuid import UUID

__all__ = ["SCOPES", "TRUSTS", "Evidence", "Memory", "Origin", "Saved", "Scope", "Trust"]

Scope = Literal["project", "personal", "team"]
Trust = Literal["owner", "agent", "tool", "imported", "quarantined"]

SCOPES: Final[tuple[str, ...]] = get_args(Scope)
TRUSTS: Final[tuple[str, ...]] = get_args(Trust)  # the most trusted first


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a memory came from: an event of this store, or the words themselves, or both."""

    event: int | None = None
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """How a rule came to draw a memory.

    worth: from 0 to 1, what the rule made of it; why: in one sentence; at: when it was said, Unix ms. lineage: the
    memories (by id) that came with the prompt to which this was said: they may have shaped it.
    """

    rule: str
    worth: float
    why: str
    at: int
    lineage: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Memory:
    """One memory at one moment. Times are Unix ms; `project` is a project's number in this store.

    number: what it is called in this store (`#12`); it never leaves it. Elsewhere it is called by its `id`.
    label: what the caller named the kind, when that was another word.
    revised: when its text was last written; `revision` counts those writes, `repeats` how often it was said again.
    erased: its content is gone for good; only number, id and the two times still tell something.
    """

    number: int
    id: UUID
    project: int | None
    kind: str
    label: str | None
    title: str
    body: str
    files: tuple[str, ...]
    tags: tuple[str, ...]
    scope: str
    importance: float
    pinned: bool
    standing: bool
    topic_key: str | None
    trust: str
    alive: bool
    erased: bool
    created: int
    revised: int
    revision: int
    repeats: int
    evidence: tuple[Evidence, ...] = ()

    @property
    def preferred(self) -> bool:
        """Whether it says what its owner prefers in all projects."""
        return self.scope == "personal" and self.kind == "preference" and self.trust == "owner"

    @property
    def first(self) -> str:
        """As what sessions are given it first, in words; "" when they are not."""
        if self.standing:
            return "a standing instruction"
        if self.pinned:
            return "a pinned note"
        return "a preference" if self.preferred else ""


@dataclass(frozen=True, slots=True)
class Saved:
    """What a write did. `change` is None when there was nothing to change.

    folded: what was to be saved was there already, and `memory` is the one that said it.
    """

    memory: Memory
    change: UUID | None
    folded: bool = False
