"""What rules read, the events of a session, and what they give: memories to be, each with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ..memory import Draft

__all__ = ["EDITING", "QUOTE_LIMIT", "WORTHY", "Drawn", "Happened", "asks_the_agent", "gist", "turns_of"]

EDITING: Final = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})
QUOTE_LIMIT: Final = 280  # characters of what a memory was drawn from
_OF_A_TASK: Final = '{"task_id":'  # how older hosts queue the end of a task in the background
_OF_THE_HOST: Final = frozenset(  # slash commands that ask the agent nothing
    """/add-dir /agents /bug /clear /compact /config /context /copy /cost /doctor /effort /exit /export /fast /feedback
    /help /hooks /ide /keybindings /login /logout /mcp /memory /model /output-style /permissions /plan /plugin /plugins
    /privacy-settings /quit /release-notes /reload-plugins /rename /resume /rewind /sandbox /skills /stats /status
    /statusline /tasks /terminal-setup /theme /todos /upgrade /usage /vim""".split()  # noqa: SIM905
)
WORTHY: Final = 0.5  # what is worth less is not kept


def asks_the_agent(command: str) -> bool:
    """Whether a slash command is put to the agent, and not only to its host."""
    return bool(command.strip()) and command.split(maxsplit=1)[0] not in _OF_THE_HOST


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of a session as rules read it; its texts are guarded.

    name: the same on every machine for the same event. at: Unix ms.
    status: of a tool call: ok, failed, denied, interrupted.
    """

    number: int
    name: str
    kind: str
    at: int
    text: str | None = None
    input: str | None = None
    tool: str | None = None
    status: str | None = None
    agent: str | None = None
    prompt: str | None = None
    trust: str = "agent"
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def owned(self) -> bool:
        """Whether a person typed this in an attended session."""
        return self.kind == "prompt" and self.trust == "owner" and self.agent is None

    @property
    def asks(self) -> bool:
        """Whether this is what the session was asked, by whomever; not what a sub-agent was, nor the host itself,
        nor what only its agent says so."""
        if (
            self.kind not in ("prompt", "command")
            or self.agent is not None
            or self.detail.get("told")
            or not self.text
            or not self.text.strip()
            or self.text.startswith(_OF_A_TASK)
        ):
            return False
        return self.kind == "prompt" or asks_the_agent(self.text)

    @property
    def files(self) -> tuple[str, ...]:
        named = self.detail.get("files")
        return tuple(each for each in named if isinstance(each, str)) if isinstance(named, list | tuple) else ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A memory to be, drawn by a rule.

    name, nth: of the event it is about, and which of that rule's memories there; with the rule they name it for good.
    worth: from 0 to 1. why: one sentence for whoever asks where the memory comes from.
    erasures: in the store when its events were read; None when nothing can have been erased since.
    """

    draft: Draft
    rule: str
    name: str
    nth: int
    worth: float
    why: str
    erasures: int | None = None


def gist(text: str, limit: int = QUOTE_LIMIT) -> str:
    """The beginning of a text on one line, at most `limit` characters, ended at a word."""
    line = " ".join(text[: 4 * limit].split())
    if len(line) <= limit:
        return line
    start = line[: limit - 1]
    return (start.rpartition(" ")[0] or start).rstrip(" ,;:.-–—") + "…"


def turns_of(events: Sequence[Happened]) -> list[list[Happened]]:
    """The events by turn: each begins with what was asked, except for what came before the first one."""
    turns: list[list[Happened]] = []
    for event in events:
        if not turns or (event.asks and event.detail.get("queued") is not True):
            turns.append([])
        turns[-1].append(event)
    return turns
