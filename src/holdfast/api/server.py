"""The server: uvicorn on a socket that is bound already, inside the daemon's event loop."""

import asyncio
import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .application import application
from .gate import Gate
from .ogmemory import Call

__all__ = ["CONNECTIONS", "Server"]

CONNECTIONS = 64  # at a time; whoever comes then is hung up on
_PATIENCE = 10.0  # seconds for a request's head, and for the rest of a body that nobody wants
_IDLE = 5  # seconds that a connection may wait for its next request
_HEAD = 32 * 1024  # bytes of a request's head
_FINISH = 5  # seconds for requests that run when the door closes


class _Connection(H11Protocol):
    """A connection that is closed when nothing comes of it: any user of the machine can open one."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._looked_at: Any = self
        if len(self.connections) > CONNECTIONS:
            transport.close()
        else:
            self.loop.call_later(_PATIENCE, self._look)

    def _look(self) -> None:
        if self.transport.is_closing():
            return
        cycle: Any = self.cycle  # None before the first request
        working = cycle is not None and not cycle.response_complete
        if not working and self.timeout_keep_alive_task is None:
            if self._looked_at is self.cycle:
                self.transport.close()
                return
            self._looked_at = self.cycle
        self.loop.call_later(_PATIENCE, self._look)


class Server:
    """Answers on one listening socket until it is closed."""

    def __init__(self, call: Call, *, port: int, token: str, project: str) -> None:
        """Takes a third of a second of CPU the first time: what it imports is heavy."""
        gate = Gate(application(call, token=token, project=project), port=port, token=token)
        config = uvicorn.Config(
            gate, workers=1, http=_Connection, ws="none", lifespan="off", log_config=None, access_log=False,
            proxy_headers=False, server_header=False, date_header=False, h11_max_incomplete_event_size=_HEAD,
            timeout_keep_alive=_IDLE, timeout_graceful_shutdown=_FINISH,
        )  # fmt: skip
        config.load()
        self._server = uvicorn.Server(config)
        self._server.lifespan = config.lifespan_class(config)

    async def start(self, listener: socket.socket) -> None:
        # Not `serve`: that takes the daemon's signals, and wakes ten times a second.
        await self._server.startup(sockets=[listener])

    async def stop(self) -> None:
        """Finish what runs, hang up."""
        await self._server.shutdown()
