"""Operations that stop recording for a while."""

from typing import Any

from .context import Arguments, Context, Operation, Takes

__all__ = ["OPERATIONS"]


def _pause(context: Context, arguments: Arguments) -> Any:
    at, duration = arguments["at"], arguments.get("for_ms")
    until = None if duration is None else at + duration
    context.database.run("end_pause", at=at)  # the newest word counts
    context.database.run("begin_pause", at=at, until=until)
    return {"paused": {"until": until}}


def _go_on(context: Context, arguments: Arguments) -> Any:
    at = arguments["at"]
    was = context.capture.journal.paused(at)
    context.database.run("end_pause", at=at)
    return {"paused": None, "was_paused": was}


OPERATIONS = (
    Operation(
        "pause", "record nothing, and give nothing, from now on", _pause,
        {"for_ms": Takes(int, "for how long, in milliseconds; until further notice without it", least=1, most=1 << 45)},
    ),
    Operation("pause.end", "record again", _go_on),
)  # fmt: skip
