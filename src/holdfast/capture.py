"""What a hook or a transcript tells → the journal → what the session is given.

`understand` and `look` only compute, and look at folders; `plan` reads; the rest runs in the writer, inside its
transaction.
"""

import itertools
import json
import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .adopting import Adoption
from .clock import now_ms
from .drawing import Drawing
from .edge.frame import Frame
from .giving import NUDGE_SETTING, SETTING, Asker, Giving
from .guard import one_line
from .hosts.claude_code.payload import HOST, Heard, hear
from .journal.events import SessionFacts
from .journal.ingest import Journal, Looked
from .journal.tail import Batch, Tails
from .journal.taking import Session, Taken
from .recall.delivery import Deliveries
from .recall.pack import Pack
from .settings import Settings
from .store.database import Database
from .store.log import Log
from .store.log_erasure import erasures

__all__ = ["IGNORED", "Answer", "Capture", "Plan", "Told"]

_logger = logging.getLogger("holdfast.capture")
IGNORED = "Ignored"  # what the hook client says of a process that is not to be recorded


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hook prints, and the transcripts that may tell more."""

    body: bytes = b""
    transcripts: tuple[str, ...] = ()
    final: bool = False  # the last word of a turn or session: read its transcript to the end
    session: int | None = None
    project: int | None = None  # of a session that is recorded
    first: bool = False  # the session begins, or goes on
    over: bool = False  # the session has ended
    problems: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Told:
    """What a hook call was understood to say; without `heard` there is nothing to keep of it."""

    heard: Heard | None = None
    event: str = ""
    source: str | None = None
    ignored: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a hook is to print: the text for the model, the packs in it (none: one given before), and a message for
    the person. erasures: in the store, before anything of it was read."""

    text: str
    packs: tuple[Pack, ...] = ()
    message: str = ""
    erasures: int = 0


