"""Whatever is sealed comes back as it was, stands nowhere else, and opens in no other place."""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fixtures.served import Served

from holdfast.guard import find, redact
from holdfast.memory import Draft
from holdfast.safe import hide
from holdfast.sealing import Binding, Unopened, rewrap, seal, unseal

pytestmark = pytest.mark.requirement("memory-mcp:secrets")
KEYS = st.binary(min_size=32, max_size=32)
IDS = st.uuids(version=None)
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=300).filter(
    lambda text: bool(text.strip()) and "<" not in text and "[" not in text
)


@given(KEYS, KEYS, st.binary(max_size=2_000), IDS, IDS, IDS)
def test_a_record_comes_back_under_its_key_and_after_rewrapping(
    key: bytes, other: bytes, content: bytes, store: UUID, memory: UUID, id: UUID
) -> None:
    binding = Binding(store, memory, id)
    record = seal(key, content, binding)
    assert unseal(key, record) == content
    moved = rewrap(key, record, other)
    assert unseal(other, moved) == content
    if key != other:
        with pytest.raises(Unopened):
            unseal(key, moved)


@given(TEXTS)
@settings(max_examples=50, deadline=None)
def test_any_text_that_is_sensitive_comes_back_as_it_was(text: str) -> None:
    with TemporaryDirectory() as folder, closing(Served(Path(folder), key="0123456789abcdef" * 4)) as home:
        number = home.remember(text, sensitive=True, title="a title")
        assert home.get(number) == text.strip()
        if len(text.strip()) >= 12:
            assert text.strip().encode() not in home.bytes()


PASSWORDS = st.from_regex(r"[A-Z][a-z0-9]{7,20}[!#$%]", fullmatch=True)
AROUND = st.sampled_from(("password: {}", "DB_PASSWORD={}", "postgres://me:{}@db/app", 'say {{"password": "{}"}} once'))


@given(PASSWORDS, AROUND, st.sampled_from(("", "before ", "zuvor\n")))
def test_no_secret_that_is_found_stays_in_what_is_stored(password: str, around: str, before: str) -> None:
    body = before + around.format(password)
    hidden = hide(Draft(body=body, title=f"about {password}", tags=(password,)), sensitive=False, seal=True)
    if find(body):
        assert hidden.original == body
        assert find(hidden.draft.body) == []
        values = [body[start:end] for start, end, _ in find(body)]
        parts = (hidden.draft.body, hidden.draft.title or "", *hidden.draft.tags)
        assert not any(value in part for value in values for part in parts)
    else:
        assert hidden.draft.body == redact(body)
