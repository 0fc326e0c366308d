"""Decisions that are said to be such, by the owner or by the agent."""

import re
from collections.abc import Iterator, Sequence

from ..memory import Draft, Evidence
from .happened import Drawn, Happened, gist
from .prose import lasting, spoken, stands_alone

__all__ = ["RULE", "drawn_of_agent", "drawn_of_owner"]

RULE = "decision/1"
_LONGEST = 400
_OWNER = re.compile(
    r"""^(?:(?:so|ok|okay|after\ \w+,|in\ the\ end)\s+)*
    (?: we(?:'ve|\ have)?\ decided\ (?:to|that|on|against|not\ to)\ | i(?:'ve|\ have)?\ decided\ (?:to|that|on|against|not\ to)\
      | (?:the\ )?decision\ ?(?:is|:)\ | we(?:'ve|\ have)?\ (?:chose|chosen|agreed\ (?:to|on|that))\ | we(?:'re|\ are)\ going\ with\
      | we\ went\ with\ | let'?s\ (?:go\ with|stick\ (?:with|to)|settle\ on)\ )(?P<what>\S.{5,380})""",
    re.I | re.X,
)
_REASON = re.compile(
    r"\b(?:because|since|so that|as it|as we|over|instead of|rather than|not)\b|\bdecided\b|\bdecision\b|\bagreed\b",
    re.I,
)
_AGENT = re.compile(
    r"""^(?:\*\*)?(?:
        (?:design\ |key\ |final\ )?decision(?:\*\*)?:(?:\*\*)?\s
      | (?:i|we)(?:'ve|\ have)?\ (?:chose|chosen|picked|opted\ (?:for|to|against)|went\ with|decided\ (?:to|on|against|not\ to))\s
        (?=.{3,200}?\b(?:over|instead\ of|rather\ than|because|since|so\ that|as\ it|to\ avoid|to\ keep)\b)
    )(?P<what>\S.{15,380})""",
    re.I | re.X,
)
_CHOICE = re.compile(
    r"^(?:the\s+)?(?:#?\d\b|option\b|first\b|second\b|third\b|latter\b|former\b|version\b|approach\b|plan\b|it\b|that\b|this\b|your\b|you\b|both\b|[a-d]\b)",
    re.I,
)


def drawn_of_owner(event: Happened, sentences: Sequence[str]) -> Iterator[Drawn]:
    nth = 0
    for said in sentences:
        found = _OWNER.match(said)
        if found is None or said.endswith("?") or len(said) > _LONGEST:
            continue
        good = (
            _REASON.search(said) and not _CHOICE.match(found["what"]) and stands_alone(said, after=2) and lasting(said)
        )
        yield _decision(event, said, nth, "owner", 0.8 if good else 0.2, "the owner")
        nth += 1


def drawn_of_agent(event: Happened) -> Iterator[Drawn]:
    text = event.text or ""
    if not re.search(r"decision|decided|chose|picked|opted|went with", text[:20_000], re.I):
        return
    nth = 0
    for said in spoken(text):
        found = _AGENT.match(said)
        if found is None or len(said) > _LONGEST or said.endswith(("?", ":")):
            continue
        good = not _CHOICE.match(found["what"]) and stands_alone(said, after=2) and lasting(said)
        yield _decision(event, said.replace("**", ""), nth, "agent", 0.6 if good else 0.2, "the agent")
        nth += 1


def _decision(event: Happened, said: str, nth: int, trust: str, worth: float, who: str) -> Drawn:
    draft = Draft(
        body=said.rstrip(" ;"), kind="decision", trust="owner" if trust == "owner" else "agent",
        importance=0.7 if trust == "owner" else 0.5, evidence=(Evidence(event.number, gist(said)),),
    )  # fmt: skip
    return Drawn(draft, RULE, event.name, nth, worth, f"Said by {who} to be a decision.")
