"""Reading transcripts: from where the last read ended, whole lines only, whatever has become of the file meanwhile.

`next_batch` is pure reading and may run in any process; `Tails` remembers positions, in the transaction that takes
what was read. A file is known by device, inode and the hash of its first bytes: replaced, truncated or rewritten, it
is read from its start again, and the keys of its lines keep everything from being taken twice.
"""

import contextlib
import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from operator import attrgetter
from pathlib import Path
from typing import Any, Protocol

from ..errors import Refused
from ..store.database import Database, Row
from .events import Draft, Lines, SessionFacts

__all__ = ["Batch", "LineReader", "Position", "ReceiptNote", "Tails", "next_batch"]

HEAD = 4096  # bytes whose hash tells whether a file is still the same
# Bytes read at a time, so that taking them holds the writer for milliseconds; a longer line is read whole.
CHUNK = 64 * 1024
LINE_LIMIT = 64 * 1024 * 1024  # a longer line is left out, and said
_LINE_START = re.compile(r'\{"(?:parentUuid|type|uuid|isSidechain|sessionId)"')
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Position:
    """Where the last read of a file ended, and what file that was. All zero: never read."""

    file: int
    device: int = 0
    inode: int = 0
    head: str = ""  # SHA-256 (hex) of the first head_size bytes
    head_size: int = 0
    read_to: int = 0
    state: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ReceiptNote:
    """A delivery that a transcript shows, whole or cut."""

    mark: str
    session: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """What one read gave: bytes start to stop of a file, as drafts in order, and where the next read begins."""

    position: Position
    start: int
    size: int
    facts: tuple[SessionFacts, ...] = ()
    drafts: tuple[Draft, ...] = ()
    receipts: tuple[ReceiptNote, ...] = ()
    bad_lines: int = 0

    @property
    def finished(self) -> bool:
        """Whether nothing but (at most) a half line is left."""
        return self.position.read_to == self.start

    def dump(self) -> dict[str, Any]:
        """JSON-ready, for the wire."""
        return {
            "position": asdict(self.position),
            "start": self.start,
            "size": self.size,
            "facts": [asdict(each) for each in self.facts],
            "drafts": [_dumped(each) for each in self.drafts],
            "receipts": [asdict(each) for each in self.receipts],
            "bad_lines": self.bad_lines,
        }

    @classmethod
    def load(cls, shape: Mapping[str, Any]) -> "Batch":
        """The batch that `dump` wrote. Raises KeyError, TypeError or ValueError on anything else."""
        return cls(
            position=Position(**shape["position"]),
            start=shape["start"],
            size=shape["size"],
            facts=tuple(SessionFacts(**each) for each in shape["facts"]),
            drafts=tuple(_loaded(*each) for each in shape["drafts"]),
            receipts=tuple(ReceiptNote(**each) for each in shape["receipts"]),
            bad_lines=shape["bad_lines"],
        )


_REST = attrgetter(*[field_.name for field_ in fields(Draft) if field_.name not in ("keys", "seen")])


def _dumped(draft: Draft) -> list[Any]:
    """The values alone: with their names, and by `asdict`, they would cost more than all the reading."""
    seen = draft.seen
    assert isinstance(seen, Lines)
    return [draft.keys, [seen.file, seen.start, seen.stop, seen.sha256.hex()], *_REST(draft)]


def _loaded(keys: list[str], seen: list[Any], kind: str, at: int, *rest: Any) -> Draft:
    file, start, stop, sha256 = seen
    return Draft(kind, at, tuple(keys), Lines(file, start, stop, bytes.fromhex(sha256)), *rest)


_BEGINNING = 64  # bytes of a file without a whole line that show whether it may become a transcript


class LineReader(Protocol):
    """What a host's transcript reader does with each decoded line, in order."""

    def read(self, line: Mapping[str, Any], seen: Lines) -> Any: ...

    def state(self) -> dict[str, Any]: ...


def next_batch(
    path: Path,
    position: Position,
    reader: Callable[[Mapping[str, Any] | None], LineReader],
    *,
    chunk: int = CHUNK,
) -> Batch:
    """Read on from `position`, about `chunk` bytes. Raises OSError, and Refused for a file that is no transcript."""
    with open(path, "rb", opener=_without_waiting) as file:  # Path.open takes no opener
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Refused(f"{path} is not a file", why="a pipe or device never ends", fix="give a `.jsonl` file")
        start, state = _resume(file, status, position)
        file.seek(0)
        head_size = min(HEAD, status.st_size)
        head = hashlib.sha256(file.read(head_size)).hexdigest()
        file.seek(start)
        data, left_out = _whole_lines(file, chunk)
        if start == 0 and not data:
            file.seek(0)
            begun = file.read(_BEGINNING).removeprefix(b"\xef\xbb\xbf").lstrip()
            no_line = bool(begun) and not begun.startswith(b"{")
        else:
            no_line = False
    lines = reader(state)
    collected = _Collected(bad=1 if left_out else 0)
    at = start + left_out
    for raw in _split(data):
        stop = at + len(raw)
        seen = Lines(position.file, at, stop, hashlib.sha256(raw).digest())
        collected.take(raw, seen, lines)
        at = stop
    if start == 0 and (no_line or collected.bad) and not collected.good:
        raise Refused(
            f"{path} is not a Claude Code transcript",
            why="it does not begin with lines that are JSON objects with a type",
            fix="give a `.jsonl` file from `~/.claude/projects`",
        )
    after = Position(position.file, status.st_dev, status.st_ino, head, head_size, at, lines.state())
    return Batch(
        after, start, status.st_size, tuple(map(_merged, collected.facts.values())), tuple(collected.drafts),
        tuple(collected.receipts), collected.bad,
    )  # fmt: skip


