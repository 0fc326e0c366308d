"""The one table of what the daemon does when asked; the surfaces (command line, later HTTP and MCP) call it by name."""

from . import care, erasing, finding, giving, memories, pauses, projects, reading, secrets, sessions, status
from .context import NOWHERE, Arguments, Context, Life, Operation, Takes, arguments_in
from .life import BARE

__all__ = ["BARE", "NOWHERE", "OPERATIONS", "Arguments", "Context", "Life", "Operation", "Takes", "arguments_in"]

OPERATIONS = {
    operation.name: operation
    for module in (memories, finding, giving, sessions, status, erasing, projects, pauses, care, reading, secrets)
    for operation in module.OPERATIONS
}
