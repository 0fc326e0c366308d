"""Relations on the log: proposed once, judged, taken back, erased, carried elsewhere."""

import io
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from holdfast.clock import Clock
from holdfast.errors import NotFound, Refused, UsageError
from holdfast.ids import derived
from holdfast.memory import Draft, Memory, Relation, Verdict, relation_id
from holdfast.store.care.check import check
from holdfast.store.care.exporting import export
from holdfast.store.care.importing import Imported, import_
from holdfast.store.database import Database
from holdfast.store.log import Log
from holdfast.store.supersession import instead

WORD = "frobozz"


class Store:
    """A log over a new file, with two projects, whose clock moves by a millisecond with each look at it."""

    def __init__(self, path: Path) -> None:
        self.path, self.now = path, 1_000_000
        self.database = Database(path)
        self.log = Log(self.database, Clock(wall=self.tick), lambda text: text.replace("hush", "***"))
        for name in ("app", "lib"):
            self.database.connection.execute(
                "INSERT INTO projects (uuid, label, created, heard) VALUES (?, ?, 1, 1)",
                (derived("project", name).bytes, name),
            )

    def tick(self) -> int:
        self.now += 1
        return self.now

    def keep(self, body: str, project: int | None = 1, **fields: Any) -> Memory:
        return self.log.remember(Draft(body, **fields), project).memory

    def proposed(self, newer: Memory, older: Memory) -> Relation:
        found = self.log.relations.propose(newer, older, 0.75)
        assert found is not None
        return found

    def supersede(self, newer: Memory, older: Memory, **fields: Any) -> Relation:
        return self.log.relations.compare(newer, older, Verdict("supersedes", **fields))

    def instead(self, *memories: Memory) -> dict[int, int]:
        return instead(self.database, [memory.number for memory in memories])

    def rows(self) -> list[tuple[Any, ...]]:
        return self.database.connection.execute("SELECT * FROM relations ORDER BY uuid").fetchall()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "store.db")
    yield made
    made.database.close()


@pytest.fixture
def pair(store: Store) -> tuple[Memory, Memory]:
    """An older and a newer note."""
    return store.keep("we use tabs"), store.keep("we use spaces")


def test_a_candidate_waits_for_a_verdict_and_is_noted_once(store: Store, pair: tuple[Memory, Memory]) -> None:
    older, newer = pair

    first = store.proposed(newer, older)
    again = store.proposed(older, newer)

    assert first == again
    assert (first.status, first.verdict, first.score) == ("pending", None, 0.75)
    assert (first.source.number, first.target.number) == (newer.number, older.number)
    assert first.id == relation_id(older.id, newer.id)
    assert len(store.log.history(older.number)) == 1  # nothing happened to the notes


def test_a_verdict_is_kept_with_who_found_it_and_why(store: Store, pair: tuple[Memory, Memory]) -> None:
    name = store.proposed(pair[1], pair[0]).judgment_id
    verdict = Verdict("supersedes", "hush, it changed", '{"said": "spaces now"}', 2.0, "claude", "agent", "s1")

    judged = store.log.relations.judge(name, verdict)

    assert judged.status == "judged"
    assert judged.verdict == Verdict(
        "supersedes", "***, it changed", '{"said": "spaces now"}', 1.0, "claude", "agent", "s1"
    )
    assert judged == store.log.relations.get(name)
    assert judged.judged is not None
    assert judged.judged > judged.created


def test_another_verdict_takes_the_place_of_the_first_which_stays_in_the_history(
    store: Store, pair: tuple[Memory, Memory]
) -> None:
    name = store.proposed(pair[1], pair[0]).judgment_id
    store.log.relations.judge(name, Verdict("conflicts_with", "both were said"))

    judged = store.log.relations.judge(name, Verdict("compatible", "one is for make files"))

    found = [edit.after["relation"] for step in store.log.relations.history(judged.id) for edit in step.edits
             if edit.name == "verdict"]  # fmt: skip
    assert found == ["compatible", "conflicts_with"]
    assert judged.verdict is not None
    assert judged.verdict.relation == "compatible"


