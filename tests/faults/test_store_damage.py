"""A damaged store: every class of page broken in several ways, mended or carried into a new file, nothing invented."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import apsw
import pytest
from tests.fixtures.stores.make import fill

from holdfast.clock import Clock
from holdfast.errors import StoreError, Unavailable
from holdfast.store.care.backup import back_up
from holdfast.store.care.check import check, judge
from holdfast.store.care.repair import Repaired, repair
from holdfast.store.database import Database
from holdfast.store.log import Log

PAGE = 4096
NOON = 1_767_268_800_000  # 2026-01-01 12:00:00 UTC
TABLES = ("projects", "sessions", "events", "keys", "texts", "changes", "memories", "evidence", "sightings")
Spoil = Callable[[bytearray, int], None]


@dataclass(frozen=True)
class Whole:
    """A sound store: its bytes, its backup's, which pages are of which kind, and what it holds."""

    file: bytes
    pages: dict[str, list[int]]
    texts: frozenset[str]
    rows: dict[str, int]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    path = tmp_path_factory.mktemp("whole") / "holdfast.db"
    with closing(Database(path)) as database:
        fill(database, sessions=3, events=120, memories=24)
        with database.transaction():  # free pages: a trunk and its leaves
            numbers = [database.keep_text(f"{nth} " * 3_000) for nth in range(20)]
        for number in numbers:
            database.connection.execute("DELETE FROM texts WHERE id = ?", (number,))
        assert database.value("PRAGMA freelist_count") > 10
        assert check(database) == []
        pages: dict[str, list[int]] = {"header": [1], "pointer map": [2]}
        indexes = {row[0] for row in database.connection.execute("SELECT name FROM sqlite_schema WHERE type = 'index'")}
        for name, kind, number in database.connection.execute("SELECT name, pagetype, pageno FROM dbstat"):
            if name == "sqlite_schema" and number != 1:
                pages.setdefault("schema", []).append(number)
            elif name in TABLES:
                pages.setdefault(f"{name} {kind}", []).append(number)
            elif str(name).startswith(("events_fts", "memories_fts")):
                pages.setdefault("search", []).append(number)
            elif name in indexes:
                pages.setdefault("index", []).append(number)
        texts = frozenset(str(row[0]) for row in database.connection.execute("SELECT body FROM texts"))
        rows = {table: database.value(f"SELECT count(*) FROM {table}") for table in TABLES}
    data = path.read_bytes()
    trunk = int.from_bytes(data[32:36])
    pages["free"] = [trunk, int.from_bytes(data[(trunk - 1) * PAGE + 8 :][:4])]
    return Whole(data, pages, texts, rows)


def _zero(data: bytearray, page: int) -> None:
    data[(page - 1) * PAGE : page * PAGE] = bytes(PAGE)


def _ones(data: bytearray, page: int) -> None:
    data[(page - 1) * PAGE : page * PAGE] = b"\xff" * PAGE


def _head(data: bytearray, page: int) -> None:
    start = (page - 1) * PAGE
    data[start : start + 16] = bytes(each ^ 0x55 for each in data[start : start + 16])


def _flips(data: bytearray, page: int) -> None:
    chance = random.Random(page)
    for _ in range(24):
        data[(page - 1) * PAGE + chance.randrange(PAGE)] ^= 1 << chance.randrange(8)


def _mended(path: Path, whole: Whole, *, rebuild: bool = True) -> Repaired:
    """Repair, and hold to what must be true of every repair."""
    before = path.read_bytes()

    def projections(database: Database) -> None:
        if rebuild:
            Log(database, Clock(), str).rebuild()

    done = repair(path, now_ms=NOON, folder=path.parent / "backups", rebuild=projections)
    if done.damaged is not None:
        assert done.damaged.name == "holdfast-damaged-20260101-120000.db"
        assert len(done.damaged.read_bytes()) >= len(before) // PAGE * PAGE - PAGE
    assert done.lines()
    with closing(Database(path)) as database:
        assert [each for each in check(database) if each.certain] == []
        unknown = {row[0] for row in database.connection.execute("SELECT body FROM texts")} - whole.texts
        assert len(unknown) <= done.counts.altered  # nothing is invented
    again = repair(path, now_ms=NOON, folder=path.parent / "backups")
    assert again.damaged is None
    return done


def _rows(path: Path) -> dict[str, int]:
    with closing(Database(path)) as database:
        return {table: database.value(f"SELECT count(*) FROM {table}") for table in TABLES}


CLASSES = (
    "header", "pointer map", "schema", "free", "index", "search", "texts internal", "texts leaf", "texts overflow",
    "events internal", "events leaf", "keys internal", "keys leaf", "memories leaf", "changes leaf", "sightings leaf",
)  # fmt: skip