class Capture:
    """Takes in what hosts tell, for one store."""

    def __init__(self, database: Database, log: Log, settings: Settings, looked: Looked | None = None) -> None:
        self._db = database
        self._settings = settings
        self._kept = frozenset(settings.words("capture.tools"))
        self.journal = Journal(database, looked)
        self.tails = Tails(database)
        self.drawing = Drawing(database, log)
        self.adoption = Adoption(database, log)
        self.giving = Giving(database, log, settings)
        self._deliveries = Deliveries(database)

    def understand(self, frame: Frame) -> Told:
        """What one hook call tells, guarded; touches no store."""
        try:
            payload = json.loads(frame.body.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            return Told(problem="a payload was not JSON")
        if frame.host != HOST or not isinstance(payload, dict):
            return Told(problem=f"a payload of {frame.host or 'nobody'} was not understood")
        ignored = frame.event == IGNORED
        event = "SessionStart" if ignored else frame.event
        heard = hear(event, payload, frame, self._kept)
        source = payload.get("source")
        return Told(heard, event, source if isinstance(source, str) else None, ignored)

    def look(self, facts: Iterable[SessionFacts]) -> None:
        """Look at the folders that sessions work in, so that nobody asks git inside a transaction."""
        for each in facts:
            self.journal.place(each)

    def understand_and_look(self, frame: Frame) -> Told:
        """Both, for what may take longer."""
        told = self.understand(frame)
        if told.heard is not None:
            self.look([told.heard.facts])
        return told

    def hook(self, told: Told, plan: Plan | None = None) -> Answer:
        """Take one hook call, and answer it as planned (a spooled copy is not answered)."""
        heard = told.heard
        if heard is None:
            return Answer(problems=(told.problem,) if told.problem else ())
        session = self.journal.session(heard.facts)
        if told.ignored:
            self.journal.ignore(session)
            return Answer()
        taken = self.journal.take(session, heard.drafts)
        self._draw_asked(session, taken)
        body = b""
        if plan is not None and any(each.new for each in taken):
            body = self._give(session, heard, told.event, plan, taken[0].event)
        named = (heard.transcript, heard.agent_transcript)
        paths = [os.path.realpath(path) for path in named if path and "\0" not in path]
        for path in paths:
            if path.endswith(".jsonl"):  # who comes up later knows by it where to read on
                self.tails.position(HOST, Path(path))
        final = told.event in ("SessionEnd", "Stop", "SubagentStop")
        # Of a session that is not recorded, the transcript is read past.
        project = session.project if session.recorded else None
        return Answer(
            body, tuple(paths), final, session.number, project,
            first=told.event == "SessionStart", over=told.event == "SessionEnd",
        )  # fmt: skip

    def giving_up(self, at: int) -> None:
        """Wait no longer for receipts that no transcript can show any more (at: Unix ms)."""
        self._deliveries.unseen(at)

    def batch(self, batch: Batch) -> int:
        """Take what was read of a transcript; how many events were new. 0 when somebody else has read on."""
        if not self.tails.current(batch):
            return 0
        sessions: dict[str, Session] = {facts.name: self.journal.session(facts) for facts in batch.facts}
        new = 0
        for name, drafts in itertools.groupby(batch.drafts, key=lambda draft: draft.session):
            new += sum(each.new for each in self.journal.take(sessions[name], drafts))
        self.tails.moved(batch)
        now = now_ms()
        numbers = {name: each.number for name, each in sessions.items()}
        self._deliveries.received(batch.receipts, numbers, batch.position.file, now)
        if batch.position.read_to == batch.size:
            self._deliveries.missed(batch.position.file, now)
        return new

    # -- giving --

    def asker(self, facts: SessionFacts) -> Asker:
        """Who asks, as far as the store knows."""
        row = self._db.one("session_by_name", host=facts.host, name=facts.name)
        identity = self.journal.place(facts)
        project = None if row is None else row[1]
        worktree = None if row is None else row[10]
        if project is None and identity is not None:
            project = self.journal.projects.find(identity)
            worktree = identity.worktree
        elif project is not None:
            project = self.journal.projects.final(project)
        folder = identity.folder if identity is not None else None
        number, attended = None if row is None else int(row[0]), facts.attended is not False
        return Asker(facts.name, number, project, worktree, facts.at, folder, attended)

    def plan(self, told: Told, until: float | None = None) -> Plan | None:
        """What to give for a hook call; None when nothing. Reads only, so that recall holds up no writer.

        until: when (of time.monotonic) what costs much is left out of what a session begins with.
        """
        heard = told.heard
        if heard is None or told.ignored or not self._wanted(told):
            return None
        before = erasures(self._db)
        plan = self._to_give(told, heard, until)
        return None if plan is None else replace(plan, erasures=before)

    def _to_give(self, told: Told, heard: Heard, until: float | None) -> Plan | None:
        if told.event == "UserPromptSubmit":
            asked = next((draft.text for draft in heard.drafts if draft.kind == "prompt" and draft.text), None)
            return None if asked is None else self._plan_for(asked, self.asker(heard.facts), until)
        if told.source in ("resume", "fork"):
            again = self.giving.again(self.asker(heard.facts))  # anything but equal bytes would be told twice
            return Plan(again) if again else None
        who = self.asker(heard.facts)
        compacted = told.source == "compact"
        return _planned(self.giving.after_compaction(who, until) if compacted else self.giving.at_start(who, until))

    def _plan_for(self, prompt: str, who: Asker, until: float | None) -> Plan | None:
        """The notes that matter for a prompt; before them what the session should have begun with, if it did not, and
        behind them, when it is due, the word that nothing is saved yet."""
        first = self.giving.belated(who, until)
        notes = self.giving.for_prompt(who, prompt, beside=first) if self._settings[SETTING["prompt"]] else None
        nudge = self.giving.nudge(who) if self._settings[NUDGE_SETTING] else None
        return _planned(*(pack for pack in (first, notes, nudge) if pack is not None))

    def _wanted(self, told: Told) -> bool:
        if told.event == "UserPromptSubmit":
            return any(self._settings[each] for each in (*SETTING.values(), NUDGE_SETTING))
        place = "compact" if told.source == "compact" else "session-start"
        return told.event == "SessionStart" and bool(self._settings[SETTING[place]])

    def _give(self, session: Session, heard: Heard, event: str, plan: Plan, answers: int) -> bytes:
        """The bytes for the hook to print, once it is noted that they are sent."""
        if not session.given or self.journal.paused(heard.facts.at) or plan.erasures != erasures(self._db):
            return b""
        for nth, pack in enumerate(plan.packs):
            answer = f"{event}:{answers}:{pack.place}" if nth else f"{event}:{answers}"
            if not self._deliveries.give(
                session.number, pack, prompt=heard.prompt, at=heard.facts.at, answers=answer
            ):  # fmt: skip
                return b""
        output: dict[str, Any] = {"hookSpecificOutput": {"hookEventName": event, "additionalContext": plan.text}}
        if plan.message:
            output["systemMessage"] = plan.message
        return json.dumps(output, ensure_ascii=False).encode("utf-8", "replace")

    # -- drawing --

    def _draw_asked(self, session: Session, taken: Sequence[Taken]) -> None:
        """What a person asked for is kept at once; the rest is drawn when the turn is over."""
        if session.project is None:
            return
        for each in taken:
            if each.new and each.draft.kind == "prompt" and each.draft.trust == "owner":
                drawn = self.drawing.of_prompt(session.number, each.event)
                self.drawing.keep(session.number, session.project, drawn)


def _planned(*packs: Pack) -> Plan | None:
    packs = tuple(pack for pack in packs if pack.text)
    if not packs:
        return None
    new = [item for pack in packs for item in pack.items if item.why == "new"]
    message = ""
    if new:
        told = "; ".join(f"“{one_line(item.body, 100)}” (take it back: holdfast forget {item.ref})" for item in new)
        message = f"holdfast keeps, from what you typed: {told}"
    return Plan("\n".join(pack.text for pack in packs), packs, message)
