"""Taking holdfast out of the real Claude Code leaves nothing of it."""

from pathlib import Path

import pytest
from tests.hosts.claude_code.driver import ClaudeCode
from tests.hosts.claude_code.script import say
from tests.hosts.holdfast import Holdfast

pytestmark = pytest.mark.host


def test_uninstall_with_purge_leaves_no_trace(claude: ClaudeCode, holdfast: Holdfast) -> None:
    claude.model.script([say("fine")])
    claude.run("hello")
    assert traces(claude)

    holdfast("uninstall", "--purge", "--yes", "--program", str(claude.binary))

    assert not holdfast.home.exists()
    assert traces(claude) == []


def traces(claude: ClaudeCode) -> list[str]:
    """Files of the host's folder that have our name, or name us; its transcripts and its own backups are its own."""
    found = []
    for path in sorted(claude.config.rglob("*")):
        inside = path.relative_to(claude.config)
        if inside.parts[0] in ("projects", "backups", "todos", "shell-snapshots", "debug", "statsig", "session-env"):
            continue
        if "holdfast" in str(inside) or (path.is_file() and _names_us(path)):
            found.append(str(inside))
    return found


def _names_us(path: Path) -> bool:
    return b"holdfast" in path.read_bytes()
