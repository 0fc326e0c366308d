"""A migration is all or nothing: killed at any statement, or out of space, it leaves the old schema or the new one."""

from __future__ import annotations

import gzip
import json
import os
import resource
import signal
import sys
from contextlib import closing
from pathlib import Path

import apsw
import pytest
from tests.fixtures.stores.make import HERE, fill

from holdfast.errors import HoldfastError, StoreError, Unavailable
from holdfast.store import database as module
from holdfast.store.care import file as care_file
from holdfast.store.care.check import check, judge
from holdfast.store.care.file import blank, schema_of
from holdfast.store.database import Database, migrations

from .conftest import child, finished

VERSIONS = [number for number, _ in migrations()]
# A migration as they come: a table made anew with its rows, an index, a new column, a value computed for each row.
LATER = """
CREATE TABLE keys_new (key BLOB PRIMARY KEY, event INTEGER NOT NULL REFERENCES events (id), made INTEGER) WITHOUT ROWID;
INSERT INTO keys_new SELECT key, event, 0 FROM keys;
DROP TABLE keys;
ALTER TABLE keys_new RENAME TO keys;
CREATE INDEX keys_event ON keys (event);
ALTER TABLE sessions ADD COLUMN mood TEXT;
UPDATE sessions SET mood = 'calm';
CREATE TABLE notes (id INTEGER PRIMARY KEY, text INTEGER REFERENCES texts (id));
INSERT INTO notes (text) SELECT id FROM texts;
"""


def _later(patch: pytest.MonkeyPatch, sql: str = LATER) -> None:
    """From here on this process knows one more migration."""
    found = [*migrations(), (VERSIONS[-1] + 1, sql)]
    patch.setattr(module, "migrations", lambda: found)
    patch.setattr(module, "SCHEMA_VERSION", found[-1][0])


def _counts(path: Path) -> dict[str, int]:
    with closing(apsw.Connection(str(path))) as connection:
        tables = ("events", "texts", "keys", "sessions", "memories", "changes")
        return {table: connection.execute(f"SELECT count(*) FROM {table}").get for table in tables}


# -- as programs: forking and dying is not for a test runner's process --


def _killed(path: Path, after: int) -> bool:
    """Open the store in a fork that dies before its `after`th statement; whether it got there."""
    pid = os.fork()
    if pid == 0:
        left = [after]

        def trace(*_: object) -> bool:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return True

        def hook(connection: apsw.Connection) -> None:
            connection.exec_trace = trace

        apsw.connection_hooks.append(hook)
        Database(path)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def _kill_at_every_statement(start: str, folder: str) -> None:
    """Prints, for each statement, the schema that the file had afterwards and what it held once opened again."""
    whole = Path(start).read_bytes() if start != "-" else b""
    if whole:
        _later(pytest.MonkeyPatch())
    statement = 0
    killed = True
    while killed:
        statement += 1
        path = Path(folder) / str(statement) / "holdfast.db"
        path.parent.mkdir()
        if whole:
            path.write_bytes(whole)
        killed = _killed(path, statement)
        found: dict[str, object] = {"killed": killed, "version": None, "same": None, "backup": None}
        if path.exists() and path.stat().st_size:
            with closing(apsw.Connection(str(path))) as connection:
                version = connection.execute("PRAGMA user_version").get
                found["version"] = version
                made = care_file.schema_in(connection)
                found["same"] = made == (schema_of(version) if version in VERSIONS else made)
        found["backup"] = [each.name for each in path.parent.glob("backups/*.db")]
        Database(path).close()
        found["sound"] = judge(path).findings == ()
        found["counts"] = _counts(path)
        with closing(apsw.Connection(str(path))) as connection:
            found["reached"] = connection.execute("PRAGMA user_version").get
            found["store"] = connection.execute("SELECT count(*) FROM meta").get
        print(json.dumps(found))


def _migrate_with_files_up_to(path: str, size: str) -> None:
    """Migrate while no file may grow beyond `size` bytes; prints what was said."""
    _later(pytest.MonkeyPatch())
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), int(size)))
    try:
        Database(Path(path))
    except HoldfastError as error:
        print(error.code)
    else:
        print("done")


# -- tests --


