"""`holdfast uninstall`: every agent program disconnected, the daemon stopped, and with --purge nothing left."""

import shutil
from collections.abc import Iterator
from typing import Any

import click

from ..errors import HoldfastError, Refused
from ..hosts.claude_code.history import projects_folder
from ..hosts.claude_code.install import ClaudeCode, Step
from ..paths import Home
from .client import stop, told
from .output import confirm, counted, json_option, note, plain, say, tell

__all__ = ["OPEN_SESSIONS", "uninstall"]

OPEN_SESSIONS = "Claude Code sessions that are open still call its hooks, and say so at each prompt: restart them."


@click.command("uninstall")
@click.option("--purge", is_flag=True, help="Remove the home folder too: every memory, backup and setting.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--program", help="Claude Code's program, where it is not on the PATH.")
@json_option
def uninstall(purge: bool, yes: bool, dry_run: bool, program: str | None, as_json: bool) -> None:
    """Take back what setup did in every agent program, stop the daemon and remove the launcher.

    What you kept stays in the home folder, unless --purge removes that as well. The program itself is removed by the
    tool that installed it: pipx uninstall holdfast, uv tool uninstall holdfast.
    """
    home = Home.find()
    home.check()
    if purge and not dry_run:
        _refuse_foreign(home)
        if not yes:
            confirm(f"Remove {home.folder} with {_kept(home)}?", yes=yes, as_json=as_json)
    claude = ClaudeCode(home, program)
    connected = claude.installed()
    said = []
    for step in _steps(home, claude, purge):
        said.append(step.says)
        if not as_json:
            tell(f"- {plain(step.says)}")
        if not dry_run:
            step.do()
    traces = [] if dry_run else [str(path) for path in claude.traces()]
    transcripts = projects_folder()
    answer = {
        "steps": said, "done": not dry_run, "purged": purge and not dry_run, "traces": traces,
        "transcripts": str(transcripts) if transcripts.is_dir() else None,
    }  # fmt: skip
    say(answer, as_json, lambda it: _render(it, home, purge))
    if connected and not dry_run:
        note(OPEN_SESSIONS)


def _steps(home: Home, claude: ClaudeCode, purge: bool) -> Iterator[Step]:
    yield from claude.remove()
    cache = claude.folder / "plugins" / "cache" / "holdfast"
    if cache.is_dir():  # the host itself keeps what is uninstalled for some days
        yield Step(f"remove {cache}", lambda: shutil.rmtree(cache))
    if home.folder.is_dir():
        ours = any(path.exists() for path in (home.bin, home.hosts, home.socket, home.lock))
        if ours:
            yield Step("stop the daemon", lambda: _stop(home))
        if purge:
            yield Step(f"remove {home.folder}", lambda: shutil.rmtree(home.folder))
        elif ours:
            yield Step(f"remove the launcher and the socket from {home.folder}", lambda: _remove_launcher(home))


def _stop(home: Home) -> None:
    from ..operations import offline

    with offline.alone(home, stop):
        pass  # it has left, with all that it was doing


def _remove_launcher(home: Home) -> None:
    for folder in (home.bin, home.hosts):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (home.socket, home.lock):
        file.unlink(missing_ok=True)


def _refuse_foreign(home: Home) -> None:
    """HOLDFAST_HOME may name any folder: nothing is removed that is not ours alone."""
    if not home.folder.is_dir():
        return
    if home.folder.is_symlink():
        raise Refused(f"{home.folder} is a link", fix="remove what it points at by hand")
    if foreign := home.foreign():
        raise Refused(
            f"{home.folder} holds what is not ours: {', '.join(foreign[:5])}",
            fix="move that away, or remove the folder by hand",
        )


def _kept(home: Home) -> str:
    """What goes with the home, in words for who must decide."""
    from ..operations import offline

    try:
        notes = offline.answer(home, "status", told({}))["memories"] if home.store.exists() else 0
        sealed = len(offline.answer(home, "secret.list", told({}))["secrets"]) if home.store.exists() else 0
    except HoldfastError:
        return "everything that was kept"
    parts = [counted(notes, "note")]
    if sealed:
        key = " and the only key to them" if (home.folder / "key").exists() else ""
        parts.append(f"{counted(sealed, 'sealed secret')}{key}")
    if backups := offline.backups(home)["backups"]:
        parts.append(counted(len(backups), "backup"))
    return f"everything that was kept: {', '.join(parts)}"


def _render(it: dict[str, Any], home: Home, purge: bool) -> None:
    if not it["done"]:
        tell("nothing was done (--dry-run)")
        return
    if not it["steps"]:
        kept = f" What was kept is still in {home.folder}; --purge removes it." if home.folder.is_dir() else ""
        tell(f"it was not set up, nothing was to be done.{kept}")
        return
    for path in it["traces"]:
        tell(f"left by Claude Code: {plain(path)}")
    if not purge:
        tell(f"done. What was kept is still in {home.folder}; --purge removes it.")
        return
    tell("done." if it["traces"] else "done. holdfast left nothing.")
    if it["transcripts"]:
        tell(
            f"Claude Code's own transcripts still hold what was said, and what it was given: {plain(it['transcripts'])}"
        )
