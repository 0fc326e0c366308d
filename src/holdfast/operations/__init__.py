"""The one table of what the daemon does when asked; the surfaces (command line, HTTP, later MCP) call it by name."""

from . import (
    care,
    conflicts,
    erasing,
    finding,
    giving,
    memories,
    ogmemory,
    pauses,
    projects,
    reading,
    secrets,
    sessions,
    status,
)
from .context import COMMON, NOWHERE, Arguments, Context, Door, Life, Operation, Takes, arguments_in
from .life import BARE
from .listening import LISTENING

__all__ = [
    "BARE",
    "COMMON",
    "LISTENING",
    "NOWHERE",
    "OPERATIONS",
    "Arguments",
    "Context",
    "Door",
    "Life",
    "Operation",
    "Takes",
    "arguments_in",
]

OPERATIONS = {
    operation.name: operation
    for module in (
        memories,
        conflicts,
        finding,
        giving,
        sessions,
        status,
        erasing,
        projects,
        pauses,
        care,
        reading,
        secrets,
        ogmemory,
    )
    for operation in module.OPERATIONS
}
