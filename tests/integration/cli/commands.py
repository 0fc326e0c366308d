"""The command line in a throwaway home, each command a process, and the daemon that they start."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.processes import serving, wait_for

from holdfast import __version__
from holdfast.edge import launch

__all__ = ["Commands", "Done", "prompt_line"]


def prompt_line(text: str, cwd: Path | str, number: int = 1) -> str:
    """A line of a transcript: a prompt of session s9."""
    line = {
        "type": "user", "uuid": f"u{number}", "sessionId": "s9", "cwd": str(cwd), "timestamp": "2026-01-02T03:04:05Z",
        "version": "2.1.197", "promptId": f"p{number}", "message": {"role": "user", "content": text},
    }  # fmt: skip
    return json.dumps(line) + "\n"


@dataclass(frozen=True)
class Done:
    """What a command did."""

    code: int
    out: str
    err: str


@dataclass
class Commands:
    """`holdfast` as its user has it, in a project of his."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.user.mkdir()
        self.project.mkdir()

    @property
    def user(self) -> Path:
        return self.root / "user"

    @property
    def home(self) -> Path:
        return self.user / ".holdfast"

    @property
    def project(self) -> Path:
        return self.root / "workshop"

    def variables(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.user), "LANG": "C.UTF-8", "TZ": "UTC",
            "HOLDFAST_HOME": str(self.home), **self.environment,
        }  # fmt: skip

    def started(self, *arguments: str, env: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
        """A command that runs beside the test."""
        return subprocess.Popen(
            [sys.executable, "-m", "holdfast", *arguments], cwd=self.project, env={**self.variables(), **(env or {})},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(
        self, *arguments: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "holdfast", *arguments], cwd=cwd or self.project, input=stdin or b"",
            env={**self.variables(), **(env or {})}, capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        return Done(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode())

    def __call__(self, *arguments: str, code: int = 0, **more: Any) -> str:
        """What a command printed; it ends with `code`."""
        done = self.run(*arguments, **more)
        said = f"holdfast {' '.join(arguments)}: {done.code}\n{done.out}{done.err}"
        assert done.code == code, said
        assert "Traceback" not in done.err, said
        return done.out

    def on_a_terminal(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """What a person sees of a command, with all that steers the terminal."""
        ours, its = pty.openpty()
        with subprocess.Popen(
            [sys.executable, "-m", "holdfast", *arguments], cwd=self.project, stdin=its, stdout=its, stderr=its,
            env={**self.variables(), "TERM": "xterm", **(env or {})},
        ):  # fmt: skip
            os.close(its)
            said = b""
            while select.select([ours], [], [], 30)[0]:
                try:
                    read = os.read(ours, 4096)
                except OSError:  # Linux says so at the end
                    break
                if not read:
                    break
                said += read
        os.close(ours)
        return said.decode("utf-8", "replace")

    def json(self, *arguments: str, code: int = 0, **more: Any) -> Any:
        return json.loads(self(*arguments, "--json", code=code, **more))

    def error(self, *arguments: str, code: int, **more: Any) -> str:
        """What a command that fails says on standard error, with nothing on standard output."""
        done = self.run(*arguments, **more)
        assert (done.code, done.out) == (code, ""), f"{done}"
        assert "Traceback" not in done.err, done.err
        return done.err

    def remember(self, *text: str) -> int:
        """Keep a note; its number."""
        return int(self.json("remember", *text)["memory"]["number"])

    # -- the host --

    def hook(self, event: str, session: str = "s1", cwd: Path | None = None, **fields: Any) -> bytes:
        """Call the launcher as Claude Code does in an attended session; what it printed."""
        launch.install(self.home / "bin", __version__)
        payload = {
            "session_id": session, "transcript_path": str(self.user / "none.jsonl"),
            "cwd": str(cwd or self.project), "hook_event_name": event, **fields,
        }  # fmt: skip
        done = subprocess.run(
            [self.home / "bin" / "hook", "claude-code", event], input=json.dumps(payload).encode(),
            env={**self.variables(), "CLAUDE_CODE_ENTRYPOINT": "cli"}, cwd=cwd or self.project,
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, b"")
        return done.stdout

    def session(self, name: str = "s1", asked: str = "mend the fence", said: str = "mended") -> None:
        """A whole session of Claude Code."""
        self.run("serve")
        self.hook("SessionStart", name, source="startup")
        self.hook("UserPromptSubmit", name, prompt=asked, prompt_id=f"{name}-p1")
        self.hook(
            "PostToolUse", name, prompt_id=f"{name}-p1", tool_name="Bash", tool_use_id=f"{name}-t1",
            tool_input={"command": "ls fence"}, tool_response={"stdout": "fence", "stderr": ""},
        )  # fmt: skip
        self.hook("Stop", name, prompt_id=f"{name}-p1", last_assistant_message=said)
        self.hook("SessionEnd", name, reason="other")
        wait_for(lambda: len(self.json("timeline", "--session", name)["events"]) == 5, "the session in the journal")

    # -- the daemon --

    @property
    def daemon(self) -> int | None:
        """The process that serves; None when none does."""
        return serving(self.home)

    def kill(self) -> None:
        """SIGKILL the daemon."""
        process = self.daemon
        assert process is not None
        os.kill(process, signal.SIGKILL)
        wait_for(lambda: self.daemon != process, "the daemon to be gone")

    def close(self) -> None:
        """Leave no process behind."""
        process = self.daemon
        if process is not None and process != os.getpid():
            os.kill(process, signal.SIGCONT)
            os.kill(process, signal.SIGKILL)
