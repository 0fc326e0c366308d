"""What can go wrong, said the same way everywhere: what happened, why, and what to do.

HoldfastError
├── UsageError        the call itself is wrong                                  exit 2
├── NotFound          nothing has that id or name                               exit 1
├── Refused           a rule forbids it (too long, a secret, paused, …)         exit 1
├── Unavailable       the daemon or the store cannot be reached or written now  exit 1
└── StoreError        the store file: newer, damaged, foreign, on a network     exit 1
"""

from collections.abc import Mapping

__all__ = [
    "HoldfastError",
    "NotFound",
    "Refused",
    "StoreError",
    "Unavailable",
    "UsageError",
    "from_dict",
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
