"""What a check finds in a store, and that it finds nothing where nothing is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.fixtures.stores.make import fill

from holdfast.clock import Clock
from holdfast.errors import Unavailable
from holdfast.memory import Draft
from holdfast.store.care.check import FIXES, SEARCH_INDEXES, check, judge, judge_copy
from holdfast.store.database import SCHEMA_VERSION, Database
from holdfast.store.log import Log


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(tmp_path / "holdfast.db")) as database:
        fill(database)
        yield database


def found(database: Database) -> list[tuple[str, str]]:
    findings = check(database)
    assert {each.fix for each in findings} <= set(FIXES)
    return sorted({(each.fix, each.where) for each in findings})


def test_a_sound_store_has_no_findings_and_is_not_changed(database: Database) -> None:
    with closing(Database(database.path, readonly=True)) as witness:
        before = witness.value("PRAGMA data_version")
        assert check(database) == []
        assert check(database, deep=False) == []
        state = judge(database.path)
        assert (state.sound, state.findings, state.version) == (True, (), SCHEMA_VERSION)
        assert witness.value("PRAGMA data_version") == before


def test_every_search_index_of_the_schema_is_checked(database: Database) -> None:
    rows = database.connection.execute("SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%fts5%'")
    assert sorted(row[0] for row in rows) == sorted(SEARCH_INDEXES)


def test_a_reader_can_check_too(database: Database) -> None:
    with closing(Database(database.path, readonly=True)) as reader:
        assert check(reader) == []


def test_a_reader_that_searched_before_others_wrote_finds_nothing_wrong(database: Database) -> None:
    log = Log(database, Clock(), str)
    with closing(Database(database.path, readonly=True)) as reader:
        for nth in range(40):
            for name in SEARCH_INDEXES:
                reader.value(f"SELECT count(*) FROM {name} WHERE {name} MATCH 'note'")
            log.remember(Draft(f"the note number {nth} speaks of subject{nth} and part{nth * 7}", scope="personal"))
            assert check(reader) == []


def test_a_search_index_that_lacks_a_text_is_found(database: Database) -> None:
    database.connection.execute(
        "INSERT INTO events_fts (events_fts, rowid, text, terms)"
        " SELECT 'delete', id, text, terms FROM event_documents WHERE id = 1"
    )
    assert found(database) == [("rebuild", "events_fts")]


def test_a_search_index_that_cannot_be_read_is_found_and_nothing_else_is_blamed(database: Database) -> None:
    database.connection.execute("UPDATE memories_fts_data SET block = zeroblob(9) WHERE id > 10")
    assert ("rebuild", "memories_fts") in found(database)
    assert {fix for fix, _ in found(database)} == {"rebuild"}
    assert judge(database.path).sound


def test_a_text_that_is_not_what_was_stored_is_found(database: Database) -> None:
    number = database.value("SELECT input FROM events WHERE input IS NOT NULL LIMIT 1")
    database.connection.execute("UPDATE texts SET body = body || '!' WHERE id = ?", (number,))
    assert found(database) == [("rehash", f"texts {number}")]


def test_rows_that_refer_to_nothing_are_found(database: Database) -> None:
    database.connection.execute("PRAGMA foreign_keys = OFF")
    database.connection.execute("DELETE FROM sessions WHERE id = 2")
    assert found(database) == [("relink", "events")]


def test_texts_that_nothing_refers_to_are_untidy_at_most(database: Database) -> None:
    database.keep_text("nobody's")
    (finding,) = check(database)
    assert (finding.fix, finding.certain) == ("sweep", False)


def test_a_lost_value_of_the_store_is_found(database: Database) -> None:
    database.connection.execute("DELETE FROM meta WHERE name = 'device'")
    assert found(database) == [("salvage", "meta")]


def test_a_schema_that_is_not_ours_is_found(database: Database) -> None:
    database.connection.execute("DROP INDEX events_session")
    state = judge(database.path)
    assert not state.sound
    assert [each.where for each in state.findings] == ["events_session"]


def test_statistics_of_sqlite_are_no_difference(database: Database) -> None:
    database.connection.execute("ANALYZE")
    assert judge(database.path).findings == ()


def test_a_locked_store_is_not_judged(database: Database) -> None:
    path = database.path
    database.connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    database.connection.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Unavailable, match="locked"):
        judge(path)
    database.connection.execute("ROLLBACK")
    assert judge(path).sound


def test_judging_a_copy_leaves_nothing_beside_it(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    copy = folder / "odd name ?#%.db"
    database.backup(copy)
    copy.chmod(0o400)
    folder.chmod(0o500)
    assert judge_copy(copy).findings == ()
    assert list(folder.iterdir()) == [copy]
    folder.chmod(0o700)
