"""How well texts fit a question: one measure for memories and for what was said, in stores of any size.

What a word says is how rare it is in the store, mixed with how rare one expects it to be: in a store of three notes
everything is rare. What a text says to a question is the sum over its words, each damped by repetition and length
(the form is BM25's: Robertson & Zaragoza 2009); a turn also speaks for the turns beside it, and its session for it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..store.terms import tokens_of
from .currency import Note
from .query import Question, Term
from .when import fits, times_in

__all__ = ["RANKING", "Candidate", "Ranking", "Weigher", "Weights"]

_DAY: Final = 86_400_000  # ms
_READ: Final = 8_000  # characters of a text that are looked at


@dataclass(frozen=True, slots=True)
class Ranking:
    """What the measure is made of; every part can be switched off (0, or 1 for a factor) to see what it is worth."""

    repetition: float = 0.8  # how soon saying a word again adds nothing (BM25's k1)
    length: float = 0.4  # how much a long text must say more (BM25's b)
    usual: float = 40.0  # words of a usual text
    least: float = 10.0  # words that the shortest text counts as
    expected: float = 50.0  # texts that the expectations of rarity are worth
    title: float = 2.0  # times that a word of a title counts
    beside: float = 0.5  # what a turn beside one is worth, of what it says itself
    answer: float = 1.0  # the same, for what follows a question
    fading: float = 0.7  # what the turn after next is worth, of that
    asks: float = 0.8  # what a turn is worth that asks itself
    session: float = 0.5  # what the best turn of its session is worth
    files: float = 0.3  # added for what speaks of files worked on
    recency: float = 0.25  # added for what was said this moment
    recent: float = 7.0  # days in which that fades to a third
    time: float = 0.6  # added for what was said at a time that the question names
    outdated: float = 0.5  # the relevance that is left to a memory when a newer one says otherwise
    owner: float = 1.05
    imported: float = 0.9
    memory: float = 1.45  # a note says by itself what a turn says with those beside it
    patience: float = 0.5  # how what must be shared grows with what was asked (its power)
    plenty: float = 12.0  # what was asked, from which on it grows no more


RANKING: Final = Ranking()


@dataclass(frozen=True, slots=True)
class Weights:
    """Of each word of a question what it says, 0 to about 1.5, and of all of them together. forms: the words of the
    index that are meant -> the word of the question."""

    terms: Mapping[str, float]
    prefixes: Mapping[str, float]
    forms: Mapping[str, str]
    little: frozenset[str]
    files: frozenset[str]
    whole: float


@dataclass(slots=True)
class Candidate:
    """A text that may be an answer. `at` in Unix ms; before, after: the turns beside it, the nearest first.

    trusted: how far, in steps. words: those of the body, as far as it is looked at.
    """

    key: tuple[str, int]
    title: str
    body: str
    extra: str
    at: int
    session: int | None = None
    hit: bool = True
    before: Sequence[int] = ()
    after: Sequence[int] = ()
    own: float = 0.0
    covers: float = 0.0
    score: float = 0.0
    trusted: int = 0
    words: Sequence[str] = ()
    parts: dict[str, float] = field(default_factory=dict)


class Weigher:
    """Weighs texts for one question over one store."""

    def __init__(
        self, question: Question, counts: Mapping[str, int], texts: int, now: int, ranking: Ranking = RANKING
    ) -> None:
        """counts: in how many texts of the store each word stands; texts: how many there are; now: Unix ms."""
        self.ranking = ranking
        self.now = now
        self.times = times_in(question.said, now)
        most = math.log((texts + ranking.expected) / 0.5)
        terms: dict[str, float] = {}
        prefixes: dict[str, float] = {}
        for term in question.terms:
            said = min(term.most, term.weight * self._rarity(term, counts, texts) / most)
            (prefixes if term.prefix else terms)[term.token] = said
        whole = sum(terms.values()) + sum(prefixes.values())
        forms = {other: term.token for term in question.terms for _, other in term.others if other not in terms}
        forms |= {token: token for token in terms}
        little = frozenset(term.token for term in question.terms if term.little)
        self.weights = Weights(terms, prefixes, forms, little, frozenset(term.token for term in question.files), whole)

    def _rarity(self, term: Term, counts: Mapping[str, int], texts: int) -> float:
        expected = self.ranking.expected
        held = term.rare * expected + sum(counts.get(token, 0) for token in term.tokens)
        return max(0.05, math.log((texts + expected) / (held + 0.5)))

    def weigh(self, each: Candidate) -> None:
        """What the words of a text say by themselves."""
        ranking, weights = self.ranking, self.weights
        wanted = weights.forms
        body = each.words = tokens_of(each.body[:_READ])
        own = not each.body.startswith(each.title.rstrip("…"))  # not only the beginning of the text
        title = tokens_of(each.title) if own else []
        count: dict[str, float] = {}
        for word in filter(None, map(wanted.get, body)):  # most words of a text were not asked for
            count[word] = count.get(word, 0) + 1
        for word in filter(None, map(wanted.get, title)):
            count[word] = count.get(word, 0) + ranking.title
        extra = tokens_of(each.extra) if each.extra else []
        for word in filter(None, map(wanted.get, extra)):
            count.setdefault(word, 1)
        for start in weights.prefixes:
            found = sum(token.startswith(start) for token in (*title, *body, *extra))
            if found:
                count[start + "*"] = found
        size = 1 - ranking.length + ranking.length * max(ranking.least, len(body) + len(title)) / ranking.usual
        damped = ranking.repetition * size
        said = little = covered = 0.0
        for token, times in count.items():
            weight = weights.terms[token] if token in weights.terms else weights.prefixes[token[:-1]]
            damp = weight * times * (ranking.repetition + 1) / (times + damped)
            if token in weights.little:
                little += damp
            else:
                said += damp
            covered += weight
        said += little / (1 + little)  # many words that say little do not say much
        each.own = said
        each.covers = covered / weights.whole if weights.whole else 0.0
        each.parts = {"lexical": said, "coverage": each.covers}
        if weights.files and not weights.files.isdisjoint((*extra, *body)):
            each.parts["files"] = ranking.files

    def place(self, turns: Mapping[int, Candidate]) -> None:
        """What turns gain from those beside them, and from the best of their session."""
        ranking = self.ranking
        best: dict[int | None, float] = {}
        for each in turns.values():
            best[each.session] = max(best.get(each.session, 0.0), each.own)
        for each in turns.values():
            beside = 0.0
            for nth, number in enumerate(each.before):
                other = turns.get(number)
                if other is not None:
                    share = ranking.answer if nth == 0 and _asks(other) else ranking.beside
                    beside = max(beside, other.own * share * ranking.fading**nth)
            for nth, number in enumerate(each.after):
                other = turns.get(number)
                if other is not None:
                    beside = max(beside, other.own * ranking.beside * ranking.fading**nth)
            own = each.own * (ranking.asks if _asks(each) else 1.0)
            gained = ranking.session * best[each.session]
            each.parts |= {"neighbours": beside, "session": gained}
            each.score = (own + beside + gained) / (1 + ranking.session)

    def add(self, each: Candidate, factors: Mapping[str, float]) -> None:
        """What is known of a text beside its words: small, so that words decide."""
        ranking = self.ranking
        age = (self.now - each.at) / _DAY
        if -0.01 <= age < 20 * ranking.recent:
            factors = {**factors, "recency": 1 + ranking.recency * math.exp(-max(0.0, age) / ranking.recent)}
        if self.times:
            factors = {**factors, "time": 1 + ranking.time * fits(self.times, each.at)}
        if "files" in each.parts:
            each.score += each.parts["files"]
        for name, factor in factors.items():
            if factor != 1:
                each.parts[name] = factor
                each.score *= factor

    def relevance(self, each: Candidate) -> float:
        """Its score as a share, 0 to 1: about how sure it is that the text is about what was asked.

        The more was asked, the more must be shared.
        """
        asked = min(self.ranking.plenty, max(1.0, self.weights.whole)) ** self.ranking.patience
        return (1 - math.exp(-each.score / asked)) * each.parts.get("outdated", 1.0)

    def outdated(self, memories: Iterable[Candidate], least: float) -> list[tuple[Candidate, list[int]]]:
        """Each memory as relevant as that, of which newer ones say otherwise, with their numbers."""
        found: list[tuple[Candidate, list[int]]] = []
        latest = sorted(memories, key=lambda one: (-one.at, one.key))
        notes: list[Note] = []
        for nth, each in enumerate(latest):
            if self.relevance(each) < least:
                continue
            notes += [Note(other, self.weights) for other in latest[len(notes) : nth + 1]]
            if numbers := [latest[at].key[1] for at in range(nth) if notes[at].outdates(notes[nth])]:
                found.append((each, numbers))
        return found


def _asks(each: Candidate) -> bool:
    return each.body.rstrip().endswith("?")