def test_the_same_verdict_again_is_no_change(store: Store, pair: tuple[Memory, Memory]) -> None:
    name = store.proposed(pair[1], pair[0]).judgment_id
    first = store.log.relations.judge(name, Verdict("related"))

    assert store.log.relations.judge(name, Verdict("related")) == first
    assert len(store.log.relations.history(first.id)) == 2


def test_what_cannot_be_judged_changes_nothing(store: Store, pair: tuple[Memory, Memory]) -> None:
    known = store.proposed(pair[1], pair[0])
    elsewhere = store.keep("a third note")

    with pytest.raises(NotFound):
        store.log.relations.judge("rel-0123456789abcdef", Verdict("related"))
    with pytest.raises(UsageError):
        store.log.relations.judge("12", Verdict("related"))
    with pytest.raises(UsageError):
        store.log.relations.judge(known.judgment_id, Verdict("replaces"))
    with pytest.raises(UsageError):
        store.log.relations.judge(known.judgment_id, Verdict("supersedes"), source=elsewhere)
    with pytest.raises(Refused):
        store.log.relations.judge(known.judgment_id, Verdict("related", "x" * 5_000))
    assert store.log.relations.get(known.judgment_id) == known
    assert len(store.log.relations.history(known.id)) == 1


def test_the_older_one_may_be_right(store: Store, pair: tuple[Memory, Memory]) -> None:
    name = store.proposed(pair[1], pair[0]).judgment_id

    store.log.relations.judge(name, Verdict("supersedes"), source=pair[0])

    assert store.instead(*pair) == {pair[1].number: pair[0].number}


def test_only_what_belongs_together_is_compared(store: Store) -> None:
    here, there = store.keep("we use tabs"), store.keep("we use tabs", 2)
    mine, other = store.keep("tabs for me", None, scope="personal"), store.keep("none for me", 2, scope="personal")

    assert store.log.relations.propose(here, there, 1.0) is None
    assert store.log.relations.propose(here, mine, 1.0) is None
    assert store.log.relations.propose(here, here, 1.0) is None
    with pytest.raises(Refused, match="do not belong together"):
        store.supersede(here, there)
    with pytest.raises(Refused, match="itself"):
        store.supersede(here, here)
    assert store.supersede(other, mine).status == "judged"
    store.log.projects.merge(2, 1)
    assert store.supersede(here, there).status == "judged"


def test_two_projects_that_part_again_have_nothing_to_do_with_each_other(store: Store) -> None:
    here, there = store.keep("we use tabs"), store.keep("we use spaces", 2)
    merged = store.log.projects.merge(2, 1)
    store.supersede(there, here)
    assert store.instead(here) == {here.number: there.number}

    store.log.undo(merged)

    assert store.instead(here) == {}


def test_what_is_forgotten_is_neither_proposed_nor_judged(store: Store, pair: tuple[Memory, Memory]) -> None:
    known = store.proposed(pair[1], pair[0])
    forgotten = store.log.forget(pair[0].number).memory

    assert store.log.relations.get(known.judgment_id).status == "orphaned"
    assert store.log.relations.propose(pair[1], forgotten, 1.0) is None
    with pytest.raises(Refused, match="was forgotten"):
        store.log.relations.judge(known.judgment_id, Verdict("related"))
    store.log.restore(pair[0].number)
    assert store.log.relations.get(known.judgment_id) == known


