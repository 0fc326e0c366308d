"""Extra search terms that a general tokenizer misses: parts of identifiers, and pairs of CJK characters.

Stored beside the text and indexed in a column of their own, so that any SQLite can rebuild the index.
"""

import re

__all__ = ["terms_of"]

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[_\-./][A-Za-z0-9]+)*")
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_CJK = re.compile(r"[぀-ヿ㐀-䶿一-鿿豈-﫿가-힯]+")
_LIMIT = 4_000  # characters of terms for one text


def terms_of(text: str) -> str:
    """Terms for `text`, each once, separated by blanks; empty when the tokenizer's own words suffice."""
    found: dict[str, None] = {}
    for word in dict.fromkeys(_WORD.findall(text)):
        if word.isalpha() and (len(word) < 2 or word[1:].islower()):
            continue  # a plain word
        parts = _HUMP.findall(word)
        if len(parts) > 1:
            found["".join(parts).lower()] = None
            for part in parts:
                if len(part) > 1:
                    found[part.lower()] = None
    for match in _CJK.finditer(text) if not text.isascii() else ():
        run = match.group()
        for at in range(max(1, len(run) - 1)):
            found[run[at : at + 2]] = None
    joined = " ".join(found)
    return joined if len(joined) <= _LIMIT else joined[:_LIMIT].rpartition(" ")[0]
