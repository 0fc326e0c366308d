"""The hook that Claude Code asks before a tool runs, through launcher and daemon."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.faults.home import Fixture

SERVER = "mcp__plugin_holdfast_memory__"


def asked(home: Fixture, tool: str, fields: dict[str, Any] | None = None, **environment: str) -> bytes:
    asks: dict[str, Any] = {"tool_name": tool, "tool_input": {"title": "t"}, "permission_suggestions": []}
    payload = home.payload("PermissionRequest", **asks, **(fields or {}))
    done = home.hook("PermissionRequest", payload, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


@pytest.mark.requirement("memory-mcp:auto-approve")
def test_saving_is_let_through_also_by_a_daemon_that_had_to_be_started(home: Fixture) -> None:
    for _ in range(2):
        answer = json.loads(asked(home, f"{SERVER}mem_save"))["hookSpecificOutput"]

        assert answer == {"hookEventName": "PermissionRequest", "decision": {"behavior": "allow"}}


@pytest.mark.requirement("memory-mcp:auto-approve")
@pytest.mark.parametrize("tool", ["Bash", f"{SERVER}mem_delete", f"{SERVER}secret_get", "mcp__other__mem_save"])
def test_what_is_not_for_us_to_allow_is_left_to_the_owner(home: Fixture, tool: str) -> None:
    home.start()

    assert asked(home, tool) == b""


def test_it_can_be_switched_off_for_a_process_and_for_good(home: Fixture) -> None:
    home.start()
    assert asked(home, f"{SERVER}mem_save", HOLDFAST_AUTO_APPROVE="0") == b""

    (home.folder / "config.toml").write_text("[tools]\nauto_approve = false\n")
    home.close()
    home.start()
    assert asked(home, f"{SERVER}mem_save") == b""


def test_a_question_leaves_no_trace(home: Fixture) -> None:
    home.start()
    asked(home, f"{SERVER}mem_save")

    assert home.events() == []
    assert home.ask("status")["heard"] is None


@pytest.mark.parametrize(
    ("server", "allowed"),
    [
        ({"name": "plugin:holdfast:memory", "source": "plugin"}, True),
        ({"name": "plugin_holdfast_memory", "source": "project"}, False),
        ({"name": "plugin:holdfast:memory", "source": "project"}, False),
        ({"name": "plugin:holdfast.memory", "source": "plugin"}, False),
        ({"source": "plugin"}, False),
        ("plugin:holdfast:memory", False),
        (None, False),
    ],
)
def test_a_tool_is_let_through_when_the_host_says_that_it_is_the_plugins(
    home: Fixture, server: object, allowed: bool
) -> None:
    home.start()

    assert bool(asked(home, f"{SERVER}mem_save", {"mcp_server": server})) is allowed


@pytest.mark.parametrize("name", ["plugin_holdfast_memory", "plugin:holdfast:memory", "plugin holdfast.memory"])
def test_a_host_that_does_not_say_whose_server_it_is_asks_its_owner_when_two_have_the_name(
    home: Fixture, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    named = json.dumps({"mcpServers": {name: {"command": "python3"}}})
    configured = home.folder.parent / "claude" / ".claude.json"
    configured.parent.mkdir()
    fields = {
        "transcript_path": str(configured.parent / "projects" / "p" / "s1.jsonl"),
        "cwd": str(home.project / "src"),
    }
    monkeypatch.setenv("HOME", str(home.folder.parent))
    of_project = json.dumps({"projects": {str(home.project): json.loads(named)}})
    home.start()

    for file, text in (
        (home.project / ".mcp.json", named),
        (home.project / "src" / ".mcp.json", named),
        (home.folder.parent / ".claude.json", named),
        (configured, named),
        (configured, of_project),
        (configured, "not understood"),
    ):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        assert asked(home, f"{SERVER}mem_save", fields) == b"", f"{file}: {text}"
        file.unlink()
        assert asked(home, f"{SERVER}mem_save", fields) != b""


def test_servers_of_other_names_are_no_matter_of_ours(home: Fixture) -> None:
    others = {name: {"command": "x"} for name in ("memory", "plugin_holdfast", "plugin_holdfast_memory_2", "holdfast")}
    (home.project / ".mcp.json").write_text(json.dumps({"mcpServers": others}))
    home.start()

    assert asked(home, f"{SERVER}mem_save") != b""


def test_a_megabyte_of_servers_in_a_repository_is_not_understood_and_one_of_the_hosts_own_settings_is(
    home: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every other session would wait for it to be read."""
    large = json.dumps({"mcpServers": {}, "history": "x" * 1_100_000})
    monkeypatch.setenv("HOME", str(home.folder.parent))
    home.start()

    (home.folder.parent / ".claude.json").write_text(large)
    assert asked(home, f"{SERVER}mem_save") != b""
    (home.project / ".mcp.json").write_text(large)
    assert asked(home, f"{SERVER}mem_save") == b""


def test_the_project_that_the_host_names_is_looked_at_too(home: Fixture, tmp_path: Path) -> None:
    (home.project / ".mcp.json").write_text(json.dumps({"mcpServers": {"plugin_holdfast_memory": {}}}))
    home.start()

    fields = {"cwd": str(tmp_path)}
    assert asked(home, f"{SERVER}mem_save", fields) != b""
    assert asked(home, f"{SERVER}mem_save", fields, CLAUDE_PROJECT_DIR=str(home.project)) == b""
