"""The chain that a note goes through, and how each link of it is tried."""

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Timer
from typing import Any

from .. import __version__
from ..api.token import Opened, proof
from ..edge import launch
from ..errors import HoldfastError, from_dict
from ..hosts.claude_code import servers
from ..hosts.claude_code.install import ClaudeCode
from ..paths import Home
from ..settings import Settings
from . import canary
from .client import ask, told
from .output import counted, size, when
from .status import switched_off

__all__ = ["Link", "State", "files", "fix_of", "links", "open_to_others"]

_PATIENCE = 5.0  # seconds for the daemon to answer, once it runs
_CHECK = 600.0  # seconds for a look through a large store
_LITTLE = 200_000_000  # bytes of disk below which it is said
_WAITS = 120  # seconds after which a spooled event should long have been taken
_DAY = 86_400_000  # ms
_RESTS_ON = {  # a link -> the one without which it cannot be tried
    "disk": "folder",
    "settings": "folder",
    "plugin": "folder",
    "launcher": "folder",
    "daemon": "folder",
    "spool": "folder",
    "store": "daemon",
    "http": "store",
    "secrets": "store",
    "hook": "store",
    "tools": "store",
    "recording": "store",
    "project": "store",
    "pack": "store",
    "transcript": "store",
}
_PASSED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "HOLDFAST_HOME", "CLAUDE_CONFIG_DIR")


