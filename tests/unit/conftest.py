"""What unit tests share: an empty store with the code that fills it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.recordings.replay import World


@pytest.fixture
def place(tmp_path: Path) -> Iterator[World]:
    (tmp_path / "store").mkdir()
    made = World(tmp_path / "store")
    yield made
    made.close()
