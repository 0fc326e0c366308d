"""One home with an open door for all tests of a module that leave it as it is, and one of its own for each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.api.caller import Caller, started_with_pack
from tests.integration.cli.commands import Commands


@pytest.fixture
def holdfast(tmp_path: Path) -> Iterator[Commands]:
    commands = Commands(tmp_path)
    yield commands
    commands.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    commands = Commands(tmp_path_factory.mktemp("door"))
    yield commands
    commands.close()


@pytest.fixture(scope="module")
def door(shared: Commands) -> Caller:
    """An open door, behind it a session and a note (number 1)."""
    shared.session()
    shared.remember("we release on Fridays")
    return Caller.of(shared)


@pytest.fixture
def packed(holdfast: Commands) -> Iterator[Caller]:
    """An open door of a daemon whose `pack` is made up."""
    process = started_with_pack(holdfast)
    yield Caller.of(holdfast)
    process.kill()
    process.wait(30)