class State(StrEnum):
    """OK; NOTE: it holds, and there is something to know; BROKEN; UNTRIED, because of one that is broken."""

    OK = "ok"
    NOTE = "note"
    BROKEN = "broken"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain: whether it holds, and if not what, why and what to do."""

    name: str
    state: State
    what: str
    why: str = ""
    fix: str = ""

    @property
    def ok(self) -> bool:
        return self.state in (State.OK, State.NOTE)

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "ok": self.ok}


def links(home: Home, program: str | None) -> Iterator[Link]:
    """Each link, tried in the order in which a note goes through them. Starts the daemon."""
    host = ClaudeCode(home, program)
    daemon = None if _shut(home) else _safely("daemon", lambda: _daemon(home))  # first: it writes the launcher anew
    steps: tuple[tuple[str, Callable[[], Link]], ...] = (
        ("folder", lambda: _folder(home)),
        ("disk", lambda: _disk(home)),
        ("settings", lambda: _settings(home)),
        ("claude code", lambda: _claude_code(host, program)),
        ("plugin", lambda: _plugin(host)),
        ("launcher", lambda: _launcher(home)),
        ("daemon", lambda: daemon or _daemon(home)),
        ("store", _store),
        ("http", lambda: _http(home)),
        ("secrets", lambda: _secrets(home)),
        ("hook", lambda: _hook(host)),
        ("tools", lambda: _tools(host)),
        ("spool", lambda: _spool(home)),
        ("recording", _recording),
        ("project", _project),
        ("pack", _pack),
        ("transcript", _transcript),
        ("canary", _canary),
    )
    causes: dict[str, str] = {}  # a link that does not hold -> the broken one that is to blame
    for name, tried in steps:
        cause = causes.get(_RESTS_ON.get(name, ""))
        link = _safely(name, tried) if cause is None else Link(name, State.UNTRIED, f"not tried: see {cause}")
        if not link.ok and (name != "folder" or _shut(home) is not None):
            causes[name] = cause or name
        yield link


def _safely(name: str, tried: Callable[[], Link]) -> Link:
    try:
        return tried()
    except HoldfastError as error:
        return Link(name, State.BROKEN, error.what, error.why, fix_of(error))
    except OSError as error:
        return Link(name, State.BROKEN, str(error), type(error).__name__, _LOGS)


def fix_of(error: HoldfastError) -> str:
    """What to do, for somebody who has called doctor already."""
    return {"run `holdfast doctor`": _LOGS, "check the disk, then `holdfast doctor`": "check the disk"}.get(
        error.fix, error.fix
    )


def _shut(home: Home) -> HoldfastError | None:
    """Why its folder cannot be entered."""
    try:
        home.check()
    except HoldfastError as error:
        return error
    return None


# -- the machine --


def open_to_others(home: Home) -> list[Path]:
    """Files and folders of the home that others than its owner can read."""
    found = [home.folder] if home.folder.is_dir() else []
    for folder in (home.folder, home.bin, home.spool, home.backups):
        if folder.is_dir():
            found += [path for path in sorted(folder.iterdir()) if path.is_file() or path.is_dir()]
    return [path for path in found if not path.is_symlink() and path.stat().st_mode & 0o077]


def _folder(home: Home) -> Link:
    home.check()
    if not home.folder.is_dir():
        return Link("folder", State.OK, f"{home.folder} is not there yet; the first use makes it")
    if home.folder.stat().st_uid != os.getuid():
        return Link(
            "folder", State.BROKEN, f"{home.folder} belongs to another user", fix="point HOLDFAST_HOME elsewhere"
        )
    found = open_to_others(home)
    if found:
        names = ", ".join(str(path) for path in found[:5])
        return Link(
            "folder", State.BROKEN, f"others can read {names}", "their permissions are wider than the owner's", _REPAIR
        )
    return Link("folder", State.OK, f"{home.folder}, readable by you only")


def _disk(home: Home) -> Link:
    place = home.folder if home.folder.is_dir() else home.folder.parent
    free = shutil.disk_usage(place).free
    if free < _LITTLE:
        return Link(
            "disk",
            State.BROKEN,
            f"{size(free)} are free at {place}",
            "what is heard could soon not be kept",
            "free some space",
        )
    return Link("disk", State.OK, f"{size(free)} free")


def _settings(home: Home) -> Link:
    problems = Settings.load(home.config).problems
    if problems:
        fix = f"correct {home.config}, or the variable; `holdfast config list` shows what holds until then"
        return Link("settings", State.BROKEN, "; ".join(problems), "what cannot be used stays at its default", fix)
    return Link("settings", State.OK, str(home.config) if home.config.exists() else "all at their defaults")


# -- the host --


def _claude_code(host: ClaudeCode, program: str | None) -> Link:
    found = program or shutil.which("claude")
    if not host.installed():
        if found is None:
            why = f"its program is not on the PATH, and {host.folder} does not list the plugin"
            return Link("claude code", State.BROKEN, "Claude Code was not found", why, _INSTALL)
        return Link("claude code", State.BROKEN, "Claude Code does not list the plugin", "", _SETUP)
    if other := host.elsewhere():
        link, why = host.unlinked()[0], "what its hooks hear is kept there, and its tools read there"
        return Link("claude code", State.BROKEN, f"{link} leads to another home: {other}", why, _SETUP)
    if not host.linked():
        link = host.unlinked()[0]
        why = "its hooks call that link" if link.name == "hook" else "holdfast's tools are called by that link"
        return Link("claude code", State.BROKEN, f"{link} does not reach the launcher", why, _SETUP)
    switched = switched_off(str(host.folder), told({})["cwd"])
    if switched is not None:
        file, enable = switched
        return Link("claude code", State.BROKEN, "the plugin is disabled", f"{file} says so", enable)
    return Link("claude code", State.OK, f"set up in {host.folder}")


def _plugin(host: ClaudeCode) -> Link:
    if not host.installed():
        return Link("plugin", State.OK, "not installed")
    if not host.calling():
        return Link("plugin", State.BROKEN, "there is no copy of the plugin", "Claude Code was not set up", _SETUP)
    if other := host.outdated():
        return Link(
            "plugin", State.BROKEN, f"{other[0]} is not that of this version", "it was changed, or is older", _SETUP
        )
    return Link("plugin", State.OK, "its hooks and tools are those of this version")


def files(home: Home) -> dict[str, str]:
    """The installed hook files, and the SHA-256 of each."""
    if _shut(home) is not None:
        return {}
    found = [home.bin / name for name in sorted(launch.current(home.bin, __version__))]
    found += ClaudeCode(home).calling()
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in found if path.is_file()}


def _launcher(home: Home) -> Link:
    old = launch.outdated(home.bin, __version__)
    if old:
        names = ", ".join(f"bin/{name}" for name in old)
        return Link(
            "launcher",
            State.BROKEN,
            f"{names}: not as this program writes it",
            "missing, changed, or of another version",
            _REPAIR,
        )
    return Link("launcher", State.OK, f"bin/hook is that of {__version__}")


# -- the service --


def _daemon(home: Home) -> Link:
    it = ask("ping", timeout=_PATIENCE)
    if it["version"] != __version__:
        return Link(
            "daemon", State.BROKEN, f"it runs {it['version']}, this is {__version__}", "", "holdfast serve --restart"
        )
    if it["home"] != str(home.folder):
        return Link("daemon", State.BROKEN, f"it serves {it['home']}", f"not {home.folder}", "holdfast serve --restart")
    return Link("daemon", State.OK, f"process {it['process']} answers")


def _hook(host: ClaudeCode) -> Link:
    """Knock as the host does. No adapter keeps an event of this name."""
    program = host.launcher("hook")
    environment = {name: value for name, value in os.environ.items() if name in _PASSED} | {"HOLDFAST_DEBUG": "1"}
    began = time.monotonic()
    try:
        done = subprocess.run(
            [program, "claude-code", "Probe"], input=b'{"hook_event_name": "Probe", "session_id": "doctor"}',
            env=environment, capture_output=True, timeout=_PATIENCE, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return Link("hook", State.BROKEN, f"{program} cannot be run", str(error), _REPAIR)
    took = (time.monotonic() - began) * 1000
    said = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode != 0 or done.stdout or "spooled" in said or "bytes in" not in said:
        return Link(
            "hook", State.BROKEN, f"{program} did not reach the daemon", said[-300:], "holdfast serve --restart"
        )
    return Link("hook", State.OK, f"{program} reached the daemon and came back within {took:.0f} ms")


def _http(home: Home) -> Link:
    """Whether HTTP is open as its file says: the file ours alone, the server on that port the one with its token."""
    it = ask("status")["http"]
    if it is None:
        return Link("http", State.OK, "closed; `holdfast open` opens it")
    opened = Opened.read(home.http)
    if opened is None or opened.port != it["port"]:
        return Link("http", State.BROKEN, f"{home.http} does not say where HTTP is open", fix=_REOPEN)
    if home.http.stat().st_mode & 0o077:
        return Link("http", State.BROKEN, f"others can read {home.http}", "who has the token reads all", _REPAIR)
    challenge = secrets.token_hex(16)
    try:
        given = _health(opened.port, challenge)
    except (OSError, ValueError, AttributeError, HTTPException) as error:
        return Link("http", State.BROKEN, f"{opened.address} does not answer as it should", str(error), _REOPEN)
    if not hmac.compare_digest(given.encode(), proof(opened.token, challenge).encode()):
        return Link("http", State.BROKEN, f"on port {opened.port} another server answers", "it has no proof", _REOPEN)
    return Link("http", State.OK, f"open on {opened.address}, and it is ours")


def _health(port: int, challenge: str) -> str:
    """The proof that the server on that port gives, whoever it is."""
    with contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)) as connection:
        connection.request("GET", f"/api/v1/health?challenge={challenge}")
        return str(json.loads(connection.getresponse().read(1_000)).get("proof"))


def _tools(host: ClaudeCode) -> Link:
    """Ask a tool as the host does; this one keeps nothing."""
    program = host.launcher("bridge")
    environment = {name: value for name, value in os.environ.items() if name in _PASSED}
    params = {"name": "mem_suggest_topic_key", "arguments": {"title": "probe"}}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    try:
        answer, complaint = _answer_of(program, json.dumps(call).encode() + b"\n", environment)
    except OSError as error:
        return Link("tools", State.BROKEN, f"{program} cannot be run", str(error), _REPAIR)
    try:
        failed = json.loads(answer)["result"]["isError"]
    except (ValueError, KeyError, TypeError):
        failed = True
    if failed:
        said = (complaint or answer).decode("utf-8", "replace").strip()
        return Link("tools", State.BROKEN, f"{program} gave no answer", said[-300:], _REPAIR)
    known = servers.files(Path(told({})["cwd"] or "/"), host.folder)
    if named := [str(file) for file in known if servers.names_ours(file)]:
        return Link(
            "tools", State.NOTE, f"{program} answers; another server has the name of this one: {', '.join(named)}",
            "its tools could pass for holdfast's, so where Claude Code does not say whose they are, you are asked",
            "give that server another name, or take it away",
        )  # fmt: skip
    return Link("tools", State.OK, f"{program} answers")


def _answer_of(program: Path, line: bytes, environment: Mapping[str, str]) -> tuple[bytes, bytes]:
    """What a bridge answers to one line, and what it complains of. Its input stays open until then: a bridge whose host
    has left waits for nobody."""
    with subprocess.Popen(
        [program], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None and process.stdout is not None  # noqa: PT018 - for the types
        patience = Timer(_PATIENCE, process.kill)
        patience.start()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(line)
            process.stdin.flush()
        answer = process.stdout.readline()
        _, complaint = process.communicate()
        patience.cancel()
        return answer, complaint


def _store() -> Link:
    findings = [each for each in ask("check", timeout=_CHECK)["findings"] if each["certain"]]
    if findings:
        said = "; ".join(f"{each['where']}: {each['what']}" for each in findings[:3])
        return Link("store", State.BROKEN, said, counted(len(findings), "finding"), _REPAIR)
    it = ask("status")
    return Link("store", State.OK, _held(it))


def _secrets(home: Home) -> Link:
    """Whether the key to what is sealed is at hand, and nobody else's."""
    for name in ("key", "key.next"):
        path = home.folder / name
        if path.exists() and (path.stat().st_mode & 0o077 or path.stat().st_uid != os.getuid()):
            return Link("secrets", State.BROKEN, f"others can read {path}", "it opens what is sealed",
                        f"{_REPAIR}; then: holdfast secrets rotate-key")  # fmt: skip
    it = ask("secret.list")
    if problem := it["key"]["problem"]:
        return Link("secrets", State.BROKEN, problem["what"], problem["why"], problem["fix"])
    foreign = sum(each["foreign"] for each in it["secrets"])
    if foreign:
        said = f"{counted(foreign, 'secret')} of another key"
        return Link("secrets", State.NOTE, said, "imported from a store with a key of its own", "save them again here")
    where = f"; the key: {it['key']['source']}" if it["secrets"] else ""
    return Link("secrets", State.OK, f"{counted(len(it['secrets']), 'secret')} sealed{where}")


