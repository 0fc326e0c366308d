"""Candidates of conflict: memories that likely speak of the same as a new one, and may say something else.

A candidate must share what tells most of both texts. Measured on benchmarks/sets/conflicts.json; see the page on
conflicts for what that comes to.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from ..memory import Memory
from ..store.database import Database
from ..store.log import Log
from .find import find
from .query import Question
from .rank import RANKING, Weigher
from .serving import Served, serving

__all__ = ["MOST", "THRESHOLD", "Candidate", "candidates", "likeness"]

THRESHOLD: Final = 0.58  # likeness from which on a memory is a candidate
MOST: Final = 3  # candidates of one memory
_LOOKED_AT: Final = 24  # memories that are compared
_SHARED: Final = 2  # words that must be shared, whatever they weigh
_UNKNOWN: Final = 0.85  # what a word of the other memory weighs that the new one has not
_TURNED: Final = 0.15  # added when the newer one says that something has changed, or is not so
_NUMBERS: Final = 0.1  # … when both name numbers, and other ones
_FILES: Final = 0.1  # … when they speak of the same file
_TOPIC: Final = 0.1  # … when their topic keys are of one family
_PLAIN: Final = replace(RANKING, outdated=1.0, recency=0.0)  # an old note that is said otherwise is what is looked for

# Words by which a note takes something back.
_TURNS: Final = re.compile(
    r"\b(now|no longer|any ?more|instead|since|from now on|moved|switched|replaced|upgraded|rewritten|raised|lowered|"
    r"changed|deleted|removed|dropped|gone|released|decided|enabled|disabled|fixed|handles|again|not|no|nor|never|"
    r"without|don't|doesn't|isn't|jetzt|statt|nicht mehr|kein|keine|nie|ahora|ya no|en vez|plus|désormais)\b",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"\d[\d.:,]*")


@dataclass(frozen=True, slots=True)
class Candidate:
    """score: how much the two share of what they say, 0 to 1."""

    memory: Memory
    score: float


def candidates(database: Database, log: Log, memory: Memory, *, now: int, before: int | None = None) -> list[Candidate]:
    """At most MOST memories that may disagree with this one, the likeliest first; summaries only with summaries.

    Of the same place, alive, not superseded, and not judged against it yet; numbered below `before`. now: Unix ms.
    """
    question = Question.of(_text(memory))
    family = [] if memory.scope == "personal" or memory.project is None else log.family(memory.project)
    found = find(
        database, question, family=family, types=("memory",), now=now, limit=_LOOKED_AT, team=True, ranking=_PLAIN
    )
    numbers = [each.number for each in found if each.number != memory.number and each.number < (before or 1 << 62)]
    judged = {tie.other for tie in log.relations.of([memory.number]).get(memory.number, ()) if tie.relation}
    served = serving(database, numbers)
    words = _words(database, question)
    fitting = []
    for other in log.many([number for number in numbers if number not in judged]):
        if (other.kind == "summary") != (memory.kind == "summary") or not log.relations.together(memory, other):
            continue
        if served.get(other.number, Served()).instead is None:
            score = likeness(memory, other, words)
            if score >= THRESHOLD:
                fitting.append(Candidate(other, min(1.0, score)))
    fitting.sort(key=lambda each: (-each.score, -each.memory.number))
    return fitting[:MOST]


def likeness(new: Memory, other: Memory, words: Mapping[str, float]) -> float:
    """How much two memories share of what they say, and what speaks for their disagreeing; `words`: what each of the
    new one's weighs."""
    mine, its = _text(new), _text(other)
    known = {term.token: words.get(term.token, term.weight * _UNKNOWN) for term in Question.of(its).terms}
    shared = words.keys() & known.keys()
    if len(shared) < _SHARED:
        return 0.0
    said = sum(words[word] for word in shared) / math.sqrt(sum(words.values()) * sum(known.values()))
    numbers = set(_NUMBER.findall(mine)), set(_NUMBER.findall(its))
    said += _TURNED if _TURNS.search(mine) else 0.0
    said += _NUMBERS if all(numbers) and numbers[0] != numbers[1] else 0.0
    said += _FILES if set(new.files) & set(other.files) else 0.0
    return said + (_TOPIC if _family(new) and _family(new) == _family(other) else 0.0)


def _words(database: Database, question: Question) -> Mapping[str, float]:
    """What each word of a question weighs in this store."""
    counts: dict[str, int] = {}
    texts = 0
    for place, token, count in database.all("find_words", words=json.dumps([term.token for term in question.terms])):
        if place == 0 and token is None:
            texts = count
        elif place == 0:
            counts[token] = count - 1  # the new memory itself stands in the index
    return Weigher(question, counts, texts, _PLAIN).weights.terms


def _text(memory: Memory) -> str:
    made = memory.body.startswith(memory.title.rstrip("…"))
    return memory.body if made else f"{memory.title}\n{memory.body}"


def _family(memory: Memory) -> str:
    """What stands before the slash of a topic key."""
    return (memory.topic_key or "").partition("/")[0]
