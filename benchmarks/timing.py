"""Taking times that can be compared on a shared machine: two commands in turn, medians of many pairs."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Ratio", "Run", "bare", "pairs", "quantile", "run_once"]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a process: seconds of wall clock and of CPU."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """Many pairs of runs. Ratios are of medians of the wall clock; p95 is the subject's over the floor's median."""

    what: str
    pairs: int
    floor_ms: float
    subject_ms: float
    subject_p95_ms: float
    subject_cpu_ms: float
    floor_cpu_ms: float

    @property
    def times(self) -> float:
        return self.subject_ms / self.floor_ms

    @property
    def times_p95(self) -> float:
        return self.subject_p95_ms / self.floor_ms

    @property
    def times_cpu(self) -> float:
        return self.subject_cpu_ms / self.floor_cpu_ms


def bare() -> list[str]:
    """The floor of everything that starts a Python: an isolated interpreter that does nothing."""
    return [os.path.realpath(sys.executable), "-I", "-S", "-c", "pass"]


def run_once(
    command: Sequence[str | Path], *, stdin: Path | None = None, env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Run:  # fmt: skip
    """Run a command to its end; by the operating system's own account of it."""
    with (stdin or Path(os.devnull)).open("rb") as given:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env, cwd=cwd
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return Run(wall, usage.ru_utime + usage.ru_stime)


def pairs(what: str, subject: Callable[[], Run], floor: Callable[[], Run], *, count: int = 200, warm: int = 5) -> Ratio:
    """`count` pairs, floor and subject in turn, after `warm` that do not count."""
    for _ in range(warm):
        floor()
        subject()
    floors, subjects = [], []
    for _ in range(count):
        floors.append(floor())
        subjects.append(subject())
    return Ratio(
        what, count,
        statistics.median(run.wall for run in floors) * 1e3, statistics.median(run.wall for run in subjects) * 1e3,
        quantile([run.wall for run in subjects], 0.95) * 1e3,
        statistics.median(run.cpu for run in subjects) * 1e3, statistics.median(run.cpu for run in floors) * 1e3,
    )  # fmt: skip


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
