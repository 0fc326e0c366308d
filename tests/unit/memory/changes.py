"""Changes made by hand, for tests of what changes come to."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from holdfast.ids import derived
from holdfast.memory import Change

ENTITY = derived("test", "memory")
BIRTH = {"text": {"kind": "note", "label": None, "title": "t", "files": [], "evidence": []}, "alive": True}


def change(
    name: str,
    clock: int,
    patch: Mapping[str, Any] | None,
    *,
    device: int = 1,
    cause: str = "revise",
    body: str | None = None,
    subject: UUID | None = None,
) -> Change:
    """A change whose id is made from `name`; `clock` counts milliseconds."""
    return Change(
        seq=clock,
        id=derived("change", name),
        device=UUID(int=device),
        device_seq=clock,
        clock=clock << 16,
        entity_kind="memory",
        entity=ENTITY,
        cause=cause,
        subject=subject,
        digest=b"",
        previous=b"",
        patch=patch,
        body=body,
    )


def birth(clock: int = 1, body: str = "first") -> Change:
    return change("birth", clock, {**BIRTH, "tags": [], "pin": False}, cause="remember", body=body)


def forget(name: str, clock: int, device: int = 1) -> Change:
    return change(name, clock, {"alive": False}, cause="forget", device=device)


def restore(name: str, clock: int, *seen: Change, device: int = 1) -> Change:
    patch = {"alive": True, "restores": [each.id.hex for each in seen]}
    return change(name, clock, patch, cause="restore", device=device)
