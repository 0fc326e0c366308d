"""The cipher: AES-256-GCM with a data key for each record, which the master key wraps, again with AES-256-GCM.

What a record belongs to is authenticated with both, so that none opens in another's place. `cryptography` is loaded
when something is sealed or opened, never before.
"""

import hashlib
import hmac
import json
import os
from dataclasses import asdict, dataclass, replace
from typing import Final
from uuid import UUID

__all__ = [
    "SALT_BYTES", "USUAL", "VERSION", "Binding", "Cost", "Sealed", "Unopened", "derive", "fingerprint", "rewrap",
    "seal", "unseal",
]  # fmt: skip

VERSION: Final = 1
SALT_BYTES: Final = 16
_NONCE: Final = 12  # bytes, as NIST SP 800-38D recommends; drawn anew for each encryption
_KEY: Final = 32


class Unopened(Exception):
    """A record that this key does not open: of another key, another place, or altered."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a record belongs to: the store that sealed it, its memory, and itself."""

    store: UUID
    memory: UUID
    id: UUID
    version: int = VERSION

    def data(self, part: bytes) -> bytes:
        """The associated data of one of its two ciphertexts, all of fixed length but the last."""
        return b"holdfast" + self.version.to_bytes(2) + self.store.bytes + self.memory.bytes + self.id.bytes + part


@dataclass(frozen=True, slots=True)
class Sealed:
    """A record. wrapped: nonce and ciphertext of its data key; fingerprint: of the master key that wrapped it."""

    binding: Binding
    fingerprint: bytes
    wrapped: bytes
    nonce: bytes
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class Cost:
    """What guessing one passphrase costs: the second choice of RFC 9106, 64 MiB, about 0.2 s of one processor."""

    iterations: int = 3
    lanes: int = 4
    kibibytes: int = 65_536

    def encoded(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)


USUAL: Final = Cost()


def seal(master: bytes, content: bytes, binding: Binding) -> Sealed:
    """The content, encrypted for its place."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key, nonce = os.urandom(_KEY), os.urandom(_NONCE)
    return Sealed(
        binding, fingerprint(master), _wrap(master, key, binding), nonce,
        AESGCM(key).encrypt(nonce, content, binding.data(b"content")),
    )  # fmt: skip


def unseal(master: bytes, record: Sealed) -> bytes:
    """The content. Raises Unopened."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key = _unwrap(master, record)
    try:
        return AESGCM(key).decrypt(record.nonce, record.ciphertext, record.binding.data(b"content"))
    except (InvalidTag, ValueError):
        raise Unopened from None


def rewrap(master: bytes, record: Sealed, new: bytes) -> Sealed:
    """The record under another master key; what it holds is not decrypted. Raises Unopened."""
    wrapped = _wrap(new, _unwrap(master, record), record.binding)
    return replace(record, fingerprint=fingerprint(new), wrapped=wrapped)


def _wrap(master: bytes, key: bytes, binding: Binding) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(master).encrypt(nonce, key, binding.data(b"key"))


def _unwrap(master: bytes, record: Sealed) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, wrapped = record.wrapped[:_NONCE], record.wrapped[_NONCE:]
    try:
        return AESGCM(master).decrypt(nonce, wrapped, record.binding.data(b"key"))
    except (InvalidTag, ValueError):
        raise Unopened from None


def fingerprint(master: bytes) -> bytes:
    """16 bytes that tell two master keys apart and nothing else."""
    return hmac.digest(master, b"holdfast master key", hashlib.sha256)[:16]


def derive(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    """A master key from a passphrase, by Argon2id (RFC 9106). Slow on purpose."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    kdf = Argon2id(salt=salt, length=_KEY, iterations=cost.iterations, lanes=cost.lanes, memory_cost=cost.kibibytes)
    return kdf.derive(passphrase.encode("utf-8", "surrogateescape"))