def test_a_verdict_is_undone_and_done_again(store: Store, pair: tuple[Memory, Memory]) -> None:
    name = store.proposed(pair[1], pair[0]).judgment_id
    store.log.relations.judge(name, Verdict("supersedes"))

    undone = store.log.undo()

    assert (undone.cause, undone.entity_kind, undone.reverted, undone.memory) == (
        "judge",
        "relation",
        ("verdict",),
        None,
    )
    assert undone.relation is not None
    assert undone.relation.status == "pending"
    assert store.instead(*pair) == {}
    again = store.log.undo(undone.change)
    assert again.relation is not None
    assert again.relation.status == "judged"
    assert store.instead(*pair) == {pair[0].number: pair[1].number}


def test_undoing_the_second_verdict_brings_back_the_first(store: Store, pair: tuple[Memory, Memory]) -> None:
    first = store.supersede(pair[1], pair[0])
    store.log.relations.judge(first.judgment_id, Verdict("not_conflict"))

    undone = store.log.undo()

    assert undone.relation is not None
    assert undone.relation.verdict == first.verdict


def test_undoing_a_verdict_on_what_was_no_candidate_leaves_nothing(store: Store, pair: tuple[Memory, Memory]) -> None:
    known = store.supersede(pair[1], pair[0])

    undone = store.log.undo()

    assert undone.relation is None
    assert store.rows() == []
    with pytest.raises(NotFound):
        store.log.relations.get(known.judgment_id)
    assert store.supersede(pair[1], pair[0]).verdict == known.verdict


def test_undo_takes_back_what_was_asked_for_and_not_that_a_candidate_was_noted(
    store: Store, pair: tuple[Memory, Memory]
) -> None:
    store.proposed(pair[1], pair[0])

    undone = store.log.undo()

    assert (undone.cause, undone.memory and undone.memory.number) == ("remember", pair[1].number)


def test_erasing_one_of_the_two_takes_the_words_of_the_verdict_along(store: Store, pair: tuple[Memory, Memory]) -> None:
    known = store.supersede(pair[1], pair[0], reason=f"{WORD} said so", evidence=f"I heard {WORD}")

    erased = store.log.erase(pair[0].number)

    assert erased.settled
    raw = store.path.read_bytes() + store.path.with_name(store.path.name + "-wal").read_bytes()
    assert WORD.encode() not in raw
    assert store.rows() == []
    assert store.log.verify() == []
    assert store.log.relations.of([pair[1].number]) == {}
    with pytest.raises(Refused, match="final"):
        store.log.undo(store.log.relations.history(known.id)[-1].change)


def test_erasing_takes_along_what_was_said_in_a_verdict_that_was_taken_back(
    store: Store, pair: tuple[Memory, Memory]
) -> None:
    store.supersede(pair[1], pair[0], reason=f"{WORD} said so")
    undone = store.log.undo()

    store.log.erase(pair[0].number)

    assert WORD.encode() not in store.path.read_bytes() + store.path.with_name(store.path.name + "-wal").read_bytes()
    with pytest.raises(Refused, match="final"):
        store.log.undo(undone.change)


def test_what_is_read_follows_from_the_log(store: Store, pair: tuple[Memory, Memory]) -> None:
    third = store.keep("we use three spaces")
    store.supersede(pair[1], pair[0])
    store.proposed(third, pair[1])
    store.log.relations.judge(store.proposed(third, pair[0]).judgment_id, Verdict("related"))
    store.log.undo()
    before = store.rows(), store.database.connection.execute("SELECT * FROM registers ORDER BY 1, 2").fetchall()

    store.log.rebuild()

    after = store.rows(), store.database.connection.execute("SELECT * FROM registers ORDER BY 1, 2").fetchall()
    assert len(before[0]) == 3
    assert after == before
    assert check(store.database) == []


