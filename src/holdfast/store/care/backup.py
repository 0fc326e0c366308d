"""Copies of the store: made while it is written, kept in a small number, put back on request."""

import contextlib
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from ...errors import NotFound, StoreError
from ...ids import uuid7
from ..database import APPLICATION_ID, SCHEMA_VERSION, Database, reached, translated
from ..place import check_place, flush_folder
from .check import FileState, judge_copy
from .file import aside, moment, opened, swap, unchanging

__all__ = ["Backup", "Restored", "back_up", "backups", "must_be_a_copy", "proven_copy", "restore"]

_AUTOMATIC = re.compile(r"holdfast-(\d{8}-\d{6})\.db")
_KEPT = re.compile(r"holdfast-(\d{8}-\d{6})-kept\.db")


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy in the folder of copies. `made` is UTC; only automatic ones are ever removed."""

    path: Path
    made: datetime
    automatic: bool
    size: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: the new epoch of the store, and where the file that lay there before is now."""

    epoch: UUID
    replaced: Path | None


def back_up(database: Database, folder: Path, *, now_ms: int, keep: int | None = 7) -> Path:
    """A verified copy of the store in `folder`; of the automatic ones the newest `keep` (at least 1) stay.

    With `keep=None` the copy was asked for by hand: it is named `…-kept.db` and stays until its owner removes it.
    A copy that fails its check is removed and nothing older is: StoreError. One whose indexes alone are wrong stays,
    but pushes nothing older out.
    """
    with reached(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark = "" if keep is not None else "-kept"
    target = folder / f"holdfast-{moment(now_ms)}{mark}.db"
    state = proven_copy(database, target)
    if keep is not None and not state.findings:
        with reached(target):
            _thin(folder, keep)
    return target


def proven_copy(database: Database, target: Path) -> FileState:
    """A copy at `target`, which has that name once it was checked, and what the check found.

    Raises StoreError, with nothing left, for a copy that is not sound.
    """
    unproven = target.with_name(target.name + ".new")
    database.backup(unproven)
    state = judge_copy(unproven)
    if not state.sound:
        unproven.unlink()
        raise StoreError(
            f"no backup was made: {database.path} is damaged",
            why=state.why,
            fix="run `holdfast doctor --repair`; the earlier backups were kept",
        )
    with reached(target):
        unproven.replace(target)
        flush_folder(target.parent)
    return state


def _thin(folder: Path, keep: int) -> None:
    automatic = [each for each in backups(folder) if each.automatic]
    for old in automatic[max(1, keep) :]:
        old.path.unlink(missing_ok=True)


def backups(folder: Path) -> list[Backup]:
    """The copies in a folder, newest first; copies that another program named are not among them."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        automatic = _AUTOMATIC.fullmatch(path.name)
        match = automatic or _KEPT.fullmatch(path.name)
        if match is None:
            continue
        with contextlib.suppress(ValueError, FileNotFoundError):
            made = datetime.strptime(match.group(1), "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
            found.append(Backup(path, made, automatic is not None, path.stat().st_size))
    return sorted(found, key=lambda each: (each.made, each.path.name), reverse=True)


def restore(path: Path, source: Path, *, now_ms: int) -> Restored:
    """Put the copy `source` in the place of the store at `path`, which is kept beside it under another name.

    The caller holds the daemon's lock. Raises NotFound, StoreError (not a holdfast store, newer, damaged: nothing
    was changed) and Unavailable (another program has the store open, no space, no permission: nothing was changed).
    The store has a new epoch afterwards: a peer that knew the old one can tell that this one went back in time.
    """
    if not source.is_file():
        raise NotFound(f"there is no file {source}", fix="list the backups: holdfast backup --list")
    with reached(path):
        check_place(path)
    must_be_a_copy(source)
    epoch = uuid7(now_ms)
    fresh = path.with_name(path.name + ".restoring")
    try:
        _prepare(source, fresh, epoch)
        replaced = swap(path, fresh, aside(path, "replaced", now_ms))
    finally:
        fresh.unlink(missing_ok=True)
    return Restored(epoch, replaced)


def must_be_a_copy(source: Path) -> None:
    """Raises StoreError when a file is damaged, newer, or no store of ours."""
    state = judge_copy(source)
    if not state.sound:
        known = state.application_id == APPLICATION_ID
        raise StoreError(
            f"{source} is damaged" if known else f"{source} is damaged, or not a holdfast store",
            why=state.why,
            fix="choose another backup: holdfast backup --list",
        )
    if state.application_id != APPLICATION_ID or state.version < 1:
        raise StoreError(
            f"{source} is not a holdfast store",
            why=f"its application id is {state.application_id:#x}",
            fix="choose a file that `holdfast backup` made",
        )
    if state.version > SCHEMA_VERSION:
        raise StoreError(
            f"{source} was written by a newer holdfast",
            why=f"its schema is {state.version}, this program knows up to {SCHEMA_VERSION}",
            fix="upgrade holdfast: pip install --upgrade holdfast",
        )


def _prepare(source: Path, fresh: Path, epoch: UUID) -> None:
    with reached(fresh), translated(fresh):
        fresh.unlink(missing_ok=True)
        os.close(os.open(fresh, os.O_CREAT | os.O_RDWR | os.O_EXCL, 0o600))
        with opened(fresh) as copy:
            with unchanging(source) as original, copy.backup("main", original, "main") as step:
                while not step.done:
                    step.step(2_000)
            copy.execute("PRAGMA journal_mode = DELETE").fetchall()
            copy.execute("PRAGMA fullfsync = ON")
            copy.execute("INSERT OR REPLACE INTO meta VALUES ('epoch', ?)", (epoch.bytes,))
