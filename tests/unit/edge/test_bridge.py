"""The bridge's own reading and writing of JSON: what `json` itself does, without what makes that large."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.edge.bridge import dumps, loads, options

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_what_is_written_is_read_as_by_json_itself(value: object) -> None:
    assert json.loads(dumps(value)) == value
    assert "\n" not in dumps(value)
    for ascii_only in (True, False):
        text = json.dumps(value, ensure_ascii=ascii_only)
        assert loads(b"  " + text.encode("utf-8", "surrogatepass" if ascii_only else "replace") + b"\r") == json.loads(
            text.encode("utf-8", "replace")
        )


@given(st.binary() | st.text(alphabet='{}[]",:0123456789truefalsn\\ ').map(str.encode))
def test_what_is_no_json_is_no_json_here_either(data: bytes) -> None:
    try:
        wanted = json.loads(data.decode())
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011  # with whatever words
            loads(data)
    else:
        assert repr(loads(data)) == repr(wanted)


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError):
        dumps({"a": object()})
    with pytest.raises(RecursionError):
        loads(b"[" * 100_000)


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ([], ("agent", None)),
        (["--tools=all"], ("all", None)),
        (["--tools", "a,b", "--project=x y"], ("a,b", "x y")),
        (["--project", "--tools"], ("agent", "--tools")),
    ],
)
def test_options_are_read_in_both_forms(arguments: list[str], wanted: tuple[str, str | None]) -> None:
    assert options(arguments) == wanted


@pytest.mark.parametrize("arguments", [["tools"], ["--tool=x"], ["--project"], ["-h"]])
def test_other_options_are_refused(arguments: list[str]) -> None:
    with pytest.raises(ValueError, match=arguments[0].partition("=")[0]):
        options(arguments)
