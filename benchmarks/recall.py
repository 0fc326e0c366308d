"""How well things are found: our own sets and others', beside plain full text, with each part of the ranking off
and with other words asked for.

recall@k is the share of a question's answers among the first k, averaged over the questions; all@k the share of
questions with all of theirs among them. Where sessions are sought, a session's score is the sum of its three best
turns. A question is asked at the time that the set names for it, else three months after the last text.
"""

import random
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import apsw

from holdfast.recall.find import THRESHOLD, Found, find
from holdfast.recall.query import Question, Term
from holdfast.recall.rank import RANKING, Ranking
from holdfast.store.terms import tokens_of

from .recall_sets import OWN, Library, Query, Set, library, locomo, read

__all__ = ["STOP", "Difference", "Row", "measure"]

_LATER = 90 * 86_400_000  # ms
_DEEP = 400  # hits that are looked through for sessions
_RESAMPLED = 2_000
_JOINING = """
a an the and or but if then of in on at for to from by with as is are was were be been being am do does did done
have has had it its this that these those i you he she we they me my your our their his her them us what which
who whom whose when where why how can could should would will shall may might must not no so than too very just
also about into over under again there here all any each few more most other some such only own same s t don now
"""
STOP = frozenset(_JOINING.split())


@dataclass(frozen=True, slots=True)
class Way:
    """Another way of searching. asked: what becomes of a question before it is asked."""

    ranking: Ranking = RANKING
    asked: Callable[[Question], Question] = lambda question: question


def _terms(of: Callable[[Question], Iterable[Term]]) -> Way:
    """Asking for other words; where none would be left, for those of the question."""
    return Way(asked=lambda question: replace(question, terms=tuple(of(question)) or question.terms))


ABLATIONS: dict[str, Way] = {
    "no neighbours": Way(replace(RANKING, beside=0.0, answer=0.0)),
    "answers as any neighbour": Way(replace(RANKING, answer=RANKING.beside, asks=1.0)),
    "no session": Way(replace(RANKING, session=0.0)),
    "no recency": Way(replace(RANKING, recency=0.0)),
    "no time": Way(replace(RANKING, time=0.0)),
    "no trust": Way(replace(RANKING, owner=1.0, imported=1.0)),
    "notes as turns": Way(replace(RANKING, memory=1.0)),
    "length as BM25": Way(replace(RANKING, repetition=1.2, length=0.75)),
    "no expectation": Way(replace(RANKING, expected=1.0)),
    "outdated as any": Way(replace(RANKING, outdated=1.0)),
    "words that join asked too": _terms(
        lambda question: (
            *question.terms,
            *(Term(word, word, token) for word in question.dropped for token in tokens_of(word)),
        )
    ),
    "words of the trade left out": _terms(lambda question: (term for term in question.terms if not term.little)),
    "words of the trade as any": _terms(
        lambda question: (replace(term, most=2.0, rare=0.002) if term.little else term for term in question.terms)
    ),
    "names in parts only": _terms(lambda question: (term for term in question.terms if term.weight <= 1)),
    "names whole only": _terms(lambda question: (term for term in question.terms if term.weight != 0.5)),
    "no other forms": _terms(lambda question: (replace(term, others=()) for term in question.terms)),
}
PLAIN: dict[str, Callable[[str], str]] = {  # a question -> the FTS5 expression that asks it
    "plain full text": lambda text: " OR ".join(_quoted(text, STOP)),
    "plain, all words": lambda text: " OR ".join(_quoted(text, ())),
    "plain, all at once": lambda text: " AND ".join(_quoted(text, STOP)),
}


