"""How relations of memories are shown, and the looking for candidates that goes with a save."""

from collections.abc import Sequence
from typing import Any, Final

from ..memory import End, Memory, Relation
from ..recall.candidates import candidates
from ..store.log_relations import Tie
from .context import Context

__all__ = ["detected", "pair", "related", "ties"]

_TOLD: Final = 3  # relations beside a memory: an agent can make any number of them
_SILENT: Final = 4  # from here on they speak neither for nor against it


def related(relation: Relation) -> dict[str, Any]:
    """A relation as every surface shows it (JSON-ready). Times are Unix ms."""
    verdict = relation.verdict
    return {
        "judgment_id": relation.judgment_id,
        "source": _end(relation.source),
        "target": _end(relation.target),
        "relation": None if verdict is None else verdict.relation,
        "judgment_status": relation.status,
        "reason": None if verdict is None else verdict.reason,
        "evidence": None if verdict is None else verdict.evidence,
        "confidence": None if verdict is None else verdict.confidence,
        "marked_by_actor": None if verdict is None else verdict.actor,
        "marked_by_kind": None if verdict is None else verdict.kind,
        "session": None if verdict is None else verdict.session,
        "score": relation.score,
        "created": relation.created,
        "judged": relation.judged,
    }


def pair(context: Context, relation: Relation) -> list[Memory]:
    """The memories of a relation, those that are in this store."""
    ends = (relation.source.number, relation.target.number)
    return context.log.many([number for number in ends if number is not None])


def _end(end: End) -> dict[str, Any]:
    return {"number": end.number, "id": str(end.id), "title": end.title, "alive": end.alive}


def ties(context: Context, numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The relations of each of these memories, as they are told beside it: some, and how many more are of weight.

    What takes its place comes first, the owner's verdicts before an agent's, the latest before the others.
    """
    told: dict[int, dict[str, Any]] = {}
    for number, found in context.log.relations.of(numbers).items():
        found.reverse()
        found.sort(key=lambda tie: (_weight(tie), not tie.by_owner))
        speaking = sum(_weight(tie) < _SILENT for tie in found)
        shown = [
            {
                "relation": tie.relation, "status": tie.status, "direction": tie.direction, "other": tie.other,
                "judgment_id": tie.judgment_id, "by": tie.by, "reason": tie.reason,
            }
            for tie in found[:_TOLD]
        ]  # fmt: skip
        told[number] = {"relations": shown, "more_relations": max(0, speaking - len(shown))}
    return told


def _weight(tie: Tie) -> int:
    """In which order relations are told."""
    if tie.status == "orphaned":
        return _SILENT + 1
    if tie.relation == "supersedes":
        return 0 if tie.direction == "target" else 3
    return {"conflicts_with": 1, None: 2}.get(tie.relation, _SILENT)


def detected(context: Context, memory: Memory | None) -> dict[str, Any]:
    """What a save says of the memories that may disagree with the one it kept; None: it kept none.

    Each becomes a relation that waits for a verdict. Should the looking fail, the answer says so; the save stands.
    """
    found: list[dict[str, Any]] = []
    failed = None
    try:
        with context.database.transaction():
            found = [] if memory is None else _proposed(context, memory)
    except Exception as error:  # whatever goes wrong in the looking, the note is kept
        if not context.database.connection.in_transaction:
            raise  # the disk took the save with it
        failed = f"{type(error).__name__}: {error}"
    told: dict[str, Any] = {
        "candidates": found, "judgment_required": bool(found), "detection_error": failed,
    }  # fmt: skip
    if found:
        told |= {"judgment_status": "pending", "judgment_id": found[0]["judgment_id"]}
    return told


def _proposed(context: Context, memory: Memory) -> list[dict[str, Any]]:
    found = []
    for each in candidates(context.database, context.log, memory):
        relation = context.log.relations.propose(memory, each.memory, each.score)
        if relation is None or relation.status != "pending":
            continue
        told = {
            "id": each.memory.number, "sync_id": str(each.memory.id), "title": each.memory.title,
            "type": each.memory.label or each.memory.kind, "score": round(each.score, 4),
            "judgment_id": relation.judgment_id,
        }  # fmt: skip
        found.append(told if each.memory.topic_key is None else {**told, "topic_key": each.memory.topic_key})
    return found