def _held(it: dict[str, Any]) -> str:
    return f"{size(it['store']['bytes'])}, {counted(it['memories'], 'memory')}, {counted(it['events'], 'event')}"


def _spool(home: Home) -> Link:
    waiting = sorted(home.spool.glob("*.frame")) if home.spool.is_dir() else []
    failed = sorted(home.spool.glob("*.failed")) if home.spool.is_dir() else []
    if failed:
        return Link(
            "spool", State.BROKEN, f"{counted(len(failed), 'event')} could not be taken, the first {failed[0].name}",
            "`holdfast logs` tells why", f"{_REPAIR} (tries them again), or remove the files",
        )  # fmt: skip
    old = [path for path in waiting if time.time() - path.stat().st_mtime > _WAITS]
    if old:
        since = when(int(old[0].stat().st_mtime * 1000))
        return Link("spool", State.BROKEN, f"{counted(len(old), 'event')} waiting since {since}",
                    "the daemon takes them when it starts, and every minute", "holdfast serve --restart")  # fmt: skip
    return Link("spool", State.OK, f"{counted(len(waiting), 'event')} waiting" if waiting else "nothing waits")


# -- what comes back --


def _recording() -> Link:
    it = ask("status")
    refused, paused = it["refused"], it["paused"]
    if refused:
        return Link("recording", State.BROKEN, refused["what"], refused["why"], fix_of(from_dict(refused)))
    if paused:
        until = f"until {when(paused['until'])}" if paused["until"] else "until you end it"
        return Link("recording", State.NOTE, f"paused {until}", "somebody asked for it", "holdfast pause --off")
    return Link("recording", State.OK, "not paused")


