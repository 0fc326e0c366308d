"""Drives one installed Claude Code in a throwaway home, against a scripted model."""

from __future__ import annotations

import json
import os
import queue
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.hosts.claude_code.install import OLD
from tests.hosts.claude_code.model import Model
from tests.hosts.claude_code.script import Json
from tests.hosts.claude_code.terminal import Terminal

API_KEY = "scripted"
DEADLINE = 90.0
"""Seconds; only reached when something is broken."""


@dataclass(frozen=True, slots=True)
class Done:
    """A finished child process."""

    code: int
    stdout: str
    stderr: str


@dataclass(slots=True)
class ClaudeCode:
    """Claude Code of one version with a home, a configuration and a project of its own."""

    binary: Path
    version: str
    root: Path
    model: Model
    env: dict[str, str] = field(default_factory=dict)
    """Variables added for everything started from now on."""
    plugins: list[Path] = field(default_factory=list)
    """Folders handed over as --plugin-dir."""
    folder: str = "project"
    """The folder that it works in, below the root."""

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def config(self) -> Path:
        return self.home / ".claude"

    @property
    def project(self) -> Path:
        return self.root / self.folder

    def working_in(self, folder: str) -> ClaudeCode:
        """The same Claude Code, started in another folder below the root."""
        return replace(self, folder=folder)

    @property
    def transcripts(self) -> Path:
        """The folder of the project's transcripts; it may not exist yet."""
        return self.config / "projects" / re.sub(r"[^A-Za-z0-9]", "-", str(self.project.resolve()))

    @property
    def permission_mode(self) -> str:
        """The mode that asks. The new version's own default asks a server and hangs offline."""
        return "default" if self.version == OLD else "manual"

    def prepare(self) -> None:
        """Makes the folders, and settles what a first start would ask about."""
        self.project.mkdir(parents=True, exist_ok=True)
        self.config.mkdir(parents=True, exist_ok=True)
        known: Json = {
            "numStartups": 3,
            "theme": "dark",
            "hasCompletedOnboarding": True,
            "lastOnboardingVersion": self.version,
            "lastReleaseNotesSeen": self.version,
            "bypassPermissionsModeAccepted": True,
            "customApiKeyResponses": {"approved": [API_KEY], "rejected": []},
            "projects": {
                str(self.project.resolve()): {
                    "hasTrustDialogAccepted": True,
                    "hasCompletedProjectOnboarding": True,
                    "projectOnboardingSeenCount": 4,
                }
            },
        }
        (self.config / ".claude.json").write_text(json.dumps(known))

    def environment(self) -> dict[str, str]:
        """Nothing of ours but PATH; nothing asked for but the scripted model."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "SHELL": "/bin/bash",
            "HOME": str(self.home),
            "CLAUDE_CONFIG_DIR": str(self.config),
            "ANTHROPIC_BASE_URL": self.model.url,
            "ANTHROPIC_API_KEY": API_KEY,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL": "1",
            "CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION": "false",
            "CLAUDE_CODE_MAX_RETRIES": "1",
            "DISABLE_AUTOUPDATER": "1",
            "DISABLE_INSTALLATION_CHECKS": "1",
            "DISABLE_TELEMETRY": "1",
            "IS_SANDBOX": "1",
            "NO_PROXY": "127.0.0.1",
            **self.env,
        }

    def command(self, *args: str) -> list[str]:
        dirs = [word for folder in self.plugins for word in ("--plugin-dir", str(folder))]
        return [str(self.binary), *dirs, *args]

    def run(self, prompt: str, *args: str, deadline: float = DEADLINE) -> Done:
        """`claude -p PROMPT ARGS…` to its end."""
        return self._run(self.command("-p", prompt, *args), deadline)

    def plugin(self, *args: str) -> Done:
        """`claude plugin ARGS…`"""
        return self._run([str(self.binary), "plugin", *args], DEADLINE)

    def mcp(self, *args: str) -> Done:
        """`claude mcp ARGS…`"""
        return self._run([str(self.binary), "mcp", *args], DEADLINE)

    def _run(self, command: Sequence[str], deadline: float) -> Done:
        done = subprocess.run(
            command,
            cwd=self.project,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=deadline,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def stream(self, prompts: Sequence[str], *args: str) -> list[Json]:
        """Several turns in one process, each sent when the one before ended; all output objects."""
        with self.conversation(*args) as conversation:
            for prompt in prompts:
                conversation.ask(prompt)
            conversation.finish()
            return conversation.seen

    @contextmanager
    def conversation(self, *args: str) -> Iterator[Conversation]:
        """A `-p` process that takes prompts as stream-json until it is finished."""
        formats = ("--input-format", "stream-json", "--output-format", "stream-json", "--verbose")
        with (
            (self.root / "stderr").open("a") as errors,
            subprocess.Popen(
                self.command("-p", *formats, *args),
                cwd=self.project,
                env=self.environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            ) as process,
        ):
            try:
                yield Conversation(process)
            finally:
                process.kill()

    @contextmanager
    def interactive(self, *args: str, env: Mapping[str, str] | None = None, ready: bool = True) -> Iterator[Terminal]:
        """The interactive UI in a terminal of its own; its prompt sign is there when this yields."""
        mode = () if "--permission-mode" in args else ("--permission-mode", self.permission_mode)
        variables = {**self.environment(), **(env or {})}
        terminal = Terminal(self.command(*mode, *args), self.project, variables)
        with terminal:
            if ready:
                terminal.wait_ready()
            yield terminal


class Conversation:
    """A running `-p` process that reads one prompt after the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.seen: list[Json] = []
        self._process = process
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def send(self, prompt: str) -> None:
        """Hands over a prompt and does not wait."""
        line = {"type": "user", "message": {"role": "user", "content": prompt}}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()

    def ask(self, prompt: str) -> Json:
        """Hands over a prompt; the `result` object that ends its turn."""
        self.send(prompt)
        return self.until(lambda item: item.get("type") == "result", f"the result of {prompt!r}")

    def until(self, wanted: Callable[[Json], bool], what: str, deadline: float = DEADLINE) -> Json:
        """Reads output objects until one is wanted."""
        end = time.monotonic() + deadline
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"waited {deadline:.0f} s in vain for {what}") from None
            if line is None:
                raise AssertionError(f"Claude Code ended before {what}; saw {self.seen[-3:]}")
            item: Json = json.loads(line)
            self.seen.append(item)
            if wanted(item):
                return item

    def finish(self) -> int:
        """Closes the input, reads the rest; the exit code."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        code = self._process.wait(timeout=DEADLINE)
        self._reader.join(timeout=DEADLINE)
        while (line := self._lines.get(timeout=DEADLINE)) is not None:
            self.seen.append(json.loads(line))
        return code

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.strip():
                self._lines.put(line)
        self._lines.put(None)
