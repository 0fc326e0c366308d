"""Tools by which an agent says how two notes relate."""

from collections.abc import Mapping
from typing import Any

from .call import Call, Reply
from .place import place_named
from .speaking import speaking

__all__ = ["compare", "judge"]


async def judge(call: Call) -> Reply:
    """mem_judge: the verdict on a conflict that mem_save or mem_search showed."""
    it = await call.ask(
        "conflicts.judge", judgment_id=call["judgment_id"], relation=call["relation"], reason=call.get("reason"),
        evidence=call.get("evidence"), confidence=call["confidence"],
        session=await speaking(call) or None, **await place_named(call),
    )  # fmt: skip
    one, other = it["source"]["number"], it["target"]["number"]
    return Reply(f"Judged {it['judgment_id']}: #{one} {it['relation']} #{other}.", _row(it))


async def compare(call: Call) -> Reply:
    """mem_compare: a verdict that nobody had asked for."""
    it = await call.ask(
        "conflicts.compare", a=call["memory_id_a"], b=call["memory_id_b"], relation=call["relation"],
        confidence=call["confidence"], reason=call["reasoning"], actor=call.get("model"),
        session=call.session or None,
    )  # fmt: skip
    one, other = it["source"]["number"], it["target"]["number"]
    return Reply(f"Recorded {it['judgment_id']}: #{one} {it['relation']} #{other}.", _row(it))


def _row(it: Mapping[str, Any]) -> dict[str, Any]:
    """A relation with the names that engram's has; the model may be shown it, so nothing stands in it twice."""
    ends = {name: {each: it[name][each] for each in ("number", "title")} for name in ("source", "target")}
    row = {
        **it, **ends, "sync_id": it["judgment_id"], "source_id": it["source"]["id"], "target_id": it["target"]["id"],
        "session_id": it["session"],
    }  # fmt: skip
    del row["session"]
    return row
