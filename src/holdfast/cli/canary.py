"""A note that is followed from saving to receipt, as a host would have it, in a home of its own."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from .. import __version__
from ..edge import launch
from ..edge.frame import Frame, call
from ..paths import Home

__all__ = ["lost"]

_PATIENCE = 10.0  # seconds for each step
_NOTE = "the canary sings at noon"
_PASSED = ("PATH", "LANG", "LC_ALL", "TMPDIR")


def lost() -> str:
    """Where the note was lost; "" when it came through. Raises OSError when there is no room for its home."""
    folder = Path(tempfile.mkdtemp(prefix="hf-"))  # short: a socket's path has little room
    canary = _Canary(folder)
    try:
        return canary.fly()
    finally:
        canary.close()
        shutil.rmtree(folder, ignore_errors=True)


class _Canary:
    def __init__(self, folder: Path) -> None:
        self._home = Home(folder / "home")
        self._project = folder / "project"
        self._transcript = folder / "canary.jsonl"
        self._project.mkdir()
        launch.install(self._home.bin, __version__)

    def fly(self) -> str:
        self._hook("SessionStart", "before", source="startup")  # starts the daemon
        if self._ask("remember", body=_NOTE) is None:
            return "it could not be saved"
        given = self._hook("SessionStart", "canary", source="startup")
        try:
            text = str(json.loads(given)["hookSpecificOutput"]["additionalContext"])
        except (ValueError, KeyError, TypeError):
            return "the launcher printed nothing for a new session"
        if _NOTE not in text:
            return "it was not in what a new session was given"
        self._write_transcript(text)
        self._hook("Stop", "canary", last_assistant_message="done")
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            last = ((self._ask("status") or {}).get("deliveries") or {}).get("last") or {}
            if last.get("session") == "canary" and last.get("receipt") == "arrived":
                return ""
            time.sleep(0.05)
        return "its receipt was not read from the transcript"

    def close(self) -> None:
        self._ask("stop")
        deadline = time.monotonic() + _PATIENCE
        while self._home.socket.exists() and time.monotonic() < deadline:
            time.sleep(0.01)

    def _hook(self, event: str, session: str, **fields: Any) -> bytes:
        payload = {
            "session_id": session, "transcript_path": str(self._transcript), "cwd": str(self._project),
            "hook_event_name": event, **fields,
        }  # fmt: skip
        passed = {name: value for name, value in os.environ.items() if name in _PASSED}
        done = subprocess.run(
            [self._home.bin / "hook", "claude-code", event], input=json.dumps(payload).encode(), cwd=self._project,
            env={**passed, "HOME": str(self._home.folder.parent)}, capture_output=True, timeout=_PATIENCE, check=False,
        )  # fmt: skip
        return done.stdout

    def _ask(self, operation: str, **arguments: Any) -> Any:
        now = time.time_ns() // 1_000_000
        told = {"cwd": str(self._project), "at": now, **arguments}
        frame = Frame(
            "cli", operation, os.urandom(8).hex(), now, str(self._project), __version__, {}, json.dumps(told).encode()
        )
        with contextlib.suppress(OSError, EOFError, ValueError):
            return json.loads(call(self._home.socket, frame, _PATIENCE)).get("ok")
        return None

    def _write_transcript(self, given: str) -> None:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1))
        line = {"sessionId": "canary", "timestamp": at, "cwd": str(self._project)}
        attached = {"type": "hook_additional_context", "content": [given], "hookName": "SessionStart"}
        answer = {"role": "assistant", "content": [{"type": "text", "text": "done"}]}
        lines = (
            {**line, "type": "attachment", "uuid": "canary-1", "attachment": attached},
            {**line, "type": "assistant", "uuid": "canary-2", "message": answer},
        )
        self._transcript.write_text("".join(json.dumps(each) + "\n" for each in lines), "utf-8")