@dataclass(frozen=True, slots=True)
class Row:
    """Recall of one way of searching on one set, in per cent, over n questions that have an answer."""

    set: str
    way: str
    n: int
    at_5: float
    at_10: float
    all_5: float
    all_10: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Ours less plain full text, question by question: mean and 95 % bootstrap interval, in points."""

    set: str
    k: int
    mean: float
    low: float
    high: float


def measure(files: Sequence[Path] = (), locomo_file: Path | None = None) -> dict[str, Any]:
    """Our own set, the given ones, and LoCoMo's when its file is given; prints as it goes."""
    groups: dict[str, list[Set]] = {}
    found = read(OWN)
    found += [each for path in files for each in read(path)]
    found += locomo(locomo_file) if locomo_file else []
    for each in found:
        groups.setdefault(each.name.partition("/")[0], []).append(each)
    told: dict[str, Any] = {"rows": [], "differences": [], "types": [], "unasked": []}
    for name, sets in groups.items():
        _measure_group(name, sets, told)
    return told


def _measure_group(name: str, sets: list[Set], told: dict[str, Any]) -> None:
    ways = {"holdfast": Way(), **ABLATIONS}
    orders: dict[str, list[list[str]]] = {way: [] for way in (*PLAIN, *ways)}  # of each question, the ids found
    unasked: dict[str, list[tuple[Query, list[tuple[str, float]]]]] = {way: [] for way in ways}
    asked: list[Query] = []
    for each in sets:
        with library(each.docs) as store:
            floor = _Floor(each)
            for query in each.queries:
                if query.gold:
                    asked.append(query)
                    for which, shape in PLAIN.items():
                        orders[which].append(floor.order(shape(query.text)))
                for which, way in ways.items():
                    hits = _hits(store, each, query, way)
                    best = [(store.ids[hit.type, hit.number].id, hit.relevance) for hit in hits[:10]]
                    unasked[which].append((query, best))
                    if query.gold:
                        orders[which].append(_order(store, each, hits))
    for called, found in orders.items():
        row = _row(name, called, asked, found)
        told["rows"].append(row)
        print(
            f"{row.set:12} {row.way:28} n {row.n:4}  R@5 {row.at_5:5.1f}  R@10 {row.at_10:5.1f}"
            f"  all@5 {row.all_5:5.1f}  all@10 {row.all_10:5.1f}"
        )
    for k in (5, 10):
        difference = _difference(name, k, asked, orders["holdfast"], orders["plain full text"])
        told["differences"].append(difference)
        print(
            f"{name:12} ours less plain, R@{k}: {difference.mean:+.1f} [{difference.low:+.1f}, {difference.high:+.1f}]"
        )
    types = list(dict.fromkeys(query.type for query in asked))
    for type_ in types if len(types) > 1 else ():
        chosen = [nth for nth, query in enumerate(asked) if query.type == type_]
        for called in ("plain full text", "holdfast"):
            row = _row(
                f"{name}: {type_}", called, [asked[nth] for nth in chosen], [orders[called][nth] for nth in chosen]
            )
            told["types"].append(row)
            print(f"   {type_:18} {called:16} n {row.n:4}  R@5 {row.at_5:5.1f}  R@10 {row.at_10:5.1f}")
    for which, given in unasked.items():
        told["unasked"].append({"set": name, "way": which, **_unasked(given, by_session=sets[0].by_session)})
        print("  ", told["unasked"][-1])


def _hits(store: Library, of: Set, query: Query, way: Way) -> list[Found]:
    return find(
        store.database, way.asked(Question.of(query.text, files=query.files)), family=None, ranking=way.ranking,
        limit=_DEEP if of.by_session else 10, now=store.last + _LATER if query.at is None else query.at,
    )  # fmt: skip


def _order(store: Library, of: Set, hits: Sequence[Found]) -> list[str]:
    docs = [store.ids[hit.type, hit.number] for hit in hits]
    if not of.by_session:
        return [doc.id for doc in docs]
    return _sessions([(doc.session, hit.relevance) for doc, hit in zip(docs, hits, strict=True)])


def _sessions(scored: Sequence[tuple[str, float]]) -> list[str]:
    """The best first, by the sum of its three best turns; among equals the one whose best turn came first."""
    held: dict[str, list[float]] = {}
    for session, score in scored:
        held.setdefault(session, []).append(score)
    return sorted(held, key=lambda session: -sum(sorted(held[session], reverse=True)[:3]))


