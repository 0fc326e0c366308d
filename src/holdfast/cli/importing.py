"""`holdfast import claude-code`: past transcripts, read in this process, taken by the daemon in small steps."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from ..errors import HoldfastError, NotFound, Refused, UsageError
from ..hosts.claude_code import history
from ..hosts.claude_code.transcript import Reader
from ..journal.tail import Position, next_batch
from ..paths import Home
from ..settings import Settings
from .client import ask
from .output import json_option, say

__all__ = ["importing"]


@click.group("import")
def importing() -> None:
    """Read what was before: past transcripts of an agent program."""


@importing.command("claude-code")
@click.option("--project", "folder", type=click.Path(path_type=Path), help="The transcripts of one project's folder.")
@click.option("--all", "every", is_flag=True, help="The transcripts of all projects.")
@click.option("--file", "files", multiple=True, type=click.Path(path_type=Path), help="One transcript (repeatable).")
@click.option("--since", help="Only what was written since: 2026-01-31, or 30d, 12h.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@json_option
def claude_code(
    folder: Path | None, every: bool, files: tuple[Path, ...], since: str | None, quiet: bool, as_json: bool
) -> None:
    """Read Claude Code's past transcripts, sub-agents included; of this folder's project unless told otherwise.

    Interrupt it at any time: called again it goes on where it was. What is known already is not taken twice.
    """
    after = _time(since)
    chosen = history.files_of(files=files, folder=folder, every=every, after=after)
    if not chosen:
        raise NotFound(
            "there are no transcripts to read",
            why=f"nothing matches below {history.projects_folder()}",
            fix="try --all, or name a file with --file",
        )
    summary = _Summary(files=len(chosen), bytes=sum(path.stat().st_size for path in chosen))
    kept = frozenset(Settings.load(Home.find().config).words("capture.tools"))
    with _progress(summary.bytes, hidden=quiet or as_json) as advance:
        for path in chosen:
            try:
                for read, new, bad in _take(path, kept):
                    advance(read)
                    summary.new += new
                    summary.bad_lines += bad
            except Refused as error:
                if len(chosen) == 1:
                    raise
                summary.refused.append(f"{path}: {error.what}")
    if not quiet:
        say(summary.as_dict(), as_json, lambda _: summary.render())


class _Summary:
    def __init__(self, files: int, bytes: int) -> None:
        self.files, self.bytes = files, bytes
        self.new = 0
        self.bad_lines = 0
        self.refused: list[str] = []

    def as_dict(self) -> dict[str, Any]:
        return {
            "files": self.files, "bytes": self.bytes, "new_events": self.new, "bad_lines": self.bad_lines,
            "refused": self.refused,
        }  # fmt: skip

    def render(self) -> None:
        click.echo(f"{self.files} transcripts read ({self.bytes / 1e6:.1f} MB): {self.new} new events")
        if self.bad_lines:
            click.echo(f"{self.bad_lines} lines could not be read and were left out")
        for each in self.refused:
            click.echo(f"left out: {each}")


def _take(path: Path, kept: frozenset[str]) -> Iterator[tuple[int, int, int]]:
    """Read one file to its end; yields (bytes read, new events, bad lines) for each step."""
    path = path.resolve()
    while True:
        position = Position(**ask("import.position", {"path": str(path)}))
        try:
            batch = next_batch(path, position, lambda state: Reader.resumed(kept, state))
        except OSError as error:
            raise HoldfastError(f"{path} cannot be read", why=str(error)) from error
        if batch.finished and not batch.drafts:
            yield path.stat().st_size - batch.position.read_to, 0, 0
            return
        new = ask("import.take", {"batch": batch.dump()})["new"]
        yield batch.position.read_to - batch.start, new, batch.bad_lines


class _progress:  # noqa: N801  # reads as the context that it is
    def __init__(self, total: int, *, hidden: bool) -> None:
        self._total, self._hidden = total, hidden

    def __enter__(self) -> Any:
        if self._hidden:
            return lambda _: None
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("reading transcripts"), BarColumn(), DownloadColumn(), TimeRemainingColumn(), transient=True
        )
        self._bar.start()
        task = self._bar.add_task("", total=self._total)
        return lambda read: self._bar.advance(task, read)

    def __exit__(self, *_: object) -> None:
        if not self._hidden:
            self._bar.stop()


def _time(text: str | None) -> float:
    """A point in time (Unix seconds) out of a date or an age. Raises UsageError."""
    if text is None:
        return 0.0
    units = {"d": "days", "h": "hours", "w": "weeks"}
    if text[:-1].isdigit() and text[-1:] in units:
        return time.time() - timedelta(**{units[text[-1]]: int(text[:-1])}).total_seconds()
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise UsageError(f"{text!r} is no time", fix="write 2026-01-31, or an age such as 30d or 12h") from None
