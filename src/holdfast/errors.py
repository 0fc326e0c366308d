"""What can go wrong, said the same way everywhere: what happened, why, and what to do.

HoldfastError
├── UsageError        the call itself is wrong                                  exit 2
├── NotFound          nothing has that id or name                               exit 1
├── Refused           a rule forbids it (too long, a secret, paused, …)         exit 1
├── Unavailable       the daemon or the store cannot be reached or written now  exit 1
└── StoreError        the store file: newer, damaged, foreign, on a network     exit 1
"""

import errno
from collections.abc import Mapping
from pathlib import Path

__all__ = [
    "HoldfastError",
    "NotFound",
    "Refused",
    "StoreError",
    "Unavailable",
    "UsageError",
    "disk_full",
    "from_dict",
    "from_system",
]


class HoldfastError(Exception):
    """One error shape on every surface: `{"code", "what", "why", "fix"}`."""

    code = "error"
    exit_status = 1

    def __init__(self, what: str, *, why: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what, self.why, self.fix = what, why, fix

    def __str__(self) -> str:
        lines = [self.what]
        if self.why:
            lines.append(f"why: {self.why}")
        if self.fix:
            lines.append(f"fix: {self.fix}")
        return "\n".join(lines)

    def also(self, why: str) -> None:
        """Say this, too, as to why."""
        self.why = f"{self.why}; {why}" if self.why else why

    def as_dict(self) -> dict[str, str]:
        return {"code": self.code, "what": self.what, "why": self.why, "fix": self.fix}


class UsageError(HoldfastError):
    code = "usage"
    exit_status = 2


class NotFound(HoldfastError):
    code = "not_found"


class Refused(HoldfastError):
    code = "refused"


class Unavailable(HoldfastError):
    code = "unavailable"


class StoreError(HoldfastError):
    code = "store"


_BY_CODE: Mapping[str, type[HoldfastError]] = {
    kind.code: kind for kind in (HoldfastError, UsageError, NotFound, Refused, Unavailable, StoreError)
}


def from_dict(shape: Mapping[str, str]) -> HoldfastError:
    """The error that `as_dict` wrote, as its own class again."""
    kind = _BY_CODE.get(shape.get("code", ""), HoldfastError)
    return kind(shape.get("what", "unknown error"), why=shape.get("why", ""), fix=shape.get("fix", ""))


def from_system(path: Path, error: OSError, done: str = "opened") -> Unavailable:
    """What the operating system says of a file or folder that cannot be opened, written, …, as ours."""
    why = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(path, why)
    return Unavailable(
        f"{path} cannot be {done}", why=why, fix=f"check that {path.parent} exists, is yours, and can be written"
    )


def disk_full(path: Path, why: str) -> Unavailable:
    """There was no room for the file at `path`."""
    return Unavailable(
        "nothing was saved: the disk is full", why=why, fix=f"free some space on the disk of {path.parent}"
    )