def test_each_memory_tells_its_relations(store: Store, pair: tuple[Memory, Memory]) -> None:
    third = store.keep("we use three spaces")
    judged = store.supersede(pair[1], pair[0])
    pending = store.proposed(third, pair[1])

    ties = store.log.relations.of([memory.number for memory in (*pair, third)])

    told = {
        number: [(tie.relation, tie.status, tie.direction, tie.other, tie.judgment_id) for tie in found]
        for number, found in ties.items()
    }
    older, newer = (memory.number for memory in pair)
    assert told[older] == [("supersedes", "judged", "target", newer, judged.judgment_id)]
    assert set(told[newer]) == {
        ("supersedes", "judged", "source", older, judged.judgment_id),
        (None, "pending", "target", third.number, pending.judgment_id),
    }
    assert told[third.number] == [(None, "pending", "source", newer, pending.judgment_id)]


def test_they_are_listed_by_status_and_project_and_counted(store: Store, pair: tuple[Memory, Memory]) -> None:
    there = store.keep("they use tabs", 2), store.keep("they use spaces", 2)
    judged, pending = store.supersede(pair[1], pair[0]), store.proposed(there[1], there[0])
    relations = store.log.relations

    assert [each.id for each in relations.listed()] == [pending.id, judged.id]
    assert [each.id for each in relations.listed(limit=1)] == [pending.id]
    assert [each.id for each in relations.listed(status="judged")] == [judged.id]
    assert [each.id for each in relations.listed(family=[2])] == [pending.id]
    assert sorted(relations.counts()) == [("judged", "supersedes", 1), ("pending", None, 1)]
    store.log.forget(there[0].number)
    assert [each.id for each in relations.listed(status="orphaned")] == [pending.id]


# -- what holds --


def test_what_was_written_anew_since_the_verdict_holds_again(store: Store, pair: tuple[Memory, Memory]) -> None:
    store.supersede(pair[1], pair[0])

    store.log.revise(pair[0].number, body="we use tabs in make files")

    assert store.instead(*pair) == {}


def test_what_belongs_to_another_scope_since_the_verdict_holds_again(store: Store, pair: tuple[Memory, Memory]) -> None:
    store.supersede(pair[1], pair[0])

    store.log.revise(pair[1].number, scope="personal")

    assert store.instead(*pair) == {}


def test_what_is_brought_back_by_an_undo_is_as_old_as_it_was(store: Store, pair: tuple[Memory, Memory]) -> None:
    verdict = store.supersede(pair[1], pair[0])

    store.log.revise(pair[0].number, body="we use tabs in make files")
    revision = store.log.undo()
    assert store.instead(*pair) == {pair[0].number: pair[1].number}
    assert store.log.get(pair[0].number).revised == pair[0].revised

    assert revision.change is not None
    store.log.undo(revision.change)
    assert store.instead(*pair) == {}

    change = store.log.relations.history(verdict.id)[0].change
    undone = store.log.undo(change).change
    again = store.log.undo(undone).relation  # the note was written anew since it was judged
    assert again is not None
    assert (again.verdict, again.judged) == (verdict.verdict, verdict.judged)
    assert store.instead(*pair) == {}
    before = store.rows()
    store.log.rebuild()
    assert store.rows() == before


def test_what_is_said_again_after_it_was_superseded_is_a_new_note(store: Store, pair: tuple[Memory, Memory]) -> None:
    store.supersede(pair[1], pair[0])

    again = store.log.remember(Draft("we use tabs"), 1)

    assert not again.folded
    assert again.memory.number not in (pair[0].number, pair[1].number)


@pytest.mark.parametrize(
    ("source", "target", "kind", "holds"),
    [
        ("imported", "owner", "agent", False),
        ("tool", "agent", "agent", False),
        ("imported", "owner", "owner", True),
        ("imported", "imported", "agent", True),
        ("agent", "owner", "agent", True),
        ("owner", "imported", "agent", True),
        ("quarantined", "quarantined", "owner", False),
    ],
)
def test_what_nobody_here_said_takes_no_place_unless_a_person_says_so(
    store: Store, source: Any, target: Any, kind: str, holds: bool
) -> None:
    older, newer = store.keep("we use tabs", trust=target), store.keep("we use spaces", trust=source)

    store.supersede(newer, older, kind=kind)

    assert store.instead(older) == ({older.number: newer.number} if holds else {})


