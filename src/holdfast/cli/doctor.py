"""`holdfast doctor`: the chain from the hook to what the model saw, link by link, and what to do about a broken one."""

from typing import Any

import click

from ..errors import HoldfastError
from ..paths import Home
from .chain import Link, State, files, fix_of, links, open_to_others
from .client import ask, stop
from .output import bold, dim, json_option, note, plain, say, tell

__all__ = ["doctor"]


@click.command("doctor")
@click.option("--repair", is_flag=True, help="Put right what can be: the store, the launcher, permissions, the spool.")
@click.option("--verbose", "-v", is_flag=True, help="Also the files that a host calls, and the SHA-256 of each.")
@click.option("--program", help="Claude Code's program, where it is not on the PATH.")
@json_option
def doctor(repair: bool, verbose: bool, program: str | None, as_json: bool) -> int:
    """Walk the chain hook launcher → daemon → store → pack → transcript; say what is broken, why, and what to do.

    It knocks at the launcher as a host does, in a way that stores nothing. Exit status 1 when a link is broken.
    """
    home = Home.find()
    repaired = _repair(home) if repair else None
    found = list(links(home, program))
    told = {
        "ok": all(link.ok for link in found),
        "links": [link.as_dict() for link in found],
        "files": files(home),
        "repaired": repaired,
    }
    say(told, as_json, lambda it: _render(found, it, verbose))
    return 0 if told["ok"] else 1


_MARKS = {
    State.OK: click.style("ok    ", fg="green"),
    State.NOTE: click.style("note  ", fg="yellow"),
    State.BROKEN: click.style("broken", fg="red", bold=True),
    State.UNTRIED: "-     ",
}


def _render(found: list[Link], it: dict[str, Any], verbose: bool) -> None:
    for line in it["repaired"] or ():
        tell(f"repair: {plain(line)}")
    for link in found:
        tell(f"{_MARKS[link.state]} {bold(link.name.ljust(11))} {plain(link.what)}")
        for name, text in (("why", link.why), ("fix", link.fix)):
            if text:
                first, *rest = plain(text).splitlines()
                tell(f"{'':18} {name}: {first}")
                for line in rest:
                    tell(f"{'':18}      {line}")
    if verbose and it["files"]:
        tell(dim("the files that a host calls, and the SHA-256 of each:"))
    for path, sha256 in it["files"].items() if verbose else ():
        tell(dim(f"{sha256}  {plain(path)}"))


def _repair(home: Home) -> list[str]:
    """What was done. The daemon is stopped meanwhile; hooks keep their events in the spool."""
    from .. import __version__
    from ..edge import launch
    from ..hosts.claude_code.install import ClaudeCode
    from ..operations import offline

    said = []
    with offline.alone(home, stop):
        for path in open_to_others(home):
            path.chmod(0o700 if path.is_dir() or (path.parent == home.bin and path.name in launch.LAUNCHERS) else 0o600)
            said.append(f"{path} is readable by you only now")
        host = ClaudeCode(home)
        if host.installed() and not host.linked() and not host.elsewhere():  # from another home only setup takes it
            host.link()
            said.append("the plugin reaches the launcher again")
        said += [f"bin/{name} written anew" for name in launch.install(home.bin, __version__)]
        if home.store.exists():
            try:
                said += offline.repair_store(home).lines()
            except HoldfastError as error:
                said.append(_told(error))
        for path in sorted(home.spool.glob("*.failed")) if home.spool.is_dir() else ():
            path.rename(path.with_suffix(".frame"))
            said.append(f"{path.name} is tried again")
    try:
        ask("ping")
    except HoldfastError as error:
        note(_told(error))
    return said


def _told(error: HoldfastError) -> str:
    error.fix = fix_of(error)
    return str(error)
