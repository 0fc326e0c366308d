"""The one table of what the daemon does when asked; the surfaces (command line, HTTP, MCP) call it by name."""

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
    reviewing,
    secrets,
    sessions,
    status,
    telling,
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
        telling,
        reviewing,
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