# -- elsewhere --


def exported(store: Store) -> list[bytes]:
    out = io.BytesIO()
    export(store.database, out, journal=False, now_ms=5)
    return out.getvalue().splitlines(keepends=True)


def imported(store: Store, lines: list[bytes]) -> Imported:
    return import_(store.database, io.BytesIO(b"".join(lines)), clean=str, rebuild=store.log.rebuild, mine=True)


def test_relations_are_carried_to_another_store_and_back(
    store: Store, pair: tuple[Memory, Memory], tmp_path: Path
) -> None:
    store.log.relations.judge(store.proposed(pair[1], pair[0]).judgment_id, Verdict("supersedes", "hm", "so", 0.5))
    lines = exported(store)
    with closing(Database(tmp_path / "other.db")) as database:
        log = Log(database, Clock(), str)
        assert import_(database, io.BytesIO(b"".join(lines)), clean=str, rebuild=log.rebuild, mine=True).changes == 4
        (found,) = log.relations.listed()
        out = io.BytesIO()
        export(database, out, journal=False, now_ms=5)

    assert found == store.log.relations.listed()[0]
    assert out.getvalue().splitlines(keepends=True)[1:] == lines[1:]
    assert imported(store, lines).changes == 0


def test_a_relation_may_come_before_the_memories_that_it_speaks_of(
    store: Store, pair: tuple[Memory, Memory], tmp_path: Path
) -> None:
    store.supersede(pair[1], pair[0])
    lines = exported(store)
    lines = [lines[0], *sorted(lines[1:], key=lambda line: b'{"relation"' not in line)]
    with closing(Database(tmp_path / "other.db")) as database:
        log = Log(database, Clock(), str)
        import_(database, io.BytesIO(b"".join(lines[:2])), clean=str, rebuild=log.rebuild, mine=True)
        (alone,) = log.relations.listed()
        import_(database, io.BytesIO(b"".join(lines)), clean=str, rebuild=log.rebuild, mine=True)
        (whole,) = log.relations.listed()

    assert (alone.status, alone.source.number) == ("orphaned", None)
    assert whole.status == "judged"


def test_a_candidate_that_another_device_noted_later_undoes_no_verdict(
    store: Store, pair: tuple[Memory, Memory], tmp_path: Path
) -> None:
    lines = exported(store)
    with closing(Database(tmp_path / "other.db")) as database:
        log = Log(database, Clock(), str)
        import_(database, io.BytesIO(b"".join(lines)), clean=str, rebuild=log.rebuild, mine=True)
        log.relations.propose(log.get(pair[1].id), log.get(pair[0].id), 0.9)
        out = io.BytesIO()
        export(database, out, journal=False, now_ms=5)
    judged = store.supersede(pair[1], pair[0])

    imported(store, out.getvalue().splitlines(keepends=True))

    (found,) = store.log.relations.listed()
    assert (found.verdict, found.status) == (judged.verdict, "judged")


def test_what_comes_of_an_erased_memory_is_erased(store: Store, pair: tuple[Memory, Memory], tmp_path: Path) -> None:
    before = exported(store)
    with closing(Database(tmp_path / "other.db")) as database:
        log = Log(database, Clock(), str)
        import_(database, io.BytesIO(b"".join(before)), clean=str, rebuild=log.rebuild, mine=True)
        log.relations.compare(log.get(pair[1].id), log.get(pair[0].id), Verdict("related", f"{WORD} said so"))
        out = io.BytesIO()
        export(database, out, journal=False, now_ms=5)
    store.log.erase(pair[0].number)

    imported(store, out.getvalue().splitlines(keepends=True))

    assert WORD not in str(store.database.connection.execute("SELECT patch FROM changes").fetchall())
    assert store.rows() == []
    assert store.log.verify() == []


