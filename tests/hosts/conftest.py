"""The real Claude Code for every test under this folder that asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.hosts.claude_code.driver import ClaudeCode
from tests.hosts.claude_code.install import VERSIONS, executable
from tests.hosts.claude_code.model import Model
from tests.hosts.holdfast import Holdfast


@pytest.fixture(params=VERSIONS)
def claude_version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def claude(claude_version: str, tmp_path: Path) -> Iterator[ClaudeCode]:
    """Claude Code of each version in turn; `claude.model.script([...])` says what its model answers."""
    with Model() as model:
        claude = ClaudeCode(executable(claude_version), claude_version, tmp_path, model)
        claude.prepare()
        yield claude


@pytest.fixture
def holdfast(claude: ClaudeCode) -> Iterator[Holdfast]:
    """holdfast, set up for that Claude Code; its daemon ends with the test."""
    holdfast = Holdfast(claude)
    holdfast.setup()
    yield holdfast
    holdfast.close()
