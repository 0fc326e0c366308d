"""Sealed records as lines of an export: ciphertext goes out, and ciphertext comes in."""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from ...sealing import USUAL
from ..database import Database
from .lines import refused

__all__ = ["adopt_key", "key_of", "sealed_lines", "sealed_row", "set_apart"]

_IDS: Final = {"id": 16, "memory": 16, "store": 16, "fingerprint": 16, "nonce": 12}  # bytes
_WRAPPED: Final = 12 + 32 + 16  # nonce, key, tag
_LONG: Final = 200_000  # bytes of a ciphertext
_SALT: Final = 16


def key_of(database: Database) -> dict[str, Any] | None:
    """What an export says of the key: how it is told from others and, if it is derived, how; never the key."""
    found: dict[str, Any] = dict(database.all("sealed_meta"))
    if "key" not in found or database.one("sealed_any") is None:
        return None
    salt = found.get("key_salt")
    cost = found.get("key_cost")
    return {
        "fingerprint": bytes(found["key"]).hex(),
        "salt": None if salt is None else bytes(salt).hex(),
        "cost": None if cost is None else json.loads(cost),
    }


def adopt_key(database: Database, said: Mapping[str, Any]) -> None:
    """A store with nothing under a key of its own takes over that of an export, so that the same passphrase makes the
    same key.

    The cost of guessing is taken over only when it is the usual one: an export could make it cheap.
    """
    values = {"key": _bytes(said.get("fingerprint"), 16)}
    if said.get("salt") is not None:
        cost = said.get("cost")
        if cost != asdict(USUAL):
            return
        values |= {"key_salt": _bytes(said["salt"], _SALT), "key_cost": USUAL.encoded().encode()}
    own = database.one("sealed_under_own")
    if own is None and all(values.values()):
        key = values["key"]
        if database.one("care_own_key", fingerprint=key) is None:  # by now nobody said so who was believed
            database.run("care_set_apart", fingerprint=key, apart=set_apart(database, key))
        for name, value in values.items():
            database.run("put_meta", name=name, value=value)


def set_apart(database: Database, fingerprint: bytes) -> bytes:
    """What stands for the fingerprint of a key in a record of others that no key is to open."""
    return database.digest(b"foreign", fingerprint)


def sealed_lines(database: Database) -> Iterator[dict[str, Any]]:
    """Every record, as a line says it."""
    cursor = database.run("care_export_sealed")
    for row in cursor:
        found = dict(zip((each[0] for each in cursor.get_description()), row, strict=True))
        for name, value in found.items():
            if name in ("wrapped", "ciphertext"):
                found[name] = base64.b64encode(bytes(value)).decode()
            elif name in _IDS:
                found[name] = bytes(value).hex()
        yield found | {"kinds": json.loads(found["kinds"])}


def sealed_row(number: int, said: Mapping[str, Any]) -> dict[str, Any]:
    """A line as a row. Raises Refused for one that no store would have written."""
    found = dict(said)
    for name, length in _IDS.items():
        if len(found[name]) != length:
            raise refused(number, f"{name} of what is sealed is none")
    for name in ("wrapped", "ciphertext"):
        try:
            found[name] = base64.b64decode(found[name], validate=True)
        except (binascii.Error, ValueError):
            found[name] = b""
    if len(found["wrapped"]) != _WRAPPED or not 16 < len(found["ciphertext"]) <= _LONG:
        raise refused(number, "what is sealed is cut")
    kinds = found["kinds"] or []
    if not all(isinstance(kind, str) and len(kind) <= 40 for kind in kinds) or len(kinds) > 100:
        raise refused(number, "the kinds of what is sealed are none")
    return {**found, "kinds": json.dumps(kinds)}


def _bytes(value: object, length: int) -> bytes:
    try:
        found = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        found = b""
    return found if len(found) == length else b""
