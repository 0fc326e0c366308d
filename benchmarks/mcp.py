"""What the tools cost an agent: the bridge's start and memory, a call over it, and the schemas in every request."""

import json
import os
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.home import Fixture

from holdfast.tools.table import PROFILES, TOOLS, schema

from .timing import bare, run_once

__all__ = ["GOALS", "Cost", "measure"]

GOALS = {"initialize_times": "≤ 2.5", "memory_mb": "≤ 10", "schema_bytes": "≤ 8,192"}


@dataclass(frozen=True, slots=True)
class Cost:
    """initialize: from the start of the bridge to its answer, over a bare interpreter's whole run; medians.

    memory_mb: resident, of a bridge that has answered calls; memory_own_mb: what of it no other process shares.
    save_ms, search_ms: one call, from request to answer, with 10,000 notes. schema_bytes: of the default profile.
    """

    floor_ms: float
    initialize_ms: float
    initialize_times: float
    memory_mb: float
    memory_own_mb: float
    save_ms: float
    search_ms: float
    schema_bytes: int
    schema_bytes_all: int


class _Bridge:
    def __init__(self, home: Fixture) -> None:
        environment = {"PATH": os.defpath, "HOME": str(home.folder.parent), "HOLDFAST_HOME": str(home.folder)}
        self.process = subprocess.Popen(
            [home.folder / "bin" / "bridge"], cwd=home.project, env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )  # fmt: skip

    def ask(self, method: str, **params: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["result"]

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
            saves = [_timed(bridge, "mem_save", title=f"t{nth}", content=f"found in x{nth}") for nth in range(count)]
            searches = [_timed(bridge, "mem_search", query=f"question {nth * 7919 % 10_007}") for nth in range(count)]
            resident, own = _memory(bridge.process.pid)
            bridge.close()
        finally:
            home.close()
    floor, start = statistics.median(floors), statistics.median(starts)
    return Cost(
        floor * 1e3, start * 1e3, start / floor, resident, own, statistics.median(saves) * 1e3,
        statistics.median(searches) * 1e3, _bytes("agent"), _bytes("all"),
    )  # fmt: skip


def _initialized(home: Fixture) -> float:
    began = time.perf_counter()
    bridge = _Bridge(home)
    bridge.ask("initialize", protocolVersion="2025-11-25", capabilities={})
    took = time.perf_counter() - began
    bridge.close()
    return took


def _timed(bridge: _Bridge, tool: str, **arguments: Any) -> float:
    began = time.perf_counter()
    result = bridge.ask("tools/call", name=tool, arguments=arguments)
    if result["isError"]:
        raise RuntimeError(result)
    return time.perf_counter() - began


def _memory(process: int) -> tuple[float, float]:
    told = dict(line.split(":", 1) for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:])
    kilobytes = {name: int(value.split()[0]) for name, value in told.items()}
    return kilobytes["Rss"] / 1024, (kilobytes["Private_Dirty"] + kilobytes["Private_Clean"]) / 1024


def _bytes(profile: str) -> int:
    return len(json.dumps({"tools": [schema(TOOLS[name]) for name in PROFILES[profile]]}).encode())
