"""Operations on how memories stand to each other: candidates of conflict, and verdicts."""

import time
from typing import Any, Final

from ..memory import STATUSES, VERDICTS, Verdict
from ..recall.candidates import candidates
from .context import SESSION_LIMIT, Arguments, Context, Operation, Takes, whose
from .memories import REF, step_shown
from .reach import of_project, refuse_reading_elsewhere, refuse_writing_elsewhere
from .relating import pair, related

__all__ = ["OPERATIONS"]

_STEP: Final = 0.015  # seconds that a scan takes at a time: hooks wait for the writer meanwhile
_SCAN: Final = 100  # memories that one call looks at, if it has the time


def _list(context: Context, arguments: Arguments) -> Any:
    family = context.family(context.place(arguments))
    status, limit = arguments.get("status"), arguments.get("limit", 100)
    found = context.log.relations.listed(status=status, family=family, limit=limit + 1)
    return {"relations": [related(each) for each in found[:limit]], "more": len(found) > limit}


def _show(context: Context, arguments: Arguments) -> Any:
    relations = context.log.relations
    found = relations.get(arguments["judgment_id"])
    told = related(found)
    for memory in pair(context, found):
        refuse_reading_elsewhere(context, arguments, f"memory #{memory.number}", of_project(memory))
        name = "source" if memory.number == found.source.number else "target"
        told[name] |= {"kind": memory.kind, "body": memory.body, "revised": memory.revised, "trust": memory.trust}
    return {**told, "history": [step_shown(step) for step in relations.history(found.id)]}


def _judge(context: Context, arguments: Arguments) -> Any:
    relations = context.log.relations
    source = context.log.get(arguments["source"]) if "source" in arguments else None
    found = relations.get(arguments["judgment_id"])
    refuse_writing_elsewhere(context, arguments, *pair(context, found))
    return related(relations.judge(arguments["judgment_id"], _verdict(arguments), source=source))


def _compare(context: Context, arguments: Arguments) -> Any:
    one, other = (context.log.get(arguments[name]) for name in ("a", "b"))
    refuse_writing_elsewhere(context, arguments, one, other)
    return related(context.log.relations.compare(one, other, _verdict(arguments)))


def _verdict(arguments: Arguments) -> Verdict:
    """Whatever an agent calls itself, its verdict tells that an agent gave it."""
    kind = "owner" if whose(arguments) == "owner" else "agent"
    actor = arguments.get("actor", "").strip()
    if kind == "agent" and actor and actor != "agent" and not actor.startswith("agent:"):
        actor = f"agent:{actor}"
    return Verdict(
        relation=arguments["relation"],
        reason=arguments.get("reason"),
        evidence=arguments.get("evidence"),
        confidence=arguments.get("confidence", 1.0),
        actor=actor or kind,
        kind=kind,
        session=arguments.get("session"),
    )


def _scan(context: Context, arguments: Arguments) -> Any:
    """The next of the memories, the latest first, until `limit` or the time of one step is over; the newer of two is
    the one that a candidate is found for. `next`: from where on to go on; None at the end."""
    family = context.family_json(context.place(arguments))
    began, looked, found = time.perf_counter(), 0, []
    next_: int | None = arguments.get("after", 1 << 62)
    limit = arguments.get("limit", _SCAN)
    while next_ is not None and looked < limit and (not looked or time.perf_counter() - began < _STEP):
        row = context.database.one("memory_to_compare", before=next_, family=family)
        next_ = None if row is None else int(row[0])
        for memory in context.log.many([] if next_ is None else [next_]):
            looked += 1
            known = {tie.other for tie in context.log.relations.of([memory.number]).get(memory.number, ())}
            for each in candidates(context.database, context.log, memory, before=memory.number):
                if each.memory.number in known:
                    continue
                two = {
                    "newer": _named(memory.number, memory.title), "score": round(each.score, 4),
                    "older": _named(each.memory.number, each.memory.title), "judgment_id": None,
                }  # fmt: skip
                if arguments.get("apply"):
                    relation = context.log.relations.propose(memory, each.memory, each.score)
                    two["judgment_id"] = None if relation is None else relation.judgment_id
                found.append(two)
    return {"looked": looked, "candidates": found, "next": next_, "applied": bool(arguments.get("apply"))}


def _named(number: int, title: str) -> dict[str, Any]:
    return {"number": number, "title": title}


def _stats(context: Context, arguments: Arguments) -> Any:
    statuses = dict.fromkeys(STATUSES, 0)
    verdicts = dict.fromkeys(VERDICTS, 0)
    for status, verdict, count in context.log.relations.counts(context.family(context.place(arguments))):
        statuses[status] += count
        if verdict is not None and status == "judged":
            verdicts[verdict] += count
    return {"statuses": statuses, "relations": verdicts}


_ID = Takes(str, "a judgment: rel- and 16 digits", needed=True)
_FOUND = {
    "relation": Takes(str, "the verdict", needed=True, among=tuple(VERDICTS)),
    "reason": Takes(str, "why"),
    "evidence": Takes(str, "what shows it"),
    "confidence": Takes(float, "how sure, from 0 to 1; 1 when it is missing"),
    "actor": Takes(str, "who judged, by name"),
    "session": Takes(str, "the session in which it was judged, by the host's name for it", long=SESSION_LIMIT),
}

OPERATIONS = (
    Operation(
        "conflicts.list", "pairs of memories that may disagree, or were judged", _list,
        {"status": Takes(str, "only those of one status", among=STATUSES),
         "limit": Takes(int, "how many at the most", least=1, most=1_000)},
        apart=True,
    ),
    Operation(
        "conflicts.show", "one pair, with both notes and every verdict on it", _show, {"judgment_id": _ID}, apart=True
    ),
    Operation(
        "conflicts.judge", "say how the two memories of a pair stand to each other", _judge,
        {"judgment_id": _ID, **_FOUND,
         "source": Takes(str, "the memory that supersedes the other; the newer one when it is missing")},
        before=Context.look,
    ),
    Operation(
        "conflicts.compare", "say how two memories stand to each other that were no candidate", _compare,
        {"a": REF, "b": REF, **_FOUND}, before=Context.look,
    ),
    Operation(
        "conflicts.scan", "look for pairs among the memories that there are, some at a time", _scan,
        {"limit": Takes(int, "how many memories are looked at, at the most", least=1, most=1_000),
         "after": Takes(int, "where to go on: `next` of the answer before", least=0),
         "apply": Takes(bool, "note what is found, so that it waits for a verdict")},
        before=Context.look,
    ),
    Operation("conflicts.stats", "how many pairs there are, by status and verdict", _stats, apart=True),
)  # fmt: skip
