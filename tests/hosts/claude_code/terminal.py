"""A terminal of its own for an interactive program: typed keys in, the screen out. Needs tmux."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from tests.hosts.claude_code.install import unavailable
from tests.processes import runs, wait_for

WIDTH, HEIGHT = 120, 50
DEADLINE = 60.0


class Terminal:
    """A program under a private tmux server, ended with the block that opened it."""

    def __init__(self, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        if shutil.which("tmux") is None:
            unavailable("tmux is not installed, so the interactive UI cannot be driven")
        # Sockets of their own, in a folder that goes away with them; its path must be short.
        self._sockets = tempfile.TemporaryDirectory(prefix="tmux-")
        self._command = command
        self._cwd = cwd
        self._env = dict(env)

    def __enter__(self) -> Terminal:
        line = shlex.join(["env", "-i", *(f"{k}={v}" for k, v in self._env.items()), *self._command])
        size = ["-x", str(WIDTH), "-y", str(HEIGHT)]
        # The pane stays when the program ends, so that its last screen can still be read.
        self._tmux(
            *("-f", "/dev/null", "new-session", "-d", *size, "-c", str(self._cwd), line),
            *(";", "set", "-g", "remain-on-exit", "on"),
            *(";", "set", "-g", "escape-time", "0"),
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            error.add_note(f"The screen was:\n{self.screen()}")
        program = self.pid()
        self._tmux("kill-server", check=False)
        self._sockets.cleanup()
        # Its last hooks come while it ends: behind the test they would start a daemon that nobody ends.
        wait_for(lambda: not runs(program), "the program's end")

    def screen(self) -> str:
        """What is visible now."""
        return self._tmux("capture-pane", "-p", check=False)

    def history(self) -> str:
        """What is visible, and what scrolled away before it."""
        return self._tmux("capture-pane", "-p", "-S", "-5000", check=False)

    def press(self, *keys: str) -> None:
        """Keys by tmux's names: Enter, Escape, C-c, Up, BSpace…"""
        self._tmux("send-keys", *keys)

    def press_until(self, key: str, wanted: Callable[[str], bool], what: str) -> None:
        """Presses a key again and again; dialogs are deaf for about a second after they appear."""
        end = time.monotonic() + DEADLINE
        while not wanted(screen := self.screen()):
            if time.monotonic() > end:
                raise AssertionError(f"pressed {key} in vain for {what}:\n{screen}")
            self.press(key)
            pause = time.monotonic() + 0.4
            while not wanted(self.screen()) and time.monotonic() < pause:
                time.sleep(0.03)

    def keys(self, text: str) -> None:
        """Types the characters, wherever they go."""
        self._tmux("send-keys", "-l", text)

    def type(self, text: str) -> None:
        """Types the characters, and returns when the prompt box ends with them."""
        self.keys(text)
        tail = "".join(text.split())[-20:]
        self.until(lambda screen: prompt(screen).endswith(tail), f"{text!r} in the prompt box")

    def submit(self, text: str) -> None:
        """Types a prompt and sends it off; returns when it has left the prompt box.

        2.1.197 now and then leaves a command in the box that it carries out; the next prompt would be added to it.
        """
        self.type(text)
        screen = self.screen()
        typed, line = prompt(screen), f"❯ {text}"
        lines = screen.count(line)  # the box's own among them
        self.press("Enter")
        self.until(
            lambda screen: prompt(screen) != typed or screen.count(line) > lines or self.ended(), f"{text!r} to be sent"
        )
        if prompt(self.screen()) == typed:
            self.press("C-u")
            self.until(lambda screen: prompt(screen) != typed or self.ended(), f"{text!r} to leave the prompt box")

    def paste(self, text: str) -> None:
        """Pastes as a terminal does, in brackets."""
        self._tmux("set-buffer", "--", text)
        self._tmux("paste-buffer", "-p")

    def wait_ready(self) -> None:
        """Until the empty prompt waits for input."""
        self.until(lambda screen: prompt(screen) == "", "an empty prompt box")

    def answered(self, text: str) -> None:
        """Until the answer is on the screen, nothing runs any more, and the empty prompt waits for input."""
        self.shows(text)
        self.until(lambda screen: "esc to interrupt" not in screen, "the turn's end")
        self.wait_ready()

    def shows(self, text: str, deadline: float = DEADLINE) -> None:
        self.until(lambda screen: text in screen, f"{text!r} on the screen", deadline)

    def until(self, wanted: Callable[[str], bool], what: str, deadline: float = DEADLINE) -> str:
        """The first screen that is wanted. A condition on the model may ignore its argument."""
        end = time.monotonic() + deadline
        while not wanted(screen := self.screen()):
            if time.monotonic() > end:
                raise AssertionError(f"waited {deadline:.0f} s in vain for {what}:\n{screen}")
            time.sleep(0.03)
        return screen

    def ended(self) -> bool:
        """Whether the program has exited."""
        return self._tmux("display-message", "-p", "#{pane_dead}", check=False).strip() != "0"

    def wait_ended(self, deadline: float = DEADLINE) -> None:
        self.until(lambda _: self.ended(), "the program's end", deadline)

    def pid(self) -> int:
        """The process id of the program."""
        return int(self._tmux("display-message", "-p", "#{pane_pid}"))

    def kill(self) -> None:
        """SIGKILL, and waits for the end."""
        os.kill(self.pid(), signal.SIGKILL)
        self.wait_ended()

    def leave(self) -> None:
        """/exit, and waits for the end."""
        self.submit("/exit")
        self.wait_ended()

    def _tmux(self, *args: str, check: bool = True) -> str:
        done = subprocess.run(
            ["tmux", "-L", "private", *args],
            env={**os.environ, "TMUX_TMPDIR": self._sockets.name},
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"tmux {shlex.join(args)}: {done.stderr}")
        return done.stdout


def prompt(screen: str) -> str:
    """What stands in the prompt box, without any white space; an empty box is the empty string.

    No box at all (a dialog, a starting program) is "?".
    """
    lines = screen.splitlines()
    rules = [number for number, line in enumerate(lines) if line.startswith("─" * 20)]
    if len(rules) < 2:
        return "?"
    inside = "".join("".join(lines[rules[-2] + 1 : rules[-1]]).split())
    return inside[1:] if inside[:1] in ("❯", ">", "!") else "?"
