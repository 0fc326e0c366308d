"""`holdfast logs`: what the daemon has to say."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from ..errors import UsageError
from ..paths import Home
from .output import json_option, note, plain, say, tell

__all__ = ["logs"]

_LOOK = 0.2  # seconds between two looks at a log that is followed


@click.command("logs")
@click.option("-n", "--lines", "count", default=50, show_default=True, help="How many lines.")
@click.option("-f", "--follow", is_flag=True, help="Go on as it grows, until Ctrl-C.")
@json_option
def logs(count: int, follow: bool, as_json: bool) -> None:
    """Show the last lines of the daemon's log."""
    if count < 0:
        raise UsageError("--lines cannot be less than 0")
    if follow and as_json:
        raise UsageError("either --follow or --json, not both")
    file = Home.find().log
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        content = b""
    found = content.decode("utf-8", "replace").splitlines()[-count or len(content) + 1 :]
    if not found and not as_json and not follow:
        note(f"nothing was logged yet ({file})")
    say({"path": str(file), "lines": found}, as_json, _render)
    if follow:
        for line in _growing(file, len(content)):
            tell(plain(line))


def _render(it: dict[str, Any]) -> None:
    for line in it["lines"]:
        tell(plain(line))


def _growing(file: Path, at: int) -> Iterator[str]:
    rest = b""
    while True:
        try:
            with file.open("rb") as opened:
                if opened.seek(0, 2) < at:  # it was shortened
                    at, rest = 0, b""
                opened.seek(at)
                read = opened.read()
        except FileNotFoundError:
            read = b""
        at += len(read)
        *lines, rest = (rest + read).split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace")
        time.sleep(_LOOK)
