"""What the scripted model says: the small language in which a test writes the agent's part."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

Json: TypeAlias = dict[str, Any]
Kind: TypeAlias = Literal["main", "agent", "compact", "side"]

AUTOCOMPACT = 1_990_000
"""As `input_tokens` of a reply it makes 2.1.328 compact before its next request."""


@dataclass(frozen=True, slots=True)
class Request:
    """One POST that Claude Code sent: of the main loop, of a sub-agent, for a compaction, or aside."""

    kind: Kind
    path: str
    body: Json
    marker: str = ""
    """Which sub-agent's script answers it; empty unless kind is `agent`."""

    @property
    def text(self) -> str:
        """All text that reached the model: system, messages, tool results."""
        return "\n".join(texts_of(self))


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the model: text and tool calls, in order."""

    blocks: tuple[Json, ...]
    input_tokens: int = 100
    gate: threading.Event | None = None
    """The answer is held until this is set (or the client is gone)."""

    def reporting(self, input_tokens: int) -> Reply:
        return replace(self, input_tokens=input_tokens)

    def after_thinking(self, thought: str) -> Reply:
        block = {"type": "thinking", "thinking": thought, "signature": "c2lnbmVk"}
        return replace(self, blocks=(block, *self.blocks))

    def held(self, gate: threading.Event) -> Reply:
        return replace(self, gate=gate)


@dataclass(frozen=True, slots=True)
class ApiError:
    """The API refuses: status and the error object's type and message."""

    status: int
    type: str
    message: str


Answer: TypeAlias = Reply | ApiError | Callable[[Request], Reply | ApiError]
Script: TypeAlias = Sequence[Answer] | Callable[[Request], Reply | ApiError]

OVERLOADED = ApiError(529, "overloaded_error", "Overloaded")
BAD_REQUEST = ApiError(400, "invalid_request_error", "The scripted model refuses this request")
PROMPT_TOO_LONG = ApiError(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")


def say(*texts: str) -> Reply:
    """Text that ends the turn; several texts are several blocks of one message."""
    return Reply(tuple({"type": "text", "text": text} for text in texts))


def use(name: str, **arguments: Any) -> Json:
    """A tool call, to be handed to `call`; the model numbers it unless given as `tool_use_id`."""
    block: Json = {"type": "tool_use", "name": name}
    if "tool_use_id" in arguments:
        block["id"] = arguments.pop("tool_use_id")
    return {**block, "input": arguments}


def call(*uses: Json, text: str = "") -> Reply:
    """One or several tool calls in one message, after a text where one is given."""
    return Reply((*say(text).blocks, *uses) if text else uses)


@dataclass(slots=True)
class Part:
    """The rest of one script; safe to be asked from several threads."""

    script: Script
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Reply | ApiError:
        if callable(self.script):
            return self.script(request)
        with self._lock:
            index, self._next = self._next, self._next + 1
        if index >= len(self.script):
            return say("The script has no further reply.")
        answer = self.script[index]
        return answer(request) if callable(answer) else answer

    @property
    def rest(self) -> int:
        """How many replies of a list have not been given yet."""
        return 0 if callable(self.script) else max(0, len(self.script) - self._next)


def texts_of(request: Request | Mapping[str, Any]) -> list[str]:
    """All text in a request's system, messages and tool results, in order, one item a block."""
    body: Mapping[str, Any] = request.body if isinstance(request, Request) else request
    found = list(_texts(body.get("system")))
    for message in body.get("messages", []):
        found.extend(_texts(message.get("content")))
    return found


def _texts(content: object) -> list[str]:
    if isinstance(content, str):
        return [content]
    if isinstance(content, list):
        return [text for block in content for text in _texts(block)]
    if isinstance(content, dict):
        if content.get("type") == "text":
            return [str(content.get("text", ""))]
        if content.get("type") == "tool_result":
            return _texts(content.get("content"))
    return []


def kind_of(body: Json, markers: Sequence[str]) -> tuple[Kind, str]:
    """Whose request this is. A sub-agent is known by its marker in the words that started it."""
    messages = body.get("messages") or [{}]
    if any("detailed summary" in text for text in _texts(_last_user(messages))):
        return "compact", ""
    opening = "\n".join(_texts(messages[0].get("content")))
    for marker in markers:
        if marker in opening:
            return "agent", marker
    return ("main", "") if body.get("tools") else ("side", "")


def _last_user(messages: Sequence[Json]) -> object:
    users = [message for message in messages if message.get("role") == "user"]
    return users[-1].get("content") if users else None
