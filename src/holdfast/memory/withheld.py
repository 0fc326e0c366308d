"""What stands in the place of a body that is kept sealed as a whole."""

import re
from typing import Final

__all__ = ["SENSITIVE", "for_people", "for_sessions", "kept", "says_nothing", "told", "unnamed", "untitled"]

SENSITIVE: Final = "[sensitive: ask with secret_get]"
_TOLD: Final = "[sensitive: ask with secret_get(id={})]"
_ANY = re.compile(r"\[sensitive: ask with secret_get(?:\(id=\d{1,18}\))?\]")
_PLACEHOLDER = re.compile(rf"{_ANY.pattern}|\[redacted:[a-z0-9-]*\]|\[private\]")
# Words that only say that a secret is one.
_LABEL = re.compile(
    r"\b(?:the|my|our|a|an|is|are|this|here|api|access|auth|secrets?|tokens?|keys?|pass(?:word|phrase|code)?s?|pwd|pin"
    r"|credentials?|bearer)\b",
    re.I,
)
_UNTITLED = re.compile(r"sealed note of \d{4}-\d\d-\d\d")


def told(body: str, number: int) -> str:
    """The body as it is shown: with the number, which differs from store to store and is therefore not stored."""
    return _TOLD.format(number) if body == SENSITIVE else body


def kept(body: str) -> str:
    """The body as it is stored."""
    return SENSITIVE if _ANY.fullmatch(body.strip()) else body


def for_people(text: str, number: int) -> str:
    """The text of a memory with the command instead of the tool that gives what is sealed."""
    return _ANY.sub(f"[sealed: holdfast secrets get {number}]", text)


def for_sessions(text: str, number: int) -> str:
    """The same for a session, whose agent may have no tool for it."""
    return _ANY.sub(f"[sealed: the user reads it with `holdfast secrets get {number}`]", text)


def untitled(day: str) -> str:
    """The title of a memory that is sealed whole and was given none."""
    return f"sealed note of {day}"


def unnamed(title: str, body: str) -> bool:
    """Whether neither title nor body says anything: nobody gave a title to what is sealed whole."""
    return kept(body) == SENSITIVE and (kept(title) == SENSITIVE or _UNTITLED.fullmatch(title) is not None)


def says_nothing(title: str, body: str) -> bool:
    """Whether a note says nothing beside what is kept from view: it is sealed without a title, or is a bare secret."""
    if "[" not in title and "[" not in body and _UNTITLED.fullmatch(title) is None:
        return False  # nothing is kept from view, as of nearly all
    if unnamed(title, body):
        return True
    left = _PLACEHOLDER.sub(" ", f"{'' if _UNTITLED.fullmatch(title) else title} {body}")
    return left != f"{title} {body}" and not re.search(r"\w", _LABEL.sub(" ", left))
