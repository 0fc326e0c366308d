"""One journal, whoever told it, in which order, how often.

What "the same journal" means
=============================

Of a store's events, in each session, the multiset of

    (kind, agent, tool, status, input, text, trust, prompt)

without the kinds `start` and `end`, of which transcripts say nothing, and without what depends on who spoke first:
times, sightings, numbers, details (`tests.recordings.replay.World.canonical`). For each recorded session:

(a) All hooks, each once or more, in any order, mixed with all lines, in the order of their file and cut into reads of
    any size, give one canonical journal. A fork's file is read after the lines that it copies.
(b) Hooks alone give exactly the events of that journal that have a hook's sighting; transcripts alone exactly those
    that have a line's, and none is without: what only hooks tell are the boundaries. The prompt that an event belongs
    to is the one thing in which a source alone can fall short: a hook tells words typed in mid-turn under the prompt
    that runs, and a line without `promptId` (those words again, replies, errors) stands under the prompt above it.
(c) A process that dies before any statement of any transaction, its file opened again and told again what it had not
    confirmed, ends with that journal.
(d) So does what hooks had to spool.
(e) Under guard rules that grow at any moment, the events are the same; each text is as the older or the newer rules
    leave it, and what was taken already stays as it was. (Not together with (g): words that one install tells before
    the upgrade, and another within half a second after it, are two events where the new rule changes them.)
(f) Whole-line copies belong to the session that they were copied from.
(g) A hook that two installs fire, up to half a second apart, is one event.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.recordings.replay import HEARD, READ, Canonical, Recording, World, names, recording

from holdfast.edge import spool
from holdfast.hosts.claude_code import tools, transcript, words
from holdfast.journal import taking

guard_rules = importlib.import_module("holdfast.guard.redact")  # the package has a function of that name
LONG = os.environ.get("HOLDFAST_LONG") == "1"
often = settings(
    max_examples=5_000 if LONG else 250, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
seldom = settings(often, max_examples=2_000 if LONG else 80)
MEMORY = Path("/dev/shm")
every_recording = pytest.mark.parametrize("name", names())


@contextlib.contextmanager
def world() -> Iterator[World]:
    """A new store, in memory where there is such a place."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        made = World(Path(folder))
        try:
            yield made
        finally:
            made.close()


@pytest.fixture(autouse=True)
def guard_beside_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """`spool.shrink` finds the guard as it does beside the launcher."""
    monkeypatch.setitem(sys.modules, "redact", guard_rules)


