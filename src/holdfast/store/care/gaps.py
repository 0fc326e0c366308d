"""The gaps of a store that was read from a damaged file: filled from the last backup, else closed and counted."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import apsw

from ...clock import now_ms
from ...ids import uuid7
from ..database import Database, Row, keyed
from ..statements import STATEMENTS
from .check import JSON_COLUMNS

__all__ = ["Salvaged", "add", "complete", "rebuild_keeping", "rehash", "relink"]

# Rows of these are never deleted, so one that the backup has and the file has not was lost; of `sealed` those go that
# an erase or a redaction takes along.
_FROM_BACKUP = ("projects", "sessions", "changes", "sealed", "audit")
_COUNTED = ("events", "memories", "deliveries")


@dataclass(slots=True)
class Salvaged:
    """Rows per table that were read, came from the backup, or are lost; `unreadable` pages and rows of the file.

    lost: by table, what the last backup has and the new file has not; `texts`: rows that have lost their text.
    altered: texts that are not what was stored, and are kept as they were found. doubtful: changes (seq) likewise.
    """

    recovered: Counter[str] = field(default_factory=Counter)
    from_backup: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    unreadable_pages: int = 0
    unreadable_rows: int = 0
    altered: int = 0
    doubtful: list[int] = field(default_factory=list)
    without_history: int = 0

    @property
    def complete(self) -> bool:
        """Whether nothing is known to be missing."""
        return not (self.unreadable_pages or self.unreadable_rows or self.lost or self.altered)


def add(connection: apsw.Connection, table: str, columns: tuple[str, ...], row: tuple[object, ...]) -> None:
    """Insert a row, unless one with the same key is there or it breaks a rule of the table: see `changes()`."""
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" * len(columns))
    sql = f'INSERT OR IGNORE INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608 - names of our schema
    connection.execute(sql, row)


def complete(connection: apsw.Connection, copy: apsw.Connection | None, done: Salvaged) -> None:
    if copy is not None and not _same_store(connection, copy):
        copy = None
    secret = _values(connection, copy, done)
    if copy is not None:
        for table in _FROM_BACKUP:
            _fill(connection, copy, table, done)
        _headers(connection, copy, done)
        _fill_texts(connection, copy, done)
    done.altered = rehash(connection, secret, copy, done.from_backup)
    _bodies(connection, secret, copy, done)
    for (table, column), instead in JSON_COLUMNS.items():
        sql = f'UPDATE "{table}" SET "{column}" = ? WHERE NOT json_valid("{column}")'  # noqa: S608 - names of ours
        connection.execute(sql, (instead,))
        done.altered += connection.changes()
    for entity in _entities(connection, "redact"):
        connection.execute(STATEMENTS["care_empty_redacted"], {"entity": entity})
        connection.execute(STATEMENTS["sealed_drop_unnamed"], {"memory": entity, "keep": b""})
    done.without_history = len(connection.execute(STATEMENTS["care_unbacked_memories"]).fetchall())
    if copy is not None:
        for table in (*_FROM_BACKUP, *_COUNTED):
            missing = len(_missing(connection, copy, table))
            if missing:
                done.lost[table] += missing
    connection.execute(STATEMENTS["care_lost_sessions"])
    done.lost += relink(connection)
    if not done.complete:
        connection.execute(STATEMENTS["care_read_again"])


def _bodies(connection: apsw.Connection, secret: bytes, copy: apsw.Connection | None, done: Salvaged) -> None:
    """Bodies of changes that are not what their header says: from the backup, else gone when they cannot be read."""
    rows: list[Row] = connection.execute(STATEMENTS["care_bodies"]).fetchall()
    for seq, name, own, digest, patch, body in rows:
        if _digest(secret, patch, body) == digest:
            continue
        earlier = None if copy is None else copy.execute(STATEMENTS["care_body"], {"id": name}).fetchone()
        if earlier is not None and _digest(secret, earlier[0], body) == digest:
            connection.execute(STATEMENTS["care_set_patch"], {"seq": seq, "patch": earlier[0]})
            done.from_backup["changes"] += 1
        elif not _is_object(bytes(patch)):
            connection.execute(STATEMENTS["care_set_patch"], {"seq": seq, "patch": None})
            done.lost["changes without their body"] += 1
        elif own:  # those of other stores were hashed with another secret
            done.doubtful.append(seq)


def _digest(secret: bytes, patch: object, body: object) -> bytes:
    parts = [each for each in (patch, body) if isinstance(each, bytes)]
    return keyed(secret, *parts)


def _is_object(raw: bytes) -> bool:
    try:
        return isinstance(json.loads(raw), dict)
    except (ValueError, RecursionError):
        return False


def rebuild_keeping(database: Database, rebuild: Callable[[], None]) -> None:
    """Make the projections of the log anew, and keep the memories that it can no longer make as they are."""
    with database.transaction():
        kept = database.all("care_unbacked_memories")
        columns = tuple(str(row[1]) for row in database.connection.execute('PRAGMA table_info("memories")'))
        rebuild()
        bodies = {row[0] for row in database.all("care_bodies_of_memories")}
        for row in kept:
            if row[columns.index("body")] in bodies:
                continue  # it was made anew under its right id
            add(database.connection, "memories", columns, row)


def _same_store(connection: apsw.Connection, copy: apsw.Connection) -> bool:
    mine, other = (dict(each.execute(STATEMENTS["care_meta"])) for each in (connection, copy))
    return "store" not in mine or mine["store"] == other.get("store")


def _values(connection: apsw.Connection, copy: apsw.Connection | None, done: Salvaged) -> bytes:
    """The store's own values, complete; the secret among them. Its epoch is new: rows may be missing."""
    values = dict(connection.execute(STATEMENTS["care_meta"]))
    earlier = {} if copy is None else dict(copy.execute(STATEMENTS["care_meta"]))
    for name, value in earlier.items():
        if name not in values:
            values[name] = value
            done.from_backup["meta"] += 1
    made = {"secret": os.urandom(32), "device": uuid7().bytes, "store": uuid7().bytes, "created": now_ms()}
    for name in made.keys() - values.keys():
        done.lost["meta"] += 1
        values[name] = made[name]
    values["epoch"] = uuid7().bytes
    for name, value in values.items():
        connection.execute(STATEMENTS["put_meta"], {"name": name, "value": value})
    return bytes(values["secret"])


