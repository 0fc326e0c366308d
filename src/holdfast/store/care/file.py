"""The store as a file: how it is opened without our settings, and how one takes the place of another."""

import contextlib
import fcntl
import functools
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import apsw

from ...errors import Unavailable
from ..database import APPLICATION_ID, SCHEMA_VERSION, migrations, reached, translated
from ..place import flush_folder

__all__ = [
    "advance",
    "aside",
    "blank",
    "companion",
    "moment",
    "opened",
    "schema_in",
    "schema_of",
    "swap",
    "unchanging",
]

_LOCK_START, _LOCK_BYTES = (
    0x4000_0000,
    512,
)  # the bytes that SQLite locks (sqlite.org/fileformat2.html#the_lock_byte_page)


def moment(now_ms: int) -> str:
    """A time for file names, UTC: YYYYMMDD-HHMMSS."""
    return datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y%m%d-%H%M%S")


def companion(path: Path, kind: str) -> Path:
    """The file that SQLite keeps beside the store: kind is wal or shm."""
    return path.with_name(f"{path.name}-{kind}")


def aside(path: Path, word: str, now_ms: int) -> Path:
    """A free name beside the store for a file that is put away: holdfast-<word>-YYYYMMDD-HHMMSS.db."""
    name = f"{path.stem}-{word}-{moment(now_ms)}"
    for ending in ("", *(f"-{number}" for number in range(2, 10_000))):
        found = path.with_name(f"{name}{ending}{path.suffix}")
        if not found.exists():
            return found
    raise Unavailable(f"there are too many files named {name}", fix=f"remove some of them from {path.parent}")


# -- opening without our settings --


@contextlib.contextmanager
def opened(path: Path) -> Iterator[apsw.Connection]:
    """A bare connection for writing to a file that exists."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.set_busy_timeout(2_000)
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def unchanging(path: Path) -> Iterator[apsw.Connection]:
    """A bare connection to a file that nobody writes: nothing is made beside it, and its disk may be read-only.

    A copy that still has a -wal with it is opened as SQLite does by default, so that nothing of it is missed.
    """
    wal = companion(path, "wal")
    if wal.exists() and wal.stat().st_size:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    else:
        name = f"file:{quote(os.fsencode(path.absolute()))}?immutable=1"
        connection = apsw.Connection(name, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    try:
        yield connection
    finally:
        connection.close()


def blank(connection: apsw.Connection, version: int = SCHEMA_VERSION) -> None:
    """Give an empty file the schema of that version, with no row in it."""
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA secure_delete = ON")
    with connection:
        for number, sql in migrations():
            if number <= version:
                connection.execute(sql)
        connection.execute(f"PRAGMA user_version = {version}")


def advance(connection: apsw.Connection, version: int) -> None:
    """Bring an open file from that schema to the newest. For files that nobody has yet: no copy is made first."""
    with connection:
        for number, sql in migrations():
            if number > version:
                connection.execute(sql)
                connection.execute(f"PRAGMA user_version = {number}")


@functools.cache
def schema_of(version: int) -> frozenset[tuple[str, str, str]]:
    """(type, name, SQL) of everything that the schema of that version makes."""
    connection = apsw.Connection(":memory:")
    blank(connection, version)
    found = schema_in(connection)
    connection.close()
    return found


def schema_in(connection: apsw.Connection) -> frozenset[tuple[str, str, str]]:
    """The same, of the file that is open."""
    # What SQLite makes for itself (statistics, say) is no difference; a trigger is, whatever it calls itself.
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL"
        " AND NOT (type = 'table' AND name IN ('sqlite_sequence', 'sqlite_stat1', 'sqlite_stat4'))"
    )
    return frozenset((str(kind), str(name), str(sql)) for kind, name, sql in rows)


# -- changing places --


def swap(path: Path, fresh: Path, kept: Path) -> Path | None:
    """Let `fresh` take the place of the store at `path`, which stays as `kept`; None when there was none.

    At every moment a whole file lies at `path`. What was in the old -wal goes with the old file. The caller has
    closed its own connections. Raises Unavailable, with nothing changed, when another program has the store open.
    """
    with reached(path), translated(path):
        _flush(fresh)
        if not path.exists():
            _put_away(path, kept)
            fresh.replace(path)
            flush_folder(path.parent)
            return None
        if path.stat().st_size:  # SQLite removes the -wal of an empty file
            with contextlib.suppress(apsw.CorruptError, apsw.NotADBError), opened(path) as connection:
                # Takes everything out of the -wal, and is refused while anybody else has the file open.
                connection.execute("PRAGMA journal_mode = DELETE").fetchall()
        with _locked(path):
            os.link(path, kept)
            _put_away(path, kept)
            flush_folder(path.parent)
            fresh.replace(path)
            flush_folder(path.parent)
    return kept


def _put_away(path: Path, kept: Path) -> None:
    # Before the new file comes: SQLite would play an old -wal into it.
    with contextlib.suppress(FileNotFoundError):
        companion(path, "wal").rename(companion(kept, "wal"))
    companion(path, "shm").unlink(missing_ok=True)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Nobody else can use the file. Works for one that SQLite cannot open, as the locks are the system's."""
    handle = os.open(path, os.O_RDWR)
    try:
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCK_BYTES, _LOCK_START)
        except (BlockingIOError, PermissionError) as error:
            raise Unavailable(
                f"{path} is locked by another process", why=str(error), fix="close the program that has it open"
            ) from error
        yield
    finally:
        os.close(handle)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
