"""What a hook costs its host: the installed launcher as a whole process, over a bare interpreter.

A prompt hook finds notes and gives them: whole prompts of thirty to sixty words, each in a session of its own.
"""

import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.faults.home import Fixture

from holdfast.store.database import Database

from .importing import write_transcripts
from .recall_speed import fill, made_up
from .timing import Ratio, Run, bare, pairs, run_once

__all__ = ["measure"]

GOALS = {
    "capture hook": 1.1,
    "prompt hook, 10,000 memories": 1.5,
    "prompt hook, 100,000 memories": 3.0,
    "session start, 10,000 memories": 1.5,
    "`holdfast search`, 10,000 memories": 10.0,
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


def _stocked(home: Fixture, size: int, count: int) -> list[str]:
    """Start the daemon over a store with so many notes of the project; prompts that bear on some."""
    home.start()
    home.tell("SessionStart", "first", source="startup")  # makes the project known
    home.signal(signal.SIGKILL)
    notes, prompts = made_up(size, count)
    with closing(Database(home.folder / "holdfast.db")) as database:
        fill(database, notes)
    home.start()
    return prompts


def _asking(home: Fixture, prompts: list[str], name: str) -> _Hook:
    return _Hook(
        home, "UserPromptSubmit", prompt=lambda nth: prompts[nth % len(prompts)],
        prompt_id=lambda nth: f"{name}{nth}", session=lambda nth: f"{name}{nth}",
    )  # fmt: skip


def _giving(size: int, count: int) -> Iterator[Ratio]:
    """With real recall in it, alone and (at 10,000 notes) beside an import."""

    def floor() -> Run:
        return run_once(bare())

    with _home() as home:
        prompts = _stocked(home, size, count + 20)
        yield pairs(f"prompt hook, {size:,} memories", _asking(home, prompts, "p"), floor, count=count)
        if size > 10_000:
            return
        yield pairs(
            f"session start, {size:,} memories",
            _Hook(home, "SessionStart", source="startup", session=lambda nth: f"s{nth}"), floor, count=count,
        )  # fmt: skip
        yield pairs(f"`holdfast search`, {size:,} memories", _searching(home, prompts), floor, count=count)
        with _importing(home):
            yield pairs(
                f"prompt hook, {size:,} memories, during an import", _asking(home, prompts, "i"), floor, count=count
            )


def _searching(home: Fixture, prompts: list[str]) -> Callable[[], Run]:
    """The whole command, with three words of a prompt."""
    environment = {"PATH": os.defpath, "HOME": str(home.folder.parent), "HOLDFAST_HOME": str(home.folder)}
    chosen = itertools.cycle(prompts)

    def search() -> Run:
        words = next(chosen).split()[-3:]
        return run_once([sys.executable, "-m", "holdfast", "search", *words], env=environment, cwd=home.project)

    return search


@contextmanager
def _importing(home: Fixture) -> Iterator[None]:
    """Past transcripts are read meanwhile, again and again other ones."""
    folder = home.folder.parent / "past"
    folder.mkdir()
    environment = {**os.environ, "HOME": str(home.folder.parent), "HOLDFAST_HOME": str(home.folder)}
    over = threading.Event()

    def run() -> None:
        for nth in itertools.count():
            write_transcripts(folder / str(nth), 20_000, seed=nth, first=nth * 20_000)
            files = sorted((folder / str(nth)).rglob("*.jsonl"))
            named = [part for path in files for part in ("--file", str(path))]
            with subprocess.Popen([sys.executable, "-m", "holdfast", "import", "claude-code", *named, "--quiet"],
                                  env=environment, cwd=home.project) as command:  # fmt: skip
                while command.poll() is None:
                    if over.wait(0.05):
                        command.kill()
            if over.is_set():
                return

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _rows(count: int) -> Iterator[Ratio]:
    def floor() -> Run:
        return run_once(bare())

    yield from _giving(10_000, count)
    yield from _giving(100_000, count)

    with _home() as home:
        home.start()
        yield pairs(
            "capture hook",
            _Hook(home, "PostToolUse", tool_name="Bash", tool_use_id=lambda nth: f"t{nth}",
                  tool_input={"command": "make test"}, tool_response={"stdout": "ok\n" * 100, "stderr": ""}),
            floor, count=count,
        )  # fmt: skip
        yield pairs(
            "10 MB of input",
            _Hook(home, "PostToolUse", tool_name="Bash", tool_use_id=lambda nth: f"big{nth}",
                  tool_input={"command": "make test"},
                  tool_response={"stdout": "0123456789abcde\n" * 625_000, "stderr": ""}),
            floor, count=max(5, count // 10), warm=1,
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
