"""Files that somebody else has written: looked at without being held up, misled or surprised."""

import os
import stat
from pathlib import Path

__all__ = ["mode_of", "read_file", "resolved"]


def mode_of(path: Path, *, follow: bool = True) -> int:
    """The mode of a file, 0 when there is none that we may see."""
    try:
        return path.stat(follow_symlinks=follow).st_mode
    except (OSError, ValueError):
        return 0


def resolved(path: Path) -> Path | None:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return None


def read_file(path: Path, limit: int, *, follow: bool = True) -> bytes | None:
    """A regular file of at most `limit` bytes, else None. A pipe or a device would hold us up for ever.

    follow: whether it may be reached by a link of its last name.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | (0 if follow else os.O_NOFOLLOW)
    try:
        handle = os.open(path, flags)
    except (OSError, ValueError):
        return None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):  # before a file is made of it: of a folder there is none
            return None
        with os.fdopen(handle, "rb", closefd=False) as file:
            content = file.read(limit + 1)
    except OSError:
        return None
    finally:
        os.close(handle)
    return content if len(content) <= limit else None
