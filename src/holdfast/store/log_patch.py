"""What a draft changes of a memory: register -> value."""

from typing import Any, Final, cast
from uuid import UUID

from ..memory import TRUSTS, USUAL_IMPORTANCE, Draft, Memory, Trust

__all__ = ["OWN", "above", "differences", "lesser", "peers", "raised", "scope_of", "told", "whole"]

OWN: Final = ("owner", "agent")  # these two may write over each other; what else there is, only over its like


def whole(draft: Draft, place: UUID | None, text: dict[str, Any]) -> dict[str, Any]:
    """All registers of a new memory."""
    return {
        "text": text,
        "scope": scope_of(draft.scope, place),
        "tags": list(draft.tags),
        "importance": draft.importance,
        "pin": draft.pinned,
        "alive": True,
        "standing": draft.standing,
        "topic": draft.topic_key,
        "trust": draft.trust,
    }


def above(draft: Draft, known: Memory) -> bool:
    """Whether a draft is trusted more than a memory."""
    return TRUSTS.index(draft.trust) < TRUSTS.index(known.trust)


def lesser(one: str, other: str) -> Trust:
    """The trust of what both had a hand in."""
    return cast(Trust, max(one, other, key=TRUSTS.index))


def peers(trust: str) -> tuple[str, ...]:
    """The trusts that may write over, or be folded into, each other: nothing imported passes for the owner's word."""
    return OWN if trust in OWN else (trust,)


def scope_of(scope: str, project: UUID | None) -> dict[str, Any]:
    return {"scope": scope, "project": None if project is None else project.hex}


def told(note: Draft | Memory) -> tuple[object, ...]:
    """What a note says, and to whom: who changes it answers for it."""
    return note.body, note.title, note.kind, note.label, note.files, note.scope


def differences(memory: Memory, given: Draft) -> dict[str, Any]:
    """register -> value of those that a revision changes, apart from text and scope."""
    parts = {
        "tags": (list(memory.tags), list(given.tags)),
        "importance": (memory.importance, given.importance),
        "standing": (memory.standing, given.standing),
        "topic": (memory.topic_key, given.topic_key),
        "trust": (memory.trust, given.trust),
    }
    return {name: after for name, (before, after) in parts.items() if before != after}


def raised(known: Memory, draft: Draft) -> dict[str, Any]:
    """What a draft asks for beyond what the memory has; a draft's defaults ask for nothing."""
    patch: dict[str, Any] = {}
    if draft.pinned and not known.pinned:
        patch["pin"] = True
    if draft.standing and not known.standing:
        patch["standing"] = True
    if draft.importance > max(known.importance, USUAL_IMPORTANCE):
        patch["importance"] = draft.importance
    return patch
