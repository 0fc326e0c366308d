"""Recorded sessions, told to a store again: hooks and transcripts in any order, and what its journal then holds."""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from holdfast.capture import Answer, Capture
from holdfast.clock import Clock
from holdfast.edge.frame import Frame
from holdfast.hosts.claude_code import history
from holdfast.hosts.claude_code.payload import HOST
from holdfast.hosts.claude_code.transcript import Reader
from holdfast.journal.tail import next_batch
from holdfast.settings import Settings
from holdfast.store.database import Database
from holdfast.store.log import Log

FOLDER = Path(__file__).parent / "claude-code"
Canonical = Counter[tuple[str | None, ...]]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a hook: when it came (Unix ms), what it was told, and where."""

    at: int
    event: str
    payload: Mapping[str, Any]
    environment: Mapping[str, str]

    @property
    def body(self) -> bytes:
        return json.dumps(self.payload, ensure_ascii=False).encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Recording:
    """What one scenario left behind; `transcripts` are in the order in which an import reads them."""

    name: str
    calls: tuple[Call, ...] = field(repr=False)
    transcripts: tuple[Path, ...] = field(repr=False)

    def before(self, path: Path) -> list[Path]:
        """The transcripts of which this one holds copies, and that must be read first: it is a fork of theirs."""
        mine = _uuids(path)
        earlier = self.transcripts[: self.transcripts.index(path)]
        return [each for each in earlier if mine & _uuids(each)]

    def sessions(self) -> set[str]:
        return {str(call.payload["session_id"]) for call in self.calls}


@functools.cache
def names() -> tuple[str, ...]:
    """`version/scenario` of every recording, and `demo`."""
    return tuple(sorted(str(path.parent.relative_to(FOLDER)) for path in FOLDER.rglob("hooks.jsonl")))


@functools.cache
def recording(name: str) -> Recording:
    """The recording of that name."""
    calls = []
    for line in (FOLDER / name / "hooks.jsonl").read_text("utf-8").splitlines():
        shape = json.loads(line)
        calls.append(Call(shape["at"], shape["event"], shape["payload"], shape.get("env") or {}))
    files = history.files_of(
        files=list((FOLDER / name / "transcripts").rglob("*.jsonl")), folder=None, every=False, after=0.0
    )
    return Recording(name, tuple(calls), tuple(files))


@functools.cache
def _uuids(path: Path) -> frozenset[str]:
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return frozenset(line["uuid"] for line in lines if line.get("uuid"))


class World:
    """A store of its own, and the code that fills it."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.file = folder / "holdfast.db"
        self._settings = Settings.load(folder / "config.toml", settings or {})
        self.kept = frozenset(self._settings.words("capture.tools"))
        self.open()

    def open(self) -> None:
        self.database = Database(self.file)
        self.database.connection.execute("PRAGMA synchronous = OFF")  # nobody pulls the plug here
        self.log = Log(self.database, Clock(), lambda text: text)
        self.capture = Capture(self.database, self.log, self._settings)

    def close(self) -> None:
        self.database.close()

    def hear(
        self,
        call: Call,
        nonce: str,
        *,
        later: int = 0,
        answered: bool = False,
        shrink: Callable[[bytes], bytes] = bytes,
    ) -> Answer:
        """Take one hook call under that nonce, `later` ms after it was recorded."""
        frame = Frame(
            HOST, call.event, nonce, call.at + later, str(call.payload.get("cwd") or ""), "1", call.environment,
            shrink(call.body),
        )  # fmt: skip
        told = self.capture.understand_and_look(frame)
        plan = self.capture.plan(told) if answered else None
        with self.database.transaction():
            return self.capture.hook(told, plan)

    def draw(self, session: str, *, now: int = 1 << 50) -> int:
        """Let the rules look at a session; how many memories were new."""
        number, new = self.database.value("SELECT id FROM sessions WHERE name = ?", (session,)), 0
        while (work := self.capture.drawing.work(number, now=now)) is not None:
            with self.database.transaction():
                new += len(self.capture.drawing.keep(work.session, work.project, work.draw(), work.upto))
        return new

    def read(self, path: Path, chunk: int = 4096) -> bool:
        """Read on in a transcript; False when nothing but (at most) a half line is left."""
        with self.database.transaction():
            position = self.capture.tails.position(HOST, path)
        batch = next_batch(path, position, lambda state: Reader.resumed(self.kept, state), chunk=chunk)
        with self.database.transaction():
            self.capture.batch(batch)
        return not batch.finished

    def read_to_end(self, path: Path, chunk: int = 4096) -> None:
        while self.read(path, chunk):
            pass

    def forget_positions(self) -> None:
        """As if no transcript had been read yet."""
        with self.database.transaction():
            self.database.connection.execute("UPDATE files SET read_to = 0, state = NULL")

    def canonical(self, *, where: str = "1", boundaries: bool = False, prompts: bool = True) -> Canonical:
        """The journal, without what depends on who told it first.

        The multiset of (session, kind, agent, tool, status, input, text, trust, prompt) of the events that satisfy
        `where`; without the boundaries, of which transcripts say nothing, unless they are wanted.
        """
        rows = self.database.connection.execute(
            "SELECT s.name, e.kind, e.agent, e.tool, e.status, i.body, t.body, e.trust, e.prompt FROM events e"
            " JOIN sessions s ON s.id = e.session"
            " LEFT JOIN texts i ON i.id = e.input LEFT JOIN texts t ON t.id = e.text WHERE " + where
        )
        kept = (row for row in rows if boundaries or row[1] not in ("start", "end"))
        return Counter(row if prompts else row[:-1] for row in kept)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return list(self.database.connection.execute(sql, values))


HEARD = "EXISTS (SELECT 1 FROM sightings x WHERE x.event = e.id AND x.file = 0)"  # events that a hook told of
READ = "EXISTS (SELECT 1 FROM sightings x WHERE x.event = e.id AND x.file > 0)"  # … that a transcript told of
