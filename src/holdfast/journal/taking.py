"""Taking drafts of one session into the journal: each is recognised, or becomes a new event.

New events are gathered and written together at the end: a statement that may run a trigger costs a savepoint, and at
each savepoint the search index writes out what it holds.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..guard import clean
from ..store.database import Database, Row
from ..store.terms import terms_of
from .events import SEARCHED, Draft, Hook, Sighting
from .policy import Policy
from .storable import storable

__all__ = ["Session", "Taken", "Taking"]

_WINDOW = 10 * 60_000  # ms between what a hook and a transcript tell of the same thing
_WINDOW_QUEUED = 6 * 3_600_000  # a prompt typed while the agent works can wait for a whole turn
_TURNS = frozenset({"prompt", "command", "reply"})  # what begins or ends a turn
_SLACK = 2_000  # ms between a hook and the line of the same thing, whichever comes first


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


class Taking:
    """Takes what one source tells of a session, once, inside a transaction of the caller's."""

    def __init__(self, database: Database, session: Session) -> None:
        self._db = database
        self._session = session
        self._known: dict[bytes, int] = {}  # key -> event
        self._new: dict[int, Draft] = {}  # events that are not written yet
        self._keys: list[tuple[bytes, int]] = []  # theirs
        self._sightings: list[tuple[Any, ...]] = []  # likewise, but the first of each
        self._all_claimed: set[str] = set()  # kinds of which the other source told nothing that this one did not
        self._next: int | None = None

    def take(self, drafts: Iterable[Draft]) -> list[Taken]:
        """Take them in order."""
        told = []
        for draft in drafts:
            draft = storable(self._reduced(draft, draft.detail))
            told.append((draft, [self._db.digest(key.encode("utf-8", "replace")) for key in draft.keys]))
        keys = json.dumps([key.hex() for _, keys in told for key in keys])
        self._known.update(self._db.all("events_by_keys", keys=keys))
        taken = [self._take(draft, keys) for draft, keys in told]
        self._write()
        return taken

    def _take(self, draft: Draft, keys: Sequence[bytes]) -> Taken:
        event = next((self._known[key] for key in keys if key in self._known), None)
        if event is None:
            event = self._joined(draft)
        new = event is None
        own = True
        if event is None:
            event = self._add(draft)
        elif event in self._new:
            self._new[event] = self._completed(self._new[event], draft)
        else:
            own = self._fill(event, draft)
        if own:
            self._known.update((key, event) for key in keys if key not in self._known)
        # A name that another event has, written or gathered, stays with it.
        named = [(key, event) for key in keys if own and self._known[key] == event]
        if event in self._new:
            self._keys += named
            if not new:
                self._sightings.append((event, *_place(draft.seen)))
        else:  # at once: the next draft must not claim it, too
            self._db.each("insert_key", named)
            self._db.each("insert_sighting", [(event, *_place(draft.seen))])
        return Taken(event, new, draft)

    def _reduced(self, draft: Draft, detail: Mapping[str, Any]) -> Draft:
        """Without the contents of files that the repository asks us to ignore; `detail` is all that is known of them:
        of a call and its result only the call names them."""
        files, policy = detail.get("files"), self._session.policy
        if policy is None or not files or not any(policy.ignores(file) for file in files):
            return draft
        return replace(draft, text=None, input=None)

    # -- what the other source told of --

    def _joined(self, draft: Draft) -> int | None:
        """The event of the other source that a draft tells of."""
        hook = isinstance(draft.seen, Hook)
        if not draft.join or draft.kind in self._all_claimed:
            return None
        session, other = self._session.number, 2 if hook else 1
        if not self._db.one("any_unclaimed", session=session, kind=draft.kind, seen=other):
            self._all_claimed.add(draft.kind)
            return None
        place = {
            "session": session, "kind": draft.kind, "agent": draft.agent, "hook": hook,
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
            if row is None:
                row = self._erased(draft, place)
        return None if row is None else int(row[0])

    def _told_before_the_rules_grew(self, draft: Draft, place: Mapping[str, Any]) -> Row | None:
        """The event of which the guard, as it is now, would make the words of this draft."""
        for row in self._db.all("unclaimed_of_prompt", **place):
            if clean(row[1], written=True) == draft.text:
                return row
        return None

    def _erased(self, draft: Draft, place: Mapping[str, Any]) -> Row | None:
        """The erased event of which these may be the words: nothing is left to compare them with.

        It takes all that the same turn still tells, not the first alone: a hook tells the last reply of a turn, and the
        transcript begins with the others. What is new and was taken for it is taken when the other source tells it.
        """
        if draft.kind == "notification":  # its words are in a name that both sources know
            return None
        window = _WINDOW_QUEUED if place["queued"] else _WINDOW
        for row in self._db.all("erased_of_turn", **{**place, "window": window, "slack": _SLACK}):
            if row[2] or not any(
                new.kind in _TURNS
                and new.agent == draft.agent
                and min(row[1], draft.at) < new.at < max(row[1], draft.at)
                for new in self._new.values()
            ):
                return row
        return None

    # -- what is new --

    def _add(self, draft: Draft) -> int:
        if self._next is None:
            self._next = 1 + self._db.all("event_last")[0][0]
        event = self._next
        self._next += 1
        self._new[event] = draft
        return event

    def _write(self) -> None:
        """Write the new events, their texts before them, their keys and sightings behind."""
        if not self._new:
            return
        texts: list[tuple[bytes, str]] = []
        rows = []
        for event, draft in self._new.items():
            rows.append((
                event, draft.kind, draft.at, draft.prompt, draft.agent, draft.tool, draft.status,
                self._hashed(draft.input, texts), self._hashed(draft.text, texts), _terms(draft), _json(draft.detail),
                draft.trust, 1 if isinstance(draft.seen, Hook) else 2, *_place(draft.seen),
            ))  # fmt: skip
        self._db.each("insert_text_unless_known", texts)
        if len(rows) == 1:  # as hooks tell of them: gathering one costs more than it saves
            event, *values = rows[0]
            self._db.each("insert_event", [(event, self._session.number, *values[:-4])])
            self._db.each("insert_sighting", [(event, *values[-4:])])
        else:
            self._db.each("gather_event", rows)
            self._db.run("insert_gathered", session=self._session.number)
            self._db.run("sight_gathered")
            self._db.run("forget_gathered")
        self._db.each("insert_key", self._keys)
        self._db.each("insert_sighting", self._sightings)

    def _hashed(self, text: str | None, texts: list[tuple[bytes, str]]) -> bytes | None:
        if text is None:
            return None
        hashed = self._db.digest(text.encode())
        texts.append((hashed, text))
        return hashed

    # -- what is known --

    def _completed(self, known: Draft, draft: Draft) -> Draft:
        """A new event with what was missing."""
        if draft.kind != known.kind:
            return known
        detail = {**draft.detail, **known.detail}
        draft = self._reduced(draft, detail)
        return replace(
            known,
            prompt=_prompt(known.prompt, draft),
            tool=known.tool or draft.tool,
            status=known.status or draft.status,
            input=known.input if known.input is not None else draft.input,
            text=known.text if known.text is not None else draft.text,
            detail=detail,
        )

    def _fill(self, event: int, draft: Draft) -> bool:
        """Add what was missing. False when the line is only a copy in the file of another session (a fork)."""
        row = self._db.one("event_for_filling", id=event)
        assert row is not None
        of_session, kind, prompt, tool, status, input_, text, detail, erased = row
        if of_session != self._session.number:
            return False
        if erased or kind != draft.kind:
            return True
        held = json.loads(detail) if detail else {}
        known = {**draft.detail, **held}
        draft = self._reduced(draft, known)
        values = {
            "prompt": _prompt(prompt, draft),
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

    def _keep(self, text: str | None) -> int | None:
        return None if text is None else self._db.keep_text(text)


def _place(seen: Sighting) -> tuple[int, int, int, bytes | None]:
    """File, first byte, stop and hash; of a hook its time."""
    return (0, seen.at, seen.at, None) if isinstance(seen, Hook) else (seen.file, seen.start, seen.stop, seen.sha256)


def _prompt(known: str | None, draft: Draft) -> str | None:
    """Which prompt an event belongs to.

    Hooks say it for what the agent said (in a transcript that is inferred from the lines around it), transcripts for
    the rest (a hook tells of a queued prompt under the name of the one before).
    """
    says = isinstance(draft.seen, Hook) == (draft.kind in ("reply", "error"))
    return draft.prompt if draft.prompt and says else known or draft.prompt


def _terms(draft: Draft) -> str | None:
    if draft.kind not in SEARCHED or draft.text is None:
        return None
    return terms_of(draft.text)


def _json(value: object) -> str | None:
    if not value:
        return None
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode("utf-8")
