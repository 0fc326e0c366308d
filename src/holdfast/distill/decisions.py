"""Decisions that are said to be such, by the owner or by the agent."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, Literal

from ..memory import Draft, Evidence
from .event import Drawn, Happened, gist
from .prose import lasting, mentions, request_of, spoken, stands_alone, without_blocks

__all__ = ["RULE", "drawn_of_agent", "drawn_of_owner"]

RULE: Final = "decision/1"
_LONGEST = 400
_OWNER = re.compile(
    r"""^(?:(?:so|ok|okay|after\ \w+,|in\ the\ end)\s+)*
    (?: (?:we|i)(?:'ve|\ have)?\ decided\ (?:to|that|on|against|not\ to)
      | (?:the\ )?decision\ ?(?:is|:) | we(?:'ve|\ have)?\ (?:chose|chosen|agreed\ (?:to|on|that))
      | we(?:'re|\ are)\ going\ with | we(?:'ll|\ will)?\ go\ with | we\ went\ with
      | let'?s\ (?:go\ with|stick\ (?:with|to)|settle\ on|decide(?:\ that|:))
      | wir\ haben\ (?:uns\ )?(?:entschieden|beschlossen),?
    )[ ](?P<what>\S.{5,380})""",
    re.I | re.X,
)
# What is chosen, for what, and why or instead of what: "let's use a file" alone is said of the task at hand.
_OPTED = re.compile(
    r"""^(?:(?:so|ok|okay)\s+)*(?:let'?s\ (?:not\ )?use|(?:wir\ (?:nehmen|nutzen|benutzen|verwenden)))\ (?P<what>
    (?!(?:an?|the|that|this|these|those|it|my|your|our|one|both|ein\w*|de[rmns]|die|das)\b)
    [`\w][\w`./@+#-]*(?:\ [`\w][\w`./@+#-]*){0,2}\ (?:for|as|in|für|als)\ [^,;?]{3,60}?
    (?:,?\ (?:because|since|weil|porque)\ [^?]{10,200}
      |,?\ (?:and\ )?(?:not|instead\ of|rather\ than|statt|nicht)\ [^,?]{2,80}))
    [.!;]?$""",
    re.I | re.X,
)
_PURPOSE = re.compile(
    r"^(?:no,?\s+)?(?:but\s+)?we\s+(?:deliberately\s+|intentionally\s+)?(?:removed|dropped|disabled|kept|renamed"
    r"|moved|chose|left|added|skip|do|use|don'?t)\s"
    r".{5,200}\b(?:on purpose|intentionally|deliberately|by design)\b",
    re.I,
)
_REASON = re.compile(
    r"\b(?:because|since|so that|as it|as we|over|instead of|rather than|not|weil|statt|nicht)\b|\bdecided\b"
    r"|\bdecision\b|\bagreed\b",
    re.I,
)
_AGENT = re.compile(
    r"""^(?:\*\*)?(?:
        (?:design\ |key\ |final\ )?decision(?:\*\*)?:(?:\*\*)?\s
      | (?:i|we)(?:'ve|\ have)?\ (?:chose|chosen|picked|opted\ (?:for|to|against)|went\ with|decided\ (?:to|on
      |against|not\ to))\s
        (?=.{3,200}?\b(?:over|instead\ of|rather\ than|because|since|so\ that|as\ it|to\ avoid|to\ keep)\b)
    )(?P<what>\S.{15,380})""",
    re.I | re.X,
)
_CODE = re.compile(r"`[^`]+`|\b\w+[_.]\w+|\b[a-z]+[A-Z]\w+|\b\w+\(\)")
_CHOICE = re.compile(
    r"^(?:the\s+)?(?:#?\d\b|whether\b|if\b|how\b|what\b|which\b|option\b|first\b|second\b|third\b|latter\b|former\b"
    r"|version\b|approach\b|plan\b|it\b|that\b|this\b|your\b|you\b|both\b|[a-d]\b)",
    re.I,
)


def drawn_of_owner(event: Happened, sentences: Sequence[str]) -> Iterator[Drawn]:
    nth = 0
    for said in sentences:
        if said.endswith("?") or len(said) > _LONGEST:
            continue
        if _PURPOSE.match(said):
            body = re.sub(r"^(?:no,?\s+)?(?:but\s+)?we", "We", said, count=1, flags=re.I)
            yield _decision(event, body, said, nth, "owner", 0.75 if stands_alone(body, after=2, strict=True) else 0.2)
            nth += 1
            continue
        found = _OWNER.match(said) or _OPTED.match(said)
        if found is None:
            continue
        good = (
            _REASON.search(said)
            and not _CHOICE.match(found["what"])
            and stands_alone(said, after=2, strict=True)
            and stands_alone(found["what"], after=1)
            and lasting(said)
        )
        yield _decision(event, said, said, nth, "owner", 0.8 if good else 0.2)
        nth += 1


def drawn_of_agent(event: Happened, asking: Happened | None = None) -> Iterator[Drawn]:
    """asking: what the turn was asked by, for the items of a list, which do not say what they are about."""
    text = event.text or ""
    if not mentions(text, _NAMES):
        return
    nth = 0
    for said in spoken(text):
        found = _AGENT.match(said)
        if found is None or len(said) > _LONGEST or said.endswith(("?", ":")):
            continue
        good = not _CHOICE.match(found["what"]) and stands_alone(said, after=2) and lasting(said)
        yield _decision(event, said.replace("**", ""), said, nth, "agent", 0.6 if good else 0.2)
        nth += 1
    listed = list(_listed(text))
    asked = request_of([asking]) if listed and asking is not None else None
    for said in listed:
        telling = asked and _CODE.search(said) and _SO_THAT.search(said) and stands_alone(said) and lasting(said)
        drawn = _decision(event, said, said, nth, "agent", 0.55 if telling else 0.2)
        yield drawn if asked is None else _with_request(drawn, *asked)
        nth += 1


_NAMES: Final = ("decision", "decided", "chose", "picked", "opted", "went with")
_SO_THAT = re.compile(
    r"\b(?:prevent(?:s|ing)?|avoid(?:s|ing)?|because|so (?:that|we|it|the)|instead of|rather than|since|not|never"
    r"|without)\b",
    re.I,
)
_HEADED = re.compile(r"^(?:key |main |design )*(?:design |architecture )?decisions(?: made)?$", re.I)
_ITEM = re.compile(r"^[-*\d.)]+\s+\*\*(?P<name>[^*]{4,90}?):?\*\*:?\s*(?:[—–:-]\s*)?(?P<why>\S.{25,300})$")


def _listed(text: str) -> Iterator[str]:
    """The items under a heading of design decisions that give a reason or say how."""
    under = False
    for line in without_blocks(text[-12_000:]).split("\n"):
        line = line.strip()
        if line.startswith("#") or (line.startswith("**") and line.rstrip(":").endswith("**")):
            under = _HEADED.match(line.strip("#*: ")) is not None
        elif under and (found := _ITEM.match(line)):
            yield f"{found['name'].strip()}: {found['why'].strip()}"


def _with_request(drawn: Drawn, asked: str, number: int) -> Drawn:
    draft = drawn.draft
    cited = (*draft.evidence, Evidence(number))
    return replace(drawn, draft=replace(draft, body=f"{draft.body}\nAsked: {asked}", evidence=cited))


def _decision(event: Happened, body: str, said: str, nth: int, who: Literal["owner", "agent"], worth: float) -> Drawn:  # noqa: PLR0917
    draft = Draft(
        body=body.rstrip(" ;"), kind="decision", trust=who, importance=0.7 if who == "owner" else 0.5,
        evidence=(Evidence(event.number, gist(said)),),
    )  # fmt: skip
    return Drawn(draft, RULE, event.name, nth, worth, f"The {who} called it a decision, or gave a reason for it.")
