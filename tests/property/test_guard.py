# ruff: noqa: E501 (lists of words)
"""The guard's promises for any text at all."""

import random
import string

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.guard.made_up import everywhere

from holdfast.guard import RULES, clean, clean_json, find, hide_private, redact, strip_own

MADE_UP = [text for _, _, text in everywhere(7)][::5]
WORDS = [
    *("password=", "token: ", '"', "'", "\\", "\n", " ", "=", "://", "@", "[redacted:", "[redacted:assignment]", "]", "Cookie: "),
    *("-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----", "<private>", "</private>", "<private ", "hunter2"),
    *("eyJ", "AKIA", "sk-", "Bearer ", "\0", "\udc80", "İ", "ſ", "K", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY", "0a1b2c3d4e5f6a7b8c9d"),
]  # fmt: skip


def piece(number: int) -> str:
    return WORDS[number] if number < 0 else MADE_UP[number]


PIECE = st.integers(-len(WORDS), len(MADE_UP) - 1).map(piece)
ANY = st.text(st.characters(), max_size=200)
TEXTS = st.lists(st.one_of(PIECE, ANY), max_size=12).map("".join)
LIMITS = st.tuples(st.integers(0, 400), st.integers(0, 300))
NAMES = st.sampled_from(["password", "token", "cookie", "prompt", "key"])
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(TEXTS, st.sampled_from(["password", "token", "cookie", "prompt", "key"])), inner, max_size=4
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_redacting_twice_is_redacting_once(text: str) -> None:
    hidden = redact(text)
    assert redact(hidden) == hidden


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_spans_lie_within_the_text_in_order_and_apart(text: str) -> None:
    ids = {rule.id for rule in RULES}
    at = 0
    for start, end, name in find(text):
        assert at <= start < end <= len(text)
        assert name in ids
        at = end


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.booleans(), LIMITS)
def test_cleaning_twice_is_cleaning_once(text: str, written: bool, limit: tuple[int, int]) -> None:
    cleaned = clean(text, written=written, limit=limit)
    assert clean(cleaned, written=written, limit=limit) == cleaned
    cleaned.encode()  # nothing undecodable is left
    assert "\0" not in cleaned


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.integers(1, 60), st.booleans())
def test_cleaning_a_long_text_twice_is_cleaning_it_once(text: str, times: int, written: bool) -> None:
    cleaned = clean(text * times, written=written, limit=(600, 200))
    assert clean(cleaned, written=written, limit=(600, 200)) == cleaned


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_cleaning_a_value_twice_is_cleaning_it_once(value: object) -> None:
    cleaned = clean_json(value, written_keys={"prompt"})
    assert clean_json(cleaned, written_keys={"prompt"}) == cleaned


@settings(max_examples=200, deadline=None)
@given(st.text(string.ascii_uppercase + string.digits + " \n.,;()", max_size=300))
def test_a_text_without_any_anchor_is_returned_as_it_is(text: str) -> None:
    low = text.lower()
    if not any(anchor and anchor in low for rule in RULES for anchor in rule.anchors):
        assert redact(text) is text
        assert clean(text, written=True) is text


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.booleans())
def test_private_tags_and_fences_never_raise_and_settle(text: str, written: bool) -> None:
    hidden = hide_private(text, written=written)
    assert hide_private(hidden, written=written) == hidden
    assert len(strip_own(text)) <= len(text)


@settings(max_examples=100, deadline=None)
@given(st.integers(), TEXTS, TEXTS)
def test_a_key_told_by_itself_is_hidden_between_any_two_texts(seed: int, before: str, after: str) -> None:
    core = "".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=36))
    assert core not in redact(f"{before} ghp_{core} {after}")
