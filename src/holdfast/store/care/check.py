"""What is wrong with a store: the file, its indexes, its references, its texts."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import apsw

from ..database import APPLICATION_ID, SCHEMA_VERSION, Database, reached, translated
from ..statements import STATEMENTS
from .file import opened, schema_in, schema_of, unchanging

__all__ = [
    "DAMAGE",
    "FIXES",
    "JSON_COLUMNS",
    "META",
    "SEARCH_INDEXES",
    "FileState",
    "Finding",
    "check",
    "judge",
    "judge_copy",
]

# what a finding asks for -> what doing it means (the repair page is made from this table)
FIXES = {
    "salvage": "the file is damaged: every readable row is carried into a new one, the damaged file is kept",
    "reindex": "an index differs from its table: it is made again from the table",
    "rebuild": "a search index differs from the texts: it is made again from the texts",
    "relink": "rows refer to rows that are gone: the references are cleared, the rows stay where they make sense alone",
    "rehash": "a text is not the one that was stored: taken from the last backup, else kept as it is and marked anew",
    "sweep": "texts that nothing refers to, left by damage: `sweep` removes them",
    "reseal": "a sealed record is missing, or belongs to nothing: nothing to do; save what is missing again",
    "replay": "memories without a history: nothing to do, they are kept",
}
SEARCH_INDEXES = tuple(sorted(each.removeprefix("care_rebuild_") for each in STATEMENTS if "care_rebuild_" in each))
# (table, column) that holds JSON -> what stands for it when it is damaged
JSON_COLUMNS = {
    ("changes", "patch"): None,
    ("events", "detail"): None,
    ("files", "state"): None,
    ("memories", "files"): "[]",
    ("memories", "tags"): "[]",
    ("deliveries", "items"): "[]",
    ("sealed", "kinds"): "[]",
}
META = ("secret", "device", "store")  # without which a store is not one
# What SQLite, or reading a text, says of a file that is not what it was.
DAMAGE = (
    apsw.CorruptError,
    apsw.NotADBError,
    apsw.SQLError,
    apsw.TooBigError,
    apsw.MismatchError,
    apsw.ConstraintError,
    UnicodeDecodeError,
)
_LISTED = 100  # problems of a file that one check names
_INDEX = (
    "missing from index",
    "wrong # of entries in index",
    "non-unique entry in index",
    "rowid not at end-of-record",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `certain`: damage beyond doubt; otherwise untidy at most. `fix`: a name in FIXES."""

    what: str
    where: str
    certain: bool
    fix: str


@dataclass(frozen=True, slots=True)
class FileState:
    """What a check of a whole file found, and the two numbers in its header that say whose it is."""

    findings: tuple[Finding, ...]
    application_id: int = 0
    version: int = 0

    @property
    def sound(self) -> bool:
        """Whether every row can be read: indexes can be made again, so they do not count."""
        return not any(each.fix == "salvage" for each in self.findings)

    @property
    def why(self) -> str:
        return "; ".join(each.what for each in self.findings[:3])


def judge(path: Path) -> FileState:
    """The state of a live store. Raises Unavailable, and judges nothing, when it is locked or cannot be reached."""
    with reached(path):
        if path.stat().st_size == 0:  # and not opened: SQLite would remove the -wal of an empty file
            return _unreadable("the file is empty")
    with translated(path):
        try:
            with opened(path) as connection:
                return _examined(connection)
        except DAMAGE as error:
            return _unreadable(str(error))


def judge_copy(path: Path) -> FileState:
    """The state of a file that nobody writes (a backup). Leaves nothing beside it."""
    with reached(path):
        if path.stat().st_size == 0:
            return _unreadable("the file is empty")
    with translated(path):
        try:
            with unchanging(path) as connection:
                return _examined(connection)
        except DAMAGE as error:
            return _unreadable(str(error))


def _unreadable(why: str) -> FileState:
    return FileState((Finding(why, "the file", True, "salvage"),))


def _examined(connection: apsw.Connection) -> FileState:
    application_id = int(connection.execute("PRAGMA application_id").get)
    version = int(connection.execute("PRAGMA user_version").get)
    findings = _file(connection, deep=True)
    if application_id == APPLICATION_ID and 1 <= version <= SCHEMA_VERSION:
        differing = {name for _, name, _ in schema_in(connection) ^ schema_of(version)}
        findings += [Finding("the schema is not ours", name, True, "salvage") for name in sorted(differing)]
    return FileState(tuple(findings), application_id, version)


