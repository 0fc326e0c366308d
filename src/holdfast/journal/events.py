"""What a host reports, before it is stored: drafts of events, and where each was seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["KINDS", "SEARCHED", "Draft", "Hook", "Lines", "SessionFacts", "Sighting"]

# kind -> what it is (the reference page of the journal is made from this table)
KINDS: Final[Mapping[str, str]] = {
    "start": "a session began, or went on (detail: source)",
    "prompt": "what was asked, by a person or (sub-agents, scripts) by an agent (detail: told, by the agent itself)",
    "command": "a slash command",
    "shell": "a command that the person ran with `!`, and its output",
    "reply": "what the agent said; with an agent id, what a sub-agent said",
    "tool": "a tool call: input, output, outcome",
    "notification": "a background task reported its end; never a prompt",
    "interrupt": "the person stopped the agent",
    "error": "the model could not be reached, or refused",
    "compaction": "the host compacted the conversation (detail: trigger)",
    "summary": "what the host kept of the conversation when it compacted it",
    "end": "the session ended (detail: reason)",
}
SEARCHED: Final = frozenset({"prompt", "reply", "summary"})


@dataclass(frozen=True, slots=True)
class Lines:
    """A place in a transcript: bytes start to stop of a file, and the SHA-256 of those bytes."""

    file: int
    start: int
    stop: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook call, by the nonce of its client and that client's wall time in Unix ms."""

    nonce: str
    at: int


Sighting = Lines | Hook


@dataclass(frozen=True, slots=True)
class Draft:
    """One thing that happened, as one source tells it. Texts are guarded already.

    keys: the host's names for it; any of them recognises it again.
    join: how it is recognised when no key is known: "text" – the same kind and text of the same session, at about
        the same time, that the other source has not claimed yet (of another prompt only when one of the two is
        marked `queued` in its detail); "kind" – the same kind likewise; "" – not at all.
    """

    kind: str
    at: int
    keys: tuple[str, ...]
    seen: Sighting
    session: str
    text: str | None = None
    input: str | None = None
    tool: str | None = None
    status: str | None = None
    agent: str | None = None
    prompt: str | None = None
    trust: str = "agent"
    join: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What a source says of a session; None where it says nothing. Times are Unix ms."""

    host: str
    name: str
    at: int
    cwd: str | None = None
    project_dir: str | None = None
    named: str | None = None  # HOLDFAST_PROJECT
    attended: bool | None = None
    version: str | None = None
    branch: str | None = None
    ended: str | None = None  # the reason, when this says that it ended
    alive: bool = False  # this source shows that the session goes on
    last: int | None = None  # the latest time it was heard, where that is not `at`
