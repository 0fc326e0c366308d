"""A store with its capture, told things by hooks and given answers, in this process."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from holdfast.capture import Answer, Capture
from holdfast.clock import Clock
from holdfast.edge.frame import Frame
from holdfast.guard import clean
from holdfast.hosts.claude_code.transcript import Reader
from holdfast.journal.tail import next_batch
from holdfast.memory import Draft
from holdfast.settings import Settings
from holdfast.store.database import Database
from holdfast.store.log import Log

__all__ = ["World"]


class World:
    """A store with its capture, told things by hooks. What it gives are notes alone, without the Memory Protocol,
    unless `environment` (settings by their variables) says otherwise."""

    def __init__(self, folder: Path, **environment: str) -> None:
        environment = {"HOLDFAST_INJECT_PROTOCOL": "0", **environment}
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.database = Database(folder / "holdfast.db")
        self.nth = 0  # calls of hooks; each is a minute later than the one before
        self.log = Log(self.database, Clock(wall=lambda: self.now), lambda text: clean(text, written=True))
        self.capture = Capture(self.database, self.log, Settings.load(folder / "config.toml", environment))
        self.entry = "cli"  # how the host was started: cli, sdk-cli

    @property
    def now(self) -> int:
        """Unix ms."""
        return 1_800_000_000_000 + self.nth * 60_000

    def tell(self, event: str, session: str = "s", **fields: Any) -> str:
        """What the session is given for it."""
        body = self.told(event, session, **fields).body
        return json.loads(body)["hookSpecificOutput"]["additionalContext"] if body else ""

    def told(
        self, event: str, session: str = "s", *, meanwhile: Callable[[], object] = lambda: None, **fields: Any
    ) -> Answer:
        """meanwhile: what somebody else does after it was found what to give, and before that is written."""
        self.nth += 1
        payload = {"session_id": session, "hook_event_name": event, "cwd": str(self.folder), **fields}
        frame = Frame(
            "claude-code", event, f"{self.nth:016x}", self.now, str(self.folder), "0",
            {"CLAUDE_CODE_ENTRYPOINT": self.entry}, json.dumps(payload).encode(),
        )  # fmt: skip
        told = self.capture.understand(frame)
        plan = self.capture.plan(told)
        meanwhile()
        with self.database.transaction():
            return self.capture.hook(told, plan)

    def wait(self, *, minutes: int) -> None:
        """Let time pass."""
        self.nth += minutes

    def read(self, transcript: Path) -> None:
        """Read a transcript to its end."""
        while True:
            with self.database.transaction():
                position = self.capture.tails.position("claude-code", transcript)
            batch = next_batch(transcript, position, lambda state: Reader.resumed(frozenset(), state))
            if batch.finished:
                return
            with self.database.transaction():
                self.capture.batch(batch)

    def said(self) -> list[str]:
        """The replies in the journal."""
        rows = self.database.connection.execute(
            "SELECT texts.body FROM events JOIN texts ON texts.id = events.text WHERE kind = 'reply' ORDER BY events.id"
        )
        return [str(row[0]) for row in rows]

    def remember(self, body: str, **fields: Any) -> int:
        self.tell("Stop")  # makes the session's project known
        project = self.database.value("SELECT max(id) FROM projects")
        return self.log.remember(Draft(body=body, **fields), project).memory.number

    def draw(self, session: str = "s", now: int = 1 << 50) -> list[str]:
        """Let the rules look at a session; the titles of the memories that are there then, the oldest first."""
        number = self.database.value("SELECT id FROM sessions WHERE name = ?", (session,))
        while (work := self.capture.drawing.work(number, now=now)) is not None:
            with self.database.transaction():
                self.capture.drawing.keep(work.session, work.project, work.draw(), work.upto)
        rows = self.database.connection.execute("SELECT title FROM memories WHERE alive ORDER BY id")
        return [str(row[0]) for row in rows]
