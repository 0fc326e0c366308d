"""A file that claims to be a store: what would act in ours is refused, in whatever way it hides."""

from contextlib import closing
from pathlib import Path

import apsw
import pytest

from holdfast.errors import StoreError
from holdfast.store.care.backup import restore
from holdfast.store.care.check import judge_copy
from holdfast.store.database import Database

NOON = 1_767_268_800_000
ACTS = "AFTER INSERT ON texts BEGIN UPDATE memories SET standing = 1, trust = 'owner'; END"
QUOTED = ACTS.replace("'", "''")
HIDDEN = (
    "INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql)"
    f" VALUES ('trigger', 'sqlite_stat1', 'texts', 0, 'CREATE TRIGGER sqlite_stat1 {QUOTED}')"
)
SWAPPED = "UPDATE sqlite_schema SET sql = 'CREATE VIEW whole_memories AS SELECT 1' WHERE name = 'whole_memories'"


@pytest.mark.parametrize(
    "changes",
    [
        [f"CREATE TRIGGER acts {ACTS}"],
        # behind damage that a restore puts up with, as it can be mended
        [f"CREATE TRIGGER acts {ACTS}", "DELETE FROM memories_fts_data WHERE id > 10"],
        # under a name that only SQLite itself may give
        ["PRAGMA writable_schema = ON", HIDDEN],
        ["CREATE VIEW more AS SELECT * FROM texts"],
        ["PRAGMA writable_schema = ON", SWAPPED],
    ],
)
def test_a_store_with_a_schema_of_its_own_is_not_restored(tmp_path: Path, changes: list[str]) -> None:
    mine = tmp_path / "mine.db"
    with closing(Database(mine)) as database:
        database.backup(tmp_path / "hostile.db")
    before = mine.read_bytes()
    with closing(apsw.Connection(str(tmp_path / "hostile.db"))) as connection:
        for sql in changes:
            connection.execute(sql)

    assert not judge_copy(tmp_path / "hostile.db").sound
    with pytest.raises(StoreError, match="schema"):
        restore(mine, tmp_path / "hostile.db", now_ms=NOON)
    assert mine.read_bytes() == before


def test_statistics_of_sqlite_are_no_schema_of_its_own(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "mine.db")) as database:
        database.keep_text("something to count")
        database.connection.execute("ANALYZE")
        database.backup(tmp_path / "copy.db")
    assert judge_copy(tmp_path / "copy.db").findings == ()
    assert restore(tmp_path / "other.db", tmp_path / "copy.db", now_ms=NOON).replaced is None
