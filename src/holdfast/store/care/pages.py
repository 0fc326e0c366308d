"""A SQLite file read page by page, without SQLite: what is left of a damaged one.

SQLite reaches a row from the root of its tree, so one bad page hides all that lies below. Here each page is read for
itself, and the tree that it belongs to is told by the pages above, else by the pointer map that a file with
auto_vacuum keeps of every page's parent. The format: sqlite.org/fileformat2.html.
"""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["INDEX_INTERIOR", "INDEX_LEAF", "TABLE_INTERIOR", "TABLE_LEAF", "Damaged", "Pages", "Record", "Value"]

Value = int | float | str | bytes | None

TABLE_LEAF, TABLE_INTERIOR, INDEX_LEAF, INDEX_INTERIOR = 0x0D, 0x05, 0x0A, 0x02
_WAL_MAGIC = (0x377F0682, 0x377F0683)  # checksums little-endian, big-endian
_NODE = 5  # in the pointer map: a page of a tree that is not its root
_HEADER = 100  # bytes of page 1 before its rows
_DEEPEST = 64


class Damaged(Exception):
    """These bytes are not what the format says they should be."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row as it lies in a tree: `rowid` is None where the tree is an index or a table WITHOUT ROWID."""

    rowid: int | None
    values: tuple[Value, ...]


class Pages:
    """The pages of a file, with what its -wal has committed on top."""

    def __init__(self, path: Path, wal: Path, size: int) -> None:
        self.size = size  # of a page, in bytes
        self._file = _mapped(path)
        self._wal = _mapped(wal)
        self._newer: dict[int, int] = {}  # page -> where it begins in the -wal
        self.count = len(self._file) // size
        self._read_wal()

    @property
    def cut(self) -> int:
        """How many pages the header speaks of that are not there."""
        named = struct.unpack_from(">I", self.page(1), 28)[0] if self.count else 0
        plausible = self._file[:16] == b"SQLite format 3\0" and not self._newer and named < 2 * self.count + 1_000
        return max(0, named - self.count) if plausible else 0

    def close(self) -> None:
        for each in (self._file, self._wal):
            if isinstance(each, mmap.mmap):
                each.close()

    def page(self, number: int) -> bytes:
        if not 1 <= number <= self.count:
            raise Damaged(f"there is no page {number}")
        source, at = (self._file, (number - 1) * self.size)
        if number in self._newer:
            source, at = self._wal, self._newer[number]
        found = bytes(source[at : at + self.size])
        return found + bytes(self.size - len(found))

    def _read_wal(self) -> None:
        wal = self._wal
        if len(wal) < 32:
            return
        magic, _, size, _, salt, *_ = struct.unpack(">4I8s2I", wal[:32])
        if magic not in _WAL_MAGIC or size != self.size:
            return
        order = "<" if magic == _WAL_MAGIC[0] else ">"
        sums = _checksum(order, bytes(wal[:24]), (0, 0))
        if sums != struct.unpack(">2I", wal[24:32]):
            return
        pending: dict[int, int] = {}
        for at in range(32, len(wal) - 24 - size + 1, 24 + size):
            number, pages, frame_salt, *given = struct.unpack(">2I8s2I", wal[at : at + 24])
            sums = _checksum(order, bytes(wal[at : at + 8]), sums)
            sums = _checksum(order, bytes(wal[at + 24 : at + 24 + size]), sums)
            if frame_salt != salt or sums != tuple(given):
                break
            pending[number] = at + 24
            if pages:  # the last frame of a transaction
                self._newer.update(pending)
                self.count = pages
                pending = {}

    # -- trees --

    def roots(self, known: set[int]) -> dict[int, int]:
        """page -> the root of its tree, for every page of which that can be told; `known`: all the roots there are."""
        mapped = {number: parent for number in range(3, self.count + 1) if (parent := self._parent(number))}
        listed: dict[int, int] = {}
        for number in range(1, self.count + 1):
            for child in self._children(number):
                listed.setdefault(child, number)
        found = {}
        for number in range(1, self.count + 1):
            root = _climbed(number, mapped, known) or _climbed(number, listed, known)
            if root:
                found[number] = root
        return found

    def _parent(self, number: int) -> int | None:
        """The page above this one in its tree, as the pointer map has it."""
        entries = self.size // 5
        place = 2 + (number - 2) // (entries + 1) * (entries + 1)
        if place == 0x4000_0000 // self.size + 1:  # pragma: no cover - in files over 1 GB
            place += 1
        if number <= place:
            return None
        kind, parent = struct.unpack_from(">BI", self.page(place), 5 * (number - place - 1))
        return int(parent) if kind == _NODE and 1 <= parent <= self.count else None

    def _children(self, number: int) -> list[int]:
        page = self.page(number)
        start = _HEADER if number == 1 else 0
        if page[start] not in (TABLE_INTERIOR, INDEX_INTERIOR):
            return []
        cells = struct.unpack_from(">H", page, start + 3)[0]
        if start + 12 + 2 * cells > self.size:
            return []
        found = [struct.unpack_from(">I", page, start + 8)[0]]
        for at in struct.unpack_from(f">{cells}H", page, start + 12):
            if at + 4 <= self.size:
                found.append(struct.unpack_from(">I", page, at)[0])
        return [child for child in found if 1 < child <= self.count]

    # -- rows --

    def rows(self, number: int, kind: int) -> Iterator[Record | None]:
        """The rows that lie on a page, read as a page of that kind (TABLE_LEAF, INDEX_LEAF, INDEX_INTERIOR).

        None for each that cannot be read. Raises Damaged when not even their places can.
        """
        page = self.page(number)
        start = _HEADER if number == 1 else 0
        cells = struct.unpack_from(">H", page, start + 3)[0]
        first = start + (12 if kind == INDEX_INTERIOR else 8)
        if first + 2 * cells > self.size:
            raise Damaged(f"page {number} cannot hold {cells} rows")
        for at in struct.unpack_from(f">{cells}H", page, first):
            try:
                yield self._row(page, at + (4 if kind == INDEX_INTERIOR else 0), kind)
            except (Damaged, struct.error, IndexError, OverflowError):
                yield None

    def _row(self, page: bytes, at: int, kind: int) -> Record:
        length, at = _varint(page, at)
        rowid = None
        if kind == TABLE_LEAF:
            rowid, at = _varint(page, at)
            rowid -= (rowid >> 63) << 64
        least = (self.size - 12) * 32 // 255 - 23
        most = self.size - 35 if kind == TABLE_LEAF else (self.size - 12) * 64 // 255 - 23
        if length > self.count * self.size:
            raise Damaged("longer than the file")
        local = length
        if length > most:
            local = least + (length - least) % (self.size - 4)
            local = local if local <= most else least
        body = page[at : at + local]
        if len(body) < local:
            raise Damaged("beyond the page")
        if local < length:
            body += self._overflow(struct.unpack_from(">I", page, at + local)[0], length - local)
        return Record(rowid, _values(body))

    def _overflow(self, number: int, length: int) -> bytes:
        parts, seen = [], set()
        while length > 0:
            if number in seen:
                raise Damaged("a circle of overflow pages")
            seen.add(number)
            page = self.page(number)
            parts.append(page[4 : 4 + length])
            length -= len(parts[-1])
            number = struct.unpack_from(">I", page)[0]
        if number:
            raise Damaged("more overflow pages than the row has bytes")
        return b"".join(parts)


