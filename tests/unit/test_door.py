"""The door of HTTP inside the daemon's service."""

import asyncio
import errno
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from holdfast import service as module
from holdfast.api.door import HttpDoor
from holdfast.api.token import Opened
from holdfast.errors import Unavailable
from holdfast.operations import LISTENING, Life
from holdfast.paths import Home
from holdfast.service import Service
from holdfast.settings import Settings


def test_an_open_door_keeps_no_daemon_alive_and_a_call_through_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    home.make()

    async def live() -> None:
        service = Service(home, leave=lambda: None)
        door = HttpDoor(home, service.settings, service.ask)
        service.start(door)
        await door.open(0)
        assert not service.idle()

        later = SimpleNamespace(monotonic=lambda: time.monotonic() + 7_200, time=time.time)
        monkeypatch.setattr(module, "time", later)
        assert door.state() is not None
        async with asyncio.timeout(30):
            while not service.idle():  # what it did at its start may still run
                await asyncio.sleep(0.01)
        await service.ask("recent", {})
        assert not service.idle()
        monkeypatch.undo()
        await service.stop()
        assert door.state() is None
        with pytest.raises(Unavailable):
            await door.open(0)

    asyncio.run(live())
    assert not home.http.exists()


_POST = b"POST / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nX-API-Key: TOKEN\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("sent", "heard"),
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\nHost: x", b""),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n", b" 200 "),
        (_POST + b"Content-Length: 100\r\n\r\n{", b" 408 "),
    ],
)  # fmt: skip
def test_a_connection_of_which_nothing_more_comes_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes, heard: bytes
) -> None:
    from holdfast.api import gate, server

    monkeypatch.setattr(server, "_PATIENCE", 0.05 if heard == b"" else 1.0)  # else the request may come too late
    monkeypatch.setattr(server, "_IDLE", 0.05)
    monkeypatch.setattr(gate, "_BODY_TIME", 0.05)
    home = Home(tmp_path / "home")
    home.make()

    async def asked(*_: object) -> None:
        raise AssertionError("nobody came in")

    async def live() -> bytes:
        door = HttpDoor(home, Settings.load(home.config, {}), asked)
        port = (await door.open(0))["port"]
        opened = Opened.read(home.http)
        assert opened is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent.replace(b"PORT", b"%d" % port).replace(b"TOKEN", opened.token.encode()))
        said = await reader.read()  # until it is closed
        writer.close()
        await door.close()
        return said

    assert heard in asyncio.run(live())[:40]


def test_a_process_that_is_no_daemon_opens_no_http(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        asyncio.run(LISTENING["http.open"](Life(Home(tmp_path), lambda: None), {}))  # type: ignore[arg-type]


def test_a_file_that_cannot_be_written_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path / "home")
    home.make()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def asked(*_: object) -> None:
        raise AssertionError("nobody came in")

    async def live() -> None:
        door = HttpDoor(home, Settings.load(home.config, {}), asked)
        with monkeypatch.context() as patched:
            patched.setattr(Opened, "write", full)
            with pytest.raises(Unavailable, match="the disk is full"):
                await door.open(0)
        assert door.state() is None
        assert (await door.open(0))["port"]
        await door.close()

    asyncio.run(live())


def test_where_it_is_set_to_stay_it_is_closed_when_the_daemon_leaves_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_HTTP_LISTEN", "true")
    home = Home(tmp_path / "home")
    home.make()

    async def live() -> None:
        service = Service(home, leave=lambda: None)
        service.start(HttpDoor(home, service.settings, service.ask))
        await service.stop()

    asyncio.run(live())
    assert not home.http.exists()
