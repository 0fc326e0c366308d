"""Where Claude Code keeps its transcripts, and in which order to read them."""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

__all__ = ["files_of", "folder_of", "projects_folder"]

_LOOK = 64 * 1024  # bytes at a file's beginning in which its first time is looked for


def projects_folder() -> Path:
    """`projects` in Claude Code's configuration folder."""
    named = os.environ.get("CLAUDE_CONFIG_DIR")
    return (Path(named) if named else Path.home() / ".claude") / "projects"


def folder_of(project: Path) -> Path:
    """The folder of a project's transcripts: its path with every other sign as a dash."""
    return projects_folder() / re.sub(r"[^A-Za-z0-9]", "-", str(project.resolve()))


def files_of(*, files: Sequence[Path], folder: Path | None, every: bool, after: float) -> list[Path]:
    """The transcripts to read, a parent before its fork: those named, else of one project's folder, or all.

    after: Unix seconds; what was not written since is left out.
    """
    if files:
        chosen = list(files)
    elif every:
        chosen = list(projects_folder().rglob("*.jsonl"))
    else:
        chosen = list(folder_of(folder or Path.cwd()).rglob("*.jsonl"))
    found = [path for path in chosen if path.is_file() and path.stat().st_mtime >= after]
    return sorted(found, key=lambda path: (_began(path), str(path)))


def _began(path: Path) -> str:
    """When a file began: the first time that stands in it. A fork's copies of older lines come after its own first."""
    try:
        with path.open("rb") as file:
            head = file.read(_LOOK)
    except OSError:  # told by who reads it whole
        return ""
    for raw in head.split(b"\n")[:50]:
        try:
            line = json.loads(raw)
        except (ValueError, RecursionError):
            continue
        if isinstance(line, dict) and isinstance(line.get("timestamp"), str):
            return str(line["timestamp"])
    return ""
