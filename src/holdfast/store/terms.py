"""Words as the full text index has them, and extra terms that its tokenizer misses: parts of identifiers, names of
files, and pairs of CJK characters.

The extra terms are stored beside the text and indexed in a column of their own, so that any SQLite can rebuild the
index.
"""

import functools
import re
from collections.abc import Iterable
from typing import Final, cast

import apsw

__all__ = ["CJK", "all_of", "quoted", "terms_of", "tokens_of"]

CJK: Final = re.compile(r"[぀-ヿ㐀-䶿一-鿿豈-﫿가-힯]+")
_PLAIN = r"[A-Za-z][a-z]*+(?![A-Za-z0-9]|[_\-./][A-Za-z0-9])"  # a word that the tokenizer has as it is
_WORD = re.compile(rf"{_PLAIN}(?:[^A-Za-z]++{_PLAIN})*+|([A-Za-z][A-Za-z0-9]*(?:[_\-./][A-Za-z0-9]+)*)")
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LIMIT = 4_000  # characters of terms for one text


def terms_of(text: str) -> str:
    """Terms for `text`, each once, separated by blanks; empty when the tokenizer's own words suffice."""
    found: dict[str, None] = {}
    for word in dict.fromkeys(_WORD.findall(text)):  # "" for a run of plain ones
        parts = _HUMP.findall(word)
        if len(parts) > 1:
            found["".join(parts).lower()] = None
            if "/" in word:  # the file of a path goes by its own name too
                found["".join(_HUMP.findall(word.rpartition("/")[2])).lower()] = None
            for part in parts:
                if len(part) > 1:
                    found[part.lower()] = None
    for match in CJK.finditer(text) if not text.isascii() else ():
        run = match.group()
        for at in range(max(1, len(run) - 1)):
            found[run[at : at + 2]] = None
    joined = " ".join(found)
    return joined if len(joined) <= _LIMIT else joined[:_LIMIT].rpartition(" ")[0]


def tokens_of(text: str) -> list[str]:
    """The words of `text` as the index holds them: without case and accents, English endings off."""
    raw = text.encode("utf-8", "replace")
    words = _tokenizer()(raw, apsw.FTS5_TOKENIZE_DOCUMENT, None, include_offsets=False, include_colocated=False)
    return cast("list[str]", words)


@functools.cache
def _tokenizer() -> apsw.FTS5Tokenizer:
    """The one of the schema (see migrations)."""
    return apsw.Connection(":memory:").fts5_tokenizer("porter", ["unicode61", "remove_diacritics", "2"])


def quoted(word: str) -> str:
    """A word as an FTS5 string, which is never syntax."""
    return '"' + word.replace('"', '""') + '"'


def all_of(words: Iterable[str]) -> str:
    """The FTS5 expression for texts with all of these words; empty when there are none."""
    return " AND ".join(map(quoted, words))
