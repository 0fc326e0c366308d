"""What tests ask of the processes beside them: whether one runs, which one serves a home; and waiting for what they
do."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["runs", "serving", "wait_for"]


def wait_for(condition: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Poll until `condition` holds; the deadline only passes when something is broken."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain for {what}"
        time.sleep(0.01)


def runs(process: int) -> bool:
    """Whether it is there, and no zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        if Path("/proc/self").exists():
            return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def serving(home: Path) -> int | None:
    """The process that serves this home; None when none does."""
    try:
        process = int((home / "lock").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return process if runs(process) else None
