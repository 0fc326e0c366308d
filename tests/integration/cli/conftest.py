"""A throwaway home for every test of the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.cli.commands import Commands


@pytest.fixture
def holdfast(tmp_path: Path) -> Iterator[Commands]:
    """The command line with a home, a user and a project of its own; its daemon ends with the test."""
    commands = Commands(tmp_path)
    yield commands
    commands.close()
