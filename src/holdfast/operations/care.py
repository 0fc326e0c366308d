"""Operations that look after the store while it is served: copies, a check, what a session would be given."""

from pathlib import Path
from typing import Any

from ..errors import Refused
from ..store.care.backup import back_up, proven_copy
from ..store.care.check import check
from .context import NOWHERE, Arguments, Context, Operation, Takes
from .projects import withheld

__all__ = ["OPERATIONS"]


def _backup(context: Context, arguments: Arguments) -> Any:
    if "file" not in arguments:
        path = back_up(context.database, context.home.backups, now_ms=arguments["at"], keep=None)
        return {"path": str(path), "bytes": path.stat().st_size}
    path = Path(arguments["file"])
    if path.exists():
        raise Refused(f"{path} exists already", why="a backup overwrites nothing", fix="name another file")
    proven_copy(context.database, path)
    return {"path": str(path), "bytes": path.stat().st_size}


def _check(context: Context, _: Arguments) -> Any:
    found = check(context.database)
    return {
        "findings": [
            {"what": each.what, "where": each.where, "certain": each.certain, "fix": each.fix} for each in found
        ]
    }


def _pack(context: Context, arguments: Arguments) -> Any:
    place = context.place(arguments) or NOWHERE
    pack = context.capture.pack("preview", place)
    kept_back = _kept_back(context, arguments, place)
    if pack is None:
        return {"text": None, "tokens": 0, "memories": [], "left_out": [], "withheld": kept_back}
    return {
        "withheld": kept_back,
        "text": pack.text,
        "tokens": pack.tokens,
        "memories": [item.number for item in pack.items],
        "left_out": [item.number for item in pack.left_out],
    }


def _kept_back(context: Context, arguments: Arguments, place: int) -> dict[str, str] | None:
    """Why a session of that place would be given nothing of it, {"why", "fix"}; None when it would."""
    if not context.settings["inject.session_start"]:
        name = "inject.session_start"
        return {"why": f"{name} is off", "fix": f"holdfast config set {name} true"}
    if context.capture.journal.paused(arguments["at"]):
        return {"why": "recording is paused, and nothing is given meanwhile", "fix": "holdfast pause --off"}
    return withheld(context, arguments, place)


def _lately(context: Context, arguments: Arguments) -> Any:
    rows = context.database.all("shown_last_packs", since=arguments["since"])
    names = ("id", "place", "at", "receipt", "tokens", "host", "session")
    return {"deliveries": [dict(zip(names, row, strict=True)) for row in rows]}


OPERATIONS = (
    Operation(
        "backup", "make a copy of the store", _backup,
        {"file": Takes(str, "where to; in the folder of backups without it")}, apart=True,
    ),
    Operation("check", "what is wrong with the store, with its indexes, texts and references", _check, apart=True),
    Operation("pack", "what a session of this folder would be given at its start", _pack, apart=True),
    Operation(
        "deliveries.troubled", "what was given since a time and arrived cut, or not at all", _lately,
        {"since": Takes(int, "Unix ms", needed=True, least=0)}, apart=True,
    ),
)  # fmt: skip
