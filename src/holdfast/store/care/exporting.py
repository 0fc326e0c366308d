"""Carrying a store elsewhere: everything in it as lines of JSON."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from ..database import Database, translated
from .lines import FIELDS, FORMAT, cited, encoded_line
from .sealed import key_of, sealed_lines

__all__ = ["Exported", "export"]

_LONG = 4 * 1024 * 1024  # bytes of a memory's history on one line


@dataclass(slots=True)
class Exported:
    """How many of each were written."""

    projects: int = 0
    sessions: int = 0
    events: int = 0
    memories: int = 0
    relations: int = 0
    changes: int = 0
    sealed: int = 0


def export(database: Database, out: BinaryIO, *, journal: bool, now_ms: int) -> Exported:
    """Write the store to `out`, as it is at this moment, line by line: memory use does not grow with it.

    With `journal` also sessions and events. What is written holds the store's secret: it is as private as the store.
    """
    done = Exported()
    with translated(database.path):
        own = not database.connection.in_transaction
        if own:
            database.connection.execute("BEGIN")  # one moment; writers go on meanwhile
        try:
            header = {
                "holdfast": FORMAT,
                "store": bytes(database.value("SELECT value FROM meta WHERE name = 'store'")).hex(),
                "made": now_ms,
                "schema": database.value("PRAGMA user_version"),
                "journal": journal,
                "secret": database.secret.hex(),
                "others": [each.hex() for each in database.others],
                "key": key_of(database),
            }
            out.write(encoded_line(header))
            for kind, said in _lines(database, done, journal):
                out.write(encoded_line({kind: said}))
        finally:
            if own:
                database.connection.execute("COMMIT")
    return done


def _lines(database: Database, done: Exported, journal: bool) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for project in _said(database, "project", "care_export_projects"):
        project["changes"] = list(_changes(database, bytes.fromhex(project["uuid"])))
        done.projects += 1
        done.changes += len(project["changes"])
        yield "project", project
    if journal:
        for session in _said(database, "session", "care_export_sessions"):
            done.sessions += 1
            yield "session", session
        for event in _said(database, "event", "care_export_events"):
            done.events += 1
            yield "event", event
    for entity, kind in database.run("care_export_entities"):
        if kind == "memory":
            done.memories += 1
            for memory in _memory(database, bytes(entity)):
                done.changes += len(memory["changes"])
                yield "memory", memory
        elif kind == "relation":
            now = next(_rows(database, "care_export_relation", entity=entity), None)
            changes = list(_changes(database, bytes(entity)))
            done.relations += 1
            done.changes += len(changes)
            yield "relation", {"uuid": bytes(entity).hex(), "now": now, "changes": changes}
    for record in sealed_lines(database):
        done.sealed += 1
        yield "sealed", record
    for line in _said(database, "audit", "care_export_audit"):
        yield "audit", line


def _memory(database: Database, entity: bytes) -> Iterator[dict[str, Any]]:
    now = next(_rows(database, "care_export_memory", entity=entity), None)
    if now is not None:
        now |= {name: json.loads(now[name]) for name in ("files", "tags")}
        now |= {name: bool(now[name]) for name in ("pinned", "standing", "alive", "erased")}
    part: list[dict[str, Any]] = []
    size = 0
    for change in _changes(database, entity):
        length = len(encoded_line(change))
        if part and size + length > _LONG:
            yield {"uuid": entity.hex(), "now": now, "changes": part}
            part, size, now = [], 0, None
        part.append(change)
        size += length
    yield {"uuid": entity.hex(), "now": now, "changes": part}


def _changes(database: Database, entity: bytes) -> Iterator[dict[str, Any]]:
    for change in _said(database, "change", "care_export_changes", entity=entity):
        hashes = [each["quote"] for each in cited(change["patch"]) if each.get("quote")]
        rows = {each: database.one("care_text_by_hash", hash=bytes.fromhex(each)) for each in hashes}
        change["quotes"] = {each: row[0] for each, row in rows.items() if row is not None}
        yield change


def _said(database: Database, kind: str, statement: str, **values: Any) -> Iterator[dict[str, Any]]:
    """The rows of a statement as that kind of line."""
    fields = FIELDS[kind]
    for row in _rows(database, statement, **values):
        for name, value in row.items():
            field = fields[name].kind
            if field in ("list", "object") and value is not None:
                row[name] = json.loads(value)
            elif field == "bool" and value is not None:
                row[name] = bool(value)
            elif field == "hex":
                row[name] = value or None
        yield row


def _rows(database: Database, statement: str, **values: Any) -> Iterator[dict[str, Any]]:
    cursor = database.run(statement, **values)
    for row in cursor:
        yield dict(zip((each[0] for each in cursor.get_description()), row, strict=True))
