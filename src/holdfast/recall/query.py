"""A question: what of a text is asked for, and how much each word of it says.

A prompt may be one word or a pasted log of a megabyte. Looked at is a bounded part: what a person wrote at its two
ends, and of what lies between the names, the paths and the lines that tell of an error.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ..store.terms import CJK, quoted, terms_of, tokens_of
from .words import LITTLE, NOTHING, OTHER_FORMS

__all__ = ["Question", "Term"]

_ENDS: Final = 1_500  # characters that are read at each end of a text
_BETWEEN: Final = 40_000  # of what lies between, how much is looked through for names and errors
_WORDS: Final = 36  # terms of what a person wrote that are asked for
_NAMES: Final = 12  # words of what was pasted, likewise
_FILES: Final = 8  # of the working set

_LITTLE_MOST: Final = 0.4  # what a word that says little says at the most

_WORD = re.compile(r"[^\W_]+(?:[_\-./:'’][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_NAME = re.compile(r"\b[A-Za-z][A-Za-z0-9]*(?:[_./:-][A-Za-z0-9]+)+\b|\b[a-z]+[A-Z]\w*\b|\b(?:[A-Z][a-z0-9]+){2,}\b")
_FAILURE = re.compile(
    r"error|exception|panic|fatal|fail(?:ed|ure)|traceback|cannot|denied|refused|not found|undefined", re.I
)
_COMBINING = re.compile("[\u0300-\u036f]")
_FENCED = re.compile(r"```.*?(?:```|\Z)", re.S)


@dataclass(frozen=True, slots=True)
class Term:
    """One word to look for. word: as it was asked; text: the part of it that is looked for; token: that as the index
    has it.

    weight: how much it says, 1 for a plain word; rare: the share of texts that one expects to hold it, for a store
    that is too small to tell; most: what it says at the most; prefix: words that begin so are meant as well.
    others: (text, token) of the forms of the word that are meant as well.
    """

    word: str
    text: str
    token: str
    weight: float = 1.0
    rare: float = 0.002
    most: float = 2.0
    prefix: bool = False
    others: tuple[tuple[str, str], ...] = ()

    @property
    def tokens(self) -> tuple[str, ...]:
        """All words of the index that are meant."""
        return (self.token, *(token for _, token in self.others))

    @property
    def little(self) -> bool:
        """Whether it says little by itself."""
        return self.most <= _LITTLE_MOST

    @property
    def match(self) -> str:
        """The FTS5 expression for it."""
        said = quoted(self.text) + (" *" if self.prefix else "")
        return " OR ".join([said, *(quoted(text) for text, _ in self.others)])


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `terms` by their text; `dropped`: the words that say nothing; `files`: what the working set adds
    (never found by it alone); `said`: the words themselves, as far as they were looked at."""

    terms: tuple[Term, ...]
    dropped: tuple[str, ...] = ()
    files: tuple[Term, ...] = ()
    said: str = ""

    @classmethod
    def of(cls, text: str, *, files: Sequence[str] = (), prefix: bool = False) -> "Question":
        """Any string is a question. prefix: its last word may be the beginning of one."""
        found: dict[str, Term] = {}
        dropped: dict[str, None] = {}
        said, pasted = _looked_at(text)
        words = list(_words(said))
        for word in words:
            _ask(word, found, dropped)
        if not said.isascii():  # where the index parts words otherwise than we do, its words count
            for token in tokens_of(said):
                if CJK.search(token):
                    _keep(found, _terms(token, dropped))
                elif token not in found and token not in dropped:
                    found[token] = Term(token, token, token)
        found = _most_telling(found)
        for word in list(dict.fromkeys(_words(pasted)))[:_NAMES]:
            _ask(word, found, dropped)
        if not found:  # nothing but words that say nothing: they are asked for, and weigh next to nothing
            for word in dropped or (text[:200],):
                _keep(found, (Term(word, word, token, 0.1, 0.3, 0.1) for token in tokens_of(word)))
        if prefix and words and words[-1].casefold() not in dropped:
            _open_end(words[-1], found)
        worked_on: dict[str, Term] = {}
        for file in files[:_FILES]:
            name = "".join(_PART.findall(file.replace("\\", "/").rpartition("/")[2])).casefold()
            _keep(worked_on, (Term(file, name, token, 1.0, 0.001) for token in tokens_of(name)))
        return cls(tuple(found.values()), tuple(dropped), tuple(worked_on.values()), said)