def _mapped(path: Path) -> "mmap.mmap | bytes":
    if not path.exists() or not path.stat().st_size:
        return b""
    with path.open("rb") as handle:
        return mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)


def _climbed(number: int, above: dict[int, int], known: set[int]) -> int | None:
    for _ in range(_DEEPEST):
        if number in known:
            return number
        if number not in above:
            return None
        number = above[number]
    return None


def _checksum(order: str, data: bytes, sums: tuple[int, int]) -> tuple[int, int]:
    first, second = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for at in range(0, len(words), 2):
        first = (first + words[at] + second) & 0xFFFF_FFFF
        second = (second + words[at + 1] + first) & 0xFFFF_FFFF
    return first, second


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned integer of one to nine bytes, and where it ends."""
    value = 0
    for count in range(8):
        byte = data[at + count]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + count + 1
    return value << 8 | data[at + 8], at + 9


def _values(body: bytes) -> tuple[Value, ...]:
    size, at = _varint(body, 0)
    kinds = []
    while at < size:
        kind, at = _varint(body, at)
        kinds.append(kind)
    if at != size:
        raise Damaged("a header that ends inside a number")
    found: list[Value] = []
    for kind in kinds:
        value, at = _value(body, at, kind)
        found.append(value)
    if at != len(body):
        raise Damaged("more bytes than values")
    return tuple(found)


def _value(body: bytes, at: int, kind: int) -> tuple[Value, int]:
    if kind == 0:
        return None, at
    if kind in (8, 9):
        return kind - 8, at
    if kind in (10, 11):
        raise Damaged("a kind of value that no file has")
    width = (0, 1, 2, 3, 4, 6, 8, 8)[kind] if kind < 8 else (kind - 12) // 2
    raw = body[at : at + width]
    if len(raw) < width:
        raise Damaged("a value beyond the row")
    at += width
    if kind == 7:
        return float(struct.unpack(">d", raw)[0]), at
    if kind < 7:
        return int.from_bytes(raw, signed=True), at
    return (raw.decode("utf-8", "replace") if kind % 2 else raw), at
