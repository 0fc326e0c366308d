"""Candidates of conflict: memories that likely speak of the same as a new one, and may say something else.

A candidate must share what tells most of both texts. Measured on benchmarks/sets/conflicts.json; see the page on
conflicts for what that comes to.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ..memory import SENSITIVE, Memory, kept, unnamed
from ..store.database import Database, Row
from ..store.log import Log
from ..store.supersession import instead
from ..store.terms import tokens_of
from .query import Question
from .rank import Weigher

__all__ = ["MOST", "THRESHOLD", "Candidate", "candidates", "likeness"]

THRESHOLD: Final = 0.5  # likeness from which on a memory is a candidate
MOST: Final = 3  # candidates of one memory
_LOOKED_AT: Final = 24  # memories that are looked at
_COMPARED: Final = 6  # … and compared in earnest
_PLACES: Final = 500  # places in the index that a save may cost
_TEXTS: Final = 1_000  # … when its two rarest words stand everywhere
_SHARED: Final = 2  # words that must be shared, whatever they weigh
_SHORT: Final = 1.0  # that a text weighs beside its words: two that are short must share more
_UNKNOWN: Final = 0.85  # what a word of the other memory weighs that the new one has not
_TURNED: Final = 0.15  # added when the newer one says that something has changed, or is not so
_NUMBERS: Final = 0.1  # … when both name numbers, and other ones
_RULES: Final = 0.1  # … when both are rules of one kind: two of these go together less often than two facts
_FILES: Final = 0.1  # … when they speak of the same file
_TOPIC: Final = 0.1  # … when their topic keys are of one family

# Words by which a note takes something back.
_TURNS: Final = re.compile(
    r"\b(now|no longer|any ?more|instead|since|from now on|moved|switched|replaced|upgraded|rewritten|raised|lowered|"
    r"changed|deleted|removed|dropped|gone|released|decided|enabled|disabled|fixed|handles|again|not|no|nor|never|"
    r"without|don't|doesn't|isn't|jetzt|statt|nicht mehr|kein|keine|nie|ahora|ya no|en vez|plus|désormais)\b",
    re.IGNORECASE,
)
_HIDDEN: Final = re.compile(r"\[redacted:[a-z0-9-]*\]")  # that two texts had a secret says nothing of either
_NUMBER: Final = re.compile(r"\d[\d.:,]*")


@dataclass(frozen=True, slots=True)
class Candidate:
    """score: how much the two share of what they say, 0 to 1."""

    memory: Memory
    score: float


def candidates(database: Database, log: Log, memory: Memory, *, before: int | None = None) -> list[Candidate]:
    """At most MOST memories that may disagree with this one, the likeliest first; summaries only with summaries.

    Of the same place, alive, not superseded, and not judged against it yet; numbered below `before`.
    """
    question = Question.of(_text(memory))
    counts = _counts(database, question)
    if not (match := _rarest(question, counts)):
        return []
    family = [] if memory.scope == "personal" or memory.project is None else log.family(memory.project)
    rows = database.all(
        "memories_sharing", match=match, most=_TEXTS, number=memory.number, before=before or 1 << 62,
        scope=memory.scope, family=json.dumps(family), summary=memory.kind == "summary", limit=_LOOKED_AT,
    )  # fmt: skip
    words = Weigher(question, counts, counts[""], memory.revised).weights.terms
    numbers = _nearest(rows, words)
    judged = {tie.other for tie in log.relations.of([memory.number]).get(memory.number, ()) if tie.relation}
    gone = instead(database, numbers)
    fitting = []
    for other in log.many([number for number in numbers if number not in judged and number not in gone]):
        score = likeness(memory, other, words)
        if score >= THRESHOLD:
            fitting.append(Candidate(other, min(1.0, score)))
    fitting.sort(key=lambda each: (-each.score, -each.memory.number))
    return fitting[:MOST]


def likeness(new: Memory, other: Memory, words: Mapping[str, float]) -> float:
    """How much two memories share of what they say, and what speaks for their disagreeing; `words`: what each of the
    new one's weighs."""
    mine, its = _text(new), _text(other)
    known = {
        term.token: words.get(term.token, min(term.weight, term.most) * _UNKNOWN) for term in Question.of(its).terms
    }
    shared = words.keys() & known.keys()
    if len(shared) < _SHARED:
        return 0.0
    both = sum(words[word] for word in shared)
    said = both / math.sqrt((_SHORT + sum(words.values())) * (_SHORT + sum(known.values())))
    numbers = set(_NUMBER.findall(mine)), set(_NUMBER.findall(its))
    said += _TURNED if _TURNS.search(mine) else 0.0
    said += _NUMBERS if all(numbers) and numbers[0] != numbers[1] else 0.0
    said += _RULES if new.kind == other.kind and new.kind in ("decision", "preference", "procedure") else 0.0
    said += _FILES if set(new.files) & set(other.files) else 0.0
    return said + (_TOPIC if _family(new) and _family(new) == _family(other) else 0.0)


def _nearest(rows: Iterable[Row], words: Mapping[str, float]) -> list[int]:
    """Those that share most by a quick measure: taking a text apart in earnest costs as much as finding it."""
    near = []
    for number, title, body, terms in rows:
        held = set(tokens_of(f"{title}\n{body}\n{terms}"))
        near.append((sum(words[word] for word in words.keys() & held) / math.sqrt(len(held) + 1), int(number)))
    return [number for _, number in sorted(near, reverse=True)[:_COMPARED]]


def _counts(database: Database, question: Question) -> dict[str, int]:
    """In how many other memories each word stands; under "" about how many there are."""
    words = json.dumps([term.token for term in question.terms])
    return {token: count - 1 for token, count in database.all("words_in_memories", words=words)}


def _rarest(question: Question, counts: Mapping[str, int]) -> str:
    """The FTS5 expression that brings what is compared: the rarest words, as many as may be looked at."""
    known = sorted((term for term in question.terms if counts.get(term.token)), key=lambda term: counts[term.token])
    asked: list[str] = []
    places = 0
    for term in known:
        places += counts[term.token]
        if len(asked) > 1 and places > _PLACES:
            break
        asked.append(term.match)
    return " OR ".join(asked)


def _text(memory: Memory) -> str:
    if unnamed(memory.title, memory.body):
        return ""
    if kept(memory.body) == SENSITIVE:
        return memory.title  # what stands in its place says nothing
    made = memory.body.startswith(memory.title.rstrip("…"))
    return _HIDDEN.sub(" ", memory.body if made else f"{memory.title}\n{memory.body}")


def _family(memory: Memory) -> str:
    """What stands before the slash of a topic key."""
    return (memory.topic_key or "").partition("/")[0]