@pytest.mark.parametrize("version", VERSIONS)
def test_a_store_of_every_schema_is_brought_to_the_newest_without_losing_a_row(tmp_path: Path, version: int) -> None:
    path = tmp_path / "holdfast.db"
    kept = HERE / f"schema-{version}.db.gz"
    if kept.exists():
        path.write_bytes(gzip.decompress(kept.read_bytes()))
    else:
        assert version == VERSIONS[-1], (
            f"make {kept.name} from the release that had it: see tests/fixtures/stores/make.py"
        )
        with closing(Database(path)) as database:
            fill(database)
    before = _counts(path)
    Database(path).close()
    assert _counts(path) == before
    state = judge(path)
    assert (state.version, state.findings) == (VERSIONS[-1], ())
    with closing(Database(path)) as database:
        assert check(database) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_migrated_store_has_the_same_schema_as_a_new_one(version: int) -> None:
    with closing(apsw.Connection(":memory:")) as connection:
        blank(connection, version)
        care_file.advance(connection, version)
        assert care_file.schema_in(connection) == schema_of(VERSIONS[-1])


def test_versions_follow_each_other_without_a_gap() -> None:
    assert list(range(1, len(VERSIONS) + 1)) == VERSIONS


def test_a_store_is_old_or_new_wherever_its_migration_is_killed(path: Path, tmp_path: Path) -> None:
    before = _counts(path)
    (tmp_path / "rounds").mkdir()
    said = finished(child(__spec__.name, "kill", path, tmp_path / "rounds")).splitlines()
    rounds = [json.loads(line) for line in said]
    assert len(rounds) > 20
    old, new = VERSIONS[-1], VERSIONS[-1] + 1
    assert {each["version"] for each in rounds} == {old, new}
    for nth, each in enumerate(rounds, 1):
        assert each["same"], f"between two schemas after statement {nth}"
        assert each["reached"] == new, nth
        assert each["counts"] == before, nth
        assert each["sound"], nth
    # The copy is made before the first statement of the migration, so it is there whenever the schema is new.
    assert all(each["backup"] == [f"holdfast-before-{new}.db"] for each in rounds if each["version"] == new)
    assert not rounds[-1]["killed"]


def test_a_store_that_dies_while_it_is_made_is_made_by_the_next_opening(tmp_path: Path) -> None:
    rounds = [json.loads(line) for line in finished(child(__spec__.name, "kill", "-", tmp_path)).splitlines()]
    assert len(rounds) > 40
    for nth, each in enumerate(rounds, 1):
        assert each["version"] in (None, 0, VERSIONS[-1]), nth
        assert each["reached"] == VERSIONS[-1], nth
        assert each["sound"], nth
        assert each["store"] >= 4, nth
    assert {each["version"] for each in rounds} == {None, 0, VERSIONS[-1]}


def test_a_limit_on_the_size_of_files_leaves_the_old_schema_or_the_new_one(path: Path, tmp_path: Path) -> None:
    before = _counts(path)
    whole = path.read_bytes()
    outcomes = set()
    for nth, share in enumerate((0.1, 0.9, 1.05, 1.2, 1.5, 3, 10)):
        copy = tmp_path / str(nth) / "holdfast.db"
        copy.parent.mkdir()
        copy.write_bytes(whole)
        outcome = finished(child(__spec__.name, "limit", copy, int(len(whole) * share))).strip()
        state = judge(copy)
        assert state.findings == () or state.version == VERSIONS[-1] + 1
        assert state.version == (VERSIONS[-1] + 1 if outcome == "done" else VERSIONS[-1]), outcome
        assert _counts(copy) == before
        outcomes.add(outcome)
    assert outcomes == {"unavailable", "done"}


def test_without_space_for_the_copy_nothing_is_migrated(
    small_disk: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _later(monkeypatch)
    target = small_disk / "holdfast.db"
    target.write_bytes(path.read_bytes())
    filler = small_disk / "filler"
    filler.write_bytes(bytes(3 * 2**20 - target.stat().st_size - 300_000))
    with pytest.raises(Unavailable, match="disk is full"):
        Database(target)
    assert _counts(target) == _counts(path)
    assert judge(target).version == VERSIONS[-1]
    filler.unlink()
    with closing(Database(target)) as database:
        assert database.value("PRAGMA user_version") == VERSIONS[-1] + 1


def test_the_copy_made_first_is_the_store_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _counts(path)
    with monkeypatch.context() as patched:
        _later(patched)
        Database(path).close()
    with pytest.raises(StoreError, match="newer holdfast"):
        Database(path)
    copy = path.parent / "backups" / f"holdfast-before-{VERSIONS[-1] + 1}.db"
    with closing(Database(copy)) as database:
        assert check(database) == []
    assert _counts(copy) == before


def test_a_migration_that_would_break_a_reference_is_taken_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _later(monkeypatch, "DELETE FROM sessions")
    before = _counts(path)
    with pytest.raises(StoreError, match="was not brought to schema") as refused:
        Database(path)
    assert "lost what they refer to" in refused.value.why
    assert _counts(path) == before


if __name__ == "__main__":
    {"kill": _kill_at_every_statement, "limit": _migrate_with_files_up_to}[sys.argv[1]](*sys.argv[2:])
