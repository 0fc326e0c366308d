"""How well things are found: our own sets and others', beside plain full text, with each part of the ranking off.

recall@k is the share of a question's answers among the first k, averaged over the questions; all@k the share of
questions with all of theirs among them. Where sessions are sought, a session's score is the sum of its three best
turns. A question is asked at the time that the set names for it, else three months after the last text.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import apsw

from holdfast.recall.find import THRESHOLD, Found, find
from holdfast.recall.query import Question
from holdfast.recall.rank import RANKING, Ranking

from .recall_sets import OWN, Library, Query, Set, library, locomo, read

__all__ = ["STOP", "Difference", "Row", "measure"]

_LATER = 90 * 86_400_000  # ms
_DEEP = 400  # hits that are looked through for sessions
_RESAMPLED = 2_000
ABLATIONS: dict[str, Ranking] = {
    "no neighbours": replace(RANKING, beside=0.0, answer=0.0),
    "answers as any neighbour": replace(RANKING, answer=RANKING.beside, asks=1.0),
    "no session": replace(RANKING, session=0.0),
    "no recency": replace(RANKING, recency=0.0),
    "no time": replace(RANKING, time=0.0),
    "no trust": replace(RANKING, owner=1.0, imported=1.0),
    "notes as turns": replace(RANKING, memory=1.0),
    "length as BM25": replace(RANKING, repetition=1.2, length=0.75),
    "no expectation": replace(RANKING, expected=1.0),
    "outdated as any": replace(RANKING, outdated=1.0),
}
STOP = frozenset(
    [
        "a",
        "an",
        "the",
        "and",
        "or",
        "but",
        "if",
        "then",
        "of",
        "in",
        "on",
        "at",
        "for",
        "to",
        "from",
        "by",
        "with",
        "as",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "am",
        "do",
        "does",
        "did",
        "done",
        "have",
        "has",
        "had",
        "it",
        "its",
        "this",
        "that",
        "these",
        "those",
        "i",
        "you",
        "he",
        "she",
        "we",
        "they",
        "me",
        "my",
        "your",
        "our",
        "their",
        "his",
        "her",
        "them",
        "us",
        "what",
        "which",
        "who",
        "whom",
        "whose",
        "when",
        "where",
        "why",
        "how",
        "can",
        "could",
        "should",
        "would",
        "will",
        "shall",
        "may",
        "might",
        "must",
        "not",
        "no",
        "so",
        "than",
        "too",
        "very",
        "just",
        "also",
        "about",
        "into",
        "over",
        "under",
        "again",
        "there",
        "here",
        "all",
        "any",
        "each",
        "few",
        "more",
        "most",
        "other",
        "some",
        "such",
        "only",
        "own",
        "same",
        "s",
        "t",
        "don",
        "now",
    ]
)


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


def measure(files: Sequence[Path] = (), locomo_file: Path | None = None, *, ablate: bool = True) -> dict[str, Any]:
    """Our own set, the given ones, and LoCoMo's when its file is given; prints as it goes."""
    groups: dict[str, list[Set]] = {}
    found = read(OWN)
    found += [each for path in files for each in read(path)]
    found += locomo(locomo_file) if locomo_file else []
    for each in found:
        groups.setdefault(each.name.partition("/")[0], []).append(each)
    told: dict[str, Any] = {"rows": [], "differences": [], "types": [], "unasked": []}
    for name, sets in groups.items():
        _measure_group(name, sets, told, ablate)
    return told


def _measure_group(name: str, sets: list[Set], told: dict[str, Any], ablate: bool) -> None:
    ways = ["plain full text", "holdfast", *(ABLATIONS if ablate else ())]
    orders: dict[str, list[list[str]]] = {way: [] for way in ways}  # of each question, in turn, the ids found
    asked: list[Query] = []
    unasked: list[tuple[Query, list[tuple[str, float]]]] = []
    for each in sets:
        with library(each.docs) as store:
            floor = _Floor(each)
            for query in each.queries:
                hits = _hits(store, each, query, RANKING)
                unasked.append((query, [(store.ids[hit.type, hit.number].id, hit.relevance) for hit in hits[:10]]))
                if not query.gold:
                    continue
                asked.append(query)
                orders["plain full text"].append(floor.order(query))
                orders["holdfast"].append(_order(store, each, hits))
                for way, ranking in ABLATIONS.items() if ablate else ():
                    orders[way].append(_order(store, each, _hits(store, each, query, ranking)))
    for way, found in orders.items():
        row = _row(name, way, asked, found)
        told["rows"].append(row)
        print(
            f"{row.set:12} {row.way:26} n {row.n:4}  R@5 {row.at_5:5.1f}  R@10 {row.at_10:5.1f}"
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
        for way in ("plain full text", "holdfast"):
            row = _row(f"{name}: {type_}", way, [asked[nth] for nth in chosen], [orders[way][nth] for nth in chosen])
            told["types"].append(row)
            print(f"   {type_:18} {way:16} n {row.n:4}  R@5 {row.at_5:5.1f}  R@10 {row.at_10:5.1f}")
    told["unasked"].append({"set": name, **_unasked(unasked, by_session=sets[0].by_session)})
    print("  ", told["unasked"][-1])


def _hits(store: Library, of: Set, query: Query, ranking: Ranking) -> list[Found]:
    return find(
        store.database, Question.of(query.text, files=query.files), family=None, ranking=ranking,
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


class _Floor:
    """Plain full text: FTS5 with porter, any of the words, stop words out."""

    def __init__(self, of: Set) -> None:
        self._of = of
        self._docs = [doc for doc in of.docs if doc.role != "tool"]
        self._database = apsw.Connection(":memory:")
        self._database.execute(
            "CREATE VIRTUAL TABLE f USING fts5 (x, tokenize = 'porter unicode61 remove_diacritics 2')"
        )
        texts = ((nth, doc.text) for nth, doc in enumerate(self._docs))
        self._database.executemany("INSERT INTO f (rowid, x) VALUES (?, ?)", texts)

    def order(self, query: Query) -> list[str]:
        words = [word for word in re.findall(r"\w+", query.text.casefold()) if word not in STOP]
        if not words:
            return []
        match = " OR ".join(f'"{word}"' for word in words)
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
