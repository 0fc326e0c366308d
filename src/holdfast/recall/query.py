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

__all__ = ["Question", "Term"]

_ENDS: Final = 1_500  # characters that are read at each end of a text
_BETWEEN: Final = 40_000  # of what lies between, how much is looked through for names and errors
_WORDS: Final = 48  # terms that are asked for
_NAMES: Final = 12  # of them, how many may come from a paste
_FILES: Final = 8  # of the working set

# Words that ask, point and join, and those that a prompt is never about. Chosen by measurement (see docs).
_SAYS_NOTHING = """
a about after again all already also although always am an and another any anyone anything are as at away back be
because been before being both but by can cannot come could did didn do does doesn doing don done down each either else
even ever every everything few find for from further get gets getting give go goes going gone good got had has have
having he hello her here hers hey hi him his how i if in into is isn it its itself just kind know let lets like little
ll look lot made make makes many may maybe me might mine more most much must my need no nor not now of off oh ok okay on
once one only or other our ours out over own please pls put quite rather re really right s said same say says see seem
shall she should show since so some someone something sort still stuff such sure t take tell than thank thanks that the
their them then there these they thing things think this those though through to too try trying two under until up upon
us use used using ve very want was wasn way we well went were what whatever when where whether which while who whom whose
why will with within without won would yeah yes yet you your yours yourself
day time bit actually basically currently exactly probably recently great nice cool perfect awesome fine correct
continue proceed keep next stop wait done ready start yep nope sorry explain describe mention mentioned remind remember
recall question answer happen happened happens work works worked working
el la los las un una unos unas de del al y o que qué en con por para es son fue era hay lo se su sus nos como cómo
cuándo cuando dónde donde quién quien más pero este esta esto ese esa eso sí ya muy mi tu
der die das den dem des ein eine einen einem einer und oder aber ist sind war waren wird werden wurde wir ich du er sie
es uns im ins mit von vom zu zum zur auf für als auch wie wo wann warum wer wurden haben hat hatte noch nur schon doch
le les des du une et ou est sont était dans pour avec sur par pas que qui quoi où quand pourquoi comment nous vous ils
elle ce cette ces au aux son sa ses leur
"""
# Words of the trade that say little by themselves: in any store many texts hold them.
_SAYS_LITTLE = """
add added adding build bug bugs call calls change changed changes check class clean code command commit commits config
create data default delete error errors fail failed failing fails feature file files first fix fixed fixes folder
function handle help implement improve issue issues line lines list log logs main method module move name new old open
option output path plan prompt pr problem project pull push read refactor remove rename repo result return review run
running runs set setup simple step string support switch task test tested testing tests type update updated user value
version write
last yesterday today tomorrow week month year ago before earlier later latest previous
decide decided decision choose chose agree agreed reason prefer
hacer archivo prueba cambiar error fehler datei ändern fichier erreur changer
"""
_NOTHING: Final = frozenset(_SAYS_NOTHING.split())
_LITTLE: Final = frozenset(_SAYS_LITTLE.split())

_WORD = re.compile(r"[^\W_]+(?:[_\-./:'’][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_NAME = re.compile(r"\b[A-Za-z][A-Za-z0-9]*(?:[_./:-][A-Za-z0-9]+)+\b|\b[a-z]+[A-Z]\w*\b|\b(?:[A-Z][a-z0-9]+){2,}\b")
_FAILURE = re.compile(
    r"error|exception|panic|fatal|fail(?:ed|ure)|traceback|cannot|denied|refused|not found|undefined", re.I
)
_FENCED = re.compile(r"```.*?(?:```|\Z)", re.S)


@dataclass(frozen=True, slots=True)
class Term:
    """One word to look for. word: as it was asked; text: the part of it that is looked for; token: that as the index
    has it.

    weight: how much it says, 1 for a plain word; rare: the share of texts that one expects to hold it, for a store
    that is too small to tell; prefix: words that begin so are meant as well.
    """

    word: str
    text: str
    token: str
    weight: float = 1.0
    rare: float = 0.002
    prefix: bool = False

    @property
    def match(self) -> str:
        """The FTS5 expression for it."""
        return quoted(self.text) + (" *" if self.prefix else "")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `terms` by their text; `dropped`: the words that say nothing; `files`: what the working set adds
    (never found by it alone)."""

    terms: tuple[Term, ...]
    dropped: tuple[str, ...] = ()
    files: tuple[Term, ...] = ()

    @classmethod
    def of(cls, text: str, *, files: Sequence[str] = (), prefix: bool = False) -> "Question":
        """Any string is a question. prefix: its last word may be the beginning of one."""
        found: dict[str, Term] = {}
        dropped: dict[str, None] = {}
        said, pasted = _looked_at(text)
        words = list(_words(said))
        for word in words:
            _ask(word, found, dropped)
        for word in list(dict.fromkeys(_words(pasted)))[:_NAMES]:
            _ask(word, found, dropped)
        if not found:  # nothing but words that say nothing: they are asked for, and weigh next to nothing
            for word in dropped or (said[:200],):
                _keep(found, (Term(word, word, token, 0.05, 0.2) for token in tokens_of(word)))
        if prefix and words and words[-1].casefold() not in dropped:
            _open_end(words[-1], found)
        worked_on: dict[str, Term] = {}
        for file in files[:_FILES]:
            name = "".join(_PART.findall(file.replace("\\", "/").rpartition("/")[2])).casefold()
            _keep(worked_on, (Term(file, name, token, 1.0, 0.001) for token in tokens_of(name)))
        return cls(tuple(found.values())[:_WORDS], tuple(dropped), tuple(worked_on.values()))


def _looked_at(text: str) -> tuple[str, str]:
    """What a person said in `text`, and of what was pasted the names and errors."""
    if len(text) > 2 * _ENDS:
        said = text[:_ENDS] + "\n" + text[-_ENDS:]
        between = text[_ENDS : _ENDS + _BETWEEN // 2] + "\n" + text[_ENDS + _BETWEEN // 2 : -_ENDS][-_BETWEEN // 2 :]
    else:
        said, between = text, ""
    fenced = "\n".join(_FENCED.findall(said))
    said = unicodedata.normalize("NFC", _FENCED.sub("\n", said))
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
    if plain in _NOTHING:
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
    if named:
        yield from (Term(word, whole, token, 1.5, 0.0005) for token in tokens_of(whole))
    for part in split if named else _PART.findall(word):
        low = part.casefold()
        if low in _NOTHING:
            dropped[low] = None
        elif not (named and low == whole):
            yield from (_plain(word, low, token, 0.5 if named else 1.0) for token in tokens_of(low))


def _plain(word: str, low: str, token: str, weight: float) -> Term:
    if low in _LITTLE:
        return Term(word, low, token, weight * 0.7, 0.08)
    if len(low) < 3:
        return Term(word, low, token, weight * 0.5, 0.02)
    return Term(word, low, token, weight)


def _open_end(word: str, found: dict[str, Term]) -> None:
    """The last word of what is being typed: a word as it stands, or the beginning of one."""
    low = word.casefold()
    if CJK.search(word) or not low.isalnum():
        return
    for token in tokens_of(low):
        known = found.get(token)
        found[f"{token}*"] = Term(word, low, token, known.weight if known else 1.0, 0.01, prefix=True)
        found.pop(token, None)
