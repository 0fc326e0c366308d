"""What an oGMemory client sends in ranges, again and overlapping, is one journal.

(a) Of messages that all differ, any sends of ranges – each beginning where the ones before reached, or earlier – leave
    each message once, in order. A range that is sent again has two messages at least, or is the very last one.
(b) Of turns whose prompts repeat and whose replies differ, each turn sent once leaves every message.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.recordings.replay import World

from holdfast.memory import Draft
from holdfast.operations import OPERATIONS, Context, Life
from holdfast.operations.context import Operation
from holdfast.paths import Home
from holdfast.settings import Settings
from holdfast.store.care.exporting import export
from holdfast.store.care.importing import import_

TAKE: Operation = OPERATIONS["ogmemory.take"]
MEMORY = Path("/dev/shm")
often = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), database=None)
Message = dict[str, str]


class Journal:
    """A store of its own, and what a client sends to it."""

    def __init__(self, folder: str) -> None:
        self.world = World(Path(folder))
        home = Home(Path(folder))
        self.context = Context.over(
            self.world.database, home, Settings.load(home.config, {}), Life(home, lambda: None)
        )  # fmt: skip
        self.now = 1_790_000_000_000

    def send(self, messages: Sequence[Message]) -> None:
        self.now += 1_000
        told = TAKE.checked({"session": "s", "turn": {"messages": list(messages)}, "at": self.now})
        assert TAKE.before is not None
        prepared = TAKE.before(self.context, told)
        assert prepared is not None
        with self.world.database.transaction():
            TAKE.run(self.context, prepared)

    def words(self) -> list[str | None]:
        """What its events say, in their order; None for what was erased."""
        rows = self.world.database.connection.execute(
            "SELECT t.body FROM events e LEFT JOIN texts t ON t.id = e.text ORDER BY e.id"
        ).fetchall()
        return [None if row[0] is None else str(row[0]) for row in rows]


@contextlib.contextmanager
def journal() -> Iterator[Journal]:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        made = Journal(folder)
        yield made
        made.world.close()


def message(nth: int) -> Message:
    return {"role": "assistant" if nth % 2 else "user", "content": f"message number {nth}"}


@st.composite
def ranges(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Ranges (start, stop), each reaching from what was sent to something new, or sent again."""
    found: list[tuple[int, int]] = []
    reached = 0
    for _ in range(draw(st.integers(1, 8))):
        start = draw(st.integers(0, reached))
        stop = draw(st.integers(start + 1, reached + 5))
        if 0 < stop <= reached and stop - start < 2 and stop != reached:
            stop = min(reached, start + 2)  # of one message alone its neighbours tell nothing
        found.append((start, stop))
        reached = max(reached, stop)
    return found


@often
@given(ranges())
def test_any_overlapping_sends_leave_each_message_once_and_in_order(sends: list[tuple[int, int]]) -> None:
    with journal() as it:
        for start, stop in sends:
            it.send([message(nth) for nth in range(start, stop)])

        assert it.words() == [f"message number {nth}" for nth in range(max(stop for _, stop in sends))]


@often
@given(st.lists(st.sampled_from(["continue", "yes", "go on"]), min_size=1, max_size=12))
def test_prompts_that_repeat_are_all_kept(prompts: list[str]) -> None:
    told = [
        [{"role": "user", "content": prompt}, {"role": "assistant", "content": f"done with step {nth}"}]
        for nth, prompt in enumerate(prompts)
    ]

    with journal() as it:
        for turn in told:
            it.send(turn)

        assert it.words() == [each["content"] for turn in told for each in turn]


def test_what_was_erased_is_not_brought_back_by_sending_it_again() -> None:
    with journal() as it:
        it.send([message(0), message(1), message(2)])
        it.context.log.erase_event(2, derived=True)

        it.send([message(0), message(1), message(2), message(3)])

        assert it.words() == ["message number 0", None, "message number 2", "message number 3"]


def test_a_tool_call_that_ran_comes_after_the_prompt_that_asked_for_it() -> None:
    with journal() as it:
        it.send([{"role": "tool", "content": "[tool_use] Bash\ntool_input: {}\ntool_response: {}"}])
        it.send([message(0), message(1)])

        told = it.context.database.connection.execute("SELECT kind FROM events ORDER BY at, id").fetchall()
        assert told == [("prompt",), ("tool",), ("reply",)]


def test_what_another_store_was_sent_is_known_once_its_export_is_believed() -> None:
    told = [message(nth) for nth in range(4)]
    file = io.BytesIO()
    with journal() as there:
        there.send(told)
        there.world.log.erase_event(2)
        export(there.world.database, file, journal=True, now_ms=there.now)
    with journal() as here:
        here.world.log.remember(Draft(body="said here before", scope="personal"), None)
        for mine in (None, True):
            file.seek(0)
            import_(here.world.database, file, clean=str, rebuild=here.world.log.rebuild, mine=mine)
        here.send([told[3], told[0]])  # the latter was said again
        assert here.words() == [None if nth == 1 else f"message number {nth}" for nth in (0, 1, 2, 3, 0)]
