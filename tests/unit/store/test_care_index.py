"""The search index is brought into few parts, while others write."""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import apsw
import pytest
from tests.fixtures.stores.make import add_event, add_session, fill

from holdfast.store.care.check import SEARCH_INDEXES, check
from holdfast.store.care.index import merging
from holdfast.store.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(tmp_path / "holdfast.db")) as database:
        fill(database)
        session = add_session(database, "merged")
        for nth in range(63):  # a transaction each, as hooks write them
            add_event(database, session, f"k{nth}", text=f"what was said {nth}")
        yield database


def parts(database: Database) -> list[int]:
    return [row[0] for name in SEARCH_INDEXES if (row := database.one(f"care_parts_{name}"))]


def found(database: Database) -> int:
    return int(database.value("SELECT count(*) FROM events_fts WHERE events_fts MATCH 'said'"))


def test_an_index_in_many_parts_becomes_one_that_finds_the_same(database: Database) -> None:
    before = max(parts(database)), found(database)

    assert all(merging(database))

    assert before[0] > 4
    assert max(parts(database)) <= 4
    assert parts(database)[SEARCH_INDEXES.index("events_fts")] == 1
    assert found(database) == before[1] == 63
    assert check(database) == []


def test_others_write_between_its_steps(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.store.care.index._PAGES", 1)
    session = add_session(database, "meanwhile")
    steps = 0

    for _ in merging(database):
        assert not database.connection.in_transaction
        add_event(database, session, f"m{steps}", text="said meanwhile")
        steps += 1

    assert steps > 1
    assert found(database) == 63 + steps
    assert check(database) == []


def test_no_step_writes_much(database: Database) -> None:
    session = add_session(database, "long")
    for nth in range(50):
        add_event(database, session, f"l{nth}", text=" ".join(f"w{nth}x{word}" for word in range(1_500)))
    frames: list[int] = []  # of the write-ahead log, after each transaction
    database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def committed(_: apsw.Connection, __: str, pages: int) -> int:
        frames.append(pages)
        return apsw.SQLITE_OK

    database.connection.set_wal_hook(committed)

    assert all(merging(database))

    written = [after - before for before, after in pairwise([0, *frames])]
    assert max(written) <= 250  # a megabyte
    assert sum(written) > 500


def test_an_index_in_few_parts_is_left_as_it_is(database: Database) -> None:
    assert list(merging(database))

    assert not list(merging(database))
