"""Secrets that were stored before there was a rule for them: found, sealed, and taken out of every place."""

import io
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures.served import Served

from holdfast.clock import Clock
from holdfast.errors import Refused, UsageError
from holdfast.memory import Draft, Evidence, Relation, Verdict
from holdfast.operations import offline
from holdfast.safe import Safe, hide
from holdfast.store.care.check import check
from holdfast.store.care.exporting import export
from holdfast.store.care.repair import repair
from holdfast.store.log import Log

SECRET = "Tr0ub4dor&3-horse"
BODY = f"the staging database: password: {SECRET} on host b"
OTHERS = ("relations", "events", "packs", "projects", "sessions")
NOTHING = {"memories": [], "sealed": 0, **dict.fromkeys(OTHERS, 0)}
HIDDEN = "the staging database: password: [redacted:assignment] on host b"
pytestmark = pytest.mark.requirement("memory-mcp:secrets")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    served.remember("the first")  # makes the project
    yield served
    served.close()


def old(home: Served) -> Log:
    """The log as it was before there was a guard."""
    return Log(home.database, Clock(), str)


def scan(home: Served, *, apply: bool = False) -> dict[str, Any]:
    """Every step, added up."""
    total: dict[str, Any] = {**NOTHING, "memories": [], "looked": 0}
    after: str | None = None
    there = None
    while True:
        step = home("secret.migrate", apply=apply, **({} if after is None else {"after": after}))
        for name in total:
            total[name] += step[name]
        there = step["total"] if after is None else there
        after = step["next"]
        if after is None:
            assert total["looked"] == there
            return total


def everywhere(home: Served) -> bytes:
    home.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    home.database.connection.execute("INSERT INTO memories_fts (memories_fts) VALUES ('optimize')")
    home.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return home.bytes()


def test_a_store_without_secrets_is_left_alone(home: Served) -> None:
    before = home.database.value("SELECT count(*) FROM changes")
    assert scan(home, apply=True)["memories"] == []
    assert home.database.value("SELECT count(*) FROM changes") == before
    assert not (home.home.folder / "key").exists()


def test_looking_changes_nothing(home: Served) -> None:
    old(home).remember(Draft(body=BODY), 1)
    assert SECRET.encode() in everywhere(home)
    before = home.database.connection.total_changes()
    assert scan(home) == {**NOTHING, "memories": [2], "sealed": 1, "looked": 3}
    assert home.database.connection.total_changes() == before
    assert home.context.log.get(2).body == BODY


def test_what_a_memory_says_is_sealed_and_taken_out_of_every_place(home: Served) -> None:
    log = old(home)
    log.remember(Draft(body=BODY, tags=("db",), importance=0.8, kind="fact", evidence=(Evidence(None, BODY),)), 1)
    log.pin(2)
    before = log.get(2)
    assert scan(home, apply=True) == {**NOTHING, "memories": [2], "sealed": 1, "looked": 3}
    after = home.context.log.get(2)
    assert after.body == HIDDEN
    assert after.title == HIDDEN
    assert after.evidence[0].quote == HIDDEN
    for name in ("tags", "importance", "kind", "pinned", "alive", "scope", "project", "created", "revised", "trust"):
        assert getattr(after, name) == getattr(before, name), name
    assert home.get(2) == BODY
    assert SECRET.encode() not in everywhere(home)
    assert [each["memory"]["number"] for each in home("search", words="staging")["hits"]] == [2]
    assert scan(home, apply=True)["memories"] == []


def test_the_log_is_still_whole_and_makes_the_same_memories(home: Served) -> None:
    log = old(home)
    log.remember(Draft(body=BODY, evidence=(Evidence(None, BODY),)), 1)
    log.remember(Draft(body=BODY, evidence=(Evidence(None, BODY),)), 1)
    log.pin(2)
    scan(home, apply=True)
    before = home.context.log.get(2)
    home.context.log.rebuild()
    assert home.context.log.get(2) == before
    assert before.repeats == 1
    assert home.context.log.verify() == []
    assert [each for each in check(home.database) if each.certain] == []
    assert home.get(2) == BODY


def test_earlier_versions_lose_it_and_the_current_one_stays(home: Served) -> None:
    log = old(home)
    log.remember(Draft(body=BODY), 1)
    log.revise(2, body="it moved to host c")
    log.forget(2)
    assert scan(home, apply=True) == {**NOTHING, "memories": [2], "looked": 3}
    memory = home.context.log.get(2)
    assert (memory.body, memory.alive) == ("it moved to host c", False)
    home("unforget", ref="2")
    assert home.context.log.get(2).alive
    assert SECRET.encode() not in everywhere(home)
    assert home.context.log.verify() == []


