"""The harness itself: each way of driving Claude Code reaches the scripted model and comes back."""

from __future__ import annotations

import json

import pytest
from tests.hosts.claude_code.driver import ClaudeCode
from tests.hosts.claude_code.script import call, say, use

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
