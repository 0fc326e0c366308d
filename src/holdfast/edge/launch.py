"""Writing the launchers: a few lines behind the interpreter's name; beside them the clients and what those load."""

import os
import sys
from pathlib import Path

from .hook import KEPT

__all__ = ["DAEMON", "LAUNCHERS", "WORKER", "current", "environment", "install", "outdated"]

DAEMON = (sys.executable, "-E", "-P", "-m", "holdfast.daemon")  # argv that starts the daemon

WORKER = "HOLDFAST_WORKER"  # is in the environment of what a daemon runs beside itself
LAUNCHERS = ("hook", "bridge", "holdfast")  # what hosts call

_SHEBANG_LIMIT = 120  # bytes; Linux before 5.1 cut the first line at 127


def environment(home: Path) -> dict[str, str]:
    """What a process of ours that this one starts is given of its environment: what a hook would give it, and settings.

    So not what says that an agent calls: one may have started this one.
    """
    passed = {name.decode() for name in KEPT}
    kept = {name: value for name, value in os.environ.items() if name in passed or name.startswith("HOLDFAST_")}
    return {**kept, "HOLDFAST_HOME": str(home)}


def _interpreter() -> str:
    return os.path.realpath(sys.executable) if sys.prefix == sys.base_prefix else sys.executable


def _first_lines(python: str, flags: str) -> str:
    if " " not in python and len(python.encode()) <= _SHEBANG_LIMIT:
        return f"#!{python} {flags}\n"
    quoted = python.replace("'", "'\\''")
    return f"#!/bin/sh\n''''exec '{quoted}' {flags} \"$0\" \"$@\" # '''\n"


def current(folder: Path, version: str) -> dict[str, bytes]:
    """The files of `folder` as this program would write them: name -> content."""
    here = Path(__file__).parent
    start = f"{_first_lines(_interpreter(), '-IS')}import sys\n\nsys.path.insert(0, {str(folder)!r})\n"
    told = f"{version!r}, {DAEMON!r}, {str(folder.parent)!r}"
    hook = f"{start}import hook\n\nhook.run({told})\n"
    bridge = f"{start}import bridge\nimport hook\n\nbridge.run(hook, {told}, sys.argv[1:])\n"
    command = (
        f"{_first_lines(_interpreter(), '-I')}import os\n\nos.environ['HOLDFAST_HOME'] = {str(folder.parent)!r}\n"
        "from holdfast.cli import main\n\nmain()\n"
    )
    return {
        "redact.py": (here.parent / "guard" / "redact.py").read_bytes(),
        "spool.py": (here / "spool.py").read_bytes(),
        "hook.py": (here / "hook.py").read_bytes(),
        "hook": hook.encode("utf-8", "surrogateescape"),
        "tools.json": (here.parent / "tools" / "manifest.json").read_bytes(),
        "bridge.py": (here / "bridge.py").read_bytes(),
        "bridge": bridge.encode("utf-8", "surrogateescape"),
        "holdfast": command.encode("utf-8", "surrogateescape"),
    }


def outdated(folder: Path, version: str) -> list[str]:
    """The names of the files in `folder` that are missing or not as this program would write them."""
    found = []
    for name, content in current(folder, version).items():
        try:
            same = (folder / name).read_bytes() == content
        except OSError:
            same = False
        if not same:
            found.append(name)
    return found


def install(folder: Path, version: str) -> list[str]:
    """Write what is outdated, each file whole or not at all; the names written."""
    import py_compile  # only a daemon writes, and hardly ever

    written = outdated(folder, version)
    (folder / "__pycache__").mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    contents = current(folder, version)
    for name in written:
        part = folder / f".{name}.{os.getpid()}"
        part.write_bytes(contents[name])
        part.chmod(0o700 if name in LAUNCHERS else 0o600)
        part.replace(folder / name)
        if name.endswith(".py"):  # compiled once, not at every call
            py_compile.compile(str(folder / name), doraise=True)
    return written
