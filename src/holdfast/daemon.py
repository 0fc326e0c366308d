"""The personal service: one process a user, which hosts' hooks and the command line talk to over a Unix socket.

It listens before anything heavy is loaded, holds a lock for life, and leaves when there is nothing to do.
"""

import os
import sys

os.umask(0o077)

import asyncio  # noqa: E402
import contextlib  # noqa: E402
import logging  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import struct  # noqa: E402
import subprocess  # noqa: E402
import time  # noqa: E402
from collections.abc import AsyncIterator, Mapping  # noqa: E402
from dataclasses import replace  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import TYPE_CHECKING, Any  # noqa: E402

from . import __version__  # noqa: E402
from .edge.frame import BODY_LIMIT, HEADER_LIMIT, Frame, parse_header  # noqa: E402
from .errors import HoldfastError, Unavailable  # noqa: E402
from .lock import Lock  # noqa: E402
from .paths import Home  # noqa: E402

if TYPE_CHECKING:
    from .service import Service

__all__ = ["main"]

_PATIENCE = 30.0  # seconds for a client to send its whole frame, and to take its answer
_PARTING = 1.0  # seconds of it when leaving
_LATE = 0.1  # seconds after which a hook may have given up waiting for its answer
_TICK = 60.0  # seconds between two looks at whether to leave
_FULL = 0.2  # seconds after which a connection is let in for which there was no room (of open files, of memory)
_PIECE = 64 * 1024  # bytes that are read of a frame at once
PERMISSION = "PermissionRequest"  # Claude Code asks whether a tool may run
_INIT = Path(__file__).with_name("__init__.py")


class Daemon:
    """The socket and what happens on it."""

    def __init__(self, home: Home, listener: socket.socket, lock: Lock, key: str | None = None) -> None:
        self._home = home
        self._listener = listener
        self._lock = lock
        self.key = key
        self._service: Service | None = None
        self._ready = asyncio.Event()
        self._leaving = asyncio.Event()
        self._serving: set[asyncio.Task[None]] = set()
        self._at_clients: set[asyncio.Task[Any]] = set()  # of these, those whose client has to do something
        self._code = _signature()
        self.successor = False

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._leaving.set)
        self._listen()
        from .api.door import HttpDoor  # loaded while hooks may already knock
        from .service import Service

        self._service = Service(self._home, leave=self._leaving.set, key=self.key)
        self._service.start(HttpDoor(self._home, self._service.settings, self._asked))
        self._ready.set()
        ticking = loop.create_task(self._tick())
        await self._leaving.wait()
        ticking.cancel()
        loop.remove_reader(self._listener)
        self._listener.close()
        if self._lock.holds():  # else the home was removed, and may be the next one's
            self._home.socket.unlink(missing_ok=True)
        until = time.monotonic() + _PARTING
        while self._serving:  # whoever was let in is answered, unless he says nothing, or does not listen
            if time.monotonic() > until:
                for task in self._at_clients:
                    task.cancel()
            await asyncio.sleep(0.005)
        await self._service.stop()
        self.key = self._service.key

    async def _tick(self) -> None:
        assert self._service is not None
        while True:
            await asyncio.sleep(_TICK)
            try:
                gone = not self._lock.holds()  # whoever removed the home wants no process either
                if gone or (not self._serving and self._service.idle()):
                    self._leaving.set()
                else:
                    await self._service.tick()
            except Exception:  # one look that fails must not be the last: nobody else lets this process leave
                logging.getLogger("holdfast").exception("looking after the home failed")

    def _listen(self) -> None:
        # Not by asyncio's streams: their way through buffers and tasks costs as much as what most hooks ask for.
        asyncio.get_running_loop().add_reader(self._listener, self._let_in)

    def _let_in(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):  # gone meanwhile
            return
        except OSError:
            logging.getLogger("holdfast").exception("nobody can be let in")
            loop.remove_reader(self._listener)
            loop.call_later(_FULL, self._listen)
            return
        connection.setblocking(False)
        task = loop.create_task(self._serve(connection))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                await self._answer(connection)
            except (OSError, EOFError, ValueError):
                if self._service is not None:  # the sender gave up, or sent what is no frame; it keeps its copy
                    self._service.spooled_soon()

    async def _answer(self, connection: socket.socket) -> None:
        if not _same_user(connection):
            return
        async with self._at_client():
            line, begun = await _read_line(connection)
            frame = parse_header(line) if line else None
            if frame is None:
                return
            try:
                connection.send(b"+")
            except BrokenPipeError:  # the sender gave up; a hook keeps its copy, the host of a tool has none
                if frame.host != "mcp":
                    raise
            heard = time.monotonic()
            body = await _read_body(connection, begun)
        await self._ready.wait()
        self._step_down()
        answer = await self._ask(frame, body)
        if self._service is not None and time.monotonic() - heard > _LATE:  # it may have given up, and kept its copy
            self._service.spooled_soon()
        if answer is None:
            return
        async with self._at_client():
            await asyncio.get_running_loop().sock_sendall(connection, b"%d\n" % len(answer) + answer)

    @contextlib.asynccontextmanager
    async def _at_client(self) -> AsyncIterator[None]:
        """While it is a client's turn to send or to take."""
        task = asyncio.current_task()
        assert task is not None
        self._at_clients.add(task)
        try:
            async with asyncio.timeout(_PATIENCE):
                yield
        finally:
            self._at_clients.discard(task)

    async def _ask(self, frame: Frame, body: bytes) -> bytes | None:
        assert self._service is not None
        whole = replace(frame, body=body)
        if frame.host == "cli":
            return await self._service.operation(whole)
        if frame.host == "mcp":
            from .tools.answering import answer  # loaded by the first that asks

            return await answer(whole, self._service.ask)
        if frame.event == PERMISSION:
            from .hosts.claude_code.servers import is_ours
            from .tools.permission import decide

            return await asyncio.to_thread(decide, whole, self._service.settings, is_ours)
        try:
            return await self._service.hook(whole)
        except HoldfastError:
            return None  # not kept: the hook spools its copy

    async def _asked(self, operation: str, arguments: Mapping[str, Any]) -> Any:
        """What HTTP asks for."""
        await self._ready.wait()
        self._step_down()
        assert self._service is not None
        return await self._service.ask(operation, arguments)

    def _step_down(self) -> None:
        """Make way for another version of this program, when one is on disk."""
        if self._outdated():
            self.successor = True
            self._leaving.set()

    def _outdated(self) -> bool:
        """Whether the program on disk is another version than the one that runs."""
        now = _signature()
        if now == self._code:
            return False
        self._code = now
        return _version_on_disk() != __version__


