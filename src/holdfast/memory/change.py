"""A change: the unit of the log. Its header is for ever, its body until it is erased."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

__all__ = ["NO_HEADER", "Change", "EntityKind", "decoded", "encoded"]

EntityKind = Literal["memory", "project", "relation"]
NO_HEADER: Final = bytes(32)  # what the first change of a device names as the header before it


@dataclass(frozen=True, slots=True)
class Change:
    """One edit of one memory, project or relation.

    seq: its place in this store, which other stores do not know.
    clock: the hybrid time stamp; (clock, device) orders any two changes, the same way on every device.
    cause: remember, repeat, revise, forget, restore, pin, unpin, erase, redact, undo, redo, rename, merge, ignore,
    propose, judge.
    subject: of an undo or redo the change that it reverts; of a repeat the id that the draft came with.
    patch: register -> value as JSON knows it; None once it was erased. `body` is the text register's body.
    """

    seq: int
    id: UUID
    device: UUID
    device_seq: int
    clock: int
    entity_kind: str
    entity: UUID
    cause: str
    subject: UUID | None
    digest: bytes
    previous: bytes
    patch: Mapping[str, Any] | None
    body: str | None

    @property
    def order(self) -> tuple[int, bytes]:
        return self.clock, self.device.bytes

    def header_hash(self) -> bytes:
        """32 bytes over everything but the body: what the next change of this device names as `previous`."""
        parts = (
            self.id.bytes,
            self.device.bytes,
            self.device_seq.to_bytes(8),
            self.clock.to_bytes(8),
            self.entity_kind.encode(),
            self.entity.bytes,
            self.cause.encode(),
            b"" if self.subject is None else self.subject.bytes,
            self.digest,
            self.previous,
        )
        hashed = hashlib.blake2b(digest_size=32, person=b"holdfast")
        for part in parts:
            hashed.update(len(part).to_bytes(8))
            hashed.update(part)
        return hashed.digest()


def encoded(patch: Mapping[str, Any]) -> str:
    """A patch as it is stored and hashed: one spelling for one value."""
    return json.dumps(patch, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def decoded(patch: str | None) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = None if patch is None else json.loads(patch)
    return found
