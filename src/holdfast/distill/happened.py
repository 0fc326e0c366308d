"""What happened in a session → memories: every rule over its events, folded, and what is worth little left out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ..memory import Wording, says, wording
from . import causes, choices, corrections, decisions, failures, insights, learnings, preferences, standing
from .confided import confides
from .event import WORTHY, Drawn, Happened, gist
from .prose import typed

__all__ = ["LOOKED_BACK", "RULES", "WORTHY", "Drawn", "Happened", "considered", "decided", "draw"]

# rule -> what it draws (the page of drawn memories is held to this table)
RULES: Final[Mapping[str, str]] = {
    standing.RULE: "what the owner says shall always hold, or asks to remember",
    corrections.RULE: "what the owner puts right, as what it shall be and what it shall not",
    preferences.RULE: "how the owner likes it done",
    decisions.RULE: "a decision that the owner or the agent calls one, or gives a reason for",
    choices.RULE: "the option that the owner chose of those that the agent had put to them",
    learnings.RULE: "the items that an agent lists under a heading of learnings",
    insights.RULE: "what the agent calls the key insight of its work",
    failures.RULE: "a command that failed and later passed, with what was changed in between",
    causes.RULE: "the cause of a fault that the agent names, once a change has proved it",
}
_MOST = 24  # of one call
LOOKED_BACK: Final = 60  # events before what the owner said
_CAUSE = re.compile(r"^(?:Root cause|Cause): (.+)$", re.M)  # one cause may have failed several commands


def draw(events: Sequence[Happened], *, before: Sequence[Happened] = ()) -> list[Drawn]:
    """The memories worth keeping of `events`, whole turns of one session in order.

    before: earlier events of the session, for what they tell of these; nothing is drawn from them alone.
    """
    return _folded([each for each in _all(events, before) if each.worth >= WORTHY], _MOST)


def considered(events: Sequence[Happened], *, before: Sequence[Happened] = ()) -> list[Drawn]:
    """Like `draw`, with what is not worth keeping, and however many."""
    return _folded(list(_all(events, before)))


def _folded(drawn: Sequence[Drawn], most: int | None = None) -> list[Drawn]:
    """What says something new, the worthiest first; `most` of it at the most."""
    found: list[Drawn] = []
    worded: list[Wording] = []
    causes_told: set[str] = set()
    for each in sorted(drawn, key=lambda drawn: -drawn.worth):
        if len(found) == most:
            break
        cause = _CAUSE.search(each.draft.body)
        if cause is not None:
            if cause[1] in causes_told:
                continue
            causes_told.add(cause[1])
        words = wording("", each.draft.body)
        if not any(says(known, words) or says(words, known) for known in worded):
            worded.append(words)
            found.append(each)
    return found


def decided(events: Sequence[Happened]) -> list[Drawn]:
    """What the owner decided, wished and put right, as far as it is worth keeping."""
    found = [
        each
        for at, event in enumerate(events)
        if event.owned and event.text
        for each in _of_owner(event, events[max(0, at - LOOKED_BACK) : at])
    ]
    return [each for each in found if each.worth >= WORTHY and not confides(each.draft.body)]


def _all(events: Sequence[Happened], before: Sequence[Happened]) -> Iterator[Drawn]:
    everything = [*before, *events]
    asking: Happened | None = None
    for at, event in enumerate(everything[len(before) :], len(before)):
        if event.asks:
            asking = event
        if event.owned and event.text:
            earlier = everything[max(0, at - LOOKED_BACK) : at]
            yield from (each for each in _of_owner(event, earlier) if not confides(each.draft.body))
        elif event.kind == "reply":
            yield from learnings.drawn_of(event)
            yield from decisions.drawn_of_agent(event, asking)
            yield from insights.drawn_of(event)
    yield from failures.drawn(events, before)
    yield from causes.drawn(events)


def _of_owner(event: Happened, earlier: Sequence[Happened]) -> Iterator[Drawn]:
    held = list(standing.drawn_of(event))
    yield from held
    taken = {each.draft.body for each in held}
    rest = [each for each in typed(event.text or "") if each.rstrip(" ;") not in taken]
    corrected = list(corrections.drawn_of(event, rest, earlier))
    yield from corrected
    told = {evidence.quote for each in corrected for evidence in each.draft.evidence}
    rest = [each for each in rest if gist(each) not in told] if told else rest
    yield from preferences.drawn_of(event, rest)
    yield from decisions.drawn_of_owner(event, rest)
    yield from choices.drawn_of(event, earlier)
