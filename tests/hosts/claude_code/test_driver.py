"""The harness itself: each way of driving Claude Code reaches the scripted model and comes back."""

from __future__ import annotations

import json
import threading

import pytest
from tests.hosts.claude_code.driver import ClaudeCode
from tests.hosts.claude_code.recording import add_recorder, hook_calls
from tests.hosts.claude_code.script import BAD_REQUEST, call, say, use
from tests.hosts.claude_code.terminal import prompt
from tests.processes import wait_for

pytestmark = pytest.mark.host


def test_one_prompt_runs_its_tools_and_prints_the_answer(claude: ClaudeCode) -> None:
    claude.model.script([call(use("Bash", command="echo $((6*7))")), say("it is done")])

    done = claude.run("compute it", "--allowedTools", "Bash")

    assert (done.code, done.stdout) == (0, "it is done\n")
    asked, after = claude.model.main_requests()
    assert "compute it" in asked.text
    assert "42" in after.text
    assert len(list(claude.transcripts.glob("*.jsonl"))) == 1


def test_several_turns_share_one_process_and_one_session(claude: ClaudeCode) -> None:
    claude.model.script([say("first answer"), say("second answer")])

    seen = claude.stream(["first prompt", "second prompt"])

    assert [item["result"] for item in seen if item["type"] == "result"] == [
        "first answer",
        "second answer",
    ]
    assert len({item["session_id"] for item in seen}) == 1
    assert "first answer" in claude.model.main_requests()[-1].text


def test_the_interactive_ui_takes_what_is_typed_and_shows_the_answer(claude: ClaudeCode) -> None:
    claude.model.script([say("shown on the screen")])

    with claude.interactive() as terminal:
        terminal.submit("typed by a person")
        terminal.shows("shown on the screen")
        terminal.leave()

    assert claude.model.saw("typed by a person")


def test_a_plugin_is_validated(claude: ClaudeCode) -> None:
    manifest = claude.project / ".claude-plugin" / "plugin.json"
    manifest.parent.mkdir()
    manifest.write_text(json.dumps({"name": "probe", "version": "0.0.1", "description": "x"}))
    good = claude.plugin("validate", str(claude.project))
    manifest.write_text("{}")
    bad = claude.plugin("validate", str(claude.project))

    assert good.code == 0
    assert bad.code != 0


def test_a_sub_agent_follows_its_own_script(claude: ClaudeCode) -> None:
    agent = use(
        "Agent",
        description="Look",
        prompt="MARK: look around.",
        subagent_type="general-purpose",
        run_in_background=False,
    )
    claude.model.script([call(agent), say("the agent has looked")], agents={"MARK": [say("said by the agent")]})

    done = claude.run("ask an agent", "--allowedTools", "Agent")

    assert done.stdout == "the agent has looked\n"
    assert [request.kind for request in claude.model.requests].count("agent") == 1
    assert "said by the agent" in claude.model.main_requests()[-1].text


def test_a_compaction_is_answered_with_the_summary(claude: ClaudeCode) -> None:
    claude.model.script([say("one"), say("two"), say("three")])
    claude.model.summary = "<summary>\nKEPT-BY-THE-SUMMARY\n</summary>"

    claude.stream(["first", "second", "/compact", "third"])

    assert len(claude.model.of_kind("compact")) == 1
    assert "KEPT-BY-THE-SUMMARY" in claude.model.main_requests()[-1].text


def test_an_answer_is_held_until_its_gate_opens(claude: ClaudeCode) -> None:
    gate = threading.Event()
    claude.model.script([say("held back").held(gate), say("the next one")])

    with claude.interactive() as terminal:
        terminal.submit("withdrawn by Esc")
        wait_for(lambda: len(claude.model.main_requests()) == 1, "the held request")
        terminal.shows("esc to interrupt")
        terminal.press("Escape")
        terminal.until(lambda screen: "withdrawn" in prompt(screen), "the prompt to come back")
        terminal.submit(" and sent again")
        terminal.shows("the next one")
        assert "held back" not in terminal.screen()


def test_an_error_of_the_api_is_reported_to_the_user(claude: ClaudeCode) -> None:
    claude.model.script(lambda _: BAD_REQUEST)

    done = claude.run("this is refused")

    assert done.code == 1
    assert BAD_REQUEST.message in done.stdout


def test_the_recorder_keeps_what_hooks_get_and_hands_back_context(claude: ClaudeCode) -> None:
    add_recorder(claude)
    claude.env["RECORDER_CONTEXT"] = "HANDED-BACK"
    claude.model.script([call(use("Bash", command="echo hi")), say("bye")])

    claude.run("say “hi”", "--allowedTools", "Bash")

    calls = hook_calls(claude)
    assert [call.event for call in calls] == [
        "SessionStart",
        "UserPromptSubmit",
        "PostToolUse",
        "Stop",
        "SessionEnd",
    ]
    assert calls[1].payload["prompt"] == "say “hi”"
    assert calls[1].env["CLAUDE_PROJECT_DIR"] == str(claude.project.resolve())
    assert "HANDED-BACK" in claude.model.main_requests()[0].text
