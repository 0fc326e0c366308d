"""Operations that look over what is kept: how much there is, what should be looked at again, under which key."""

from typing import Any

from ..errors import Refused, UsageError
from ..guard import clean
from ..memory import KINDS, suggested_topic
from .context import Arguments, Context, Operation, Takes
from .memories import REF, shown, shown_all
from .reach import refuse_writing_elsewhere

__all__ = ["OPERATIONS"]


def _count(context: Context, arguments: Arguments) -> Any:
    place, log = context.place(arguments), context.log
    alive = log.count(place)
    kinds = {kind: log.count(place, kinds=[kind]) for kind in KINDS}
    return {
        "memories": alive,
        "forgotten": log.count(place, include_dead=True) - alive,
        "by_kind": {kind: number for kind, number in kinds.items() if number},
    }


def _review(context: Context, arguments: Arguments) -> Any:
    """contested: a judgment is awaited. quarantined: its owner must accept it. unconfirmed: the oldest that was never
    said again."""
    place, limit, log = context.place(arguments), arguments.get("limit", 10), context.log
    pairs = log.relations.listed(status="pending", family=context.family(place), limit=limit)
    ends = dict.fromkeys(end.number for each in pairs for end in (each.source, each.target) if end.number is not None)
    told: dict[str, Any] = {"contested": shown_all(context, log.many(list(ends)[:limit]))}
    for name in ("quarantined", "unconfirmed"):
        rows = context.database.all(
            "notes_to_review", family=context.family_json(place), quarantined=name == "quarantined", limit=limit
        )  # fmt: skip
        told[name] = shown_all(context, log.many([row[0] for row in rows]))
    return told


def _confirm(context: Context, arguments: Arguments) -> Any:
    """Say again what a memory says: who confirms it counts as who repeats it."""
    memory = context.log.get(arguments["ref"])
    refuse_writing_elsewhere(context, arguments, memory)
    if memory.trust == "quarantined":
        raise Refused(f"memory #{memory.number} is quarantined", why="only its owner can accept it")
    return {"memory": shown(context, context.log.confirm(arguments["ref"]).memory)}


def _suggest(_: Context, arguments: Arguments) -> Any:
    # cleaned first: as a part of a key, a secret has another form, by which nobody knows it
    parts = {name: clean(arguments.get(name) or "", written=True) for name in ("title", "kind", "body")}
    if not (parts["title"].strip() or parts["body"].strip()):
        raise UsageError("a topic key needs a title or content")
    return {"topic_key": suggested_topic(**parts)}


OPERATIONS = (
    Operation("count", "how many memories there are, by kind", _count, apart=True),
    Operation(
        "review", "memories that should be looked at again", _review,
        {"limit": Takes(int, "how many of each sort at the most", least=1, most=100)}, apart=True,
    ),
    Operation("review.confirm", "say that a memory still holds", _confirm, {"ref": REF}, before=Context.look),
    Operation(
        "topics.suggest", "a stable key for a subject", _suggest,
        {"title": Takes(str, "the note's title"), "kind": Takes(str, "its kind"), "body": Takes(str, "its text")},
        apart=True,
    ),
)  # fmt: skip
