"""The daemon's inside, where something goes wrong that it must outlive."""

import asyncio
import contextlib
import json
import shutil
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from holdfast import daemon
from holdfast.capture import Answer, Capture, Plan, Told
from holdfast.clock import Clock
from holdfast.distill.event import Drawn
from holdfast.drawing import Work
from holdfast.edge import spool as edge
from holdfast.edge.frame import Frame, encode
from holdfast.errors import Refused
from holdfast.hosts.claude_code.transcript import Reader
from holdfast.journal.spool import Spool
from holdfast.journal.tail import Batch, Position, next_batch
from holdfast.lock import Lock
from holdfast.memory import Draft
from holdfast.operations import Door
from holdfast.paths import Home
from holdfast.service import Service
from holdfast.store.care.index import merging
from holdfast.store.database import Database
from holdfast.store.log import Log
from holdfast.transcripts import Transcripts


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty one; hooks that keep their frames there find what redacts them, as beside the launcher."""
    monkeypatch.setitem(sys.modules, "redact", import_module("holdfast.guard.redact"))
    home = Home(tmp_path / "home")
    home.make()
    return home


def spooled(home: Home, nth: int, text: str) -> None:
    keep_on_disk(home, told("UserPromptSubmit", nth, prompt=text, prompt_id=text))


def told(event: str, nth: int, session: str = "s1", **fields: Any) -> Frame:
    """What a hook sends."""
    payload = {"session_id": session, "cwd": "/w", "hook_event_name": event, **fields}
    return Frame("claude-code", event, f"{nth:02x}", nth, "/w", "1", {}, json.dumps(payload).encode())


def keep_on_disk(home: Home, frame: Frame) -> None:
    """As a hook does that was not answered."""
    with contextlib.chdir(home.folder):
        edge.keep(encode(replace(frame, body=b"")), frame.body)


@asynccontextmanager
async def serving(home: Home, *held: threading.Event) -> AsyncIterator[Service]:
    """A service that has begun. held: what it may wait for when the test ends, which it then does no longer."""
    service = Service(home, leave=lambda: None)
    service.start()
    try:
        yield service
    finally:
        for each in held:
            each.set()
        await service.stop()


async def until(condition: Any) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


def test_a_frame_that_the_journal_refuses_holds_up_none_behind_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    spooled(home, 1, "odd")
    spooled(home, 2, "even")
    take = Capture.hook

    def refusing(self: Capture, told: Told, plan: Plan | None = None) -> Answer:
        if told.heard is not None and told.heard.drafts[0].text == "odd":
            raise Refused("a rule forbids it")
        return take(self, told, plan)

    monkeypatch.setattr(Capture, "hook", refusing)

    def files() -> list[str]:
        return [path.suffix for path in home.spool.iterdir()]

    async def serve() -> None:
        async with serving(home) as service:
            await until(lambda: files() == [".frame"])
            while files() == [".frame"]:
                await service.tick()
                await asyncio.sleep(0.01)

    asyncio.run(serve())
    assert files() == [".failed"]


@dataclass
class Held:
    """Planning that begins and goes on only when told to."""

    begun: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def plan(self, told: Told, until: float | None = None) -> Plan | None:
        self.begun.set()
        self.go_on.wait(30)
        return None


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    held = Held()
    monkeypatch.setattr("holdfast.service._PLANNING", {"UserPromptSubmit": 30.0})
    monkeypatch.setattr(Capture, "plan", lambda self, told, until=None: held.plan(told, until))
    yield held
    held.go_on.set()


def prompt() -> Frame:
    return told("UserPromptSubmit", 1, prompt="why?")


def test_a_start_waits_for_what_is_being_taken_out_of_the_spool(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.service._PLANNING", {"SessionStart": 60.0})
    spooled(home, 1, "what an earlier session asked")
    taking, go_on, looked = threading.Event(), threading.Event(), threading.Event()
    take, waiting = Capture.hook, Spool.waiting
    left: list[list[Path]] = []

    def held_up(self: Capture, told: Told, plan: Plan | None = None) -> Answer:
        taking.set()
        go_on.wait(30)
        return take(self, told, plan)

    def noticed(self: Spool) -> list[Path]:
        if taking.is_set():
            looked.set()
        return waiting(self)

    monkeypatch.setattr(Capture, "hook", held_up)
    monkeypatch.setattr(Spool, "waiting", noticed)
    monkeypatch.setattr(Capture, "plan", lambda self, told, until=None: left.append(waiting(Spool(home.spool))))
    start = told("SessionStart", 2, "s2", source="startup")

    async def serve() -> None:
        async with serving(home, go_on) as service:
            await until(taking.is_set)
            asking = asyncio.ensure_future(service.hook(start))
            await until(looked.is_set)
            go_on.set()
            await asking

    asyncio.run(serve())
    assert left == [[]]


LEARNED = "Done.\n\n## Key Learnings\n\n1. The gateway closes idle connections after 31 seconds, not after 60.\n"


async def bodies(service: Service) -> list[str]:
    return [each["body"] for each in (await service.ask("recent", {"all_projects": True}))["memories"]]


def test_a_start_waits_for_what_is_being_drawn(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.service._PLANNING", {"SessionStart": 60.0})
    monkeypatch.setattr("holdfast.service._DRAWN", (0.0, 0.0))
    drawing, go_on = threading.Event(), threading.Event()
    draw = Work.draw

    def held_up(self: Work) -> list[Drawn]:
        drawing.set()
        go_on.wait(30)
        return draw(self)

    monkeypatch.setattr(Work, "draw", held_up)

    async def serve() -> bytes:
        async with serving(home, go_on) as service:
            await service.hook(told("UserPromptSubmit", 1, prompt="mend it", prompt_id="p"))
            await service.hook(told("Stop", 2, prompt_id="p", last_assistant_message=LEARNED))
            await until(drawing.is_set)
            asking = asyncio.ensure_future(service.hook(told("SessionStart", 3, "s2", source="startup")))
            for nth in range(3):  # it has time to plan
                await service.ask("remember", {"body": f"a note of somebody else's {nth}", "scope": "personal"})
            go_on.set()
            return await asking

    assert "after 31 seconds" in asyncio.run(serve()).decode()


def test_what_hooks_had_to_keep_on_disk_is_drawn_from_before_a_session_starts(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.service._PLANNING", {"SessionStart": 60.0})
    monkeypatch.setattr("holdfast.service._DRAWN", (60.0, 60.0))

    async def serve() -> bytes:
        async with serving(home) as service:
            await service.hook(told("UserPromptSubmit", 1, prompt="mend it", prompt_id="p"))
            keep_on_disk(home, told("Stop", 2, prompt_id="p", last_assistant_message=LEARNED))
            return await service.hook(told("SessionStart", 3, "s2", source="startup"))

    assert "after 31 seconds" in asyncio.run(serve()).decode()


def test_a_hook_that_is_slow_to_keep_its_copy_is_waited_for(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.service._SETTLE", (0.0, 0.0))
    looks: list[str] = []

    class Looking(Service):
        def _drain_if_waiting(self) -> None:
            super()._drain_if_waiting()
            looks.append("look")
            if len(looks) == 2:
                spooled(home, 1, "kept late")

    async def serve() -> None:
        service = Looking(home, leave=lambda: None)
        service.start()
        try:
            await until(lambda: looks)  # after the start
            monkeypatch.setattr("holdfast.service._SETTLE", (0.0, 0.1))
            service.spooled_soon()
            await until(lambda: len(looks) >= 2 and not Spool(home.spool).waiting())
        finally:
            await service.stop()

    asyncio.run(serve())


def test_what_is_begun_when_a_daemon_leaves_is_finished(home: Home, tmp_path: Path) -> None:
    note = tmp_path / "memory" / "dryer.md"
    note.parent.mkdir()
    note.write_text("---\nname: dryer\ntype: project\n---\nThe dryer service restarts itself every night at two.\n")
    keep_on_disk(home, told("SessionEnd", 1, transcript_path=str(tmp_path / "s1.jsonl"), reason="other"))

    async def serve(*, stop_at_once: bool) -> list[str]:
        async with serving(home) as service:
            return [] if stop_at_once else await bodies(service)

    asyncio.run(serve(stop_at_once=True))
    assert asyncio.run(serve(stop_at_once=False)) == ["The dryer service restarts itself every night at two."]


def test_an_import_waits_while_a_prompt_is_answered(home: Home, held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.service._GIVING_WAY", 30.0)

    async def served() -> list[bool]:
        async with serving(home, held.go_on) as service:
            asking = asyncio.ensure_future(service.hook(prompt()))
            await until(held.begun.is_set)
            importing = asyncio.ensure_future(service.ask("import.position", {"path": "/w/t.jsonl"}))
            await asyncio.sleep(0)
            await service.ask("remember", {"body": "a note of somebody else's", "scope": "personal"})
            waited = not importing.done()
            held.go_on.set()
            await asking
            await importing
            return [waited, importing.done()]

    assert asyncio.run(served()) == [True, True]


def test_an_import_does_not_wait_for_ever(home: Home, held: Held) -> None:

    async def served() -> bool:
        async with serving(home, held.go_on) as service:
            asking = asyncio.ensure_future(service.hook(prompt()))
            await until(held.begun.is_set)
            await service.ask("import.position", {"path": "/w/t.jsonl"})
            return not asking.done()

    assert asyncio.run(served())


def test_the_search_index_is_not_merged_while_a_prompt_is_answered(
    home: Home, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Database(home.store)) as database:
        log = Log(database, Clock(), str)
        for nth in range(40):
            log.remember(Draft(f"number {nth} of what is kept", scope="personal"))
    begun = threading.Event()
    steps: list[bool] = []

    def counted(each: bool) -> bool:
        steps.append(each)
        return each

    def noted(database: Database) -> Iterator[bool]:
        begun.set()
        return map(counted, merging(database))

    monkeypatch.setattr("holdfast.upkeep.merging", noted)

    async def served() -> int:
        async with serving(home, held.go_on) as service:
            asking = asyncio.ensure_future(service.hook(prompt()))
            await until(held.begun.is_set)
            await service.tick()
            await until(begun.is_set)
            for nth in range(3):  # the writer is free
                await service.ask("remember", {"body": f"a note of somebody else's {nth}", "scope": "personal"})
            meanwhile = len(steps)
            held.go_on.set()
            await asking
            await until(lambda: steps)
            return meanwhile

    assert asyncio.run(served()) == 0


def serve(
    home: Home, monkeypatch: pytest.MonkeyPatch, service: type[Service], during: Callable[[], None] | None = None
) -> None:
    """Run a daemon that looks after its home all the time, until it leaves by itself; `during` when it has made the
    copy of its first day."""
    monkeypatch.setattr("holdfast.service.Service", service)
    monkeypatch.setattr(daemon, "_TICK", 0.01)
    monkeypatch.chdir(home.folder)
    lock = Lock(home.lock)
    assert lock.take()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind("socket")
    listener.listen()

    async def run() -> None:
        async with asyncio.timeout(30):
            serving = asyncio.ensure_future(daemon.Daemon(home, listener, lock).run())
            if during is not None:
                await until(lambda: list(home.backups.glob("holdfast-*.db")))
                during()
            await serving

    asyncio.run(run())
    lock.release()


def test_a_look_at_the_home_that_fails_is_not_the_last(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []

    class Troubled(Service):
        async def tick(self) -> None:
            looks.append("look")
            if len(looks) == 1:
                raise OSError("the disk is away")

        def idle(self) -> bool:
            return len(looks) == 2

    serve(home, monkeypatch, Troubled)
    assert looks == ["look", "look"]


@pytest.mark.parametrize("read", ["not yet", "just now"])
def test_a_checkpoint_tells_what_stands_in_the_transcript_alone(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: str
) -> None:
    """A prompt typed while the agent works is told by no hook of the older host."""
    monkeypatch.setattr("holdfast.service._PLANNING", {"SessionStart": 60.0})
    monkeypatch.setattr("holdfast.transcripts._SETTLE", (0.0 if read == "just now" else 60.0, 60.0))
    reading, go_on = threading.Event(), threading.Event()
    if read == "not yet":
        go_on.set()

    def held_up(*known: Any) -> Batch:
        reading.set()
        go_on.wait(30)
        return next_batch(*known)

    monkeypatch.setattr("holdfast.transcripts.next_batch", held_up)
    transcript = tmp_path / "s1.jsonl"
    line = {
        "type": "user", "uuid": "u1", "sessionId": "s1", "promptId": "p1", "timestamp": "2026-11-20T10:00:00.000Z",
        "cwd": str(tmp_path), "entrypoint": "cli", "message": {"role": "user", "content": "and mend the exporter too"},
    }  # fmt: skip
    transcript.write_text(json.dumps(line) + "\n")

    def hook(event: str, nth: int, **fields: Any) -> Frame:
        payload = {
            "session_id": "s1", "cwd": str(tmp_path), "hook_event_name": event, "transcript_path": str(transcript),
            **fields,
        }  # fmt: skip
        at = 1_800_000_000_000 + nth
        return Frame("claude-code", event, f"{nth:016x}", at, str(tmp_path), "1", {}, json.dumps(payload).encode())

    async def serve() -> bytes:
        async with serving(home, go_on) as service:
            await service.hook(hook("PreCompact", 1, trigger="auto"))
            if read == "just now":
                await until(reading.is_set)
            asking = asyncio.ensure_future(service.hook(hook("SessionStart", 2, source="compact")))
            for nth in range(3):  # it has time to plan
                await service.ask("remember", {"body": f"a note of somebody else's {nth}", "scope": "personal"})
            go_on.set()
            return await asking

    assert "Asked: and mend the exporter too" in asyncio.run(serve()).decode()


def test_a_file_that_is_no_transcript_is_tried_at_one_start_only(home: Home, tmp_path: Path) -> None:
    """A store of an earlier version, or a host's hook, may name one."""
    foreign = tmp_path / "gemini.jsonl"
    foreign.write_text("# notes\nnot JSON at all\n")

    async def files(*, told: bool) -> None:
        async with serving(home) as service:
            if told:
                await service.ask("import.position", {"path": str(foreign)})
                assert list((await service.ask("import.read", {}))["files"]) == [str(foreign)]
            else:
                async with asyncio.timeout(30):
                    while (await service.ask("import.read", {}))["files"]:
                        await asyncio.sleep(0.01)

    asyncio.run(files(told=True))
    asyncio.run(files(told=False))


