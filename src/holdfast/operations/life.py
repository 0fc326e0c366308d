"""Operations on the daemon itself. They need no store, so they work also when it cannot be opened."""

import os
from collections.abc import Callable, Mapping
from typing import Any, Final

from .. import __version__
from .context import Life

__all__ = ["BARE"]


def _ping(life: Life) -> dict[str, Any]:
    return {
        "version": __version__,
        "process": os.getpid(),
        "home": str(life.home.folder),
        "started": life.started,
    }


def _stop(life: Life) -> dict[str, Any]:
    life.leave()
    return {"process": os.getpid()}


# name -> what it does: whether the daemon answers, and which it is; finish what runs and leave
BARE: Final[Mapping[str, Callable[[Life], dict[str, Any]]]] = {"ping": _ping, "stop": _stop}
