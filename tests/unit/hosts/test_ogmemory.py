"""Messages of an oGMemory client, as they are understood and told from those sent before."""

import json

import pytest

from holdfast.errors import UsageError
from holdfast.hosts.ogmemory import MOST, Message, known, messages_of, read

KEPT = frozenset({"Bash", "Write"})
NOW = 1_790_000_000_000
SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


def one(role: str, content: object, **more: object) -> Message | None:
    return read({"role": role, "content": content, **more}, KEPT, NOW)


def tool(name: str, given: object, answer: object) -> Message:
    found = one("tool", f"[tool_use] {name}\ntool_input: {json.dumps(given)}\ntool_response: {json.dumps(answer)}")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("role", "content", "kind", "text"),
    [
        ("user", "mend the fence", "prompt", "mend the fence"),
        ("assistant", "mended", "reply", "mended"),
        (
            "user",
            [{"type": "text", "text": "a"}, {"type": "tool_use"}, {"type": "text", "text": "b"}],
            "prompt",
            "a\nb",
        ),
        ("user", "<command-name>/clear</command-name><command-args>now</command-args>", "command", "/clear now"),
        ("user", "<task-notification>done</task-notification>", "notification", None),
        ("user", "This session is being continued … Summary:\nwe mended", "summary", "we mended"),
    ],
)
def test_a_message_is_what_its_role_and_words_make_it(role: str, content: object, kind: str, text: str | None) -> None:
    found = one(role, content)

    assert found is not None
    assert found.kind == kind
    assert text is None or found.text == text


@pytest.mark.parametrize(
    ("role", "content"),
    [("user", ""), ("user", "  \n"), ("user", None), ("user", 7), ("system", "be kind"), ("", "x"), ("tool", "")],
)
def test_what_says_nothing_is_no_message(role: str, content: object) -> None:
    assert one(role, content) is None


def test_secrets_private_words_and_what_was_given_before_are_taken_out() -> None:
    mark = "0123456789abcdef"
    given = f"[holdfast {mark}]\nnotes\n[/holdfast {mark}]"

    prompt = one("user", f"{given}\nuse {SECRET} and <private>this</private>")
    call = tool("Bash", {"command": f"export KEY={SECRET}"}, {"stdout": SECRET, "stderr": ""})
    cut = one("tool", f'[tool_use] Bash\ntool_input: {{"command": "echo {SECRET}\ntool_response: {SECRET} [… cut]')

    assert prompt is not None
    assert cut is not None
    assert prompt.text is not None
    assert "notes" not in prompt.text
    for text in (prompt.text, call.input, call.text, cut.input, cut.text):
        assert text is not None
        assert SECRET not in text
        assert "[redacted:" in text
    assert "[private]" in prompt.text


def test_a_tool_call_is_kept_as_that_of_any_other_host() -> None:
    whole = tool("Bash", {"command": "ls fence"}, {"stdout": "post", "stderr": "rust"})
    other = tool("WebFetch", {"url": "https://example.org", "prompt": "p" * 500}, {"result": "long"})
    written = tool("Write", {"file_path": "/a/b.py", "content": "x = 1"}, {"filePath": "/a/b.py"})
    plain = one("tool", "something ran")

    assert (whole.tool, whole.input, whole.text) == ("Bash", '{"command":"ls fence"}', "post\nrust")
    assert (other.tool, other.text) == ("WebFetch", None)
    assert other.input is not None
    assert len(other.input) == 200
    assert written.detail == {"files": ["/a/b.py"]}
    assert plain is not None
    assert (plain.tool, plain.text) == ("tool", "something ran")


@pytest.mark.parametrize(
    ("told", "at"),
    [
        (1_780_000_000, 1_780_000_000_000),
        (1_780_000_000_123, 1_780_000_000_123),
        ("2026-05-28T20:26:40+00:00", 1_780_000_000_000),
        (None, None),
        ("yesterday", None),
        (True, None),
        (-1, None),
        (NOW + 3_600_000, None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
    ],
)
def test_a_time_is_taken_in_seconds_milliseconds_or_iso(told: object, at: int | None) -> None:
    found = one("user", "x", created_at=told)

    assert found is not None
    assert found.at == at


@pytest.mark.parametrize("told", [None, "x", {}, [1], [{"role": "user", "content": "x"}] * (MOST + 1)])
def test_what_are_no_messages_is_a_usage_error(told: object) -> None:
    with pytest.raises(UsageError):
        messages_of(told, KEPT, NOW)


def told_before(session: str, call: str) -> str:
    """The letters of a call that are new to a session: each letter is a message."""
    places = [[place for place, letter in enumerate(session) if letter == each] for each in call]
    old = known(places, len(session))
    assert all(session[place] == call[index] for index, place in old.items())
    return "".join(each for index, each in enumerate(call) if index not in old)


@pytest.mark.parametrize(
    ("session", "call", "new"),
    [
        ("", "ab", "ab"),
        ("ab", "ab", ""),  # the same call
        ("abcd", "bc", ""),  # an older range
        ("abc", "bcde", "de"),  # it overlaps the last one
        ("cd", "abcdef", "abef"),  # the whole, of which a part was told
        ("ab", "bcd", "cd"),  # from the last message on
        ("a", "a", ""),  # one message, again
        ("abc", "a", "a"),  # the same words, later
        ("abcd", "ax", "ax"),
        ("abcb", "bd", "d"),
        ("aa", "aaa", "a"),
        ("abxcd", "abcd", ""),
    ],
)
def test_a_message_is_known_by_its_neighbours(session: str, call: str, new: str) -> None:
    assert told_before(session, call) == new


def test_words_said_a_thousand_times_are_told_apart_in_a_moment() -> None:
    assert told_before("a" * 3_000, "a" * 3_000) == ""
