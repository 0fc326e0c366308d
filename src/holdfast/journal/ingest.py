"""Taking drafts into the journal: each event once, whatever the order, the source and the repetition.

A draft is recognised by any of its keys, else (`join`) by being the one event of that session and kind which the
other source told of and this one has not. What is known gains a sighting, new keys and what was missing; nothing
that is there is ever replaced.
"""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from ..clock import now_ms
from ..guard import clean, safe_name
from ..store.database import Database, Row
from ..store.terms import terms_of
from .events import SEARCHED, Draft, Hook, SessionFacts
from .policy import Policy, read_policy
from .projects import Identity, identify
from .registry import Projects

__all__ = ["Journal", "Looked", "Session", "Taken"]

_LOOK_AGAIN = 60.0  # seconds after which a folder is looked at anew: it may have become a repository
_WINDOW = 10 * 60_000  # ms between what a hook and a transcript tell of the same thing
_WINDOW_QUEUED = 6 * 3_600_000  # a prompt typed while the agent works can wait for a whole turn


Looked = dict[tuple[str, str | None, str | None], tuple[float, Identity]]  # (cwd, name, project folder) -> when, what


@dataclass(frozen=True, slots=True)
class Session:
    """A session of the store, and what its owner and its repository allow."""

    number: int
    project: int | None
    recorded: bool
    given: bool
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one draft: its event, and whether it was new."""

    event: int
    new: bool
    draft: Draft


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
        facts = _storable(facts)
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
        return [
            self._take(session, draft)
            for draft in drafts
            if not any(began <= draft.at and (until is None or draft.at < until) for began, until in pauses)
        ]

    @staticmethod
    def _reduced(session: Session, draft: Draft, detail: Mapping[str, Any]) -> Draft:
        """Without the contents of files that the repository asks us to ignore; `detail` is all that is known of them:
        of a call and its result only the call names them."""
        files = detail.get("files")
        if session.policy is None or not files or not any(session.policy.ignores(file) for file in files):
            return draft
        return replace(draft, text=None, input=None)

    def _take(self, session: Session, draft: Draft) -> Taken:
        draft = _storable(self._reduced(session, draft, draft.detail))
        keys = [self._db.digest(key.encode("utf-8", "replace")) for key in draft.keys]
        event = self._recognise(session.number, draft, keys)
        new = event is None
        own = True
        if event is None:
            event = self._insert(session.number, draft)
        else:
            own = self._fill(session, event, draft)
        for key in keys if own else ():
            self._db.run("insert_key", key=key, event=event)
        self._sight(event, draft)
        return Taken(event, new, draft)

    def _recognise(self, session: int, draft: Draft, keys: list[bytes]) -> int | None:
        for key in keys:
            known = self._db.one("event_by_key", key=key)
            if known is not None:
                return int(known[0])
        other = 2 if isinstance(draft.seen, Hook) else 1
        if not draft.join or not self._db.one("any_unclaimed", session=session, kind=draft.kind, seen=other):
            return None
        place = {
            "session": session, "kind": draft.kind, "agent": draft.agent, "hook": isinstance(draft.seen, Hook),
            "at": draft.at, "window": _WINDOW_QUEUED if draft.kind == "prompt" else _WINDOW,
            "prompt": draft.prompt, "queued": draft.detail.get("queued") is True,
        }  # fmt: skip
        row: Row | None = None
        if draft.join == "kind":
            row = self._db.one("unclaimed_by_kind", **place)
        elif draft.text is not None:
            text = self._db.known_text(draft.text)
            if text is not None:
                row = self._db.one("unclaimed_by_text", text=text, **place)
            if row is None:
                row = self._told_before_the_rules_grew(draft, place)
        return None if row is None else int(row[0])

    def _told_before_the_rules_grew(self, draft: Draft, place: Mapping[str, Any]) -> Row | None:
        """The event of which the guard, as it is now, would make the words of this draft."""
        for row in self._db.all("unclaimed_of_prompt", **place):
            if clean(row[1], written=True) == draft.text:
                return row
        return None

    def _insert(self, session: int, draft: Draft) -> int:
        self._db.run(
            "insert_event", session=session, kind=draft.kind, at=draft.at, prompt=draft.prompt, agent=draft.agent,
            tool=draft.tool, status=draft.status, input=self._keep(draft.input), text=self._keep(draft.text),
            terms=_terms(draft), detail=_json(draft.detail), trust=draft.trust,
            seen=1 if isinstance(draft.seen, Hook) else 2,
        )  # fmt: skip
        event = self._db.last_id()
        self.latest = event, now_ms()
        return event

    def _fill(self, session: Session, event: int, draft: Draft) -> bool:
        """Add what was missing. False when the line is only a copy in the file of another session (a fork)."""
        row = self._db.one("event_for_filling", id=event)
        assert row is not None
        of_session, kind, prompt, tool, status, input_, text, detail, erased = row
        if of_session != session.number:
            return False
        if erased or kind != draft.kind:
            return True
        held = json.loads(detail) if detail else {}
        known = {**draft.detail, **held}
        draft = self._reduced(session, draft, known)
        values = {
            "prompt": draft.prompt if draft.prompt and _knows_prompt(draft) else prompt or draft.prompt,
            "tool": tool or draft.tool,
            "status": status or draft.status,
            "input": input_ if input_ is not None else self._keep(draft.input),
            "detail": _json(known),
        }
        if tuple(values.values()) != (prompt, tool, status, input_, detail):
            self._db.run("fill_event", id=event, **values)
        if text is None and draft.text is not None:
            self._db.run("fill_event_text", id=event, text=self._keep(draft.text), terms=_terms(draft))
        return True

    def _sight(self, event: int, draft: Draft) -> None:
        seen = draft.seen
        if isinstance(seen, Hook):
            self._db.run("insert_sighting", event=event, file=0, start=seen.at, stop=seen.at, sha256=None)
        else:
            self._db.run(
                "insert_sighting", event=event, file=seen.file, start=seen.start, stop=seen.stop, sha256=seen.sha256
            )

    def _keep(self, text: str | None) -> int | None:
        return None if text is None else self._db.keep_text(text)


_Told = TypeVar("_Told", Draft, SessionFacts)


def _storable(told: _Told) -> _Told:
    """With names that can be stored: without secrets, and without half characters, which JSON can hold.

    Texts are guarded by who made the draft; here it is folders, branches, and the host's own ids.
    """
    odd: dict[str, Any] = {}
    names, texts = _STORED[type(told)]
    for name in names:
        value = getattr(told, name)
        if value is not None and (kept := safe_name(_whole(value))) != value:
            odd[name] = kept
    for name in texts:
        value = getattr(told, name)
        if value is not None and (kept := _whole(value)) != value:
            odd[name] = kept
    if detail := getattr(told, "detail", None):
        odd["detail"] = {
            key: safe_name(_whole(each)) if isinstance(each, str) else each for key, each in detail.items()
        }
    return replace(told, **odd) if odd else told


_STORED: Final[dict[type, tuple[tuple[str, ...], tuple[str, ...]]]] = {  # which are names, which are texts
    SessionFacts: (("name", "cwd", "branch", "version", "ended"), ()),
    Draft: (("prompt", "agent", "tool", "status"), ("text", "input")),
}


def _whole(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _knows_prompt(draft: Draft) -> bool:
    """Whether this source is the one to say which prompt an event belongs to.

    Hooks for what the agent said (in a transcript that is inferred from the lines around it), transcripts for the
    rest (a hook tells of a queued prompt under the name of the one before).
    """
    return isinstance(draft.seen, Hook) == (draft.kind in ("reply", "error"))


def _terms(draft: Draft) -> str | None:
    if draft.kind not in SEARCHED or draft.text is None:
        return None
    return terms_of(draft.text)


def _json(value: object) -> str | None:
    if not value:
        return None
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode("utf-8")
