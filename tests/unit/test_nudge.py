"""The one reminder that the agent of a long session gets that has saved nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.test_giving import ask, compact, end
from tests.unit.world import World

from holdfast.drawing import said_summary_id
from holdfast.memory import Draft, Evidence
from holdfast.recall.pack import NUDGE
from holdfast.settings import SETTINGS

LONG = int(SETTINGS["inject.nudge_prompts"].default)  # type: ignore[arg-type]
CALLS = int(SETTINGS["inject.nudge_calls"].default)  # type: ignore[arg-type]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.database.close()


def talk(world: World, prompts: int, session: str = "now", **fields: Any) -> list[bool]:
    """Go on for so many prompts: with which of them the agent was reminded."""
    told = []
    for nth in range(prompts):
        told.append(NUDGE in ask(world, f"go on with part {nth}", session, **fields))
        world.tell("Stop", session, last_assistant_message="Done.", prompt_id=f"{session}{world.nth - 1}")
    return told


def save(world: World, session: str | None = None, **fields: Any) -> None:
    """Somebody keeps a note: the agent of a session, or whoever uses the command line."""
    evidence: tuple[Evidence, ...] = ()
    if session is not None:
        row = world.database.one("asked_lately", session=number(world, session), limit=1)
        assert row is not None
        evidence = (Evidence(int(row[0])),)
    said = f"The exporter writes batch number{world.nth} in UTF-16"
    where = None if fields.get("scope") == "personal" else project(world)
    world.log.remember(Draft(said, trust="agent", evidence=evidence, **fields), where)


def number(world: World, session: str) -> int:
    return int(world.database.value("SELECT id FROM sessions WHERE name = ?", (session,)))


def project(world: World) -> int:
    return int(world.database.value("SELECT id FROM projects"))


def test_a_long_session_that_has_saved_nothing_is_reminded_once_and_a_short_one_never(world: World) -> None:
    told = talk(world, 4 * LONG)

    assert [nth for nth, reminded in enumerate(told) if reminded] == [LONG]


def test_a_session_of_few_prompts_and_many_calls_is_long_too(world: World) -> None:
    talk(world, 1)
    for nth in range(CALLS - 1):
        call(world, nth)
    assert talk(world, 1) == [False]
    call(world, CALLS)
    call(world, CALLS + 1, agent_id="a1", agent_type="Explore")

    assert talk(world, 2) == [True, False]


def call(world: World, nth: int, tool: str = "Bash", **fields: Any) -> None:
    told = {"tool_name": tool, "tool_input": {"command": "true"}, "tool_response": {"stdout": "", "stderr": ""}}
    world.tell("PostToolUse", "now", tool_use_id=f"t{nth}", prompt_id="p", **told, **fields)


def test_what_a_sub_agent_is_asked_and_calls_makes_no_session_long(world: World) -> None:
    talk(world, 1)
    for nth in range(2 * CALLS):
        call(world, nth, agent_id="a1", agent_type="Explore")

    assert talk(world, LONG, agent_id="a1") == [False] * LONG


@pytest.mark.parametrize("by", ["the agent", "the command line", "a summary", "a repeated note", "all projects"])
def test_no_word_is_spent_where_something_was_saved(world: World, by: str) -> None:
    talk(world, LONG - 1)
    if by == "a summary":
        asked = Evidence(int(world.database.value("SELECT max(id) FROM events WHERE kind = 'prompt'")))
        draft = Draft("We mended it.", "Session: mended", "summary", trust="agent", evidence=(asked,))
        world.log.remember(draft, project(world), id=said_summary_id("now"))
    elif by == "a repeated note":  # which the log folds, so that nothing new is kept
        call(world, 0, "mcp__plugin_holdfast_memory__mem_save")
    else:
        save(world, "now" if by == "the agent" else None, scope="personal" if by == "all projects" else "project")

    assert not any(talk(world, 3 * LONG))


def test_what_rules_drew_or_another_session_saved_counts_for_nothing(world: World) -> None:
    talk(world, LONG - 2)
    ask(world, "always use tabs here", "now")
    assert world.database.value("SELECT count(*) FROM memories") == 1
    ask(world, "hello", "other")
    save(world, "other")
    world.log.remember(Draft("An imported note on the exporter", trust="imported"), project(world))

    assert any(talk(world, LONG))


def test_what_was_saved_before_the_session_began_counts_for_nothing(world: World) -> None:
    ask(world, "hello", "earlier")
    save(world)

    assert any(talk(world, LONG + 1))


def test_of_two_long_sessions_in_a_row_one_is_reminded(world: World) -> None:
    reminded = []
    for name in ("a", "b", "c", "d"):
        reminded.append(any(talk(world, 2 * LONG, name)))
        end(world, name)
        talk(world, 1, f"{name}, a short one")

    assert reminded == [True, False, True, False]


@pytest.mark.parametrize("by", ["the agent", "the command line"])
def test_a_save_after_the_reminder_begins_anew_for_the_next_session(world: World, by: str) -> None:
    assert any(talk(world, LONG + 1, "a"))
    save(world, "a" if by == "the agent" else None)
    assert not any(talk(world, LONG, "a"))
    end(world, "a")

    assert any(talk(world, LONG + 1, "b"))


def test_how_long_and_how_seldom_can_be_set_and_one_setting_ends_it(tmp_path: Path) -> None:
    often = World(tmp_path / "often", HOLDFAST_INJECT_NUDGE_PROMPTS="3", HOLDFAST_INJECT_NUDGE_REST="2")
    reminded = [any(talk(often, 5, name)) for name in "abcd"]
    off = World(tmp_path / "off", HOLDFAST_INJECT_NUDGE="0")
    alone = World(tmp_path / "alone", HOLDFAST_INJECT_PROMPT="0")

    assert reminded == [True, False, False, True]
    assert not any(talk(off, 3 * LONG))
    assert sum(talk(alone, 3 * LONG)) == 1
    for world in (often, off, alone):
        world.database.close()


def test_it_stands_behind_the_notes_of_the_prompt_in_a_fence_of_its_own(world: World) -> None:
    talk(world, LONG)
    end(world, "elsewhere")
    world.log.remember(
        Draft("The gateway drops connections after 31 seconds of silence", trust="imported"), project(world)
    )

    given = ask(world, "why does the gateway drop our connections?")

    notes, nudge = given.split("[/holdfast ", 1)
    assert "31 seconds" in notes
    assert nudge.count("\n[holdfast ") == 1
    assert NUDGE in nudge
    assert given.count("[holdfast ") == given.count("[/holdfast ") == 2
    rows = world.database.all("given_since_compaction", session=number(world, "now"))
    assert len(rows) == 2


def test_a_reminder_that_did_not_arrive_is_said_again(world: World) -> None:
    assert talk(world, LONG + 1)[-1]
    world.database.connection.execute("UPDATE deliveries SET receipt = 'missing' WHERE place = 'nudge'")

    assert talk(world, 2) == [True, False]


def test_a_compaction_and_a_resume_bring_no_second_one(world: World) -> None:
    assert any(talk(world, LONG + 1))
    compact(world, "now")
    assert not any(talk(world, 2 * LONG))
    end(world, "now")
    world.tell("SessionStart", "now", source="resume")

    assert not any(talk(world, 2 * LONG))


def test_it_is_within_what_a_session_may_cost(tmp_path: Path) -> None:
    world = World(tmp_path, HOLDFAST_INJECT_TOKENS_SESSION="20")

    assert not any(talk(world, 2 * LONG))
    world.database.close()