def _quoted(text: str, left_out: Collection[str]) -> list[str]:
    return [f'"{word}"' for word in re.findall(r"\w+", text.casefold()) if word not in left_out]


class _Floor:
    """Plain full text: FTS5 with porter."""

    def __init__(self, of: Set) -> None:
        self._of = of
        self._docs = [doc for doc in of.docs if doc.role != "tool"]
        self._database = apsw.Connection(":memory:")
        self._database.execute(
            "CREATE VIRTUAL TABLE f USING fts5 (x, tokenize = 'porter unicode61 remove_diacritics 2')"
        )
        texts = ((nth, doc.text) for nth, doc in enumerate(self._docs))
        self._database.executemany("INSERT INTO f (rowid, x) VALUES (?, ?)", texts)

    def order(self, match: str) -> list[str]:
        if not match:
            return []
        rows = self._database.execute(
            "SELECT rowid, -rank FROM f WHERE f MATCH ? ORDER BY rank LIMIT ?", (match, _DEEP)
        )
        found = [(self._docs[nth], score) for nth, score in rows]
        if self._of.by_session:
            return _sessions([(doc.session, score) for doc, score in found])
        return [doc.id for doc, _ in found]


def _share(query: Query, order: Sequence[str], k: int) -> float:
    return len(set(query.gold) & set(order[:k])) / len(set(query.gold))


def _row(name: str, way: str, asked: Sequence[Query], orders: Sequence[Sequence[str]]) -> Row:
    shares = {k: [_share(query, order, k) for query, order in zip(asked, orders, strict=True)] for k in (5, 10)}
    mean = {k: 100 * sum(each) / len(each) for k, each in shares.items()}
    whole = {k: 100 * sum(share == 1 for share in each) / len(each) for k, each in shares.items()}
    return Row(name, way, len(asked), mean[5], mean[10], whole[5], whole[10])


def _difference(
    name: str, k: int, asked: Sequence[Query], ours: Sequence[Sequence[str]], plain: Sequence[Sequence[str]]
) -> Difference:
    each = [_share(query, ours[nth], k) - _share(query, plain[nth], k) for nth, query in enumerate(asked)]
    chance = random.Random(1)
    means = sorted(sum(chance.choices(each, k=len(each))) / len(each) for _ in range(_RESAMPLED))
    low, high = means[int(0.025 * _RESAMPLED)], means[int(0.975 * _RESAMPLED)]
    return Difference(name, k, 100 * sum(each) / len(each), 100 * low, 100 * high)


def _unasked(hits: Sequence[tuple[Query, list[tuple[str, float]]]], *, by_session: bool) -> dict[str, Any]:
    """What a prompt would be given unasked: nothing for noise, an answer where there is one, nothing outdated."""
    noise = [found for query, found in hits if not query.gold]
    told: dict[str, Any] = {}
    if noise:
        told["noise"] = len(noise)
        told["noise_given_nothing"] = sum(not found or found[0][1] < THRESHOLD for found in noise)
    if not by_session:
        answered = [(query, found) for query, found in hits if query.gold]
        told["answered"] = sum(
            any(id in query.gold and fits >= THRESHOLD for id, fits in found[:5]) for query, found in answered
        )
        told["asked"] = len(answered)
    changed = [(query, found) for query, found in hits if query.stale]
    if changed:
        told["changed"] = len(changed)
        told["stale_given"] = sum(
            any(id in query.stale and fits >= THRESHOLD for id, fits in found) for query, found in changed
        )
        told["stale_first"] = sum(_first(found, query.stale) < _first(found, query.gold) for query, found in changed)
    return told


def _first(found: Sequence[tuple[str, float]], ids: Sequence[str]) -> int:
    return next((nth for nth, (id, _) in enumerate(found) if id in ids), len(found))
