"""Taking drafts into the journal: each event once, whatever the order, the source and the repetition.

A draft is recognised by any of its keys, else (`join`) by being the one event of that session and kind which the
other source told of and this one has not. What is known gains a sighting, new keys and what was missing; nothing
that is there is ever replaced.
"""

import itertools
import time
from collections.abc import Iterable, Sequence

from ..clock import now_ms
from ..store.database import Database, Row
from .events import Draft, Hook, SessionFacts
from .policy import read_policy
from .projects import Identity, identify
from .registry import Projects
from .storable import storable
from .taking import Session, Taken, Taking

__all__ = ["Journal", "Looked"]

_LOOK_AGAIN = 60.0  # seconds after which a folder is looked at anew: it may have become a repository

Looked = dict[tuple[str, str | None, str | None], tuple[float, Identity]]  # (cwd, name, project folder) -> when, what


class Journal:
    """The journal of one store. Call its methods inside a transaction of the caller's."""

    def __init__(self, database: Database, looked: Looked | None = None) -> None:
        """looked: what another journal of the same process knows of folders."""
        self._db = database
        self.projects = Projects(database)
        self.latest: tuple[int, int] | None = None  # the event that was stored last, and when (Unix ms)
        self.looked: Looked = {} if looked is None else looked

    def identity(self, cwd: str, *, named: str | None = None, project_dir: str | None = None) -> Identity:
        """Which code base a folder belongs to; what was looked at within the last minute is remembered."""
        key = (cwd, named, project_dir)
        known = self.looked.get(key)
        now = time.monotonic()
        if known is None or now - known[0] > _LOOK_AGAIN:
            if len(self.looked) > 1_000:
                self.looked.clear()
            known = self.looked[key] = (now, identify(cwd, named=named, project_dir=project_dir))
        return known[1]

    def knows(self, facts: SessionFacts) -> bool:
        """Whether `place` answers without looking at the disk."""
        known = self.looked.get((facts.cwd or "", facts.named, facts.project_dir))
        return known is not None and time.monotonic() - known[0] < _LOOK_AGAIN

    def place(self, facts: SessionFacts) -> Identity | None:
        """Where a session works; None when nobody says."""
        if not facts.cwd and not facts.named:
            return None
        return self.identity(facts.cwd or "", named=facts.named, project_dir=facts.project_dir)

    def session(self, facts: SessionFacts) -> Session:
        """The session, made when unknown; what the facts add is noted."""
        identity = self.place(facts)  # by the names as they are; what is stored of them is guarded
        facts = storable(facts)
        row = self._db.one("session_by_name", host=facts.host, name=facts.name)
        project, worktree = None, None
        if identity is not None and (row is None or row[1] is None):
            project = self.projects.known(identity, facts.at)
            worktree = identity.worktree
        if row is None:
            self._db.run(
                "insert_session", host=facts.host, name=facts.name, project=project, worktree=worktree,
                cwd=facts.cwd, attended=facts.attended, host_version=facts.version, branch=facts.branch, at=facts.at,
            )  # fmt: skip
            row = self._db.one("session_by_name", host=facts.host, name=facts.name)
            assert row is not None
        project = self._note(row, facts, project, worktree)
        policy = read_policy(identity.checkout.root) if identity and identity.checkout else None
        owner = self._db.one("project_row", id=project) if project is not None else None
        wanted = not row[11] and not (owner is not None and owner[4])
        return Session(
            int(row[0]), project, wanted and (policy is None or policy.capture),
            wanted and (policy is None or policy.inject), policy,
        )  # fmt: skip

    def _note(self, row: Row, facts: SessionFacts, found: int | None, found_worktree: str | None) -> int | None:
        number, project, cwd, attended, version, branch, started, heard, ended, reason, worktree, _ = row
        last = facts.last or facts.at
        ends = facts.ended is not None and facts.at >= (ended or 0)
        revived = facts.alive and ended is not None and facts.at > ended
        values = {
            "project": found if project is None else self.projects.final(project),
            "cwd": cwd or facts.cwd,
            "attended": facts.attended if attended is None else attended,
            "host_version": facts.version or version,
            "branch": facts.branch or branch,
            "started": min(started, facts.at),
            "heard": max(heard, last),
            "ended": facts.at if ends else None if revived else ended,
            "end_reason": facts.ended if ends else None if revived else reason,
            "worktree": worktree or found_worktree,
        }
        before = (project, cwd, attended, version, branch, started, heard, ended, reason, worktree)
        if tuple(values.values()) != before:
            self._db.run("update_session", id=number, **values)
        if values["project"] is not None:
            self._db.run("project_heard", id=values["project"], at=last)
        kept: int | None = values["project"]
        return kept

    def ignore(self, session: Session) -> None:
        """Record nothing of a session from now on, from whatever source."""
        self._db.run("ignore_session", id=session.number)

    def paused(self, at: int) -> bool:
        """Whether recording was paused at that time (Unix ms)."""
        return self._db.one("paused_at", at=at) is not None

    def take(self, session: Session, drafts: Iterable[Draft]) -> list[Taken]:
        """Take the drafts of one session, in order; what is not to be recorded is left out."""
        if not session.recorded:
            return []
        pauses = self._db.all("pauses")
        if pauses:
            drafts = [draft for draft in drafts if not _within(draft.at, pauses)]
        taken: list[Taken] = []
        for _, told in itertools.groupby(drafts, lambda draft: isinstance(draft.seen, Hook)):
            taken += Taking(self._db, session).take(told)
        stored = max((each.event for each in taken if each.new), default=None)
        if stored is not None:
            self.latest = stored, now_ms()
        return taken


def _within(at: int, pauses: Sequence[Row]) -> bool:
    return any(began <= at and (until is None or at < until) for began, until in pauses)
