"""Pairs of memories, what is called what, and what holds instead of what was superseded."""

import pytest

from holdfast.errors import Refused, UsageError
from holdfast.ids import uuid7
from holdfast.memory import TEXT_LIMIT, Verdict, checked_verdict, judgment_id, relation_id, relation_range, successors


def test_a_pair_is_the_same_in_either_order_and_another_pair_is_not() -> None:
    one, other, third = uuid7(), uuid7(), uuid7()

    assert relation_id(one, other) == relation_id(other, one) != relation_id(one, third)


def test_a_judgment_goes_by_rel_and_sixteen_digits() -> None:
    id = relation_id(uuid7(), uuid7())
    low, high = relation_range(f" {judgment_id(id).upper()} ")

    assert judgment_id(id) == f"rel-{id.hex[:16]}"
    assert low <= id.bytes <= high
    for name in ("rel-12", id.hex, "rel-" + id.hex, "rel-" + "g" * 16):
        with pytest.raises(UsageError):
            relation_range(name)


@pytest.mark.parametrize(("given", "kept"), [(-3, 0.0), (0.4, 0.4), (7, 1.0), (float("inf"), 1.0)])
def test_confidence_is_kept_between_0_and_1(given: float, kept: float) -> None:
    assert checked_verdict(Verdict("related", confidence=given), str).confidence == kept


def test_a_verdict_is_guarded_and_never_cut() -> None:
    verdict = Verdict("scoped", reason="hush now ", evidence=" ", actor="")
    kept = checked_verdict(verdict, lambda text: text.replace("hush", "***"))

    assert (kept.reason, kept.evidence, kept.actor) == ("*** now", None, "agent")
    checked_verdict(Verdict("related", reason="x" * TEXT_LIMIT), str)
    with pytest.raises(Refused, match=f"{TEXT_LIMIT + 1} characters"):
        checked_verdict(Verdict("related", evidence="x" * (TEXT_LIMIT + 1)), str)


@pytest.mark.parametrize(
    "verdict", [Verdict("replaces"), Verdict("related", kind="robot"), Verdict("related", confidence=float("nan"))]
)
def test_what_is_no_verdict_is_refused(verdict: Verdict) -> None:
    with pytest.raises(UsageError):
        checked_verdict(verdict, str)


@pytest.mark.parametrize(
    ("number", "edges", "living", "instead"),
    [
        (1, {}, "123", None),
        (1, {1: [2]}, "12", 2),
        (1, {1: [2]}, "1", None),  # its successor is forgotten
        (1, {1: [2], 2: [3]}, "123", 3),
        (2, {1: [2], 2: [3]}, "123", 3),
        (1, {1: [2], 2: [3]}, "13", 3),  # through a forgotten one
        (1, {1: [2], 2: [3]}, "12", 2),  # the end is forgotten
        (1, {1: [3, 2]}, "123", 3),  # the best of two
        (1, {1: [3, 2]}, "12", 2),
        (1, {1: [2], 2: [1]}, "12", None),
        (1, {1: [2], 2: [3], 3: [1]}, "123", None),
        (4, {4: [1], 1: [2], 2: [3], 3: [1]}, "1234", 1),  # below a circle
        (1, {1: [2], 2: [1, 5]}, "125", 5),  # out of a circle
        (1, {1: [1]}, "1", None),
    ],
)  # fmt: skip
def test_what_holds_instead(number: int, edges: dict[int, list[int]], living: str, instead: int | None) -> None:
    assert successors([number], edges, {int(each) for each in living}).get(number) == instead


def test_a_chain_may_be_long() -> None:
    edges = {number: [number + 1] for number in range(500)}

    assert successors([0, 7], edges, range(501)) == {0: 500, 7: 500}
    assert successors([0], edges, range(300)) == {0: 299}
