"""Whose MCP server a tool of Claude Code belongs to: our plugin's, or one that somebody gave a name like it.

The host names a tool by its server, with a `_` for whatever is no letter, digit, `-` or `_`; so another server can bear
the name of ours. Newer versions say beside it whose server it is; for older ones the files that name servers are read.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from ...journal.untrusted import mode_of, read_file

__all__ = ["files", "is_ours", "names_ours"]

_NAME: Final = "plugin:holdfast:memory"
_ODD: Final = re.compile(r"[^A-Za-z0-9_-]")
# Bytes of a file that is looked at. A repository brings its own `.mcp.json`; Claude Code keeps much in `.claude.json`.
_LIMIT: Final = 1024 * 1024
_OWN_LIMIT: Final = 32 * 1024 * 1024
_OWN: Final = ".claude.json"


def is_ours(payload: Mapping[str, Any], project: str = "") -> bool:
    """Whether what a hook tells about a tool of our name is about our plugin's.

    project: CLAUDE_PROJECT_DIR. A file that cannot be understood may name another server.
    """
    if "mcp_server" in payload:  # not in 2.1.197
        server = payload["mcp_server"]
        return isinstance(server, dict) and (server.get("name"), server.get("source")) == (_NAME, "plugin")
    transcript = payload.get("transcript_path")
    folder = _configuration(Path(transcript)) if isinstance(transcript, str) else None
    working = [each for each in (payload.get("cwd"), project) if isinstance(each, str) and each.startswith("/")]
    return bool(working) and all(names_ours(file) is False for each in working for file in files(Path(each), folder))


def files(working: Path, folder: Path | None) -> Iterator[Path]:
    """Those in which Claude Code, at work in a folder, finds the names of servers. folder: its configuration."""
    yield from (each / ".mcp.json" for each in (working, *working.parents))
    for each in dict.fromkeys([*([folder] if folder is not None else []), Path.home()]):
        yield each / _OWN


def names_ours(file: Path) -> bool | None:
    """Whether a file gives a server the name of ours; None when it cannot be understood."""
    if not mode_of(file):
        return False
    try:
        shape = json.loads(read_file(file, _OWN_LIMIT if file.name == _OWN else _LIMIT) or b"")
    except (ValueError, RecursionError):
        return None
    if not isinstance(shape, dict):
        return None
    projects = shape.get("projects")
    within = [shape, *(projects.values() if isinstance(projects, dict) else ())]
    listed = [each.get("mcpServers") for each in within if isinstance(each, dict)]
    named = {name for each in listed if isinstance(each, dict) for name in each}
    return any(_ODD.sub("_", name) == _ODD.sub("_", _NAME) for name in named)


def _configuration(transcript: Path) -> Path | None:
    """The configuration folder that a transcript lies in: `<folder>/projects/<project>/<session>.jsonl`."""
    projects = transcript.parent.parent
    return projects.parent if projects.name == "projects" else None
