"""Whether a host's question about one of our tools is answered for its owner.

Claude Code asks before a tool of an MCP server runs. What only reads or saves notes is let through, since saving is
what the owner set holdfast up for, and can be undone; what deletes, merges or gives back a secret is always asked.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from ..edge.frame import Frame
from ..settings import Settings
from .table import TOOLS

__all__ = ["approved", "decide"]

_SERVER: Final = "mcp__plugin_holdfast_memory__"  # as the host calls the tools of our plugin
_SETTING: Final = "tools.auto_approve"
_VARIABLE: Final = "HOLDFAST_AUTO_APPROVE"  # of the host's own process


def approved(tool: str) -> bool:
    """Whether a tool, by the host's name for it, is one of ours that needs no question."""
    name = tool.removeprefix(_SERVER)
    return name != tool and name in TOOLS and not TOOLS[name].asks


def decide(frame: Frame, settings: Settings, ours: Callable[[Mapping[str, Any], str], bool]) -> bytes:
    """The answer to a PermissionRequest hook; b"" leaves the question to the owner.

    ours: of its payload and CLAUDE_PROJECT_DIR, whether it is about the server of our plugin; it may look at files.
    """
    try:
        payload = json.loads(frame.body)
    except (ValueError, RecursionError):
        return b""
    tool = payload.get("tool_name") if isinstance(payload, dict) else None
    if not settings[_SETTING] or frame.environment.get(_VARIABLE) == "0":
        return b""
    if not isinstance(tool, str) or not approved(tool):
        return b""
    if not ours(payload, frame.environment.get("CLAUDE_PROJECT_DIR", "")):
        return b""
    decision = {"hookEventName": "PermissionRequest", "decision": {"behavior": "allow"}}
    return json.dumps({"hookSpecificOutput": decision}).encode()
