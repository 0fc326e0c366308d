"""What is printed: nothing that steers a terminal, in lines and columns that fit."""

import contextlib
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.cli.output import ago, bold, columns, confirm, counted, one_line, plain, say, size, tell, when
from holdfast.cli.sessions import _render_timeline
from holdfast.errors import Refused

CONTROL = {chr(code) for code in (*range(32), *range(127, 160))} - {"\n", "\t"}


@given(st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from("\x1b[]0;m\x07\x9b\u202e\u200bA")))
def test_no_text_can_steer_the_terminal(text: str) -> None:
    shown = plain(text)

    assert not CONTROL & set(shown)
    assert not set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200e\u200f") & set(shown)


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"])))
def test_plain_text_is_printed_as_it_is(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mred\x1b[0m", "ared"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mx", "x"),
        ("a\r\nb\tc", "a\nb\tc"),
        ("\u202eabc\u202c", "abc"),
    ],
)
def test_escape_sequences_go_whole(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_json_is_lossless_and_steers_nothing(text: str) -> None:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        say({"text": text}, True, lambda _: None)

    assert json.loads(out.getvalue()) == {"text": text}
    assert not CONTROL & set(out.getvalue())


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_a_line_is_one_line_and_not_longer_than_asked(text: str, limit: int) -> None:
    line = one_line(text, limit)

    assert len(line) <= max(limit, 2)
    assert "\n" not in line


@pytest.mark.parametrize("answer", [True, False])
def test_a_person_is_asked_and_a_no_is_a_refusal(monkeypatch: pytest.MonkeyPatch, answer: bool) -> None:
    asked: list[str] = []

    def told(question: str, **_: object) -> bool:
        asked.append(question)
        return answer

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("click.confirm", told)
    with contextlib.nullcontext() if answer else pytest.raises(Refused):
        confirm("Erase \x1b[31mit?", yes=False, as_json=False)

    assert asked == ["Erase it?"]


def test_nobody_is_asked_twice_or_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click.confirm", lambda *_, **__: pytest.fail("asked"))

    confirm("Sure?", yes=True, as_json=False)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(Refused, match="nothing was done"):
        confirm("Sure?", yes=False, as_json=False)
    monkeypatch.setattr("sys.stdin", Terminal())
    with pytest.raises(Refused):
        confirm("Sure?", yes=False, as_json=True)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_columns_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    columns([("a", "bbb", ""), ("aaaa", "b", "c")])

    assert capsys.readouterr().out == "a     bbb\naaaa  b    c\n"


def test_one_is_no_plural() -> None:
    assert [counted(number, "memory") for number in (0, 1, 2)] == ["0 memories", "1 memory", "2 memories"]
    assert [counted(number, "new event") for number in (1, 2)] == ["1 new event", "2 new events"]


def test_times_and_sizes_are_for_people() -> None:
    assert when(None) == ago(None) == "never"
    assert [ago(now, 200_000_000) for now in (199_999_000, 199_000_000, 190_000_000, 1)] == [
        "1 s ago", "16 min ago", "2 h ago", "2 d ago",
    ]  # fmt: skip
    assert [size(count) for count in (0, 1_500, 2_500_000, 3_210_000_000)] == ["0 KB", "2 KB", "2.5 MB", "3.21 GB"]


def test_a_line_has_colours_and_nothing_else_that_steers_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.cli.output._colours", lambda: True)
    tell(bold("a\x1b]0;title\x07b") + "\x1b[2J\x9b31m\u202e c")
    assert capsys.readouterr().out == bold("ab") + " c\n"


def test_the_name_of_a_session_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    session = {"number": 1, "project_label": "", "host": "h\x1b[31m", "name": "s\x1b]0;pwned\x07\nx", "started": 0}
    _render_timeline({"session": session, "events": []})
    assert capsys.readouterr().out.startswith("session s1 h s x, ")
