"""`holdfast export`: the store as lines of JSON, written by this process beside the daemon."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from ..errors import Refused, UsageError, from_system
from ..paths import Home
from .output import counted, json_option, note, plain, say, tell

__all__ = ["export"]


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--journal", is_flag=True, help="With sessions and events, not memories and projects alone.")
@json_option
def export(file: Path | None, journal: bool, as_json: bool) -> None:
    """Write memories and projects with their whole history to FILE, or to standard output, as lines of JSON.

    It holds the store's secret and is as private as the store itself. `holdfast import holdfast FILE` reads it.
    """
    from ..operations import offline

    home = Home.find()
    if file is None or str(file) == "-":
        if as_json:
            raise UsageError("--json tells what was written, so it needs a FILE", fix="holdfast export FILE --json")
        if sys.stdout.isatty():
            raise UsageError("an export is nothing to look at", fix="holdfast export FILE, or pipe it somewhere")
        done = offline.export(home, sys.stdout.buffer, journal=journal)
        sys.stdout.buffer.flush()
        note(_counted(done))
        return
    if file.exists():
        raise Refused(f"{file} exists already", why="an export overwrites nothing", fix="name another file")
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            done = offline.export(home, out, journal=journal)
            out.flush()
            os.fsync(out.fileno())
        part.rename(file)
    except OSError as error:
        raise from_system(file, error, "written") from None
    finally:
        part.unlink(missing_ok=True)
    say({**done, "path": str(file.absolute())}, as_json, lambda it: tell(f"{plain(str(file))}: {_counted(it)}"))


def _counted(done: dict[str, Any]) -> str:
    names = {"memories": "memory", "projects": "project", "sessions": "session", "events": "event", "changes": "change"}
    return ", ".join(counted(done[name], noun) for name, noun in names.items())