def _most_telling(found: dict[str, Term]) -> dict[str, Term]:
    """As many as are asked for: those that say most, and among equals those nearest to an end of the text."""
    if len(found) <= _WORDS:
        return found
    last = len(found) - 1
    placed = [
        (-min(term.weight, term.most), min(nth, last - nth), token) for nth, (token, term) in enumerate(found.items())
    ]
    kept = {token for _, _, token in sorted(placed)[:_WORDS]}
    return {token: term for token, term in found.items() if token in kept}


def _looked_at(text: str) -> tuple[str, str]:
    """What a person said in `text`, and of what was pasted the names and errors."""
    if len(text) > 2 * _ENDS:
        said = text[:_ENDS] + "\n" + text[-_ENDS:]
        between = text[_ENDS : _ENDS + _BETWEEN // 2] + "\n" + text[_ENDS + _BETWEEN // 2 : -_ENDS][-_BETWEEN // 2 :]
    else:
        said, between = text, ""
    fenced = "\n".join(_FENCED.findall(said))
    said = _FENCED.sub("\n", said)
    if _COMBINING.search(said):  # else as it is: some signs have another form there than in the texts
        said = unicodedata.normalize("NFC", said)
    return said, _telling(fenced + "\n" + between)


def _telling(pasted: str) -> str:
    """The words of lines that tell of an error, then the names in the rest."""
    lines = [line[:300] for line in pasted.splitlines() if _FAILURE.search(line[:300])]
    return " ".join([*lines[:2], *lines[2:][-2:], *dict.fromkeys(_NAME.findall(pasted))])


def _words(text: str) -> Iterator[str]:
    return (match.group() for match in _WORD.finditer(text))


def _keep(found: dict[str, Term], terms: Iterable[Term]) -> None:
    """Each word of the index once, as what says most of it."""
    for term in terms:
        known = found.get(term.token)
        if known is None or known.weight < term.weight:
            found[term.token] = term


def _ask(word: str, found: dict[str, Term], dropped: dict[str, None]) -> None:
    plain = word.casefold()
    if plain in NOTHING:
        dropped[plain] = None
    else:
        _keep(found, _terms(word, dropped))


def _terms(word: str, dropped: dict[str, None]) -> Iterable[Term]:
    if CJK.search(word):
        for pair in terms_of(word).split():
            if CJK.fullmatch(pair):
                yield from (Term(word, pair, token, 0.6, 0.005, prefix=len(pair) == 1) for token in tokens_of(pair))
        word = CJK.sub(" ", word)
    whole = "".join(_PART.findall(word)).casefold()
    split = terms_of(word).split()
    named = whole in split
    file = "".join(_PART.findall(word.rpartition("/")[2])).casefold()  # a path's file goes by its own name too
    for part in split if named else _PART.findall(word):
        low = part.casefold()
        if named and low in (whole, file):
            yield from (Term(word, low, token, 1.5, 0.0005) for token in tokens_of(low))
        elif low in NOTHING:
            dropped[low] = None
        else:
            yield from (_plain(word, low, token, 0.5 if named else 1.0) for token in tokens_of(low))


def _plain(word: str, low: str, token: str, weight: float) -> Term:
    if low in LITTLE:
        return Term(word, low, token, weight, 0.1, _LITTLE_MOST, others=_forms(low))
    if len(low) < 3 or (len(low) < 4 and low.isdigit()):
        return Term(word, low, token, weight, 0.02, 0.5)
    return Term(word, low, token, weight, others=_forms(low))


def _forms(low: str) -> tuple[tuple[str, str], ...]:
    return tuple((other, token) for other in OTHER_FORMS.get(low, ()) for token in tokens_of(other))


def _open_end(word: str, found: dict[str, Term]) -> None:
    """The last word of what is being typed: a word as it stands, or the beginning of one."""
    low = word.casefold()
    if CJK.search(word) or not low.isalnum():
        return
    for token in tokens_of(low):
        known = found.get(token)
        found[f"{token}*"] = Term(word, low, token, known.weight if known else 1.0, 0.01, 2.0, True)
        found.pop(token, None)