def test_what_was_forgotten_and_brought_back_stays_alive(home: Served) -> None:
    log = old(home)
    log.remember(Draft(body=BODY), 1)
    log.forget(2)
    log.restore(2)
    scan(home, apply=True)
    assert home.context.log.get(2).alive
    home.context.log.rebuild()
    assert home.context.log.get(2).alive


def test_what_was_brought_back_by_a_version_that_held_it_stays_alive(home: Served) -> None:
    log = old(home)
    log.remember(Draft(body="nothing yet", topic_key="config/db"), 1)
    log.forget(2)
    log.remember(Draft(body=BODY, topic_key="config/db"), 1)  # which brings it back
    log.forget(2)
    log.restore(2)

    scan(home, apply=True)

    assert home.context.log.get(2).alive
    log.forget(2)
    assert not log.get(2).alive
    assert log.undo().reverted == ("alive",)
    assert log.get(2).alive


def test_a_tag_makes_what_was_redacted_no_newer(home: Served) -> None:
    old(home).remember(Draft(body=BODY), 1)
    scan(home, apply=True)
    before = home.context.log.get(2)

    home("revise", trust="owner", ref="2", tags=["db"])

    assert home.context.log.get(2) == replace(before, tags=("db",))


def test_a_repeat_that_held_it_still_counts(home: Served) -> None:
    log = old(home)
    log.remember(Draft(body=BODY), 1)
    log.remember(Draft(body=BODY, tags=(f"password: {SECRET}",)), 1)
    scan(home, apply=True)
    assert home.context.log.get(2).repeats == 1
    home.context.log.rebuild()
    assert home.context.log.get(2).repeats == 1


def test_what_only_versions_without_a_body_had_sealed_goes_with_them(home: Served) -> None:
    sealed_beside_clear_words(home)
    assert home.database.value("SELECT count(*) FROM sealed") == 1
    scan(home, apply=True)
    assert home.database.value("SELECT count(*) FROM sealed") == 0
    assert check(home.database) == []


def test_a_repair_from_a_backup_made_before_brings_nothing_back(home: Served) -> None:
    old(home).remember(Draft(body=BODY), 1)
    home("backup")
    scan(home, apply=True)
    path = home.home.store
    home.database.connection.execute("PRAGMA foreign_keys = OFF")
    home.database.connection.execute("DELETE FROM changes WHERE cause = 'remember' AND patch IS NULL")
    home.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    home.close()
    path.write_bytes(bytes(100) + path.read_bytes()[100:])  # the header: so that all is read anew
    repair(path, now_ms=5, folder=home.home.backups, rebuild=lambda database: offline._log(database).rebuild())
    home.reopen()
    assert home.context.log.get(2).body == HIDDEN
    assert home.context.log.verify() == []
    assert home.database.value("SELECT count(*) FROM changes WHERE cause = 'remember' AND patch IS NULL") == 1


def test_a_forget_that_was_before_it_can_still_be_undone(home: Served) -> None:
    log = old(home)
    log.remember(Draft(body=BODY), 1)
    log.forget(2)
    scan(home, apply=True)

    undone = home("undo", change=home("history", ref="2")["steps"][1]["change"])

    assert (undone["reverted"], undone["memory"]["alive"]) == (["alive"], True)
    home("undo", change=undone["change"])
    assert not home.context.log.get(2).alive


def test_it_cannot_be_undone(home: Served) -> None:
    old(home).remember(Draft(body=BODY), 1)
    scan(home, apply=True)
    steps = home("history", ref="2")["steps"]
    assert [step["cause"] for step in steps] == ["redact", "remember"]
    assert steps[1]["erased"]
    for step in steps:
        with pytest.raises(Refused, match="a redaction is final"):
            home("undo", change=step["change"])
    assert SECRET not in json.dumps(steps)


def test_a_bare_undo_stops_before_it_and_takes_back_nothing_older(home: Served) -> None:
    home.remember("what somebody kept before")
    old(home).remember(Draft(body=BODY), 1)
    scan(home, apply=True)
    with pytest.raises(Refused, match="the last thing done was a redaction"):
        home("undo")
    assert home.context.log.get(2).alive


def judged_in_clear(home: Served) -> tuple[Log, Relation]:
    """Two notes and a verdict on them that holds the secret; the older one was said again before it was judged."""
    log = old(home)
    one = log.remember(Draft(body="the staging database runs on host b"), 1).memory
    other = log.remember(Draft(body="the staging database runs on host c"), 1).memory
    log.relations.compare(other, one, Verdict("related", "looked alike", None, 1.0, "me", "owner", None))
    verdict = Verdict("supersedes", f"it moved, {BODY}", BODY, 1.0, "me", "owner", None)
    return log, log.relations.compare(other, one, verdict)


