"""Memories drawn from what was recorded: a session's new events → rules → the log.

`Drawing.work` reads and `draw` computes, anywhere; `keep` writes. A rule names what it draws by the event and itself,
so doing any of it again changes nothing.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final
from uuid import UUID

from .clock import now_ms
from .distill.event import Drawn, Happened
from .ids import derived
from .memory import TRUSTS, Draft, Evidence, Origin, Trust
from .recall.words import NOTHING
from .store.database import Database, Row
from .store.log import Log
from .store.log_erasure import erasures

__all__ = ["AT_ONCE", "IDLE", "Drawing", "Work", "drawn_summary_id", "dump", "events_of", "load", "said_summary_id"]

AT_ONCE: Final = 300  # events that are looked at in one go
IDLE: Final = 10 * 60_000  # ms of silence after which a session without an end counts as left
_CONTEXT: Final = 200  # earlier events that rules may look back at
_WHOLE: Final = 1_500  # events of a session that its summary is made of
_SUMMARY: Final = "summary/1"
_LAST: Final = (1 << 62) - 1
_WORD: Final = re.compile(r"\w{2,}")


@dataclass(frozen=True, slots=True)
class Work:
    """What rules are to look at: events of one session, from the beginning of a turn on, and what came before."""

    session: int
    name: str
    project: int
    events: tuple[Happened, ...]
    before: tuple[Happened, ...]
    whole: tuple[Happened, ...]  # all of it, when it is over
    upto: int  # the number of the last event
    erasures: int  # in the store, before any of this was read

    def draw(self) -> list[Drawn]:
        """What the rules make of it."""
        from .distill.handoff import hand_off, summary  # many patterns: not before a daemon answers
        from .distill.happened import draw

        drawn = draw(self.events, before=self.before)
        left = hand_off(self.whole) if self.whole else None
        if left is not None:
            why = "what a session did is kept when it is over, for those who ask later"
            drawn.append(Drawn(summary(left), _SUMMARY, self.name, 0, 1.0, why))
        return [replace(each, erasures=self.erasures) for each in drawn]


class Drawing:
    """Over one store."""

    def __init__(self, database: Database, log: Log) -> None:
        self._db = database
        self._log = log

    def waiting(self, *, since: int, before: int, limit: int = 20) -> list[int]:
        """Sessions that rules have not looked at to their end, last heard between two moments (Unix ms)."""
        return [int(row[0]) for row in self._db.all("sessions_to_draw", since=since, before=before, limit=limit)]

    def work(self, session: int, *, now: int, at_once: int = AT_ONCE) -> Work | None:
        """What is to be looked at next in a session, in whole turns; None when nothing is. now: Unix ms.

        at_once: events at the most. A turn is looked at when it is over: its words may still prove or take back what
        was said first.
        """
        erased = erasures(self._db)
        row = self._db.one("session_to_draw", session=session)
        if row is None or row[1] is None or row[5] is None or row[5] <= row[2]:
            return None
        name, project, drawn, ended, heard, last = row
        following = self._db.one("next_events", session=session, after=drawn, limit=at_once)
        upto = int(following[0]) if following and following[0] is not None else last
        over = upto >= last and (ended is not None or heard < now - IDLE)
        if upto >= last and not over:
            hand = self._db.one("turn_in_hand", session=session, after=drawn, upto=upto)
            upto = upto if hand is None else int(hand[0]) - 1
            if upto <= drawn:
                return None
        turns = self._db.one("turns_begin", session=session, after=drawn, upto=upto)
        known = min(drawn, int(turns[0]) - 1) if turns and turns[0] is not None else drawn
        events = tuple(events_of(self._db, session, after=known, upto=upto))
        whole: tuple[Happened, ...] = ()
        if over:
            whole = events if not known and len(events) <= _WHOLE else tuple(events_of(self._db, session, limit=_WHOLE))
        before = tuple(events_of(self._db, session, upto=known, limit=_CONTEXT)) if known else ()
        return Work(session, name, project, events, before, whole, upto, erased)

    def of_prompt(self, session: int, event: int) -> list[Drawn]:
        """What rules make of a prompt as it is heard; by what came before it, which is read only for a prompt that says
        something, it is told whether that decides or puts right."""
        from .distill.happened import LOOKED_BACK, draw  # many patterns: not before a daemon answers

        asked = events_of(self._db, session, after=event - 1, upto=event)
        drawn = draw(asked)
        return drawn and draw(asked, before=events_of(self._db, session, upto=event - 1, limit=LOOKED_BACK))

    def keep(self, session: int, project: int, drawn: Sequence[Drawn], upto: int | None = None) -> list[str]:
        """Write what was drawn, and how far it was looked; the kinds of what is new or changed. In a transaction.

        Nothing, when something was erased since its events were read: they are to be looked at anew.
        """
        erased = erasures(self._db)
        if any(each.erasures not in (None, erased) for each in drawn):
            return []
        new = []
        for each in drawn:
            draft = each.draft
            said = each.rule == _SUMMARY and self._db.one("memory_by_uuid", uuid=said_summary_id(each.name).bytes)
            if said:  # the agent's own words stand for it
                continue
            lineage, trust = self._lineage(draft) if draft.trust != "owner" else ((), draft.trust)
            quoted = [evidence for evidence in draft.evidence if evidence.quote is not None]
            events = [each.event for each in quoted or draft.evidence if each.event is not None]
            row = self._db.one("last_of_events", events=json.dumps(events))
            at = now_ms() if row is None or row[0] is None else int(row[0])
            if row is not None and row[1] and TRUSTS.index(trust) < TRUSTS.index("imported"):
                trust = "imported"
            origin = Origin(each.rule, each.worth, each.why, at, lineage)
            kept = self._log.remember(
                replace(draft, origin=origin, trust=trust),
                project=project, id=derived("drawn", each.rule, each.name, str(each.nth)),
            )  # fmt: skip
            if kept.change is not None and not kept.folded:
                new.append(kept.memory.kind)
        if upto is not None:
            self._db.run("set_drawn", session=session, drawn=upto)
        return new

    def _lineage(self, draft: Draft) -> tuple[tuple[UUID, ...], Trust]:
        """The memories that may have shaped a draft: it is trusted no more than they are.

        Those that came with the prompt may. Of those that merely stood there since the context began, only the ones
        it repeats: a single import would else stain all that an agent says.
        """
        said = _words(draft.title or "", draft.body)
        given: dict[UUID, Trust] = {}
        for each in draft.evidence:
            if each.event is not None:
                for uuid, trust, title, body, with_prompt in self._db.all("given_for_event", event=each.event):
                    if with_prompt or _repeats(said, _words(title, body)):
                        given[UUID(bytes=bytes(uuid))] = trust
        return tuple(given), max([draft.trust, *given.values()], key=TRUSTS.index)


def said_summary_id(session: str) -> UUID:
    """Of the memory in which an agent itself says what a session, by its host's name, came to."""
    return derived("said", "summary", session)


