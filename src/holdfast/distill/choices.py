"""What the owner chose of the options that the agent had put to them ("2", "let's go with B")."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ..memory import Draft, Evidence
from .event import Drawn, Happened, gist
from .prose import stands_alone, without_blocks

__all__ = ["RULE", "drawn_of"]

RULE: Final = "choice/1"
_CHOSEN = re.compile(
    r"""^(?:(?:yes|ok|okay|yeah)[,.]?\s+)?(?:let'?s\ (?:go\ with|do|use|take)\ |go\ with\ |i(?:'d
    |\ would)?\ (?:go\ with|pick|prefer|like|choose)\ |use\ )?
    (?:option\ |number\ |\#)?(?P<label>\d|[a-d])\b[.)]?(?P<rest>(?:\ (?:please|is\ fine|looks\ good|sounds\ good
    |it\ is)|,?\ (?:because|since|as|but|and|with)\ .{5,120}))?[.!]?$""",
    re.I | re.X,
)
_ITEM = re.compile(
    r"^(?:#{2,4}\s+)?(?:[-*]\s+)?\**(?:option\s+)?(?P<label>\d|[A-Da-d])[.):]\**:?\**\s+(?P<what>\S.{3,300})$", re.I
)
_QUESTION = re.compile(r"(?:^|(?<=[.!:]\s))(?P<said>[A-Z*][^.!?\n]{15,240}\?)")
_HOW_TO_GO_ON = re.compile(
    r"""^\**(?:which\ (?:approach|option|one|of\ these|would|do|should)|what\ (?:do|would)\ you\ (?:think|prefer
    |like)|would\ you\ like|do\ you\ want|shall\ i|should\ i|want\ me
      |ready|what(?:'s|\ is)\ (?:your|the)\ (?:primary\ |main\ )?(?:goal|priority|preference)|how\ would\ you\ like
      |what's\ your\ preference|does\ (?:this|that)|thoughts)""",
    re.I | re.X,
)
_COUNTED = re.compile(r"^(?:next |last |final )?question(?: \d+)?(?: of ~?\d+)?:\s*", re.I)
_WORKFLOW = re.compile(
    r"\b(?:this session|separate session|subagent|sub-agent|proceed|continue|commit|pull request|PR\b|push|skip|abort"
    r"|start over|as is|stop here|later"
    r"|merge back|discard|keep the branch)",
    re.I,
)


def drawn_of(event: Happened, earlier: Sequence[Happened]) -> Iterator[Drawn]:
    """The option that a prompt names, as the agent had put it, with its question."""
    chosen = _CHOSEN.match((event.text or "").strip()[:200])
    offer = next(
        (each for each in reversed(earlier[-20:]) if each.kind in ("reply", "prompt") and each.agent is None), None
    )
    if chosen is None or offer is None or offer.kind != "reply" or not offer.text:
        return
    lines = [line.strip() for line in without_blocks(offer.text[-8_000:]).split("\n")]
    items: dict[str, list[tuple[int, str]]] = {}
    for at, line in enumerate(lines):
        if found := _ITEM.match(line):
            items.setdefault(found["label"].casefold(), []).append((at, found["what"]))
    label = chosen["label"].casefold()
    if len(items) < 2 or len(items.get(label, ())) != 1:
        return
    at, what = items[label][0]
    first = min(place for each in items.values() for place, _ in each)
    question = _asked(lines, first)
    what = what.replace("**", "").replace("(Recommended)", "").strip()
    body = f"Decided: {what}" + (f"\nThe question was: {question}" if question else "")
    if chosen["rest"] and re.match(r",?\s*(?:because|since|as|but|and|with)\b", chosen["rest"], re.I):
        body += f"\nThe owner added: {chosen['rest'].strip(' ,')}"
    good = question is not None and len(what) >= 20 and stands_alone(what) and not _WORKFLOW.search(what)
    draft = Draft(
        body=body, title=gist(f"Decided: {what}", 100), kind="decision", trust="agent", importance=0.6,
        evidence=(Evidence(event.number, gist(event.text or "")), Evidence(offer.number, gist(what))),
    )  # fmt: skip
    yield Drawn(
        draft,
        RULE,
        event.name,
        0,
        0.65 if good else 0.2,
        "The owner chose this of the options that the agent had put to them.",
    )


def _asked(lines: Sequence[str], first: int) -> str | None:
    """The question that the options answer: the last before them, else one after them."""
    for part in (lines[max(0, first - 4) : first][::-1], lines[first:]):
        for line in part:
            found = _QUESTION.search(line.replace("**", ""))
            if found is not None and not _HOW_TO_GO_ON.match(found["said"]):
                return _COUNTED.sub("", found["said"]).strip()
    return None
