"""Words of a session that became a memory which was forgotten, erased or quarantined since.

The journal keeps what was said, but nobody is to be given it unasked. Of an erased memory nothing is left that could
name its words; what rules draw anew from the same events has the same ids, and so tells.
"""

import json
import re
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from .distill.event import Happened
from .drawing import events_of
from .ids import derived
from .store.database import Database

__all__ = ["ASKED", "Withdrawn", "Words"]

ASKED: Final = "Asked: "  # with this begins the line of a drawn note that tells what was asked
_MOST: Final = 1_000  # events of a session that are looked at
_TELLING: Final = 8  # words of a sentence by which it is known again where it was cut
_SESSIONS: Final = 32  # of which it is known what is drawn from them
_FEWEST: Final = 3
_NOTHING: Final = "…"  # stands for a text of which nothing is left

_Cited = tuple[tuple[int | None, str | None], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """events: that a memory taken back cites. said: the sentences that it quotes of them."""

    events: frozenset[int] = frozenset()
    said: tuple[tuple[int, str], ...] = ()

    def without(self, event: Happened) -> Happened:
        """The event as if this had not been said in it."""
        if not self.said or not event.text or event.kind == "tool":
            return event
        text = self.left_of(event.text)
        if text == event.text and any(number == event.number for number, _ in self.said):
            text = _NOTHING
        return event if text == event.text else replace(event, text=text)

    def left_of(self, text: str) -> str:
        """A text without what was said; all of it, when it does not hold any."""
        left = text
        for sentence in self._sentences():
            left = re.sub(_pattern(sentence), " ", left, flags=re.I)
        if left == text:
            return text
        return left.strip(" \t.;,!") if re.search(r"\w", left) else _NOTHING

    def without_request(self, note: str) -> str:
        """A note without the line that tells what was asked, when that repeats one of the sentences."""
        lines = note.split("\n")
        return "\n".join(line for line in lines if not (line.startswith(ASKED) and self.stand_in(line)))

    def hold(self, event: int, text: str) -> bool:
        """Whether an event is such a source, or its text repeats one of the sentences."""
        return event in self.events or self.stand_in(text)

    def stand_in(self, text: str) -> bool:
        """Whether a text repeats one of the sentences, be it cut."""
        return any(re.search(_pattern(sentence, _TELLING), text, re.I) for sentence in self._sentences())

    def _sentences(self) -> list[str]:
        """Those that say enough to be known again; "yes" stands everywhere."""
        return [sentence for _, sentence in self.said if len(sentence.split()) >= _FEWEST]


class Withdrawn:
    """Over one connection."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._drawn: dict[int, tuple[int, dict[UUID, _Cited]]] = {}

    def of(self, session: int) -> Words:
        """What was said in a session and taken back."""
        evidence: list[tuple[int | None, str | None]] = list(self._db.all("withdrawn_evidence", session=session))
        if self._db.one("sources_unknown") is not None:
            drawn = self._drawn_from(session)
            rows = self._db.all("withdrawn_of", ids=json.dumps([id.hex for id in drawn]))
            evidence += [each for row in rows for each in drawn[UUID(bytes=bytes(row[0]))]]
        cited = [(event, quote) for event, quote in evidence if event is not None]
        said = [(event, quote) for event, quote in cited if quote]
        return Words(frozenset(event for event, _ in cited), tuple(dict.fromkeys(said)))

    def _drawn_from(self, session: int) -> dict[UUID, _Cited]:
        """What rules draw from a session: id of the memory -> (event, quote) of what it cites. Known until more is
        said there."""
        row = self._db.one("session_to_draw", session=session)
        last = (row and row[5]) or 0
        known = self._drawn.get(session)
        if known is None or known[0] != last:
            from .distill.happened import considered  # many patterns: not before a daemon answers

            drawn = considered(events_of(self._db, session, limit=_MOST))
            cited = {
                derived("drawn", each.rule, each.name, str(each.nth)): tuple(
                    (it.event, it.quote) for it in each.draft.evidence
                )
                for each in drawn
            }
            known = self._drawn[session] = (last, cited)
            if len(self._drawn) > _SESSIONS:
                del self._drawn[next(iter(self._drawn))]
        return known[1]


def _pattern(sentence: str, most: int | None = None) -> str:
    words = sentence.removesuffix("…").split()[:most]
    cut = r"[^.!?\n]*" if sentence.endswith("…") else ""
    return r"\s+".join(map(re.escape, words)) + cut
