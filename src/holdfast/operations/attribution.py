"""Whose session an agent speaks in, when it tells something itself; nothing is kept of one that is not recorded."""

import itertools
from dataclasses import dataclass
from typing import Final

from ..distill.event import asks_the_agent
from ..errors import Refused
from ..memory import Evidence
from .context import Arguments, Context
from .projects import withheld

__all__ = ["Spoken", "check_recorded", "evidence_of", "session_called"]

_LATELY: Final = 32  # prompts and commands that are looked at


@dataclass(frozen=True, slots=True)
class Spoken:
    """A session of the store: number, its host, the project, whether it has ended."""

    number: int
    host: str
    project: int | None
    ended: bool


def session_called(context: Context, name: str) -> Spoken | None:
    """The session that its host calls so, the one heard last; None when there is none. Raises Refused: it is not to
    be recorded."""
    row = context.database.one("session_called", name=name)
    if row is None:
        return None
    if row[4]:
        raise Refused("nothing is kept of this session", why="its owner started it with HOLDFAST_IGNORE=1")
    return Spoken(row[0], row[1], row[2], row[3] is not None)


def check_recorded(context: Context, arguments: Arguments, project: int) -> None:
    """Raises Refused when nothing is to be recorded now, or of that project."""
    if context.capture.journal.paused(arguments["at"]):
        raise Refused("recording is paused", why="its owner asked for it", fix="the user ends it: holdfast pause --off")
    kept_out = withheld(context, arguments, project, "capture")
    if kept_out is not None:
        raise Refused("nothing is kept of this project", why=kept_out["why"], fix=f"the user can: {kept_out['fix']}")


def evidence_of(context: Context, arguments: Arguments, project: int) -> tuple[Evidence, ...]:
    """What was asked last in the session in which something is said, else its start: that is where it comes from.

    Raises Refused when nothing of it is to be kept.
    """
    check_recorded(context, arguments, project)
    spoken = session_called(context, arguments["session"])
    rows = [] if spoken is None else context.database.all("asked_lately", session=spoken.number, limit=_LATELY)
    asked = (int(row[0]) for row in rows if row[1] != "command" or asks_the_agent(row[2] or ""))
    return tuple(Evidence(event) for event in itertools.islice(asked, 1))
