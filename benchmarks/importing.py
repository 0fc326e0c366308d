"""Bulk import of made-up transcripts: the command as its user calls it, over raw full-text inserts of the words."""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
from tests.faults.home import Fixture

__all__ = ["GOALS", "Import", "measure", "write_transcripts"]

GOALS = {"cpu_seconds": "≤ 9 for 100,000 turns"}
_WORDS = [
    "the",
    "parser",
    "drops",
    "minutes",
    "because",
    "match",
    "stops",
    "after",
    "first",
    "part",
    "so",
    "we",
    "read",
    "every",
    "part",
    "with",
    "one",
    "pattern",
    "and",
    "refuse",
    "what",
    "is",
    "left",
    "over",
    "test",
    "fails",
    "fixture",
    "timeout",
    "retry",
    "socket",
    "lock",
    "daemon",
    "index",
    "migration",
    "schema",
    "token",
    "cache",
    "branch",
    "getUserName",
    "parse_duration",
    "README.md",
    "src/app/main.py",
    "ValueError",
    "HTTP",
    "404",
    "2026-11-20",
    "refactor",
    "rename",
    "rollback",
]


@dataclass(frozen=True, slots=True)
class Import:
    """cpu_seconds: of the command and the daemon together; floor: FTS5 inserts of the same texts in one transaction."""

    turns: int
    megabytes: float
    floor_cpu_seconds: float
    cpu_seconds: float
    wall_seconds: float
    again_wall_seconds: float


def measure(count: int = 100_000) -> Import:
    """`count` messages in transcripts of 500 messages each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = Fixture(folder / "home", folder / "project")
        texts = write_transcripts(folder / ".claude" / "projects" / "-made-up", count)
        size = sum(path.stat().st_size for path in (folder / ".claude").rglob("*.jsonl")) / 1e6
        floor = _floor(folder / "floor.db", texts)
        try:
            daemon = home.start()
            before = _daemon_cpu(daemon)
            spent = resource.getrusage(resource.RUSAGE_CHILDREN)
            began = time.perf_counter()
            _import(folder)
            wall = time.perf_counter() - began
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - spent.ru_utime - spent.ru_stime + _daemon_cpu(daemon) - before
            began = time.perf_counter()
            _import(folder)
            again = time.perf_counter() - began
        finally:
            home.close()
    return Import(count, size, floor, cpu, wall, again)


def _import(folder: Path) -> None:
    environment = {**os.environ, "HOME": str(folder), "HOLDFAST_HOME": str(folder / "home")}
    environment.pop("CLAUDE_CONFIG_DIR", None)
    subprocess.run(
        [sys.executable, "-m", "holdfast", "import", "claude-code", "--all", "--quiet"], env=environment, cwd=folder,
        check=True,
    )  # fmt: skip


def write_transcripts(folder: Path, count: int, *, seed: int = 1, first: int = 0) -> list[str]:
    """Transcripts of the current version's form with `count` messages, from number `first` on; their texts."""
    folder.mkdir(parents=True)
    chance = random.Random(seed)
    texts: list[str] = []
    for nth in range(first, first + count, 500):
        session = f"{nth:08x}-0000-4000-8000-000000000000"
        with (folder / f"{session}.jsonl").open("w") as file:
            for each in range(min(500, first + count - nth)):
                text = " ".join(chance.choices(_WORDS, k=chance.randint(8, 60)))
                texts.append(text)
                file.write(json.dumps(_line(session, nth + each, text)) + "\n")
    return texts


def _line(session: str, number: int, text: str) -> dict[str, Any]:
    seconds = number // 10
    line: dict[str, Any] = {
        "parentUuid": None, "isSidechain": False, "uuid": f"{number:08x}-1111-4000-8000-000000000000",
        "timestamp": f"2026-01-{1 + seconds // 86400 % 28:02}T{time.strftime('%H:%M:%S', time.gmtime(seconds))}.000Z",
        "sessionId": session, "cwd": "/home/u/project", "version": "2.1.328", "gitBranch": "main", "entrypoint": "cli",
    }  # fmt: skip
    if number % 2:
        message = {"id": f"msg_{number}", "role": "assistant", "content": [{"type": "text", "text": text}]}
        return {**line, "type": "assistant", "message": message}
    return {
        **line, "type": "user", "message": {"role": "user", "content": text}, "promptId": f"p{number}",
        "origin": {"kind": "human"}, "promptSource": "typed",
    }  # fmt: skip


def _floor(path: Path, texts: list[str]) -> float:
    database = apsw.Connection(str(path))
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE VIRTUAL TABLE t USING fts5 (x, tokenize = 'porter unicode61 remove_diacritics 2')")
    began = time.process_time()
    with database:
        database.executemany("INSERT INTO t (x) VALUES (?)", ((text,) for text in texts))
    spent = time.process_time() - began
    database.close()
    return spent


def _daemon_cpu(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
