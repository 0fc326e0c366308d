"""Writing the launcher: a few lines behind the interpreter's name; beside it the hook client and what that loads."""

import os
import sys
from pathlib import Path

__all__ = ["DAEMON", "current", "install", "outdated"]

DAEMON = (sys.executable, "-E", "-P", "-m", "holdfast.daemon")  # argv that starts the daemon

_SHEBANG_LIMIT = 120  # bytes; Linux before 5.1 cut the first line at 127


def _interpreter() -> str:
    return os.path.realpath(sys.executable) if sys.prefix == sys.base_prefix else sys.executable


def _first_lines(python: str) -> str:
    if " " not in python and len(python.encode()) <= _SHEBANG_LIMIT:
        return f"#!{python} -IS\n"
    quoted = python.replace("'", "'\\''")
    return f"#!/bin/sh\n''''exec '{quoted}' -IS \"$0\" \"$@\" # '''\n"


def current(folder: Path, version: str) -> dict[str, bytes]:
    """The files of `folder` as this program would write them: name -> content."""
    here = Path(__file__).parent
    launcher = (
        f"{_first_lines(_interpreter())}import sys\n\nsys.path.insert(0, {str(folder)!r})\nimport hook\n\n"
        f"hook.run({version!r}, {DAEMON!r}, {str(folder.parent)!r})\n"
    )
    return {
        "redact.py": (here.parent / "guard" / "redact.py").read_bytes(),
        "spool.py": (here / "spool.py").read_bytes(),
        "hook.py": (here / "hook.py").read_bytes(),
        "hook": launcher.encode("utf-8", "surrogateescape"),
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
        part.chmod(0o700 if name == "hook" else 0o600)
        part.replace(folder / name)
        if name.endswith(".py"):  # compiled once, not at every call
            py_compile.compile(str(folder / name), doraise=True)
    return written
