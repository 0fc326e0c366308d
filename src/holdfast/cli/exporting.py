"""`holdfast export`: the store as lines of JSON, written by this process beside the daemon."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import click

from ..errors import Refused, UsageError, from_system
from ..paths import Home
from .output import counted, json_option, note, plain, say, tell
from .progress import progress

__all__ = ["export"]


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--journal", is_flag=True, help="With sessions and events, not memories and projects alone.")
@json_option
def export(file: Path | None, journal: bool, as_json: bool) -> None:
    """Write memories and projects with their whole history to FILE, or to standard output, as lines of JSON.

    It holds the store's secret and is as private as the store itself. `holdfast import holdfast FILE` reads it.
    """
    home = Home.find()
    if file is None or str(file) == "-":
        if as_json:
            raise UsageError("--json tells what was written, so it needs a FILE", fix="holdfast export FILE --json")
        if sys.stdout.isatty():
            raise UsageError("an export is nothing to look at", fix="holdfast export FILE, or pipe it somewhere")
        done = _written(home, sys.stdout.buffer, journal=journal, quiet=False)
        sys.stdout.buffer.flush()
        note(_counted(done))
        return
    if file.exists():
        raise Refused(f"{file} exists already", why="an export overwrites nothing", fix="name another file")
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            done = _written(home, out, journal=journal, quiet=as_json)
            out.flush()
            os.fsync(out.fileno())
        part.rename(file)
    except OSError as error:
        raise from_system(file, error, "written") from None
    finally:
        part.unlink(missing_ok=True)
    say({**done, "path": str(file.absolute())}, as_json, lambda it: tell(f"{plain(str(file))}: {_counted(it)}"))


def _written(home: Home, out: BinaryIO, *, journal: bool, quiet: bool) -> dict[str, int]:
    from ..operations import offline

    with progress("writing the export", None, hidden=quiet or not sys.stderr.isatty()) as advance:
        return offline.export(home, cast(BinaryIO, _Told(out, advance)), journal=journal)


class _Told:
    """A file that tells how much was written."""

    def __init__(self, out: BinaryIO, advance: Callable[[int], None]) -> None:
        self._out, self._advance = out, advance

    def write(self, line: bytes) -> int:
        self._advance(len(line))
        return self._out.write(line)


def _counted(done: dict[str, Any]) -> str:
    names = {"memories": "memory", "projects": "project", "sessions": "session", "events": "event", "changes": "change"}
    return ", ".join(counted(done[name], noun) for name, noun in names.items())
