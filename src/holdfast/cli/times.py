"""Points and lengths of time, as people write them."""

import re
import time

from ..errors import UsageError

__all__ = ["length", "moment"]

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400}
_LONGEST = 50 * 365 * 86_400  # seconds: longer ago is before there were times
_LENGTH = re.compile(r"(\d{1,6})\s*(s|min|m|h|d|w)", re.I)


def length(text: str) -> int:
    """The milliseconds in `1h`, `30min`, `2d`. Raises UsageError."""
    match = _LENGTH.fullmatch(text.strip())
    if match is None or not 0 < int(match[1]) * _UNITS[match[2].lower()] <= _LONGEST:
        raise UsageError(f"{text!r} is no length of time", fix="write 30min, 1h or 2d; 50 years at the most")
    return int(match[1]) * _UNITS[match[2].lower()] * 1000


def moment(text: str) -> int:
    """A point in time (Unix ms) out of a date, a date with a time, or an age such as 30d. Raises UsageError."""
    match = _LENGTH.fullmatch(text.strip())
    if match is not None:
        return time.time_ns() // 1_000_000 - length(text)
    from datetime import datetime

    try:
        return int(datetime.fromisoformat(text.strip()).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"{text!r} is no time", fix="write 2026-01-31, 2026-01-31T14:00, or an age: 30d, 12h"
        ) from None
