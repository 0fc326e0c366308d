"""Transcripts that hosts write: read on a moment after a hook, and once more after the last word of a turn."""

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, Final

from .capture import Capture
from .edge import launch
from .errors import HoldfastError, Refused
from .hosts.claude_code.history import projects_folder
from .hosts.claude_code.payload import HOST
from .hosts.claude_code.transcript import Reader
from .journal.tail import next_batch
from .settings import Settings
from .store.database import Database, Row

__all__ = ["Transcripts"]

_logger = logging.getLogger("holdfast")
_LARGE: Final = 4 * 1024 * 1024  # bytes of unread transcript that a process of its own reads
_SETTLE: Final = (0.3, 2.0)  # seconds after a hook at which its transcript is looked at


class Transcripts:
    """Those of one home, each read by one at a time."""

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        *,
        capture: Callable[[], Capture],
        write: Callable[[Callable[[Database], Any]], Awaitable[Any]],
        give_way: Callable[[], Awaitable[object]],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        """folder: of the home. write: does something in the writer. give_way: over when no hook waits for its answer.
        spawn: begins what is finished before the daemon leaves."""
        self._folder, self._settings, self._capture = folder, settings, capture
        self._write, self._give_way, self._spawn = write, give_way, spawn
        self._reading: dict[str, asyncio.Event] = {}  # set when it is read
        self._later: dict[str, asyncio.TimerHandle] = {}
        self._ending: set[str] = set()
        self._worker: subprocess.Popen[bytes] | None = None

    @property
    def waiting(self) -> bool:
        """Whether there are some that will be looked at."""
        return bool(self._later)

    def tick(self) -> None:
        """Take note of the end of a process that reads."""
        if self._worker is not None:
            self._worker.poll()

    def close(self) -> None:
        """Look at no other one."""
        for handle in self._later.values():
            handle.cancel()

    def look_later(self, path: str, final: bool) -> None:
        """Look at a transcript in a moment; after a `final` hook also once more, whatever is heard meanwhile."""
        path = os.path.realpath(path)  # one file has one position, by whatever way it is reached
        if final:
            self._ending.add(path)
        self._schedule(path, _SETTLE[0], last=False)

    def _schedule(self, path: str, delay: float, *, last: bool) -> None:
        handle = self._later.pop(path, None)
        if handle is not None:
            handle.cancel()
        self._later[path] = asyncio.get_running_loop().call_later(delay, self._look, path, last)

    def _look(self, path: str, last: bool) -> None:
        self._later.pop(path, None)
        if path in self._reading:
            self._schedule(path, _SETTLE[0], last=last)
            return
        self._spawn(self._read(Path(path)))
        if last:
            self._ending.discard(path)
        elif path in self._ending:  # the host writes its last lines after the hook
            self._schedule(path, _SETTLE[1], last=True)

    async def read_now(self, path: str) -> None:
        """Read what a transcript holds by now: a checkpoint tells also what no hook told, such as open tasks."""
        path = os.path.realpath(path)
        while path in self._reading:  # it may have been looked at before its last lines were there
            await self._reading[path].wait()
        await self._read(Path(path))

    async def look_where_grown(self, known: Iterable[Row]) -> None:
        """Look at those of `known` (as `_grown` takes them) that grew while nobody was there to read on."""
        for path in await asyncio.to_thread(_grown, known):
            self.look_later(path, False)

    async def _read(self, path: Path) -> None:
        """Read a transcript from where the last read ended."""
        if path.suffix != ".jsonl":
            return
        read = self._reading[str(path)] = asyncio.Event()
        try:
            while await self._read_on(path):
                await asyncio.sleep(0)
        except FileNotFoundError:
            pass
        except Refused as error:
            _logger.warning("%s was not read: %s", path, error)
            await self._write(lambda _: self._capture().tails.drop(path))  # else each start would try it again
        except (OSError, HoldfastError) as error:
            _logger.warning("%s was not read: %s", path, error)
        finally:
            self._reading.pop(str(path), None)
            read.set()

    async def _read_on(self, path: Path) -> bool:
        kept = frozenset(self._settings.words("capture.tools"))
        await self._give_way()
        position = await self._write(lambda _: self._capture().tails.position(HOST, path))
        if path.stat().st_size - position.read_to > _LARGE:
            self._hand_over(path)
            return False
        batch = await asyncio.to_thread(next_batch, path, position, lambda state: Reader.resumed(kept, state))
        if batch.finished:
            return False
        await asyncio.to_thread(self._capture().look, batch.facts)
        await self._write(lambda _: self._capture().batch(batch))
        return True

    def _hand_over(self, path: Path) -> None:
        """Let a process of its own read a large file; one at a time, and nicely."""
        if self._worker is not None and self._worker.poll() is None:
            self.look_later(str(path), False)
            return
        argv = [sys.executable, "-E", "-P", "-m", "holdfast", "import", "claude-code", "--file", str(path), "--quiet"]
        self._worker = subprocess.Popen(
            ["nice", "-n", "10", *argv], cwd="/", env={**launch.environment(self._folder), launch.WORKER: "1"},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip


def _grown(files: Iterable[Row]) -> list[str]:
    """Those of (path, bytes read, whether only an import told of it) that are longer now. What an import told of is a
    transcript only where the host writes such."""
    hosts = os.path.join(os.path.realpath(projects_folder()), "")  # noqa: PTH118
    found = []
    for path, read_to, told in files:
        with contextlib.suppress(OSError, ValueError):
            longer = os.stat(path).st_size > read_to  # noqa: PTH116  # a name will do
            if longer and (not told or os.path.realpath(path).startswith(hosts)):
                found.append(path)
    return found
