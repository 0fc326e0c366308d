"""Opening a store, and what is said when that cannot be."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import apsw
import apsw.ext
import pytest

from holdfast.errors import StoreError, Unavailable
from holdfast.store.database import APPLICATION_ID, SCHEMA_VERSION, Database
from holdfast.store.place import check_place, file_system_of
from holdfast.store.statements import STATEMENTS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "holdfast.db"


def test_a_new_store_is_ours_alone_durable_and_able_to_give_pages_back(path: Path) -> None:
    with closing(Database(path)) as database:
        assert database.value("PRAGMA application_id") == APPLICATION_ID
        assert database.value("PRAGMA user_version") == SCHEMA_VERSION
        assert database.value("PRAGMA journal_mode") == "wal"
        assert database.value("PRAGMA synchronous") == 2
        assert database.value("PRAGMA auto_vacuum") == 2
        assert database.value("PRAGMA foreign_keys") == 1
        assert database.value("PRAGMA secure_delete") == 1
        for beside in path.parent.iterdir():
            assert stat.S_IMODE(beside.stat().st_mode) == 0o600, beside


def test_every_named_statement_fits_the_schema(path: Path) -> None:
    with closing(Database(path)) as database:
        for name, sql in STATEMENTS.items():
            try:
                apsw.ext.query_info(database.connection, sql)
            except apsw.SQLError as error:
                pytest.fail(f"{name}: {error}")


def plan(database: Database, name: str, **values: object) -> list[str]:
    rows = database.connection.execute(f"EXPLAIN QUERY PLAN {STATEMENTS[name]}", values)
    return [told for *_, told in rows]


def test_no_value_changes_how_a_statement_is_answered(path: Path) -> None:
    """Else it is planned anew each time."""
    with closing(Database(path)) as database:
        kinds = [plan(database, "log_entities", entity_kind=kind) for kind in ("memory", "relation")]

    assert kinds[0] == kinds[1]


def test_what_the_user_wrote_is_not_looked_for_among_all_notes_of_a_project(path: Path) -> None:
    with closing(Database(path)) as database:
        steps = plan(database, "pack_owned", project=1, limit=12)

    assert steps[0].startswith("SEARCH m USING INDEX memories_owned")
    assert not any("TEMP B-TREE" in step for step in steps)


def test_a_second_opening_finds_the_same_store(path: Path) -> None:
    with closing(Database(path)) as first:
        secret = first.secret
        number = first.keep_text("kept")
    with closing(Database(path)) as second:
        assert second.secret == secret
        assert second.text(number) == "kept"


def test_processes_that_open_a_new_store_at_once_agree_on_it(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from holdfast.store.database import Database;"
        "sys.stdin.read(1); print(Database(Path(sys.argv[1]), busy_ms=20_000).secret.hex())"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("g")
        child.stdin.flush()
    secrets = {child.communicate()[0] for child in children}
    assert [child.returncode for child in children] == [0] * 4
    with closing(Database(path)) as database:
        assert secrets == {database.secret.hex() + "\n"}


def test_a_store_that_another_process_makes_while_it_is_looked_at_is_ours(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Database.value

    def looked(self: Database, sql: str, values: Any = ()) -> Any:
        found = look(self, sql, values)
        monkeypatch.setattr(Database, "value", look)
        with closing(Database(path)):  # between the first look and the next
            return found

    monkeypatch.setattr(Database, "value", looked)
    with closing(Database(path)) as database:
        assert database.value("PRAGMA application_id") == APPLICATION_ID


def test_a_text_is_kept_once_and_comes_back_whole(path: Path) -> None:
    with closing(Database(path)) as database:
        number = database.keep_text("zwölf \0 \U0001f600")
        assert database.keep_text("zwölf \0 \U0001f600") == number
        assert database.text(number) == "zwölf \0 \U0001f600"
        assert database.text(database.keep_text("half \ud800")) == "half ?"
        assert database.text(None) is None
        assert database.text(number + 100) is None


def test_a_newer_store_is_refused_and_left_alone(path: Path) -> None:
    Database(path).close()
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = path.read_bytes()
    for readonly in (False, True):
        with pytest.raises(StoreError, match="newer holdfast") as refused:
            Database(path, readonly=readonly)
        assert "upgrade" in refused.value.fix
    assert path.read_bytes() == before


def test_a_file_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not a holdfast store"):
        Database(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_damaged(path: Path) -> None:
    path.write_bytes(b"notes " * 1_000)
    with pytest.raises(StoreError, match="damaged") as refused:
        Database(path)
    assert "doctor --repair" in refused.value.fix


def test_a_store_cut_to_nothing_is_not_begun_anew_when_there_are_backups(path: Path) -> None:
    with closing(Database(path)) as database:
        (path.parent / "backups").mkdir()
        database.backup(path.parent / "backups" / "holdfast-20260101-000000.db")
    path.write_bytes(b"")
    with pytest.raises(StoreError, match="is empty"):
        Database(path)
    assert path.stat().st_size == 0


def test_a_store_cut_to_nothing_keeps_what_lies_in_its_wal(path: Path) -> None:
    database = Database(path)
    database.keep_text("in the wal alone")
    left = path.parent / "left"
    left.mkdir()
    for name in ("holdfast.db", "holdfast.db-wal"):
        (left / name).write_bytes((path.parent / name).read_bytes())
    database.close()
    (left / "holdfast.db").write_bytes(b"")
    before = (left / "holdfast.db-wal").read_bytes()
    with pytest.raises(StoreError, match="is empty"):
        Database(left / "holdfast.db")
    assert (left / "holdfast.db-wal").read_bytes() == before


def test_reading_a_store_that_is_not_there_makes_none(path: Path) -> None:
    with pytest.raises(Unavailable, match="there is no store"):
        Database(path, readonly=True)
    assert not path.exists()


def test_a_missing_folder_is_said_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"nowhere/holdfast\.db cannot be opened") as refused:
        Database(tmp_path / "nowhere" / "holdfast.db")
    assert "nowhere" in refused.value.fix


def test_a_store_without_its_secret_is_damaged(path: Path) -> None:
    Database(path).close()
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute("DELETE FROM meta WHERE name = 'secret'")
    with pytest.raises(StoreError, match="damaged"):
        Database(path)


# -- transactions --


def test_a_transaction_inside_another_fails_alone(path: Path) -> None:
    with closing(Database(path)) as database:
        with database.transaction():
            first = database.keep_text("first")
            with pytest.raises(ZeroDivisionError), database.transaction():
                1 / database.keep_text("second") / 0
            third = database.keep_text("third")
        assert database.text(first) == "first"
        assert third == first + 1
        assert database.text(third) == "third"


def test_a_failed_transaction_takes_back_those_inside_it(path: Path) -> None:
    with closing(Database(path)) as database:
        first = database.keep_text("before")

        def both() -> None:
            with database.transaction():
                with database.transaction():
                    database.keep_text("inside")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            both()
        assert database.text(first + 1) is None


@pytest.mark.parametrize("nested", [False, True])
def test_a_full_file_refuses_the_save_and_goes_on_reading(path: Path, nested: bool) -> None:
    with closing(Database(path)) as database:
        kept = database.keep_text("kept")
        pages = database.value("PRAGMA page_count")
        database.connection.execute(f"PRAGMA max_page_count = {pages + 5}")
        outer = database.transaction() if nested else nullcontext()
        with pytest.raises(Unavailable, match="the disk is full") as refused, outer, database.transaction():
            database.keep_text("x" * 100_000)
        assert "free some space" in refused.value.fix
        assert database.text(kept) == "kept"
        database.connection.execute("PRAGMA max_page_count = 100000")
        with database.transaction():
            database.keep_text("z" * 100_000)


def test_a_store_that_another_program_holds_is_refused_after_a_bounded_wait(path: Path) -> None:
    with closing(Database(path)) as holder, closing(Database(path, busy_ms=20)) as other:
        kept = holder.keep_text("kept")
        with (
            holder.transaction(),
            pytest.raises(Unavailable, match="locked by another process"),
            other.transaction(),
        ):
            pytest.fail("two writers at once")
        assert other.text(kept) == "kept"
        with other.transaction():
            other.keep_text("later")


def test_damage_met_while_reading_is_named_as_such(path: Path) -> None:
    with closing(Database(path)) as database:
        for nth in range(200):
            database.keep_text(f"{nth} " * 500)
        database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root = database.value("SELECT rootpage FROM sqlite_schema WHERE name = 'texts'")
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(bytes(4096))
    with closing(Database(path)) as database, pytest.raises(StoreError, match="damaged"):
        database.text(100)


# -- copies --


def test_a_backup_is_one_file_for_its_owner_alone_with_all_that_was_committed(path: Path) -> None:
    target = path.parent / "copy.db"
    with closing(Database(path)) as database:
        number = database.keep_text("kept")
        with database.transaction():
            open_number = database.keep_text("not committed yet")
            database.backup(target)
    assert [each.name for each in path.parent.iterdir() if "copy" in each.name] == ["copy.db"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with closing(Database(target)) as copy:
        assert copy.text(number) == "kept"
        assert copy.text(open_number) is None


def test_a_backup_that_cannot_be_made_leaves_the_earlier_one(path: Path) -> None:
    target = path.parent / "copy.db"
    with closing(Database(path)) as database:
        database.backup(target)
        before = target.read_bytes()
        with pytest.raises(Unavailable):
            database.backup(path.parent / "nowhere" / "copy.db")
    assert target.read_bytes() == before
    assert not list(path.parent.glob("**/*.part"))


# -- places --


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p"])
def test_a_network_file_system_is_refused_with_the_reason(tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/home {tmp_path}/home {kind} rw 0 0\n")
    (tmp_path / "home").mkdir()
    with pytest.raises(StoreError, match=f"network file system \\({kind}\\)") as refused:
        check_place(tmp_path / "home" / "holdfast.db", str(mounts))
    assert "memory shared" in refused.value.why
    check_place(tmp_path / "holdfast.db", str(mounts))


def test_a_link_does_not_hide_a_network_file_system(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "near").mkdir()
    (tmp_path / "near" / "holdfast.db").symlink_to(tmp_path / "far" / "holdfast.db")
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/x {tmp_path}/far nfs rw 0 0\n")
    with pytest.raises(StoreError, match="network file system"):
        check_place(tmp_path / "near" / "holdfast.db", str(mounts))


def test_the_file_system_is_that_of_the_nearest_and_latest_mount(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/a / ext4 rw 0 0\nauto /net autofs rw 0 0\nserver:/é /net/my\\040dü nfs rw 0 0\n"
        "/dev/b /home btrfs rw 0 0\n/dev/c /home xfs rw 0 0\nbroken\n"
    )
    found = {name: file_system_of(Path(name), str(mounts)) for name in ("/x", "/net/my dü/a", "/home/u", "/homes")}
    assert found == {"/x": "ext4", "/net/my dü/a": "nfs", "/home/u": "xfs", "/homes": "ext4"}
    assert file_system_of(Path("/x"), str(tmp_path / "none")) is None


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to another user")
def test_a_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chown(tmp_path, 12_345, 12_345)
    monkeypatch.setattr(os, "getuid", lambda: 54_321)
    with pytest.raises(StoreError, match="belongs to another user"):
        check_place(tmp_path / "holdfast.db")
