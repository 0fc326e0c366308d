"""One shape of error on every surface."""

import pytest

from holdfast import errors
from holdfast.errors import HoldfastError, NotFound, UsageError, from_dict

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, HoldfastError)]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_the_wire_as_its_own_class(kind: type[HoldfastError]) -> None:
    shape = kind("what", why="why", fix="fix").as_dict()
    again = from_dict(shape)
    assert type(again) is kind
    assert again.as_dict() == shape == {"code": kind.code, "what": "what", "why": "why", "fix": "fix"}


def test_every_kind_has_a_code_of_its_own_and_is_offered() -> None:
    assert len({kind.code for kind in KINDS}) == len(KINDS) >= 6
    assert {kind.__name__ for kind in KINDS} <= set(errors.__all__)


def test_wrong_usage_exits_with_2_and_all_else_with_1() -> None:
    assert {kind.__name__: kind.exit_status for kind in KINDS} == {
        kind.__name__: 2 if issubclass(kind, UsageError) else 1 for kind in KINDS
    }


def test_an_error_reads_what_why_and_what_to_do_and_leaves_out_what_it_does_not_know() -> None:
    assert (
        str(NotFound("no #7", why="it was erased", fix="holdfast list"))
        == "no #7\nwhy: it was erased\nfix: holdfast list"
    )
    assert str(NotFound("no #7")) == "no #7"


@pytest.mark.parametrize("shape", [{}, {"code": "of a later version"}, {"what": "x"}])
def test_an_error_of_another_version_is_an_error_all_the_same(shape: dict[str, str]) -> None:
    assert type(from_dict(shape)) is HoldfastError
    assert from_dict(shape).what
