"""The Memory Protocol in the real Claude Code: what an agent that obeys makes of it, and what holds without one."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from tests.hosts.behaviours import FORGETFUL, SERVER, called, forgetful, obedient
from tests.hosts.claude_code.driver import ClaudeCode, Conversation
from tests.hosts.claude_code.install import NEW, OLD
from tests.hosts.claude_code.script import AUTOCOMPACT, PROMPT_TOO_LONG, Answer, Request, call, say, use
from tests.hosts.giving import ended, pack_with, packs, section
from tests.hosts.holdfast import Holdfast

from holdfast.recall.pack import NUDGE, PROTOCOL

pytestmark = pytest.mark.host

HAND_OFF = "Where the last work here ended:"
BY_HOST = "  Its host's summary, made by the model when the session was compacted:"
SUMMARY = """\
<analysis>
First the outbox, then the docks.
</analysis>

<summary>
1. Primary Request and Intent:
   The user wants the outbox to drain before a fork.
6. All user messages:
   - "drain the outbox"
8. Current Work:
   The flush stands in `outbox.py`; the docks are next.

## Key Learnings

1. The outbox of the docks is never closed by anybody at all.
</summary>"""


@pytest.fixture(autouse=True)
def served(holdfast: Holdfast) -> None:
    """A daemon that is up: on a busy machine a hook does not wait until one has started."""
    holdfast("recent")


def allowed(claude: ClaudeCode, *tools: str) -> tuple[str, ...]:
    """What print mode needs beside our hook: the old version asks no hook there."""
    own = (SERVER.removesuffix("__"),) if claude.version == OLD else ()
    return ("--allowedTools", ",".join([*own, *tools])) if own or tools else ()


def say_all(conversation: Conversation, *prompts: str) -> None:
    for prompt in prompts:
        conversation.ask(prompt)


def requests(claude: ClaudeCode) -> list[Request]:
    return claude.model.main_requests()


def summaries(holdfast: Holdfast) -> list[str]:
    found: list[dict[str, Any]] = holdfast.json("search", "outbox", "--kind", "summary")["hits"]
    return [hit["memory"]["body"] for hit in found]


@pytest.mark.requirement("engram:start-protocol")
def test_an_agent_that_obeys_saves_searches_closes_and_the_next_session_starts_with_its_words(
    claude: ClaudeCode, holdfast: Holdfast
) -> None:
    holdfast("config", "set", "inject.nudge_prompts", "2")
    claude.model.script(obedient)
    with claude.conversation(*allowed(claude)) as conversation:
        say_all(conversation, "I found out that the outbox drains on exit", "go on", "and on", "that is all")
        conversation.finish()
    first = requests(claude)[-1]
    ended(holdfast, 1)
    with claude.conversation(*allowed(claude)) as conversation:
        say_all(conversation, "what was it last time?", "go on", "and on", "and on once more")
        conversation.finish()
    second = requests(claude)[-1]

    assert first.text.count(PROTOCOL["session-start"]) == second.text.count(PROTOCOL["session-start"]) == 1
    assert [called(first, tool) for tool in ("mem_save", "mem_session_summary", "mem_search")] == [1, 1, 0]
    left = section(pack_with(second, HAND_OFF), HAND_OFF)
    assert left[2] == "  | Goal: drain the outbox. Done: it is flushed before the fork. Next: test it on the docks."
    assert "Flush it before the fork. (note, noted by an agent" in packs(second)[0]
    assert called(second, "mem_search") == 1
    assert "#1 [note] The outbox drains on exit" in second.text
    assert NUDGE not in first.text  # something was saved
    assert second.text.count(NUDGE) == 1  # it has only searched; and then it saves
    assert called(second, "mem_save") == 1


@pytest.mark.requirement("engram:nudge")
def test_an_agent_that_forgets_is_reminded_once_and_the_floor_of_rules_carries(
    claude: ClaudeCode, holdfast: Holdfast
) -> None:
    holdfast("config", "set", "inject.nudge_prompts", "3")
    learned = "The outbox of the docks is drained by nobody but the harbour master."
    claude.model.script([say(f"{FORGETFUL}\n\n## Key Learnings\n\n1. {learned}\n"), *[forgetful] * 20])
    prompts = ["how does the outbox drain?", *(f"and what of dock number {nth}?" for nth in range(6))]
    found: list[list[Request]] = []
    for nth in range(2):
        before = len(requests(claude))
        with claude.conversation() as conversation:
            say_all(conversation, *prompts)
            conversation.finish()
        ended(holdfast, nth + 1)
        holdfast.until(lambda: learned in str(holdfast.json("recent")["memories"]), "what was learned")
        found.append(requests(claude)[before:])
    first, second = found

    assert [request.text.count(NUDGE) for request in first] == [0, 0, 0, 1, 1, 1, 1]
    assert [request.text.count(NUDGE) for request in second] == [0] * 7
    assert unbroken(first)
    assert f"{learned} (discovery, noted by an agent" in packs(second[0])[0]
    left = section(pack_with(second[0], HAND_OFF), HAND_OFF)
    assert "  First asked: how does the outbox drain?" in left
    assert any(line.startswith(f"  Last said: {FORGETFUL[:40]}") for line in left)


def unbroken(found: list[Request]) -> bool:
    """Whether each request of a conversation goes on from the one before: so a prompt cache holds."""
    said = ["\n".join(texts) for texts in map(conversation_of, found)]
    return all(later.startswith(earlier) for earlier, later in itertools.pairwise(said))


def conversation_of(request: Request) -> list[str]:
    found = []
    for message in request.body["messages"]:
        content = message["content"]
        blocks = [{"text": content}] if isinstance(content, str) else content
        found += [str(block.get("text", "")) for block in blocks]
    return found


def test_a_save_by_the_command_line_ends_the_reminding(claude: ClaudeCode, holdfast: Holdfast) -> None:
    holdfast("config", "set", "inject.nudge_prompts", "3")
    claude.model.script(forgetful)
    with claude.conversation() as conversation:
        say_all(conversation, "one", "two")
        holdfast("remember", "the docks are closed on Mondays")
        say_all(conversation, "three", "four", "five", "six")
        conversation.finish()

    assert not claude.model.saw(NUDGE)


def filling(claude: ClaudeCode) -> list[Answer]:
    """The context is full after a command: 2.1.328 goes by what is reported, 2.1.197 by a refusal."""
    running = call(use("Bash", command="echo on", description="Go on"))
    return [running.reporting(AUTOCOMPACT)] if claude.version == NEW else [running, PROMPT_TOO_LONG]


def compacted(claude: ClaudeCode, holdfast: Holdfast, by: str, agent: Answer, *options: str) -> None:
    """A session of an agent that is compacted by hand or by itself, and the start of the next."""
    claude.model.summary = SUMMARY
    filled = filling(claude) if by == "itself" else []
    claude.model.script([agent, agent, *filled, *[agent] * 9])
    with claude.conversation(*options) as conversation:
        say_all(conversation, "drain the outbox", "and the docks", *(["/compact"] if by == "hand" else []), "go on")
        conversation.finish()
    ended(holdfast, 1)
    with claude.conversation() as conversation:
        say_all(conversation, "good morning")
        conversation.finish()


@pytest.mark.requirement("engram:compaction-first-action")
@pytest.mark.parametrize("by", ["hand", "itself"])
def test_after_a_compaction_an_agent_that_obeys_saves_the_summary_first(
    claude: ClaudeCode, holdfast: Holdfast, by: str
) -> None:
    compacted(claude, holdfast, by, obedient, *allowed(claude, "Bash"))

    after = next(request for request in requests(claude) if PROTOCOL["compact"] in request.text)
    assert called(after, "mem_session_summary") == 0
    recovered = requests(claude)[requests(claude).index(after) + 1]
    assert called(recovered, "mem_session_summary") == 1  # it is the very first thing that is done
    assert recovered.text.count(PROTOCOL["compact"]) == 1
    assert summaries(holdfast) == [
        "Goal: drain the outbox. Done: what the compacted conversation says. Next: the docks."
    ]
    start = packs(requests(claude)[-1])[0]
    assert section(start, HAND_OFF)[2] == f"  | {summaries(holdfast)[0]}"
    assert BY_HOST not in start


@pytest.mark.requirement("engram:compaction-recovery")
@pytest.mark.parametrize("by", ["hand", "itself"])
def test_the_hosts_summary_is_handed_over_where_the_agent_saves_none_and_it_is_no_sub_agents_report(
    claude: ClaudeCode, holdfast: Holdfast, by: str
) -> None:
    compacted(claude, holdfast, by, forgetful, "--allowedTools", "Bash")

    start = packs(requests(claude)[-1])[0]
    left = section(start, HAND_OFF)
    at = left.index(BY_HOST)
    assert left[at + 1 : at + 3] == [
        "  | Primary Request and Intent: The user wants the outbox to drain before a fork.",
        next(line for line in left if line.startswith("  | Current Work: The flush stands in `outbox.py`")),
    ]
    events = holdfast.json("timeline", "--session", "s1")["events"]
    assert [event["trust"] for event in events if event["kind"] == "summary"] == ["agent"]
    assert not any(event["agent"] for event in events)
    assert [event["detail"]["trigger"] for event in events if event["kind"] == "compaction"] == [
        "manual" if by == "hand" else "auto"
    ]
    assert "never closed by anybody" not in str(holdfast.json("recent")["memories"])


def test_a_compaction_during_which_the_daemon_dies_loses_nothing(claude: ClaudeCode, holdfast: Holdfast) -> None:
    """PreCompact has it on disk; who serves the session's new start reads it there."""

    def restarted() -> None:  # a model takes longer over a summary than a daemon over its start
        holdfast.until(lambda: holdfast.daemon is not None, "a new daemon")
        holdfast("status")

    claude.model.script(forgetful)
    claude.model.compacting = restarted
    with claude.conversation() as conversation:
        say_all(conversation, "drain the outbox", "and the docks")
        holdfast.kill()
        say_all(conversation, "/compact", "go on")
        conversation.finish()

    after = next(request for request in requests(claude) if PROTOCOL["compact"] in request.text)
    stood = section(pack_with(after, "Where this session stood:"), "Where this session stood:")
    assert stood == ["  Asked: drain the outbox", "  Asked: and the docks"]


@pytest.mark.requirement("engram:compaction-first-action")
def test_after_a_compact_that_was_typed_in_the_ui_the_summary_is_saved_first(
    claude: ClaudeCode, holdfast: Holdfast
) -> None:
    claude.model.summary = SUMMARY
    claude.model.script(obedient)
    with claude.interactive() as terminal:
        terminal.submit("drain the outbox")
        terminal.answered("Understood.")
        terminal.submit("and the docks")
        terminal.until(lambda screen: screen.count("Understood.") == 2, "the second answer")
        terminal.answered("Understood.")
        terminal.submit("/compact keep the numbers")
        terminal.until(lambda screen: "ompacted" in screen, "the compaction")
        terminal.wait_ready()
        terminal.submit("go on")
        terminal.answered("That is done.")
        terminal.leave()
    ended(holdfast, 1)

    recovered = requests(claude)[-1]
    assert recovered.text.count(PROTOCOL["compact"]) == 1
    assert called(recovered, "mem_session_summary") == 1  # nobody was asked whether it may
    assert summaries(holdfast) == [
        "Goal: drain the outbox. Done: what the compacted conversation says. Next: the docks."
    ]
