"""What can be read of a damaged store, carried into a new file."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import apsw

from ..database import SCHEMA_VERSION, Row
from ..statements import STATEMENTS
from .check import SEARCH_INDEXES
from .file import advance, blank, companion, unchanging
from .gaps import Salvaged, add, complete
from .pages import INDEX_INTERIOR, INDEX_LEAF, TABLE_INTERIOR, TABLE_LEAF, Damaged, Pages, Record, Value

__all__ = ["salvage"]

_PAGE = 4096  # bytes; what SQLite chooses for a new file, and never changes
_CHECKED = {"INTEGER": (int,), "TEXT": (str,), "REAL": (float, int)}


@dataclass(frozen=True, slots=True)
class Table:
    """A table as rows of it lie in the file: its columns in their stored order, and what each may hold."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    required: tuple[bool, ...]
    rowid: int | None  # which column is the row's number; None: WITHOUT ROWID, or none is
    clustered: bool  # WITHOUT ROWID

    def row(self, record: Record) -> tuple[Value, ...] | None:
        """The record as a row of this table; None when it cannot be one."""
        values = list(record.values)
        if not 0 < len(values) <= len(self.columns) or (record.rowid is None) != self.clustered:
            return None
        if self.rowid is not None and self.rowid < len(values):
            values[self.rowid] = record.rowid
        for value, kind, required in zip(values, self.types, self.required, strict=False):
            if value is None:
                if required:
                    return None
            elif kind in _CHECKED and not isinstance(value, _CHECKED[kind]):
                return None
        return tuple(values)


def salvage(damaged: Path, fresh: Path, *, backup: Path | None) -> Salvaged:
    """Make a new store at `fresh` from what can be read of `damaged` and its -wal. Writes nothing but `fresh`.

    Nobody else may have `damaged` open. `backup` (sound, of the same store) fills gaps with what is never deleted:
    values of the store, projects, sessions, the log, and the texts that what was read still refers to.
    """
    done = Salvaged()
    fresh.unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_CREAT | os.O_RDWR | os.O_EXCL, 0o600))
    pages = Pages(damaged, companion(damaged, "wal"), _PAGE)
    connection = apsw.Connection(str(fresh), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        version = _version(pages)
        blank(connection, version)
        connection.execute("PRAGMA journal_mode = MEMORY").fetchall()
        connection.execute("PRAGMA synchronous = OFF")  # whoever puts the file in its place flushes it
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
        with connection:
            _read(pages, connection, done)
        advance(connection, version)
        with connection:
            if backup is None:
                complete(connection, None, done)
            else:
                with unchanging(backup) as copy:
                    complete(connection, copy, done)
            for name in SEARCH_INDEXES:
                connection.execute(STATEMENTS[f"care_rebuild_{name}"])
    finally:
        connection.close()
        pages.close()
    return done


def _version(pages: Pages) -> int:
    """The schema that the header names, else the newest that we know."""
    named = int.from_bytes(pages.page(1)[60:64]) if pages.count else 0
    return named if 1 <= named <= SCHEMA_VERSION else SCHEMA_VERSION


# -- reading the pages --


def _read(pages: Pages, connection: apsw.Connection, done: Salvaged) -> None:
    tables, roots = _trees(pages, connection)
    done.unreadable_pages = pages.cut
    for table, rows in _rows(pages, tables, roots, done):
        for row in rows:
            if table.name == "sqlite_sequence":
                connection.execute(STATEMENTS["care_count_from"], row)
                continue
            add(connection, table.name, table.columns[: len(row)], row)
            if connection.changes():
                done.recovered[table.name] += 1
            else:
                done.unreadable_rows += 1


def _trees(pages: Pages, connection: apsw.Connection) -> tuple[dict[int, Table], dict[int, int]]:
    """The table that begins at each root, and the root of each page."""
    rows: list[Row] = connection.execute("SELECT name, rootpage FROM sqlite_schema").fetchall()
    known: dict[str, int] = dict(rows)
    # A new file has its trees where this one had them when it was made; what it says itself goes before that.
    schema_pages = [number for number, root in pages.roots({1}).items() if root == 1]
    for record in (each for number in schema_pages for each in _records(pages, number, TABLE_LEAF)):
        name, at = (record.values[1], record.values[3]) if record and len(record.values) == 5 else (None, None)
        if isinstance(name, str) and name in known and isinstance(at, int) and 1 < at <= pages.count:
            known[name] = at
    tables = {known[table.name]: table for table in _tables(connection)}
    return tables, pages.roots({1, *(root for root in known.values() if root)})


def _tables(connection: apsw.Connection) -> Iterator[Table]:
    for _, name, kind, _, clustered, *_ in connection.execute("PRAGMA main.table_list").fetchall():
        if kind != "table" or name == "sqlite_schema":
            continue
        columns: list[Row] = connection.execute(f'PRAGMA table_info("{name}")').fetchall()
        if clustered:  # the primary key comes first in its rows
            columns.sort(key=lambda column: column[5] or 1_000)
        keys = [at for at, column in enumerate(columns) if column[5]]
        numbered = not clustered and len(keys) == 1 and columns[keys[0]][2] == "INTEGER"
        yield Table(
            name=str(name),
            columns=tuple(str(column[1]) for column in columns),
            types=tuple(str(column[2]) for column in columns),
            required=tuple(bool(column[3]) for column in columns),
            rowid=keys[0] if numbered else None,
            clustered=bool(clustered),
        )


def _rows(
    pages: Pages, tables: dict[int, Table], roots: dict[int, int], done: Salvaged
) -> Iterator[tuple[Table, list[tuple[Value, ...]]]]:
    """The readable rows of each page that belongs to a table."""
    for number in range(1, pages.count + 1):
        root, kind = roots.get(number), pages.page(number)[0]
        if root is None and kind == TABLE_LEAF:
            table = _guessed(pages, number, tables.values())
            done.unreadable_pages += table is None
        else:
            table = tables.get(root or 0)
        if table is None or (kind == TABLE_INTERIOR and not table.clustered):
            continue
        fits = (INDEX_LEAF, INDEX_INTERIOR) if table.clustered else (TABLE_LEAF,)
        records = _records(pages, number, kind if kind in fits else fits[0])
        rows = [None if record is None else table.row(record) for record in records]
        readable = [row for row in rows if row is not None]
        # Only the root of a table without rows is a page without rows.
        if not readable and (kind not in fits or (not records and root != number)):
            done.unreadable_pages += 1
            continue
        done.unreadable_rows += len(rows) - len(readable)
        yield table, readable


def _records(pages: Pages, number: int, kind: int) -> list[Record | None]:
    try:
        return list(pages.rows(number, kind))
    except Damaged:
        return []


def _guessed(pages: Pages, number: int, tables: Iterable[Table]) -> Table | None:
    """The only table whose rows these can be. Pages of indexes are not guessed: tables WITHOUT ROWID look like them."""
    records = [record for record in _records(pages, number, TABLE_LEAF) if record is not None]
    fitting = [
        table
        for table in tables
        if records and all(len(record.values) == len(table.columns) and table.row(record) for record in records)
    ]
    return fitting[0] if len(fitting) == 1 else None
