"""What the Claude Code plugin registers, and that it calls nothing that is not there."""

import json
import re
from typing import Any

import pytest

from holdfast.hosts.claude_code.install import plugin_source
from holdfast.tools.permission import approved
from holdfast.tools.table import TOOLS

PLUGIN = plugin_source()
SERVER = "mcp__plugin_holdfast_memory__"
COMMANDS = ("compose", "forget", "handoff", "import-history", "recall", "remember", "status")


def registered() -> dict[str, list[dict[str, Any]]]:
    hooks: dict[str, list[dict[str, Any]]] = json.loads((PLUGIN / "hooks" / "hooks.json").read_text("utf-8"))["hooks"]
    return hooks


@pytest.mark.requirement("codemem:hooks", "engram:plugin-parts")
@pytest.mark.parametrize(
    "event",
    [
        "SessionStart", "UserPromptSubmit", "PostToolUse", "PostToolUseFailure", "PreCompact", "Stop", "SubagentStop",
        "SessionEnd", "PermissionRequest",
    ],
)  # fmt: skip
def test_an_event_is_registered_once_with_the_one_client_and_a_bound(event: str) -> None:
    (entry,) = registered()[event]
    (hook,) = entry["hooks"]

    called = " ".join([hook["command"], *hook.get("args", ())])
    assert "${CLAUDE_PLUGIN_DATA}/hook" in called
    assert f"claude-code {event}" in called
    assert 0 < hook["timeout"] <= 10


def test_every_way_in_which_a_session_starts_is_heard() -> None:
    (entry,) = registered()["SessionStart"]

    assert "matcher" not in entry


@pytest.mark.requirement("memory-mcp:auto-approve")
def test_the_host_asks_about_every_tool_of_ours_and_about_no_other() -> None:
    (entry,) = registered()["PermissionRequest"]

    assert all(re.fullmatch(entry["matcher"], SERVER + name) for name in TOOLS)
    assert not re.fullmatch(entry["matcher"], "mcp__other_memory__mem_save")


@pytest.mark.requirement("engram:plugin-parts", "engram:plugin-tools")
def test_the_server_offers_the_agents_tools_and_is_never_put_off() -> None:
    servers = json.loads((PLUGIN / ".mcp.json").read_text("utf-8"))["mcpServers"]

    assert servers == {
        "memory": {
            "type": "stdio", "command": "${CLAUDE_PLUGIN_DATA}/bridge", "args": ["--tools=agent"], "alwaysLoad": True,
        }
    }  # fmt: skip


@pytest.mark.requirement("memory-mcp:commands")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_allowed_what_it_says_to_call_and_nothing_that_is_asked(command: str) -> None:
    text = (PLUGIN / "commands" / f"{command}.md").read_text("utf-8")
    (line,) = re.findall(r"^allowed-tools: (.*)$", text, re.MULTILINE)
    allowed = [each.strip() for each in line.split(",")]
    tools = [each.removeprefix(SERVER) for each in allowed if not each.startswith("Bash(")]

    assert set(tools) <= TOOLS.keys()
    assert all(approved(SERVER + name) for name in tools)
    assert all(name in text.rpartition("---")[2] for name in tools if name != "mem_get_observation")
    assert all(each.startswith("Bash(${CLAUDE_PLUGIN_DATA}/holdfast ") for each in allowed if each.startswith("Bash"))
    assert {path.stem for path in (PLUGIN / "commands").iterdir()} == set(COMMANDS)


@pytest.mark.requirement(
    "engram:protocol-save", "engram:protocol-search", "engram:protocol-close", "engram:protocol-recovery"
)
def test_the_protocol_says_when_to_save_search_and_close_and_how_to_recover() -> None:
    skill = (PLUGIN / "skills" / "memory" / "SKILL.md").read_text("utf-8")

    for occasion in (
        "a decision",
        "a bug fix",
        "a discovery",
        "a configuration change",
        "a convention",
        "a\npreference",
    ):
        assert occasion in skill
    for word in ("remember", "recordar", "before work that may have"):
        assert word in skill
    for part in ("Goal", "Discoveries", "Accomplished", "Next Steps", "Relevant Files"):
        assert part in skill
    recovery = skill.partition("After a compaction")[2]
    assert recovery.index("`mem_session_summary`") < recovery.index("`mem_context`") < recovery.index("go on")
