"""When two memories say the same, so that the second is folded into the first.

Folding drops the second text, so it must say nothing that the first does not. Exact repeats are equal after
`normalised`. A near repeat is the kept text with some words left out: its words all occur there in the same order,
they are at least NEAR of it, and every word that turns a meaning (numbers, negations and limits, identifiers, code)
stands in both, in the same order. "use 2 spaces" and "use 4 spaces", "do …" and "do not …", `getUser` and `getUsers`
are two memories; so are two that differ in any word of substance, however long they are.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from .draft import title_of

__all__ = ["FILLERS", "NEAR", "Wording", "says", "wording"]

NEAR: Final = 0.8  # of the kept one's words, how many the new one must have

_CAN_GO = """
a an the this that these those it its is are be been being am do does we you i our
and also just very really please so then there here of in on at for as
"""
_MUST_STAY = """
never none nothing nobody neither nowhere cannot without except unless only always sometimes often rarely instead
rather until before after above below over under more less least most every each some many both either first
second third last half double twice once zero three four five seven eight nine eleven twelve
fifteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million
must should could would might shall when while where with from into onto were had avoid
nicht kein keine keinen niemals ohne jamais sans aucun aucune rien nunca jamas ningun ninguno nada senza nessun
nessuno niet geen nooit zonder nenhum никогда нельзя нет без
"""
# Words that can come or go without changing what is said.
FILLERS: Final = frozenset(_CAN_GO.split())
# Words that turn what is said; when one of them differs, nothing is folded. So do all others of up to three letters.
_TURNS: Final = frozenset(_MUST_STAY.split())
_NOT: Final[dict[str, tuple[str, ...]]] = {
    "cannot": ("can", "not"),
    "cant": ("can", "not"),
    "can't": ("can", "not"),
    "won't": ("will", "not"),
    "wont": ("will", "not"),
    "shan't": ("shall", "not"),
    "dont": ("do", "not"),
    "doesnt": ("does", "not"),
    "didnt": ("did", "not"),
    "isnt": ("is", "not"),
    "arent": ("are", "not"),
    "shouldnt": ("should", "not"),
    "mustnt": ("must", "not"),
}
_ENDINGS: Final = ("'s", "'re", "'ve", "'ll", "'d", "'m")

_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_BOLD = re.compile(r"\*\*(?=\S)((?:[^*]|\*(?!\*))+)(?<=\S)\*\*")  # reads no further than the next two stars
_BULLET = re.compile(r"^\s*(?:[-*+•>]|#{1,6})\s+", re.MULTILINE)
_OPENING: Final = "\"'“”‘’«»([{¿¡"
_CLOSING: Final = "\"'“”‘’«»)]}.,;:!…"
_ACCENTS = re.compile("[\u0300-\u036f]")
_HUMPS = re.compile(r"[a-z0-9][A-Z]|[A-Z]{2}[a-z]")


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a text. exact: all of them, in one spelling; words: those that say something; turns: those that
    turn what is said."""

    exact: str
    words: tuple[str, ...]
    turns: tuple[str, ...]


@lru_cache(maxsize=64)  # what many new ones resemble is compared with each
def wording(title: str, body: str) -> Wording:
    """The words of a memory; a title that was made from the body adds none."""
    text = body if title == title_of(body) else f"{title}\n{body}"
    exact: list[str] = []
    words: list[str] = []
    turns: list[str] = []
    for word, turning in _words(text):
        exact.append(word)
        if word in FILLERS and not turning:
            continue
        stem = word if turning else _singular(word)
        words.append(stem)
        if turning:
            turns.append(stem)
    return Wording(" ".join(exact) or text, tuple(words), tuple(turns))


def says(kept: Wording, new: Wording) -> bool:
    """Whether the kept memory already says what the new one would."""
    if kept.exact == new.exact:
        return True
    if kept.turns != new.turns or not new.words or len(new.words) < NEAR * len(kept.words):
        return False
    rest = iter(kept.words)
    return all(word in rest for word in new.words)


def _words(text: str) -> Iterator[tuple[str, bool]]:
    """(word, whether it turns what is said) of every word, in one spelling."""
    at = 0
    for code in _CODE.finditer(text):
        yield from _prose(text[at : code.start()])
        yield " ".join(code.group().strip("`").split()), True
        at = code.end()
    yield from _prose(text[at:])


def _prose(text: str) -> Iterator[tuple[str, bool]]:
    plain = _BULLET.sub("", _BOLD.sub(r"\1", text)).replace("—", " ").replace("–", " ")
    if not plain.isascii():
        plain = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", plain)))
    for chunk in plain.split():
        yield from _chunk(chunk)


def _chunk(chunk: str) -> Iterable[tuple[str, bool]]:
    plain = chunk.casefold()
    if chunk.isalpha() and plain not in _NOT:
        named = _identifier(chunk)
        return [(chunk if named else plain, named or _turning(plain))]
    if not any(map(str.isalnum, chunk)):
        symbols = chunk.strip("\"'“”‘’«».,;:-…")
        return [(symbols, True)] if symbols else []
    asked = chunk.rstrip(_CLOSING).endswith("?")
    word = chunk.lstrip(_OPENING).rstrip(_CLOSING + "?").replace("’", "'")
    found: list[tuple[str, bool]] = []
    plain = word.casefold()
    if plain in _NOT:
        found = [(each, each == "not" or _turning(each)) for each in _NOT[plain]]
    elif plain.endswith("n't"):
        found = [(plain[:-3], _turning(plain[:-3])), ("not", True)]
    else:
        if plain.endswith(_ENDINGS):
            ending = len(plain) - plain.rindex("'")
            word, plain = word[:-ending], plain[:-ending]
        named = _identifier(word)
        found = [(word if named else plain, named or _turning(plain))]
    return [*found, ("?", True)] if asked else found


def _identifier(word: str) -> bool:
    """Digits, symbols or capitals inside it, or a script whose words we cannot tell apart."""
    if not word.isalpha() or _HUMPS.search(word):
        return True
    return not word.isascii() and any(
        not unicodedata.name(letter, "").startswith(("LATIN", "GREEK", "CYRILLIC")) for letter in word
    )


def _turning(word: str) -> bool:
    return word in _TURNS or (len(word) <= 3 and word not in FILLERS)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