def test_verdicts_lose_it_and_hold_on_as_of_when_they_were_made(home: Served) -> None:
    log, before = judged_in_clear(home)
    assert scan(home) == {**NOTHING, "relations": 1, "looked": 5}
    assert scan(home, apply=True)["relations"] == 1
    after = home.context.log.relations.get(before.judgment_id)
    assert before.verdict is not None
    assert after.verdict is not None
    assert after.verdict.evidence == HIDDEN
    assert (after.verdict.relation, after.source, after.judged) == ("supersedes", before.source, before.judged)
    assert SECRET.encode() not in everywhere(home)
    assert log.verify() == []
    assert scan(home, apply=True)["relations"] == 0
    home.context.log.rebuild()
    assert home.context.log.relations.get(before.judgment_id) == after


def test_a_verdict_that_was_redacted_is_carried_to_another_store(home: Served, tmp_path: Path) -> None:
    _, before = judged_in_clear(home)
    scan(home, apply=True)
    out = io.BytesIO()
    export(home.database, out, journal=True, now_ms=5)
    (tmp_path / "b").mkdir()
    with closing(Served(tmp_path / "b")) as other:
        other.database.close()
        offline.import_(other.home, io.BytesIO(out.getvalue()), mine=True)
        other.reopen()
        there = other.context.log.relations.get(before.judgment_id)
        assert there.judged == before.judged
        assert there.verdict == home.context.log.relations.get(before.judgment_id).verdict


def test_what_was_sealed_already_stays_sealed_as_it_is(home: Served) -> None:
    number = home.remember(BODY, seal=True)
    old(home).revise(number, title=f"password: {SECRET}")
    assert scan(home, apply=True)["sealed"] == 0
    assert home.get(number) == BODY
    assert home.context.log.get(number).title == "password: [redacted:assignment]"
    assert SECRET.encode() not in everywhere(home)


def test_a_record_of_a_version_that_lost_its_body_goes_with_it(home: Served) -> None:
    number = home.remember(BODY, seal=True)
    old(home).revise(number, title=f"password: {SECRET}")
    home("revise", trust="owner", ref=str(number), body="now password: chang3d-Secret! on host c", title="staging")
    old(home).revise(number, tags=(f"password: {SECRET}",))
    assert scan(home, apply=True)["memories"] == [number]
    assert "chang3d-Secret!" in home.get(number)
    assert check(home.database) == []
    assert SECRET.encode() not in everywhere(home)


def test_events_and_delivered_packs_lose_it(home: Served) -> None:
    database = home.database
    database.connection.execute("INSERT INTO sessions (host, name, started, heard) VALUES ('host', 's', 1, 1)")
    database.connection.execute(
        "INSERT INTO events (session, kind, at, text, input, terms, detail, trust)"
        " VALUES (1, 'tool', 1, ?, ?, ?, ?, 'owner')",
        (
            database.keep_text(BODY), database.keep_text(f"export PASSWORD={SECRET}"), "troubadour",
            json.dumps({"error": f"password: {SECRET}"}),
        ),
    )  # fmt: skip
    database.connection.execute(
        "INSERT INTO deliveries (mark, session, place, at, key, items, text, tokens)"
        " VALUES ('m', 1, 'p', 1, x'00', '[]', ?, 1)",
        (database.keep_text("given: " + BODY),),
    )
    assert {**scan(home), "looked": 0} == {**NOTHING, "events": 1, "packs": 1, "looked": 0}
    scan(home, apply=True)
    assert SECRET.encode() not in everywhere(home)
    row = database.connection.execute("SELECT t.body FROM events e JOIN texts t ON t.id = e.text").fetchall()[0]
    assert row[0] == HIDDEN
    assert check(database) == []


def test_names_of_projects_sessions_and_details_lose_it(home: Served) -> None:
    database = home.database
    old(home).projects.rename(1, f"password: {SECRET}")
    database.connection.execute(
        "INSERT INTO projects (uuid, label, created, heard) VALUES (zeroblob(16), ?, 1, 1)", (BODY,)
    )
    database.connection.execute(
        "INSERT INTO sessions (host, name, worktree, cwd, branch, started, heard) VALUES ('host', 's', ?, ?, ?, 1, 1)",
        (f"/w/password: {SECRET}", f"/c/password: {SECRET}", f"fix/password={SECRET}"),
    )
    database.connection.execute(
        "INSERT INTO events (session, kind, at, detail, trust) VALUES (1, 'tool', 1, ?, 'owner')",
        (json.dumps({"kept": [{f"password: {SECRET}": 5}]}),),
    )
    assert {**scan(home), "looked": 0} == {**NOTHING, "events": 1, "projects": 2, "sessions": 1, "looked": 0}
    scan(home, apply=True)
    assert SECRET.encode() not in everywhere(home)
    home.context.log.rebuild()
    labels = [row[0] for row in database.connection.execute("SELECT label FROM projects ORDER BY id")]
    assert labels == ["password: [redacted:assignment]", HIDDEN]
    assert not any(scan(home)[name] for name in OTHERS)
    assert check(database) == []
    assert home.context.log.verify() == []


