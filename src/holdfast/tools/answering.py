"""From a frame of the bridge to the result of a tool."""

import importlib
import json
import logging
from collections.abc import Awaitable, Callable

from ..edge.frame import Frame
from ..errors import HoldfastError, Refused, UsageError
from ..guard import redact
from .call import Ask, Call, Reply, hints_of
from .place import ProjectUnclear
from .table import TOOLS

__all__ = ["answer"]

_SAID = 4_000  # characters of an error
_INSTEAD = {  # an agent may have no shell
    "an event is `holdfast show e345`, a session `holdfast show s3`": "an event is e345",
    "`holdfast conflicts list` lists them": "mem_search names them beside the notes",
    "`holdfast search`": "mem_search",
    "see `holdfast projects list`": "mem_list_projects shows them",
    "see `holdfast timeline`": "mem_timeline shows them",
}

_logger = logging.getLogger("holdfast.tools")


async def answer(frame: Frame, ask: Ask) -> bytes:
    """The result of a call as JSON; what goes wrong is a result too, which says what to do."""
    try:
        return (await _answered(frame, ask)).as_json()
    except ProjectUnclear as error:
        return Reply(_told(error), error.fields, failed=True).as_json()
    except HoldfastError as error:
        return Reply(_told(error), failed=True).as_json()
    except Exception as error:
        _logger.exception("the tool %s failed", frame.event)
        text = f"{frame.event} failed inside holdfast ({type(error).__name__}: {_told(error)}). Go on without it."
        return Reply(text, failed=True).as_json()


def _told(error: Exception) -> str:
    """What an error says, with tools in place of commands; it may repeat what was given, be that a secret or
    megabytes."""
    text = str(error)[:_SAID]
    for command, tool in _INSTEAD.items():
        text = text.replace(command, tool)
    return redact(text)


async def _answered(frame: Frame, ask: Ask) -> Reply:
    tool = TOOLS.get(frame.event)
    if tool is None:
        raise UsageError(f"there is no tool {frame.event!r}", fix="start a new session: holdfast was upgraded")
    try:
        told = json.loads(frame.body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("arguments"), dict):
        raise UsageError("the arguments are not an object")
    hints = hints_of(frame, told.get("meta"), told.get("roots"))
    call = Call(tool.checked(told["arguments"]), hints, ask, frame.nonce, frame.at)
    if hints.ignored and not tool.reads:
        raise Refused("nothing is kept of this session", why="its owner started it with HOLDFAST_IGNORE=1")
    module, _, name = tool.made.partition(":")
    handler: Callable[[Call], Awaitable[Reply]] = getattr(importlib.import_module(f".{module}", __package__), name)
    return await handler(call)
