"""holdfast as its user has it: set up in the throwaway home of a driven Claude Code, called as a command."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.hosts.claude_code.driver import ClaudeCode
from tests.processes import serving, wait_for

__all__ = ["Holdfast"]


@dataclass(slots=True)
class Holdfast:
    """The command line and the daemon beside one Claude Code."""

    claude: ClaudeCode

    @property
    def home(self) -> Path:
        return self.claude.home / ".holdfast"

    def __call__(self, *arguments: str, code: int = 0, stdin: str | None = None) -> str:
        """Run `holdfast ARGUMENTS` in the project's folder; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "holdfast", *arguments],
            cwd=self.claude.project, env=self.claude.environment(), input=stdin, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == code, f"holdfast {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "--json"))

    def setup(self) -> None:
        self("setup", "claude-code", "--program", str(self.claude.binary))

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for what a daemon does by itself."""
        wait_for(condition, what)

    @property
    def daemon(self) -> int | None:
        """The process that serves, None when none does."""
        return serving(self.home)

    def kill(self) -> None:
        """SIGKILL the daemon; one that was started a moment ago may not serve yet."""
        wait_for(lambda: self.daemon is not None, "a daemon")
        process = self.daemon
        assert process is not None
        os.kill(process, signal.SIGKILL)
        wait_for(lambda: self.daemon != process, "the daemon to be gone")

    def close(self) -> None:
        """Leave no process behind."""
        process = self.daemon
        if process is not None:
            os.kill(process, signal.SIGCONT)
            os.kill(process, signal.SIGKILL)
