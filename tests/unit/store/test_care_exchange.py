"""A store as lines of JSON, and such lines taken in again."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures.stores.make import add_event, add_session, fill

from holdfast.clock import Clock
from holdfast.errors import Refused
from holdfast.memory import Draft, Evidence
from holdfast.store.care import lines as module
from holdfast.store.care.check import check
from holdfast.store.care.exporting import export
from holdfast.store.care.gaps import rebuild_keeping
from holdfast.store.care.importing import Imported, import_
from holdfast.store.care.lines import FIELDS
from holdfast.store.database import Database
from holdfast.store.log import Log
from holdfast.store.statements import STATEMENTS


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(tmp_path / "full.db")) as database:
        fill(database)
        yield database


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(tmp_path / "empty.db")) as database:
        yield database


def exported(database: Database, *, journal: bool = True) -> list[bytes]:
    out = io.BytesIO()
    export(database, out, journal=journal, now_ms=5)
    return out.getvalue().splitlines(keepends=True)


def imported(
    database: Database, lines: list[bytes], clean: Callable[[str], str] = str, mine: bool | None = True
) -> Imported:
    log = Log(database, Clock(), str)
    return import_(database, io.BytesIO(b"".join(lines)), clean=clean, rebuild=log.rebuild, mine=mine)


def kinds(lines: list[bytes]) -> list[str]:
    return [next(iter(json.loads(line))) for line in lines]


def test_a_round_trip_changes_nothing(full: Database, empty: Database) -> None:
    before = exported(full)
    done = imported(empty, before)
    after = exported(empty)
    assert after[1:] == before[1:]
    assert (done.projects, done.sessions, done.events, done.changes, done.known) == (1, 3, 120, 9, 0)
    assert done.lines == len(before)
    assert check(empty) == []
    assert Log(empty, Clock(), str).verify() == []


def test_a_round_trip_keeps_what_is_searched_and_recognised(full: Database, empty: Database) -> None:
    imported(empty, exported(full))
    for table in ("events_fts", "memories_fts"):
        sql = f"SELECT count(*) FROM {table} WHERE {table} MATCH 'cache* OR revised'"
        assert empty.value(sql) == full.value(sql) > 0
    key = empty.digest(b"event-0-0")
    assert empty.value("SELECT event FROM keys WHERE key = ?", (key,)) is not None


def test_lines_come_in_an_order_in_which_each_names_only_what_came_before(full: Database) -> None:
    found = kinds(exported(full))
    assert list(dict.fromkeys(found)) == ["holdfast", "project", "session", "event", "memory"]


def test_without_the_journal_there_are_memories_and_their_quotes_alone(full: Database, empty: Database) -> None:
    lines = exported(full, journal=False)
    assert set(kinds(lines)) == {"holdfast", "project", "memory"}
    imported(empty, lines)
    assert exported(empty, journal=False)[1:] == lines[1:]
    assert empty.value("SELECT count(quote) FROM evidence") == full.value("SELECT count(quote) FROM evidence") > 0


def test_every_field_of_the_format_is_written_and_no_other(full: Database) -> None:
    for line in exported(full)[1:]:
        ((kind, said),) = json.loads(line).items()
        assert set(said) == set(FIELDS[kind])
        for change in said.get("changes", ()):
            assert set(change) == set(FIELDS["change"])
    assert set(json.loads(exported(full)[0])) == set(FIELDS["holdfast"])


def test_twice_is_once(full: Database, empty: Database) -> None:
    lines = exported(full)
    imported(empty, lines)
    before = exported(empty)
    again = imported(empty, lines)
    assert exported(empty) == before
    assert (again.projects, again.sessions, again.events, again.changes) == (0, 0, 0, 0)
    assert imported(full, lines).events == 0
    assert exported(full) == lines


@pytest.mark.parametrize("part", [0.1, 0.5, 0.97])
def test_an_interrupted_import_goes_on_where_it_was(full: Database, empty: Database, part: float) -> None:
    lines = exported(full)
    imported(empty, lines[: int(len(lines) * part)])
    imported(empty, lines)
    assert exported(empty)[1:] == lines[1:]


def test_two_stores_become_one(full: Database, empty: Database) -> None:
    fill(empty, sessions=0, memories=0)
    mine = Log(empty, Clock(), str).remember(Draft(body="Mine alone."), 1).memory
    add_event(empty, add_session(empty, "mine"), "mine", text="said here")
    imported(empty, exported(full))
    log = Log(empty, Clock(), str)
    assert log.get(mine.id).body == "Mine alone."
    assert empty.value("SELECT count(*) FROM events") == 121
    theirs = {row[0] for row in full.connection.execute("SELECT uuid FROM memories")}
    assert theirs < {row[0] for row in empty.connection.execute("SELECT uuid FROM memories")}
    assert empty.value("SELECT count(quote) FROM evidence") == full.value("SELECT count(quote) FROM evidence")
    assert check(empty) == []


def test_what_was_erased_here_does_not_come_back(full: Database) -> None:
    lines = exported(full)
    log = Log(full, Clock(), str)
    number = full.value("SELECT min(id) FROM memories WHERE NOT erased")
    body = log.get(number).body
    log.erase(number)
    imported(full, lines)
    assert full.value("SELECT count(*) FROM texts WHERE body = ?", (body,)) == 0
    assert full.value("SELECT erased FROM memories WHERE id = ?", (number,)) == 1


def test_an_erased_memory_gains_no_body_from_a_change_that_was_not_known(full: Database, empty: Database) -> None:
    log = Log(full, Clock(), str)
    number = full.value("SELECT min(id) FROM memories WHERE NOT erased")
    imported(empty, exported(full))
    log.revise(number, body="revised where it was not erased")
    other = Log(empty, Clock(), str)
    other.erase(number)
    imported(empty, exported(full))
    assert empty.value("SELECT count(*) FROM texts WHERE body LIKE 'revised where%'") == 0
    assert check(empty) == []


def test_an_erasing_that_the_file_tells_of_is_carried_out(full: Database, empty: Database) -> None:
    imported(empty, exported(full))
    log = Log(full, Clock(), str)
    number = full.value("SELECT min(id) FROM memories WHERE NOT erased")
    body = log.get(number).body
    log.erase(number)
    imported(empty, exported(full))
    assert empty.value("SELECT count(*) FROM texts WHERE body = ?", (body,)) == 0
    assert exported(empty, journal=False)[1:] == exported(full, journal=False)[1:]


def test_an_erasing_empties_the_packs_that_held_the_memory_too(full: Database, empty: Database) -> None:
    imported(empty, exported(full))
    log = Log(full, Clock(), str)
    number = full.value("SELECT min(id) FROM memories WHERE NOT erased")
    uuid = log.get(number).id
    pack = empty.keep_text("what a session was given")
    here = empty.value("SELECT id FROM memories WHERE uuid = ?", (uuid.bytes,))
    empty.connection.execute(
        "INSERT INTO deliveries (mark, session, place, at, key, items, tokens, text)"
        " VALUES ('m', 1, 'session-start', 1, x'01', ?, 1, ?)",
        (json.dumps([[here, 1]]), pack),
    )
    log.erase(number)
    imported(empty, exported(full))
    assert empty.value("SELECT count(*) FROM texts WHERE body = 'what a session was given'") == 0


@pytest.mark.parametrize("believed", [True, None])
def test_an_event_that_the_file_says_was_erased_is_erased(
    full: Database, empty: Database, believed: bool | None
) -> None:
    Log(empty, Clock(), str).remember(Draft(body="Mine alone.", scope="personal"), None)
    imported(empty, exported(full), mine=believed)
    ((event, words),) = full.connection.execute(
        "SELECT events.id, body FROM events JOIN texts ON texts.id = events.text ORDER BY events.id DESC LIMIT 1"
    )
    key = full.value("SELECT key FROM keys WHERE event = ?", (event,))
    here = empty.value("SELECT event FROM keys WHERE key = ?", (key,))
    Log(empty, Clock(), str).remember(
        Draft(body="Drawn here.", scope="personal", evidence=(Evidence(here, words[:10]),)), None
    )
    empty.connection.execute(
        "INSERT INTO deliveries (mark, session, place, at, key, items, tokens, text)"
        " VALUES ('m', 1, 'prompt', 1, x'01', ?, 1, ?)",
        (json.dumps([[f"e{here}", 1]]), empty.keep_text(f"you said: {words}")),
    )
    Log(full, Clock(), str).erase_event(event)

    imported(empty, exported(full), mine=None)
    assert empty.value("SELECT text IS NOT NULL FROM events WHERE id = ?", (here,)), "nobody believed it"
    imported(empty, exported(full))

    assert empty.connection.execute("SELECT text, erased FROM events WHERE id = ?", (here,)).fetchone() == (None, 1)
    assert words[:10] not in "\n".join(row[0] for row in empty.connection.execute("SELECT body FROM texts"))
    assert empty.value("SELECT trust FROM events WHERE id = ?", (here,)) in ("owner", "agent")
    assert check(empty) == []


@pytest.mark.parametrize("own", [False, True])
def test_events_are_known_by_the_names_that_their_store_gave_them_also_two_stores_further(
    full: Database, empty: Database, tmp_path: Path, own: bool
) -> None:
    Log(empty, Clock(), str).remember(Draft(body="Mine alone.", scope="personal"), None)
    imported(empty, exported(full), mine=None)
    assert empty.digests(b"event-0-0") == [empty.digest(b"event-0-0")]  # nobody believed it
    imported(empty, exported(full))
    with closing(Database(tmp_path / "third.db")) as third:
        if own:
            Log(third, Clock(), str).remember(Draft(body="Third.", scope="personal"), None)
        imported(third, exported(empty))
    for path in (empty.path, tmp_path / "third.db"):
        with closing(Database(path)) as again:
            known = [again.one("event_by_key", key=key) for key in again.digests(b"event-0-0")]
            assert len([each for each in known if each is not None]) == 1


def test_memories_whose_history_is_lost_outlive_every_rebuild(full: Database) -> None:
    log = Log(full, Clock(), str)
    memory = log.remember(Draft("its history will be lost"), 1).memory
    full.connection.execute("UPDATE changes SET patch = NULL, text = NULL WHERE entity = ?", (memory.id.bytes,))
    for _ in range(3):
        rebuild_keeping(full, log.rebuild)
        assert log.get(memory.number).body == "its history will be lost"


def test_a_shed_event_stays_shed(full: Database) -> None:
    lines = exported(full)
    full.connection.execute("UPDATE events SET text = NULL, input = NULL, terms = NULL, erased = 2 WHERE id = 2")
    imported(full, lines)
    assert full.connection.execute("SELECT text, input, erased FROM events WHERE id = 2").fetchone() == (None, None, 2)


def test_an_event_without_keys_is_still_taken_once(empty: Database) -> None:
    fill(empty, sessions=0, memories=0)
    session = add_session(empty, "s")
    for _ in range(2):
        add_event(empty, session, "one", text="the same")
        empty.connection.execute("DELETE FROM keys")
    lines = exported(empty)
    assert imported(empty, lines).events == 0


def test_a_store_put_back_to_a_backup_gains_what_was_exported_since(full: Database, tmp_path: Path) -> None:
    full.backup(tmp_path / "earlier.db")
    event = add_event(full, add_session(full, "later"), "later", text="why")
    later = Log(full, Clock(), str).remember(Draft(body="Since then.", evidence=(Evidence(event, "why"),)), 1).memory
    with closing(Database(tmp_path / "earlier.db")) as earlier:
        imported(earlier, exported(full, journal=False))
        found = Log(earlier, Clock(), str).get(later.id)
        assert (found.body, found.evidence) == ("Since then.", (Evidence(None, "why"),))
        assert check(earlier) == []


def test_every_text_goes_through_the_guard(full: Database, empty: Database) -> None:
    full.connection.execute('UPDATE events SET detail = \'{"a":["my hunter2"]}\' WHERE id = 3')
    session = add_session(full, "with secrets")
    add_event(full, session, "secret", kind="tool", text="out hunter2", given="in hunter2")
    add_event(full, session, "secret prompt", text="said hunter2")
    Log(full, Clock(), str).remember(Draft(body="body hunter2", title="title hunter2", tags=("hunter2",)), 1)
    full.connection.execute("UPDATE projects SET label = 'label hunter2'")
    full.connection.execute("UPDATE sessions SET branch = 'branch-hunter2'")
    done = imported(empty, exported(full), clean=lambda text: text.replace("hunter2", "[secret]"))
    assert done.cleaned > 0
    assert b"hunter2" not in b"".join(exported(empty))
    assert b"[secret]" in b"".join(exported(empty))
    assert check(empty) == []


def test_a_long_history_is_told_in_several_lines(
    full: Database, empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    import holdfast.store.care.exporting as exporting

    log = Log(full, Clock(), str)
    number = full.value("SELECT max(id) FROM memories WHERE NOT erased")
    for nth in range(20):
        log.revise(number, body=f"version {nth} " + "x" * 500)
    monkeypatch.setattr(exporting, "_LONG", 4_000)
    lines = exported(full)
    assert kinds(lines).count("memory") > full.value("SELECT count(*) FROM memories")
    imported(empty, lines)
    assert exported(empty)[1:] == lines[1:]


def test_two_changes_for_one_place_of_a_device_are_refused_with_the_reason(full: Database, tmp_path: Path) -> None:
    full.backup(tmp_path / "earlier.db")
    Log(full, Clock(), str).remember(Draft(body="said in one"), 1)
    with closing(Database(tmp_path / "earlier.db")) as earlier:
        Log(earlier, Clock(), str).remember(Draft(body="said in the other"), 1)
        with pytest.raises(Refused, match=r"line \d+ cannot be imported") as refused:
            imported(earlier, exported(full))
        assert "put back to an earlier state" in refused.value.why


# -- what is no export --


def _with(line: bytes, **said: Any) -> bytes:
    ((kind, found),) = json.loads(line).items()
    return json.dumps({kind: {**found, **said}}).encode() + b"\n"


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        (b"", "neither"),
        (b"not JSON\n", "not JSON"),
        (b'{"event": {"kind": "pro', "cut short"),
        (b"[]\n", "not an object"),
        (b"{}\n", "neither"),
        (b'{"table": {}}\n', "neither"),
        (b'{"memory": []}\n', "not an object"),
        (b'{"memory": {}}\n', "no uuid"),
        (b'{"memory": {"uuid": "zz"}}\n', "hexadecimal"),
        (b'{"memory": {"uuid": 7}}\n', "not of kind hex"),
        (b'{"memory": {"uuid": "00", "changes": [1]}}\n', "not an object"),
        (b'{"event": ' * 40 + b"1" + b"}" * 40 + b"\n", "levels"),
        (b"[" * 100_000 + b"\n", "not JSON"),
        (b'{"session": {"host": "h", "name": "n", "started": true, "heard": 1}}\n', "not of kind int"),
        (b'{"session": {"host": "h", "name": "n", "started": 99999999999999999999, "heard": 1}}\n', "too large"),
        (b'{"event": {"session": ["h", "other"], "keys": [], "kind": "k", "at": 1, "trust": "t"}}\n', "session"),
        (b'{"event": {"session": ["h", 1], "keys": [], "kind": "k", "at": 1, "trust": "t"}}\n', "something else"),
    ],
)
def test_a_line_that_is_no_export_is_named_and_what_came_before_stays(
    full: Database, empty: Database, spoilt: bytes, why: str
) -> None:
    lines = exported(full)
    lines[10:] = [spoilt] if spoilt else [b"\n"]
    if not spoilt:
        why = "not JSON"
    with pytest.raises(Refused, match="line 11 cannot be imported") as refused:
        imported(empty, lines)
    assert why in refused.value.why
    assert empty.value("SELECT count(*) FROM events") == kinds(lines[:10]).count("event")
    assert check(empty) == []


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (b"", "empty"),
        (b'{"event": {}}\n', "header"),
        (b'{"holdfast": 2}\n', "format 2"),
        (b"SQLite format 3\0\n", "not JSON"),
        (b'{"holdfast": 1}\n', "no store"),
    ],
)
def test_another_file_is_refused_at_its_first_line(empty: Database, first: bytes, why: str) -> None:
    with pytest.raises(Refused, match="line 1 cannot be imported") as refused:
        imported(empty, [first])
    assert why in refused.value.why


def test_limits_are_named_before_a_line_is_even_read_whole(
    full: Database, empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = exported(full)
    limits = dict(module.LIMITS)
    for name, value, why in (
        ("bytes of a line", 500, "longer than 500 bytes"),
        ("values of a line", 20, "more than 20 values"),
        ("lines", 30, "more than 30 lines"),
    ):
        monkeypatch.setattr(module, "LIMITS", {**limits, name: value})
        with pytest.raises(Refused, match="cannot be imported") as refused:
            imported(empty, lines)
        assert why in refused.value.why


def test_a_refusal_never_shows_what_the_line_holds(full: Database, empty: Database) -> None:
    spoilt = [*exported(full)[:3], b'{"session": {"host": "hunter2", "name": 5}}\n', b'{"hunter2": 1}\n']
    for lines in (spoilt, [*spoilt[:3], spoilt[4]]):
        with pytest.raises(Refused) as refused:
            imported(empty, lines)
        assert "hunter2" not in str(refused.value)


def test_an_export_shows_one_moment_while_others_write(full: Database) -> None:
    class Writing(io.BytesIO):
        def write(self, data: Any) -> int:
            with closing(Database(full.path)) as other, other.transaction():
                add_event(other, 1, f"later {self.tell()}", text="later")
            return super().write(data)

    count = full.value("SELECT count(*) FROM events")
    out = Writing()
    with closing(Database(full.path, readonly=True)) as reader:
        done = export(reader, out, journal=True, now_ms=5)
    assert done.events == count
    assert full.value("SELECT count(*) FROM events") > count


def test_the_page_of_the_format_says_what_the_format_is() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "export-format.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    expected = [
        f"| `{name}` | {field.kind}{', needed' if field.needed else ''} | {field.says} |"
        for fields in FIELDS.values()
        for name, field in fields.items()
    ]
    assert rows == expected
    for name, value in module.LIMITS.items():
        assert f"| {name} | {value:,} |" in page


def test_emptying_what_a_redaction_names_reads_the_history_of_one_memory_only(full: Database) -> None:
    sql = STATEMENTS["care_empty_redacted"]
    plan = [str(row[3]) for row in full.connection.execute(f"EXPLAIN QUERY PLAN {sql}", {"entity": b""})]
    assert plan
    assert not [step for step in plan if step.startswith("SCAN") and "json_each" not in step and "VIRTUAL" not in step]