def test_the_store_under_test_has_pages_of_every_class(whole: Whole) -> None:
    assert set(CLASSES) <= set(whole.pages)


@pytest.mark.parametrize("spoil", [_zero, _head, _flips])
@pytest.mark.parametrize("kind", CLASSES)
def test_with_a_backup_no_text_and_no_change_is_lost_whatever_page_breaks(
    tmp_path: Path, whole: Whole, kind: str, spoil: Spoil
) -> None:
    path = tmp_path / "holdfast.db"
    path.write_bytes(whole.file)
    with closing(Database(path)) as database:
        copy = back_up(database, tmp_path / "backups", now_ms=NOON)
    kept = copy.read_bytes()
    data = bytearray(path.read_bytes())
    spoil(data, whole.pages[kind][len(whole.pages[kind]) // 2])
    path.write_bytes(data)
    done = _mended(path, whole)
    assert copy.read_bytes() == kept
    after = _rows(path)
    for table in ("projects", "sessions", "changes", "memories"):
        assert after[table] == whole.rows[table], (table, done.lines())
    broken = kind.partition(" ")[0]
    for table in ("events", "keys", "sightings"):
        if broken not in (table, "events"):
            assert after[table] == whole.rows[table], (table, done.lines())
    if broken != "events":
        with closing(Database(path)) as database:
            assert database.value("SELECT count(*) FROM events WHERE text IS NULL") == 0
    if done.damaged is not None and done.counts.lost:
        assert any("read again" in line for line in done.lines())


@pytest.mark.parametrize(
    "kind", ["header", "pointer map", "schema", "index", "search", "free", "texts internal", "events internal"]
)
@pytest.mark.parametrize("spoil", [_zero, _ones])
def test_pages_that_only_lead_to_rows_cost_no_row_even_without_a_backup(
    tmp_path: Path, whole: Whole, kind: str, spoil: Spoil
) -> None:
    path = tmp_path / "holdfast.db"
    data = bytearray(whole.file)
    for page in whole.pages[kind]:
        spoil(data, page)
    path.write_bytes(data)
    _mended(path, whole)
    assert _rows(path) == whole.rows


@pytest.mark.parametrize("kind", ["texts leaf", "events leaf", "changes leaf", "memories leaf"])
def test_without_a_backup_what_is_lost_is_counted_and_no_more_than_the_page_is(
    tmp_path: Path, whole: Whole, kind: str
) -> None:
    path = tmp_path / "holdfast.db"
    data = bytearray(whole.file)
    page = whole.pages[kind][0]
    _zero(data, page)
    path.write_bytes(data)
    done = _mended(path, whole)
    assert done.counts.unreadable_pages == 1
    table = kind.partition(" ")[0]
    missing = whole.rows[table] - done.counts.recovered[table]
    assert 0 < missing <= PAGE // 20
    assert any("1 pages" in line for line in done.lines())
    after = _rows(path)
    if table == "memories":  # a projection: the log has it all
        assert after["memories"] == whole.rows["memories"]
    if table == "changes":  # what was read of a memory stays although its history is lost
        assert after["memories"] == whole.rows["memories"]
        assert done.counts.without_history > 0


def test_after_a_loss_transcripts_are_read_again(tmp_path: Path, whole: Whole) -> None:
    path = tmp_path / "holdfast.db"
    data = bytearray(whole.file)
    _zero(data, whole.pages["events leaf"][0])
    path.write_bytes(data)
    _mended(path, whole)
    with closing(Database(path)) as database:
        assert database.value("SELECT read_to FROM files") == 0
        assert database.value("SELECT count(*) FROM keys") == database.value("SELECT count(*) FROM events")


@pytest.mark.parametrize("part", [0.95, 0.75, 0.5])
def test_of_a_truncated_file_what_is_left_is_carried_over(tmp_path: Path, whole: Whole, part: float) -> None:
    path = tmp_path / "holdfast.db"
    path.write_bytes(whole.file[: int(len(whole.file) * part)])
    done = _mended(path, whole)
    assert done.counts.unreadable_pages >= (1 - part) * len(whole.file) // PAGE
    assert done.counts.recovered["texts"] > 0


def test_when_nothing_can_be_read_the_file_stays_and_the_backup_is_named(tmp_path: Path, whole: Whole) -> None:
    path = tmp_path / "holdfast.db"
    path.write_bytes(whole.file)
    with closing(Database(path)) as database:
        copy = back_up(database, tmp_path / "backups", now_ms=NOON)
    for rubbish in (bytes(len(whole.file)), b"", b"x" * 5_000):
        path.write_bytes(rubbish)
        with pytest.raises(StoreError, match="nothing could be read") as refused:
            repair(path, now_ms=NOON, folder=tmp_path / "backups")
        assert str(copy) in refused.value.fix
        assert path.read_bytes() == rubbish
    assert sorted(each.name for each in tmp_path.iterdir()) == ["backups", "holdfast.db"]


def test_a_file_of_another_program_is_never_repaired(tmp_path: Path) -> None:
    path = tmp_path / "holdfast.db"
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not a holdfast store"):
        repair(path, now_ms=NOON, folder=tmp_path / "backups")
    assert path.read_bytes() == before


@pytest.mark.parametrize(("offset", "value"), [(68, b"\0\0\0\0"), (60, b"\0\0\0\0"), (60, b"\0\0\x03\xe7")])
def test_a_header_that_lies_about_whose_file_it_is_is_put_right_in_place(
    tmp_path: Path, whole: Whole, offset: int, value: bytes
) -> None:
    path = tmp_path / "holdfast.db"
    data = bytearray(whole.file)
    data[offset : offset + 4] = value
    path.write_bytes(data)
    assert _mended(path, whole).damaged is None
    assert _rows(path) == whole.rows


# -- the files beside it --


def _crashed(path: Path, whole: Whole, folder: Path) -> Path:
    """A copy of a store as a kill leaves it: what was said last lies in the -wal alone."""
    path.write_bytes(whole.file)
    database = Database(path)
    with database.transaction():
        database.keep_text("in the wal alone")
    folder.mkdir()
    for name in ("holdfast.db", "holdfast.db-wal", "holdfast.db-shm"):
        (folder / name).write_bytes(path.with_name(name).read_bytes())
    database.close()
    return folder / "holdfast.db"


def _has(path: Path, text: str) -> bool:
    with closing(Database(path)) as database:
        return bool(database.value("SELECT count(*) FROM texts WHERE body = ?", (text,)))


def test_without_its_shm_a_store_opens_as_ever(tmp_path: Path, whole: Whole) -> None:
    path = _crashed(tmp_path / "holdfast.db", whole, tmp_path / "left")
    path.with_name("holdfast.db-shm").unlink()
    assert _has(path, "in the wal alone")
    assert judge(path).findings == ()


def test_without_its_wal_a_store_is_what_it_was_at_the_last_checkpoint(tmp_path: Path, whole: Whole) -> None:
    path = _crashed(tmp_path / "holdfast.db", whole, tmp_path / "left")
    path.with_name("holdfast.db-wal").unlink()
    assert not _has(path, "in the wal alone")
    assert judge(path).findings == ()
    assert _rows(path) == whole.rows


def test_a_store_that_lost_its_wal_right_after_it_was_made_still_knows_who_it_is(tmp_path: Path) -> None:
    database = Database(tmp_path / "holdfast.db")
    left = tmp_path / "left"
    left.mkdir()
    (left / "holdfast.db").write_bytes((tmp_path / "holdfast.db").read_bytes())
    with closing(Database(left / "holdfast.db")) as copy:
        assert copy.secret == database.secret
    database.close()


@pytest.mark.parametrize("damage", ["header", "cut to nothing"])
def test_what_lies_in_the_wal_of_a_damaged_store_is_carried_over(tmp_path: Path, whole: Whole, damage: str) -> None:
    path = _crashed(tmp_path / "holdfast.db", whole, tmp_path / "left")
    data = bytearray(path.read_bytes())
    _zero(data, 1)
    path.write_bytes(data if damage == "header" else b"")
    if damage == "cut to nothing":
        with pytest.raises(StoreError, match="is empty"):
            Database(path)
    repair(path, now_ms=NOON, folder=tmp_path / "backups")
    assert _has(path, "in the wal alone")


# -- search indexes --


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE events_fts_data SET block = zeroblob(9) WHERE id > 10",
        "UPDATE events_fts_data SET block = zeroblob(9)",
        "UPDATE events_fts_config SET v = 99 WHERE k = 'version'",
        "DELETE FROM events_fts_data",
        "DELETE FROM events_fts_docsize",
        "DELETE FROM events_fts_idx",
        "DELETE FROM memories_fts_docsize WHERE id % 2",
        "DROP TABLE events_fts_data",
    ],
)
def test_search_is_made_again_from_the_text_when_only_its_own_tables_are_damaged(
    tmp_path: Path, whole: Whole, damage: str
) -> None:
    path = tmp_path / "holdfast.db"
    path.write_bytes(whole.file)
    asked = "SELECT count(*) FROM events_fts WHERE events_fts MATCH 'cache*'"
    with closing(Database(path)) as database:
        before = database.value(asked)
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute(damage)
    _mended(path, whole)
    assert _rows(path) == whole.rows
    with closing(Database(path)) as database:
        assert database.value(asked) == before > 0


