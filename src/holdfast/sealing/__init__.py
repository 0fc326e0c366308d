"""Encrypting what somebody wants back: the cipher, and where its key comes from. Knows no store."""

from .cipher import (
    SALT_BYTES,
    USUAL,
    VERSION,
    Binding,
    Cost,
    Sealed,
    Unopened,
    derive,
    fingerprint,
    rewrap,
    seal,
    unseal,
)
from .keys import Key, Keys, Known, refuse_weak

__all__ = [
    "SALT_BYTES",
    "USUAL",
    "VERSION",
    "Binding",
    "Cost",
    "Key",
    "Keys",
    "Known",
    "Sealed",
    "Unopened",
    "derive",
    "fingerprint",
    "refuse_weak",
    "rewrap",
    "seal",
    "unseal",
]
