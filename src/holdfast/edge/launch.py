"""Writing the launcher: the hook client with its interpreter in the first line, and what it may load, beside it."""

import os
import sys
from pathlib import Path

__all__ = ["current", "install", "outdated"]

_SHEBANG_LIMIT = 120  # bytes; Linux before 5.1 cut the first line at 127


def _interpreter() -> str:
    return os.path.realpath(sys.executable) if sys.prefix == sys.base_prefix else sys.executable


def _first_lines(python: str) -> str:
    if " " not in python and len(python.encode()) <= _SHEBANG_LIMIT:
        return f"#!{python} -IS\n"
    quoted = python.replace("'", "'\\''")
    return f"#!/bin/sh\n''''exec '{quoted}' -IS \"$0\" \"$@\" # '''\n"


def current(version: str) -> dict[str, bytes]:
    """The files of `bin/` as this program would write them: name -> content."""
    here = Path(__file__).parent
    python = _interpreter()
    client = (here / "hook.py").read_text("utf-8")
    client = client.replace('VERSION = "0"', f"VERSION = {version!r}", 1)
    client = client.replace(
        "DAEMON: tuple[str, ...] = ()", f"DAEMON = {(sys.executable, '-E', '-P', '-m', 'holdfast.daemon')!r}", 1
    )
    return {
        "spool.py": (here / "spool.py").read_bytes(),
        "redact.py": (here.parent / "guard" / "redact.py").read_bytes(),
        "hook": (_first_lines(python) + client).encode(),
    }


def outdated(folder: Path, version: str) -> list[str]:
    """The names of the files in `folder` that are missing or not as this program would write them."""
    found = []
    for name, content in current(version).items():
        try:
            same = (folder / name).read_bytes() == content
        except OSError:
            same = False
        if not same:
            found.append(name)
    return found


def install(folder: Path, version: str) -> list[str]:
    """Write what is outdated, each file whole or not at all; the names written."""
    written = outdated(folder, version)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    contents = current(version)
    for name in written:
        part = folder / f".{name}.{os.getpid()}"
        part.write_bytes(contents[name])
        part.chmod(0o700 if name == "hook" else 0o600)
        part.replace(folder / name)
    return written
