"""What the tools cost an agent: the bridge's start and memory, a call over it, and the schemas in every request."""

import json
import os
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
from tests.faults.home import Fixture

from holdfast.tools.table import PROFILES, TOOLS, schema

from .timing import bare, run_once

__all__ = ["GOALS", "Cost", "measure"]

GOALS = {"initialize_times": "≤ 2.5", "memory_mb": "≤ 10", "schema_bytes": "≤ 8,192", "leaving_ms": "≤ 2,000"}
_AT_ONCE = 3_000
_WRITERS, _EACH = 16, 12


@dataclass(frozen=True, slots=True)
class Cost:
    """Medians. initialize: from the start of the bridge to its answer, over a bare interpreter's whole run.

    memory_mb: resident, of a bridge that has answered calls; memory_own_mb: what of it no other process shares;
    memory_floor_mb: resident, of a bare interpreter. save_ms, search_ms: one call, from request to answer, with 10,000
    notes; in turn with it a synced SQLite transaction of the same text, and a ping, which never leaves the bridge.
    save_cpu_ms, search_cpu_ms: what bridge and daemon spent on a call, on average.
    together_per_second: notes saved, 16 at a time, through two bridges. at_once_seconds: 3,000 searches asked at once.
    leaving_ms: from the end of its input to its own, while the daemon hangs over a call. schema_bytes: of the default
    profile.
    """

    floor_ms: float
    initialize_ms: float
    initialize_times: float
    memory_floor_mb: float
    memory_mb: float
    memory_own_mb: float
    transaction_ms: float
    save_ms: float
    save_cpu_ms: float
    ping_ms: float
    search_ms: float
    search_cpu_ms: float
    together_per_second: float
    at_once_seconds: float
    at_once_failed: int
    leaving_ms: float
    schema_bytes: int
    schema_bytes_all: int


class _Bridge:
    def __init__(self, home: Fixture) -> None:
        environment = {"PATH": os.defpath, "HOME": str(home.folder.parent), "HOLDFAST_HOME": str(home.folder)}
        self.process = subprocess.Popen(
            [home.folder / "bin" / "bridge"], cwd=home.project, env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )  # fmt: skip

    def send(self, method: str, **params: Any) -> None:
        assert self.process.stdin is not None
        message = {"jsonrpc": "2.0", "id": params.pop("id", 1), "method": method, "params": params}
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def receive(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())["result"]

    def ask(self, method: str, **params: Any) -> Any:
        self.send(method, **params)
        return self.receive()

    def call(self, tool: str, **arguments: Any) -> None:
        if (result := self.ask("tools/call", name=tool, arguments=arguments))["isError"]:
            raise RuntimeError(result)

    def close(self) -> None:
        self.process.communicate()


def measure(count: int = 200) -> Cost:
    """`count` starts and calls."""
    with tempfile.TemporaryDirectory() as folder:
        home = Fixture(Path(folder) / "home", Path(folder) / "project")
        try:
            home.start()
            floors, starts = [], []
            for _ in range(count):
                floors.append(run_once(bare()).wall)
                starts.append(_initialized(home))
            for nth in range(10_000):
                home.ask("remember", body=f"note {nth}: module m{nth % 97} answers question {nth * 7919 % 10_007}")
            bridge = _Bridge(home)
            before = _cpu(home, bridge)
            transactions, saves = _saves(bridge, Path(folder), count)
            save_cpu = (_cpu(home, bridge) - before) / count
            pings, searches = [], []
            before = _cpu(home, bridge)
            for nth in range(count):
                pings.append(_timed(bridge.ask, "ping"))
                searches.append(_timed(bridge.call, "mem_search", query=f"question {nth * 7919 % 10_007}"))
            search_cpu = (_cpu(home, bridge) - before) / count
            resident, own = _memory(bridge.process.pid)
            bridge.close()
            together = _timed(_together, home)
            failed: list[int] = []
            at_once = _timed(lambda: failed.append(_at_once(home)))
            leaving = statistics.median(_left(home) for _ in range(5))
        finally:
            home.close()
    floor, start = statistics.median(floors), statistics.median(starts)
    return Cost(
        floor * 1e3, start * 1e3, start / floor, _bare_memory(), resident, own,
        statistics.median(transactions) * 1e3, statistics.median(saves) * 1e3, save_cpu * 1e3,
        statistics.median(pings) * 1e3, statistics.median(searches) * 1e3, search_cpu * 1e3,
        _WRITERS * _EACH / together, at_once, failed[0], leaving * 1e3, _bytes("agent"), _bytes("all"),
    )  # fmt: skip


