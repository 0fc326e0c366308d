"""The one table of what the daemon does when asked; the surfaces (command line, later HTTP and MCP) call it by name."""

from . import life, memories, reading
from .context import Arguments, Context, Operation

__all__ = ["OPERATIONS", "Arguments", "Context", "Operation"]

OPERATIONS = {operation.name: operation for module in (memories, reading, life) for operation in module.OPERATIONS}
