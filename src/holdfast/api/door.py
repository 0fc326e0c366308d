"""Opening and closing HTTP. Until it is opened nothing of it is loaded, and nothing listens."""

import asyncio
import contextlib
import logging
import socket
from typing import TYPE_CHECKING, Any

from ..errors import Unavailable, UsageError, from_system
from ..paths import Home
from ..settings import Settings
from .token import Opened, new_token, write_private

if TYPE_CHECKING:
    from .ogmemory import Call
    from .server import Server

__all__ = ["HttpDoor"]

_logger = logging.getLogger("holdfast.api")


class HttpDoor:
    """The one door of a daemon, on 127.0.0.1."""

    def __init__(self, home: Home, settings: Settings, call: "Call") -> None:
        self._home, self._settings, self._call = home, settings, call
        self._opened: Opened | None = None
        self._server: Server | None = None
        self._turn = asyncio.Lock()
        self._for_good = False
        home.http.unlink(missing_ok=True)  # of a daemon that was killed

    def state(self) -> dict[str, Any] | None:
        """Where it is open: {"address", "port"}; None while it is closed."""
        return None if self._opened is None else {"address": self._opened.address, "port": self._opened.port}

    async def open(self, port: int | None) -> dict[str, Any]:
        """Open it on that port (0: any that is free; None: the setting's), if it is not open there already.

        Raises Unavailable when the port is taken, and when it was closed for good.
        """
        async with self._turn:
            if self._for_good:
                raise Unavailable("the daemon is about to leave", fix="call again")
            if self._opened is not None and port not in (None, 0, self._opened.port):
                await self._close()
            if self._opened is None:
                await self._open(self._settings.number("http.port") if port is None else port)
            return {**(self.state() or {}), "file": str(self._home.http)}

    async def _open(self, port: int) -> None:
        listener = _listener(port)
        server: Server | None = None
        try:
            opened = Opened(listener.getsockname()[1], self._token())
            server = await asyncio.to_thread(self._loaded, opened)
            await server.start(listener)
            opened.write(self._home.http)  # last: who finds it can call
        except BaseException as error:
            if server is not None:
                await server.stop()
            listener.close()
            if isinstance(error, OSError):
                raise from_system(self._home.http, error, "written") from None
            raise
        self._opened, self._server = opened, server
        _logger.info("HTTP is open on %s", opened.address)

    def _loaded(self, opened: Opened) -> "Server":
        from .server import Server

        project = str(self._settings["ogmemory.project"])
        return Server(self._call, port=opened.port, token=opened.token, project=project)

    def _token(self) -> str:
        """A new token; the same one as before where HTTP is set to stay open, for clients are set up with it."""
        file = self._home.http_token
        if not self._settings["http.listen"]:
            file.unlink(missing_ok=True)
            return new_token()
        with contextlib.suppress(OSError):
            if kept := file.read_text("utf-8").strip():
                return kept
        token = new_token()
        write_private(file, token + "\n")
        return token

    async def close(self, *, for_good: bool = False) -> dict[str, Any]:
        """Close it; {"closed": the port that it was on, None when it was not open}."""
        self._for_good |= for_good
        async with self._turn:
            port = None if self._opened is None else self._opened.port
            await self._close()
            return {"closed": port}

    async def _close(self) -> None:
        if self._server is None:
            return
        self._home.http.unlink(missing_ok=True)
        server, self._server, self._opened = self._server, None, None
        await server.stop()
        _logger.info("HTTP is closed")


def _listener(port: int) -> socket.socket:
    # The protocol is named, since only then asyncio sends at once: else an answer in two parts waits 40 ms for an ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that just ended are no hindrance
        listener.bind(("127.0.0.1", port))
    except OverflowError:
        listener.close()
        raise UsageError(f"{port} is no port", why="ports are from 0 to 65535") from None
    except OSError as error:
        listener.close()
        raise Unavailable(
            f"HTTP cannot be opened on port {port}", why=f"{error.strerror}; whoever is there is not talked to",
            fix="name another port, or 0 for any that is free: holdfast serve --tcp --port 0",
        ) from None  # fmt: skip
    return listener
