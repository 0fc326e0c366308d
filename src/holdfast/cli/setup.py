"""`holdfast setup HOST`: connect an agent program, or take that back."""

from collections.abc import Iterable

import click

from .. import __version__
from ..edge import launch
from ..hosts.claude_code.install import ClaudeCode, Step
from ..paths import Home
from .client import told
from .output import json_option, note, say
from .status import switched_off
from .uninstall import OPEN_SESSIONS

__all__ = ["command"]


@click.command("setup")
@click.argument("host", type=click.Choice(["claude-code"]))
@click.option("--remove", is_flag=True, help="Take back exactly what setup did.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--program", help="The host's program, where it is not on the PATH.")
@json_option
def command(host: str, remove: bool, dry_run: bool, program: str | None, as_json: bool) -> None:
    """Connect HOST to holdfast. Says each change it makes; settings of the host are copied aside first."""
    home = Home.find()
    claude = ClaudeCode(home, program)
    done = _perform(claude.remove() if remove else _missing(home, claude), dry_run=dry_run, quiet=as_json)
    ending = "nothing was done (--dry-run)" if dry_run else (_ENDINGS if done else _NOTHING)[remove]
    off = None if remove else switched_off(str(claude.folder), told({})["cwd"])
    disabled = None if off is None else {"file": off[0], "fix": off[1]}
    answer = {"host": host, "removed": remove, "steps": done, "done": not dry_run, "disabled": disabled}
    say(answer, as_json, lambda _: click.echo(ending))
    if remove and done and not dry_run:
        note(OPEN_SESSIONS)
    if off is not None:
        note(f"but the plugin is disabled, {off[0]} says so; to enable it: {off[1]}")


_ENDINGS = {
    False: "done. Start a new Claude Code session; `holdfast status` shows what arrives.\n"
    "There you have: /holdfast:recall, /holdfast:remember, /holdfast:forget, /holdfast:handoff, /holdfast:compose, "
    "/holdfast:import-history, /holdfast:status",
    True: "done. Your notes are kept; `holdfast uninstall --purge` removes them too.",
}
_NOTHING = {False: "already set up, nothing was to be done.", True: "it was not set up, nothing was to be done."}


def _missing(home: Home, claude: ClaudeCode) -> list[Step]:
    """What is to be done, known before any of it is: a host that is not there is told before anything is made."""
    home.check()
    steps = claude.setup()
    if not home.folder.is_dir() or launch.outdated(home.bin, __version__):
        steps.insert(0, Step(f"make {home.folder} and the launcher in it", lambda: _prepare(home)))
    return steps


def _prepare(home: Home) -> None:
    home.make()
    launch.install(home.bin, __version__)


def _perform(steps: Iterable[Step], *, dry_run: bool, quiet: bool) -> list[str]:
    said = []
    for step in steps:
        said.append(step.says)
        if not quiet:
            click.echo(f"- {step.says}")
        if not dry_run:
            step.do()
    return said
