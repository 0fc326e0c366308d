"""The times that a question speaks of."""

from datetime import UTC, datetime

import pytest

from holdfast.recall.when import fits, times_in


def ms(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


NOW = ms("2026-06-15")


@pytest.mark.parametrize(
    ("text", "fitting", "other"),
    [
        ("on 2026-05-03", "2026-05-03", "2026-04-03"),
        ("what happened on 3 May 2025?", "2025-05-03", "2026-05-03"),
        ("May 3rd, 2025", "2025-05-03", "2025-07-03"),
        ("what did we do in march", "2026-03-20", "2026-06-01"),
        ("back in 2024", "2024-02-02", "2025-02-02"),
        ("yesterday", "2026-06-14", "2026-06-01"),
        ("last week", "2026-06-08", "2026-05-01"),
        ("two weeks ago", "2026-06-01", "2026-06-14"),
        ("in 2026-05", "2026-05-30", "2026-03-30"),
    ],
)
def test_a_time_fits_what_happened_then(text: str, fitting: str, other: str) -> None:
    times = times_in(text, NOW)
    assert fits(times, ms(fitting)) > 0
    assert fits(times, ms(other)) == 0


def test_the_day_fits_better_than_the_month() -> None:
    times = times_in("on 3 May 2025", NOW)
    assert fits(times, ms("2025-05-03")) > fits(times, ms("2025-05-20"))


@pytest.mark.parametrize(
    "text", ["we may march on", "version 2.0", "99-99-99", "it is 42 days", "", "mayor of marchville"]
)
def test_words_that_only_look_like_times_are_none(text: str) -> None:
    assert times_in(text, NOW) == []


def test_a_moment_that_is_no_time_fits_none() -> None:
    assert fits(times_in("yesterday", NOW), 1 << 62) == 0
