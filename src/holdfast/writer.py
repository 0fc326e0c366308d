"""The one writer: a thread that runs what is handed to it, many at a time in one durable transaction.

Each piece of work is a savepoint: one that fails takes nothing of the others with it. Nobody is answered before the
transaction that holds his work is on disk.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from .errors import HoldfastError, StoreError, Unavailable
from .store.database import Database

__all__ = ["Writer"]

T = TypeVar("T")
_TOGETHER = 64  # pieces of work in one transaction at the most
_REFUSED = (Unavailable, StoreError)  # what a write that the store or the disk refuses ends with


class Writer:
    """Runs work against a database that no other thread touches."""

    def __init__(
        self, open_database: Callable[[], Database], wrote: Callable[[HoldfastError | None], None] = lambda _: None
    ) -> None:
        """`open_database` is called in the writer's thread; what it raises, `wait_open` raises.

        wrote: called there after each transaction that was to change something: with None when it is on disk, else
        with what the store or the disk refused it for.
        """
        self._wrote = wrote
        self._queue: queue.SimpleQueue[tuple[Callable[[Database], Any], Future[Any], bool] | None] = queue.SimpleQueue()
        self._opened: Future[Database] = Future()
        self._thread = threading.Thread(target=self._run, args=(open_database,), name="writer", daemon=True)
        self._thread.start()

    def wait_open(self) -> Database:
        """The database, once it is open. Raises what opening it raised."""
        return self._opened.result()

    def submit(self, work: Callable[[Database], T], *, alone: bool = False) -> "Future[T]":
        """Do `work` inside a transaction; the future is done when it is durable, or has failed whole.

        alone: outside of any, for work that makes transactions of its own.
        """
        done: Future[T] = Future()
        self._queue.put((work, done, alone))
        return done

    def pending(self) -> int:
        """How many pieces of work wait."""
        return self._queue.qsize()

    def let_others(self) -> None:
        """Called by work that runs alone and for long: do what came meanwhile, then go on."""
        database = self._opened.result()
        waiting = []
        while not self._queue.empty():
            waiting.append(self._queue.get_nowait())
        self._together(database, [(work, done) for work, done, alone in filter(None, waiting) if not alone])
        for piece in waiting:
            if piece is None or piece[2]:
                self._queue.put(piece)

    def close(self) -> None:
        """Finish what was handed over, then close the database."""
        self._queue.put(None)
        self._thread.join()

    def _run(self, open_database: Callable[[], Database]) -> None:
        try:
            database = open_database()
        except BaseException as error:
            self._opened.set_exception(error)
            self._refuse_all()
            return
        self._opened.set_result(database)
        going = True
        while going:
            pieces = [self._queue.get()]
            while len(pieces) < _TOGETHER and not self._queue.empty():
                pieces.append(self._queue.get_nowait())
            going = None not in pieces
            self._together(database, [(work, done) for work, done, alone in filter(None, pieces) if not alone])
            for work, done, alone in filter(None, pieces):
                if alone:
                    _alone(database, work, done)
        database.close()

    def _together(self, database: Database, pieces: list[tuple[Callable[[Database], Any], Future[Any]]]) -> None:
        pieces = [piece for piece in pieces if piece[1].set_running_or_notify_cancel()]
        if not pieces:
            return
        outcomes: list[tuple[Future[Any], Any, BaseException | None]] = []
        before = database.connection.total_changes()
        try:
            with database.transaction():
                for work, done in pieces:
                    outcomes.append(_one(database, work, done))
        except BaseException as error:
            self._tell(error)
            for _, done in pieces:
                done.set_exception(error)
            return
        refused = next((problem for _, _, problem in outcomes if isinstance(problem, _REFUSED)), None)
        if refused is not None or database.connection.total_changes() != before:
            self._tell(refused)
        for done, value, problem in outcomes:
            if problem is None:
                done.set_result(value)
            else:
                done.set_exception(problem)

    def _tell(self, problem: BaseException | None) -> None:
        if problem is None or isinstance(problem, _REFUSED):
            self._wrote(problem)

    def _refuse_all(self) -> None:
        while (piece := self._queue.get()) is not None:
            if piece[1].set_running_or_notify_cancel():
                piece[1].set_exception(Unavailable("the store cannot be opened", fix="run `holdfast doctor`"))


def _alone(database: Database, work: Callable[[Database], Any], done: "Future[Any]") -> None:
    if not done.set_running_or_notify_cancel():
        return
    try:
        value = work(database)
    except Exception as error:
        done.set_exception(error)
    else:
        done.set_result(value)


def _one(
    database: Database, work: Callable[[Database], Any], done: "Future[Any]"
) -> tuple["Future[Any]", Any, BaseException | None]:
    try:
        with database.transaction():
            return done, work(database), None
    except Exception as error:
        if not database.connection.in_transaction:  # SQLite gave the whole transaction up (disk full, I/O error)
            raise
        return done, None, error
