"""Putting holdfast into Claude Code and taking it out again: the host's own plugin commands, and a few links.

The plugin calls `${CLAUDE_PLUGIN_DATA}/hook` and `/bridge`; setup makes them links to the launchers. What the host
keeps of its settings is copied aside first.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ...edge.launch import LAUNCHERS
from ...errors import Refused, Unavailable
from ...paths import Home

__all__ = ["ClaudeCode", "Step", "plugin_source"]

PLUGIN = "holdfast@holdfast"
_LINKS = ("holdfast-holdfast", "holdfast-inline")  # plugin data folders: installed, and `--plugin-dir`
_CALLING = ("hooks/hooks.json", ".mcp.json")  # the files by which the plugin calls us
_SETTINGS = ("settings.json", "plugins/installed_plugins.json", "plugins/known_marketplaces.json")


@dataclass(frozen=True, slots=True)
class Step:
    """One change to the machine: what it is, in words, and the doing of it."""

    says: str
    do: Callable[[], None]


def plugin_source() -> Path:
    """The plugin as it came with this program: in the package, or beside `src` in a checkout."""
    package = Path(__file__).parents[2]
    for folder in (package / "plugins" / "claude-code", package.parents[1] / "plugins" / "claude-code"):
        if (folder / ".claude-plugin" / "plugin.json").is_file():
            return folder
    raise Unavailable("this installation lacks the Claude Code plugin", fix="reinstall holdfast")


class ClaudeCode:
    """One installation of Claude Code: its program and its configuration folder."""

    def __init__(self, home: Home, program: str | None = None) -> None:
        self._home = home
        self._named = program is not None
        self._program = program or shutil.which("claude")
        named = os.environ.get("CLAUDE_CONFIG_DIR")
        self.folder = Path(named) if named else Path.home() / ".claude"

    @property
    def _copy(self) -> Path:
        return self._home.hosts / "claude-code"

    def _links(self) -> list[Path]:
        data = self.folder / "plugins" / "data"
        return [data / name / launcher for name in _LINKS for launcher in LAUNCHERS]

    def launcher(self, name: str) -> Path:
        """A launcher as the host calls it: by the plugin's link, where there is one."""
        link = self.folder / "plugins" / "data" / _LINKS[0] / name
        return link if link.exists() else self._home.bin / name

    def installed(self) -> bool:
        """Whether the host lists the plugin."""
        return self._lists_us("plugins/installed_plugins.json")

    def _lists_us(self, file: str) -> bool:
        try:
            return PLUGIN in (self.folder / file).read_text("utf-8", "replace")
        except OSError:
            return False

    def linked(self) -> bool:
        """Whether the plugin reaches the launchers."""
        return not self.unlinked()

    def unlinked(self) -> list[Path]:
        """The links by which it should reach them, and does not."""
        return [
            link
            for link in self._links()
            if not (link.is_symlink() and link.exists() and link.resolve() == (self._home.bin / link.name).resolve())
        ]

    def elsewhere(self) -> Path | None:
        """The other home to which the plugin's links lead."""
        for link in self.unlinked():
            if link.is_symlink():
                folder = link.readlink().parent.parent
                if folder.resolve() != self._home.folder.resolve():
                    return folder
        return None

    def setup(self) -> list[Step]:
        """What is missing for Claude Code to call holdfast; empty when all is there. Raises Unavailable without the
        program, Refused when that is another."""
        if self._program is None:
            raise Unavailable(
                "Claude Code was not found",
                why="there is no `claude` on the PATH",
                fix="install it, or name it: holdfast setup claude-code --program /path/to/claude",
            )
        steps = []
        copied = self._copied()
        if not copied:
            steps.append(Step(f"copy the plugin to {self._copy}", self._copy_plugin))
        if not self.linked():
            led = f", which led to {other}" if (other := self.elsewhere()) else ""
            steps.append(Step(f"make the launchers known to it: {self._links()[0].parent}{led}", self.link))
        whole = copied and self.installed() and self._offered() and self._loaded()
        if self._named or not whole:
            self._try_program()
        if whole:
            return steps
        folder = self._backup_folder()
        return [
            Step(f"copy the host's settings aside, into {folder}", lambda: self._back_up(folder)),
            *steps,
            Step(
                "claude plugin marketplace add " + str(self._copy),
                lambda: self._run("marketplace", "add", str(self._copy)),
            ),
            Step(f"claude plugin install {PLUGIN}", lambda: self._run("install", PLUGIN)),
        ]

    def _copied(self) -> bool:
        """Whether the plugin lies in the home as this program has it, for its owner's eyes only."""
        if not self._copy.is_dir():
            return False
        ours = [self._home.hosts, self._copy, *self._copy.rglob("*")]
        return _contents(self._copy) == _contents(plugin_source()) and not any(
            path.stat().st_mode & 0o077 for path in ours
        )

    def _offered(self) -> bool:
        """Whether the host knows where the plugin comes from."""
        try:
            known = (self.folder / "plugins" / "known_marketplaces.json").read_text("utf-8", "replace")
        except OSError:
            return False
        return json.dumps(str(self._copy)) in known or json.dumps(str(self._copy), ensure_ascii=False) in known

    def _loaded(self) -> bool:
        """Whether every copy that the host made of the plugin calls us as this one does."""
        return not self.outdated()

    def calling(self) -> dict[Path, bytes]:
        """The files by which each copy of the plugin calls us -> what they should hold. Empty without a copy."""
        source = plugin_source()
        copies = [self._copy, *sorted(self.folder.glob("plugins/cache/holdfast/holdfast/*"))]
        return {copy / name: (source / name).read_bytes() for copy in copies if copy.is_dir() for name in _CALLING}

    def outdated(self) -> list[Path]:
        """Those of these files that are missing, or hold something else."""
        return [path for path, wanted in self.calling().items() if not path.is_file() or path.read_bytes() != wanted]

    def remove(self) -> Iterator[Step]:
        """What must be done to take exactly that back."""
        if self.installed() and self._program is not None:
            self._try_program()
            yield Step(f"claude plugin uninstall {PLUGIN}", lambda: self._run("uninstall", PLUGIN))
            yield Step(
                "claude plugin marketplace remove holdfast", lambda: self._run("marketplace", "remove", "holdfast")
            )
        elif self.installed():
            raise Refused(
                "Claude Code still lists the plugin, and its program was not found",
                fix="holdfast setup claude-code --remove --program /path/to/claude",
            )
        for link in self._links():
            if link.is_symlink():
                yield Step(f"remove {link}", lambda link=link: _unlink(link))  # type: ignore[misc]
        if self._copy.is_dir():
            yield Step(f"remove {self._copy}", lambda: shutil.rmtree(self._copy))

    def traces(self) -> list[Path]:
        """What of us is still in its folder: it removes its own copies of a plugin later, or never."""
        copies = ("plugins/cache/holdfast", "plugins/marketplaces/holdfast", f"plugins/data/{_LINKS[0]}")
        left = [self.folder / name for name in copies if (self.folder / name).exists()]
        return left + [self.folder / name for name in _SETTINGS if self._lists_us(name)]

    def _backup_folder(self) -> Path:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        return self._home.backups / f"claude-code-{stamp}"

    def _back_up(self, folder: Path) -> None:
        for name in _SETTINGS:
            source = self.folder / name
            if source.is_file():
                for each in (self._home.backups, folder):  # one by one: a mode does not hold for parents
                    each.mkdir(mode=0o700, exist_ok=True)
                copy = folder / source.name
                copy.touch(mode=0o600)
                shutil.copyfile(source, copy)

    def _copy_plugin(self) -> None:
        part = self._copy.with_name(".claude-code.part")
        shutil.rmtree(part, ignore_errors=True)
        part.parent.mkdir(mode=0o700, exist_ok=True)
        shutil.copytree(plugin_source(), part)
        for path in (part.parent, part, *part.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)
        shutil.rmtree(self._copy, ignore_errors=True)
        part.rename(self._copy)

    def link(self) -> None:
        """Make the plugin reach the launchers."""
        for link in self._links():
            link.parent.mkdir(parents=True, exist_ok=True)
            part = link.with_name(f".{link.name}.part")
            part.unlink(missing_ok=True)
            part.symlink_to(self._home.bin / link.name)
            part.replace(link)

    def _try_program(self) -> None:
        """Raises Refused when the program is not Claude Code: many a program takes all commands, and does nothing."""
        assert self._program is not None
        fix = "name Claude Code's own: --program /path/to/claude"
        try:
            done = subprocess.run(
                [self._program, "--version"], capture_output=True, text=True, timeout=60, check=False, errors="replace",
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Refused(f"{self._program} cannot be run", why=str(error), fix=fix) from None
        said = (done.stdout + done.stderr).strip().partition("\n")[0]
        if done.returncode or "Claude Code" not in done.stdout:
            raise Refused(
                f"{self._program} is not Claude Code",
                why=f"with --version it says: {said[:200] or 'nothing'}",
                fix=fix,
            )

    def _run(self, *arguments: str) -> None:
        assert self._program is not None
        done = subprocess.run(
            [self._program, "plugin", *arguments], capture_output=True, text=True, timeout=120, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        said = (done.stdout + done.stderr).strip()
        if done.returncode and "already" not in said:
            raise Unavailable(f"`claude plugin {' '.join(arguments)}` failed", why=said[-500:], fix="run it by hand")


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _unlink(link: Path) -> None:
    link.unlink(missing_ok=True)
    for folder in (link.parent, link.parent.parent):
        if not any(folder.iterdir()):
            folder.rmdir()
