"""A bar on standard error for work that takes long."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["counting", "progress"]


@contextlib.contextmanager
def progress(what: str, total: int | None, *, hidden: bool) -> Iterator[Callable[[int], None]]:
    """Shows how many of `total` bytes (None: nobody knows how many) are done; call what it gives with each further
    number of them."""
    from rich.progress import DownloadColumn

    with _bar(what, total, hidden, DownloadColumn()) as advance:
        yield advance


@contextlib.contextmanager
def counting(what: str, total: int, *, hidden: bool) -> Iterator[Callable[[int], None]]:
    """The same of things that are counted one by one."""
    from rich.progress import MofNCompleteColumn

    with _bar(what, total, hidden, MofNCompleteColumn()) as advance:
        yield advance


@contextlib.contextmanager
def _bar(what: str, total: int | None, hidden: bool, amount: Any) -> Iterator[Callable[[int], None]]:
    if hidden or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn(what), BarColumn(), amount, TimeRemainingColumn(), transient=True, console=Console(stderr=True)
    ) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.advance(task, done)
