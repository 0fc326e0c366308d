"""What leaves when a store has an age or a size, and what never does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.fixtures.stores.make import add_event, add_session, fill

from holdfast.clock import Clock
from holdfast.memory import Draft, Evidence
from holdfast.store.care.check import check
from holdfast.store.care.retention import OPEN_MS, shed
from holdfast.store.database import Database
from holdfast.store.log import Log

DAY = 86_400_000
NOW = 100 * DAY


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(tmp_path / "holdfast.db")) as database:
        fill(database, sessions=0, memories=0)
        yield database


def left(database: Database) -> dict[str, tuple[bool, bool, int]]:
    """By session and time: whether input and text are there, and the erased mark."""
    rows = database.connection.execute(
        "SELECT name, at, input IS NOT NULL, text IS NOT NULL, erased FROM events"
        " JOIN sessions ON sessions.id = events.session ORDER BY events.id"
    )
    return {f"{name}@{at // DAY}": (bool(given), bool(text), erased) for name, at, given, text, erased in rows}


def test_texts_older_than_the_age_leave_and_headers_and_keys_stay(database: Database) -> None:
    session = add_session(database, "s", heard=NOW, ended=NOW)
    add_event(database, session, "old", at=10 * DAY, text="an old question")
    add_event(database, session, "old tool", kind="tool", at=11 * DAY, text="old output", given="old input")
    add_event(database, session, "new", at=95 * DAY, text="a new question")
    done = shed(database, older_than_ms=30 * DAY, keep_bytes=0, now_ms=NOW)
    assert left(database) == {"s@10": (False, False, 2), "s@11": (False, False, 2), "s@95": (False, True, 0)}
    assert (done.events, done.texts, done.bytes) == (
        2,
        3,
        len("an old question") + len("old output") + len("old input"),
    )
    assert database.value("SELECT count(*) FROM keys") == 3
    assert database.value("SELECT count(*) FROM sightings") == 3
    assert [row[0] for row in database.connection.execute("SELECT body FROM texts")] == ["a new question"]
    assert check(database) == []


def test_what_was_shed_is_found_no_more_and_the_rest_is(database: Database) -> None:
    session = add_session(database, "s", heard=NOW, ended=NOW)
    add_event(database, session, "old", at=10 * DAY, text="heliotrope")
    new = add_event(database, session, "new", at=95 * DAY, text="heliotrope too")
    shed(database, older_than_ms=30 * DAY, keep_bytes=0, now_ms=NOW)
    found = database.connection.execute("SELECT rowid FROM events_fts WHERE events_fts MATCH 'heliotrope'").fetchall()
    assert found == [(new,)]


def test_without_limits_nothing_leaves(database: Database) -> None:
    session = add_session(database, "s", heard=0, ended=0)
    add_event(database, session, "old", at=0, text="old")
    assert shed(database, older_than_ms=0, keep_bytes=0, now_ms=NOW).events == 0
    assert left(database) == {"s@0": (False, True, 0)}


def test_an_open_session_keeps_its_texts_until_it_ends_or_falls_silent(database: Database) -> None:
    open_one = add_session(database, "open", heard=NOW - OPEN_MS + 1)
    silent = add_session(database, "silent", heard=NOW - OPEN_MS)
    ended = add_session(database, "ended", heard=NOW, ended=NOW)
    for session in (open_one, silent, ended):
        add_event(database, session, f"{session}", at=DAY, text=f"text {session}")
    shed(database, older_than_ms=30 * DAY, keep_bytes=0, now_ms=NOW)
    assert left(database) == {
        "open@1": (False, True, 0),
        "silent@1": (False, False, 2),
        "ended@1": (False, False, 2),
    }


def test_what_a_memory_points_at_stays(database: Database) -> None:
    session = add_session(database, "s", heard=DAY, ended=DAY)
    cited = add_event(database, session, "cited", at=1 * DAY, text="why we use tabs")
    add_event(database, session, "other", at=2 * DAY, text="small talk")
    Log(database, Clock(), str).remember(Draft(body="We use tabs.", evidence=(Evidence(cited),)), 1)
    shed(database, older_than_ms=DAY, keep_bytes=1, now_ms=NOW)
    assert left(database) == {"s@1": (False, True, 0), "s@2": (False, False, 2)}
    assert database.value("SELECT count(*) FROM memories WHERE body IS NOT NULL") == 1
    assert check(database) == []


def test_a_text_that_something_else_says_too_stays(database: Database) -> None:
    session = add_session(database, "s", heard=NOW, ended=NOW)
    add_event(database, session, "old", at=1 * DAY, text="run the tests")
    add_event(database, session, "new", at=95 * DAY, text="run the tests")
    Log(database, Clock(), str).remember(Draft(body="Deploy on Fridays."), 1)
    add_event(database, session, "older", at=2 * DAY, text="Deploy on Fridays.")
    done = shed(database, older_than_ms=30 * DAY, keep_bytes=0, now_ms=NOW)
    assert (done.events, done.texts) == (2, 0)
    assert left(database)["s@95"] == (False, True, 0)
    assert check(database) == []


def test_to_stay_within_a_size_tool_texts_leave_first_and_the_oldest_of_them(database: Database) -> None:
    for nth in range(4):
        session = add_session(database, f"s{nth}", heard=nth * DAY, ended=nth * DAY)
        with database.transaction():
            for each in range(10):
                add_event(
                    database, session, f"t{nth}{each}", kind="tool", at=each, text=f"{nth}{each} " * 5_000, given="g"
                )
            add_event(database, session, f"p{nth}", at=50, text=f"prompt {nth}")
    before = shed(database, older_than_ms=0, keep_bytes=2**40, now_ms=NOW)
    assert (before.events, before.enough) == (0, True)
    done = shed(database, older_than_ms=0, keep_bytes=before.used * 6 // 10, now_ms=NOW)
    assert done.enough
    assert done.used <= before.used * 6 // 10
    gone = [row[0] for row in database.connection.execute("SELECT id FROM events WHERE erased = 2 ORDER BY id")]
    tools = [row[0] for row in database.connection.execute("SELECT id FROM events WHERE kind = 'tool' ORDER BY id")]
    assert 0 < len(gone) < len(tools)
    assert gone == tools[: len(gone)]
    everything = shed(database, older_than_ms=0, keep_bytes=1, now_ms=NOW)
    assert not everything.enough
    assert database.value("SELECT count(*) FROM events WHERE text IS NOT NULL OR input IS NOT NULL") == 0


def test_the_file_becomes_smaller_by_what_left(database: Database) -> None:
    session = add_session(database, "s", heard=0, ended=0)
    with database.transaction():
        for each in range(60):
            add_event(database, session, f"{each}", kind="tool", at=each, text=f"{each} " * 10_000)
    database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = database.path.stat().st_size
    done = shed(database, older_than_ms=1, keep_bytes=0, now_ms=NOW)
    database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert database.path.stat().st_size <= before - done.bytes * 9 // 10
    assert done.pages * 4096 >= done.bytes * 9 // 10
    assert database.value("PRAGMA freelist_count") == 0
    assert check(database) == []


def test_between_two_steps_others_write_and_no_step_goes_on_past_its_time(database: Database) -> None:
    session = add_session(database, "s", heard=0, ended=0)
    with database.transaction():
        for each in range(30):
            add_event(database, session, f"{each}", at=each, text=f"text {each}")
    ticks = iter(range(1_000_000))
    pauses = []
    with closing(Database(database.path, busy_ms=0)) as other:

        def pause() -> None:
            with other.transaction():
                pauses.append(other.value("SELECT count(*) FROM events WHERE erased = 2"))

        shed(database, older_than_ms=1, keep_bytes=0, now_ms=NOW, pause=pause, clock=lambda: next(ticks))
    assert pauses[:3] == [1, 2, 3]  # by this clock the time of a step is over after every event
    assert pauses[-1] == 30


def test_an_event_that_a_memory_was_drawn_from_meanwhile_stays(database: Database) -> None:
    session = add_session(database, "s", heard=0, ended=0)
    events = [add_event(database, session, f"{each}", at=each, text=f"text {each}") for each in range(5)]
    ticks = iter(range(1_000_000))
    log = Log(database, Clock(), str)
    drawn: list[object] = []

    def pause() -> None:
        if not drawn:
            drawn.append(log.remember(Draft(body="from the last", evidence=(Evidence(events[-1]),)), 1))

    shed(database, older_than_ms=1, keep_bytes=0, now_ms=NOW, pause=pause, clock=lambda: next(ticks))
    kept = database.connection.execute("SELECT id FROM events WHERE text IS NOT NULL").fetchall()
    assert kept == [(events[-1],)]


def test_shedding_again_takes_nothing_more(database: Database) -> None:
    fill_again = add_session(database, "s", heard=0, ended=0)
    add_event(database, fill_again, "one", at=0, text="one")
    assert shed(database, older_than_ms=1, keep_bytes=0, now_ms=NOW).events == 1
    assert shed(database, older_than_ms=1, keep_bytes=0, now_ms=NOW).events == 0
