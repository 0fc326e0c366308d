"""The daily care of a store, by the service's own parts."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.clock import Clock
from holdfast.memory import Draft
from holdfast.operations import Context
from holdfast.paths import Home
from holdfast.readers import Readers
from holdfast.settings import Settings
from holdfast.store.database import Database
from holdfast.store.log import Log
from holdfast.upkeep import Upkeep
from holdfast.writer import Writer


async def _nobody_waits() -> None:
    pass


class Service:
    def __init__(self, home: Home, **settings: str) -> None:
        self.home = home
        self.settings = Settings.load(home.config, settings)
        self.writer = Writer(lambda: Database(home.store))
        database = self.writer.wait_open()
        context = Context.over(database, home, self.settings)
        self.readers = Readers(lambda: Database(home.store, readonly=True), context.reading)

    def upkeep(self) -> Upkeep:
        return Upkeep(self.home, self.settings, self.writer, self.readers, _nobody_waits)

    def close(self) -> None:
        self.readers.close()
        self.writer.close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.make()
    return home


@pytest.fixture
def service(home: Home) -> Iterator[Service]:
    service = Service(home)
    yield service
    service.close()


def test_a_new_store_is_copied_once_and_not_again_the_same_day(service: Service) -> None:
    upkeep = service.upkeep()
    assert upkeep.due()

    asyncio.run(upkeep.run())

    assert len(list(service.home.backups.glob("holdfast-*.db"))) == 1
    assert not upkeep.due()
    assert not service.upkeep().due(), "a daemon that starts later sees the copy"


def test_the_write_ahead_log_is_emptied(service: Service) -> None:
    service.writer.submit(lambda db: db.keep_text("some text")).result()

    asyncio.run(service.upkeep().run())

    assert (service.home.folder / "holdfast.db-wal").stat().st_size == 0


def test_the_search_index_is_brought_into_few_parts(service: Service) -> None:
    def remember(database: Database) -> None:
        log = Log(database, Clock(), str)
        for nth in range(40):
            log.remember(Draft(f"number {nth} of what is kept", scope="personal"))

    service.writer.submit(remember, alone=True).result()

    def parts(database: Database) -> int:
        row = database.one("care_parts_memories_fts")
        return 0 if row is None else int(row[0])

    assert service.writer.submit(parts).result() > 4

    asyncio.run(service.upkeep().run())

    assert service.writer.submit(parts).result() == 1


def test_work_that_runs_alone_lets_others_in(service: Service) -> None:
    order: list[str] = []

    def long(database: Database) -> None:
        order.append("began")
        waiting = service.writer.submit(lambda db: order.append("other"))
        service.writer.let_others()
        waiting.result()
        order.append("ended")

    service.writer.submit(long, alone=True).result()

    assert order == ["began", "other", "ended"]
