"""`holdfast status`: the one look that tells whether everything works. Starts nothing, changes nothing."""

import json
import os
import time
from typing import Any

import click

from ..errors import HoldfastError, Unavailable
from ..paths import Home
from .client import NOT_RUNNING, READING, ask, told
from .output import ago, bold, counted, json_option, plain, say, size, tell, when

__all__ = ["status", "switched_off"]

_LATE = 600_000  # ms between what happened and its storing above which both times are shown
_PLUGIN = "holdfast@holdfast"


@click.command("status")
@json_option
def status(as_json: bool) -> None:
    """Show what was last heard, stored and delivered. Starts no daemon and needs none."""
    home = Home.find()
    it = _told(home)
    it["claude_code"] = _claude_code(home)
    say(it, as_json, _render)


def _told(home: Home) -> dict[str, Any]:
    try:
        return dict(ask("status", start=False, timeout=READING))
    except HoldfastError as problem:
        from ..operations import offline

        if isinstance(problem, Unavailable) and problem.what == NOT_RUNNING:
            return offline.status(home, told({}))
        it = offline.status(home, told({}), problem)
        it["daemon"] = _hung_or_blind(home)
        return it


def _hung_or_blind(home: Home) -> dict[str, Any]:
    """A daemon that runs and cannot tell its status: because it does not answer, or has no store."""
    try:
        found = ask("ping", start=False, timeout=1.0)
    except HoldfastError:
        process, version = None, ""
        try:
            first, _, version = home.lock.read_text("utf-8").strip().partition(" ")
            process = int(first)
        except (OSError, ValueError):
            pass
        return {"process": process, "version": version, "started": None, "answers": False}
    return {"process": found["process"], "version": found["version"], "started": found["started"], "answers": True}


def _claude_code(home: Home) -> dict[str, Any]:
    """Whether Claude Code is set up; looked up without loading what sets it up."""
    folder = os.environ.get("CLAUDE_CONFIG_DIR") or os.path.join(os.path.expanduser("~"), ".claude")  # noqa: PTH111, PTH118
    try:
        with open(os.path.join(folder, "plugins", "installed_plugins.json"), encoding="utf-8") as file:  # noqa: PTH118, PTH123
            listed = _PLUGIN in file.read()
    except (OSError, ValueError):
        listed = False
    hook = os.path.realpath(os.path.join(folder, "plugins", "data", "holdfast-holdfast", "hook"))  # noqa: PTH118
    linked = os.path.exists(hook) and hook == os.path.realpath(home.bin / "hook")  # noqa: PTH110
    switched = switched_off(folder, told({})["cwd"]) if listed else None
    return {
        "set_up": listed and linked and not switched, "plugin": listed, "link": linked, "folder": folder,
        "disabled": None if switched is None else {"file": switched[0], "fix": switched[1]},
    }  # fmt: skip


def switched_off(folder: str, working: str) -> tuple[str, str] | None:
    """The file that switches the plugin off, and the command that switches it on; None while it is on.

    folder: the host's configuration. working: the folder of the session, whose settings win over the user's.
    """
    enable = f"claude plugin enable {_PLUGIN}"
    for path, command in (
        (os.path.join(working, ".claude", "settings.local.json"), f"{enable} --scope local"),  # noqa: PTH118
        (os.path.join(working, ".claude", "settings.json"), f"{enable} --scope project"),  # noqa: PTH118
        (os.path.join(folder, "settings.json"), enable),  # noqa: PTH118
    ):
        said = _said(path)
        if said is not None:
            return None if said else (path, command)
    return None


def _said(path: str) -> bool | None:
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            said = json.load(file)["enabledPlugins"][_PLUGIN]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return said is not False


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
        ("http", f"open on {it['http']['address']}" if it["http"] else "closed"),
        ("claude code", _set_up(it["claude_code"])),
        ("heard", _heard(it["heard"], now)),
        ("stored", _stored(it["stored"], now)),
        ("delivered", _delivered(it["deliveries"], it["budgets"], now)),
    ]
    if it["memories"] is None:  # the store was not read, so nothing is known of these
        lines[3:] = [(name, "not known, see below") for name, _ in lines[3:]]
    lines.append(("gives", _gives(it["budgets"])))
    if it["paused"]:
        until = it["paused"]["until"]
        lines.insert(3, ("paused", f"until {when(until)}" if until else "until `holdfast pause --off`"))
    counts = it["deliveries"]["by_receipt"]
    if counts:
        said = ", ".join(f"{count} {name}" for name, count in counts.items())
        lines.append((f"last {it['deliveries']['days']} days", said))
    if it["late"]:
        lines.append(("late", f"{counted(it['late'], 'hook')} answered without notes, which were not found in time"))
    if it["no_project"]:
        lines.append(("project", it["no_project"]))
    if it["memories"] is not None:
        lines.append(("kept", _kept(it)))
    lines.append(("store", f"{it['store']['path']}, {size(it['store']['bytes'])}"))
    if it["spool"]["queued"]:
        lines.append(("spool", _spooled(it["spool"]["queued"], "waits for the daemon", "wait for the daemon")))
    if it["spool"]["failed"]:
        lines.append(("spool", f"{counted(it['spool']['failed'], 'event')} could not be taken: see `holdfast doctor`"))
    return lines


