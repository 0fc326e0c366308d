"""Plain full text search over memories and what was said in sessions."""

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from ..memory import FILLERS
from .database import Database
from .terms import terms_of

__all__ = ["Hit", "all_of", "any_of", "search"]

_READ: Final = 4_000  # characters of a query that are looked at
_WORDS: Final = 32  # of them that are asked for
_EXCERPT: Final = 160  # characters
_WORD = re.compile(r"[^\W_]+(?:[_\-./'][^\W_]+)*")
_CJK = re.compile(r"[぀-ヿ㐀-䶿一-鿿豈-﫿가-힯]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found. `id` is the number of the memory, or of the event; `at` is Unix ms, of the latest text.

    title: the memory's; of an event its kind. snippet: the text around the first word found, at most 160 characters.
    score: how well it fits (-bm25); higher is better, comparable within one kind of hit.
    """

    kind: Literal["memory", "turn"]
    id: int
    title: str
    snippet: str
    project: int | None
    at: int
    score: float


def search(
    database: Database,
    query: str,
    *,
    project: int | None = None,
    limit: int = 20,
    kinds: Collection[str] = ("memory", "turn"),
    everywhere: bool = False,
    team: bool = False,
    quarantined: bool = False,
    prefix: bool = False,
) -> list[Hit]:
    """What holds words of `query`, the best first; any string is a query.

    Looks in `project` (its number) with all that were merged with it, and in personal memories; `everywhere` in every
    project; `team` adds what a team shares, `quarantined` what waits for its owner. Forgotten and erased memories are
    never found. prefix: the last word may be the start of one.
    """
    match = any_of(query, prefix=prefix)
    if not match or limit < 1:
        return []
    family = None
    if not everywhere:
        rows = [] if project is None else database.all("project_family", project=project)
        family = json.dumps([row[0] for row in rows])
    words = {word.casefold() for word in _words(query)}
    memories: list[Hit] = []
    turns: list[Hit] = []
    if "memory" in kinds:
        found = database.all(
            "search_memories", match=match, family=family, team=team, quarantined=quarantined, limit=limit
        )
        memories = [
            Hit("memory", number, title, _excerpt(body, words), place, at, -rank)
            for number, title, body, place, at, rank in found
        ]
    if "turn" in kinds:
        found = database.all("search_events", match=match, family=family, limit=limit)
        turns = [
            Hit("turn", number, kind, _excerpt(body, words), place, at, -rank)
            for number, kind, body, place, at, rank in found
        ]
    # By place within their kind: the scores of two indexes have no common measure.
    placed = [(nth, hit) for group in (memories, turns) for nth, hit in enumerate(group)]
    return [hit for _, hit in sorted(placed, key=lambda each: each[0])][:limit]


def any_of(query: str, *, prefix: bool = False) -> str:
    """The FTS5 expression for texts with any word of `query`; empty when it has none."""
    words = _words(query)
    asked = [word for word in words if word.casefold() not in FILLERS] or words
    terms: dict[str, None] = {}
    for word in asked[:_WORDS]:
        for term in _terms(word):
            terms[term] = None
    last = asked[-1] if asked and asked[-1] == words[-1] else ""
    if prefix and last and not _CJK.search(last):
        terms[_quoted(last) + " *"] = None
    return " OR ".join(terms)


def all_of(words: Iterable[str]) -> str:
    """The FTS5 expression for texts with all of these words; empty when there are none."""
    return " AND ".join(_quoted(word) for word in words)


def _words(query: str) -> list[str]:
    return list(dict.fromkeys(_WORD.findall(query[:_READ])))


def _terms(word: str) -> Iterable[str]:
    """What to ask for, for one word: itself (an identifier as a phrase) and its parts, or the pairs of a CJK run."""
    parts = terms_of(word).split()
    if _CJK.search(word):
        yield from (_quoted(part) + (" *" if len(part) == 1 else "") for part in parts)
        word = _CJK.sub(" ", word).strip()
    if word:
        yield _quoted(word)
        yield from (_quoted(part) for part in parts if part.isascii())


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _excerpt(text: str, words: Collection[str]) -> str:
    """At most 160 characters of `text` on one line, from shortly before the first of `words` in it."""
    line = " ".join(text.split())
    if len(line) <= _EXCERPT:
        return line
    at = next((match.start() for match in _WORD.finditer(line) if match.group().casefold() in words), 0)
    start = max(0, min(at - 40, len(line) - _EXCERPT + 1))
    if start:
        start = line.find(" ", start, at) + 1 or start
    cut = line[start : start + _EXCERPT - 2].rstrip()
    return ("…" if start else "") + cut + ("…" if start + len(cut) < len(line) else "")
