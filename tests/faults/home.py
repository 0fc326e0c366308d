"""A throwaway home with the launcher in it, and its daemon."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.processes import serving, wait_for

from holdfast import __version__
from holdfast.edge import launch
from holdfast.edge.frame import Frame, call

__all__ = ["Fixture"]


@dataclass
class Fixture:
    """Calls the launcher as a host would, and the daemon as the command line would."""

    folder: Path
    project: Path
    environment: dict[str, str] = field(default_factory=dict)
    children: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(mode=0o700)
        self.project.mkdir()
        launch.install(self.folder / "bin", __version__)

    @property
    def spooled(self) -> list[Path]:
        return sorted((self.folder / "spool").glob("*.frame"))

    def hook(
        self, event: str, payload: Any, *, raw: bytes | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """One hook call; `raw` instead of a payload for what is no JSON."""
        variables = {
            "PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.folder.parent),
            "HOLDFAST_HOME": str(self.folder), **self.environment, **(env or {}),
        }  # fmt: skip
        body = raw if raw is not None else json.dumps(payload).encode()
        return subprocess.run(
            [self.folder / "bin" / "hook", "claude-code", event], input=body, capture_output=True, env=variables,
            cwd=self.project, timeout=60, check=False,
        )  # fmt: skip

    def payload(self, event: str, session: str = "s1", **fields: Any) -> dict[str, Any]:
        """A payload of Claude Code's form."""
        return {
            "session_id": session, "transcript_path": str(self.folder.parent / "none.jsonl"), "cwd": str(self.project),
            "hook_event_name": event, **fields,
        }  # fmt: skip

    def tell(self, event: str, session: str = "s1", **fields: Any) -> bytes:
        """Call a hook with a payload; what it printed. It never fails and never complains."""
        done = self.hook(event, self.payload(event, session, **fields))
        assert (done.returncode, done.stderr) == (0, b"")
        return done.stdout

    def start(self) -> int:
        """Start the daemon and wait until it answers."""
        self.children.append(
            subprocess.Popen(
                [sys.executable, "-m", "holdfast.daemon"],
                env={**os.environ, "HOLDFAST_HOME": str(self.folder)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
        wait_for(lambda: self.ask("ping") is not None, "the daemon to answer")
        daemon = self.daemon
        assert daemon is not None
        return daemon

    def ask(self, operation: str, **arguments: Any) -> Any:
        """The daemon's answer; None when none could be had."""
        now = time.time_ns() // 1_000_000
        told = {"cwd": str(self.project), "at": now, **arguments}
        frame = Frame("cli", operation, os.urandom(8).hex(), now, str(self.project), "0", {}, json.dumps(told).encode())
        try:
            answer = json.loads(call(self.folder / "socket", frame, 10.0))
        except (OSError, EOFError):
            return None
        assert "ok" in answer, answer
        return answer["ok"]

    def events(self) -> list[tuple[Any, ...]]:
        """Session, kind and text of all that is in the journal, read from the file itself."""
        import apsw

        path = self.folder / "holdfast.db"
        if not path.exists():
            return []
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        connection.set_busy_timeout(5_000)
        try:
            return connection.execute(
                "SELECT s.name, e.kind, t.body FROM events e JOIN sessions s ON s.id = e.session"
                " LEFT JOIN texts t ON t.id = e.text ORDER BY e.id"
            ).fetchall()
        except (apsw.SQLError, apsw.BusyError):  # it is being made
            return []
        finally:
            connection.close()

    def texts(self, kind: str) -> list[Any]:
        return [text for _, found, text in self.events() if found == kind]

    def opened(self) -> set[str]:
        """What the daemon has open, by the names that the kernel gives."""
        found = set()
        for link in Path(f"/proc/{self.daemon}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # it was open for a moment
                found.add(str(link.readlink()))
        return found

    @property
    def daemon(self) -> int | None:
        """The process that serves this home."""
        return serving(self.folder)

    def signal(self, number: signal.Signals) -> None:
        """One that was started a moment ago may not serve yet."""
        wait_for(lambda: self.daemon is not None, "a daemon")
        process = self.daemon
        assert process is not None
        os.kill(process, number)
        if number == signal.SIGKILL:
            wait_for(lambda: self.daemon is None, "the daemon to be gone")

    def close(self) -> None:
        """Leave no daemon of this home behind."""
        for _ in range(2):
            for process in _serving(self.folder):
                os.kill(process, signal.SIGCONT)
                os.kill(process, signal.SIGKILL)
        for child in self.children:
            child.wait(10)


def _serving(folder: Path) -> list[int]:
    found = []
    wanted = f"HOLDFAST_HOME={folder}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                serves = b"holdfast.daemon" in (entry / "cmdline").read_bytes()
                if serves and wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found