def _daemon(daemon: dict[str, Any] | None, version: str, now: int) -> str:
    if daemon is None:
        return "not running; hooks and commands start it when they need it"
    if daemon["process"] is None:
        return "not known, see below"
    if not daemon["answers"]:
        return f"process {daemon['process']} does not answer: holdfast serve --restart"
    said = f"process {daemon['process']}, version {daemon['version']}"
    if daemon["started"]:
        said += f", up for {ago(daemon['started'], now).removesuffix(' ago')}"
    return said if daemon["version"] == version else f"{said} (this is {version})"


def _set_up(claude: dict[str, Any]) -> str:
    if claude["disabled"]:
        return f"disabled in {claude['disabled']['file']}: {claude['disabled']['fix']}"
    if claude["set_up"]:
        return "set up"
    if claude["plugin"]:
        return "the plugin is there, its link to this home is not: holdfast setup claude-code"
    return "not set up: holdfast setup claude-code"


def _heard(it: dict[str, Any] | None, now: int) -> str:
    return f"{it['event']} of {it['host']}, {_time(it['at'], now)}" if it else "nothing yet"


def _stored(it: dict[str, Any] | None, now: int) -> str:
    if it is None:
        return "nothing yet"
    if it["imported"]:
        return f"{it['kind']} of {it['host']}, imported from another store, of {when(it['happened'])}"
    if it["at"] is None:
        return f"{it['kind']} of {it['host']}, read from a transcript that tells of {when(it['happened'])}"
    old = f", of {when(it['happened'])}" if it["at"] - it["happened"] > _LATE else ""
    return f"{it['kind']} of {it['host']}{old}, {_time(it['at'], now)}"


def _gives(budgets: dict[str, int]) -> str:
    """What a session may cost at the most."""
    said = [
        f"{budgets[place]} tokens {where}" if budgets[place] else f"nothing {where}"
        for place, where in (
            ("session-start", "at a start"), ("prompt", "with a prompt"), ("compact", "after a compaction"),
        )
    ]  # fmt: skip
    return f"at most {', '.join(said)}; {budgets['session']} in a session"


def _delivered(deliveries: dict[str, Any], budgets: dict[str, int], now: int) -> str:
    last = deliveries["last"]
    if last is None:
        return "nothing yet"
    most = f" of {budgets[last['place']]}" if last["place"] in budgets else ""
    given = f"{counted(last['items'], 'item')}, {last['tokens']}{most} tokens"
    return f"{last['place']} to {last['host']}, {_time(last['at'], now)}, {given}: {_RECEIPTS[last['receipt']]}"


def _kept(it: dict[str, Any]) -> str:
    parts = [f"{it['summaries']} of them on what a session did" if it["summaries"] else ""]
    parts += [f"and {it['forgotten']} forgotten" if it["forgotten"] else ""]
    forgotten = f" ({', '.join(filter(None, parts))})" if any(parts) else ""
    return (
        f"{counted(it['memories'], 'memory')}{forgotten}, {counted(it['sessions'], 'session')}, "
        f"{counted(it['events'], 'event')}, in {counted(it['projects'], 'project')}"
    )


def _spooled(number: int, one: str, many: str) -> str:
    return f"{counted(number, 'event')} {one if number == 1 else many}"


def _time(ms: int, now: int) -> str:
    return f"{ago(ms, now)} ({when(ms)})"


_RECEIPTS = {
    "sent": "sent, not yet seen in the transcript",
    "arrived": "arrived",
    "cut": "cut short by the host",
    "missing": "missing from the transcript",
    "unknown": "sent (this host shows no receipt)",
}