def _project() -> Link:
    it = ask("status")
    warnings = it["warnings"]
    if it["no_project"]:
        return Link(
            "project", State.NOTE, it["no_project"], "", "work in a folder of your own, or set HOLDFAST_PROJECT"
        )
    if warnings:
        return Link("project", State.NOTE, "; ".join(warnings), "a repository can only ask for less")
    return Link("project", State.OK, "nothing that this folder's `.holdfast` asks is ignored")


def _pack() -> Link:
    it = ask("pack", {"explain": True})
    if it["withheld"]:
        said = "a session of this folder would be given nothing"
        return Link("pack", State.NOTE, said, it["withheld"]["why"], it["withheld"]["fix"])
    if not it["items"]:
        return Link("pack", State.OK, "a session of this folder would be given nothing: nothing is kept for it yet")
    left = f", {len(it['left_out'])} more did not fit" if it["left_out"] else ""
    given = f"{counted(len(it['items']), 'item')}, {counted(it['tokens'], 'token')}{left}"
    return Link("pack", State.OK, f"a session of this folder would be given {given}")


def _transcript() -> Link:
    troubled = ask("deliveries.troubled", {"since": time.time_ns() // 1_000_000 - 7 * _DAY})["deliveries"]
    if troubled:
        last = troubled[0]
        said = (
            f"{len(troubled)} of the last 7 days, the latest {last['receipt']} at {last['place']}, {when(last['at'])}"
        )
        why = "the host cut what it was given" if last["receipt"] == "cut" else "its transcript does not show it"
        return Link("transcript", State.BROKEN, said, why, f"holdfast timeline --session {last['session']}")
    last = ask("status")["deliveries"]["last"]
    if last is None:
        return Link("transcript", State.OK, "nothing was delivered yet")
    return Link("transcript", State.OK, f"the latest delivery, {when(last['at'])}: {last['receipt']}")


def _canary() -> Link:
    """Follow one note from saving to receipt, in a home of its own that goes away again."""
    began = time.monotonic()
    lost = canary.lost()
    took = (time.monotonic() - began) * 1000
    if lost:
        return Link("canary", State.BROKEN, f"a note was lost on its way: {lost}", "", _LOGS)
    return Link("canary", State.OK, f"a note was saved, given and seen in a transcript, within {took:.0f} ms")


_SETUP = "holdfast setup claude-code"
_INSTALL = f"install Claude Code, then: {_SETUP}; where it is installed elsewhere: {_SETUP} --program /path/to/claude"
_REPAIR = "holdfast doctor --repair"
_REOPEN = "holdfast serve --no-tcp, then holdfast serve --tcp"
_LOGS = "see `holdfast logs`"
