"""Names of things."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from holdfast.ids import derived, parse, uuid7

RFC_VARIANT = "specified in RFC 4122"


def test_a_new_id_is_a_uuid_of_version_7_that_begins_with_its_time() -> None:
    made = uuid7(1_790_000_000_123)
    assert (made.version, made.variant) == (7, RFC_VARIANT)
    assert made.int >> 80 == 1_790_000_000_123


def test_ids_sort_by_time_and_no_two_are_equal() -> None:
    made = [uuid7(ms) for ms in range(1_000)]
    assert made == sorted(made)
    assert len({uuid7(5) for _ in range(1_000)}) == 1_000
    assert uuid7().int >> 80 > 1_700_000_000_000


def test_a_derived_id_is_the_same_on_every_device_for_ever() -> None:
    """These bytes are in stores and travel between devices: a change of the rule would double memories."""
    assert str(derived("project", "remote:github.com/acme/app")) == "375a9440-5260-8d4c-81de-147b66920a51"
    assert (derived("a").version, derived("a").variant) == (8, RFC_VARIANT)


@given(st.lists(st.text()), st.lists(st.text()))
def test_equal_parts_and_only_they_give_equal_ids(one: list[str], other: list[str]) -> None:
    assert (derived(*one) == derived(*other)) == (one == other)


def test_parts_are_not_run_together() -> None:
    assert len({derived("ab", "c"), derived("a", "bc"), derived("abc"), derived("abc", "")}) == 4


@given(st.uuids() | st.text())
def test_what_is_written_as_a_uuid_is_read_and_the_rest_is_none(text: UUID | str) -> None:
    found = parse(str(text))
    assert found == text if isinstance(text, UUID) else found is None or isinstance(found, UUID)
