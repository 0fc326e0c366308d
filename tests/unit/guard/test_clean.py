"""Private tags, length, odd characters, whole JSON values: what one call of the guard makes of them."""

import json
import random
import time
from typing import Any

import pytest
from tests.unit.guard.made_up import everywhere, key_block, mixed, remains

from holdfast.guard import TOOL_LIMIT, clean, clean_json, clip, hide_private, redact

HEAD, TAIL = TOOL_LIMIT
PROSE = "The quick brown fox jumps over the lazy dog, and nobody minds. "


@pytest.mark.parametrize(
    ("text", "written", "read"),
    [
        ("a <private>b</private> c", "a [private] c", "a [private] c"),
        ("a <PRIVATE reason='x'> b </ Private > c", "a [private] c", "a [private] c"),
        ("a < private >b</private> c", "a [private] c", "a [private] c"),
        ("a <private>b <private>c</private> d</private> e", "a [private] e", "a [private] e"),
        ("<private>a</private><private>b</private>", "[private][private]", "[private][private]"),
        ("a <private>b\nc", "a [private]", "a <private>b\nc"),
        ("a <private>b <private>c</private> d", "a [private]", "a <private>b [private] d"),
        ("a </private> b", "a </private> b", "a </private> b"),
        ("a <private/> b", "a <private/> b", "a <private/> b"),
        ("a <privateer>b</privateer>", "a <privateer>b</privateer>", "a <privateer>b</privateer>"),
        ("private, but no tag < here", "private, but no tag < here", "private, but no tag < here"),
    ],
)
def test_private_tags(text: str, written: str, read: str) -> None:
    assert hide_private(text, written=True) == written
    assert hide_private(text, written=False) == read


def test_a_private_tag_opened_in_the_part_that_is_left_out_still_hides() -> None:
    text = PROSE * 400 + "<private>" + PROSE * 400 + " the end of what is private</private> after"
    assert clean(text, written=False, limit=TOOL_LIMIT).endswith("[private] after")
    assert "private</private>" not in clean(text, written=False)


def test_clip_says_what_is_missing() -> None:
    assert clip("x" * 8_256) == "x" * 8_256
    clipped = clip("a" * 50_000 + "b" * 50_000, head=10, tail=5)
    assert clipped == "aaaaaaaaaa\n[99,985 of 100,000 characters left out]\nbbbbb"
    assert clip("a" * 1_000, head=3, tail=0) == "aaa\n[997 of 1,000 characters left out]\n"


def test_a_long_text_keeps_head_and_tail_and_its_true_length() -> None:
    text = "".join(f"line {n} of the output\n" for n in range(100_000))
    cleaned = clean(text, written=False)
    assert cleaned.startswith(text[:HEAD])
    assert cleaned.endswith(text[-TAIL:])
    assert f"\n[{len(text) - HEAD - TAIL:,} of {len(text):,} characters left out]\n" in cleaned
    assert len(cleaned) < HEAD + TAIL + 100


def test_a_text_within_its_limit_is_returned_as_it_is() -> None:
    text = PROSE * 120
    assert clean(text, written=False) is text


def test_words_have_a_wider_limit_than_tools() -> None:
    text = PROSE * 1_000
    assert clean(text, written=True) is text
    assert clean(text, written=True, limit=TOOL_LIMIT) != text


@pytest.mark.parametrize("shift", range(0, 180, 7))
def test_no_part_of_a_secret_across_a_cut_is_kept(shift: int) -> None:
    rng = random.Random(shift)
    secret = "sk-ant-api03-" + mixed(rng, "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH", 95)
    for position in (HEAD - shift, HEAD + 10_000 - TAIL - shift):
        text = (PROSE * 300)[:position] + " " + secret + " " + PROSE * 300
        text = text[: HEAD + 10_000]
        cleaned = clean(text, written=False)
        assert not any(secret[n : n + 20] in cleaned for n in range(len(secret) - 20))
        assert clean(cleaned, written=False) == cleaned


@pytest.mark.parametrize("size", [5_000, 20_000, 100_000])
def test_no_part_of_a_secret_longer_than_the_margin_is_kept(size: int) -> None:
    rng = random.Random(size)
    secret = "eyJ" + mixed(rng, "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_", size)
    for before, after in ((HEAD - 50, 20_000), (20_000, TAIL - 50), (HEAD - 50, TAIL - 50)):
        text = (PROSE * 400)[:before] + "\n" + secret + "\n" + (PROSE * 400)[:after]
        cleaned = clean(text, written=False)
        assert not any(secret[n : n + 24] in cleaned for n in range(len(secret) - 24))
        assert clean(cleaned, written=False) == cleaned


def test_a_key_block_across_the_cut_is_not_kept_in_part() -> None:
    block = key_block(random.Random(5), "RSA PRIVATE KEY", closed=True).text * 12
    for before, after in ((HEAD - 300, 9_000), (12_000, 500), (HEAD - 300, 500)):
        text = (PROSE * 400)[:before] + block + (PROSE * 400)[:after]
        cleaned = clean(text, written=False)
        assert not any(line in cleaned for line in block.split("\n") if len(line) == 64)
        assert clean(cleaned, written=False) == cleaned


def test_many_small_secrets_do_not_make_a_text_too_long() -> None:
    text = "pwd=a1b2c3\n" * 700
    cleaned = clean(text, written=False)
    assert "characters left out" not in cleaned
    assert clean(cleaned, written=False) == cleaned


def test_what_is_clean_stays_clean() -> None:
    for _, _, text in everywhere(4):
        for written in (True, False):
            cleaned = clean(text, written=written)
            assert clean(cleaned, written=written) == cleaned


