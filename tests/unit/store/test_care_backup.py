"""Copies of the store, kept in a small number and put back."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import apsw
import pytest
from tests.fixtures.stores.make import fill

from holdfast.errors import NotFound, StoreError, Unavailable
from holdfast.store.care.backup import back_up, backups, restore
from holdfast.store.database import SCHEMA_VERSION, Database

DAY = 86_400_000
NOON = 1_767_268_800_000  # 2026-01-01 12:00:00 UTC


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "holdfast.db"
    with closing(Database(path)) as database:
        fill(database, sessions=1, events=20, memories=3)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def test_the_newest_automatic_backups_stay_and_those_made_by_hand_all_do(path: Path, folder: Path) -> None:
    with closing(Database(path)) as database:
        back_up(database, folder, now_ms=NOON - DAY, keep=None)
        for day in range(5):
            back_up(database, folder, now_ms=NOON + day * DAY, keep=3)
    assert [each.path.name for each in backups(folder)] == [
        "holdfast-20260105-120000.db",
        "holdfast-20260104-120000.db",
        "holdfast-20260103-120000.db",
        "holdfast-20251231-120000-kept.db",
    ]
    assert [each.automatic for each in backups(folder)] == [True, True, True, False]


def test_the_last_backup_is_never_thinned_away(path: Path, folder: Path) -> None:
    with closing(Database(path)) as database:
        back_up(database, folder, now_ms=NOON, keep=0)
    assert len(backups(folder)) == 1


def test_files_of_other_names_are_no_backups(folder: Path) -> None:
    folder.mkdir()
    for name in ("holdfast.db", "holdfast-before-2.db", "holdfast-20260105-120000.db.new", "notes.txt"):
        (folder / name).write_bytes(b"")
    assert backups(folder) == []
    assert backups(folder / "nowhere") == []


def test_a_damaged_store_pushes_no_good_backup_out(path: Path, folder: Path) -> None:
    with closing(Database(path)) as database:
        good = back_up(database, folder, now_ms=NOON, keep=1)
        before = good.read_bytes()
        root = database.value("SELECT rootpage FROM sqlite_schema WHERE name = 'events'")
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)
    with closing(Database(path)) as database, pytest.raises(StoreError, match="no backup was made"):
        back_up(database, folder, now_ms=NOON + DAY, keep=1)
    assert [each.name for each in folder.iterdir()] == [good.name]
    assert good.read_bytes() == before


def test_a_restored_store_holds_what_the_backup_held_and_has_a_new_epoch(path: Path, folder: Path) -> None:
    with closing(Database(path)) as database:
        copy = back_up(database, folder, now_ms=NOON)
        before = dict(database.connection.execute("SELECT name, value FROM meta"))
        later = database.keep_text("after the backup")
    done = restore(path, copy, now_ms=NOON + DAY)
    with closing(Database(path)) as database:
        after = dict(database.connection.execute("SELECT name, value FROM meta"))
        assert database.text(later) is None
        assert database.value("SELECT count(*) FROM events") == 20
    assert after.pop("epoch") == done.epoch.bytes != before.pop("epoch")
    assert after == before


def test_what_a_restore_replaced_is_kept_whole_beside(path: Path, folder: Path) -> None:
    database = Database(path)
    copy = back_up(database, folder, now_ms=NOON)
    later = database.keep_text("after the backup")  # lies in the -wal alone
    database.close()
    done = restore(path, copy, now_ms=NOON)
    assert done.replaced == path.with_name("holdfast-replaced-20260101-120000.db")
    with closing(Database(done.replaced)) as replaced:
        assert replaced.text(later) == "after the backup"
    again = restore(path, copy, now_ms=NOON)
    assert again.replaced == path.with_name("holdfast-replaced-20260101-120000-2.db")
    assert copy.exists()


def test_what_a_crash_left_in_the_wal_goes_with_the_replaced_file(path: Path, folder: Path, tmp_path: Path) -> None:
    database = Database(path)
    copy = back_up(database, folder, now_ms=NOON)
    later = database.keep_text("after the backup")
    left = tmp_path / "left"
    left.mkdir()
    for name in ("holdfast.db", "holdfast.db-wal"):
        (left / name).write_bytes((tmp_path / name).read_bytes())
    database.close()
    done = restore(left / "holdfast.db", copy, now_ms=NOON)
    with closing(Database(left / "holdfast.db")) as restored:
        assert restored.text(later) is None
        assert restored.value("PRAGMA integrity_check") == "ok"
    assert done.replaced is not None
    with closing(Database(done.replaced)) as replaced:
        assert replaced.text(later) == "after the backup"


def test_a_restore_works_where_the_store_is_gone_or_damaged(path: Path, folder: Path) -> None:
    with closing(Database(path)) as database:
        copy = back_up(database, folder, now_ms=NOON)
    path.write_bytes(b"not a database " * 1_000)
    damaged = restore(path, copy, now_ms=NOON)
    assert damaged.replaced is not None
    assert damaged.replaced.read_bytes().startswith(b"not a database")
    path.unlink()
    gone = restore(path, copy, now_ms=NOON)
    assert gone.replaced is None
    with closing(Database(path)) as database:
        assert database.value("SELECT count(*) FROM events") == 20


def _foreign(file: Path) -> None:
    with closing(apsw.Connection(str(file))) as connection:
        connection.execute("CREATE TABLE theirs (a)")


def _newer(file: Path) -> None:
    Database(file).close()
    with closing(apsw.Connection(str(file))) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")


def _damaged(file: Path) -> None:
    with closing(Database(file)) as database:
        fill(database, sessions=1, memories=0)
        root = database.value("SELECT rootpage FROM sqlite_schema WHERE name = 'events'")
    with file.open("r+b") as handle:
        handle.seek((root - 1) * 4096)
        handle.write(bytes(4096))


def _cut(file: Path) -> None:
    _damaged(file)
    file.write_bytes(file.read_bytes()[:40_000])


def _text(file: Path) -> None:
    file.write_text("notes " * 1_000)


def _empty(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_foreign, "not a holdfast store"),
        (_newer, "newer holdfast"),
        (_damaged, "damaged"),
        (_cut, "damaged"),
        (_text, "damaged, or not a holdfast store"),
        (_empty, "damaged"),
    ],
)
def test_a_file_that_cannot_be_a_store_is_refused_and_nothing_is_touched(
    path: Path, tmp_path: Path, spoil: object, says: str
) -> None:
    source = tmp_path / "elsewhere" / "source.db"
    source.parent.mkdir()
    assert callable(spoil)
    spoil(source)
    before = {each.name: each.read_bytes() for each in (path, source)}
    with pytest.raises(StoreError, match=says):
        restore(path, source, now_ms=NOON)
    assert {each.name: each.read_bytes() for each in (path, source)} == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["elsewhere", "holdfast.db"]


def test_a_missing_backup_is_not_found(path: Path) -> None:
    with pytest.raises(NotFound, match="there is no file"):
        restore(path, path.with_name("nowhere.db"), now_ms=NOON)


def test_a_store_that_somebody_has_open_is_not_replaced_under_him(path: Path, folder: Path) -> None:
    with closing(Database(path)) as database:
        copy = back_up(database, folder, now_ms=NOON)
        number = database.keep_text("mine")
        with pytest.raises(Unavailable, match="locked"):
            restore(path, copy, now_ms=NOON)
        assert database.text(number) == "mine"
    assert not list(path.parent.glob("*replaced*"))
    assert not list(path.parent.glob("*restoring*"))


def test_an_older_backup_is_brought_to_the_newest_schema_when_it_is_opened(
    path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import holdfast.store.database as module

    with closing(Database(path)) as database:
        copy = back_up(database, folder, now_ms=NOON)
    later = [*module.migrations(), (SCHEMA_VERSION + 1, "CREATE TABLE later (a)")]
    monkeypatch.setattr(module, "migrations", lambda: later)
    monkeypatch.setattr(module, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
    restore(path, copy, now_ms=NOON)
    with closing(Database(path)) as database:
        assert database.value("SELECT count(*) FROM later") == 0
