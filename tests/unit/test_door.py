"""The door of HTTP inside the daemon's service."""

import asyncio
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
        service.start()
        door = HttpDoor(home, service.settings, service.ask)
        await service.admit(door)
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

    monkeypatch.setattr(server, "_PATIENCE", 0.05)
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