def _signature() -> tuple[int, int, int] | None:
    try:
        status = _INIT.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size


def _version_on_disk() -> str | None:
    try:
        for line in _INIT.read_text("utf-8").splitlines():
            if line.startswith("__version__"):
                return line.partition("=")[2].strip().strip("\"'")
    except OSError:
        pass
    return None


async def _read_line(connection: socket.socket) -> tuple[bytes, bytes]:
    """The first line that is sent, and what came with it of the rest; an empty one when it is longer than a header."""
    loop = asyncio.get_running_loop()
    received = b""
    while b"\n" not in received:
        if len(received) > HEADER_LIMIT:
            return b"", b""
        chunk = await loop.sock_recv(connection, _PIECE)
        if not chunk:
            raise EOFError("the sender left before its header's end")
        received += chunk
    line, _, rest = received.partition(b"\n")
    return (line, rest) if len(line) < HEADER_LIMIT else (b"", b"")


async def _read_body(connection: socket.socket, begun: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    chunks = [begun]
    size = len(begun)
    while chunk := await loop.sock_recv(connection, 4 * _PIECE):
        chunks.append(chunk)
        size += len(chunk)
        if size > BODY_LIMIT:
            raise ValueError("the body is too long")
    return b"".join(chunks)


def _same_user(connection: socket.socket) -> bool:
    if not hasattr(socket, "SO_PEERCRED"):  # macOS: the folder's mode keeps others out
        return True
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", raw)
    return int(uid) in (os.getuid(), 0)


def _listen(home: Home) -> socket.socket:
    """A listening socket in the home folder; whoever holds the lock may remove a stale one."""
    os.chdir(home.folder)  # a socket's address has room for about 100 bytes
    with contextlib.suppress(FileNotFoundError):
        os.unlink("socket")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind("socket")
    os.chmod("socket", 0o600)
    listener.listen(128)
    listener.setblocking(False)
    os.chdir("/")
    return listener


def _taken(lock: Lock, home: Home) -> bool:
    """Take the lock. Who holds it and is about to leave, or dies, is waited for; who listens keeps it."""
    for _ in range(40):
        if lock.take():
            return True
        if _listens(home):
            return False
        time.sleep(0.05)
    return False


def _listens(home: Home) -> bool:
    os.chdir(home.folder)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect("socket")
    except OSError:
        return False
    finally:
        os.chdir("/")
    return True


def main() -> int:
    """Serve until there is nothing to do. Exit status 0 also when another daemon serves already."""
    with contextlib.suppress(OSError):
        os.closerange(3, 1024)
    try:
        home = Home.find()
        home.make()
        lock = Lock(home.lock)
        if not _taken(lock, home):
            print(f"a daemon serves {home.folder} already: {lock.holder()}", file=sys.stderr)
            return 0
        listener = _listen(home)
    except (OSError, HoldfastError) as error:
        problem = error if isinstance(error, HoldfastError) else Unavailable(str(error))
        print(problem, file=sys.stderr)
        return 1
    sys.setswitchinterval(0.0005)
    key = os.environ.pop("HOLDFAST_KEY", None) or None  # no child of this process has it in its environment
    daemon = Daemon(home, listener, lock, key)
    asyncio.run(daemon.run())
    lock.release()
    if daemon.successor:
        from .edge.launch import DAEMON

        environment = os.environ if daemon.key is None else {**os.environ, "HOLDFAST_KEY": daemon.key}
        subprocess.Popen(  # the new version, from a clean start
            DAEMON, cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True, close_fds=True,
        )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
