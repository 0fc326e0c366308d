"""Hybrid logical clock: time that never runs backwards and orders changes across devices.

A stamp is one integer: Unix milliseconds << 16 | counter (Kulkarni et al., "Logical Physical Clocks", 2014).
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

__all__ = ["Clock", "day", "millis", "now_ms"]

_COUNTER_BITS = 16


def now_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000


def millis(stamp: int) -> int:
    """The wall-clock part of a stamp, in Unix milliseconds."""
    return stamp >> _COUNTER_BITS


def day(ms: int) -> str:
    """The day of a time in Unix ms, in UTC."""
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):  # of a store whose times are none: its notes are told all the same
        return "at an unknown time"


class Clock:
    """Gives stamps that grow strictly, whatever the wall clock does."""

    def __init__(self, last: int = 0, wall: Callable[[], int] = now_ms) -> None:
        self._last = last
        self._wall = wall

    def tick(self) -> int:
        """A stamp later than every stamp given or observed before."""
        self._last = max(self._wall() << _COUNTER_BITS, self._last + 1)
        return self._last

    def observe(self, stamp: int) -> None:
        """Take note of a stamp made elsewhere: later ticks come after it."""
        self._last = max(self._last, stamp)