@dataclass(slots=True)
class _Collected:
    facts: dict[str, list[SessionFacts]] = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=list)
    receipts: list[ReceiptNote] = field(default_factory=list)
    bad: int = 0
    good: int = 0

    def take(self, raw: bytes, seen: Lines, reader: LineReader) -> None:
        if not raw.strip():
            return
        lines = [line for line in _decode(raw) if isinstance(line.get("type"), str)]
        self.bad += not lines
        self.good += len(lines)
        for line in lines:
            try:
                told = reader.read(line, seen)
            except Exception:  # noqa: BLE001  # of whatever shape: one line must not stop those behind it
                self.bad += 1
            else:
                self._told(told)

    def _told(self, told: Any) -> None:
        if told.facts is not None:
            self.facts.setdefault(told.facts.name, []).append(told.facts)
        self.drafts.extend(told.drafts)
        self.receipts.extend(told.receipts)


def _merged(told: Sequence[SessionFacts]) -> SessionFacts:
    """The first cwd and time count for where a session began; `last` carries the last time it was heard."""
    if len(told) == 1:
        return told[0]
    return replace(
        told[0],
        last=max(each.last or each.at for each in told),
        at=min(each.at for each in told),
        cwd=next((each.cwd for each in told if each.cwd), None),
        version=next((each.version for each in reversed(told) if each.version), None),
        branch=next((each.branch for each in reversed(told) if each.branch), None),
        attended=next((each.attended for each in told if each.attended is not None), None),
    )


def _resume(file: Any, status: os.stat_result, position: Position) -> tuple[int, Mapping[str, Any] | None]:
    same = (
        (position.device, position.inode) == (status.st_dev, status.st_ino)
        and status.st_size >= position.read_to
        and hashlib.sha256(file.read(position.head_size)).hexdigest() == position.head
    )
    return (position.read_to, position.state) if same else (0, None)


def _without_waiting(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_NONBLOCK)  # a pipe of that name has no end


def _split(data: bytes) -> Iterator[bytes]:
    """The lines, each with its end; of CR and the like, which split() of text would take for one, none is."""
    start = 0
    while start < len(data):
        stop = data.find(b"\n", start) + 1 or len(data)
        yield data[start:stop]
        start = stop


def _whole_lines(file: Any, chunk: int) -> tuple[bytes, int]:
    """The next complete lines, and how many bytes of a line over the limit lie before them (then there are none).

    Nothing when only a half line is left. The last line of a file may lack its end (a file that was copied, or whose
    writer is about to add it): it is complete when it is a JSON object, of which no beginning is one.
    """
    data: bytes = file.read(chunk)
    end = data.rfind(b"\n")
    if end >= 0:
        return data[: end + 1], 0
    parts = [data]
    length = len(data)
    while data:
        data = file.read(max(chunk, min(length, 4 * CHUNK)))
        end = data.find(b"\n")
        if end >= 0:
            length += end + 1
            parts.append(data[: end + 1])
            return (b"".join(parts), 0) if length <= LINE_LIMIT else (b"", length)
        length += len(data)
        parts = [*parts, data] if length <= LINE_LIMIT else []
    last = b"".join(parts)
    if last.rstrip().endswith(b"}"):
        with contextlib.suppress(ValueError, RecursionError):
            json.loads(last.decode("utf-8", "replace"))
            return last, 0
    return b"", 0


def _decode(raw: bytes) -> list[dict[str, Any]]:
    """The JSON object of a line; of several that a crash glued together, those that are whole."""
    text = raw.decode("utf-8", "replace").lstrip("\ufeff")
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return list(_glued(text))
    return [line] if isinstance(line, dict) else []


def _glued(text: str) -> Iterator[dict[str, Any]]:
    at = 0
    for _ in range(50):
        found = _LINE_START.search(text, at)
        if found is None:
            return
        at = found.start() + 1
        try:
            line, stop = _DECODER.raw_decode(text, found.start())
        except (ValueError, RecursionError):
            continue
        if text[stop : stop + 1] in ("{", "\r", "\n", ""):  # else it is a part of a line that was cut
            yield line
            at = stop


def _position(row: Row) -> Position:
    file, device, inode, head, head_size, read_to, state = row
    return Position(file, device, inode, (head or b"").hex(), head_size, read_to, json.loads(state) if state else None)


def _stored(path: Path) -> str:
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")


class Tails:
    """Positions of the files of one store. Call inside a transaction of the caller's."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def position(self, host: str, path: Path) -> Position:
        """Where to read on in a file, which is noted when it is new."""
        name = _stored(path)
        row = self._db.one("file_by_path", path=name)
        if row is None:
            self._db.run("insert_file", host=host, path=name)
            return Position(self._db.last_id())
        return _position(row)

    def reached(self, file: int) -> Position | None:
        """The same by a file's number; None when it is not known any more."""
        row = self._db.one("file_by_id", id=file)
        return None if row is None else _position(row)

    def drop(self, path: Path) -> None:
        """Know nothing of a file of which nothing was ever taken: it is no transcript."""
        self._db.run("drop_unread_file", path=_stored(path))

    def current(self, batch: Batch) -> bool:
        """Whether nobody else has read on since the batch was read."""
        row = self._db.one("file_read_to", id=batch.position.file)
        return row is not None and (row[0] == batch.start or batch.start == 0)

    def moved(self, batch: Batch) -> None:
        """Note that a batch was taken."""
        after = batch.position
        self._db.run(
            "update_file", id=after.file, device=after.device, inode=after.inode, head=bytes.fromhex(after.head),
            head_size=after.head_size, read_to=after.read_to, size=batch.size,
            state=json.dumps(after.state) if after.state else None,
        )  # fmt: skip
