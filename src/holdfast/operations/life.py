"""Operations on the daemon itself."""

import os
from typing import Any

from .. import __version__
from .context import Arguments, Context, Operation

__all__ = ["OPERATIONS"]


def _ping(context: Context, arguments: Arguments) -> Any:
    return {"version": __version__, "process": os.getpid(), "home": str(context.home.folder)}


def _stop(context: Context, arguments: Arguments) -> Any:
    context.leave()
    return {"process": os.getpid()}


OPERATIONS = (
    Operation("ping", "whether the daemon answers, and which it is", _ping),
    Operation("stop", "finish what runs and leave", _stop),
)
