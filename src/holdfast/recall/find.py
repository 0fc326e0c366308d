"""Finding: the memories and turns that fit a question, the best first.

Three statements. The first asks in how many texts each word stands. The second and the third let the index bring
what holds the rarest words (a bounded number of places in it is looked at); what it brings is then weighed exactly,
with all words, by `rank`. Where a newer memory says otherwise, a fourth asks whether a verdict lets both hold.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ..memory import Trust
from ..store.database import Database, Row
from .query import Question, Term
from .rank import RANKING, Candidate, Ranking, Weigher

__all__ = ["THRESHOLD", "Found", "find"]

THRESHOLD: Final = 0.55  # relevance below which nothing is put into a prompt's pack unasked
_PLACES: Final = 1_000  # in the index, that are looked at for a question,
_PLACES_A_WORD: Final = 100  # and for each of its words in a store of as many texts as
_LARGE: Final = 100_000
_MOST: Final = 12_000  # texts that are looked at when a question has only words that are everywhere
_NOTES: Final = 60  # memories that are weighed
_TURNS: Final = 120  # turns that are weighed
_NEAR: Final = 60  # of the turns, for how many the turns beside them are looked at
_TRUSTED: Final = {"owner": 2, "agent": 1}  # nobody here: 0
_COMPARED: Final = 20  # memories that are compared with each other


@dataclass(frozen=True, slots=True)
class Found:
    """A memory or a turn that fits. `at`: Unix ms, when the memory was revised or the event happened.

    number: of the memory, or of the event. title: the memory's; of a turn its kind. session: of a turn, its session's
    number. revision: of a memory; 0 for a turn. relevance: 0 to 1, comparable over types and sizes of store.
    parts: what made the score up, by name: "lexical", "neighbours", "session" and "files" are added up, the others
    are factors; "coverage" is the share of the question that the text's own words cover.
    """

    type: Literal["memory", "turn"]
    number: int
    kind: str
    title: str
    body: str
    trust: str
    at: int
    project: int | None
    session: int | None
    revision: int
    relevance: float
    parts: Mapping[str, float]


def find(
    database: Database,
    question: Question,
    *,
    family: Sequence[int] | None,
    limit: int = 20,
    types: Iterable[str] = ("memory", "turn"),
    now: int,
    without_session: int | None = None,
    trusts: Sequence[Trust] | None = None,
    least: float = 0.0,
    ranking: Ranking = RANKING,
) -> list[Found]:
    """What fits `question`, the best first; among equals the newest.

    family: numbers of the projects that are looked in, None for all of them; personal memories always count.
    without_session leaves a session's own turns out; trusts: only memories of those. least: relevance below which
    nothing is wanted. Forgotten, erased, quarantined and shared with a team is never found. now: Unix ms.
    """
    if not question.terms or limit < 1:
        return []
    counts = _counts(database, question)
    held = [each.get(None, 0) for each in counts]
    together = {token: counts[0].get(token, 0) + counts[1].get(token, 0) for token in {*counts[0], *counts[1]} if token}
    weigher = Weigher(question, together, sum(held), now, ranking)
    place = {"family": None if family is None else json.dumps(list(family)), "most": _MOST}
    found: list[tuple[Candidate, Row]] = []
    if "memory" in types and (match := _match(question, counts[0])):
        wide = max(limit, _NOTES)
        only = None if trusts is None else json.dumps(list(trusts))
        rows = database.all("find_memories", match=match, trusts=only, limit=wide, **place)
        found += _memories(weigher, database, rows, least)
    if "turn" in types and (match := _match(question, counts[1])):
        wide = max(limit, _TURNS)
        rows = database.all("find_turns", match=match, without_session=without_session, near=_NEAR, limit=wide, **place)
        found += _turns(weigher, rows)
    weighed = ((weigher.relevance(each), each, row) for each, row in found if each.score > 0)
    fitting = [one for one in weighed if one[0] >= least]
    fitting.sort(key=lambda one: (-one[0], -one[1].at, one[1].key[0], -one[1].key[1]))
    return [_found(each, row, fits) for fits, each, row in fitting[:limit]]


def _counts(database: Database, question: Question) -> tuple[dict[str | None, int], dict[str | None, int]]:
    """In how many memories, and in how many events, each word stands; under None how many there are."""
    found: tuple[dict[str | None, int], dict[str | None, int]] = ({}, {})
    asked = (*question.terms, *question.files)
    words = json.dumps([token for term in asked for token in term.tokens])
    for place, token, count in database.all("find_words", words=words):
        found[place][token] = count
    return found


def _match(question: Question, counts: Mapping[str | None, int]) -> str:
    """The FTS5 expression that brings the candidates: the rarest words, as many as may be looked at."""
    share = min(1.0, counts.get(None, 0) / _LARGE)
    places, most = 0, _PLACES + round(_PLACES_A_WORD * share) * len(question.terms)
    asked: list[Term] = []
    known = [(_stands(term, counts), term) for term in (*question.terms, *question.files)]
    for count, term in sorted((each for each in known if each[0] or each[1].prefix), key=lambda each: each[0]):
        places += count
        if len(asked) > 1 and places > most:
            break
        asked.append(term)
    return " OR ".join(term.match for term in asked)


def _stands(term: Term, counts: Mapping[str | None, int]) -> int:
    return sum(counts.get(token, 0) for token in term.tokens)


def _memories(weigher: Weigher, database: Database, rows: Iterable[Row], least: float) -> list[tuple[Candidate, Row]]:
    ranking = weigher.ranking
    found = []
    for row in rows:
        number, _, title, body, extra, trust, at, *_ = row
        each = Candidate(("memory", number), title, body, extra, at, trusted=_TRUSTED.get(trust, 0))
        weigher.weigh(each)
        each.score = each.own
        weigher.add(each, {"kept": ranking.memory, "trust": _trusted(trust, ranking)})
        found.append((each, row))
    best = sorted((each for each, _ in found), key=lambda each: -each.score)[:_COMPARED]
    if outdated := weigher.outdated(best, least):
        judged = set(database.all("relations_judged_among", numbers=json.dumps([each.key[1] for each in best])))
        for each, newer in outdated:
            number = each.key[1]
            if any((min(number, other), max(number, other)) not in judged for other in newer):
                each.parts["outdated"] = ranking.outdated
    return found


def _turns(weigher: Weigher, rows: Iterable[Row]) -> list[tuple[Candidate, Row]]:
    turns: dict[int, Candidate] = {}
    found = []
    for row in rows:
        number, _, body, extra, _, at, _, session, hit, before, after = row
        each = Candidate(
            ("turn", number), "", body, extra or "", at, session, bool(hit),
            json.loads(before) if before else (), json.loads(after) if after else (),
        )  # fmt: skip
        weigher.weigh(each)
        turns[number] = each
        found.append((each, row))
    for each in list(turns.values()):  # what lies beside a turn has it beside itself
        for nth, number in enumerate(each.before):
            _beside(turns.get(number), each.key[1], nth, after=True)
        for nth, number in enumerate(each.after):
            _beside(turns.get(number), each.key[1], nth, after=False)
    weigher.place(turns)
    for each, row in found:
        weigher.add(each, {"trust": _trusted(row[4], weigher.ranking)})
    return found


def _beside(each: Candidate | None, number: int, nth: int, *, after: bool) -> None:
    """Let a turn that was not looked around itself know of a neighbour at distance nth."""
    if each is None or (each.hit and (each.before or each.after)):
        return
    known = list(each.after if after else each.before)
    while len(known) <= nth:
        known.append(0)
    known[nth] = number
    if after:
        each.after = known
    else:
        each.before = known


def _trusted(trust: str, ranking: Ranking) -> float:
    return {"owner": ranking.owner, "agent": 1.0, "tool": 1.0}.get(trust, ranking.imported)


def _found(each: Candidate, row: Row, fits: float) -> Found:
    parts = {name: round(value, 4) for name, value in each.parts.items()}
    if each.key[0] == "memory":
        number, kind, title, body, _, trust, at, project, revision, _ = row
        return Found("memory", number, kind, title, body, trust, at, project, None, revision, fits, parts)
    number, kind, body, _, trust, at, project, session, *_ = row
    return Found("turn", number, kind, kind, body, trust, at, project, session, 0, fits, parts)
