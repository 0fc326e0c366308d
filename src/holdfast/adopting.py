"""Notes that Claude Code keeps itself, taken in as imports: each memory file as it is now, never written.

What is known of a memory folder is kept with it: which files were read, which notes they hold, which of them were
forgotten because their file went, and (as keyed digests) what its owner forgot or erased, so that no other file brings
that back.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from .errors import Refused
from .hosts.claude_code.memories import MEMORY_FILES, Note, listed, memory_text, notes_of
from .hosts.claude_code.payload import HOST
from .memory import Origin, wording
from .store.database import Database
from .store.log import Log

__all__ = ["Adopted", "Adoption"]

RULE: Final = "claude-memory/1"
NOTES: Final = 200  # of one folder
READ: Final = 1024 * 1024  # bytes of its files that are read at a time
AT_ONCE: Final = 25  # notes in one write: others want to write too
_REMEMBERED: Final = 500  # notes that went, and digests of what is not wanted
_SETTLED_MS: Final = 60_000  # after the last line of a transcript its session writes nothing more
_UNTOLD_MS: Final = 24 * 3_600_000  # for how long a session that left no transcript may have written

_Stamp = tuple[int, int]  # bytes, ns


class _Kept(NamedTuple):
    """What is known of a note. whole: digest of all of it; said: of its words; memory: the id (hex) of the memory that
    says it, "" when none does."""

    file: str
    whole: str
    said: str
    memory: str


@dataclass(slots=True)
class _State:
    """What is known of a folder. seen: digest of its files' names, sizes and times when all of it was taken; notes, and
    gone (those that were forgotten with their file): by id (hex)."""

    seen: str = ""
    files: dict[str, _Stamp] = field(default_factory=dict)
    notes: dict[str, _Kept] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    unwanted: list[str] = field(default_factory=list)

    def dump(self) -> str:
        return json.dumps(
            {"seen": self.seen, "files": self.files, "notes": self.notes, "gone": self.gone[-_REMEMBERED:],
             "unwanted": self.unwanted[-_REMEMBERED:]},
        )  # fmt: skip

    @classmethod
    def load(cls, text: str | None) -> "_State":
        known: Any = json.loads(text) if text else {}
        if not isinstance(known.get("files"), dict):
            return cls()
        return cls(
            known["seen"], {name: (size, changed) for name, (size, changed) in known["files"].items()},
            {id: _Kept(*kept) for id, kept in known["notes"].items()}, known["gone"], known["unwanted"],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Adopted:
    """What is to be done for a memory folder, in one write.

    notes: new or changed, with their file and when that was written (Unix ms). gone: ids of notes that no file holds
    any more. unwanted: digests of what its owner forgot or erased. files: those read whole now. more: whether there is
    more to be done after this.
    """

    folder: str
    seen: str
    notes: Sequence[tuple[Note, str, int]]
    gone: Sequence[str]
    unwanted: Sequence[str]
    files: Mapping[str, _Stamp]
    more: bool


class Adoption:
    """Over one store."""

    def __init__(self, database: Database, log: Log) -> None:
        self._db = database
        self._log = log

    def read(self, folder: Path, project: int, now: int) -> Adopted | None:
        """What is to be taken in next from a memory folder (now: Unix ms); None when that is nothing: all is known,
        recording is paused, or the folder cannot be read. Reads only."""
        files = listed(folder)
        state = self._state(str(folder))
        if files is None or not (files or state.notes) or self._db.one("paused_at", at=now) is not None:
            return None
        seen = hashlib.blake2b(json.dumps(files).encode("utf-8", "replace"), digest_size=16).hexdigest()
        if state.seen == seen:
            return None
        spans = self._not_recorded(folder, project)
        names = {name for name, _, _ in files}
        gone = [id for id, kept in state.notes.items() if kept.file not in names]
        held = {name: [id for id, kept in state.notes.items() if kept.file == name] for name in names}
        changed = [
            (name, size, at) for name, size, at in files[:MEMORY_FILES]
            if state.files.get(name) != (size, at) and not _within(at // 1_000_000, spans)
        ]  # fmt: skip
        room = NOTES - sum(len(held[name]) for name in names - {name for name, _, _ in changed})
        found: list[tuple[Note, str, int]] = []
        read: dict[str, _Stamp] = {}
        left = READ
        for name, size, at in changed:
            if room <= 0:
                gone += held[name]
                continue
            left -= size
            text = memory_text(folder, name) if left >= 0 else None
            if text is None:
                room -= len(held[name])
                continue
            notes = notes_of(str(folder / name), text)
            new = [each for each in notes[:room] if self._differs(each, name, state)]
            found += [(each, name, at // 1_000_000) for each in new]
            if len(found) > AT_ONCE:
                break
            if len(notes) <= room:
                read[name] = (size, at)
            gone += {*held[name]} - {each.id.hex for each in notes[:room]}
            room -= len(notes)
        unwanted = [
            kept.said for kept in state.notes.values() if kept.memory and not self._log.get(UUID(kept.memory)).alive
        ]
        return Adopted(str(folder), seen, found[:AT_ONCE], gone, unwanted, read, len(found) > AT_ONCE)

    def take(self, adopted: Adopted, project: int) -> int:
        """Keep what the folder holds, forget what it no longer does; how many notes are new or changed. Inside a
        transaction."""
        state = self._state(adopted.folder)
        regretted = {
            kept.said for kept in state.notes.values()
            if kept.said in state.unwanted and kept.memory and self._log.get(UUID(kept.memory)).alive
        }  # fmt: skip
        state.unwanted = [each for each in state.unwanted if each not in regretted]
        state.unwanted += [each for each in dict.fromkeys(adopted.unwanted) if each not in state.unwanted]
        for id in adopted.gone:
            self._let_go(id, state)
        changed = sum(self._keep(note, file, at, project, state) for note, file, at in adopted.notes)
        state.files |= adopted.files
        if not adopted.more:
            state.seen = adopted.seen
            kept = {each.file for each in state.notes.values()}
            state.files = {name: stamp for name, stamp in state.files.items() if name in kept or name in adopted.files}
        self._db.run("keep_file_state", host=HOST, path=adopted.folder, state=state.dump())
        return changed

    def project_of(self, transcripts: Path) -> int | None:
        """The project of the sessions whose transcripts lie in a folder."""
        row = self._db.one("project_of_transcripts", low=f"{transcripts}/", high=f"{transcripts}0")
        return None if row is None else row[0]

    def _keep(self, note: Note, file: str, at: int, project: int, state: _State) -> bool:
        """Whether it is new or changed."""
        id, said = note.id.hex, self._said(note)
        if said in state.unwanted:
            self._let_go(id, state)
            state.notes[id] = _Kept(file, self._whole(note), said, "")
            return False
        back = id in state.gone and not self._log.get(note.id).erased
        if back:
            self._log.restore(note.id)
            state.gone.remove(id)
        why = "Claude Code wrote it into its memory folder"
        try:
            kept = self._log.remember(replace(note.draft, origin=Origin(RULE, 1.0, why, at)), project, id=note.id)
        except Refused:  # nothing is left of it without what is private
            self._let_go(id, state)
            state.notes[id] = _Kept(file, self._whole(note), said, "")
            return False
        state.notes[id] = _Kept(file, self._whole(note), said, kept.memory.id.hex)
        if not kept.memory.alive:  # its owner forgot or erased it
            state.unwanted.append(said)
        return back or kept.change is not None

    def _let_go(self, id: str, state: _State) -> None:
        """Forget a note that its file no longer holds, unless another one says the same or somebody said it before."""
        kept = state.notes.pop(id, None)
        if kept is None or kept.memory != id or any(other.memory == id for other in state.notes.values()):
            return
        if self._log.get(UUID(id)).alive:
            self._log.forget(UUID(id))
            state.gone.append(id)

    def _differs(self, note: Note, file: str, state: _State) -> bool:
        kept = state.notes.get(note.id.hex)
        return kept is None or (kept.file, kept.whole) != (file, self._whole(note))

    def _whole(self, note: Note) -> str:
        draft = note.draft
        parts = (draft.body, draft.title or "", draft.kind, draft.label or "")
        return self._digest("\0".join(parts))

    def _said(self, note: Note) -> str:
        return self._digest(wording("", note.draft.body).exact)

    def _digest(self, text: str) -> str:
        return self._db.digest(b"claude-code memory", text.encode("utf-8", "replace")).hex()

    def _not_recorded(self, folder: Path, project: int) -> list[tuple[int, int | None]]:
        """When recording was paused, or a session ran here that is not recorded: from, until (Unix ms)."""
        spans: list[tuple[int, int | None]] = [(began, until) for began, until in self._db.all("pauses")]
        family = json.dumps(self._log.family(project))
        for name, started, heard in self._db.all("ignored_sessions", family=family):
            try:
                last = int((folder.parent / f"{name}.jsonl").stat().st_mtime * 1000) + _SETTLED_MS
            except (OSError, ValueError):
                last = started + _UNTOLD_MS
            spans.append((started, max(last, heard)))
        return spans

    def _state(self, folder: str) -> _State:
        row = self._db.one("file_by_path", path=folder)
        return _State.load(None if row is None else row[6])


def _within(at: int, spans: Iterable[tuple[int, int | None]]) -> bool:
    return any(began <= at and (until is None or at <= until) for began, until in spans)
