"""Threads that read, each with a connection of its own, so that a long question holds up no writer."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from .store.database import Database

__all__ = ["Readers"]

T = TypeVar("T")
C = TypeVar("C")
_THREADS = 2


class Readers(Generic[C]):
    """Runs reading work; `opened` makes a connection, `over` what the work is given of it."""

    def __init__(self, opened: Callable[[], Database], over: Callable[[Database], C]) -> None:
        self._opened, self._over = opened, over
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="reader")
        self._own = threading.local()
        self._databases: list[Database] = []

    def submit(self, work: Callable[[C], T]) -> "Future[T]":
        """Do `work` in one of the threads."""
        return self._pool.submit(lambda: work(self._ready()))

    def close(self) -> None:
        """Finish what runs, then close the connections."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for database in self._databases:
            database.close()

    def _ready(self) -> C:
        ready: C | None = getattr(self._own, "ready", None)
        if ready is None:
            database = self._opened()
            self._databases.append(database)
            ready = self._own.ready = self._over(database)
        return ready
