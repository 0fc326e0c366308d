"""What a hook costs its host: the installed launcher as a whole process, over a bare interpreter."""

import json
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.home import Fixture

from .timing import Ratio, Run, bare, pairs, run_once

__all__ = ["measure"]

GOALS = {
    "capture hook": 1.1,
    "prompt hook": 1.5,
    "session start, 10,000 memories": 1.5,
    "10 MB of input": 10.0,
    "daemon down": 2.5,
}


@contextmanager
def _home() -> Iterator[Fixture]:
    with tempfile.TemporaryDirectory() as folder:
        home = Fixture(Path(folder) / "home", Path(folder) / "project")
        try:
            yield home
        finally:
            home.close()


class _Hook:
    """One launcher call, repeated: each with another prompt id, so that each is an event of its own."""

    def __init__(self, home: Fixture, event: str, **fields: Any) -> None:
        self._home, self._event, self._fields = home, event, fields
        self._file = home.folder.parent / "payload.json"
        self._nth = 0
        self._env = {"PATH": os.defpath, "HOME": str(home.folder.parent), "HOLDFAST_HOME": str(home.folder)}

    def __call__(self) -> Run:
        self._nth += 1
        fields = {name: value(self._nth) if callable(value) else value for name, value in self._fields.items()}
        session = fields.pop("session", "bench")
        self._file.write_text(json.dumps(self._home.payload(self._event, session, **fields)))
        return run_once(
            [self._home.folder / "bin" / "hook", "claude-code", self._event],
            stdin=self._file, env=self._env, cwd=self._home.project,
        )  # fmt: skip


def measure(count: int = 200) -> list[Ratio]:
    """The hook rows. Takes about a minute for 200 pairs."""
    return list(_rows(count))


def _rows(count: int) -> Iterator[Ratio]:
    def floor() -> Run:
        return run_once(bare())

    with _home() as home:
        home.start()
        yield pairs(
            "capture hook",
            _Hook(home, "PostToolUse", tool_name="Bash", tool_use_id=lambda nth: f"t{nth}",
                  tool_input={"command": "make test"}, tool_response={"stdout": "ok\n" * 100, "stderr": ""}),
            floor, count=count,
        )  # fmt: skip
        yield pairs(
            "prompt hook",
            _Hook(home, "UserPromptSubmit", prompt=lambda nth: f"why does test {nth} fail?",
                  prompt_id=lambda nth: f"p{nth}"),
            floor, count=count,
        )  # fmt: skip
        yield pairs(
            "10 MB of input",
            _Hook(home, "PostToolUse", tool_name="Bash", tool_use_id=lambda nth: f"big{nth}",
                  tool_input={"command": "make test"},
                  tool_response={"stdout": "0123456789abcde\n" * 625_000, "stderr": ""}),
            floor, count=max(5, count // 10), warm=1,
        )  # fmt: skip
        for nth in range(10_000):
            home.ask("remember", body=f"note {nth}: module m{nth % 97} answers question {nth * 7919 % 10_007}")
        yield pairs(
            "session start, 10,000 memories",
            _Hook(home, "SessionStart", source="startup", session=lambda nth: f"s{nth}"), floor, count=count,
        )  # fmt: skip
        home.signal(signal.SIGSTOP)
        yield pairs(
            "daemon hung",
            _Hook(home, "UserPromptSubmit", prompt=lambda nth: f"hung {nth}?", prompt_id=lambda nth: f"h{nth}"),
            floor, count=max(5, count // 10), warm=1,
        )  # fmt: skip
    with _home() as home:
        launcher = home.folder / "bin" / "hook"
        lines = launcher.read_text().splitlines()
        lines[-1] = f"hook.run('0', ('/bin/true',), {str(home.folder)!r})"  # nobody comes up
        launcher.write_text("\n".join(lines) + "\n")
        yield pairs(
            "daemon down",
            _Hook(home, "PostToolUse", tool_name="Bash", tool_use_id=lambda nth: f"t{nth}",
                  tool_input={"command": "make test"}, tool_response={"stdout": "ok\n" * 100, "stderr": ""}),
            floor, count=count,
        )  # fmt: skip
