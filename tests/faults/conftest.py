"""Stores to be broken, and small disks to break them on."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.fixtures.stores.make import fill

from holdfast.store.database import Database

APPEND = "tests.fixtures.stores.append"
ROOT = Path(__file__).parents[2]


def child(module: str, *arguments: object, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """A test module run as a program of its own: no threads in it, so that it may fork and be killed."""
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    return subprocess.Popen(
        [*before, sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> str:
    """What a child said, once it has left without an error of its own."""
    said, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return said


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed store with a project, sessions, events and memories."""
    path = tmp_path / "holdfast.db"
    with closing(Database(path)) as database:
        fill(database)
    return path


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter: pytest's own are root's alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB."""
    if os.getuid() != 0:
        pytest.skip("only root can mount a disk; test_a_limit_on_the_size_of_files_… shows the same without one")
    point = tmp_path / "disk"
    point.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m,mode=700", "tmpfs", str(point)],
        check=False,
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    yield point
    subprocess.run(["umount", "-l", str(point)], check=True)
