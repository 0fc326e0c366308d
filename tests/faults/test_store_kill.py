"""Killed at any point, a store keeps what it acknowledged and opens without repair.

HOLDFAST_LONG=1 makes it 1,000 rounds; HOLDFAST_SEED=n repeats a run.
"""

from __future__ import annotations

import os
import random
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from tests.fixtures.stores.append import begun, kept

from holdfast.store.care.check import check
from holdfast.store.database import Database

from .conftest import APPEND, child

ROUNDS = 1_000 if os.environ.get("HOLDFAST_LONG") else 20
SEED = int(os.environ.get("HOLDFAST_SEED", "20260101"))


def test_what_was_acknowledged_is_kept_whenever_the_writer_is_killed(tmp_path: Path) -> None:
    path = begun(tmp_path / "holdfast.db")
    chance = random.Random(SEED)
    total = 0
    for round_ in range(ROUNDS):
        writer = child(APPEND, path, chance.randrange(2**32))
        assert writer.stdout is not None
        until = chance.choice((0, 1, 3, 20, 60))
        acknowledged = 0
        for nth, line in enumerate(writer.stdout):
            acknowledged = int(line)
            if nth >= until:
                break
        writer.kill()
        for line in writer.stdout:  # what it had said until then
            acknowledged = int(line) if line.endswith("\n") else acknowledged
        errors = writer.communicate()[1]
        where = f"HOLDFAST_SEED={SEED}, round {round_}"
        assert not errors, where
        with closing(Database(path)) as database:
            assert database.value("PRAGMA quick_check") == "ok", where
            total = kept(database)
        assert acknowledged <= total <= acknowledged + 4, where
        if path.stat().st_size > 20 * 2**20:  # begin anew: reading it all would take the time
            path.unlink()
            begun(path)
    assert total > 0
    with closing(Database(path)) as database:
        assert check(database) == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="STRACE IS MISSING: kills inside a write are not shown")
def test_what_was_acknowledged_is_kept_when_the_writer_dies_inside_a_write(tmp_path: Path) -> None:
    path = begun(tmp_path / "holdfast.db")
    chance = random.Random(SEED)
    died = 0
    for round_ in range(max(6, ROUNDS // 20)):
        # One transaction is some twenty writes, a checkpoint a few hundred.
        nth = chance.choice((chance.randint(1, 60), chance.randint(60, 600)))
        tracer = (
            *("strace", "-f", "-qqq", "-o", str(tmp_path / "trace"), "-e", "trace=pwrite64"),
            *("-e", f"inject=pwrite64:signal=KILL:when={nth}"),
        )
        with closing(Database(path)) as database:
            most = database.value("SELECT count(*) FROM events") + 150
        writer = child(APPEND, path, chance.randrange(2**32), most, before=tracer)
        output, errors = writer.communicate(timeout=120)
        if "ptrace" in errors or "Operation not permitted" in errors:
            pytest.skip(f"STRACE MAY NOT TRACE HERE: {errors.strip()}")
        acknowledged = max([0, *(int(line) for line in output.splitlines(keepends=True) if line.endswith("\n"))])
        died += writer.returncode != 0
        where = f"HOLDFAST_SEED={SEED}, round {round_}, write {nth}"
        with closing(Database(path)) as database:
            assert database.value("PRAGMA integrity_check") == "ok", where
            assert acknowledged <= kept(database) <= acknowledged + 4 or not output, where
    assert died > 0
