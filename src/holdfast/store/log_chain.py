"""The log itself: changes appended to a chain of headers, one chain for each device."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ..clock import Clock, millis
from ..errors import NotFound, UsageError
from ..ids import parse, uuid7
from ..memory import NO_HEADER, Change, EntityKind, decoded, encoded
from .database import Database, Row

__all__ = ["Chain", "Problem", "change_of"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A place where the log is not what was written."""

    device: UUID
    device_seq: int
    what: str

    def __str__(self) -> str:
        return f"change {self.device_seq} of device {self.device}: {self.what}"


class Chain:
    """Appends to the log and reads it. Call `append` inside a transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock
        row = database.one("log_own_device")
        assert row is not None
        self.device = UUID(bytes=bytes(row[0]))
        latest = database.one("log_latest_clock")
        clock.observe(int(latest[0]) if latest else 0)

    def append(
        self,
        entity_kind: EntityKind,
        entity: UUID,
        cause: str,
        patch: Mapping[str, Any],
        *,
        body: str | None = None,
        subject: UUID | None = None,
    ) -> Change:
        """One more change of this device.

        The patch is salted, so that the digest that stays behind after an erase confirms no guess of what it was.
        """
        head = self._db.one("log_head", device=self.device.bytes)
        before = None if head is None else change_of(head)
        clock = self._clock.tick()
        raw = encoded({**patch, "salt": os.urandom(12).hex()})
        text = None if body is None else self._db.keep_text(body)
        change = Change(
            seq=0,
            id=uuid7(millis(clock)),
            device=self.device,
            device_seq=1 if before is None else before.device_seq + 1,
            clock=clock,
            entity_kind=entity_kind,
            entity=entity,
            cause=cause,
            subject=subject,
            digest=self._digest(raw, body),
            previous=NO_HEADER if before is None else before.header_hash(),
            patch=decoded(raw),
            body=body,
        )
        self._db.run(
            "log_append",
            id=change.id.bytes,
            device=change.device.bytes,
            device_seq=change.device_seq,
            clock=clock,
            entity_kind=entity_kind,
            entity=entity.bytes,
            cause=cause,
            subject=None if subject is None else subject.bytes,
            digest=change.digest,
            previous=change.previous,
            patch=raw,
            text=text,
        )
        found = self._db.one("log_change", id=change.id.bytes)
        assert found is not None
        return change_of(found)

    def of(self, entity: UUID) -> list[Change]:
        """Every change of a memory or project, in the order in which this store came to know them."""
        return [change_of(row) for row in self._db.all("log_of_entity", entity=entity.bytes)]

    def find(self, name: UUID | str) -> Change:
        """The change with that id, or with an id that begins so (at least 8 digits).

        Raises NotFound, and UsageError when it names none or several.
        """
        wanted = name if isinstance(name, UUID) else parse(name)
        if wanted is None:
            low, high = id_range(str(name), "a change", "an id", _CHANGES)
            ids = self._db.all("log_change_ids", low=low, high=high)
            if len(ids) > 1:
                raise UsageError("several changes begin so", fix="give more of the id")
            wanted = UUID(bytes=bytes(ids[0][0])) if ids else None
        row = None if wanted is None else self._db.one("log_change", id=wanted.bytes)
        if row is None:
            raise NotFound("there is no such change in this store", fix=_CHANGES)
        return change_of(row)

    def verify(self) -> list[Problem]:
        """Every gap, broken link and altered body of the log; empty when it is as it was written."""
        problems: list[Problem] = []
        erased = {bytes(row[0]) for row in self._db.run("log_entities_of_cause", cause="erase")}
        redacted = {str(row[0]) for row in self._db.run("redacted_changes")}
        before: Change | None = None
        for row in self._db.run("log_chain"):
            change, patch = change_of(row), row[11]
            if before is None or before.device != change.device:
                expected, previous = 1, NO_HEADER
            else:
                expected, previous = before.device_seq + 1, before.header_hash()
            found = []
            if change.device_seq != expected:
                found.append(f"{expected} to {change.device_seq - 1} are missing")
            elif change.previous != previous:
                found.append("it does not follow the header before it")
            if patch is None:
                if change.entity.bytes not in erased and change.id.hex not in redacted:
                    found.append("its body is gone although nothing erased it")
            elif change.digest != self._digest(patch, change.body):
                found.append("its body was altered")
            problems += [Problem(change.device, change.device_seq, what) for what in found]
            before = change
        return problems

    def _digest(self, patch: str, body: str | None) -> bytes:
        return self._db.digest(patch.encode(), *([] if body is None else [body.encode()]))


def change_of(row: Row) -> Change:
    """The change in a row of `whole_changes`."""
    return Change(
        seq=row[0],
        id=UUID(bytes=bytes(row[1])),
        device=UUID(bytes=bytes(row[2])),
        device_seq=row[3],
        clock=row[4],
        entity_kind=row[5],
        entity=UUID(bytes=bytes(row[6])),
        cause=row[7],
        subject=None if row[8] is None else UUID(bytes=bytes(row[8])),
        digest=bytes(row[9]),
        previous=bytes(row[10]),
        patch=decoded(row[11]),
        body=row[12],
    )


_CHANGES = "`holdfast history ID` shows the changes of a memory, `holdfast undo --memory ID` takes its latest back"


def id_range(prefix: str, what: str, names: str, fix: str) -> tuple[bytes, bytes]:
    """The lowest and highest id that begins with these hexadecimal digits. Raises UsageError when they are none."""
    digits = prefix.replace("-", "").lower()
    if not 8 <= len(digits) <= 32 or any(digit not in "0123456789abcdef" for digit in digits):
        raise UsageError(
            f"that does not name {what}",
            why=f"it is not {names}, nor the first 8 digits or more of an id",
            fix=fix,
        )
    return bytes.fromhex(digits.ljust(32, "0")), bytes.fromhex(digits.ljust(32, "f"))


def rows_by_entity(rows: Iterator[Row]) -> Iterator[list[Change]]:
    """Changes that come entity by entity, as one list for each."""
    group: list[Change] = []
    for row in rows:
        change = change_of(row)
        if group and group[0].entity != change.entity:
            yield group
            group = []
        group.append(change)
    if group:
        yield group
