"""The hook that Claude Code asks before a tool runs, through launcher and daemon."""

import json

import pytest
from tests.faults.home import Fixture

SERVER = "mcp__plugin_holdfast_memory__"


def asked(home: Fixture, tool: str, **environment: str) -> bytes:
    payload = home.payload("PermissionRequest", tool_name=tool, tool_input={"title": "t"}, permission_suggestions=[])
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
