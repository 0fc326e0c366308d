"""Learnings that an agent lists under a heading of that name, as engram's passive capture reads them."""

import re
from collections.abc import Iterator

from ..memory import BODY_LIMIT, Draft, Evidence
from .event import Drawn, Happened, gist

__all__ = ["MOST", "RULE", "TAIL", "drawn_of", "learnings"]

RULE = "learnings/1"
TAIL = 16_000  # characters at the end of a text that are looked at
MOST = 12  # items that are kept of one
_SHORTEST = 20
_HEADING = re.compile(r"^#{2,3}\s+\**(?:key learnings?|learnings?|aprendizajes(?: clave)?)\**:?\**\s*$", re.I)
_ANY_HEADING = re.compile(r"^#{1,6}\s")
_NUMBERED = re.compile(r"^\s{0,3}\d{1,3}[.)]\s+(\S.*)$")
_BULLET = re.compile(r"^\s{0,3}[-*+•]\s+(\S.*)$")
_LINK = re.compile(r"\[([^\[\]]{1,200})\]\([^()\s]{0,500}\)")
_MARKS = re.compile(r"\*\*|__|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])|`")


def learnings(text: str) -> list[str]:
    """The items of the last section of learnings that has any, without markdown: numbered ones, else bullets."""
    sections: list[list[str]] = []
    current: list[str] | None = None
    fence = False
    for line in text[-TAIL:].splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fence = not fence
        elif fence:
            continue
        elif _HEADING.match(line):
            current = []
            sections.append(current)
        elif _ANY_HEADING.match(line):
            current = None
        elif current is not None:
            current.append(line)
    for section in reversed(sections):
        for pattern in (_NUMBERED, _BULLET):
            items = [_plain(found[1]) for line in section if (found := pattern.match(line))]
            valid = [item for item in dict.fromkeys(items) if _SHORTEST <= len(item) <= BODY_LIMIT]
            if valid:
                return valid
    return []


def _plain(item: str) -> str:
    return " ".join(_MARKS.sub("", _LINK.sub(r"\1", item)).split())


def _speaker(event: Happened) -> str:
    """The agent, or which sub-agent, as far as its host told."""
    if not event.agent:
        return "the agent"
    named = event.detail.get("agent_type")
    return f"the sub-agent {gist(named, 80)}" if isinstance(named, str) and named.strip() else "a sub-agent"


def drawn_of(event: Happened) -> Iterator[Drawn]:
    if event.kind != "reply" or not event.text or "#" not in event.text:
        return
    whose = _speaker(event)
    for nth, item in enumerate(learnings(event.text)[:MOST]):
        draft = Draft(
            body=item, kind="discovery", label="passive", trust="agent", evidence=(Evidence(event.number, gist(item)),)
        )
        yield Drawn(draft, RULE, event.name, nth, 0.7, f"Listed by {whose} under a heading of learnings.")