@dataclass(frozen=True, slots=True)
class Hear:
    """Tell a hook call: by which install, how much later, directly or out of the spool."""

    call: int
    install: str = "a"
    later: int = 0
    spooled: bool = False

    def do(self, place: World, told: Recording) -> None:
        place.hear(
            told.calls[self.call], f"{self.install}{self.call:04x}", later=self.later,
            shrink=spool.shrink if self.spooled else bytes,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    """Read on in a transcript, after the lines of which it is a copy."""

    file: int
    chunk: int

    def do(self, place: World, told: Recording) -> None:
        path = told.transcripts[self.file]
        for parent in told.before(path):
            place.read_to_end(parent)
        place.read(path, self.chunk)


@dataclass(frozen=True, slots=True)
class Again:
    """Read all transcripts from their beginning, as after they were copied back from elsewhere."""

    def do(self, place: World, told: Recording) -> None:
        place.forget_positions()


Step = Hear | Read | Again
_hearing = st.builds(
    Hear, st.integers(0, 200), st.sampled_from("ab"), st.integers(0, 500), st.booleans()
)  # a call is taken modulo their number
_reading = st.builds(Read, st.integers(0, 5), st.sampled_from((1, 60, 700, 2_500, 4_096, 65_536)))


@st.composite
def schedules(draw: st.DrawFn) -> tuple[Recording, list[Step]]:
    """A recording, and steps after which everything was told at least once."""
    told = recording(draw(st.sampled_from(names())))
    steps: list[Step] = []
    for step in draw(st.lists(st.one_of(_hearing, _reading, _reading, st.builds(Again)), max_size=40)):
        if isinstance(step, Hear):
            step = Hear(step.call % len(told.calls), step.install, step.later * (step.install == "b"), step.spooled)
        elif isinstance(step, Read):
            step = Read(step.file % len(told.transcripts), step.chunk)
        steps.append(step)
    heard = {step.call for step in steps if isinstance(step, Hear)}
    rest: list[Step] = [Hear(number) for number in range(len(told.calls)) if number not in heard]
    draw(st.randoms(use_true_random=False)).shuffle(rest)
    at = draw(st.integers(0, len(steps)))
    return told, [*steps[:at], *rest, *steps[at:]]


def finish(place: World, told: Recording) -> None:
    for path in told.transcripts:
        place.read_to_end(path, 65_536)


def tell(place: World, told: Recording, hooks: bool = True, lines: bool = True, spooled: bool = False) -> None:
    """Everything once, hooks first."""
    for number in range(len(told.calls) if hooks else 0):
        Hear(number, spooled=spooled).do(place, told)
    if lines:
        finish(place, told)


_straight: dict[str, Canonical] = {}


def straight(told: Recording) -> Canonical:
    """The canonical journal of a recording."""
    if told.name not in _straight:
        with world() as place:
            tell(place, told)
            _straight[told.name] = place.canonical()
    return _straight[told.name]


# (a), (d), (g)


@often
@given(schedules())
def test_any_order_and_repetition_of_hooks_and_lines_gives_one_journal(schedule: tuple[Recording, list[Step]]) -> None:
    told, steps = schedule
    with world() as place:
        for step in steps:
            step.do(place, told)
        finish(place, told)
        assert place.canonical() == straight(told)


@every_recording
def test_a_transcript_that_arrives_byte_by_byte_is_read_as_one_that_was_there(name: str, tmp_path: Path) -> None:
    told = recording(name)
    cuts = random.Random(name)
    with world() as place:
        tell(place, told, lines=False)
        for path in told.transcripts:
            copy = tmp_path / path.name
            content = path.read_bytes()
            ends = sorted({0, len(content), *(cuts.randrange(len(content)) for _ in range(60))})
            with copy.open("wb") as growing:
                for start, stop in itertools.pairwise(ends):
                    growing.write(content[start:stop])
                    growing.flush()
                    place.read_to_end(copy, cuts.choice((1, 300, 5_000)))
        assert place.canonical() == straight(told)


# (b)


@every_recording
def test_each_source_alone_tells_what_it_can_see_and_no_more(name: str) -> None:
    told = recording(name)
    with world() as both, world() as heard, world() as read:
        tell(both, told)
        tell(heard, told, lines=False)
        for path in told.transcripts:
            read.read_to_end(path, 1)

        assert both.canonical(where="NOT " + READ) == Counter()
        assert heard.canonical(prompts=False) == both.canonical(where=HEARD, prompts=False)
        assert read.canonical(prompts=False) == both.canonical(where=READ, prompts=False)
        # of replies and errors hooks know the prompt, of the rest that has one transcripts do
        certain = "e.kind IN ('reply', 'error')"
        assert heard.canonical(where=certain) == both.canonical(where=f"{certain} AND {HEARD}")
        certain = f"e.kind NOT IN ('reply', 'error') AND NOT {QUEUED}"
        assert read.canonical(where=certain) == both.canonical(where=f"{certain} AND {READ}")


QUEUED = "coalesce(json_extract(e.detail, '$.queued'), 0)"


def test_the_recordings_hold_what_either_source_alone_cannot_see() -> None:
    """Otherwise the test above would say little."""
    missed: Counter[str] = Counter()
    for name in names():
        told = recording(name)
        with world() as both:
            tell(both, told)
            missed.update(row[1] for row in both.canonical(where="NOT " + HEARD).elements() if row[1])
            missed.update(row[1] for row in both.canonical(where="NOT " + READ, boundaries=True).elements() if row[1])
    assert missed.keys() == {"start", "end", "prompt", "command", "shell", "reply", "tool", "interrupt", "error"}


# (c)


class Killed(BaseException):
    """The process is gone."""


def kill(place: World, statements: int) -> None:
    """Let the process die before that many more statements inside transactions; what is on disk then is what stays."""
    left = statements

    def trace(cursor: Any, sql: str, values: Any) -> bool:
        nonlocal left
        left -= cursor.connection.in_transaction
        if left < 0:
            disk = place.file.parent / "disk"
            if not disk.exists():
                disk.mkdir()
                for suffix in ("", "-wal"):
                    with contextlib.suppress(FileNotFoundError):
                        shutil.copyfile(f"{place.file}{suffix}", disk / f"holdfast.db{suffix}")
            raise Killed
        return True

    place.database.connection.exec_trace = trace


def revive(place: World) -> None:
    """Go on with what was on disk."""
    place.database.connection.exec_trace = None
    place.close()
    disk = place.file.parent / "disk"
    for suffix in ("", "-wal", "-shm"):
        place.file.with_name(place.file.name + suffix).unlink(missing_ok=True)
    for file in disk.iterdir():
        file.rename(place.file.parent / file.name)
    disk.rmdir()
    place.open()


@seldom
@given(schedules(), st.lists(st.integers(0, 120), min_size=1, max_size=6))
def test_a_process_that_dies_at_any_statement_loses_and_doubles_nothing(
    schedule: tuple[Recording, list[Step]], deaths: list[int]
) -> None:
    told, steps = schedule
    with world() as place:
        kill(place, deaths.pop())
        for step in [*steps, *(Read(number, 65_536) for number in range(len(told.transcripts)))]:
            while True:
                try:
                    step.do(place, told)
                except Killed:
                    revive(place)
                    if deaths:
                        kill(place, deaths.pop())
                    continue
                break
        place.database.connection.exec_trace = None
        finish(place, told)
        assert place.canonical() == straight(told)
        assert place.rows("PRAGMA integrity_check") == [("ok",)]


# (d)


@every_recording
def test_what_hooks_had_to_spool_gives_the_same_journal(name: str) -> None:
    told = recording(name)
    with world() as spooled, world() as direct:
        tell(spooled, told, lines=False, spooled=True)
        tell(direct, told, lines=False)
        assert spooled.canonical(boundaries=True) == direct.canonical(boundaries=True)
        tell(spooled, told)
        assert spooled.canonical() == straight(told)


# (e)


def stricter(text: str) -> str:
    """What a rule that came with an upgrade leaves of a text."""
    for word in ("agent", "count", "tabs", "print", "greet", "hand", "wrote", "refuse", "names"):
        text = text.replace(word, "[redacted:more]")
    return text


@contextlib.contextmanager
def grown_rules() -> Iterator[None]:
    """The guard of a later version, which hides more."""

    def all_strings(value: object) -> object:
        if isinstance(value, str):
            return stricter(value)
        if isinstance(value, dict):
            return {name: all_strings(item) for name, item in value.items()}
        return [all_strings(item) for item in value] if isinstance(value, list) else value

    clean: Callable[..., str] = guard_rules.clean
    clean_json: Callable[..., object] = guard_rules.clean_json
    with pytest.MonkeyPatch.context() as patch:
        for module in (words, tools, transcript, taking):
            patch.setattr(module, "clean", lambda text, **more: stricter(clean(text, **more)))
        patch.setattr(tools, "clean_json", lambda value, **more: all_strings(clean_json(value, **more)))
        yield


def strictly(journal: Canonical) -> Canonical:
    """A journal as the newer rules would leave it."""
    found: Canonical = Counter()
    for row, times in journal.items():
        found[tuple(part if part is None else stricter(part) for part in row)] += times
    return found


@seldom
@given(schedules(), st.integers(0, 60), st.booleans())
def test_rules_that_grow_at_any_moment_double_nothing_and_replace_nothing(
    schedule: tuple[Recording, list[Step]], upgrade: int, again: bool
) -> None:
    told, steps = schedule
    steps = [replace(step, install="a", later=0) if isinstance(step, Hear) else step for step in steps]
    with world() as place:
        for step in steps[:upgrade]:
            step.do(place, told)
        texts = "SELECT id, input, text FROM events WHERE input IS NOT NULL AND text IS NOT NULL ORDER BY id"
        before = place.rows(texts)
        with grown_rules():
            if again:
                place.forget_positions()
            for step in steps[upgrade:]:
                step.do(place, told)
            finish(place, told)
        assert strictly(place.canonical()) == strictly(straight(told))
        assert set(before) <= set(place.rows(texts))


def test_the_newer_rules_of_these_tests_change_what_was_recorded() -> None:
    assert sum(strictly(straight(recording(name))) != straight(recording(name)) for name in names()) > 10


# (f)


@pytest.mark.parametrize("name", [name for name in names() if name.endswith("/fork")])
def test_lines_that_a_fork_copies_belong_to_the_session_they_were_copied_from(name: str) -> None:
    told = recording(name)
    parent, fork = told.transcripts
    assert told.before(fork) == [parent]
    with world() as place:
        tell(place, told, hooks=False)
        copied = place.rows(
            "SELECT s.name FROM events e JOIN sessions s ON s.id = e.session"
            " WHERE (SELECT count(DISTINCT file) FROM sightings WHERE event = e.id) = 2"
        )
        assert len(copied) >= 3
        assert {row[0] for row in copied} == {parent.stem}
        own = place.canonical(where=f"s.name = '{fork.stem}'")
        assert Counter(row[1] for row in own.elements()) == {"prompt": 1, "reply": 1}


# (g)


@every_recording
def test_two_installs_that_fire_the_same_hook_tell_one_event(name: str) -> None:
    told = recording(name)
    with world() as place, world() as alone:
        for number in range(len(told.calls)):
            Hear(number).do(place, told)
            Hear(number, install="b", later=(number * 97) % 501).do(place, told)
            Hear(number).do(alone, told)
        assert place.canonical(boundaries=True) == alone.canonical(boundaries=True)
