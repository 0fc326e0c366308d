"""The lock by which one process owns a home: held for life, so that no stale file can claim it."""

import fcntl
import os
from pathlib import Path

from . import __version__

__all__ = ["Lock"]


class Lock:
    """Held for life by the one daemon of a home; the file names its process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()} {__version__}\n".encode(), 0)
        return True

    def holds(self) -> bool:
        """Whether the file that others would lock is still this one."""
        try:
            return os.path.samestat(os.fstat(self._file), self._path.stat())
        except FileNotFoundError:
            return False

    def holder(self) -> str:
        return os.pread(self._file, 100, 0).decode("utf-8", "replace").strip() or "another process"

    def release(self) -> None:
        os.close(self._file)
