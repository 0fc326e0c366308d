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
# Words in the name of a part -> how soon it is left out; a part of any other name goes first of all. What the user
# said is told from the journal.
_RANKS: Final = (
    ("current work", 0), ("next step", 1), ("pending", 2), ("primary request", 3), ("error", 4), ("problem", 5),
)  # fmt: skip
_OTHER: Final = 9
_LEFT_OUT: Final = "all user messages"


def compacted(events: Sequence[Happened], *, since: int, limit: int) -> str:
    """What the host summed up last in a session, in lines within `limit` characters; "" when nothing after `since`
    (Unix ms)."""
    last = next((each for each in reversed(events) if each.kind == "summary" and each.text and not each.agent), None)
    return "" if last is None or last.at <= since else told_by_host(last.text or "", limit)


def told_by_host(text: str, limit: int) -> str:
    """The parts of a summary, a line each, whole lines within `limit`; of one without parts its beginning."""
    parts = _parts(text.replace("**", ""))
    if not parts:
        return gist(without_confided(without_blocks(text).replace("**", "")), limit)
    kept: dict[int, str] = {}
    left = limit
    for nth, (name, body) in sorted(enumerate(parts), key=lambda each: (_rank(each[1][0]), each[0])):
        said = gist(without_confided(without_blocks(body)), _PART)  # by part: a cut one may end inside of code
        line = f"{name}: {said}"
        if said and name.lower() != _LEFT_OUT and len(line) < left:
            kept[nth] = line
            left -= len(line) + 1
    return "\n".join(kept[nth] for nth in sorted(kept))


def _rank(name: str) -> int:
    return next((rank for words, rank in _RANKS if words in name.lower()), _OTHER)


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