def test_an_index_that_differs_from_its_table_is_made_again_in_place(tmp_path: Path, whole: Whole) -> None:
    path = tmp_path / "holdfast.db"
    path.write_bytes(whole.file)
    with closing(apsw.Connection(str(path))) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'sessions_project'").get
    data = bytearray(path.read_bytes())
    cells = (root - 1) * PAGE + 3
    data[cells : cells + 2] = (int.from_bytes(data[cells : cells + 2]) - 1).to_bytes(2)  # one row fewer
    path.write_bytes(data)
    found = {each.fix for each in judge(path).findings}
    _mended(path, whole)
    assert found & {"reindex", "salvage"}
    assert _rows(path) == whole.rows


def test_rows_without_what_they_refer_to_are_mended_in_place(tmp_path: Path, whole: Whole) -> None:
    path = tmp_path / "holdfast.db"
    path.write_bytes(whole.file)
    with closing(Database(path)) as database:
        database.connection.execute("PRAGMA foreign_keys = OFF")
        database.connection.execute("DELETE FROM sessions WHERE id = 1")
        database.connection.execute("DELETE FROM texts WHERE id = (SELECT text FROM events WHERE id = 300)")
    done = _mended(path, whole)
    assert done.damaged is None
    after = _rows(path)
    assert after["events"] == whole.rows["events"]  # a session is made for those that lost theirs
    assert after["sessions"] == whole.rows["sessions"]


