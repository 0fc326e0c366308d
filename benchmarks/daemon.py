"""The daemon itself: how soon it answers, what it holds in memory, what it does when nobody asks."""

import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.faults.home import Fixture

from .timing import bare, run_once

__all__ = ["GOALS", "Life", "measure"]

GOALS = {"ready_ms": "≤ 250", "memory_mb": "≤ 45", "idle_cpu_percent": "≤ 0.05"}

_WATCHED = 180  # seconds of idleness: a tick of the clock is 10 ms


@dataclass(frozen=True, slots=True)
class Life:
    """ready_ms: from its start to its first answer; memory in MB (RSS) with 10,000 notes, frames only.

    daily_cpu_ms: of the minute in which the store is looked after, once a day. idle_cpu_percent: of those after it.
    """

    floor_ms: float
    ready_ms: float
    memory_mb: float
    daily_cpu_ms: float
    idle_cpu_percent: float


def measure(count: int = 10) -> Life:
    """`count` starts, then four minutes of watching an idle one."""
    with tempfile.TemporaryDirectory() as folder:
        home = Fixture(Path(folder) / "home", Path(folder) / "project")
        try:
            home.start()
            for nth in range(10_000):
                home.ask("remember", body=f"note {nth}: module m{nth % 97} answers question {nth * 7919 % 10_007}")
            floors, starts = [], []
            for _ in range(count):
                home.close()
                floors.append(run_once(bare()).wall)
                began = time.perf_counter()
                process = home.start()
                starts.append(time.perf_counter() - began)
            home.tell("SessionStart", source="startup")
            home.tell("UserPromptSubmit", prompt="hello", prompt_id="p")
            memory = _memory(process)
            time.sleep(10)  # what follows a prompt is not idleness
            before = _cpu(process)
            time.sleep(60)
            daily = _cpu(process) - before
            time.sleep(_WATCHED)
            idle = (_cpu(process) - before - daily) / _WATCHED * 100
        finally:
            home.close()
    return Life(statistics.median(floors) * 1e3, statistics.median(starts) * 1e3, memory, daily * 1e3, idle)


def _memory(process: int) -> float:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


def _cpu(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