def drawn_summary_id(session: str) -> UUID:
    """Of the memory in which a rule says so."""
    return derived("drawn", _SUMMARY, session, "0")


def _words(title: str, body: str) -> frozenset[str]:
    return frozenset(_WORD.findall(f"{title}\n{body}".lower())) - NOTHING


def _repeats(said: frozenset[str], given: frozenset[str]) -> bool:
    """Whether a third of the shorter one's telling words stand in both, and at least two."""
    return len(said & given) >= max(2, min(len(said), len(given)) / 3)


def dump(drawn: Drawn) -> dict[str, Any]:
    """As JSON, for the way from the process that drew to the one that writes."""
    return {**asdict(drawn), "draft": asdict(drawn.draft)}


def load(shape: Mapping[str, Any]) -> Drawn:
    """The opposite of `dump`. Raises KeyError, TypeError and ValueError."""
    draft = dict(shape["draft"])
    draft["evidence"] = tuple(Evidence(**each) for each in draft["evidence"])
    for name in ("files", "tags", "keywords"):
        draft[name] = tuple(draft[name])
    draft["origin"] = None
    return Drawn(**{**shape, "draft": Draft(**draft)})


def events_of(
    database: Database, session: int, *, after: int = 0, upto: int = _LAST, limit: int = 1 << 30
) -> list[Happened]:
    """The last `limit` events of a session between two numbers, in the order of time."""
    row = database.one("session_asking", session=session)
    name, _, worktree, cwd, _ = row or ("", None, None, None, None)
    rows = database.all("happened", session=session, after=after, upto=upto, limit=limit)
    root = (worktree or "").removesuffix("/.git") if (worktree or "").endswith("/.git") else cwd or ""
    return [_happened(name, root, each) for each in reversed(rows)]


def _happened(session: str, root: str, row: Row) -> Happened:
    """Files of the project go by their place in it: it lies elsewhere on another machine."""
    number, kind, at, input_, text, tool, status, agent, prompt, trust, detail = row
    said = json.dumps([session, kind, tool, input_, text])
    name = hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=16).hexdigest()
    known: dict[str, Any] = json.loads(detail) if detail else {}
    folder = root.rstrip("/") + "/"
    if len(folder) > 1 and kind != "prompt":
        input_, text = (each and each.replace(folder, "") for each in (input_, text))
        if "files" in known:
            known["files"] = [each.removeprefix(folder) for each in known["files"]]
    return Happened(number, name, kind, at, text, input_, tool, status, agent, prompt, trust, known)
