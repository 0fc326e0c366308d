"""Opening the store: one SQLite file, its settings, its migrations, its statements."""

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import apsw

from ..clock import now_ms
from ..errors import StoreError, Unavailable
from ..ids import uuid7
from .place import check_place
from .statements import STATEMENTS

__all__ = ["APPLICATION_ID", "SCHEMA_VERSION", "Database", "Row", "migrations"]

APPLICATION_ID = 0x686F6C64  # "hold", in the header of the file
Row = tuple[Any, ...]


def migrations() -> list[tuple[int, str]]:
    """(version, SQL) of every migration, oldest first."""
    found = []
    for file in files(__package__).joinpath("migrations").iterdir():
        if file.name.endswith(".sql"):
            found.append((int(file.name[:4]), file.read_text("utf-8")))
    return sorted(found)


SCHEMA_VERSION = migrations()[-1][0]


class Database:
    """One connection. `run` executes a named statement; `transaction` makes several of them one."""

    def __init__(self, path: Path, *, readonly: bool = False, busy_ms: int = 2_000) -> None:
        """Raises StoreError (foreign, newer, damaged, on a network) and Unavailable (locked, read-only, no space)."""
        self.path = path
        check_place(path)
        flags = apsw.SQLITE_OPEN_READONLY if readonly else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        with translated(path):
            if not readonly and not path.exists():
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self.connection = apsw.Connection(str(path), flags=flags)
            self.connection.set_busy_timeout(busy_ms)
            self._prepare(readonly)
        self.secret = bytes(self.value("SELECT value FROM meta WHERE name = 'secret'"))

    def _prepare(self, readonly: bool) -> None:
        fresh = not self.value("PRAGMA page_count")
        if fresh and readonly:
            raise StoreError(f"{self.path} is empty", fix="run `holdfast doctor`")
        if fresh:
            self.connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self.connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        elif (found := self.value("PRAGMA application_id")) != APPLICATION_ID:
            raise StoreError(
                f"{self.path} is not a holdfast store",
                why=f"its application id is {found:#x}",
                fix="move it away, or point HOLDFAST_HOME elsewhere",
            )
        version = self.value("PRAGMA user_version")
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"{self.path} was written by a newer holdfast",
                why=f"its schema is {version}, this program knows up to {SCHEMA_VERSION}",
                fix="upgrade holdfast: pip install --upgrade holdfast",
            )
        if readonly and version < SCHEMA_VERSION:
            raise StoreError(
                f"{self.path} has an older schema ({version})",
                fix="start the daemon once: holdfast serve",
            )
        for pragma in ("foreign_keys = ON", "secure_delete = ON", "temp_store = MEMORY"):
            self.connection.execute(f"PRAGMA {pragma}")
        if readonly:
            return
        self.connection.execute("PRAGMA journal_mode = WAL")
        for pragma in ("synchronous = FULL", "fullfsync = ON", "wal_autocheckpoint = 1000"):
            self.connection.execute(f"PRAGMA {pragma}")
        if version < SCHEMA_VERSION:
            self._migrate(version)

    def _migrate(self, version: int) -> None:
        if version:
            self.backup(self.path.with_name(f"{self.path.stem}-before-{SCHEMA_VERSION}.db"))
        for number, sql in migrations():
            if number <= version:
                continue
            with self.transaction():
                self.connection.execute(sql)
                if number == 1:
                    self._first_values()
                self.connection.execute(f"PRAGMA user_version = {number}")

    def _first_values(self) -> None:
        values = {
            "secret": os.urandom(32),
            "device": uuid7().bytes,
            "store": uuid7().bytes,
            "created": now_ms(),
        }
        for name, value in values.items():
            self.connection.execute("INSERT INTO meta VALUES (?, ?)", (name, value))

    # -- statements --

    def run(self, name: str, **values: Any) -> apsw.Cursor:
        """Execute the statement called `name` with named values; iterate the answer for its rows."""
        return self.connection.execute(STATEMENTS[name], values)

    def one(self, name: str, **values: Any) -> Row | None:
        return self.run(name, **values).fetchone()

    def all(self, name: str, **values: Any) -> list[Row]:
        return self.run(name, **values).fetchall()

    def value(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Any:
        """The first column of the first row of a literal statement."""
        return self.connection.execute(sql, values).get

    def last_id(self) -> int:
        return self.connection.last_insert_rowid()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; inside another transaction it is a savepoint."""
        with translated(self.path):
            if self.connection.in_transaction:
                with self.connection:
                    yield
                return
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        if self.connection.in_transaction:  # SQLite rolls back by itself on a full disk or an I/O error
            self.connection.execute("ROLLBACK")

    # -- texts --

    def digest(self, *parts: bytes) -> bytes:
        """16 bytes that only this store can compute."""
        hashed = hashlib.blake2b(digest_size=16, key=self.secret)
        for part in parts:
            hashed.update(len(part).to_bytes(8))
            hashed.update(part)
        return hashed.digest()

    def keep_text(self, text: str) -> int:
        """The id of `text`, stored once."""
        text = text.encode("utf-8", "replace").decode("utf-8")
        hashed = self.digest(text.encode())
        known = self.one("text_by_hash", hash=hashed)
        if known:
            return int(known[0])
        self.run("insert_text", hash=hashed, body=text)
        return self.last_id()

    def text(self, number: int | None) -> str | None:
        """The text with that id; None when it has none (erased)."""
        if number is None:
            return None
        row = self.one("text_by_id", id=number)
        return None if row is None else str(row[0])

    def backup(self, target: Path) -> None:
        """A consistent copy at `target`, made while others write. Overwrites it whole or not at all."""
        part = target.with_name(target.name + ".part")
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_RDWR, 0o600))
        with translated(part):
            copy = apsw.Connection(str(part))
            try:
                with copy.backup("main", self.connection, "main") as step:
                    while not step.done:
                        step.step(2_000)
            finally:
                copy.close()
        with part.open("rb") as handle:
            os.fsync(handle.fileno())
        part.replace(target)

    def close(self) -> None:
        self.connection.close()


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's errors as ours, with what to do about them."""
    try:
        yield
    except apsw.FullError as error:
        raise Unavailable(
            "nothing was saved: the disk is full",
            why=str(error),
            fix=f"free some space on the disk of {path.parent}",
        ) from error
    except (apsw.BusyError, apsw.LockedError) as error:
        raise Unavailable(
            f"{path} is locked by another process",
            why=str(error),
            fix="close the program that has it open, then retry",
        ) from error
    except (apsw.ReadOnlyError, apsw.PermissionsError) as error:
        raise Unavailable(
            f"{path} cannot be written",
            why=str(error),
            fix=f"check the permissions of {path.parent}",
        ) from error
    except apsw.CantOpenError as error:
        raise Unavailable(
            f"{path} cannot be opened",
            why=str(error),
            fix=f"check that {path.parent} exists and is yours",
        ) from error
    except apsw.IOError as error:
        raise Unavailable(
            "nothing was saved: the disk reported an error",
            why=str(error),
            fix="check the disk, then `holdfast doctor`",
        ) from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise StoreError(f"{path} is damaged", why=str(error), fix="run `holdfast doctor --repair`") from error
