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

# Words that only join, point and ask. A longer list finds less: even "make" and "before" tell texts apart.
_SAYS_NOTHING = """
a about again all also am an and any are as at be been being but by can could did do does doing don done each few for from
had has have having he her here hers him his how i if in into is isn it its itself just ll may me might more most must my
no nor not now of on only or other our ours over own re s same shall she should so some such t than that the their theirs
them then there these they this those through to too under until us very ve was we were what when where which while who
whom whose why will with would you your yours
al aux como con cuando cómo de del den der des des die du eine einem einen einer el ella en es est et für haben hat ich
il ist la las le les los mit nous oder où para pour por pourquoi qué que qui quoi sont sur und une uns vom von wann warum
wer wie wir wo zum zur
"""
# Words that say little by themselves: of talk, of asking, and of the trade. What is shared with them alone is not
# yet an answer; in a store that holds them often they weigh less still.
_SAYS_LITTLE = """
actually after already always another anyone anything away awesome back basically because before bit come continue cool
correct currently day describe down either else enough even ever every everything exactly explain find fine first get gets
getting give go goes going gone good got great happen happened happens hello hey hi keep kind know last let lets like
little look looks lot made make makes many maybe mean mention mentioned mine much need next nice nope off oh ok okay once one out
perfect please possible pls probably proceed put question quite rather ready really recall recently remember remind right
said say says see seem show since someone something sorry start still stop stuff sure take tell thank thanks thing things
think though time together try trying two up upon use used using wait want way well went without work worked working works
yeah yep yes yet answer ask asked able done thoughts idea
add added adding build bug bugs call calls change changed changes check class clean code command commit commits config
create data default delete error errors fail failed failing fails feature file files fix fixed fixes folder function handle
help implement improve issue issues line lines list log logs main method module move name new old open option output path
plan pr problem project prompt pull push read refactor remove rename repo result return review run running runs set setup
simple step string support switch task test tested testing tests type update updated user value version write
yesterday today tomorrow week month year ago earlier later latest previous
decide decided decision choose chose agree agreed reason prefer
bitte danke weiter gracias sigue merci continuez oui ja si sí ändern datei fehler fichier erreur archivo prueba
"""
# Forms that no ending tells: a question about what was chosen is answered by "we chose".
_FORMS: Final = """
become became|begin began begun|bind bound|break broke broken|bring brought|build built|buy bought|catch caught
choose chose chosen|come came|deal dealt|draw drew drawn|drive drove driven|eat ate eaten|fall fell fallen|feed fed
feel felt|fight fought|find found|fly flew flown|forget forgot forgotten|freeze froze frozen|get got gotten|give gave given
go went gone|grow grew grown|hang hung|hear heard|hide hid hidden|hold held|keep kept|know knew known|lead led|leave left
lend lent|lose lost|make made|mean meant|meet met|pay paid|ride rode ridden|ring rang rung|rise rose risen|run ran
see saw seen|seek sought|sell sold|send sent|shake shook shaken|shoot shot|show shown|shrink shrank shrunk|sing sang sung
sink sank sunk|sit sat|sleep slept|speak spoke spoken|spend spent|spin spun|stand stood|steal stole stolen|stick stuck
strike struck|swear swore sworn|swim swam swum|take took taken|teach taught|tear tore torn|tell told|think thought
throw threw thrown|understand understood|wake woke woken|wear wore worn|win won|write wrote written
child children|foot feet|man men|mouse mice|person people|woman women|index indices|matrix matrices|vertex vertices
analysis analyses|criterion criteria|datum data|life lives|wife wives|leaf leaves|half halves
"""
_OTHERS: Final = {
    form: tuple(other for other in forms if other != form)
    for forms in (line.split() for line in _FORMS.replace("\n", "|").split("|"))
    for form in forms
}
_NOTHING: Final = frozenset(_SAYS_NOTHING.split())
_LITTLE: Final = frozenset(_SAYS_LITTLE.split())
_LITTLE_MOST: Final = 0.4

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
        for word in list(dict.fromkeys(_words(pasted)))[:_NAMES]:
            _ask(word, found, dropped)
        if not found:  # nothing but words that say nothing: they are asked for, and weigh next to nothing
            for word in dropped or (said[:200],):
                _keep(found, (Term(word, word, token, 0.1, 0.3, 0.1) for token in tokens_of(word)))
        if prefix and words and words[-1].casefold() not in dropped:
            _open_end(words[-1], found)
        worked_on: dict[str, Term] = {}
        for file in files[:_FILES]:
            name = "".join(_PART.findall(file.replace("\\", "/").rpartition("/")[2])).casefold()
            _keep(worked_on, (Term(file, name, token, 1.0, 0.001) for token in tokens_of(name)))
        return cls(tuple(found.values())[:_WORDS], tuple(dropped), tuple(worked_on.values()), said)


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
    file = "".join(_PART.findall(word.rpartition("/")[2])).casefold()  # a path's file goes by its own name too
    for part in split if named else _PART.findall(word):
        low = part.casefold()
        if named and low in (whole, file):
            yield from (Term(word, low, token, 1.5, 0.0005) for token in tokens_of(low))
        elif low in _NOTHING:
            dropped[low] = None
        else:
            yield from (_plain(word, low, token, 0.5 if named else 1.0) for token in tokens_of(low))


def _plain(word: str, low: str, token: str, weight: float) -> Term:
    if low in _LITTLE:
        return Term(word, low, token, weight, 0.1, _LITTLE_MOST, others=_forms(low))
    return Term(word, low, token, weight, 0.02 if len(low) < 3 else 0.002, 0.5 if len(low) < 3 else 2.0, others=_forms(low))


def _forms(low: str) -> tuple[tuple[str, str], ...]:
    return tuple((other, token) for other in _OTHERS.get(low, ()) for token in tokens_of(other))


def _open_end(word: str, found: dict[str, Term]) -> None:
    """The last word of what is being typed: a word as it stands, or the beginning of one."""
    low = word.casefold()
    if CJK.search(word) or not low.isalnum():
        return
    for token in tokens_of(low):
        known = found.get(token)
        found[f"{token}*"] = Term(word, low, token, known.weight if known else 1.0, 0.01, 2.0, True)
        found.pop(token, None)
