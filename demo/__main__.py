"""Play two recorded sessions into a throwaway home, and show what the next session is given, and why."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from holdfast import __version__
from holdfast.edge import launch

from .recording import FOLDER, Recording

_COLOURS = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="holdfast-demo-") as name:
        demo = Demo(Path(name).resolve())
        try:
            return demo.run()
        finally:
            demo.holdfast("serve", "--stop")


class Demo:
    """A home, a repository and the launcher between them."""

    def __init__(self, folder: Path) -> None:
        self._user = folder / "u"
        self._home = self._user / ".holdfast"
        self._project = self._user / "durations"
        self._environment = {
            **{name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ},
            "HOME": str(self._user), "HOLDFAST_HOME": str(self._home), "GIT_CONFIG_GLOBAL": os.devnull,
        }  # fmt: skip

    def run(self) -> int:
        began = time.monotonic()
        self._prepare()
        _say(
            "holdfast demo",
            "two sessions of Claude Code, recorded once, played now through the real launcher and daemon",
        )
        hooks, lines = self._play()
        self._settle()
        _head("The user keeps a note of their own")
        self._show(
            "remember", "--kind", "decision", "durations stay integers: fractions of a second are the caller's problem"
        )
        _head("What was stored")
        print(f"{hooks} hook calls and {lines} transcript lines told of the same work; each thing is kept once:")
        self._show("timeline")
        _head("Found again by words")
        self._show("search", "minutes dropped")
        _head("The next session starts. This block, to the byte, reaches the model:")
        block = self._next_session()
        print(_dim(block) if block else "nothing")
        _head("Why these lines")
        self._why(block)
        print(
            f"\n{time.monotonic() - began:.1f} s; no model was called, no port was opened; the throwaway home is gone."
        )
        return 0 if "always use tabs here" in block and "durations stay integers" in block else 1

    def holdfast(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "holdfast", *arguments], cwd=self._project, env=self._environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.stdout + done.stderr

    def _prepare(self) -> None:
        self._project.mkdir(parents=True)
        self._git("init", "--quiet", "--initial-branch=main")
        with (FOLDER / "project.fast-export").open("rb") as history:
            self._git("fast-import", "--quiet", "--force", stdin=history)
        self._home.mkdir(mode=0o700)
        launch.install(self._home / "bin", __version__)

    def _git(self, *arguments: str, stdin: Any = subprocess.DEVNULL) -> None:
        subprocess.run(["git", *arguments], cwd=self._project, env=self._environment, stdin=stdin, check=True)

    def _play(self) -> tuple[int, int]:
        hooks = lines = 0
        recording = Recording(self._project, self._user)
        for moment in recording.moments():
            if moment.file is not None:
                moment.write()
                lines += 1
                continue
            assert moment.event is not None
            self._hook(moment.event, moment.payload, moment.environment)
            hooks += 1
            _tell(moment.event, moment.payload)
        return hooks, lines

    def _hook(self, event: str, payload: Any, environment: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            [self._home / "bin" / "hook", "claude-code", event], input=json.dumps(payload).encode(),
            env={**self._environment, **(environment or {})}, cwd=self._project, capture_output=True, check=False,
        )  # fmt: skip
        return done.stdout.decode()

    def _settle(self) -> None:
        """Until the daemon has read the transcripts to their ends, and drawn from both sessions."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if len(json.loads(self.holdfast("recent", "--kind", "summary", "--json"))["memories"]) == 2:
                return
            time.sleep(0.2)

    def _next_session(self) -> str:
        payload = {
            "session_id": "11111111-2222-4333-8444-555555555555", "hook_event_name": "SessionStart",
            "source": "startup", "cwd": str(self._project), "transcript_path": str(self._user / "next.jsonl"),
        }  # fmt: skip
        answer = self._hook("SessionStart", payload, {"CLAUDE_CODE_ENTRYPOINT": "cli"})
        return str(json.loads(answer)["hookSpecificOutput"]["additionalContext"]) if answer else ""

    def _why(self, block: str) -> None:
        memories = {memory["number"]: memory for memory in json.loads(self.holdfast("recent", "--json"))["memories"]}
        for number in re.findall(r"^- #(\d+) ", block, re.M):
            memory = memories[int(number)]
            reason = "it always holds, so it is given to every session" if memory["standing"] else "kept recently here"
            print(f"  #{memory['number']}  {reason}; trust: {memory['trust']}")
        self._show("show", "1", "--evidence")

    def _show(self, *arguments: str) -> None:
        quoted = " ".join(f'"{each}"' if " " in each else each for each in arguments)
        print(_bold(f"$ holdfast {quoted}"))
        print(self.holdfast(*arguments).rstrip())


def _tell(event: str, payload: Any) -> None:
    if event == "UserPromptSubmit":
        print(f"\n  {_bold('you')}    {payload['prompt']}")
    elif event in ("PostToolUse", "PostToolUseFailure"):
        given = payload["tool_input"]
        what = given.get("command") or given.get("file_path") or ""
        mark = "✗" if event.endswith("Failure") else "·"
        print(f"  {mark} {payload['tool_name']:6} {what.splitlines()[0][:90] if what else ''}")
    elif event == "Stop":
        print(f"  {_bold('agent')}  {payload['last_assistant_message'].splitlines()[0][:110]}")
    elif event in ("SessionStart", "SessionEnd"):
        _head("A session of Claude Code" + (" starts" if event == "SessionStart" else " ends"))


def _say(title: str, text: str) -> None:
    print(f"{_bold(title)} – {text}")


def _head(text: str) -> None:
    print(f"\n{_bold('── ' + text)}")


def _bold(text: str) -> str:
    return f"\033[1m{text}\033[0m" if _COLOURS else text


def _dim(text: str) -> str:
    return "\n".join(f"  \033[36m{line}\033[0m" if _COLOURS else f"  {line}" for line in text.splitlines())


if __name__ == "__main__":
    sys.exit(main())
