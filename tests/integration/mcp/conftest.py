"""A throwaway home with the bridge in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.home import Fixture


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Fixture]:
    home = Fixture(tmp_path / "home", tmp_path / "workshop")
    yield home
    home.close()
