"""What a call over HTTP costs beyond the server itself: the daemon's answers over those of a bare Starlette route."""

import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults.home import Fixture
from tests.processes import wait_for

from .timing import quantile

__all__ = ["GOALS", "Calls", "measure"]

GOALS = {"health_over_ms": "≤ 0.15"}

# The floor: the same server and the same answer, and nothing else.
_BARE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def health(_):
    return JSONResponse({"status": "ok"})

uvicorn.run(Starlette(routes=[Route("/api/v1/health", health)]), port=int(sys.argv[1]), http="h11", loop="asyncio",
            access_log=False, log_level="error")
"""


@dataclass(frozen=True, slots=True)
class Calls:
    """Medians over one kept connection. floor_ms: of the bare route; …_over_ms: what the daemon takes beyond it.

    health: nothing but the surface. memory: a memory, read from the store in a thread.
    """

    floor_ms: float
    health_over_ms: float
    memory_over_ms: float
    memory_p95_ms: float


def measure(count: int = 2_000) -> Calls:
    """`count` calls of each, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        home = Fixture(Path(folder) / "home", Path(folder) / "project")
        bare = subprocess.Popen([sys.executable, "-c", _BARE, str(port := _free_port())])
        try:
            home.start()
            home.ask("remember", body="we release on Fridays")
            home.ask("http.open")
            opened = json.loads((home.folder / "http.json").read_text())
            wait_for(lambda: _listens(port), "the bare server")
            asked = [
                _Caller(port, "/api/v1/health"),
                _Caller(opened["port"], "/api/v1/health"),
                _Caller(opened["port"], "/api/v1/memories/1", opened["token"]),
            ]
            times = _in_turn(asked, count)
        finally:
            bare.terminate()
            bare.wait(10)
            home.close()
    floor, health, memory = (statistics.median(each) * 1e3 for each in times)
    return Calls(floor, health - floor, memory - floor, quantile(times[2], 0.95) * 1e3)


def _in_turn(asked: list["_Caller"], count: int) -> list[list[float]]:
    times: list[list[float]] = [[] for _ in asked]
    for nth in range(count + 50):
        for each, call in zip(times, asked, strict=True):
            taken = _timed(call)
            if nth >= 50:  # the first do not count
                each.append(taken)
    return times


def _timed(call: Callable[[], None]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


class _Caller:
    """One connection that is kept, and one request."""

    def __init__(self, port: int, path: str, token: str = "") -> None:
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *([f"Authorization: Bearer {token}"] * bool(token))]
        self._request = ("\r\n".join(lines) + "\r\n\r\n").encode()
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __call__(self) -> None:
        self._connection.sendall(self._request)
        answer = self._connection.recv(65_536)
        head, _, body = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        while len(body) < length:
            body += self._connection.recv(65_536)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
