"""The command line's line to the daemon: one frame a question; started when nobody listens."""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import __version__
from ..edge.frame import Frame, call
from ..errors import HoldfastError, Unavailable, from_dict
from ..paths import Home
from .output import note

__all__ = ["LONG", "NOT_RUNNING", "READING", "ask", "listening", "opened", "stop", "told", "whose"]

# Variables that agents set for the commands they run: what is written there is their word, not their owner's.
_AGENTS = ("CLAUDECODE", "OPENCODE", "CODEX_SANDBOX", "GEMINI_CLI", "OPENCLAW_SHELL")
NOT_RUNNING = "the daemon does not run"
READING = 5.0  # seconds for an answer that normally takes milliseconds
LONG = 600.0  # seconds for what goes through the whole store
_SILENCE = 15.0  # seconds without a sign of life after which a daemon hangs; it gives one at once
_START = 10.0  # seconds for a daemon to come up
_FIRST = 60.0  # seconds for its first answer: it may have to bring the store to a new schema
_STOP = 5.0  # seconds for a daemon to hear that it shall leave
_LEAVE = 15.0  # seconds for it to finish what runs


def ask(
    operation: str, arguments: Mapping[str, Any] | None = None, *, start: bool = True, timeout: float = 60.0
) -> Any:
    """The daemon's answer. Raises HoldfastError: what the daemon said, or Unavailable when it cannot be reached.

    The folder of the call, HOLDFAST_PROJECT and the time go along: they say which project is meant.
    """
    home = Home.find()
    asked = told(arguments or {})
    frame = Frame(
        "cli", operation, os.urandom(8).hex(), asked["at"], asked["cwd"], __version__, {}, json.dumps(asked).encode()
    )
    answer = json.loads(_call(home, frame, start=start, timeout=timeout))
    if "error" in answer:
        raise from_dict(answer["error"])
    return answer["ok"]


def whose() -> str:
    """Whose word a command is: "agent" when an agent runs it, else "owner"."""
    return "agent" if any(os.environ.get(name) for name in _AGENTS) else "owner"


def told(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, with the folder, HOLDFAST_PROJECT and the time of this call."""
    try:
        cwd = str(Path.cwd())
    except OSError:  # the folder is gone
        cwd = ""
    now = time.time_ns() // 1_000_000
    return {"cwd": cwd, "named": os.environ.get("HOLDFAST_PROJECT"), "at": now, **arguments}


def opened(port: int | None = None) -> dict[str, Any]:
    """Open HTTP, if it is not; {"address", "port", "file"}: where, and in which file the token is."""
    it: dict[str, Any] = ask("http.open", {} if port is None else {"port": port})
    return it


def listening() -> bool:
    """Whether a daemon answers."""
    try:
        ask("ping", start=False, timeout=2.0)
    except HoldfastError:
        return False
    return True


def stop() -> int | None:
    """The process that was stopped; None when none ran. One that does not answer is ended by force: what it has
    acknowledged is on disk. Raises Unavailable when it does not leave."""
    try:
        process: int = ask("stop", start=False, timeout=_STOP)["process"]
    except Unavailable as error:
        return None if error.what == NOT_RUNNING else _end_silent()
    lock = Home.find().lock
    deadline = time.monotonic() + _LEAVE
    while time.monotonic() < deadline:
        if _holder(lock) != process:
            return process
        time.sleep(0.02)
    raise Unavailable(
        f"process {process} does not leave", why="it still finishes what it was doing",
        fix=f"wait a little, or: kill -9 {process}",
    )  # fmt: skip


def _end_silent() -> int | None:
    import signal

    lock = Home.find().lock
    for number, patience in ((signal.SIGTERM, _STOP), (signal.SIGKILL, _LEAVE)):
        process = _holder(lock)
        if process is None:
            return None
        try:
            os.kill(process, number)
        except ProcessLookupError:
            return process
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if _holder(lock) != process:
                return process
            time.sleep(0.02)
    raise Unavailable(f"process {process} does not leave", fix=f"kill -9 {process}")


def _holder(lock: Path) -> int | None:
    """The process that holds the daemon's lock."""
    import fcntl

    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        first = lock.read_text("utf-8", "replace").split()
        return int(first[0]) if first and first[0].isdigit() else None
    except OSError:
        pass
    return None


def _call(home: Home, frame: Frame, *, start: bool, timeout: float) -> bytes:
    began = time.monotonic()
    try:
        return call(home.socket, frame, timeout, silence=_SILENCE, waiting=lambda: _say_waiting(home))
    except (FileNotFoundError, ConnectionRefusedError):
        if not start or "HOLDFAST_WORKER" in os.environ:  # left behind by one, it must not start the next: it is nice
            raise Unavailable(NOT_RUNNING, fix="start it: holdfast serve") from None
    except TimeoutError:
        raise _silent(home, time.monotonic() - began) from None
    except (OSError, EOFError) as error:
        home.check()
        raise Unavailable("the daemon closed the connection", why=str(error), fix="see `holdfast logs`") from None
    return _call_new(home, frame, max(timeout, _FIRST))


def _say_waiting(home: Home) -> None:
    note(f"waiting for the daemon{_process(home)} …")


def _silent(home: Home, waited: float) -> Unavailable:
    return Unavailable(
        f"the daemon{_process(home)} did not answer within {waited:.0f} s", why="it hangs, or has too much to do",
        fix="restart it: holdfast serve --restart",
    )  # fmt: skip


def _process(home: Home) -> str:
    process = _holder(home.lock)
    return "" if process is None else f" (process {process})"


def _call_new(home: Home, frame: Frame, timeout: float) -> bytes:
    import subprocess

    from ..edge.launch import DAEMON, environment

    home.make()
    started = subprocess.Popen(
        DAEMON, cwd="/", env=environment(home.folder), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + _START
    problem: Exception | None = None
    while time.monotonic() < deadline:
        try:
            return call(home.socket, frame, timeout, waiting=lambda: _say_waiting(home))
        except (FileNotFoundError, ConnectionRefusedError, EOFError, ConnectionResetError) as error:
            problem = error
        except TimeoutError:
            raise _silent(home, timeout) from None
        if started.poll() not in (None, 0):
            assert started.stderr is not None
            raise Unavailable(
                "the daemon could not start",
                why=started.stderr.read().decode("utf-8", "replace").strip()[-500:],
                fix="run `holdfast doctor`",
            )
        time.sleep(0.01)
    raise Unavailable(
        f"the daemon did not come up within {_START:.0f} s", why=str(problem), fix="run `holdfast doctor`"
    )
