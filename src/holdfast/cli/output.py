"""How answers look: JSON for programs, plain lines for people. Text from the store cannot steer a terminal."""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click

from ..errors import HoldfastError, Refused

__all__ = [
    "ago",
    "bold",
    "columns",
    "confirm",
    "counted",
    "dim",
    "for_people",
    "hint",
    "json_option",
    "judge_of",
    "note",
    "one_line",
    "plain",
    "say",
    "say_error",
    "size",
    "tell",
    "tell_more",
    "when",
    "width",
]

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

# Escape sequences, other control characters, what turns the writing direction or cannot be seen.
_UNSAFE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x9b[0-?]*[ -/]*[@-~]"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_COLOURS = re.compile(r"(\x1b\[[0-9;]{0,16}m)")
_UNSAFE_IN_JSON = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    """Stored text as it may be printed: lines and tabs stay, all that steers a terminal goes."""
    return _UNSAFE.sub("", text)


def one_line(text: str, limit: int = 0) -> str:
    """Stored text on one line, cut to `limit` characters (0: not at all)."""
    line = " ".join(plain(text).split())
    return line if not limit or len(line) <= limit else line[: max(1, limit - 1)].rstrip() + "…"


def tell(text: str = "") -> None:
    """Print a line for a person; colours stay only where a terminal shows them, and nothing else that steers one."""
    # split leaves the colours at the odd places
    parts = [part if nth % 2 else plain(part) for nth, part in enumerate(_COLOURS.split(text))]
    click.echo("".join(parts), color=_colours())


def tell_more(more: int | bool) -> None:
    """Say that a list went on: how many there are more, or (True) that there are some."""
    if more:
        tell(dim("… more: --limit" if more is True else f"… {more} more: --limit"))


def note(text: str) -> None:
    """Say something beside the answer, on standard error."""
    click.echo(plain(text), err=True)


def hint(text: str) -> None:
    """Tell a person what could come next; programs have no use for it."""
    if sys.stderr.isatty():
        note(f"({text})")


def say(value: Any, as_json: bool, render: Callable[[Any], None]) -> None:
    """Print an answer: as JSON, or as `render` shows it to a person."""
    if as_json:
        shown = json.dumps(value, ensure_ascii=False, indent=2)
        click.echo(_UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match.group()):04x}", shown), color=True)
    else:
        render(value)


def say_error(error: HoldfastError, *, as_json: bool) -> None:
    """Print an error: as JSON on standard output, or in words on standard error."""
    if as_json:
        say({"error": error.as_dict()}, True, lambda _: None)
    else:
        click.echo(f"holdfast: {plain(str(error))}", file=sys.stderr)


def confirm(question: str, *, yes: bool, as_json: bool) -> None:
    """Ask before what cannot be taken back. Raises Refused on a no, and where nobody can answer."""
    if yes:
        return
    if as_json or not sys.stdin.isatty():
        raise Refused("nothing was done", why=f"nobody was there to be asked: {question}", fix="say it with --yes")
    if not click.confirm(plain(question), err=True):
        raise Refused("nothing was done")


def bold(text: str) -> str:
    return click.style(text, bold=True)


def dim(text: str) -> str:
    return click.style(text, dim=True)


def columns(rows: Iterable[Sequence[str]], *, indent: str = "") -> None:
    """Print rows of cells, each column as wide as its widest cell."""
    rows = [tuple(one_line(cell) for cell in row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        tell((indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))).rstrip())


def width() -> int:
    """How many characters a line has: those of the terminal; 0 where there is none, and nothing is to be cut."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else 0
    except (OSError, ValueError):
        return 0


def when(ms: int | None, form: str = "%Y-%m-%d %H:%M") -> str:
    """A time as people here read it; `never` for None."""
    return "never" if ms is None else time.strftime(form, time.localtime(ms / 1000))


def ago(ms: int | None, now: int | None = None) -> str:
    """How long ago a time is, in its largest unit."""
    if ms is None:
        return "never"
    seconds = max(0, (time.time_ns() // 1_000_000 if now is None else now) - ms) // 1000
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return f"{seconds} s ago"


def counted(number: int, noun: str) -> str:
    """`1 memory`, `2 memories`."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else many}"


def for_people(text: str, number: int) -> str:
    """The text of a memory with the command instead of the tool that gives what is sealed."""
    if "secret_get" not in text:
        return text
    from ..memory import for_people as told  # heavy, and hardly ever needed

    return told(text, number)


def judge_of(kind: str | None) -> str:
    """Who judged, to the person who reads it."""
    return "you" if kind == "owner" else "an agent"


def size(count: int) -> str:
    """Bytes as people read them."""
    if 0 < count < 1_000:
        return counted(count, "byte")
    if count < 1_000_000:
        return f"{count / 1e3:.0f} KB"
    return f"{count / 1e6:.1f} MB" if count < 1_000_000_000 else f"{count / 1e9:.2f} GB"


def _colours() -> bool | None:
    return False if os.environ.get("NO_COLOR") else None
