"""Any sequence of writes, crashes and clock jumps against a simple model of what a log of changes must be."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from holdfast.clock import Clock, millis
from holdfast.errors import NotFound, Refused
from holdfast.ids import derived
from holdfast.memory import Draft, Evidence, Memory
from holdfast.store.database import Database
from holdfast.store.log import Erased, Log, Undone

LONG = os.environ.get("HOLDFAST_LONG") == "1"
MEMORY = Path("/dev/shm")  # the process crashes here, never the machine: nothing has to reach a disk
PROJECTS = (1, 2, 3)
TOPICS = ("bug/one", "bug/one", "architecture/two")

Result = TypeVar("Result")


class Crash(Exception):
    """The process ends here."""


class RolledBack(Exception):
    pass


@dataclass
class Model:
    """A memory as it must be: its registers by name, and every token that its texts ever held."""

    project: int
    registers: dict[str, Any]
    repeats: int = 0
    erased: bool = False
    tokens: set[str] = field(default_factory=set)


@dataclass
class Done:
    """A change that was acknowledged, with the registers of its memory or project as they were before it."""

    change: UUID
    about: tuple[str, int]
    before: dict[str, Any]
    repeats: int = 0


class LogMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="holdfast-log-", dir=MEMORY if MEMORY.is_dir() else None))
        self.path = self.folder / "store.db"
        self.now = 1_000_000
        self.fuse: int | None = None
        self.memories: dict[int, Model] = {}
        self.projects: dict[int, dict[str, Any]] = {}
        self.events: dict[int, str] = {}
        self.done: list[Done] = []
        self.past: dict[int, list[Memory]] = {}
        self.tokens = 0
        self.numbers: set[int] = set()
        self.pruned: set[int] = set()  # memories that lost versions to an erase
        self.silenced: set[int] = set()  # events whose words were taken out of what was drawn from them

    @initialize()
    def begin(self) -> None:
        self.open()
        for number in PROJECTS:
            self.database.connection.execute(
                "INSERT INTO projects (uuid, label, created, heard) VALUES (?, ?, 1, 1)",
                (derived("project", str(number)).bytes, f"label {number}"),
            )
            self.projects[number] = {"label": f"label {number}", "merged": None, "ignored": False}
        self.database.connection.execute(
            "INSERT INTO sessions (host, name, started, heard) VALUES ('host', 'name', 1, 1)"
        )

    def open(self) -> None:
        self.database = Database(self.path)
        self.database.connection.execute("PRAGMA synchronous = OFF")
        self.log = Log(self.database, Clock(wall=lambda: self.now), str)

    # -- what happens around it --

    @rule(step=st.sampled_from([0, 1, 1, 5, 60_000, -1, -500, -1_000_000]))
    def the_clock_is_set(self, step: int) -> None:
        self.now = max(1, self.now + step)

    @rule(nth=st.integers(1, 45))
    def the_next_write_will_crash(self, nth: int) -> None:
        self.fuse = nth

    @rule()
    def restart(self) -> None:
        self.database.close()
        self.open()

    # -- writes --

    @rule(project=st.sampled_from(PROJECTS), pinned=st.booleans(), cite=st.booleans(), data=st.data())
    def remember(self, project: int, pinned: bool, cite: bool, data: st.DataObject) -> None:
        token, tag, quote = self.token(), self.token(), self.token()
        evidence = [Evidence(quote=f"quote {quote}")]
        if cite and self.events:
            event = data.draw(st.sampled_from(sorted(self.events)))
            evidence.append(Evidence(event, f"said {self.events[event]} aloud"))
        draft = Draft(
            f"body {token} of it",
            tags=(tag,),
            files=(f"src/{tag}.py",),
            pinned=pinned,
            evidence=tuple(evidence),
        )
        saved = self.attempt(lambda: self.log.remember(draft, project))
        if saved is not None:
            assert not saved.folded
            self.born(saved.memory, project, draft, saved.change)

    @precondition(lambda self: self.some(alive=None))
    @rule(data=st.data(), ending=st.sampled_from(["", "!", " ", "\n"]))
    def repeat(self, data: st.DataObject, ending: str) -> None:
        model = self.memories[self.pick(data, alive=None)]
        said, family = model.registers["text"][0].rstrip("!"), self.family(model.project)
        draft = Draft(said + ending)
        twins = {
            number
            for number in self.those(alive=True)
            if self.memories[number].registers["text"][0].rstrip("!") == said
            and self.memories[number].project in family
        }
        saved = self.attempt(lambda: self.log.remember(draft, model.project))
        if saved is None:
            return
        assert saved.folded == bool(twins)
        if twins:
            assert saved.memory.number in twins
            self.did(saved.change, ("memory", saved.memory.number), repeats=1)
            self.memories[saved.memory.number].repeats += 1
        else:
            self.born(saved.memory, model.project, replace(draft, body=draft.body.strip()), saved.change)

    @rule(project=st.sampled_from([1, 1, 1, 2]), topic=st.sampled_from(TOPICS), data=st.data())
    def remember_under_a_topic(self, project: int, topic: str, data: st.DataObject) -> None:
        token = self.token()
        event = data.draw(st.sampled_from([None, *sorted(self.events)]))
        evidence = () if event is None else (Evidence(event, f"said {self.events[event]} aloud"),)
        draft = Draft(f"topic {token} now", topic_key=topic, evidence=evidence)
        family = self.family(project)
        known = {
            number
            for number, model in self.memories.items()
            if not model.erased
            and model.registers["topic"] == topic
            and model.project in family
            and not model.registers["pin"]  # what is pinned only its owner writes anew
        }
        saved = self.attempt(lambda: self.log.remember(draft, project))
        if saved is None:
            return
        assert not saved.folded
        number = saved.memory.number
        if known:
            assert number in known
            self.did(saved.change, ("memory", number))
            self.memories[number].registers |= {"text": (draft.body, draft.evidence), "alive": True}
            self.memories[number].tokens.add(token)
        else:
            self.born(saved.memory, project, draft, saved.change)

    @precondition(lambda self: self.some(alive=True))
    @rule(data=st.data(), what=st.sets(st.sampled_from(["body", "tags", "evidence"]), min_size=1))
    def revise(self, data: st.DataObject, what: set[str]) -> None:
        number = self.pick(data, alive=True)
        model = self.memories[number]
        token = self.token()
        body, evidence = model.registers["text"]
        fields: dict[str, Any] = {}
        if "body" in what:
            fields["body"] = body = f"revised {token} text"
        if "evidence" in what:
            fields["evidence"] = evidence = (Evidence(quote=f"other {token}"),)
        if "tags" in what:
            fields["tags"] = (token,)
        if model.registers["pin"] and "body" in what:
            with pytest.raises(Refused):
                self.log.revise(number, whose="agent", **fields)
            return
        saved = self.attempt(lambda: self.log.revise(number, whose="agent", **fields))
        if saved is not None:
            self.did(saved.change, ("memory", number))
            model.registers["text"] = (body, evidence)
            if "tags" in what:
                model.registers["tags"] = (token,)
            model.tokens.add(token)

    @precondition(lambda self: self.some(alive=True))
    @rule(data=st.data(), back=st.booleans())
    def revise_from_an_event(self, data: st.DataObject, back: bool) -> None:
        """So that a memory has versions from several; `back`: and that is undone."""
        number = self.pick(data, alive=True)
        model = self.memories[number]
        if model.registers["pin"]:
            return
        self.say(data)
        token, event = self.token(), max(self.events)
        evidence = (Evidence(event, f"said {self.events[event]} aloud"),)
        body, tags = f"revised {token} text", (token,)
        saved = self.attempt(lambda: self.log.revise(number, whose="agent", body=body, tags=tags, evidence=evidence))
        if saved is None:
            return
        self.did(saved.change, ("memory", number))
        model.registers |= {"text": (body, evidence), "tags": tags}
        model.tokens.add(token)
        undone = self.attempt(lambda: self.log.undo(saved.change)) if back else None
        if undone is not None:
            self.undid(undone)

    @precondition(lambda self: self.some(alive=None))
    @rule(data=st.data(), write=st.sampled_from(["forget", "restore"]))
    def forget_or_restore(self, data: st.DataObject, write: str) -> None:
        number = self.pick(data, alive=None)
        model = self.memories[number]
        saved = self.attempt(lambda: self.log.forget(number) if write == "forget" else self.log.restore(number))
        if saved is not None:
            assert (saved.change is None) == (model.registers["alive"] == (write == "restore"))
            self.did(saved.change, ("memory", number))
            model.registers["alive"] = write == "restore"

    @precondition(lambda self: self.some(alive=True))
    @rule(data=st.data(), pinned=st.booleans())
    def pin(self, data: st.DataObject, pinned: bool) -> None:
        number = self.pick(data, alive=True)
        model = self.memories[number]
        saved = self.attempt(lambda: self.log.pin(number) if pinned else self.log.unpin(number))
        if saved is not None:
            assert (saved.change is None) == (model.registers["pin"] == pinned)
            self.did(saved.change, ("memory", number))
            model.registers["pin"] = pinned

    @rule()
    def undo_the_latest(self) -> None:
        try:
            undone = self.attempt(self.log.undo)
        except NotFound:
            return
        except Refused:
            return  # merged the other way round since
        if undone is not None:
            assert undone.reverted
            self.undid(undone)

    @precondition(lambda self: self.done)
    @rule(data=st.data())
    def undo_one(self, data: st.DataObject) -> None:
        target = data.draw(st.sampled_from(self.done))
        kind, number = target.about
        erased = kind == "memory" and self.memories[number].erased
        try:
            undone = self.attempt(lambda: self.log.undo(target.change))
        except Refused:
            assert erased or kind == "project" or number in self.pruned
            return
        if undone is not None:
            assert not erased
            self.undid(undone)

    @precondition(lambda self: self.some(alive=None))
    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        number = self.pick(data, alive=None)
        erased = self.attempt_erasing(lambda: self.log.erase(number), [number])
        assert erased.memories in ((number,), ())  # () when it was done before a crash, and is done again
        assert self.log.get(number).erased

    @rule(data=st.data())
    def say(self, data: st.DataObject) -> None:
        token = self.token()
        connection = self.database.connection
        with self.database.transaction():
            connection.execute(
                "INSERT INTO events (session, kind, at, text, terms, trust) VALUES (1, 'prompt', 1, ?, '', 'owner')",
                (self.database.keep_text(f"said {token} aloud"),),
            )
        self.events[self.database.last_id()] = token

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def silence_event(self, data: st.DataObject) -> None:
        event = data.draw(st.sampled_from(sorted(self.events)))
        erased = self.attempt_erasing(lambda: self.log.erase_event(event, derived=False), [])
        if erased.events:
            token = self.events.pop(event)
            self.silenced.add(event)
            for model in self.memories.values():
                if not model.erased:
                    body, evidence = model.registers["text"]
                    model.registers["text"] = (body, self.without_silenced(evidence))
            for done in self.done:
                if "text" in done.before:
                    body, evidence = done.before["text"]
                    done.before["text"] = (body, self.without_silenced(evidence))
            if erased.settled:
                self.absent({token})

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def erase_event(self, data: st.DataObject) -> None:
        event = data.draw(st.sampled_from(sorted(self.events)))
        drawn = {
            number: {body for body, evidence in self.texts(number) if any(each.event == event for each in evidence)}
            for number, model in self.memories.items()
            if not model.erased
        }
        whole = [number for number, bodies in drawn.items() if self.memories[number].registers["text"][0] in bodies]
        parts = [number for number, bodies in drawn.items() if bodies and number not in whole]
        erased = self.attempt_erasing(lambda: self.log.erase_event(event), whole)
        if erased.events:
            assert set(erased.memories) <= set(whole)
            assert set(erased.changed) <= set(parts)
            token = self.events.pop(event)
            self.silenced.add(event)
            for number in parts:
                self.lost(number, drawn[number])
            if erased.settled:
                said = {word for number in parts for body in drawn[number] for word in body.split()}
                shared = {word for model in self.memories.values() for word in model.tokens if not model.erased}
                self.absent({token, *({word for word in said if len(word) == 13 and word.endswith("7")} - shared)})

    def lost(self, number: int, bodies: set[str]) -> None:
        """A memory lost the versions with these bodies: it says what it said, and they are no more to be had back."""
        model, memory = self.memories[number], self.log.get(number)
        assert (memory.body, memory.alive, memory.pinned, memory.repeats) == (
            model.registers["text"][0], model.registers["alive"], model.registers["pin"], max(0, model.repeats),
        )  # fmt: skip
        assert set(memory.tags) <= set(model.registers["tags"])
        model.registers["tags"] = memory.tags
        model.tokens -= {word for body in bodies for word in body.split()}
        self.pruned.add(number)

    @rule(project=st.sampled_from(PROJECTS), name=st.sampled_from(["label a", "label b"]))
    def rename(self, project: int, name: str) -> None:
        self.edit(project, "label", name, lambda: self.log.projects.rename(project, name))

    @rule(project=st.sampled_from(PROJECTS), into=st.sampled_from(PROJECTS))
    def merge(self, project: int, into: int) -> None:
        above: int | None = into
        circle = False
        while above is not None:
            circle |= above == project
            above = self.projects[above]["merged"]
        try:
            self.edit(project, "merged", into, lambda: self.log.projects.merge(project, into))
        except Refused:
            assert circle
        else:
            assert not circle or self.crashed

    @rule(project=st.sampled_from(PROJECTS), ignored=st.booleans())
    def ignore(self, project: int, ignored: bool) -> None:
        self.edit(project, "ignored", ignored, lambda: self.log.projects.ignore(project, ignored))

    @rule()
    def rebuild(self) -> None:
        before = self.tables()
        self.attempt(self.log.rebuild)
        assert self.tables() == before

    # -- what must hold after every step --

    @invariant()
    def memories_are_as_modelled(self) -> None:
        found = {memory.number: memory for memory in self.log.recent(limit=10_000, include_dead=True)}
        assert found.keys() == {number for number, model in self.memories.items() if not model.erased}
        for number, model in self.memories.items():
            memory = found.get(number) or self.log.get(number)
            if model.erased:
                assert (memory.erased, memory.alive, memory.body, memory.tags) == (True, False, "", ())
                continue
            assert registers_of(memory) == model.registers
            assert (memory.repeats, memory.project) == (model.repeats, model.project)

    @invariant()
    def projects_are_as_modelled(self) -> None:
        rows = self.database.connection.execute("SELECT id, label, merged_into, ignored FROM projects").fetchall()
        assert {row[0]: {"label": row[1], "merged": row[2], "ignored": bool(row[3])} for row in rows} == self.projects

    @invariant()
    def the_log_is_whole(self) -> None:
        assert self.log.verify() == []

    @invariant()
    def the_past_is_what_was_read_then(self) -> None:
        latest = millis(self.database.value("SELECT coalesce(max(clock), 0) FROM changes"))
        now = sorted(self.log.recent(limit=10_000), key=lambda memory: memory.number)
        assert self.log.as_of(latest) == now
        self.past[latest] = now

    @precondition(lambda self: len(self.past) > 1)
    @rule(data=st.data())
    def look_back(self, data: st.DataObject) -> None:
        ms = data.draw(st.sampled_from(sorted(self.past)))
        kept = [
            memory
            for memory in self.past[ms]
            if not self.memories[memory.number].erased and memory.number not in self.pruned
        ]
        assert [memory for memory in self.log.as_of(ms) if memory.number not in self.pruned] == [
            replace(memory, evidence=self.without_silenced(memory.evidence)) for memory in kept
        ]

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.check_tables()
            self.database.close()
        shutil.rmtree(self.folder)

    def check_tables(self) -> None:
        """What is kept equals what the log makes; looking changes nothing."""
        kept = self.tables()
        try:
            with self.database.transaction():
                self.log.rebuild()
                assert self.tables() == kept
                raise RolledBack
        except RolledBack:
            pass
        connection = self.database.connection
        connection.execute("INSERT INTO memories_fts (memories_fts, rank) VALUES ('integrity-check', 1)")
        connection.execute("INSERT INTO events_fts (events_fts, rank) VALUES ('integrity-check', 1)")
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        unused = """
            SELECT body FROM texts WHERE id NOT IN (
              SELECT text FROM changes WHERE text IS NOT NULL UNION SELECT quote FROM evidence WHERE quote IS NOT NULL
              UNION SELECT text FROM events WHERE text IS NOT NULL)
        """
        assert connection.execute(unused).fetchall() == []

    # -- how it is done --

    crashed = False

    def attempt(self, write: Callable[[], Result], *, again: bool = False) -> Result | None:
        """Do it; with the fuse lit crash at that statement, open the file again and find that nothing was done."""
        self.crashed = False
        if self.fuse is None:
            return write()
        left, self.fuse = self.fuse, None
        before = self.changes()

        def trace(*_: object) -> bool:
            nonlocal left
            left -= 1
            if left <= 0:
                raise Crash
            return True

        self.database.connection.exec_trace = trace
        try:
            return write()
        except Crash:
            self.crashed = True
            self.database.connection.exec_trace = None
            self.database.connection.close(True)
            self.open()
            if again:
                return write()
            assert self.changes() == before
            return None
        finally:
            self.database.connection.exec_trace = None

    def attempt_erasing(self, write: Callable[[], Erased], numbers: list[int]) -> Erased:
        """As `attempt`; but a crash while the write-ahead log is emptied comes after the erase: then do it again."""
        erased = self.attempt(write, again=True)
        if erased is None:
            return Erased()
        for number in numbers:
            self.memories[number].erased = True
        if erased.settled:
            told = {token for model in self.memories.values() if not model.erased for token in model.tokens}
            shared = told | set(self.events.values())
            self.absent({token for number in numbers for token in self.memories[number].tokens} - shared)
        return erased

    def absent(self, tokens: set[str]) -> None:
        raw = self.path.read_bytes() + self.path.with_name(self.path.name + "-wal").read_bytes()
        for token in tokens:
            assert token[4:].encode() not in raw, f"{token} is still in the file"

    def born(self, memory: Memory, project: int, draft: Draft, change: UUID | None) -> None:
        assert memory.number not in self.numbers, "a number was given twice"
        self.numbers.add(memory.number)
        tokens = {part for part in self.words(draft) if len(part) == 13 and part.endswith("7")}
        registers = registers_of(memory)
        assert registers["text"] == (draft.body, draft.evidence)
        self.memories[memory.number] = Model(project, {"alive": False}, tokens=tokens)
        self.did(change, ("memory", memory.number))
        self.memories[memory.number].registers = registers

    def words(self, draft: Draft) -> set[str]:
        quotes = " ".join(each.quote or "" for each in draft.evidence)
        return {*draft.body.split(), *draft.tags, *quotes.split()}

    def did(self, change: UUID | None, about: tuple[str, int], repeats: int = 0) -> None:
        if change is not None:
            registers = self.memories[about[1]].registers if about[0] == "memory" else self.projects[about[1]]
            self.done.append(Done(change, about, deepcopy(registers), repeats))

    def undid(self, undone: Undone) -> None:
        """The registers taken back are as they were before the change; the others as they are."""
        target = next(done for done in self.done if done.change == undone.undone)
        kind, number = target.about
        repeats = -target.repeats if "repeats" in undone.reverted else 0
        self.did(undone.change, target.about, repeats)
        registers = self.memories[number].registers if kind == "memory" else self.projects[number]
        if kind == "memory" and number in self.pruned:  # goes back to what is left of it
            self.memories[number].repeats += repeats
            self.memories[number].registers = registers_of(self.log.get(number))
            return
        for name in undone.reverted:
            if name == "repeats":
                self.memories[number].repeats += repeats
            else:
                registers[name] = target.before[name]
        assert not set(undone.reverted) & {later.register for later in undone.later}

    def edit(self, project: int, name: str, value: Any, write: Callable[[], UUID | None]) -> None:
        done = self.attempt(lambda: [write()])
        if done is not None:
            assert (done[0] is None) == (self.projects[project][name] == value)
            self.did(done[0], ("project", project))
            self.projects[project][name] = value

    def family(self, project: int) -> set[int]:
        def root(number: int) -> int:
            above = self.projects[number]["merged"]
            return number if above is None else root(above)

        return {number for number in PROJECTS if root(number) == root(project)}

    def texts(self, number: int) -> list[tuple[str, tuple[Evidence, ...]]]:
        """Every version of a memory, with its evidence."""
        versions = [done.before.get("text", ("", ())) for done in self.done if done.about == ("memory", number)]
        return [*versions, self.memories[number].registers["text"]]

    def without_silenced(self, evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        return tuple(replace(each, quote=None) if each.event in self.silenced else each for each in evidence)

    def token(self) -> str:
        self.tokens += 1
        return hashlib.sha256(str(self.tokens).encode()).hexdigest()[:12] + "7"

    def some(self, alive: bool | None) -> bool:
        return bool(self.those(alive))

    def those(self, alive: bool | None) -> list[int]:
        return [
            number
            for number, model in self.memories.items()
            if not model.erased and alive in (None, model.registers["alive"])
        ]

    def pick(self, data: st.DataObject, alive: bool | None) -> int:
        return data.draw(st.sampled_from(self.those(alive)))

    def changes(self) -> int:
        return int(self.database.value("SELECT count(*) FROM changes"))

    def tables(self) -> list[list[tuple[Any, ...]]]:
        return [
            self.database.connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
            for table in ("memories", "registers", "evidence", "projects")
        ]


def registers_of(memory: Memory) -> dict[str, Any]:
    return {
        "text": (memory.body, memory.evidence),
        "tags": memory.tags,
        "pin": memory.pinned,
        "alive": memory.alive,
        "topic": memory.topic_key,
    }


TestLog = LogMachine.TestCase
TestLog.settings = settings(
    max_examples=3_000 if LONG else 100,
    stateful_step_count=60 if LONG else 40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
