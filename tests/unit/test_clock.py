"""Time that never runs backwards."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from holdfast.clock import Clock, millis, now_ms


@given(st.lists(st.integers(0, 2**47)), st.integers(0, 2**62))
def test_stamps_grow_strictly_whatever_the_wall_clock_does(wall: list[int], last: int) -> None:
    times = iter(wall)
    clock = Clock(last, wall=lambda: next(times))
    stamps = [last, *(clock.tick() for _ in wall)]
    assert all(before < after for before, after in itertools.pairwise(stamps))


@given(st.integers(0, 2**47), st.integers(0, 2**62))
def test_what_was_seen_elsewhere_lies_before_the_next_stamp(now: int, seen: int) -> None:
    clock = Clock(wall=lambda: now)
    clock.observe(seen)
    assert clock.tick() > seen
    clock.observe(0)
    assert clock.tick() > seen


def test_a_stamp_carries_its_time_while_the_wall_clock_goes_on() -> None:
    clock = Clock(wall=lambda: 1_790_000_000_123)
    assert {millis(clock.tick()) for _ in range(1_000)} == {1_790_000_000_123}
    assert now_ms() > 1_700_000_000_000
