"""How answers look: JSON for programs, plain lines for people."""

import json
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

from ..errors import HoldfastError

__all__ = ["ago", "json_option", "say", "say_error", "when"]

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def say(value: Any, as_json: bool, render: Callable[[Any], None]) -> None:
    """Print an answer: as JSON, or as `render` shows it to a person."""
    if as_json:
        click.echo(json.dumps(value, ensure_ascii=False, indent=2))
    else:
        render(value)


def say_error(error: HoldfastError, *, as_json: bool) -> None:
    """Print an error: as JSON on standard output, or in words on standard error."""
    if as_json:
        click.echo(json.dumps({"error": error.as_dict()}, ensure_ascii=False, indent=2))
    else:
        click.echo(f"holdfast: {error}", file=sys.stderr)


def when(ms: int | None) -> str:
    """A time as people here read it; `never` for None."""
    if ms is None:
        return "never"
    return datetime.fromtimestamp(ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M")


def ago(ms: int | None, now: int) -> str:
    """How long ago a time is, in its largest unit."""
    if ms is None:
        return "never"
    seconds = max(0, now - ms) // 1000
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"
