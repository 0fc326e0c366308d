"""A bar on standard error for work that takes long."""

import contextlib
from collections.abc import Callable, Iterator

__all__ = ["progress"]


@contextlib.contextmanager
def progress(what: str, total: int | None, *, hidden: bool, counted: bool = False) -> Iterator[Callable[[int], None]]:
    """Shows how many of `total` bytes (None: nobody knows how many) are done; call what it gives with each further
    number of them. counted: what is done is no bytes, but things."""
    if hidden:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    shown = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn() if counted else DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*shown, transient=True, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.advance(task, done)