# -- what is no damage --


@pytest.mark.parametrize("what", ["locked", "no permission"])
def test_a_store_that_cannot_be_reached_is_never_quarantined(tmp_path: Path, whole: Whole, what: str) -> None:
    path = tmp_path / "holdfast.db"
    path.write_bytes(whole.file)
    holder = apsw.Connection(str(path))
    if what == "locked":
        holder.execute("PRAGMA journal_mode = DELETE").fetchall()
        holder.execute("BEGIN EXCLUSIVE")
    else:
        holder.close()
        path.unlink()
        path.mkdir()
        (path / "something").touch()
    with pytest.raises(Unavailable):
        repair(path, now_ms=NOON, folder=tmp_path / "backups")
    holder.close()
    assert not list(tmp_path.glob("*damaged*"))


def test_a_damaged_store_that_somebody_has_open_is_left_to_him(tmp_path: Path, whole: Whole) -> None:
    path = tmp_path / "holdfast.db"
    data = bytearray(whole.file)
    _zero(data, whole.pages["events internal"][0])
    path.write_bytes(data)
    program = (
        "import apsw, sys; c = apsw.Connection(sys.argv[1]); c.execute('SELECT 1 FROM meta').get;"
        "print(1, flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "1\n"
    with pytest.raises(Unavailable, match="locked"):
        repair(path, now_ms=NOON, folder=tmp_path / "backups")
    holder.communicate()
    assert not list(tmp_path.glob("*damaged*"))
    assert _mended(path, whole).damaged is not None


def test_a_full_disk_leaves_the_damaged_file_where_it_is(small_disk: Path, whole: Whole) -> None:
    path = small_disk / "holdfast.db"
    data = bytearray(whole.file)
    _zero(data, whole.pages["events internal"][0])
    path.write_bytes(data)
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space"), filler.open("wb", buffering=0) as file:  # noqa: PT012
        while True:
            file.write(bytes(4096))
    with pytest.raises(Unavailable, match="disk is full"):
        repair(path, now_ms=NOON, folder=small_disk / "backups")
    assert path.read_bytes() == bytes(data)
    assert not [each for each in small_disk.iterdir() if "damaged" in each.name or "repairing" in each.name]
    filler.unlink()
    assert repair(path, now_ms=NOON, folder=small_disk / "backups").damaged is not None
    assert _rows(path) == whole.rows


def test_random_damage_never_raises_anything_but_a_named_error_and_never_invents(tmp_path: Path, whole: Whole) -> None:
    for seed in range(15):
        chance = random.Random(seed)
        path = tmp_path / f"{seed}" / "holdfast.db"
        path.parent.mkdir()
        data = bytearray(whole.file)
        for _ in range(chance.choice((1, 4, 40))):
            at = chance.randrange(len(data))
            length = chance.choice((1, 1, 16, 600))
            data[at : at + length] = chance.randbytes(len(data[at : at + length]))
        path.write_bytes(data)
        try:
            _mended(path, whole)
        except StoreError as error:
            assert error.fix, seed  # noqa: PT017
        except BaseException as error:
            raise AssertionError(f"seed {seed}") from error
