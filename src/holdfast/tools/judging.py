"""Tools by which an agent says how two notes relate."""

from .call import Call, Reply
from .place import place_named

__all__ = ["compare", "judge"]


async def judge(call: Call) -> Reply:
    """mem_judge: the verdict on a conflict that mem_save or mem_search showed."""
    it = await call.ask(
        "conflicts.judge", judgment_id=call["judgment_id"], relation=call["relation"], reason=call.get("reason"),
        evidence=call.get("evidence"), confidence=call["confidence"],
        session=call.session or None, **await place_named(call),
    )  # fmt: skip
    return Reply(f"Judged {call['judgment_id']}: {call['relation']}.", it)


async def compare(call: Call) -> Reply:
    """mem_compare: a verdict that nobody had asked for."""
    it = await call.ask(
        "conflicts.compare", a=call["memory_id_a"], b=call["memory_id_b"], relation=call["relation"],
        confidence=call["confidence"], reason=call["reasoning"], actor=call.get("model"),
        session=call.session or None,
    )  # fmt: skip
    return Reply(f"Recorded: #{call['memory_id_a']} {call['relation']} #{call['memory_id_b']}.", it)
