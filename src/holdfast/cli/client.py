"""The command line's line to the daemon: one frame a question; started when nobody listens."""

import json
import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import __version__
from ..edge.frame import Frame, call
from ..edge.hook import KEPT
from ..errors import HoldfastError, Unavailable, from_dict
from ..paths import Home

__all__ = ["ask", "listening"]

_KEPT = tuple(name.decode() for name in KEPT)
_START = 10.0  # seconds for a daemon to come up


def ask(
    operation: str, arguments: Mapping[str, Any] | None = None, *, start: bool = True, timeout: float = 60.0
) -> Any:
    """The daemon's answer. Raises HoldfastError: what the daemon said, or Unavailable when it cannot be reached.

    The folder of the call, HOLDFAST_PROJECT and the time go along: they say which project is meant.
    """
    home = Home.find()
    now = time.time_ns() // 1_000_000
    try:
        cwd = str(Path.cwd())
    except OSError:
        cwd = ""
    told = {"cwd": cwd, "named": os.environ.get("HOLDFAST_PROJECT"), "at": now, **(arguments or {})}
    frame = Frame("cli", operation, os.urandom(8).hex(), now, cwd, __version__, {}, json.dumps(told).encode())
    answer = json.loads(_call(home, frame, start=start, timeout=timeout))
    if "error" in answer:
        raise from_dict(answer["error"])
    return answer["ok"]


def listening() -> bool:
    """Whether a daemon answers."""
    try:
        ask("ping", start=False, timeout=2.0)
    except HoldfastError:
        return False
    return True


def _call(home: Home, frame: Frame, *, start: bool, timeout: float) -> bytes:
    try:
        return call(home.socket, frame, timeout)
    except (FileNotFoundError, ConnectionRefusedError):
        if not start:
            raise Unavailable("the daemon does not run", fix="start it: holdfast serve") from None
    except TimeoutError:
        raise Unavailable(
            f"the daemon did not answer within {timeout:.0f} s", fix="restart it: holdfast serve --restart"
        ) from None
    except (OSError, EOFError) as error:
        raise Unavailable("the daemon closed the connection", why=str(error), fix="see `holdfast logs`") from None
    return _call_new(home, frame, timeout)


def _call_new(home: Home, frame: Frame, timeout: float) -> bytes:
    from ..daemon import ARGV

    home.make()
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith("HOLDFAST_")}
    started = subprocess.Popen(
        ARGV, cwd="/", env={**kept, "HOLDFAST_HOME": str(home.folder)}, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + _START
    problem: Exception | None = None
    while time.monotonic() < deadline:
        try:
            return call(home.socket, frame, timeout)
        except (FileNotFoundError, ConnectionRefusedError, EOFError, ConnectionResetError) as error:
            problem = error
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
