"""Backups made while the store is written: each can be restored, and holds all that was acknowledged before it."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

from tests.fixtures.stores.append import begun, kept

from holdfast.store.care.backup import back_up, backups, restore
from holdfast.store.care.check import check, judge_copy
from holdfast.store.database import Database

from .conftest import APPEND, child

NOON = 1_767_268_800_000


def test_a_backup_is_restorable_at_every_moment_while_others_write(tmp_path: Path) -> None:
    path = begun(tmp_path / "holdfast.db")
    writer = child(APPEND, path, 5, 3_000)
    assert writer.stdout is not None
    acknowledged = int(writer.stdout.readline())
    history = [acknowledged]

    def listen() -> None:
        assert writer.stdout is not None
        for line in writer.stdout:
            history.append(int(line))

    listener = threading.Thread(target=listen)
    listener.start()
    held: list[int] = []
    with closing(Database(path)) as database:
        while len(held) < 8:
            before = history[-1]
            copy = back_up(database, tmp_path / "backups", now_ms=NOON + len(held) * 1_000, keep=3)
            assert judge_copy(copy).findings == ()
            target = tmp_path / "restored" / f"{len(held)}" / "holdfast.db"
            target.parent.mkdir(parents=True)
            assert restore(target, copy, now_ms=NOON).replaced is None
            with closing(Database(target)) as restored:
                assert restored.value("PRAGMA integrity_check") == "ok"
                held.append(kept(restored))
            assert held[-1] >= before
            target.unlink()
    writer.kill()
    writer.wait()
    listener.join()
    assert writer.stderr is not None
    assert writer.stderr.read() == ""
    writer.stdout.close()
    writer.stderr.close()
    assert held == sorted(held)
    assert held[-1] > held[0]  # there was load
    assert len(backups(tmp_path / "backups")) == 3
    with closing(Database(path)) as database:
        assert kept(database) >= history[-1]
        assert check(database) == []


def test_a_backup_of_a_large_store_is_one_moment_of_it(tmp_path: Path) -> None:
    """Writes between two steps of the copying neither show in it nor make it start again."""
    path = begun(tmp_path / "holdfast.db")
    with closing(Database(path)) as database, closing(Database(path)) as other:
        with database.transaction():
            for nth in range(300):
                database.keep_text(f"{nth} " * 4_000)
        texts = database.value("SELECT count(*) FROM texts")
        database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        stop = threading.Event()
        written = [0]

        def write() -> None:
            while not stop.is_set():
                other.keep_text(f"meanwhile {written[0]}")
                written[0] += 1

        thread = threading.Thread(target=write)
        thread.start()
        try:
            database.backup(tmp_path / "copy.db")
        finally:
            stop.set()
            thread.join()
    with closing(Database(tmp_path / "copy.db")) as copy:
        meanwhile = copy.value("SELECT count(*) FROM texts WHERE body LIKE 'meanwhile%'")
        assert copy.value("SELECT count(*) FROM texts") == texts + meanwhile
        assert meanwhile <= written[0]
        assert copy.value("PRAGMA integrity_check") == "ok"