def _ids(connection: apsw.Connection, table: str) -> set[int]:
    return {row[0] for row in connection.execute(f'SELECT rowid FROM "{table}"')}  # noqa: S608 - names of ours


def _entities(connection: apsw.Connection, cause: str) -> set[bytes]:
    """What the changes of a cause are about."""
    return {row[0] for row in connection.execute(STATEMENTS["log_entities_of_cause"], {"cause": cause})}


def _missing(connection: apsw.Connection, copy: apsw.Connection, table: str) -> set[int]:
    """The rows that the copy has and the file has not; of what was sealed none that went with its memory."""
    if not copy.execute("SELECT 1 FROM pragma_table_list WHERE name = ?", (table,)).fetchone():
        return set()  # the copy is of an older schema
    found = _ids(copy, table) - _ids(connection, table)
    if table == "sealed":
        erased = _entities(connection, "erase")
        found -= {row[0] for row in copy.execute(STATEMENTS["care_sealed_memories"]) if row[1] in erased}
    return found


def _fill(connection: apsw.Connection, copy: apsw.Connection, table: str, done: Salvaged) -> None:
    columns = tuple(str(row[1]) for row in copy.execute(f'PRAGMA table_info("{table}")'))
    erased = _entities(connection, "erase")
    for number in sorted(_missing(connection, copy, table)):
        row = copy.execute(f'SELECT * FROM "{table}" WHERE rowid = ?', (number,)).fetchall()[0]  # noqa: S608
        if table == "changes" and row[columns.index("entity")] in erased:
            row = tuple(None if name in ("patch", "text") else each for name, each in zip(columns, row, strict=True))
        add(connection, table, columns, row)
        done.from_backup[table] += connection.changes()


def _headers(connection: apsw.Connection, copy: apsw.Connection, done: Salvaged) -> None:
    """A header is never altered, so one that differs from the backup's is damaged. Its body stays as it is."""
    here: dict[int, Row] = {row[0]: row for row in connection.execute(STATEMENTS["care_headers"])}
    for row in copy.execute(STATEMENTS["care_headers"]):
        if row != here.get(row[0], row):
            connection.execute(STATEMENTS["care_set_header"], row)
            done.from_backup["changes"] += 1


