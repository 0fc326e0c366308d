"""The daemon's inside, where something goes wrong that it must outlive."""

import asyncio
import json
import shutil
import socket
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from holdfast import daemon
from holdfast.capture import Answer, Capture, Plan, Told
from holdfast.edge import spool as edge
from holdfast.edge.frame import Frame, encode
from holdfast.errors import Refused
from holdfast.lock import Lock
from holdfast.operations import Door
from holdfast.paths import Home
from holdfast.service import Service


def spooled(home: Home, nth: int, text: str) -> None:
    payload = {
        "session_id": "s1",
        "cwd": "/w",
        "hook_event_name": "UserPromptSubmit",
        "prompt": text,
        "prompt_id": text,
    }
    edge.keep(
        encode(Frame("claude-code", "UserPromptSubmit", f"{nth:02x}", nth, "/w", "1")), json.dumps(payload).encode()
    )


async def until(condition: Any) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


def test_a_frame_that_the_journal_refuses_holds_up_none_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    home.make()
    monkeypatch.setitem(sys.modules, "redact", import_module("holdfast.guard.redact"))
    monkeypatch.chdir(home.folder)
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
        service = Service(home, leave=lambda: None)
        service.start()
        try:
            await until(lambda: files() == [".frame"])
            while files() == [".frame"]:
                await service.tick()
                await asyncio.sleep(0.01)
        finally:
            await service.stop()

    asyncio.run(serve())
    assert files() == [".failed"]


def serve(home: Home, monkeypatch: pytest.MonkeyPatch, service: type[Service], during: Callable[[], None]) -> None:
    """Run a daemon that looks after its home all the time, until it leaves by itself."""
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
            asyncio.get_running_loop().call_later(0.1, during)
            await daemon.Daemon(home, listener, lock).run()

    asyncio.run(run())
    lock.release()


def test_a_look_at_the_home_that_fails_is_not_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []

    class Troubled(Service):
        async def tick(self) -> None:
            looks.append("look")
            if len(looks) == 1:
                raise OSError("the disk is away")

        def idle(self) -> bool:
            return len(looks) == 2

    home = Home(tmp_path / "home")
    home.make()
    serve(home, monkeypatch, Troubled, lambda: None)
    assert looks == ["look", "look"]


def test_a_checkpoint_tells_what_stands_in_the_transcript_alone(tmp_path: Path) -> None:
    """A prompt typed while the agent works is told by no hook of the older host."""
    home = Home(tmp_path / "home")
    home.make()
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
        service = Service(home, leave=lambda: None)
        service.start()
        try:
            await service.hook(hook("PreCompact", 1, trigger="auto"))
            return await service.hook(hook("SessionStart", 2, source="compact"))
        finally:
            await service.stop()

    assert "Asked: and mend the exporter too" in asyncio.run(serve()).decode()


def test_a_daemon_that_nobody_asked_for_a_while_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgotten(Service):
        def start(self, door: Door | None = None) -> None:
            super().start(door)
            self._quiet_since -= 31 * 60

    home = Home(tmp_path / "home")
    home.make()
    serve(home, monkeypatch, Forgotten, lambda: None)
    assert not home.socket.exists()


def test_a_daemon_whose_home_was_removed_leaves_and_makes_nothing_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    home.make()
    serve(home, monkeypatch, Service, lambda: shutil.rmtree(home.folder))
    assert not home.folder.exists()


def test_a_daemon_whose_home_was_made_anew_leaves_it_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    home.make()
    monkeypatch.chdir(tmp_path)

    def anew() -> None:
        home.folder.rename(tmp_path / "away")
        home.make()
        home.lock.touch()
        home.socket.write_text("of the next daemon")

    serve(home, monkeypatch, Service, anew)
    assert home.socket.read_text() == "of the next daemon"
