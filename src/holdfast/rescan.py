"""What was stored before a rule was there, looked through by today's rules: secrets are sealed and taken out."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from .errors import UsageError
from .guard import redact, safe_name
from .memory import SENSITIVE, Draft, kept
from .safe import Safe, hide
from .store.database import Database
from .store.log import Log

__all__ = ["Rescan", "Scanned"]

_STAGES: Final = ("memories", "relations", "events", "packs", "projects", "sessions")
_STEP_SECONDS: Final = 0.015  # one call: nobody else writes meanwhile
_MANY: Final = 200  # looked at in one call


@dataclass(slots=True)
class Scanned:
    """What one step looked at. memories: numbers of those that hold secrets in clear; sealed: how many were sealed;
    relations, events, packs, projects, sessions: how many of them hold some.

    next: where to go on; None at the end. total: how many there are to look at, said by the first step.
    """

    looked: int = 0
    total: int | None = None
    memories: list[int] = field(default_factory=list)
    sealed: int = 0
    relations: int = 0
    events: int = 0
    packs: int = 0
    projects: int = 0
    sessions: int = 0
    next: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Rescan:
    """Goes through a store in small steps."""

    def __init__(
        self, database: Database, log: Log, safe: Safe, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._db, self._log, self._safe, self._clock = database, log, safe, clock
        self._redaction = log.redaction(redact)

    def step(self, after: str | None, *, apply: bool, actor: str, at: int) -> Scanned:
        """Look at some more, after what `next` of the step before said. Makes its own transactions.

        Raises UsageError, and Refused when there is something to seal and no key for it.
        """
        stage, last = _place(after)
        done = Scanned()
        if after is None:
            row = self._db.one("redact_count")
            done.total = 0 if row is None else int(row[0])
        began = self._clock()
        rows = self._db.all(f"redact_{_STAGES[stage]}_after", after=last, limit=_MANY)
        for (number,) in rows:
            if apply:
                with self._db.transaction():
                    self._look(done, stage, number, apply=True, actor=actor, at=at)
            else:
                self._look(done, stage, number, apply=False, actor=actor, at=at)
            done.looked += 1
            last = number
            if self._clock() - began >= _STEP_SECONDS:
                break
        if done.looked < len(rows) or len(rows) == _MANY:
            done.next = f"{_STAGES[stage]}:{last}"
        elif stage + 1 < len(_STAGES):
            done.next = f"{_STAGES[stage + 1]}:0"
        elif apply:
            self._db.one("empty_the_wal")
        return done

    def _look(self, done: Scanned, stage: int, number: int, *, apply: bool, actor: str, at: int) -> None:
        if stage == 0:
            self._memory(done, number, apply=apply, actor=actor, at=at)
        elif stage == 1:
            done.relations += self._relation(number, apply=apply)
        elif stage == 2:
            done.events += self._redaction.event(number, apply=apply)
        elif stage == 3:
            done.packs += self._redaction.pack(number, apply=apply)
        elif stage == 4:
            done.projects += self._project(number, apply=apply)
        else:
            done.sessions += self._redaction.session(number, safe_name, apply=apply)

    def _memory(self, done: Scanned, number: int, *, apply: bool, actor: str, at: int) -> None:
        memory = self._log.get(number)
        found = self._redaction.memory(memory.id)
        if found is None:
            return
        done.memories.append(number)
        done.sealed += found.held is not None
        if not apply:
            return
        text = found.state.writes.get("text")
        body = redact(kept(text.body or "")) if text is not None else ""
        if found.held is None:
            self._redaction.take_out(found, sealed=None, revised=memory.revised, body=body)
            return
        hidden = hide(Draft(body=found.held), sensitive=False, seal=True)
        if hidden.draft.body == SENSITIVE:
            body = SENSITIVE
        self._redaction.take_out(found, sealed=hidden.draft.sealed, revised=memory.revised, body=body)
        if hidden.original is not None:
            self._safe.keep(found.entity, hidden, actor=actor, at=at)

    def _relation(self, number: int, *, apply: bool) -> bool:
        found = self._redaction.relation(number)
        if found is not None and apply:
            self._redaction.take_out_of_relation(found)
        return found is not None

    def _project(self, number: int, *, apply: bool) -> bool:
        found = self._redaction.project(number)
        if found is not None and apply:
            self._redaction.take_out_of_project(found)
        return self._redaction.label(number, apply=apply) or found is not None


def _place(after: str | None) -> tuple[int, int]:
    if after is None:
        return 0, 0
    stage, _, number = after.partition(":")
    if stage not in _STAGES or not number.isdigit() or len(number) > 18:
        raise UsageError("that is no place to go on from", fix="give what `next` said, or nothing to begin")
    return _STAGES.index(stage), int(number)
