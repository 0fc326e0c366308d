"""Opening the store: one SQLite file, its settings, its migrations, its statements."""

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import apsw

from ..clock import now_ms
from ..errors import StoreError, Unavailable, disk_full, from_system
from ..ids import uuid7
from .place import check_place, flush_folder
from .statements import STATEMENTS

__all__ = ["APPLICATION_ID", "SCHEMA_VERSION", "Database", "Row", "keyed", "migrations", "reached", "translated"]

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
        with reached(path):
            check_place(path)
            self._make_sure(readonly)
        flags = apsw.SQLITE_OPEN_READONLY if readonly else apsw.SQLITE_OPEN_READWRITE
        with translated(path):
            self.connection = apsw.Connection(str(path), flags=flags)
            try:
                self.connection.set_busy_timeout(busy_ms)
                # Else SQLite plans a statement anew when a value in it is another, which costs as much as running it.
                self.connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
                self._prepare(readonly)
                secret = self.value("SELECT value FROM meta WHERE name = 'secret'")
                # of stores whose exports were believed here
                self.others = tuple(bytes(row[0]) for row in self.all("other_secrets"))
            except BaseException:
                self.connection.close()
                raise
        if not isinstance(secret, bytes):
            self.connection.close()
            raise StoreError(f"{path} is damaged", why="its secret is gone", fix="run `holdfast doctor --repair`")
        self.secret = secret

    def _make_sure(self, readonly: bool) -> None:
        """The file is there; its owner alone can read it. Refuses to begin anew where a store was cut to nothing."""
        if not readonly and not self.path.exists():
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        elif readonly and not self.path.exists():
            raise Unavailable(f"there is no store at {self.path}", fix="start the daemon once: holdfast serve")
        elif self.path.stat().st_size == 0 and self._was_more():
            raise StoreError(
                f"{self.path} is empty",
                why="it was cut to nothing: what lies beside it shows that there was more",
                fix="run `holdfast doctor --repair`, or `holdfast restore` with the latest backup",
            )

    def _was_more(self) -> bool:
        wal = self.path.with_name(self.path.name + "-wal")
        backups = self.path.parent.glob(f"backups/{self.path.stem}-*.db")
        return (wal.exists() and wal.stat().st_size > 0) or any(backups)

    def _prepare(self, readonly: bool) -> None:
        # A file without a table is nobody's yet, also when whoever made it was stopped right then. Who makes one
        # meanwhile gives it its id before its tables, so they are looked for first.
        empty = not self.value("SELECT count(*) FROM sqlite_schema")
        found = self.value("PRAGMA application_id")
        fresh = empty and found == 0
        if fresh and readonly:
            raise StoreError(f"{self.path} is empty", fix="run `holdfast doctor`")
        if fresh:
            # In this order: the first write to the file fixes whether it can ever give pages back.
            self.connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            self.connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        elif found != APPLICATION_ID:
            raise StoreError(
                f"{self.path} is not a holdfast store",
                why=f"its application id is {found:#x}",
                fix="move it away, or point HOLDFAST_HOME elsewhere",
            )
        version = self._version()
        if readonly and version < SCHEMA_VERSION:
            raise StoreError(
                f"{self.path} has an older schema ({version})",
                fix="start the daemon once: holdfast serve",
            )
        for pragma in ("secure_delete = ON", "temp_store = MEMORY"):
            self.connection.execute(f"PRAGMA {pragma}")
        if not readonly:
            self.connection.execute("PRAGMA journal_mode = WAL")
            for pragma in ("synchronous = FULL", "fullfsync = ON", "wal_autocheckpoint = 1000"):
                self.connection.execute(f"PRAGMA {pragma}")
            if version < SCHEMA_VERSION:
                self._migrate(version)
        self.connection.execute("PRAGMA foreign_keys = ON")
        for name in ("words_of_memories", "words_of_events", "gathered_events"):
            self.connection.execute(STATEMENTS[name])

    def _version(self) -> int:
        version = int(self.value("PRAGMA user_version"))
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"{self.path} was written by a newer holdfast",
                why=f"its schema is {version}, this program knows up to {SCHEMA_VERSION}",
                fix="upgrade holdfast: pip install --upgrade holdfast",
            )
        return version

    def _migrate(self, version: int) -> None:
        """Bring the file to the newest schema, one version and one transaction at a time; a copy is made first.

        Foreign keys are off meanwhile, as rebuilding a table needs (sqlite.org/lang_altertable.html), so the
        references are counted instead: a version that breaks any is rolled back.
        """
        if version:
            folder = self.path.parent / "backups"
            with reached(folder):
                folder.mkdir(mode=0o700, exist_ok=True)
            self.backup(folder / f"{self.path.stem}-before-{SCHEMA_VERSION}.db")
        with self.transaction() if not version else contextlib.nullcontext():  # a new file is made whole or not at all
            for number, sql in migrations():
                with self.transaction():
                    self._reach(number, sql)
        # The schema lies in the file itself from now on, whatever happens to the files beside it.
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _reach(self, number: int, sql: str) -> None:
        """Bring the file to the next version, unless another process was faster."""
        if number <= self._version():
            return
        broken = self._broken_references()
        self.connection.execute(sql)
        if number == 1:
            self._first_values()
        if self._broken_references() > broken:
            raise StoreError(
                f"{self.path} was not brought to schema {number}",
                why="rows would have lost what they refer to",
                fix="stay with the previous version of holdfast and report this",
            )
        self.connection.execute(f"PRAGMA user_version = {number}")

    def _broken_references(self) -> int:
        return int(self.value("SELECT count(*) FROM pragma_foreign_key_check"))

    def _first_values(self) -> None:
        values = {
            "secret": os.urandom(32),
            "device": uuid7().bytes,
            "store": uuid7().bytes,
            "epoch": uuid7().bytes,
            "created": now_ms(),
        }
        for name, value in values.items():
            self.connection.execute("INSERT INTO meta VALUES (?, ?)", (name, value))

    # -- statements --

    def run(self, name: str, /, **values: Any) -> apsw.Cursor:
        """Execute the statement called `name` with named values; iterate the answer for its rows."""
        try:
            return self.connection.execute(STATEMENTS[name], values)
        except apsw.Error as error:
            self._explain(error)
            raise

    def each(self, name: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute the statement called `name` once for each of the rows, which hold its values in order."""
        try:
            self.connection.executemany(STATEMENTS[name], rows)
        except apsw.Error as error:
            self._explain(error)
            raise

    def one(self, name: str, /, **values: Any) -> Row | None:
        try:
            return self.connection.execute(STATEMENTS[name], values).fetchone()
        except (apsw.Error, UnicodeDecodeError) as error:
            self._explain(error)
            raise

    def all(self, name: str, /, **values: Any) -> list[Row]:
        try:
            return self.connection.execute(STATEMENTS[name], values).fetchall()
        except (apsw.Error, UnicodeDecodeError) as error:
            self._explain(error)
            raise

    def _explain(self, error: apsw.Error | UnicodeDecodeError) -> None:
        """Raises ours for an error of the file; others are the caller's."""
        if isinstance(error, UnicodeDecodeError):  # SQLite does not look at what a text holds
            raise _damaged(self.path, error) from error
        if not self.connection.in_transaction:  # there, `transaction` does it, after rolling back
            with translated(self.path):
                raise error

    def value(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Any:
        """The first column of the first row of a literal statement."""
        return self.connection.execute(sql, values).get

    def last_id(self) -> int:
        return self.connection.last_insert_rowid()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; inside another transaction it is a savepoint."""
        with translated(self.path):
            nested = self.connection.in_transaction
            self.connection.execute("SAVEPOINT part" if nested else "BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("RELEASE part" if nested else "COMMIT")
            except BaseException:
                if self.connection.in_transaction:  # on a full disk or an I/O error SQLite has rolled back by itself
                    self.connection.execute("ROLLBACK TO part" if nested else "ROLLBACK")
                    if nested:
                        self.connection.execute("RELEASE part")
                raise

    # -- texts --

    def digest(self, *parts: bytes) -> bytes:
        """16 bytes that only this store can compute."""
        return keyed(self.secret, *parts)

    def digests(self, part: bytes) -> list[bytes]:
        """The digest, and those that stores whose exports were believed here made of the same."""
        return [keyed(secret, part) for secret in (self.secret, *self.others)]

    def keep_text(self, text: str) -> int:
        """The id of `text`, stored once."""
        raw = text.encode("utf-8", "replace")
        hashed = self.digest(raw)
        made = self.run("insert_text", hash=hashed, body=raw.decode("utf-8")).fetchone()
        known = made or self.one("text_by_hash", hash=hashed)
        assert known is not None
        return int(known[0])

    def known_text(self, text: str) -> int | None:
        """The id of `text` when it is stored."""
        known = self.one("text_by_hash", hash=self.digest(text.encode("utf-8", "replace")))
        return None if known is None else int(known[0])

    def text(self, number: int | None) -> str | None:
        """The text with that id; None when it has none (erased)."""
        if number is None:
            return None
        row = self.one("text_by_id", id=number)
        return None if row is None else str(row[0])

    def backup(self, target: Path) -> None:
        """A consistent copy at `target`, made while others write. Overwrites it whole or not at all.

        The copy is one file, without -wal and -shm. It shows the store as it was when the copying began:
        what is committed meanwhile is not in it, and does not make the copying start again.
        """
        part = target.with_name(target.name + ".part")
        with reached(target), translated(target):
            part.unlink(missing_ok=True)
            os.close(os.open(part, os.O_CREAT | os.O_RDWR | os.O_EXCL, 0o600))
            try:
                self._copy_to(part)
                part.replace(target)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
            flush_folder(target.parent)

    def _copy_to(self, part: Path) -> None:
        with (
            contextlib.closing(apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READONLY)) as source,
            contextlib.closing(apsw.Connection(str(part))) as copy,
        ):
            source.set_busy_timeout(2_000)
            copy.execute("PRAGMA fullfsync = ON")
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_schema").fetchall()  # from here on it sees one moment
            with copy.backup("main", source, "main") as step:
                while not step.done:
                    step.step(500)
            copy.execute("PRAGMA journal_mode = DELETE").fetchall()

    def close(self) -> None:
        self.connection.close()


def keyed(secret: bytes, *parts: bytes) -> bytes:
    """16 bytes that only who knows the secret can compute."""
    hashed = hashlib.blake2b(digest_size=16, key=secret)
    for part in parts:
        hashed.update(len(part).to_bytes(8))
        hashed.update(part)
    return hashed.digest()


@contextlib.contextmanager
def reached(path: Path) -> Iterator[None]:
    """What the operating system says of a folder or file, as ours."""
    try:
        yield
    except OSError as error:
        raise from_system(path, error) from error


_FULL = "there is no space left for it"


def _said(error: apsw.Error) -> str:
    """SQLite's words; where it has none (a copy fails in its target, of which the source knows nothing) its code."""
    said = str(error)
    if said != "not an error":
        return said
    code = getattr(error, "extendedresult", 0)
    return str(apsw.mapping_extended_result_codes.get(code, f"SQLite's error {code}"))


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's errors as ours, with what to do about them."""
    try:
        yield
    except apsw.FullError as error:
        raise disk_full(path, _FULL) from error
    except (apsw.BusyError, apsw.LockedError, apsw.ProtocolError) as error:
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
        if getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_SHMSIZE:  # no room for the -shm beside it
            raise disk_full(path, _FULL) from error
        raise Unavailable(
            "nothing was saved: the disk reported an error",
            why=_said(error),
            fix="check the disk, then `holdfast doctor`",
        ) from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> StoreError:
    return StoreError(f"{path} is damaged", why=str(error), fix="run `holdfast doctor --repair`")