def _initialized(home: Fixture) -> float:
    began = time.perf_counter()
    bridge = _Bridge(home)
    bridge.ask("initialize", protocolVersion="2025-11-25", capabilities={})
    took = time.perf_counter() - began
    bridge.close()
    return took


def _saves(bridge: _Bridge, folder: Path, count: int) -> tuple[list[float], list[float]]:
    """Seconds of the floor and of mem_save, in turn."""
    floor = apsw.Connection(str(folder / "floor.db"))
    for sql in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "CREATE TABLE t (id INTEGER PRIMARY KEY, x)"):
        floor.execute(sql)
    transactions, saves = [], []
    for nth in range(count):
        transactions.append(_timed(floor.execute, "INSERT INTO t (x) VALUES (?)", (f"t{nth} found in x{nth}",)))
        saves.append(_timed(bridge.call, "mem_save", title=f"t{nth}", content=f"found in x{nth}"))
    floor.close()
    return transactions, saves


def _together(home: Fixture) -> None:
    """Save 192 notes, 16 at a time, through two bridges."""
    bridges = [_Bridge(home), _Bridge(home)]
    for turn in range(_EACH):
        for worker in range(_WRITERS):
            note = {"title": f"w{worker} n{turn}", "content": f"worker {worker} found number {turn * 7919 + worker}"}
            bridges[worker % 2].send("tools/call", id=worker, name="mem_save", arguments=note)
        for worker in range(_WRITERS):
            if bridges[worker % 2].receive()["isError"]:
                raise RuntimeError("a note was not saved")
    for bridge in bridges:
        bridge.close()


def _at_once(home: Fixture) -> int:
    """How many of 3,000 searches that are asked at once fail."""
    bridge = _Bridge(home)
    failed: list[bool] = []
    reading = threading.Thread(
        target=lambda: failed.extend(bridge.receive()["isError"] for _ in range(_AT_ONCE))
    )  # it must not stand still while there is more to send
    reading.start()
    for nth in range(_AT_ONCE):
        bridge.send("tools/call", id=nth, name="mem_search", arguments={"query": f"question {nth}"})
    reading.join()
    bridge.close()
    return sum(failed)


def _left(home: Fixture) -> float:
    """Seconds until a bridge leaves whose host closes its input while the daemon hangs over a call."""
    bridge = _Bridge(home)
    bridge.ask("ping")
    home.signal(signal.SIGSTOP)
    bridge.send("tools/call", name="mem_search", arguments={"query": "question"})
    took = _timed(bridge.close)
    home.signal(signal.SIGCONT)
    return took


def _timed(work: Callable[..., object], *given: Any, **named: Any) -> float:
    began = time.perf_counter()
    work(*given, **named)
    return time.perf_counter() - began


def _cpu(home: Fixture, bridge: _Bridge) -> float:
    """Seconds that daemon and bridge have spent."""
    spent = 0
    for process in (home.daemon, bridge.process.pid):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        spent += int(fields[11]) + int(fields[12])
    return spent / os.sysconf("SC_CLK_TCK")


def _bare_memory() -> float:
    process = subprocess.Popen([*bare()[:-1], "import posix; posix.write(1, b'.'); posix.read(0, 1)"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    assert process.stdout is not None
    process.stdout.read(1)
    resident, _ = _memory(process.pid)
    process.communicate()
    return resident


def _memory(process: int) -> tuple[float, float]:
    told = dict(line.split(":", 1) for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:])
    kilobytes = {name: int(value.split()[0]) for name, value in told.items()}
    return kilobytes["Rss"] / 1024, (kilobytes["Private_Dirty"] + kilobytes["Private_Clean"]) / 1024


def _bytes(profile: str) -> int:
    return len(json.dumps({"tools": [schema(TOOLS[name]) for name in PROFILES[profile]]}).encode())