def test_a_daemon_that_nobody_asked_for_a_while_leaves(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgotten(Service):
        def start(self, door: Door | None = None) -> None:
            super().start(door)
            self._quiet_since -= 31 * 60

    serve(home, monkeypatch, Forgotten)
    assert not home.socket.exists()


def test_a_daemon_whose_home_was_removed_leaves_and_makes_nothing_anew(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(home, monkeypatch, Service, lambda: shutil.rmtree(home.folder))
    assert not home.folder.exists()


def test_a_daemon_whose_home_was_made_anew_leaves_it_to_the_next(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def anew() -> None:
        home.folder.rename(tmp_path / "away")
        home.make()
        home.lock.touch()
        home.socket.write_text("of the next daemon")

    serve(home, monkeypatch, Service, anew)
    assert home.socket.read_text() == "of the next daemon"


def test_a_file_that_an_import_told_of_is_read_on_only_where_the_host_keeps_its_transcripts(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    hosts = tmp_path / "claude" / "projects" / "-w"
    hosts.mkdir(parents=True)
    paths = [tmp_path / "met.jsonl", hosts / "told.jsonl", tmp_path / "read.jsonl", tmp_path / "told.jsonl"]
    paths.append(hosts / ".." / ".." / ".." / "told.jsonl")
    with closing(Database(home.store)) as database:
        database.connection.execute("INSERT INTO sessions (id, host, name, started, heard) VALUES (1, 'x', 's', 1, 1)")
        database.connection.execute("INSERT INTO events (id, session, kind, at, trust) VALUES (1, 1, 'end', 1, 'tool')")
        for nth, path in enumerate(paths, 1):
            path.write_text("{}\n{}\n")
            database.connection.execute(
                "INSERT INTO files (id, host, path, read_to) VALUES (?, 'claude-code', ?, ?)",
                (nth, str(path), 3 if path.stem == "read" else 0),
            )
            if path.stem != "met":
                database.connection.execute("INSERT INTO sightings (event, file) VALUES (1, ?)", (nth,))
    looked: list[str] = []
    monkeypatch.setattr(Transcripts, "look_later", lambda self, path, final: looked.append(path))

    async def serve() -> None:
        async with serving(home):
            await until(lambda: len(looked) >= 3)

    asyncio.run(serve())
    assert sorted(looked) == sorted(str(path) for path in paths[:3])


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """Which threads look at folders (`identify`) and at the host's own notes (`listed`)."""
    threads: dict[str, set[str]] = {}

    def noting(module: str, name: str) -> None:
        did = getattr(import_module(module), name)

        def noted(*arguments: Any, **more: Any) -> Any:
            threads.setdefault(name, set()).add(threading.current_thread().name)
            return did(*arguments, **more)

        monkeypatch.setattr(f"{module}.{name}", noted)

    noting("holdfast.journal.ingest", "identify")
    noting("holdfast.adopting", "listed")
    return threads


def asked(home: Home, *operations: tuple[str, dict[str, Any]]) -> list[Any]:
    """What a service answers, one operation after the other."""

    async def serve() -> list[Any]:
        async with serving(home) as service:
            return [await service.ask(name, told) for name, told in operations]

    return asyncio.run(serve())


@pytest.mark.parametrize("name", ["remember", "review.confirm", "conflicts.scan", "erase"])
def test_the_writer_looks_at_no_folder(home: Home, tmp_path: Path, threads: dict[str, set[str]], name: str) -> None:
    said = {"remember": {"body": "the roof is green"}, "conflicts.scan": {}}.get(name, {"ref": "1"})
    (tmp_path / "other").mkdir()

    asked(
        home, ("remember", {"body": "the roof is red", "scope": "personal", "cwd": str(tmp_path)}),
        (name, {**said, "cwd": str(tmp_path / "other"), "trust": "agent"}),
    )  # fmt: skip

    assert threads["identify"]
    assert "writer" not in threads["identify"]


def test_the_writer_reads_no_file_of_the_hosts_own_notes(
    home: Home, tmp_path: Path, threads: dict[str, set[str]]
) -> None:
    transcript = tmp_path / "transcripts" / "s1.jsonl"
    (transcript.parent / "memory").mkdir(parents=True)
    (transcript.parent / "memory" / "MEMORY.md").write_text("- the roof is red\n")
    line = {
        "type": "user", "uuid": "u1", "sessionId": "s1", "cwd": str(tmp_path), "timestamp": "2026-01-02T03:04:05Z",
        "version": "2.1.197", "promptId": "p1", "message": {"role": "user", "content": "mend the roof"},
    }  # fmt: skip
    transcript.write_text(json.dumps(line) + "\n")
    (position,) = asked(home, ("import.position", {"path": str(transcript)}))
    batch = next_batch(transcript, Position(**position), lambda state: Reader.resumed(frozenset(), state))

    _, taken = asked(
        home, ("import.take", {"batch": batch.dump()}), ("import.notes", {"folder": str(transcript.parent)})
    )

    assert taken == {"changed": 1, "more": False}
    assert threads["listed"]
    assert "writer" not in threads["listed"]