def test_undecodable_bytes_and_nul() -> None:
    assert clean("a\udce4b\0c", written=False) == "a\ufffdbc"
    assert clean("\ufeffa \ud83d\ude00", written=False) == "\ufeffa \U0001f600"
    assert clean("pass\0word=hunter2x", written=False) == "password=[redacted:assignment]"


def test_a_text_of_ten_million_characters_keeps_no_more_than_a_short_one() -> None:
    text = ("x = 'secret: <b>'\n" * 600_000)[:10_000_000]
    assert len(clean(text, written=False)) < HEAD + TAIL + 100


def test_json_values_are_cleaned_leaf_by_leaf() -> None:
    payload: dict[str, Any] = {
        "session_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
        "hook_event_name": "PostToolUse",
        "prompt": "use <private>my own",
        "tool_input": {
            "command": "export DB_PASSWORD=hunter2; run",
            "env": {"API_KEY": "abc123def456ghi7", "PORT": 80},
        },
        "tool_response": {
            "stdout": "<private> tag without end",
            "password": "plainword",
            "lines": ["a", 1, None, True],
        },
        "usage": {"input_tokens": 12, "output_tokens": 5},
    }
    assert clean_json(payload, written_keys={"prompt", "tool_input"}) == payload | {
        "prompt": "use [private]",
        "tool_input": {
            "command": "export DB_PASSWORD=[redacted:assignment]; run",
            "env": {"API_KEY": "[redacted:assignment]", "PORT": 80},
        },
        "tool_response": {
            "stdout": "<private> tag without end",
            "password": "[redacted:assignment]",
            "lines": ["a", 1, None, True],
        },
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", "correct horse battery"),
        ("userPassword", "Kestrel77"),
        ("passwd", 12345678),
        ("apiKey", "0a1b2c3d4e5f6a7b"),
        ("X-Api-Key", "0a1b2c3d4e5f6a7b"),
        ("client_secret", "0a1b2c3d4e5f6a7b"),
        ("accessToken", "0a1b2c3d4e5f6a7b"),
        ("Authorization", "Bearer 0a1b2c3d4e5f6a7b"),
        ("authorization", "Basic bWU6aHVudGVyMg=="),
        ("Cookie", "sid=0a1b2c3d4e5f6a7b"),
        ("token", ["0a1b2c3d4e5f6a7b"]),
    ],
)
def test_a_key_that_says_secret_hides_its_value_whole(name: str, value: object) -> None:
    hidden = ["[redacted:assignment]"] if isinstance(value, list) else "[redacted:assignment]"
    assert clean_json({name: value}, written_keys=()) == {name: hidden}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", "string"),
        ("password", "Password is required"),
        ("password", ""),
        ("token", "hello"),
        ("api_key", "${API_KEY}"),
        ("nextPageToken", "0a1b2c3d4e5f6a7b"),
        ("max_tokens", "0a1b2c3d4e5f6a7b"),
        ("key", "0a1b2c3d4e5f6a7b"),
        ("authorization", "required"),
        ("compass", "north"),
    ],
)
def test_a_value_that_is_none_stays(name: str, value: object) -> None:
    assert clean_json({name: value}, written_keys=()) == {name: value}


def test_keys_are_cleaned_and_stay_apart() -> None:
    rng = random.Random(1)
    payload = {"ghp_" + mixed(rng, "abcdefghij0123456789", 36): n for n in range(2)}
    assert clean_json(payload, written_keys=()) == {"[redacted:github]": 0, "[redacted:github]'": 1}


def test_many_keys_that_look_alike_once_cleaned_take_no_longer_than_others() -> None:
    """Each went through all the names before it: 20,000 of them held the hook up for minutes."""
    payload = {f"ghp_{n:036d}aB": "x" for n in range(19_000)}
    began = time.process_time()
    found = clean_json(payload, written_keys=())
    assert isinstance(found, dict)
    assert len(found) == len(payload)
    assert len(json.dumps(found)) < 2_000_000
    assert time.process_time() - began < 20


def test_deep_and_wide_values_end_in_a_marker() -> None:
    deep: list[Any] = ["bottom"]
    for _ in range(5_000):
        deep = [deep]
    shallow = json.dumps(clean_json(deep, written_keys=()))
    assert "bottom" not in shallow
    assert "nested deeper than 64" in shallow
    wide = clean_json({"rows": ["x"] * 50_000, "after": "y"}, written_keys=())
    assert isinstance(wide, dict)
    assert len(wide["rows"]) < 20_000
    assert "more than 20000 values" in wide["rows"][-1]


def test_a_cleaned_value_is_left_alone() -> None:
    rng = random.Random(9)
    texts = [text for _, _, text in everywhere(5)]
    deep: list[Any] = [1]
    for _ in range(100):
        deep = [deep, {"token": deep}] if rng.random() < 0.1 else [deep]
    for value in (
        {f"k{n}": text for n, text in enumerate(texts)},
        {text: n for n, text in enumerate(texts[:500])},
        deep,
        {"rows": [{"a": str(n), "b": [n]} for n in range(9_000)], "after": {"x": "y"}},
        [["a"] * 10 for _ in range(3_000)],
    ):
        cleaned = clean_json(value, written_keys={"k1"})
        assert clean_json(cleaned, written_keys={"k1"}) == cleaned


def test_nothing_of_a_made_up_secret_is_left_in_a_payload() -> None:
    for secret, _, text in everywhere(6):
        assert not remains(secret, json.dumps(clean_json({"tool_response": {"stdout": text}}, written_keys=())))
    assert redact("") == ""
