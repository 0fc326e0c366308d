"""Secrets told in prose, which the guard cannot know for one: not to be given to every session unasked."""

import re
from typing import Final

__all__ = ["confides", "without_confided"]

_IS: Final = r"\b(?:is|are|ist|es|est)\b"
# What is told of a password that is not told itself ("the password is wrong").
_TOLD: Final = r"""(?!\s+(?:wrong|invalid|expired|missing|empty|rejected|refused|required|optional|flaky|broken|slow
    |too\ (?:short|long)|not\ (?:working|valid|found|sent|shown|there))(?:[\s,;?!]|\.?\s|\.?$))"""
_SPAN: Final = r"(?:[^.\n]|\.(?=\S)){0,60}?"
_CONFIDES = re.compile(
    rf"""\b(?:
        (?:pass(?:word|phrase|wd|code)|pwd|credentials?|api[ -]?key|pin|passwort|kennwort|contraseña|mot\ de\ passe)s?\b
        {_SPAN}(?:{_IS}{_TOLD}|=|:)
      | (?:secret|token)s?\b(?!\ (?:budget|limit|count|usage)s?\b)  # words of code, too: "the token parser: it fails"
        (?:\s*[=:] | {_SPAN}(?:{_IS}{_TOLD}|[=:]\s*\S*\d))
    )""",
    re.I | re.X,
)
_PIECE = re.compile(r"(?:(?<=[.!?;])\s+|\s*\n\s*)")
_ENDS_OPEN = re.compile(r"(?:[=:]|\b(?:is|are|ist|es|est))\W*$", re.I)


def confides(text: str) -> bool:
    return _CONFIDES.search(text) is not None


def without_confided(text: str) -> str:
    """Without the sentences that confide; what such a sentence ends before ("the password is:") goes with it."""
    if not confides(text):
        return text
    kept: list[str] = []
    at = 0
    going = False  # the sentence before goes, and this one ends it
    for end, following in [*((found.start(), found.end()) for found in _PIECE.finditer(text)), (len(text), len(text))]:
        said = text[at:end]
        goes = confides(said)
        if not (goes or (going and said)):
            kept.append(text[at:following])
        going = goes and _ENDS_OPEN.search(said) is not None
        at = following
    return "".join(kept).rstrip()
