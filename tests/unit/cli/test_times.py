"""Points and lengths of time, as people write them."""

import time

import pytest

from holdfast.cli.times import length, moment
from holdfast.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("5m", 300), ("5min", 300), ("1h", 3_600), ("2 d", 172_800), ("1W", 604_800)]
)
def test_lengths(text: str, seconds: int) -> None:
    assert length(text) == seconds * 1_000


@pytest.mark.parametrize("text", ["", "1", "h", "0h", "-1h", "1.5h", "an hour", "1y", "9999999h", "١h\n2"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        length(text)


def test_moments_are_dates_and_ages() -> None:
    assert moment("1970-01-02T00:00:00+00:00") == 86_400_000
    assert moment("2026-01-31") < moment("2026-01-31T14:00")
    now = time.time_ns() // 1_000_000
    assert now - 86_400_000 - 60_000 < moment("1d") <= now


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "31.01.2026", "0000-00-00"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        moment(text)
