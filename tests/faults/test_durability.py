"""An answer is given only after what it acknowledges is synced: what a power cut would leave."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.faults.home import Fixture
from tests.processes import wait_for

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")

_OPENED = re.compile(r'openat\(.*"(?P<path>[^"]*)".*\) = (?P<fd>\d+)')
_WROTE = re.compile(r"(?:pwrite64|write)\((?P<fd>\d+),")
_SYNCED = re.compile(r"(?:fdatasync|fsync)\((?P<fd>\d+)\)")
_ANSWERED = re.compile(r'(?:sendto|send|write)\(\d+, "(?:\+)?0\\n"')


def test_nothing_is_acknowledged_before_it_is_synced(tmp_path: Path) -> None:
    home = Fixture(tmp_path / "home", tmp_path / "project")
    trace = tmp_path / "trace"
    daemon = subprocess.Popen(
        [
            "strace", "-f", "-s", "64", "-o", str(trace), "-e",
            "trace=openat,write,pwrite64,fdatasync,fsync,sendto", sys.executable, "-m", "holdfast.daemon",
        ],
        env={"PATH": "/usr/bin:/bin", "HOLDFAST_HOME": str(home.folder), "HOME": str(tmp_path)},
        start_new_session=True,
    )  # fmt: skip
    try:
        wait_for(lambda: home.ask("ping"), "the daemon under strace", 60)
        home.ask("remember", body="opens what is opened late")
        for nth in range(5):
            payload = home.payload("UserPromptSubmit", prompt=f"asked {nth}", prompt_id=f"p{nth}")
            assert _told(home, payload) == b""
    finally:
        home.signal(signal.SIGKILL)
        home.close()
        daemon.wait(20)

    unsynced: set[str] = set()
    wal: set[str] = set()
    writes: list[str] = []
    answers = 0
    for line in trace.read_text("utf-8", "replace").splitlines():
        if (opened := _OPENED.search(line)) and opened["path"].endswith("holdfast.db-wal"):
            wal.add(opened["fd"])
        elif (wrote := _WROTE.search(line)) and wrote["fd"] in wal:
            unsynced.add(wrote["fd"])
            writes.append(line)
        elif synced := _SYNCED.search(line):
            unsynced.discard(synced["fd"])
        elif _ANSWERED.search(line):
            answers += 1
            assert not unsynced, f"answered before the log was synced: {line}"
    assert answers >= 5
    assert len(writes) >= 5, "each told thing was written"


def _told(home: Fixture, payload: object) -> bytes:
    from holdfast.edge.frame import Frame, call

    frame = Frame(
        "claude-code",
        "UserPromptSubmit",
        os.urandom(8).hex(),
        1_800_000_000_000,
        "/",
        "0",
        {},
        json.dumps(payload).encode(),
    )
    return call(home.folder / "socket", frame)
