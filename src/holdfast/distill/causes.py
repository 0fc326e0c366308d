"""What an agent says was the cause of a fault."""

import re
from collections.abc import Iterator, Sequence

from ..memory import Draft, Evidence
from .commands import command_of, passed, runs_of
from .edits import is_edit
from .happened import Drawn, Happened, gist
from .prose import spoken, stands_alone

__all__ = ["RULE", "cause_in", "drawn"]

RULE = "cause/1"
_CAUSE = re.compile(
    r"""^(?:\*\*)?(?:(?:so|okay|ok|now\ i\ see|i\ see|found\ it|ah|yes)[,:.!\s]+)*(?:the\ )?(?:actual|real|underlying|root|main)?\s?
    (?:root\ cause|cause|problem|issue|bug|culprit|reason)
    (?:\ (?:here|for|behind|of|why|with|in)\ [^.:]{1,80}?)?
    (?:(?:\*\*)?:(?:\*\*)?|\ (?:was|is|turned\ out\ to\ be|came\ from)(?:\ that)?:?)\s
    (?P<what>\S.{20,380})""",
    re.I | re.X,
)
_FIX = re.compile(r"^\*\*(?:the\ )?(?:fix|solution|resolution)(?:\*\*:|:\*\*)\s(?P<what>\S.{15,380})", re.I)
_HEDGED = re.compile(
    r"\b(?:might|may|maybe|could be|seems?|appears?|probably|likely|perhaps|i think|i suspect|possibly|not sure|let me|let's|i'll|"
    r"i need to|we need to|if)\b|\?\s*$",
    re.I,
)
_CODE = re.compile(r"`[^`]+`|\b\w+[_./]\w+|\b[a-z]+[A-Z]\w+|\b[A-Z][a-z]+[A-Z]\w*|\b\w+\(\)")
_WORDS = re.compile(r"\w+")


def cause_in(text: str) -> str | None:
    """The last cause that a reply states and that can stand alone, as a sentence."""
    if not re.search(r"cause|problem|issue|bug\b|culprit|reason", text, re.I):
        return None
    found = None
    for sentence in spoken(text):
        match = _CAUSE.match(sentence)
        if match is None or _HEDGED.search(sentence) or not _CODE.search(match["what"]):
            continue
        if len(_WORDS.findall(match["what"])) >= 7 and not match["what"].endswith(":") and stands_alone(match["what"]):
            found = match["what"].strip().rstrip("*").strip()
    return found


def _fix_in(text: str) -> str | None:
    for sentence in spoken(text):
        match = _FIX.match(sentence)
        if match is not None and not match["what"].endswith(":") and stands_alone(match["what"]):
            return match["what"].strip()
    return None


def drawn(events: Sequence[Happened]) -> Iterator[Drawn]:
    """Causes that agents state, worth keeping once something was changed and a check passed after it.

    A cause stated after another with no edit between them takes its place: the first was a guess.
    """
    stated: list[tuple[int, str]] = []
    for at, event in enumerate(events):
        if event.kind != "reply" or not event.text:
            continue
        cause = cause_in(event.text)
        if cause is None:
            continue
        if stated and not any(is_edit(each) for each in events[stated[-1][0] : at]):
            stated.pop()
        stated.append((at, cause))
    for at, cause in stated:
        event, after = events[at], events[at:]
        edits = [each for each in after if is_edit(each)]
        checked = False
        if edits:
            later = after[after.index(edits[0]) :]
            checked = any(passed(each, runs) for each in later if (runs := _checks(each)))
        fix = _fix_in(event.text or "")
        settled = fix is not None and any(is_edit(each) for each in events[:at])
        worth = 0.7 if checked else 0.65 if settled else 0.4 if edits else 0.3
        body = f"Cause: {cause}" + (f"\nFix: {fix}" if fix else "")
        files = tuple(dict.fromkeys(file for each in edits[:3] for file in each.files))[:3]
        draft = Draft(
            body=body, kind="bugfix" if checked or settled else "discovery", trust="agent", files=files,
            evidence=(Evidence(event.number, gist(cause)),),
        )  # fmt: skip
        how = (
            "a check passed after the change that followed"
            if checked
            else "the change had been made"
            if settled
            else "nothing shows that it was right"
        )
        yield Drawn(draft, RULE, event.name, 0, worth, f"The agent named the cause of a fault, and {how}.")


def _checks(event: Happened) -> list:
    command = command_of(event)
    return [] if command is None else [run for run in runs_of(command) if run.check]
