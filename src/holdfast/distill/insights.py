"""What an agent calls its insight ("the key insight: …")."""

import re
from collections.abc import Iterator
from typing import Final

from ..memory import Draft, Evidence
from .event import Drawn, Happened, gist
from .prose import mentions, spoken, stands_alone

__all__ = ["RULE", "drawn_of"]

RULE: Final = "insight/1"
_SAID = re.compile(
    r"""^\**(?:the\ )?key\ (?:insight|gotcha|lesson)\**(?::\**\s+|\ (?:is|was
    |here\ is)\ (?:that\ )?:?\s*)(?P<what>\S.{30,400})""",
    re.I | re.X,
)
_NAMES: Final = ("key insight", "key gotcha", "key lesson")
_CODE = re.compile(r"`[^`]+`|\b\w+[_./]\w+|\b[a-z]+[A-Z]\w+|\b\w+\(\)")
_AT_WORK = re.compile(
    r"\b(?:yet|already|both|we (?:keep|add|need|can|should|use)|the plan|I|I'm|I've|let me|we'll|we've|the bug"
    r"|this (?:change|fix|commit|pr|plan|test|session)|appears?|might|may|probably|likely)\b|\?$"
)


def drawn_of(event: Happened) -> Iterator[Drawn]:
    text = event.text or ""
    if not mentions(text, _NAMES):
        return
    found = [said["what"] for sentence in spoken(text) if (said := _SAID.match(sentence))]
    for nth, what in enumerate(found):
        body = what.replace("**", "").strip()
        good = len(body) >= 50 and _CODE.search(body) and not _AT_WORK.search(body) and stands_alone(body)
        draft = Draft(body=body, kind="discovery", trust="agent", evidence=(Evidence(event.number, gist(what)),))
        yield Drawn(
            draft, RULE, event.name, nth, 0.6 if good else 0.2, "The agent called this the insight of its work."
        )
