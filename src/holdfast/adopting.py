"""Notes that Claude Code keeps itself, taken in as imports: each memory file as it is now, never written."""

import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from uuid import UUID

from .errors import Refused
from .hosts.claude_code.memories import Note, memory_files, notes_of
from .hosts.claude_code.payload import HOST
from .memory import Origin
from .store.database import Database
from .store.log import Log

__all__ = ["Adopted", "Adoption"]

RULE: Final = "claude-memory/1"


@dataclass(frozen=True, slots=True)
class Adopted:
    """What a memory folder holds. seen: of its files' names, sizes and times."""

    folder: str
    seen: str
    notes: tuple[tuple[Note, int], ...]  # and when its file was written, Unix ms


class Adoption:
    """Over one store."""

    def __init__(self, database: Database, log: Log) -> None:
        self._db = database
        self._log = log

    def read(self, folder: Path) -> Adopted | None:
        """What a memory folder holds; None when that is known already. Reads only."""
        files = _files(folder)
        seen = hashlib.blake2b(json.dumps(files).encode("utf-8", "replace"), digest_size=16).hexdigest()
        known = self._known(str(folder))
        if known[0] == seen or (not files and not known[1]):
            return None
        written = {name: at // 1_000_000 for name, _, at in files}
        notes = [
            (note, written.get(os.path.basename(path), 0))  # noqa: PTH119  # a name, not a file
            for path, text in memory_files(folder)
            for note in notes_of(path, text)
        ]
        return Adopted(str(folder), seen, tuple(notes))

    def take(self, adopted: Adopted, project: int) -> int:
        """Keep what the folder holds, forget what it no longer does; how many notes are new or changed. Inside a
        transaction."""
        changed = 0
        now: set[str] = set()
        for note, at in adopted.notes:
            why = "Claude Code wrote it into its memory folder"
            draft = replace(note.draft, origin=Origin(RULE, 1.0, why, at))
            try:
                kept = self._log.remember(draft, project, id=note.id)
            except Refused:  # nothing is left of it without what is private
                continue
            changed += kept.change is not None
            if kept.memory.id == note.id:  # else somebody said it before
                now.add(note.id.hex)
        for gone in {*self._known(adopted.folder)[1]} - now:
            memory = self._log.get(UUID(gone))
            if memory.alive:
                self._log.forget(memory.number)
        self._db.run(
            "keep_file_state", host=HOST, path=adopted.folder,
            state=json.dumps({"seen": adopted.seen, "notes": sorted(now)}),
        )  # fmt: skip
        return changed

    def project_of(self, transcripts: Path) -> int | None:
        """The project of the sessions whose transcripts lie in a folder."""
        row = self._db.one("project_of_transcripts", low=f"{transcripts}/", high=f"{transcripts}0")
        return None if row is None else row[0]

    def _known(self, folder: str) -> tuple[str, list[str]]:
        row = self._db.one("file_by_path", path=folder)
        state = json.loads(row[6]) if row is not None and row[6] else {}
        return state.get("seen", ""), state.get("notes", [])


def _files(folder: Path) -> list[tuple[str, int, int]]:
    """(name, bytes, ns) of the files in a folder."""
    try:
        with os.scandir(folder) as entries:
            found = [(entry.name, entry.stat(follow_symlinks=False)) for entry in entries if entry.name.endswith(".md")]
    except OSError:
        return []
    return sorted((name, status.st_size, status.st_mtime_ns) for name, status in found)