SPOILT = {
    "relation": "replaces", "kind": "robot", "confidence": 2, "source": "zz", "reason": 7, "session": ["s"],
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_a_verdict_of_another_shape_is_not_taken_in(store: Store, pair: tuple[Memory, Memory], name: str) -> None:
    store.supersede(pair[1], pair[0])
    lines = exported(store)
    said = json.loads(lines[-1])
    change = said["relation"]["changes"][0]
    change["id"] = "0" * 32
    change["device_seq"] += 1_000
    change["patch"]["verdict"][name] = SPOILT[name]

    with pytest.raises(Refused) as refused:
        imported(store, [lines[0], json.dumps(said).encode() + b"\n"])
    assert "verdict of its patch" in refused.value.why


def test_a_relation_that_is_not_of_its_pair_is_not_taken_in(store: Store, pair: tuple[Memory, Memory]) -> None:
    store.supersede(pair[1], pair[0])
    lines = exported(store)
    said = json.loads(lines[-1])
    change = said["relation"]["changes"][0]
    change["id"], change["device_seq"] = "0" * 32, change["device_seq"] + 1_000
    change["patch"]["ends"][0] = "0" * 32

    with pytest.raises(Refused) as refused:
        imported(store, [lines[0], json.dumps(said).encode() + b"\n"])
    assert "the pair" in refused.value.why


def test_no_agents_verdict_takes_the_place_of_the_owners(store: Store, pair: tuple[Memory, Memory]) -> None:
    older, newer = pair
    judged = store.supersede(older, newer, kind="owner")
    log, name = store.log, judged.judgment_id
    (change,) = (step.change for step in log.relations.history(judged.id))

    for over in (
        lambda: log.relations.judge(name, Verdict("not_conflict")),
        lambda: log.relations.compare(newer, older, Verdict("supersedes")),
        lambda: log.undo(whose="agent"),
        lambda: log.undo(change, whose="agent"),
    ):
        with pytest.raises(Refused, match="its owner has judged this pair"):
            over()

    assert log.relations.get(name) == judged
    undone = log.undo(change)  # he may, and then nobody brings it back for him
    with pytest.raises(Refused, match="its owner has judged this pair"):
        log.undo(undone.change, whose="agent")
    assert log.relations.compare(newer, older, Verdict("related")).verdict == Verdict("related")


@pytest.mark.parametrize("candidate", [True, False])
def test_a_verdict_that_names_no_source_is_for_the_newer_note_whatever_was_found_before(
    store: Store, pair: tuple[Memory, Memory], candidate: bool
) -> None:
    older, newer = pair
    if candidate:
        store.proposed(newer, older)
    first = store.supersede(older, newer)

    judged = store.log.relations.judge(first.judgment_id, Verdict("supersedes", "it changed"))

    assert (judged.source.number, judged.target.number) == (newer.number, older.number)


def test_a_chain_of_thousands_of_verdicts_is_followed_to_the_note_that_holds(store: Store) -> None:
    first = store.keep("note 0")
    last = 2_500
    run = store.database.connection.execute
    columns = (
        "project, kind, title, body, terms, files, tags, scope, importance, pinned, standing, trust, alive, erased, "
        "created, revised, revision, repeats, likeness"
    )
    for number in range(2, last + 1):
        id = derived("note", str(number)).bytes
        run(
            f"INSERT INTO memories (id, uuid, {columns}) SELECT ?, ?, {columns} FROM memories WHERE id = 1",
            (number, id),
        )
    run(
        "INSERT INTO relations (uuid, source, target, relation, kind, created, judged) SELECT randomblob(16), s.uuid,"
        " t.uuid, 'supersedes', 'agent', 1, 1 << 50 FROM memories t JOIN memories s ON s.id = t.id + 1"
    )

    assert instead(store.database, [first.number, 1_000, last]) == {first.number: last, 1_000: last}
