"""Two agents that the scripted model plays: one does what reached it in words, one never thinks of its memory."""

from __future__ import annotations

from typing import Any

from tests.hosts.claude_code.script import Json, Reply, Request, call, say, texts_of, use

from holdfast.recall.pack import NUDGE, PROTOCOL

__all__ = ["FORGETFUL", "SERVER", "called", "forgetful", "obedient"]

SERVER = "mcp__plugin_holdfast_memory__"
FORGETFUL = "I thought about it, and the answer is in the code. " * 6
"""What the forgetful agent says: enough of it that a session leaves something to the next."""


def forgetful(request: Request) -> Reply:
    """Answers, and calls no tool."""
    return say(FORGETFUL)


def obedient(request: Request) -> Reply:
    """Saves, searches, sums up and recovers, as far as the words of holdfast that it was sent say so."""
    messages = request.body["messages"]
    asked = next(each for each in reversed(messages) if each["role"] == "user")
    prompt, told = "\n".join(texts_of({"messages": [asked]})), request.text
    if PROTOCOL["compact"] in told and not _calls(messages, "mem_session_summary"):
        return summing_up("Goal: drain the outbox. Done: what the compacted conversation says. Next: the docks.")
    if _results(asked):
        return say("That is done.")
    if PROTOCOL["session-start"] not in told and PROTOCOL["compact"] not in told:
        return say("Nobody told me to remember.")
    if "last time" in prompt:
        return call(use(f"{SERVER}mem_search", query="outbox fork"))
    if "that is all" in prompt:
        return summing_up("Goal: drain the outbox. Done: it is flushed before the fork. Next: test it on the docks.")
    if "found out" in prompt or NUDGE in "\n".join(texts_of({"messages": messages[messages.index(asked) :]})):
        return call(use(f"{SERVER}mem_save", title="The outbox drains on exit", content="Flush it before the fork."))
    return say("Understood.")


def summing_up(content: str) -> Reply:
    return call(use(f"{SERVER}mem_session_summary", content=content))


def called(request: Request, tool: str) -> int:
    """How often the conversation of a request shows a call of one of our tools."""
    return len(_calls(request.body["messages"], tool))


def _calls(messages: list[Json], tool: str) -> list[Json]:
    return [
        block
        for message in messages
        if message["role"] == "assistant"
        for block in _blocks(message)
        if block.get("type") == "tool_use" and block.get("name") == SERVER + tool
    ]


def _results(message: Json) -> list[Json]:
    return [block for block in _blocks(message) if block.get("type") == "tool_result"]


def _blocks(message: Json) -> list[Any]:
    content = message["content"]
    return content if isinstance(content, list) else []
