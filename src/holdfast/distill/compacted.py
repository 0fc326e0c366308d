"""What a host's own summary of a compacted conversation tells the next session: its parts that matter then, cut short.

It is a model's text, whatever was in the conversation: data to be handed over, and read by no rule.
"""

import re
from collections.abc import Sequence
from typing import Final

from .confided import without_confided
from .event import Happened, gist
from .prose import without_blocks

__all__ = ["compacted", "told_by_host"]

_PART: Final = 420  # characters of one part
_NAME = re.compile(
    r"^(?:\d{1,2}[.)]\s+(?P<numbered>[A-Z][A-Za-z ,&/-]{2,60}?):(?:\s+(?P<more>\S.*))?"
    r"|#{1,4}\s+(?:\d{1,2}[.)]\s+)?(?P<headed>[A-Z][A-Za-z ,&/-]{2,60}?):?)\s*$"
)
# The names that a part may have -> how soon it is left out. A part of any other name is not told, so that none can
# pass for what we tell of a session ourselves; and what the user said is told from the journal.
_RANKS: Final = (
    (r"current work", 0), (r"(?:optional )?next steps?", 1), (r"context for continuing work", 1),
    (r"pending tasks?", 2), (r"primary request(?: and intent)?", 3), (r"errors?(?: and fix(?:es)?)?", 4),
    (r"problem solving", 5), (r"work completed", 6), (r"key technical concepts|files and code(?: sections)?", 9),
)  # fmt: skip


def compacted(events: Sequence[Happened], *, since: int, limit: int) -> str:
    """What the host summed up last in a session, in lines within `limit` characters; "" when nothing after `since`
    (Unix ms)."""
    last = next((each for each in reversed(events) if each.kind == "summary" and each.text and not each.agent), None)
    return "" if last is None or last.at <= since else told_by_host(last.text or "", limit)


def told_by_host(text: str, limit: int) -> str:
    """The parts of a summary, a line each, whole lines within `limit`; of one without known parts its beginning."""
    parts = [(rank, name, body) for name, body in _parts(text.replace("**", "")) if (rank := _rank(name)) is not None]
    if not parts:
        return gist(without_confided(without_blocks(text).replace("**", "")), limit)
    kept: dict[int, str] = {}
    left = limit
    for nth, (_, name, body) in sorted(enumerate(parts), key=lambda each: (each[1][0], each[0])):
        said = gist(without_confided(without_blocks(body)), _PART)  # by part: a cut one may end inside of code
        line = f"{name}: {said}"
        if said and len(line) < left:
            kept[nth] = line
            left -= len(line) + 1
    return "\n".join(kept[nth] for nth in sorted(kept))


def _rank(name: str) -> int | None:
    return next((rank for words, rank in _RANKS if re.fullmatch(words, name, re.I)), None)


def _parts(text: str) -> list[tuple[str, str]]:
    """(name, text) of the numbered or headed parts, in order."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        named = _NAME.match(line)
        if named is not None:
            found.append(((named["numbered"] or named["headed"]).strip(), [named["more"] or ""]))
        elif found:
            found[-1][1].append(line)
    return [(name, "\n".join(lines)) for name, lines in found]
