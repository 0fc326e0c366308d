"""Operations on memories."""

from collections.abc import Iterator
from typing import Any

from ..errors import UsageError
from ..memory import Draft, Memory
from .context import Arguments, Context, Operation

__all__ = ["OPERATIONS", "shown"]


def shown(memory: Memory) -> dict[str, Any]:
    """A memory as every surface shows it (JSON-ready)."""
    return {
        "number": memory.number,
        "id": str(memory.id),
        "project": memory.project,
        "kind": memory.kind,
        "label": memory.label,
        "title": memory.title,
        "body": memory.body,
        "files": list(memory.files),
        "tags": list(memory.tags),
        "scope": memory.scope,
        "importance": memory.importance,
        "pinned": memory.pinned,
        "standing": memory.standing,
        "topic_key": memory.topic_key,
        "trust": memory.trust,
        "alive": memory.alive,
        "erased": memory.erased,
        "created": memory.created,
        "revised": memory.revised,
        "revision": memory.revision,
        "repeats": memory.repeats,
    }


def _remember(context: Context, arguments: Arguments) -> Any:
    draft = Draft(
        body=str(arguments["body"]),
        title=arguments.get("title"),
        kind=str(arguments.get("kind") or "note"),
        files=tuple(arguments.get("files") or ()),
        tags=tuple(arguments.get("tags") or ()),
        scope=arguments.get("scope") or "project",
        importance=float(arguments.get("importance", 0.5)),
        pinned=bool(arguments.get("pinned")),
        standing=bool(arguments.get("standing")),
        topic_key=arguments.get("topic_key"),
        trust=arguments.get("trust") or "owner",
    )
    saved = context.log.remember(draft, context.project(arguments))
    return {
        "memory": shown(saved.memory),
        "folded": saved.folded,
        "change": None if saved.change is None else str(saved.change),
    }


def _ref(arguments: Arguments) -> str:
    ref = arguments.get("ref")
    if not isinstance(ref, str) or not ref:
        raise UsageError("which memory?", fix="give its number or its id")
    return ref


def _operations() -> Iterator[Operation]:
    yield Operation("remember", "keep a note", _remember)


OPERATIONS = tuple(_operations())
