"""The times that a question speaks of: "in May", "on 3 June 2025", "2025-06-03", "yesterday", "two weeks ago"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

__all__ = ["Time", "fits", "times_in"]

_DAY: Final = 86_400_000  # ms
_MONTHS: Final = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = "|".join(f"{name}|{name[:3]}" for name in _MONTHS)
_ISO = re.compile(r"\b((?:19|20)\d\d)-(\d\d)(?:-(\d\d))?\b")
_NAMED = re.compile(
    rf"(?:\b(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?|\b(?P<before>in|of|last|since|during|early|late|mid)\s+)?"
    rf"\b(?P<month>{_MONTH})\b\.?(?:\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b)?(?:,?\s+(?P<year>(?:19|20)\d\d)\b)?",
    re.I,
)
_YEAR = re.compile(r"\b(?:in|of|since|during)\s+((?:19|20)\d\d)\b(?!-\d)", re.I)
_AGO = re.compile(r"\b(a|an|one|two|three|four|five|six|\d{1,3})\s+(day|week|month|year)s?\s+ago\b", re.I)
_LAST = re.compile(r"\b(?:last|past|previous)\s+(week|month|year)\b", re.I)
_NEAR = re.compile(r"\b(today|this morning|yesterday|last night)\b", re.I)
_NUMBERS: Final = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_LENGTH: Final = {"day": 1, "week": 7, "month": 30, "year": 365}


@dataclass(frozen=True, slots=True)
class Time:
    """A time that was named. Either a date, of which year, month and day may be open, or days before now, from the
    earlier to the later (`days`, in ms since 1970)."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    days: tuple[int, int] | None = None


def times_in(text: str, now: int) -> list[Time]:
    """The times that `text` names; `now` in Unix ms."""
    return list(dict.fromkeys([*_dates(text), *_distances(text, now)]))[:8]


def _dates(text: str) -> Iterator[Time]:
    for match in _ISO.finditer(text):
        yield Time(int(match[1]), int(match[2]), int(match[3]) if match[3] else None)
    for match in _NAMED.finditer(text):
        name = match["month"]
        day = match["d1"] or match["d2"]
        # "may" and "march" are words, too.
        if day or match["year"] or name[0].isupper() or match["before"]:
            month = next(nth for nth, each in enumerate(_MONTHS, 1) if each.startswith(name.lower()))
            yield Time(int(match["year"]) if match["year"] else None, month, int(day) if day else None)
    for match in _YEAR.finditer(text):
        yield Time(int(match[1]))


def _distances(text: str, now: int) -> Iterator[Time]:
    for match in _AGO.finditer(text):
        length = _LENGTH[match[2].lower()]
        middle = (_NUMBERS.get(match[1].lower()) or int(match[1])) * length
        yield Time(days=(now - (middle + length) * _DAY, now - (middle - length) * _DAY))
    for match in _LAST.finditer(text):
        length = _LENGTH[match[1].lower()]
        yield Time(days=(now - 2 * length * _DAY, now))
    for match in _NEAR.finditer(text):
        back = 1 if match[1].lower() in ("today", "this morning") else 2
        yield Time(days=(now - back * _DAY, now))


def fits(times: list[Time], at: int) -> float:
    """How well a moment (Unix ms) fits the times, 0 to 1: 1 in all that was said of one. What happens in a month is
    often spoken of early in the next."""
    try:
        moment = datetime.fromtimestamp(at / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return 0.0
    return max((_fit(time, at, moment) for time in times), default=0.0)


def _fit(time: Time, at: int, moment: datetime) -> float:
    if time.days is not None:
        return 1.0 if time.days[0] <= at <= time.days[1] else 0.0
    if time.year is not None and time.year != moment.year:
        return 0.0
    if time.month is None:
        return 0.5
    if time.month != moment.month:
        return 0.25 if time.month % 12 + 1 == moment.month and moment.day <= 10 else 0.0
    if time.day is None:
        return 0.5
    return 1.0 if abs(time.day - moment.day) <= 1 else 0.5