def _references(connection: apsw.Connection) -> Iterator[tuple[str, str, str, bool, tuple[str, ...]]]:
    """(table, column, parent, whether the row makes no sense without it, primary key) of every reference."""
    tables = [row[0] for row in connection.execute("SELECT name FROM pragma_table_list WHERE type = 'table'")]
    for table in tables:
        columns: list[Row] = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
        needed = {str(column[1]): bool(column[3]) for column in columns}
        key = tuple(str(column[1]) for column in sorted(columns, key=lambda each: each[5]) if column[5])
        for reference in connection.execute(f'PRAGMA foreign_key_list("{table}")').fetchall():
            yield str(table), str(reference[3]), str(reference[2]), needed[str(reference[3])], key


def _dangling(column: str, parent: str) -> str:
    number = "seq" if parent == "changes" else "id"
    return f'"{column}" IS NOT NULL AND "{column}" NOT IN (SELECT {number} FROM "{parent}")'  # noqa: S608


def _fill_texts(connection: apsw.Connection, copy: apsw.Connection, done: Salvaged) -> None:
    """Texts that a row refers to which the backup has too: so they are the same, though numbers are used again."""
    for table, column, parent, _, key in _references(connection):
        if parent != "texts":
            continue
        names = ", ".join(f'"{name}"' for name in key)
        same = " AND ".join(f'r."{name}" IS ?' for name in key)
        rows = connection.execute(
            f'SELECT "{column}", {names} FROM "{table}" WHERE {_dangling(column, parent)}'  # noqa: S608
        ).fetchall()
        for number, *which in rows:
            text = copy.execute(
                f'SELECT t.id, t.hash, t.body FROM "{table}" r JOIN texts t ON t.id = r."{column}"'  # noqa: S608
                f" WHERE t.id = ? AND {same}",
                (number, *which),
            ).fetchone()
            if text is not None:
                add(connection, "texts", ("id", "hash", "body"), text)
                done.from_backup["texts"] += connection.changes()


def rehash(
    connection: apsw.Connection, secret: bytes, copy: apsw.Connection | None, from_backup: Counter[str] | None = None
) -> int:
    """Compare every text with its hash; the number of those that are not what was stored and that no backup has."""
    altered = 0
    wrong = [
        (number, hashed)
        for number, hashed, body in connection.execute(STATEMENTS["care_texts"])
        if keyed(secret, bytes(body)) != hashed
    ]
    for number, hashed in wrong:
        earlier = None if copy is None else copy.execute(STATEMENTS["care_text_by_hash"], {"hash": hashed}).fetchone()
        if earlier is not None and keyed(secret, str(earlier[0]).encode()) == hashed:
            connection.execute(STATEMENTS["care_set_text"], {"id": number, "hash": hashed, "body": earlier[0]})
            if from_backup is not None:
                from_backup["texts"] += 1
            continue
        altered += 1
        body = bytes(connection.execute(STATEMENTS["care_text_bytes"], {"id": number}).get).decode("utf-8", "replace")
        value = {"id": number, "hash": keyed(secret, body.encode()), "body": body}
        try:
            connection.execute(STATEMENTS["care_set_text"], value)
        except apsw.ConstraintError:  # the same words are there under another number: a hash no other text can have
            connection.execute(STATEMENTS["care_set_text"], value | {"hash": keyed(secret, b"altered", hashed)})
    return altered


def relink(connection: apsw.Connection) -> Counter[str]:
    """Clear references to rows that are gone; rows that make no sense without go too. Counts the rows it changed."""
    changed: Counter[str] = Counter()
    before = -1
    while changed.total() > before:  # a row that goes may have been what another referred to
        before = changed.total()
        for table, column, parent, needed, _ in _references(connection):
            where = _dangling(column, parent)
            if needed:
                connection.execute(f'DELETE FROM "{table}" WHERE {where}')  # noqa: S608 - names of our schema
            else:
                connection.execute(f'UPDATE "{table}" SET "{column}" = NULL WHERE {where}')  # noqa: S608
            if connection.changes():
                changed[f"{table} without {parent}"] += connection.changes()
    connection.execute(STATEMENTS["care_clear_stray_sightings"])
    return changed
