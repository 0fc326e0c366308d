"""What a hook or a transcript tells → the journal → memories drawn from it → what the session is given.

`understand` and `look` only compute, and look at folders; the rest runs in the writer, inside its transaction.
"""

import itertools
import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .clock import now_ms
from .distill.standing import RULE, standing_instructions
from .edge.frame import Frame
from .hosts.claude_code.payload import HOST, Heard, hear
from .ids import derived
from .journal.events import SessionFacts
from .journal.ingest import Journal, Session, Taken
from .journal.tail import Batch, Tails
from .memory import Draft, Evidence
from .recall.delivery import Deliveries
from .recall.pack import Item, Pack, assemble
from .settings import Settings
from .store.database import Database
from .store.log import Log

__all__ = ["IGNORED", "Answer", "Capture", "Told"]

_logger = logging.getLogger("holdfast.capture")
IGNORED = "Ignored"  # what the hook client says of a process that is not to be recorded


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hook prints, and the transcripts that may tell more."""

    body: bytes = b""
    transcripts: tuple[str, ...] = ()
    final: bool = False  # the session's last word: read its transcript to the end
    problems: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Told:
    """What a hook call was understood to say; without `heard` there is nothing to keep of it."""

    heard: Heard | None = None
    event: str = ""
    source: str | None = None
    ignored: bool = False
    problem: str = ""


class Capture:
    """Takes in what hosts tell, for one store."""

    def __init__(self, database: Database, log: Log, settings: Settings) -> None:
        self._db = database
        self._log = log
        self._settings = settings
        self._kept = frozenset(settings.words("capture.tools"))
        self.journal = Journal(database)
        self.tails = Tails(database)
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

    def hook(self, told: Told, *, answered: bool) -> Answer:
        """Take one hook call. answered: whether its sender still waits for an answer (a spooled copy does not)."""
        heard = told.heard
        if heard is None:
            return Answer(problems=(told.problem,) if told.problem else ())
        session = self.journal.session(heard.facts)
        if told.ignored:
            self.journal.ignore(session)
            return Answer()
        taken = self.journal.take(session, heard.drafts)
        self._draw(session, taken)
        body = b""
        if answered and told.event == "SessionStart" and any(each.new for each in taken) and session.given:
            body = self._session_start(session, heard, told.source, taken)
        paths = [path for path in (heard.transcript, heard.agent_transcript) if path]
        final = told.event in ("SessionEnd", "Stop", "SubagentStop")
        return Answer(body, tuple(paths), final)  # of a session that is not recorded, the transcript is read past

    def batch(self, batch: Batch) -> int:
        """Take what was read of a transcript; how many events were new. 0 when somebody else has read on."""
        if not self.tails.current(batch):
            return 0
        sessions: dict[str, Session] = {facts.name: self.journal.session(facts) for facts in batch.facts}
        new = 0
        for name, drafts in itertools.groupby(batch.drafts, key=lambda draft: draft.session):
            taken = self.journal.take(sessions[name], drafts)
            self._draw(sessions[name], taken)
            new += sum(each.new for each in taken)
        self.tails.moved(batch)
        now = now_ms()
        self._deliveries.received(batch.receipts, {name: each.number for name, each in sessions.items()}, now)
        if batch.position.read_to == batch.size:
            for session in sessions.values():
                self._deliveries.missed(session.number, now)
        return new

    def pack(self, session: str, project: int | None) -> Pack | None:
        """What a session of that project would be given at its start."""
        budget = self._settings.number("inject.tokens_session_start")
        return assemble(self.items(project), secret=self._db.secret, session=session, budget=budget)

    def items(self, project: int | None) -> list[Item]:
        """The notes that a session of that project may be given, first those that come first."""
        family = [] if project is None else self._log.family(project)
        first = self._db.all("pack_first", family=json.dumps(family))
        recent = self._db.all("pack_personal")
        for each in family:
            recent += self._db.all("pack_recent", project=each)
        latest = sorted(set(recent), key=lambda row: (row[6], row[0]), reverse=True)
        return [Item(*row) for row in [*first, *latest]]

    def _session_start(self, session: Session, heard: Heard, source: Any, taken: Sequence[Taken]) -> bytes:
        if not self._settings["inject.session_start"] or self.journal.paused(heard.facts.at):
            return b""
        if source == "resume":
            # Equal bytes are dropped by the host; anything else would be told twice.
            return _context(self._deliveries.again(session.number, self.items(session.project)))
        pack = self.pack(heard.facts.name, session.project)
        if pack is None:
            return b""
        given = self._deliveries.give(
            session.number, pack, place="compact" if source == "compact" else "session-start",
            prompt=heard.prompt, at=heard.facts.at, answers=f"start:{taken[0].event}",
        )  # fmt: skip
        return _context(pack.text) if given else b""

    def _draw(self, session: Session, taken: Sequence[Taken]) -> None:
        """Standing instructions out of what its owner typed."""
        for each in taken:
            draft = each.draft
            if (
                session.project is None
                or not each.new
                or draft.kind != "prompt"
                or draft.trust != "owner"
                or not draft.text
            ):
                continue
            for nth, said in enumerate(standing_instructions(draft.text)):
                name = derived("drawn", RULE, draft.session, draft.text, str(nth))
                self._log.remember(
                    Draft(
                        body=said, kind="preference", standing=True, trust="owner",
                        evidence=(Evidence(event=each.event, quote=said),),
                    ),
                    project=session.project, id=name,
                )  # fmt: skip


def _context(text: str | None) -> bytes:
    if not text:
        return b""
    output = {"hookSpecificOutput": {"hookEventName": "SessionStart", "additionalContext": text}}
    return json.dumps(output, ensure_ascii=False).encode("utf-8", "replace")