def test_without_the_key_nothing_is_taken_out(home: Served) -> None:
    home.remember("a password: s3aled-Before! is kept", seal=True)
    (home.home.folder / "key").unlink()
    number = old(home).remember(Draft(body=BODY), 1).memory.number
    with pytest.raises(Refused, match="is not here"):
        scan(home, apply=True)
    assert home.context.log.get(number).body == BODY


def test_an_import_of_an_older_export_brings_nothing_back(home: Served, tmp_path: Path) -> None:
    old(home).remember(Draft(body=BODY), 1)

    def lines() -> bytes:
        out = io.BytesIO()
        export(home.database, out, journal=True, now_ms=5)
        return out.getvalue()

    before = lines()
    assert SECRET.encode() in before
    (tmp_path / "b").mkdir()
    with closing(Served(tmp_path / "b")) as other:
        other.database.close()
        offline_import(other, before)
        scan(home, apply=True)
        after = lines()
        assert SECRET.encode() not in after
        offline.import_(other.home, io.BytesIO(after), mine=True)
        offline.import_(other.home, io.BytesIO(before), mine=True)
        other.reopen()
        assert SECRET.encode() not in everywhere(other)
        assert other.context.log.get(2).body == HIDDEN


def sealed_beside_clear_words(home: Served) -> None:
    """A note whose first version had something sealed, and said it in its title, too."""
    hidden = hide(Draft(body=BODY, title=f"password: {SECRET}"), sensitive=False, seal=True)
    memory = old(home).remember(replace(hidden.draft, title=f"password: {SECRET}"), 1).memory
    home.context.safe.keep(memory.id, hidden, actor="test", at=1)
    home("revise", trust="owner", ref="2", body="it moved to host c", title="the staging database")


def test_nor_does_it_bring_back_a_record_that_went(home: Served) -> None:
    sealed_beside_clear_words(home)
    lines = io.BytesIO()
    export(home.database, lines, journal=False, now_ms=1)
    scan(home, apply=True)

    offline_import(home, lines.getvalue())

    assert home.database.value("SELECT count(*) FROM sealed") == 0
    assert check(home.database) == []


def test_nor_does_a_repair_from_a_backup(home: Served) -> None:
    sealed_beside_clear_words(home)
    home("backup")
    scan(home, apply=True)
    path = home.home.store
    home.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    home.close()
    path.write_bytes(bytes(100) + path.read_bytes()[100:])  # the header: so that all is read anew
    repair(path, now_ms=5, folder=home.home.backups, rebuild=lambda database: offline._log(database).rebuild())
    home.reopen()

    assert home.context.log.get(2).body == "it moved to host c"
    assert home.database.value("SELECT count(*) FROM sealed") == 0
    assert check(home.database) == []


def offline_import(home: Served, lines: bytes) -> None:
    from holdfast.store.care.importing import import_
    from holdfast.store.database import Database

    with closing(Database(home.home.store)) as database:
        import_(database, io.BytesIO(lines), clean=str, rebuild=Log(database, Clock(), str).rebuild, mine=True)


def test_a_step_takes_no_longer_than_it_may_and_the_next_goes_on(home: Served) -> None:
    from holdfast.rescan import Rescan

    for number in range(5):
        home.remember(f"note number {number} about something else")
    moment = iter(range(1_000_000))
    rescan = Rescan(home.database, home.context.log, Safe(home.database, home.keys), clock=lambda: float(next(moment)))
    seen, after = 0, None
    for _ in range(100):
        step = rescan.step(after, apply=False, actor="test", at=1)
        assert step.looked <= 1
        seen, after = seen + step.looked, step.next
        if after is None:
            break
    assert seen == 7


@pytest.mark.parametrize("after", ["", "memories", "memories:x", "tables:1", "memories:-1", "memories:" + "9" * 40])
def test_a_place_that_is_none_is_refused(home: Served, after: str) -> None:
    with pytest.raises(UsageError, match="no place to go on from"):
        home("secret.migrate", after=after)
