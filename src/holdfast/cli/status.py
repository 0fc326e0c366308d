"""`holdfast status`: the one look that tells whether everything works. Starts nothing, changes nothing."""

import os
import time
from typing import Any

import click

from ..errors import HoldfastError, Unavailable
from ..paths import Home
from .client import NOT_RUNNING, ask
from .output import ago, bold, json_option, plain, say, size, tell, when

__all__ = ["status"]

_PATIENCE = 5.0  # seconds for the daemon to answer


@click.command("status")
@json_option
def status(as_json: bool) -> None:
    """Show what was last heard, stored and delivered. Starts no daemon and needs none."""
    told = _told(Home.find())
    told["claude_code"] = _claude_code()
    say(told, as_json, _render)


def _told(home: Home) -> dict[str, Any]:
    try:
        return dict(ask("status", start=False, timeout=_PATIENCE))
    except HoldfastError as problem:
        from ..operations import offline

        if isinstance(problem, Unavailable) and problem.what == NOT_RUNNING:
            return offline.status(home)
        told = offline.status(home, problem)
        told["daemon"] = _hung_or_blind(home)
        return told


def _hung_or_blind(home: Home) -> dict[str, Any]:
    """A daemon that runs and cannot tell its status: because it does not answer, or has no store."""
    try:
        found = ask("ping", start=False, timeout=1.0)
    except HoldfastError:
        process, version = 0, ""
        try:
            first, _, version = home.lock.read_text("utf-8").strip().partition(" ")
            process = int(first)
        except (OSError, ValueError):
            pass
        return {"process": process, "version": version, "started": None, "answers": False}
    return {"process": found["process"], "version": found["version"], "started": found["started"], "answers": True}


def _claude_code() -> dict[str, Any]:
    """Whether Claude Code is set up; looked up without loading what sets it up."""
    folder = os.environ.get("CLAUDE_CONFIG_DIR") or os.path.join(os.path.expanduser("~"), ".claude")  # noqa: PTH111, PTH118
    try:
        with open(os.path.join(folder, "plugins", "installed_plugins.json"), encoding="utf-8") as file:  # noqa: PTH118, PTH123
            listed = "holdfast@holdfast" in file.read()
    except (OSError, ValueError):
        listed = False
    linked = os.path.exists(os.path.join(folder, "plugins", "data", "holdfast-holdfast", "hook"))  # noqa: PTH110, PTH118
    return {"set_up": listed and linked, "plugin": listed, "link": linked, "folder": folder}


def _render(it: dict[str, Any]) -> None:
    now = time.time_ns() // 1_000_000
    for name, value in _lines(it, now):
        tell(f"{bold(name.ljust(12))} {plain(value)}")
    for problem in it["problems"]:
        first, *rest = plain(problem).splitlines()
        tell(f"{click.style('problem'.ljust(12), fg='red', bold=True)} {first}")
        for line in rest:
            tell(f"{'':12} {line}")


def _lines(it: dict[str, Any], now: int) -> list[tuple[str, str]]:
    lines = [
        ("daemon", _daemon(it["daemon"], it["version"], now)),
        ("claude code", _set_up(it["claude_code"])),
        ("heard", _happened(it["heard"], "event", now)),
        ("stored", _happened(it["stored"], "kind", now)),
        ("delivered", _delivered(it["deliveries"], now)),
    ]
    if it["memories"] is None:  # the store was not read, so nothing is known of these
        lines[2:] = [(name, "not known, see below") for name, _ in lines[2:]]
    if it["paused"]:
        until = it["paused"]["until"]
        lines.insert(2, ("paused", f"until {when(until)}" if until else "until `holdfast pause --off`"))
    counts = it["deliveries"]["by_receipt"]
    if counts:
        said = ", ".join(f"{count} {name}" for name, count in counts.items())
        lines.append((f"last {it['deliveries']['days']} days", said))
    if it["memories"] is not None:
        lines.append(("kept", _kept(it)))
    lines.append(("store", f"{it['store']['path']}, {size(it['store']['bytes'])}"))
    if it["spool"]["queued"]:
        lines.append(("spool", f"{it['spool']['queued']} events wait for the daemon"))
    if it["spool"]["failed"]:
        lines.append(("spool", f"{it['spool']['failed']} events could not be taken: see `holdfast doctor`"))
    return lines


def _daemon(daemon: dict[str, Any] | None, version: str, now: int) -> str:
    if daemon is None:
        return "not running; hooks and commands start it when they need it"
    if not daemon["answers"]:
        return f"process {daemon['process']} does not answer: holdfast serve --restart"
    said = f"process {daemon['process']}, version {daemon['version']}"
    if daemon["started"]:
        said += f", up for {ago(daemon['started'], now).removesuffix(' ago')}"
    return said if daemon["version"] == version else f"{said} (this is {version})"


def _set_up(claude: dict[str, Any]) -> str:
    if claude["set_up"]:
        return "set up"
    if claude["plugin"]:
        return "the plugin is there, its link to holdfast is not: holdfast setup claude-code"
    return "not set up: holdfast setup claude-code"


def _happened(it: dict[str, Any] | None, what: str, now: int) -> str:
    return f"{it[what]} of {it['host']}, {_time(it['at'], now)}" if it else "nothing yet"


def _delivered(deliveries: dict[str, Any], now: int) -> str:
    last = deliveries["last"]
    if last is None:
        return "nothing yet"
    given = f"{last['memories']} memories, {last['tokens']} of {deliveries['budget']} tokens"
    return f"{last['place']} to {last['host']}, {_time(last['at'], now)}, {given}: {_RECEIPTS[last['receipt']]}"


def _kept(it: dict[str, Any]) -> str:
    forgotten = f" (and {it['forgotten']} forgotten)" if it["forgotten"] else ""
    return (
        f"{it['memories']} memories{forgotten}, {it['sessions']} sessions, {it['events']} events, "
        f"{it['projects']} projects"
    )


def _time(ms: int, now: int) -> str:
    return f"{ago(ms, now)} ({when(ms)})"


_RECEIPTS = {
    "sent": "sent, not yet seen in the transcript",
    "arrived": "arrived",
    "cut": "cut short by the host",
    "missing": "missing from the transcript",
    "unknown": "sent (this host shows no receipt)",
}
