"""The one writer: many pieces in one durable transaction, each whole or not at all."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any

import pytest

from holdfast.errors import Refused, StoreError, Unavailable
from holdfast.store.database import Database
from holdfast.writer import Writer


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    made = Writer(lambda: Database(tmp_path / "a.db"))
    yield made
    made.close()


def put(name: str) -> Callable[[Database], str]:
    def work(database: Database) -> str:
        database.connection.execute("INSERT INTO meta VALUES (?, 1)", (name,))
        return name

    return work


def names(database: Database) -> set[str]:
    return {row[0] for row in database.connection.execute("SELECT name FROM meta WHERE value = 1")}


def test_what_a_write_was_refused_for_is_told_until_one_is_saved(tmp_path: Path) -> None:
    told: list[object] = []
    database = Database(tmp_path / "a.db")
    writer = Writer(lambda: database, told.append)

    def grow(database: Database) -> None:
        database.connection.execute("INSERT INTO meta VALUES ('large', randomblob(1000000))")

    try:
        writer.submit(put("one")).result(10)
        assert told == [None]
        writer.submit(lambda db: db.connection.execute("PRAGMA max_page_count = 1")).result(10)
        with pytest.raises(Unavailable, match="disk is full"):
            writer.submit(grow).result(10)
        assert [type(each) for each in told] == [type(None), Unavailable]
        writer.submit(names).result(10)  # that nothing was to be saved says nothing
        with pytest.raises(Refused):
            writer.submit(refuse).result(10)
        assert len(told) == 2
        writer.submit(lambda db: db.connection.execute("PRAGMA max_page_count = 100000")).result(10)
        writer.submit(grow).result(10)
        assert told[2:] == [None]
    finally:
        writer.close()


def refuse(database: Database) -> None:
    raise Refused("a rule")


class Held:
    """Keeps the writer busy, so that what is handed over meanwhile is done together."""

    def __init__(self, writer: Writer) -> None:
        self._go = threading.Event()
        began = threading.Event()

        def hold(_: Database) -> None:
            began.set()
            self._go.wait(30)

        writer.submit(hold)
        assert began.wait(30)

    def release(self) -> None:
        self._go.set()


def test_what_is_handed_over_is_done_in_order_and_answered(writer: Writer) -> None:
    answers = [writer.submit(put(str(n))) for n in range(200)]
    assert [answer.result(30) for answer in answers] == [str(n) for n in range(200)]
    assert len(writer.submit(names).result(30)) == 200


def test_an_answer_is_given_only_when_it_is_on_disk(writer: Writer, tmp_path: Path) -> None:
    writer.submit(put("a")).result(30)
    other = Database(tmp_path / "a.db", readonly=True)
    assert names(other) == {"a"}
    other.close()


def test_a_piece_that_fails_takes_nothing_of_the_others_with_it(writer: Writer) -> None:
    def half(database: Database) -> None:
        put("half")(database)
        raise Refused("no")

    held = Held(writer)
    pieces: list[Future[Any]] = [writer.submit(put("a")), writer.submit(half), writer.submit(put("b"))]
    held.release()
    assert pieces[0].result(30) == "a"
    with pytest.raises(Refused):
        pieces[1].result(30)
    assert pieces[2].result(30) == "b"
    assert writer.submit(names).result(30) == {"a", "b"}


def test_when_the_transaction_cannot_be_finished_nobody_is_told_that_it_was(writer: Writer) -> None:
    def lost(database: Database) -> None:
        database.connection.execute("ROLLBACK")  # as SQLite does by itself when the disk is full
        raise OSError("disk")

    held = Held(writer)
    pieces: list[Future[Any]] = [writer.submit(put("a")), writer.submit(lost), writer.submit(put("b"))]
    held.release()
    for piece in pieces:
        with pytest.raises(OSError, match="disk"):
            piece.result(30)
    assert writer.submit(put("c")).result(30) == "c"
    assert writer.submit(names).result(30) == {"c"}


def test_who_no_longer_waits_does_not_stop_the_writer(writer: Writer) -> None:
    held = Held(writer)
    given_up = writer.submit(put("given up"))
    kept = writer.submit(put("kept"))
    alone = writer.submit(put("alone"), alone=True)
    assert given_up.cancel()
    assert alone.cancel()
    held.release()
    assert kept.result(30) == "kept"
    assert writer.submit(names).result(30) == {"kept"}
    with pytest.raises(CancelledError):
        given_up.result(30)


def test_a_task_that_is_cancelled_while_its_work_runs_leaves_the_work_done(writer: Writer) -> None:
    began, go = threading.Event(), threading.Event()

    def slow(database: Database) -> str:
        began.set()
        go.wait(30)
        return put("done")(database)

    async def give_up() -> None:
        waiting = asyncio.create_task(asyncio.wait_for(asyncio.wrap_future(writer.submit(slow)), 30))
        await asyncio.to_thread(began.wait, 30)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(give_up())
    go.set()
    assert writer.submit(names).result(30) == {"done"}


def test_work_alone_runs_outside_of_any_transaction_and_may_let_others_in(writer: Writer) -> None:
    later: list[Future[str]] = []

    def long(database: Database) -> set[str]:
        assert not database.connection.in_transaction
        later.append(writer.submit(put("meanwhile")))
        writer.let_others()
        return names(database)

    assert writer.submit(long, alone=True).result(30) == {"meanwhile"}
    assert later[0].result(30) == "meanwhile"


def test_work_alone_that_fails_tells_who_asked(writer: Writer) -> None:
    def fail(_: Database) -> None:
        raise Refused("no")

    with pytest.raises(Refused):
        writer.submit(fail, alone=True).result(30)
    assert writer.submit(put("a")).result(30) == "a"


def test_closing_finishes_what_was_handed_over(tmp_path: Path) -> None:
    writer = Writer(lambda: Database(tmp_path / "a.db"))
    answers = [writer.submit(put(str(n))) for n in range(150)]
    writer.close()
    assert all(answer.done() for answer in answers)
    assert writer.pending() == 0


def test_a_store_that_cannot_be_opened_is_said_to_everybody(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"not a store " * 100)
    writer = Writer(lambda: Database(tmp_path / "a.db"))
    with pytest.raises(StoreError):
        writer.wait_open()
    with pytest.raises(Unavailable):
        writer.submit(put("a")).result(30)
    writer.close()
