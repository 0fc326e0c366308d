"""Names of things: time-ordered UUIDs, and UUIDs derived from what a thing is."""

import hashlib
import os
import time
from uuid import UUID

__all__ = ["derived", "parse", "time_of", "uuid7"]

_NAMESPACE = b"holdfast"


def uuid7(now_ms: int | None = None) -> UUID:
    """A new UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, the rest random."""
    ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    value = (ms & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(os.urandom(10))
    return _versioned(value, 7)


def time_of(id: UUID) -> int:
    """The Unix milliseconds of a UUIDv7."""
    return id.int >> 80


def derived(*parts: str) -> UUID:
    """The UUIDv8 (RFC 9562) of a tuple of strings: equal parts give equal ids on every device."""
    hashed = hashlib.blake2b(digest_size=16, person=_NAMESPACE)
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        hashed.update(len(raw).to_bytes(8))
        hashed.update(raw)
    return _versioned(int.from_bytes(hashed.digest()), 8)


def parse(text: str) -> UUID | None:
    """The UUID written in `text`, or None when it is not one."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _versioned(value: int, version: int) -> UUID:
    value &= ~(0xF << 76) & ~(0x3 << 62)
    return UUID(int=value | version << 76 | 0x2 << 62)
