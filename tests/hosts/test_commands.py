"""The seven commands of the plugin, each with what it does, in print mode and in the interactive UI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from tests.hosts.behaviours import SERVER
from tests.hosts.claude_code.driver import ClaudeCode
from tests.hosts.claude_code.script import Answer, Json, Request, call, say, texts_of, use
from tests.hosts.holdfast import Holdfast

pytestmark = pytest.mark.host

ROOF = "the roof of the kettle leaks where the spout begins"
LEAK = "where does the kettle leak?"


@dataclass(frozen=True, slots=True)
class Step:
    """A command as it is typed. told: what the model reads in it. use: what the model calls for it. result: what that
    answers. said: what the model says then."""

    typed: str
    told: tuple[str, ...]
    use: Json | None
    result: str
    said: str


def steps(claude: ClaudeCode) -> list[Step]:
    program = f"{claude.config}/plugins/data/holdfast-holdfast/holdfast"

    def bash(words: str) -> Json:
        return use("Bash", command=f"{program} {words}")

    def tool(name: str, **given: Any) -> Json:
        return use(SERVER + name, **given)

    return [
        Step(
            f"/holdfast:remember {ROOF}", ("mem_save", ROOF),
            tool("mem_save", title="Kettle roof", content=ROOF), "Saved #1 ", "it is kept",
        ),
        Step(
            "/holdfast:recall kettle roof", ("mem_search", "kettle roof"),
            tool("mem_search", query="kettle roof"), "#1 [note] Kettle roof", "it is found",
        ),
        Step(
            f"/holdfast:compose {LEAK}", ("mem_context", LEAK),
            tool("mem_context", query=LEAK), f"- #1 Kettle roof: {ROOF} (note", "it is composed",
        ),
        Step(
            "/holdfast:handoff the spout", ("mem_session_summary", "the spout"),
            tool("mem_session_summary", content="Goal: a dry kettle."), "#2; the", "it is handed off",
        ),
        Step("/holdfast:status", ("2 memories", "Show the user the lines above"), None, "", "it is well"),
        Step(
            "/holdfast:import-history", ("1 session", " to read", f"{program} import claude-code"),
            bash("import claude-code"), "1 transcript ", "it is imported",
        ),
        Step("/holdfast:forget 1", (f"{program} forget", "\n1"), bash("forget 1"), "#1", "it is forgotten"),
    ]  # fmt: skip


def script(claude: ClaudeCode) -> None:
    answers: list[Answer] = []
    for step in steps(claude):
        answers += [*([call(step.use)] if step.use else []), say(step.said)]
    claude.model.script(answers)


def took_effect(claude: ClaudeCode, holdfast: Holdfast) -> None:
    requests = iter(claude.model.main_requests())
    for step in steps(claude):
        prompt = last(next(requests))
        assert [told for told in step.told if told not in "\n".join(texts_of({"messages": [prompt]}))] == []
        if step.use is not None:
            (result,) = (block for block in last(next(requests))["content"] if block["type"] == "tool_result")
            assert not result.get("is_error"), f"{step.typed}: {result}"
            assert step.result in "\n".join(texts_of({"messages": [{"content": [result]}]})), step.typed
    assert holdfast.json("status")["memories"] == 1
    assert holdfast.json("show", "2")["body"] == "Goal: a dry kettle."
    assert holdfast.json("show", "1")["alive"] is False


def last(request: Request) -> Json:
    """What the user's side said last."""
    return next(each for each in reversed(request.body["messages"]) if each["role"] == "user")


@pytest.mark.requirement("memory-mcp:commands")
def test_each_command_works_in_print_mode(claude: ClaudeCode, holdfast: Holdfast) -> None:
    script(claude)
    with claude.conversation() as conversation:
        for step in steps(claude):
            assert conversation.ask(step.typed)["result"] == step.said
        conversation.finish()

    took_effect(claude, holdfast)


@pytest.mark.requirement("memory-mcp:commands")
def test_each_command_works_in_the_interactive_ui(claude: ClaudeCode, holdfast: Holdfast) -> None:
    script(claude)
    with claude.interactive() as terminal:
        for step in steps(claude):
            terminal.submit(step.typed)
            terminal.answered(step.said)  # a question would hold it up
        terminal.leave()

    took_effect(claude, holdfast)


def test_the_first_prompt_of_all_may_ask_for_the_history(claude: ClaudeCode, holdfast: Holdfast) -> None:
    claude.model.script([say("nothing here, as it says")])

    assert claude.run("/holdfast:import-history").stdout == "nothing here, as it says\n"
    assert claude.model.saw(" to read, ")