def check(database: Database, *, deep: bool = True) -> list[Finding]:
    """Everything that is wrong with an open store; empty when nothing is. Changes nothing.

    Not deep: the structure of the file only (quick_check). Deep: also indexes against tables, search indexes and
    hashes against texts, references. Comparing search indexes needs the write lock, for seconds in a large store, and
    is left out on a read-only connection. Raises Unavailable when the store is locked or cannot be read.
    """
    with translated(database.path):
        try:
            found = _file(database.connection, deep=deep)
            if deep and not any(each.fix == "salvage" for each in found):
                found += _search(database, {each.where for each in found})
                found += _rows(database)
        except DAMAGE as error:
            return [Finding(str(error), database.path.name, True, "salvage")]
    return found


def _file(connection: apsw.Connection, *, deep: bool) -> list[Finding]:
    pragma = "integrity_check" if deep else "quick_check"
    try:
        with connection:  # of one moment, in which each search index is met by a query first: without one, the check
            _meet(connection)  # judges it by the structure that the connection remembers of an earlier moment
            rows = connection.execute(f"PRAGMA {pragma}").fetchall()
    except (apsw.CorruptError, apsw.SQLError) as error:
        if "fts5" not in str(error):
            raise
        # A search index that cannot even be read ends the check: look at the tables one by one without it.
        rows = [(str(error),)]
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0").fetchall()
        for (name,) in tables:
            rows += connection.execute(f'PRAGMA {pragma}("{name}")').fetchall()
    lines = [line for row in rows for line in str(row[0]).splitlines() if line != "ok" and not line.startswith("***")]
    return [_classified(line) for line in lines[:_LISTED]]


def _meet(connection: apsw.Connection) -> None:
    for name in SEARCH_INDEXES:
        with contextlib.suppress(*DAMAGE):  # found by the check, or the schema is an older one
            connection.execute(f"SELECT rowid FROM {name} WHERE {name} MATCH 'a' LIMIT 1").fetchall()  # noqa: S608 - ours


def _classified(problem: str) -> Finding:
    """A line of SQLite's integrity check as a finding."""
    if "FTS5 table" in problem or "fts5" in problem:
        name = next((each for each in SEARCH_INDEXES if each in problem), "search index")
        return Finding(problem, name, True, "rebuild")
    if any(each in problem for each in _INDEX):
        return Finding(problem, problem.rpartition(" ")[2], True, "reindex")
    return Finding(problem, "the file", True, "salvage")


def _search(database: Database, known: set[str]) -> list[Finding]:
    if database.connection.readonly("main"):
        return []
    found = []
    for name in SEARCH_INDEXES:
        if name in known:
            continue
        try:
            database.connection.execute(STATEMENTS[f"care_compare_{name}"])
        except (apsw.CorruptError, apsw.SQLError) as error:
            found.append(Finding(f"differs from the texts: {error}", name, True, "rebuild"))
    return found


def _contents(database: Database) -> list[Finding]:
    """Values that are not what their column holds; SQLite's own check does not look into them."""
    found = []
    for (table,) in database.connection.execute("SELECT name FROM pragma_table_list WHERE type = 'table'").fetchall():
        if table == "texts":  # they have a hash
            continue
        try:
            for _ in database.connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - names of our schema
                pass
        except UnicodeDecodeError:
            found.append(Finding("a text that is none", str(table), True, "salvage"))
    for table, column in JSON_COLUMNS:
        sql = f'SELECT count(*) FROM "{table}" WHERE "{column}" IS NOT NULL AND NOT json_valid("{column}")'  # noqa: S608
        if count := database.value(sql):
            found.append(Finding(f"{count} values of {column} cannot be read", table, True, "salvage"))
    return found


def _rows(database: Database) -> list[Finding]:
    found = _contents(database)
    found += [
        Finding(f"{count} rows refer to {parent} that are gone", str(table), True, "relink")
        for table, parent, count in database.all("care_broken_references")
    ]
    names = {str(row[0]) for row in database.all("care_meta_names")}
    found += [Finding(f"{name} is gone", "meta", True, "salvage") for name in META if name not in names]
    altered = [number for number, hashed, body in database.run("care_texts") if database.digest(bytes(body)) != hashed]
    found += [Finding("not the text that was stored", f"texts {number}", True, "rehash") for number in altered]
    for statement, what, where, fix in (
        ("care_unused_texts", "texts that nothing refers to", "texts", "sweep"),
        ("care_stray_sightings", "sightings in files that are gone", "sightings", "relink"),
        ("care_lost_secrets", "memories whose sealed secret is gone", "sealed", "reseal"),
        ("care_stray_secrets", "sealed secrets that no memory names", "sealed", "reseal"),
        ("care_memories_without_history", "memories without a history", "memories", "replay"),
    ):
        row = database.one(statement)
        if row is not None and row[0]:
            found.append(Finding(f"{row[0]} {what}", where, False, fix))
    return found
