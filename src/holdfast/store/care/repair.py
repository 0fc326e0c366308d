"""Making a damaged store whole again: indexes from the text, a damaged file from what can still be read of it."""

import contextlib
import functools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from ...errors import StoreError
from ..database import APPLICATION_ID, SCHEMA_VERSION, Database, reached, translated
from ..place import check_place
from ..statements import STATEMENTS
from .backup import backups
from .check import DAMAGE, SEARCH_INDEXES, Finding, check, judge, judge_copy
from .file import aside, opened, schema_in, schema_of, swap, unchanging
from .gaps import Salvaged, rebuild_keeping, rehash, relink
from .salvage import salvage

__all__ = ["Repaired", "repair"]


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair did. `damaged`: where the file that could not be used is now; None when it was mended in place.

    found: what was wrong; left: what still is. Counts are rows by table; see `Salvaged` for what they mean.
    """

    found: tuple[Finding, ...] = ()
    left: tuple[Finding, ...] = ()
    damaged: Path | None = None
    backup: Path | None = None
    counts: Salvaged = field(default_factory=Salvaged)

    def lines(self) -> list[str]:
        """The report, for a person."""
        if not self.found:
            return ["the store: nothing is wrong"]
        said = [f"{each.where}: {each.what}" for each in self.found[:20]]
        if self.damaged is not None:
            counts = self.counts
            said.append(f"the damaged file is kept as {self.damaged.name}")
            said.append(f"recovered: {_listed(counts.recovered)}")
            if counts.from_backup:
                said.append(f"from the backup {self.backup.name if self.backup else ''}: {_listed(counts.from_backup)}")
            said.append(f"unreadable: {counts.unreadable_pages} pages, {counts.unreadable_rows} rows")
            said.append(f"lost: {_listed(counts.lost)}")
            if counts.altered or counts.doubtful:
                said.append(f"not what was stored: {counts.altered} texts, {len(counts.doubtful)} changes")
            if counts.without_history:
                said.append(f"kept, but without their history: {counts.without_history} memories")
            if not counts.complete:
                said.append("transcripts that are still there will be read again, and bring back what they hold")
        said += [f"still wrong: {each.where}: {each.what}" for each in self.left]
        return said


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "nothing"


def repair(path: Path, *, now_ms: int, folder: Path, rebuild: Callable[[Database], None] | None = None) -> Repaired:
    """Make the store at `path` whole, with the backups in `folder` for what it has lost itself. Idempotent.

    The caller holds the daemon's lock and has no connection open. A file is replaced only when it fails its check
    twice; it is kept beside, and no backup is touched. `rebuild` makes the projections of the log anew.

    Raises Unavailable (locked, no permission, no space, an error of the disk) with nothing changed, and StoreError
    when the file is not a holdfast store, or when nothing at all could be read and a backup should be restored.
    """
    with reached(path):
        check_place(path)
    state = judge(path)
    if not state.sound:
        state = judge(path)  # once more: only what is damaged twice is
    found = list(state.findings)
    if state.sound and _ours(path, state.application_id, state.version):
        # Some damage is met only by whoever reads or writes the rows.
        with contextlib.suppress(_Unmendable, StoreError, *DAMAGE):
            return _mended(path, folder, found)
    return _salvaged(path, tuple(found), now_ms, folder, rebuild)


class _Unmendable(Exception):
    """Damage that cannot be mended in place: a new file can."""


def _ours(path: Path, application_id: int, version: int) -> bool:
    """Whether the header says so; sets it right where only the header is wrong. Raises StoreError for other files."""
    if application_id == APPLICATION_ID and 1 <= version <= SCHEMA_VERSION:
        return True
    with translated(path), opened(path) as connection:
        schema = schema_in(connection)
        for known in range(SCHEMA_VERSION, 0, -1):
            if schema == schema_of(known):
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {known}")
                return True
    if application_id == APPLICATION_ID and version > SCHEMA_VERSION:
        raise StoreError(
            f"{path} was written by a newer holdfast",
            why=f"its schema is {version}, this program knows up to {SCHEMA_VERSION}",
            fix="upgrade holdfast: pip install --upgrade holdfast",
        )
    raise StoreError(
        f"{path} is not a holdfast store",
        why=f"its application id is {application_id:#x}",
        fix="move it away, or restore a backup: holdfast restore",
    )


def _last_backup(folder: Path) -> Path | None:
    """The newest copy that is sound."""
    return next((each.path for each in backups(folder) if judge_copy(each.path).sound), None)


def _mended(path: Path, folder: Path, found: list[Finding]) -> Repaired:
    with contextlib.closing(Database(path)) as database:
        found[:] = check(database)
        asked = {each.fix for each in found}
        if "salvage" in asked:
            raise _Unmendable
        backup = _last_backup(folder) if "rehash" in asked else None
        counts = Salvaged()
        with translated(path):
            _mend(database, asked, backup, counts)
        left = check(database) if asked else []
        if any(each.fix in ("salvage", "rebuild") for each in left):
            raise _Unmendable
        return Repaired(tuple(found), tuple(each for each in left if each.certain), None, backup, counts)


def _mend(database: Database, asked: set[str], backup: Path | None, counts: Salvaged) -> None:
    connection = database.connection
    if "relink" in asked:
        with database.transaction():
            connection.execute("PRAGMA defer_foreign_keys = ON")
            connection.execute(STATEMENTS["care_lost_sessions"])
            counts.lost += relink(connection)
    if "rehash" in asked:
        with database.transaction():
            if backup is None:
                counts.altered = rehash(connection, database.secret, None)
            else:
                with unchanging(backup) as copy:
                    counts.altered = rehash(connection, database.secret, copy, counts.from_backup)
    # Always: FTS5's own check does not miss an entry of its segment directory (%_idx), though a search does.
    connection.execute("REINDEX")
    for name in SEARCH_INDEXES:
        try:
            connection.execute(STATEMENTS[f"care_rebuild_{name}"])
        except (apsw.CorruptError, apsw.SQLError) as error:
            raise _Unmendable from error


def _salvaged(
    path: Path,
    findings: tuple[Finding, ...],
    now_ms: int,
    folder: Path,
    rebuild: Callable[[Database], None] | None,
) -> Repaired:
    fresh = path.with_name(path.name + ".repairing")
    backup = _last_backup(folder)
    try:
        with reached(fresh), translated(fresh):
            counts = salvage(path, fresh, backup=backup)
        if not sum(counts.recovered.values()):
            raise StoreError(
                f"nothing could be read of {path}",
                why="; ".join(each.what for each in findings[:3]),
                fix=f"restore the last backup: holdfast restore {backup}" if backup else "move it away and start anew",
            )
        left = _finished(fresh, counts, rebuild)
        damaged = swap(path, fresh, aside(path, "damaged", now_ms))
    finally:
        for name in ("", "-wal", "-shm"):
            fresh.with_name(fresh.name + name).unlink(missing_ok=True)
    return Repaired(findings, left, damaged, backup, counts)


def _finished(fresh: Path, counts: Salvaged, rebuild: Callable[[Database], None] | None) -> tuple[Finding, ...]:
    with contextlib.closing(Database(fresh)) as database:
        if rebuild is not None:
            _rebuilt(database, counts, rebuild)
        left = tuple(each for each in check(database) if each.certain)
        if any(each.fix == "salvage" for each in left):
            raise StoreError(f"{fresh} could not be made whole", why=left[0].what, fix="restore a backup")
        database.connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    return left


def _rebuilt(database: Database, counts: Salvaged, rebuild: Callable[[Database], None]) -> None:
    """The projections from the log; should a damaged change stand in the way, from what is left without it."""
    for seqs in ((), counts.doubtful):
        with database.transaction():
            for seq in seqs:
                database.run("care_set_patch", seq=seq, patch=None)
            counts.lost["changes without their body"] += len(seqs)
        with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError, apsw.SQLError):
            rebuild_keeping(database, functools.partial(rebuild, database))
            break
    counts.lost = +counts.lost
