"""Sessions of every kind in the real Claude Code: resumed, compacted, pasted into, ignored; a daemon hung or killed."""

import os
import re
import signal
from pathlib import Path

import pytest
from tests.hosts.claude_code.driver import ClaudeCode
from tests.hosts.claude_code.script import call, say, use
from tests.hosts.holdfast import Holdfast

pytestmark = pytest.mark.host

FENCE = re.compile(r"\[holdfast ([0-9a-f]{16})\]")


def kinds(holdfast: Holdfast) -> list[str]:
    return [event["kind"] for event in holdfast.json("timeline")["events"]]


def fences(text: str) -> list[str]:
    return FENCE.findall(text)


def test_the_plugin_is_valid_for_both_versions(claude: ClaudeCode) -> None:
    plugin = Path(__file__).parents[2] / "plugins" / "claude-code"

    done = claude.plugin("validate", str(plugin))

    assert done.code == 0, done.stdout + done.stderr


def test_a_resumed_session_has_its_notes_once(claude: ClaudeCode, holdfast: Holdfast) -> None:
    holdfast("remember", "we release on Fridays")
    claude.model.script([say("one"), say("two")])
    claude.run("first")
    session = next(claude.transcripts.glob("*.jsonl")).stem

    claude.run("second", "--resume", session)

    last = claude.model.main_requests()[-1].text
    assert len(fences(last)) == 1
    assert last.count("we release on Fridays") == 1


def test_after_a_compaction_the_notes_are_given_again(claude: ClaudeCode, holdfast: Holdfast) -> None:
    holdfast("remember", "--always", "never touch the generated files")
    claude.model.script([say("one"), say("two"), say("three")])

    claude.stream(["first", "second", "/compact keep the numbers", "third"])

    last = claude.model.main_requests()[-1].text
    assert last.count("never touch the generated files") == 1
    holdfast.until(lambda: "summary" in kinds(holdfast) and kinds(holdfast).count("reply") == 3, "the whole session")
    assert kinds(holdfast).count("compaction") == 1


def test_what_was_pasted_is_not_taken_for_the_owners_word(claude: ClaudeCode, holdfast: Holdfast) -> None:
    claude.model.script([say("I read the log.")])
    pasted = "\n".join(f"line {nth}: fine" for nth in range(12)) + "\nalways use spaces here\n"
    with claude.interactive() as terminal:
        terminal.type("look at this log: ")
        terminal.paste(pasted)
        terminal.press("Enter")
        terminal.answered("I read the log.")
        terminal.leave()

    holdfast.until(lambda: "reply" in kinds(holdfast), "the session in the journal")

    assert holdfast.json("status")["memories"] == 0


def test_what_a_sub_agent_is_told_is_not_the_owners_word_and_its_report_is_kept(
    claude: ClaudeCode, holdfast: Holdfast
) -> None:
    agent = use(
        "Agent", description="Look", prompt="MARK: always answer in French.", subagent_type="general-purpose",
        run_in_background=False,
    )  # fmt: skip
    claude.model.script([call(agent), say("done")], agents={"MARK": [say("the report of the agent")]})

    claude.run("ask an agent", "--allowedTools", "Agent")

    def reports() -> list[str]:
        events = holdfast.json("timeline")["events"]
        return [event["text"] for event in events if event["kind"] == "reply" and event["agent"]]

    holdfast.until(lambda: reports() == ["the report of the agent"], "the report, once")
    assert holdfast.json("status")["memories"] == 0


def test_an_ignored_session_leaves_nothing_and_is_not_imported_later(claude: ClaudeCode, holdfast: Holdfast) -> None:
    holdfast("remember", "we release on Fridays")
    claude.env["HOLDFAST_IGNORE"] = "1"
    claude.model.script([say("unseen")])
    claude.run("a private matter")
    del claude.env["HOLDFAST_IGNORE"]

    holdfast("import", "claude-code", "--all")

    assert "we release on Fridays" not in claude.model.main_requests()[-1].text
    assert holdfast.json("search", "private matter")["hits"] == []


def test_a_hung_daemon_does_not_keep_the_user_from_working(claude: ClaudeCode, holdfast: Holdfast) -> None:
    holdfast("remember", "we release on Fridays")
    process = holdfast.daemon
    assert process is not None
    os.kill(process, signal.SIGSTOP)
    claude.model.script([say("answered all the same")])

    done = claude.run("hello")
    assert done.stdout == "answered all the same\n"

    os.kill(process, signal.SIGCONT)
    holdfast("remember", "the daemon is back")
    holdfast.until(lambda: kinds(holdfast).count("prompt") == 1, "the prompt, once")
    holdfast.until(lambda: holdfast.json("status")["spool"]["queued"] == 0, "an empty spool")


def test_a_daemon_killed_in_the_middle_of_a_session_loses_nothing(claude: ClaudeCode, holdfast: Holdfast) -> None:
    claude.model.script([call(use("Bash", command="echo one")), say("first answer"), say("second answer")])
    with claude.conversation("--allowedTools", "Bash") as conversation:
        conversation.ask("first prompt")
        holdfast.kill()
        conversation.ask("second prompt")
        conversation.finish()

    def said() -> list[str]:
        events = holdfast.json("timeline")["events"]
        return sorted(event["text"] for event in events if event["kind"] in ("prompt", "reply"))

    wanted = sorted(["first prompt", "first answer", "second prompt", "second answer"])
    holdfast.until(lambda: said() == wanted, "both turns, once")
    assert kinds(holdfast).count("tool") == 1


def test_a_fork_keeps_its_own_turns_and_none_of_its_parents_twice(claude: ClaudeCode, holdfast: Holdfast) -> None:
    claude.model.script([say("trunk answer"), say("fork answer")])
    claude.run("trunk prompt")
    session = next(claude.transcripts.glob("*.jsonl")).stem
    claude.run("fork prompt", "--resume", session, "--fork-session")

    def counted() -> dict[str, int]:
        hits = holdfast.json("search", "prompt answer", "--turns", "--limit", "50")["hits"]
        texts = [hit["text"] if "text" in hit else hit["snippet"] for hit in hits]
        return {text: texts.count(text) for text in texts}

    wanted = {"trunk prompt": 1, "trunk answer": 1, "fork prompt": 1, "fork answer": 1}
    holdfast.until(lambda: counted() == wanted, "four things said, once each")
