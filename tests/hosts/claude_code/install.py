"""The real Claude Code from npm, in the versions that the tests drive: fetched once, kept in the cache."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
MANIFEST = REPOSITORY / "tests" / "hosts" / "package.json"
CACHE = REPOSITORY / ".cache" / "hosts"

NEW = "2.1.328"
OLD = "2.1.197"
VERSIONS = (NEW, OLD)


def unavailable(reason: str) -> NoReturn:
    """What a real host needs is missing here: the test is skipped, but where CI=true it fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(f"NOT TESTED AGAINST THE REAL HOST: {reason}")


def executable(version: str) -> Path:
    """The path of `claude` of this version, installed first; see `unavailable` where it cannot be."""
    with _alone():
        _install()
        package = CACHE / "node_modules" / f"claude-{version}"
        binary = package / "bin" / "claude.exe"  # the package's name for it on every system
        if not _answers(binary, version):
            # npm may have been told to run no install script; the binary then still is a stub.
            _run(["node", "install.cjs"], package)
        if not _answers(binary, version):
            unavailable(f"{binary} does not answer --version with {version}")
        return binary


@contextmanager
def _alone() -> Iterator[None]:
    """One installer at a time, over all processes of this machine."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install() -> None:
    wanted = MANIFEST.read_text()
    stamp = CACHE / "installed.json"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if shutil.which("npm") is None:
        unavailable("npm is not installed, so the real Claude Code cannot be driven")
    (CACHE / "package.json").write_text(wanted)
    _run(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund"], CACHE)
    stamp.write_text(wanted)


def _run(command: list[str], cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        unavailable(f"{' '.join(command)} failed in {cwd}:\n{done.stderr[-2000:]}")


def _answers(binary: Path, version: str) -> bool:
    known = CACHE / f"answered-{version}"
    identity = f"{binary.stat().st_size}" if binary.exists() else ""
    if identity and known.exists() and known.read_text() == identity:
        return True
    try:
        done = subprocess.run(
            [binary, "--version"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(CACHE)},
        )
    except OSError:
        return False
    if version not in done.stdout:
        return False
    known.write_text(identity)
    return True
