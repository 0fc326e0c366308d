"""What the daemon does for the store once a day, unasked: a copy, shedding by the owner's limits, a search index
in few parts, a short log."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from .clock import now_ms
from .errors import HoldfastError
from .operations import Context
from .paths import Home
from .readers import Readers
from .settings import Settings
from .store.care.backup import back_up, backups
from .store.care.index import merging
from .store.care.retention import shed
from .store.database import Database
from .writer import Writer

__all__ = ["Upkeep"]

_logger = logging.getLogger("holdfast.upkeep")
_DAY_MS = 24 * 3_600_000
_MEGABYTE = 1_000_000


class Upkeep:
    """The daily care of one store."""

    def __init__(
        self,
        home: Home,
        settings: Settings,
        writer: Writer,
        readers: Readers[Context],
        give_way: Callable[[], Awaitable[object]],
    ) -> None:
        """give_way: over when no hook waits for its answer; called before each piece of what can be put off."""
        self._home, self._settings = home, settings
        self._give_way = give_way
        self._writer, self._readers = writer, readers
        self._last = self._last_copy()
        self._tried = float("-inf")

    def due(self) -> bool:
        """Whether a day has passed; after a failure, an hour."""
        return now_ms() - self._last > _DAY_MS and time.monotonic() - self._tried > 3_600

    async def run(self) -> None:
        """Copy, shed, merge the search index, empty the write-ahead log, holding up nobody; what fails is logged and
        tried again."""
        self._tried = time.monotonic()
        try:
            if self._settings.number("backup.keep"):
                await asyncio.wrap_future(self._readers.submit(self._copy))
            if self._settings.number("retention.days") or self._settings.number("retention.megabytes"):
                await asyncio.wrap_future(self._writer.submit(self._shed, alone=True))
            await self._merge()
            await asyncio.wrap_future(self._writer.submit(_empty_log, alone=True))
        except HoldfastError as error:
            _logger.warning("%s", error)
            return
        self._last = now_ms()

    def _last_copy(self) -> int:
        found = [int(each.made.timestamp() * 1000) for each in backups(self._home.backups) if each.automatic]
        return max(found, default=0)

    def _copy(self, context: Context) -> None:
        path = back_up(context.database, self._home.backups, now_ms=now_ms(), keep=self._settings.number("backup.keep"))
        _logger.info("copied the store to %s", path)

    def _shed(self, database: Database) -> None:
        done = shed(
            database, older_than_ms=self._settings.number("retention.days") * _DAY_MS,
            keep_bytes=self._settings.number("retention.megabytes") * _MEGABYTE, now_ms=now_ms(),
            pause=self._writer.let_others,
        )  # fmt: skip
        _logger.info("shed the texts of %d events, %d bytes", done.events, done.bytes)

    async def _merge(self) -> None:
        steps = await asyncio.wrap_future(self._writer.submit(merging))
        going = True
        while going:
            await self._give_way()
            going = await asyncio.wrap_future(self._writer.submit(lambda _: next(steps, False), alone=True))


def _empty_log(database: Database) -> None:
    database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
