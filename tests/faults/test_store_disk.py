"""Disks that are full, broken or read-only, folders that are not ours: saves are refused and say why, reading works."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.fixtures.stores.append import append, begun, kept
from tests.fixtures.stores.make import add_event

from holdfast.errors import HoldfastError, Unavailable
from holdfast.store.care.backup import back_up, backups
from holdfast.store.care.check import check
from holdfast.store.care.retention import shed
from holdfast.store.database import Database

from .conftest import APPEND, child, finished

NOON = 1_767_268_800_000
NOBODY = 65_534


def _append_with_files_up_to(path: str, size: str) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), int(size)))
    append(path, "1")
    with closing(Database(Path(path))) as database:
        print("reads", database.value("SELECT count(*) FROM events"))


def _try(path: str, how: str) -> None:
    """Print what opening, reading and writing a store say to a user who may not do everything."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    try:
        with closing(Database(Path(path), readonly=how == "read")) as database:
            print("read", database.value("SELECT count(*) FROM events"))
            with database.transaction():
                database.keep_text("written")
            print("written")
    except HoldfastError as error:
        print(f"{error.code}: {error.what}")


def _last_number(said: str) -> int:
    return max(int(line) for line in said.splitlines() if line.isdecimal())


def test_a_full_disk_refuses_saves_reads_on_and_recovers(small_disk: Path) -> None:
    path = begun(small_disk / "holdfast.db")
    said = finished(child(APPEND, path, 3))
    acknowledged = _last_number(said)
    assert said.splitlines()[-1] == "refused nothing was saved: the disk is full"
    with closing(Database(path)) as database:
        assert kept(database) == acknowledged > 10
        session = database.value("SELECT max(id) FROM sessions")

        def save() -> None:
            with database.transaction():
                add_event(database, session, "too much", kind="tool", text="x" * 400_000)

        with pytest.raises(Unavailable, match="disk is full"):
            save()
        assert kept(database) == acknowledged
        with pytest.raises(Unavailable, match="disk is full"):
            back_up(database, small_disk / "backups", now_ms=NOON)
        assert backups(small_disk / "backups") == []
        assert not [each for each in small_disk.glob("**/*") if each.suffix in (".part", ".new")]
    moved = small_disk.with_name("elsewhere.db")
    with closing(Database(path)) as database:
        database.backup(moved)  # another disk has room
    assert moved.stat().st_size > 0


def test_when_space_returns_saves_go_on(small_disk: Path) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(bytes(1_200_000))
    path = begun(small_disk / "holdfast.db")
    acknowledged = _last_number(finished(child(APPEND, path, 3)))
    filler.unlink()
    said = finished(child(APPEND, path, 4, acknowledged + 10))
    assert _last_number(said) >= acknowledged + 10
    with closing(Database(path)) as database:
        assert kept(database) == _last_number(said)
        assert check(database) == []


def test_shedding_makes_room_on_a_disk_that_is_nearly_full(small_disk: Path) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(bytes(800_000))
    path = begun(small_disk / "holdfast.db")
    finished(child(APPEND, path, 3))
    filler.unlink()
    with closing(Database(path)) as database:
        before = database.value("SELECT count(*) FROM events")
        database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = path.stat().st_size
        done = shed(database, older_than_ms=0, keep_bytes=size // 2, now_ms=NOON)
        assert done.events > 0
        assert database.value("SELECT count(*) FROM events") == before
        assert check(database) == []
        database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert path.stat().st_size < size


def test_a_limit_on_the_size_of_files_refuses_saves_and_loses_nothing_acknowledged(tmp_path: Path) -> None:
    path = begun(tmp_path / "holdfast.db")
    said = finished(child(__spec__.name, "limit", path, 400_000)).splitlines()
    assert said[-2].startswith("refused nothing was saved")
    acknowledged = _last_number("\n".join(said))
    assert said[-1] == f"reads {acknowledged}"
    with closing(Database(path)) as database:
        assert kept(database) == acknowledged > 0
        assert check(database) == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="STRACE IS MISSING: errors of the disk are not shown")
@pytest.mark.parametrize("call", ["fdatasync", "pwrite64"])
@pytest.mark.parametrize("first", [2, 9, 25])
def test_an_error_of_the_disk_is_never_acknowledged(tmp_path: Path, call: str, first: int) -> None:
    path = begun(tmp_path / "holdfast.db")
    tracer = (
        *("strace", "-f", "-qqq", "-o", str(tmp_path / "trace"), "-e", f"trace={call}"),
        *("-e", f"inject={call}:error=EIO:when={first}+"),
    )
    writer = child(APPEND, path, 3, 500, before=tracer)
    said, errors = writer.communicate(timeout=120)
    if "ptrace" in errors or "Operation not permitted" in errors:
        pytest.skip(f"STRACE MAY NOT TRACE HERE: {errors.strip()}")
    assert "EIO" in (tmp_path / "trace").read_text()
    lines = [line for line in said.splitlines() if line.isdecimal()]
    acknowledged = int(lines[-1]) if lines else 0
    assert acknowledged < 500
    assert "Unavailable" in errors or "refused nothing was saved: the disk reported an error" in said
    with closing(Database(path)) as database:
        # The transaction that met the error may be there after all: it was written, though never acknowledged.
        assert acknowledged <= kept(database) <= acknowledged + 4
        assert check(database) == []


# -- permissions: as a plain user, since root may do everything --


def _as_plain_user(path: Path, how: str = "write") -> str:
    return finished(child(__spec__.name, "try", path, how)).strip()


@pytest.fixture
def plain(open_folder: Path) -> Path:
    """A store in a folder of the user that `_as_plain_user` is."""
    home = open_folder / "home"
    home.mkdir(mode=0o700)
    path = begun(home / "holdfast.db")
    if os.getuid() == 0:
        for each in (home, *home.iterdir()):
            os.chown(each, NOBODY, NOBODY)
    return path


def test_a_plain_user_reads_and_writes_his_own_store(plain: Path) -> None:
    assert _as_plain_user(plain) == "read 0\nwritten"


def test_a_folder_that_may_only_be_read_refuses_with_the_reason(plain: Path) -> None:
    plain.parent.chmod(0o500)
    plain.chmod(0o400)
    said = _as_plain_user(plain)
    assert said.startswith("unavailable: ")
    assert "holdfast.db cannot be" in said
    plain.parent.chmod(0o700)


def test_a_folder_that_may_not_be_entered_refuses_with_the_reason(plain: Path) -> None:
    plain.parent.chmod(0)
    assert _as_plain_user(plain) == f"unavailable: {plain} cannot be opened"
    plain.parent.chmod(0o700)


def test_a_store_that_may_not_be_read_refuses_with_the_reason(plain: Path) -> None:
    plain.chmod(0)
    assert _as_plain_user(plain) == f"unavailable: {plain} cannot be opened"
    assert _as_plain_user(plain, "read") == f"unavailable: {plain} cannot be opened"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a folder of another user")
def test_a_store_of_another_user_refuses_with_the_reason(plain: Path) -> None:
    os.chown(plain.parent, 12_345, 12_345)
    plain.parent.chmod(0o777)
    assert _as_plain_user(plain) == f"store: {plain.parent} belongs to another user"


if __name__ == "__main__":
    {"limit": _append_with_files_up_to, "try": _try}[sys.argv[1]](*sys.argv[2:])
