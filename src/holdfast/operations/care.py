"""Operations that look after the store while it is served: copies, a check."""

from pathlib import Path
from typing import Any

from ..errors import Refused
from ..store.care.backup import back_up, proven_copy
from ..store.care.check import check
from .context import Arguments, Context, Operation, Takes

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


OPERATIONS = (
    Operation(
        "backup", "make a copy of the store", _backup,
        {"file": Takes(str, "where to; in the folder of backups without it")}, apart=True,
    ),
    Operation("check", "what is wrong with the store, with its indexes, texts and references", _check, apart=True),
)  # fmt: skip
