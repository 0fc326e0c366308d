"""A stable key for a subject that notes are revised under: a family and a name, such as `bug/login-loops`.

The families, their words and the limits are engram's.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

__all__ = ["FAMILIES", "suggested_topic"]

# family -> words by which a text belongs to it; the first family that has one is taken
FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "bug": ("bug", "bugfix", "fix", "fixed", "error", "crash", "regression", "broken", "failure", "panic"),
    "architecture": ("architecture", "design", "refactor", "adr", "structure", "boundary", "layer"),
    "decision": ("decision", "decided", "decide", "chose", "chosen", "tradeoff", "choice"),
    "pattern": ("pattern", "convention", "guideline", "style", "idiom"),
    "config": ("config", "configuration", "setup", "environment", "env", "settings", "docker", "ci"),
    "discovery": ("discovery", "discovered", "found", "gotcha", "investigation", "root cause", "finding"),
    "learning": ("learning", "learned", "lesson", "til", "takeaway"),
}
_OF_TYPE: Final = {
    "bugfix": "bug", "fix": "bug", "refactor": "architecture", "design": "architecture", "convention": "pattern",
    "procedure": "pattern", "configuration": "config", "learnings": "learning", "passive": "learning",
}  # fmt: skip
_SEGMENT: Final = 100  # characters
_KEY: Final = 120
_WORDS: Final = 8  # of the content, where there is no title
_WORD: Final = re.compile(r"[^\W_]+")


def suggested_topic(*, title: str = "", kind: str = "", body: str = "") -> str:
    """The key for a note: its family by the type, else by a word of title or body, else the type itself, else `topic`;
    then the title in kebab case. Equal input gives an equal key."""
    named = _kebab(kind)
    family = named if named in FAMILIES else _OF_TYPE.get(named) or _family(f"{title} {body}") or named or "topic"
    name = _kebab(title) or _kebab(" ".join(body.split()[:_WORDS])) or "general"
    if name.startswith(f"{family}-"):
        name = name.removeprefix(f"{family}-")
    return f"{family}/{name[:_SEGMENT].strip('-')}"[:_KEY].rstrip("-/")


def _family(text: str) -> str | None:
    plain = f" {' '.join(_WORD.findall(text.casefold()))} "
    return next((family for family, words in FAMILIES.items() if any(f" {word} " in plain for word in words)), None)


def _kebab(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return "-".join(_WORD.findall(plain))
