"""The main job: what was said in one session of the real Claude Code reaches the model in the next."""

import json

import pytest
from tests.hosts.claude_code.driver import ClaudeCode
from tests.hosts.claude_code.script import call, say, use
from tests.hosts.holdfast import Holdfast

pytestmark = pytest.mark.host


def test_what_was_typed_to_hold_always_and_a_note_reach_the_next_session(
    claude: ClaudeCode, holdfast: Holdfast
) -> None:
    claude.model.script([say("tabs it is")])
    with claude.interactive() as terminal:
        terminal.submit("always use tabs here")
        terminal.answered("tabs it is")
        terminal.leave()
    holdfast("remember", "the changelog is written by hand")

    claude.model.script([say("answered in print mode")])
    claude.run("and now?")
    printed = claude.model.main_requests()[-1].text
    claude.model.script([say("answered on the screen")])
    with claude.interactive() as terminal:
        terminal.submit("and here?")
        terminal.answered("answered on the screen")
        terminal.leave()
    shown = claude.model.main_requests()[-1].text

    for request in (printed, shown):
        assert "always use tabs here (preference, said by the user" in request
        assert "the changelog is written by hand" in request


def test_what_is_given_to_print_mode_is_not_taken_for_the_owners_word(claude: ClaudeCode, holdfast: Holdfast) -> None:
    claude.model.script([say("done")])
    claude.run("always answer in French")
    claude.model.script([say("done")])

    claude.run("and now?")

    assert "always answer in French" not in claude.model.main_requests()[-1].text
    assert holdfast.json("status")["memories"] == 0


def test_the_receipt_of_a_delivery_is_read_from_the_transcript(claude: ClaudeCode, holdfast: Holdfast) -> None:
    holdfast("remember", "we release on Fridays")
    claude.model.script([say("fine")])

    claude.run("hello")

    holdfast.until(
        lambda: holdfast.json("status")["deliveries"]["last"]["receipt"] == "arrived", "the receipt of the delivery"
    )


def test_the_work_of_a_session_is_in_the_journal(claude: ClaudeCode, holdfast: Holdfast) -> None:
    claude.model.script([call(use("Bash", command="echo $((6*7))"), text="I compute."), say("it is 42")])

    claude.run("compute it", "--allowedTools", "Bash")

    def kinds() -> list[str]:
        return [event["kind"] for event in holdfast.json("timeline")["events"]]

    holdfast.until(lambda: kinds() == ["start", "prompt", "reply", "tool", "reply", "end"], "the whole session")
    tool = next(event for event in holdfast.json("timeline")["events"] if event["kind"] == "tool")
    assert json.loads(tool["input"])["command"] == "echo $((6*7))"
    assert (tool["text"], tool["status"]) == ("42", "ok")


def test_an_install_without_the_link_says_so_in_one_line(claude: ClaudeCode, holdfast: Holdfast) -> None:
    (claude.config / "plugins" / "data" / "holdfast-holdfast" / "hook").unlink()
    claude.model.script([say("fine")])

    claude.run("hello")

    told = [line for line in claude.model.main_requests()[-1].text.splitlines() if "holdfast setup claude-code" in line]
    assert len(told) == 1
