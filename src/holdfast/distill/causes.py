"""What an agent says was the cause of a fault."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..memory import Draft, Evidence
from .commands import command_of, failed, passed, runs_of
from .edits import is_edit
from .event import Drawn, Happened, gist, turns_of
from .prose import mentions, paragraphs, request_of, spoken, stands_alone

__all__ = ["RULE", "cause_in", "drawn"]

RULE: Final = "cause/1"
_NAMES: Final = ("cause", "problem", "issue", "bug", "culprit")
_CAUSE = re.compile(
    r"""^\**(?:(?:so|okay|ok|now\ i\ see|i\ see|found\ it|ah|yes)[,:.!\s]+)*(?:the\ )?(?:actual|real|underlying
    |main)?\s?
    (?P<name>root\ cause|cause|problem|issue|bug|culprit)
    (?:\ (?:here|for|behind|of|with|in)\ [^.:*]{1,80}?)?(?:\**\ \([^()]{1,80}\))?
    (?: \**:\**\ | \ (?:is|(?P<past>was|turned\ out\ to\ be))\ (?:that\ )? )
    (?P<what>\S.{20,380})""",
    re.I | re.X,
)
# "`parse` gave 3600 because `re.match` reads only the first part": told as what was, when a check had failed.
_EXPLAINED = re.compile(
    r"^(?!.*\?)(?:[-*]\s+)?(?P<what>\S.{3,200}?\b(?:was|were|gave|got|broke|hung|kept|lost|read|came|\w{3,}ed)\b"
    r".{0,160}?\bbecause\b.{12,240})$"
)
_HEADING = re.compile(r"^(?:#{1,4}\s+|\*\*)(?:the )?(?:actual |real )?root cause\b[^.]{0,60}$", re.I)
_GOES_ON = re.compile(r"^(?:But|However|So|Since|And)\b")
_FIX = re.compile(
    r"^(?:[-*]\s+)?\*\*(?:the\ )?(?:fix|solution|resolution)\b[^*]{0,30}(?:\*\*:|:\*\*)\s(?P<what>\S.{15,380})", re.I
)
_LEAD = re.compile(r"^(?:now )?(?:clear|simple|obvious|straightforward|confirmed|subtle|this)\b\s*[-—–:,.]+\s*", re.I)
_HEDGED = re.compile(
    r"""\b(?:might|may|maybe|could\ be|could\ have|seems?|appears?|probably|likely|perhaps|i\ think|i\ suspect|possibly
    |potential(?:ly)?|not\ sure|let\ me|let's|i'll|i\ need\ to|we\ need\ to|we\ should|you\ should|if\ you)\b|\?\s*$""",
    re.I | re.X,
)
_OWN = re.compile(
    r"\b(?:my|our) (?:new|own|earlier|previous|change|edit|fix|code)\b|\bI\b|\b(?:missing|unused) .{0,20}imports?\b"
    r"|\btypos?\b"
)
_NOT_IT = re.compile(
    r"^(?:not\b|n't|unclear|unknown|fixed|introduced|\[|now\b|same\b|still|different|the same|real|still|well"
    r"|understood|fully|completely|outside)",
    re.I,
)
# What stands under a heading may be the story; a cause tells what is amiss.
_AMISS = re.compile(
    r"n't\b|\b(?:not|never|instead|only|but|because|missing|without|wrong(?:ly)?|incorrect(?:ly)?|undefined|clears?"
    r"|destroys?|overwrites?|"
    r"even|ignore[sd]?|fell|falls|conflicts?|fails?|breaks?|omits?|skips?|still|before)\b",
    re.I,
)
_CODE = re.compile(r"`[^`]+`|\b\w+[_./]\w+|\b[a-z]+[A-Z]\w+|\b[A-Z][a-z]+[A-Z]\w*|\b\w+\(\)")
_PLACE = re.compile(r"\blines?\s+\d+|:\d+(?:-\d+)?\b|^in (?:the )?`[^`]+`[^—–,;-]*$", re.I)
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Cause:
    what: str
    root: bool  # called the root cause, and so more than the next thing to repair
    past: bool = False  # told as what was, and so after it was repaired
    called: bool = True  # by a name: the cause, the problem
    fix: str | None = None


def cause_in(text: str) -> str | None:
    """The last cause that a reply states and that can stand alone, as a sentence."""
    found = _stated(text)
    return None if found is None else found.what


def _stated(text: str) -> _Cause | None:
    if not mentions(text, _NAMES):
        return _explained(text)
    found: _Cause | None = None
    sentences = spoken(text)
    for sentence, following in itertools.pairwise([*sentences, ""]):
        match = _CAUSE.match(sentence)
        if match is not None:
            root = "cause" in match["name"].casefold()
            goes_on = f" {following}" if _GOES_ON.match(following) and len(sentence) + len(following) < 500 else ""
            if (what := _sound(match["what"] + goes_on)) and (root or found is None or not found.root):
                found = _Cause(what, root, match["past"] is not None)
    headed = [paragraph for heading, paragraph in paragraphs(text) if _HEADING.match(heading)]
    if len(headed) == 1 and _AMISS.search(headed[0]) and (what := _sound(headed[0])):
        found = _Cause(what, True)
    return _explained(text) if found is None else replace(found, fix=_fix_in(text))


def _explained(text: str) -> _Cause | None:
    """Why something was as it was, in one sentence near the beginning."""
    if "because" not in text[:2_000]:
        return None
    for sentence in spoken(text[:2_000])[:4]:
        match = _EXPLAINED.match(sentence)
        if match is not None and (what := _sound(match["what"])):
            return _Cause(what, root=False, past=True, called=False)
    return None


def _sound(what: str) -> str | None:
    """A cause without its introduction; None when it is a guess, is no sentence, or cannot stand alone."""
    what = _LEAD.sub("", what.strip().strip("*").strip()).replace("**", "")
    if (
        _HEDGED.search(what)
        or _OWN.search(what)
        or _NOT_IT.match(what)
        or not _CODE.search(what)
        or what.endswith((":", "—", "-"))
    ):
        return None
    return what if len(_WORDS.findall(what)) >= 7 and stands_alone(what) else None


def _fix_in(text: str) -> str | None:
    for sentence in spoken(text):
        match = _FIX.match(sentence)
        if match is not None and not match["what"].endswith(":"):
            what = match["what"].strip().replace("**", "")
            if stands_alone(what):
                return what
    return None


def drawn(events: Sequence[Happened]) -> Iterator[Drawn]:
    """The cause that each turn came to: the last one called the root cause, else the last one."""
    for turn in turns_of(events):
        stated = [
            (at, cause)
            for at, event in enumerate(turn)
            if event.kind == "reply" and (cause := _stated(event.text or ""))
        ]
        if stated:
            at, cause = next((each for each in reversed(stated) if each[1].root), stated[-1])
            yield _drawn(turn, at, cause)


def _drawn(turn: Sequence[Happened], at: int, cause: _Cause) -> Drawn:
    event = turn[at]
    after = [each for each in turn[at:] if is_edit(each)]
    before = [each for each in turn[:at] if is_edit(each)]
    checked = _checked(turn, turn.index(after[0])) if after else bool(before) and _checked(turn, turn.index(before[0]))
    last = not any(each.kind == "reply" and each.agent is None for each in turn[at + 1 :])
    if cause.called:
        worth, reasons = (0.45, ["called the root cause"]) if cause.root else (0.25, ["called the problem"])
    else:
        worth, reasons = 0.05, ["told with its reason"]
    for holds, more, reason in (
        (not cause.called and _failing(turn[:at]), 0.1, "a check had failed"),
        (checked, 0.2, "a check passed after the change"),
        (cause.fix is not None, 0.1, "the fix is named"),
        (last, 0.1, "it is what the turn ended with"),
        (cause.past and last and checked, 0.1, "it is told as what was"),
        (not cause.root and bool(before) and not (cause.past and last), -0.15, "it came up in the midst of a change"),
        (len(cause.what) < 60, -0.15, "few words"),
        (_PLACE.search(cause.what) is not None, -0.2, "it names lines, which move"),
    ):
        if holds:
            worth += more
            reasons.append(reason)
    files = tuple(dict.fromkeys(file for each in (after or before)[:3] for file in each.files))[:3]
    body = f"{'Root cause' if cause.root else 'Cause'}: {cause.what}" + (f"\nFix: {cause.fix}" if cause.fix else "")
    asked = request_of(turn)
    body += f"\nAsked: {asked[0]}" if asked else ""
    cited = [Evidence(event.number, gist(cause.what)), *(Evidence(each.number) for each in (after or before)[:3])]
    cited += [Evidence(asked[1])] if asked else []
    draft = Draft(
        body=body, title=gist(cause.what, 100), kind="bugfix" if checked else "discovery", trust="agent", files=files,
        evidence=tuple(cited),
    )  # fmt: skip
    return Drawn(
        draft, RULE, event.name, 0, round(worth, 2), f"The agent named the cause of a fault: {', '.join(reasons)}."
    )


def _failing(turn: Sequence[Happened]) -> bool:
    """Whether a check failed in a part of a turn."""
    for event in turn:
        command = command_of(event)
        runs = [] if command is None else [run for run in runs_of(command) if run.check]
        if runs and failed(event, runs):
            return True
    return False


def _checked(turn: Sequence[Happened], since: int) -> bool:
    for event in turn[since:]:
        command = command_of(event)
        runs = [] if command is None else [run for run in runs_of(command) if run.check]
        if runs and passed(event, runs):
            return True
    return False
