"""Messages as a client of oGMemory sends them → drafts of events, and which of them were told before.

Such a client names no message: it sends ranges of a transcript, and may send a range again, or one that overlaps the
last. A message is therefore known by its session, its words, and how often these words were said before; and whether
it is a known one or the same words said again is told by its neighbours.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ..errors import UsageError
from ..journal.events import Draft, Hook
from .claude_code.tools import call_of, outcome_of, shown_text
from .claude_code.words import command_of, digest, is_notification, said, summary_of, text_of

__all__ = ["HOST", "MOST", "SAID", "Message", "known", "messages_of", "read"]

HOST: Final = "ogmemory"
MOST: Final = 10_000  # messages in one call
SAID: Final = ("prompt", "reply", "command", "notification", "summary")  # what comes in ranges; tools come one by one
_AGAIN = 20_000  # ms; the same tool call, told again within half of it, is the same
_NEAR = 50  # places at which words that were said often are looked for
_TOOL_INPUT = re.compile(r"^tool_input:[ \t]*", re.M)
_TOOL_RESPONSE = re.compile(r"^tool_response:[ \t]*", re.M)
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_CONTINUED = "This session is being continued"


@dataclass(frozen=True, slots=True)
class Message:
    """One message, guarded. at: when it was said, Unix ms; None when the client does not tell."""

    kind: str
    text: str | None
    at: int | None
    words: str  # a short name of what it says
    tool: str | None = None
    input: str | None = None
    status: str | None = None
    detail: Mapping[str, Any] | None = None

    def keys(self, session: str, nth: int, now: int) -> tuple[str, ...]:
        """Its names; `nth`: how often these words were said before in the session."""
        if self.ranged:
            return (self.key(session, nth),)
        name = f"{self.kind}:{session}:{self.words}"
        if self.at is not None:
            return (f"ogmemory:at:{name}:{self.at}",)
        return (f"ogmemory:a:{name}:{now // _AGAIN}", f"ogmemory:b:{name}:{(now + _AGAIN // 2) // _AGAIN}")

    @property
    def ranged(self) -> bool:
        """Whether only its neighbours tell if it is a known one: it has no time, and comes in ranges."""
        return self.at is None and self.kind in SAID

    def key(self, session: str, nth: int) -> str:
        return f"ogmemory:nth:{self.kind}:{session}:{self.words}:{nth}"

    def draft(self, session: str, nth: int, now: int, *, at: int, agent: str | None, prompt: str | None) -> Draft:
        """The event that it is. now: when it was told, at: when it is taken to have happened, Unix ms."""
        keys = self.keys(session, nth, now)
        detail = {**(self.detail or {}), **({"agent": agent} if agent else {})}
        return Draft(
            kind=self.kind, at=at, keys=keys, seen=Hook(digest(keys[0]), now), session=session, text=self.text,
            input=self.input, tool=self.tool, status=self.status, prompt=prompt,
            trust="tool" if self.kind == "tool" else "agent", detail=detail,
        )  # fmt: skip


def messages_of(told: Any, kept: frozenset[str], now: int) -> list[Message]:
    """The messages of one call, those without words left out. Raises UsageError."""
    if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
        raise UsageError("messages are not a list of objects", why="each is {role, content}")
    if len(told) > MOST:
        raise UsageError(f"{len(told)} messages are too many", why=f"a call brings at most {MOST}")
    found = (read(each, kept, now) for each in told)
    return [each for each in found if each is not None]


def read(told: Mapping[str, Any], kept: frozenset[str], now: int) -> Message | None:
    """One message, {role, content, created_at?}; None when it says nothing. kept: the setting capture.tools."""
    content, at = text_of(told.get("content")), _time(told.get("created_at"), now)
    role = told.get("role")
    if content is None or not content.strip():
        return None
    if role == "tool":
        return _tool(content, kept, at)
    if role not in ("user", "assistant"):
        return None
    kind = "reply" if role == "assistant" else "prompt"
    if kind == "prompt":
        if (command := command_of(content)) is not None:
            kind, content = "command", command
        elif is_notification(content):
            kind = "notification"
        elif content.startswith(_CONTINUED):
            kind, content = "summary", summary_of(content)
    text = said(content)
    return None if text is None else Message(kind, text, at, digest(text))


def _tool(content: str, kept: frozenset[str], at: int | None) -> Message:
    """A line that names the tool, then its input and its output as JSON, both perhaps cut."""
    begins, answers = _TOOL_INPUT.search(content), _TOOL_RESPONSE.search(content)
    first = content[: begins.start() if begins else None].partition("\n")[0]
    names = _NAME.findall(first)
    name = next((each for each in names if each in kept), names[-1] if names and begins else "tool")
    if begins is None or answers is None or answers.start() < begins.end():
        shown = shown_text(content)
        return Message("tool", shown, at, digest(shown), name, None, "ok")
    given, output = content[begins.end() : answers.start()].strip(), content[answers.end() :].strip()
    call = call_of(name, _json(given), kept)
    whole = isinstance(_json(given), dict)
    asked = call.input if whole or name not in kept else shown_text(given)
    response = _json(output)
    ended = outcome_of(name, kept, response=response, content=output if response is None else None, error=False)
    text = ended.text
    if text is None and name in kept and not isinstance(response, dict):
        text = shown_text(output)
    return Message(
        "tool", text, at, digest(f"{name}\0{asked}\0{text}"), name, asked, ended.status,
        {**call.detail, **ended.detail},
    )  # fmt: skip


def known(places: Sequence[Sequence[int]], count: int) -> dict[int, int]:
    """Which of a call's messages are which of the `count` that the session holds: index in the call -> place.

    places: for each message, where in the session the same words stand, in order. A run of at least two neighbours
    that stand there as neighbours too was told before. A message alone was, when it is the first of the call and the
    last of the session: said anywhere else, the same words were said again.
    """
    found: dict[int, int] = {}
    sets: dict[int, frozenset[int]] = {}  # the same words have the same list
    stands = [sets.setdefault(id(each), frozenset(each)) for each in places]
    at = 0
    while at < len(places):
        place, length = _longest(places, stands, at)
        if length >= 2 or (length == 1 and at == 0 and place == count - 1):
            found |= {at + each: place + each for each in range(length)}
        at += max(1, length) if length >= 2 else 1
    return found


def _longest(places: Sequence[Sequence[int]], stands: Sequence[frozenset[int]], at: int) -> tuple[int, int]:
    """The place of the longest run that begins with message `at`, and its length."""
    best = (0, 0)
    for place in reversed(places[at][-_NEAR:]):
        length = 1
        while at + length < len(places) and place + length in stands[at + length]:
            length += 1
        if length > best[1]:
            best = (place, length)
        if at + length == len(places):
            break
    return best


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _time(told: Any, now: int) -> int | None:
    """Unix ms of a time in seconds, milliseconds, or ISO 8601; None for anything else, and for one to come."""
    at: float | None = None
    if isinstance(told, int | float) and not isinstance(told, bool):
        at = told if told > 1e11 else told * 1000
    elif isinstance(told, str):
        try:
            at = datetime.fromisoformat(told).timestamp() * 1000
        except (ValueError, OverflowError, OSError):
            return None
    return int(at) if at is not None and 0 < at <= now + _AGAIN else None
