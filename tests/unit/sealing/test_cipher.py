"""The cipher: what opens a record, and what does not."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from holdfast.sealing import USUAL, Binding, Cost, Sealed, Unopened, derive, fingerprint, rewrap, seal, unseal

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
STORE, MEMORY, ID = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.fixture
def record() -> Sealed:
    return seal(KEY, b"sunshine", Binding(STORE, MEMORY, ID))


def with_part(record: Sealed, part: str, value: bytes) -> Sealed:
    changed: dict[str, Any] = {part: value}
    return replace(record, **changed)


def test_a_record_opens_with_its_key(record: Sealed) -> None:
    assert unseal(KEY, record) == b"sunshine"


def test_a_record_opens_with_no_other_key(record: Sealed) -> None:
    with pytest.raises(Unopened):
        unseal(OTHER, record)


@pytest.mark.parametrize("part", ["wrapped", "nonce", "ciphertext"])
def test_no_bit_of_a_record_can_be_flipped(record: Sealed, part: str) -> None:
    raw: bytes = getattr(record, part)
    for at in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[at // 8] ^= 1 << at % 8
        with pytest.raises(Unopened):
            unseal(KEY, with_part(record, part, bytes(flipped)))


@pytest.mark.parametrize("part", ["wrapped", "nonce", "ciphertext"])
@pytest.mark.parametrize("length", [0, 1, 11])
def test_a_record_that_was_cut_does_not_open(record: Sealed, part: str, length: int) -> None:
    with pytest.raises(Unopened):
        unseal(KEY, with_part(record, part, getattr(record, part)[:length]))


@pytest.mark.parametrize(
    "elsewhere",
    [
        Binding(UUID(int=9), MEMORY, ID),
        Binding(STORE, UUID(int=9), ID),
        Binding(STORE, MEMORY, UUID(int=9)),
        Binding(STORE, MEMORY, ID, version=2),
    ],
)
def test_a_record_does_not_open_in_another_place(record: Sealed, elsewhere: Binding) -> None:
    with pytest.raises(Unopened):
        unseal(KEY, replace(record, binding=elsewhere))


def test_neither_half_of_a_record_opens_with_the_half_of_another(record: Sealed) -> None:
    other = seal(KEY, b"moonlight", record.binding)
    for part in ("wrapped", "ciphertext"):
        with pytest.raises(Unopened):
            unseal(KEY, with_part(record, part, getattr(other, part)))
    with pytest.raises(Unopened):  # not even as one for the other
        unseal(KEY, replace(record, nonce=record.wrapped[:12], ciphertext=record.wrapped[12:]))


def test_the_same_content_never_looks_the_same(record: Sealed) -> None:
    again = seal(KEY, b"sunshine", record.binding)
    assert again.ciphertext != record.ciphertext
    assert again.wrapped[12:] != record.wrapped[12:]
    assert again.nonce != record.nonce


def test_a_rewrapped_record_opens_with_the_new_key_alone(record: Sealed) -> None:
    moved = rewrap(KEY, record, OTHER)
    assert unseal(OTHER, moved) == b"sunshine"
    assert moved.ciphertext == record.ciphertext
    assert moved.fingerprint == fingerprint(OTHER) != record.fingerprint
    with pytest.raises(Unopened):
        unseal(KEY, moved)
    with pytest.raises(Unopened):
        rewrap(KEY, moved, OTHER)


def test_a_passphrase_makes_one_key_a_salt() -> None:
    cheap = Cost(iterations=1, lanes=1, kibibytes=64)
    one = derive("correct horse battery", b"s" * 16, cheap)
    assert len(one) == 32
    assert one == derive("correct horse battery", b"s" * 16, cheap)
    assert one != derive("correct horse battery", b"t" * 16, cheap)
    assert one != derive("correct horse batterz", b"s" * 16, cheap)
    assert one != derive("correct horse battery", b"s" * 16, replace(cheap, iterations=2))


def test_guessing_a_passphrase_costs_what_rfc_9106_recommends() -> None:
    assert (USUAL.iterations, USUAL.lanes, USUAL.kibibytes) == (3, 4, 64 * 1024)
