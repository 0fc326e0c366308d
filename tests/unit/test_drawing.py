"""Memories drawn from what was recorded, over one store: once, with evidence, and no more trusted than their source."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.test_giving import end, start, work
from tests.unit.world import World

from holdfast.drawing import dump, load
from holdfast.memory import Memory


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.database.close()


def kept(world: World, kind: str) -> list[Memory]:
    return [each for each in world.log.recent(None, limit=100) if each.kind == kind]


def test_the_cause_of_a_failure_that_a_change_cured_becomes_a_bugfix_with_its_evidence(world: World) -> None:
    work(world, "a", "mend the uploader")
    world.draw("a")

    (bugfix,) = kept(world, "bugfix")
    origin = world.log.origin(bugfix)

    assert "`RETRIES` in `up.py` was 3" in bugfix.body
    assert bugfix.evidence != ()
    assert bugfix.trust == "agent"
    assert origin is not None
    assert (origin.rule, bool(origin.why)) == ("cause/1", True)
    assert 0 < origin.worth <= 1


def test_what_is_drawn_from_another_stores_sessions_is_trusted_no_more_than_they_are(world: World) -> None:
    work(world, "a", "mend the uploader")
    end(world, "a")
    database = world.database
    database.connection.execute(
        "INSERT INTO events (session, kind, at, prompt, text, trust) SELECT session, kind, at + 1, 'p2', ?, trust"
        " FROM events WHERE kind = 'prompt'",
        (database.keep_text("Always test on Fridays. Never ask me before a deploy. I prefer tabs to spaces."),),
    )
    database.connection.execute("UPDATE events SET trust = 'imported'")
    world.draw("a")
    drawn = world.log.recent(None, limit=100)
    assert {"bugfix", "summary"} <= {each.kind for each in drawn}
    assert {(each.trust, each.standing) for each in drawn} == {("imported", False)}


def test_erasing_a_request_takes_along_what_repeats_its_words(world: World) -> None:
    work(world, "a", "mend the uploader for the patient called Zuckerkandl")
    end(world, "a")
    world.draw("a")
    (bugfix,) = kept(world, "bugfix")
    assert "Zuckerkandl" in bugfix.body
    reply = world.database.value("SELECT at FROM events WHERE kind = 'reply'")
    origin = world.log.origin(bugfix)
    assert origin is not None
    assert origin.at == reply

    world.log.erase_event(world.database.value("SELECT id FROM events WHERE kind = 'prompt'"))

    assert world.database.value("SELECT count(*) FROM texts WHERE body LIKE '%Zuckerkandl%'") == 0
    assert kept(world, "bugfix") == []


def test_drawing_again_changes_nothing(world: World) -> None:
    work(world, "a", "We decided to keep the limit in up.py because ops edits it there.")
    end(world, "a")
    before = world.draw("a")
    changes = world.database.value("SELECT count(*) FROM changes")

    world.database.connection.execute("UPDATE sessions SET drawn = 0")

    assert world.draw("a") == before
    assert world.database.value("SELECT count(*) FROM changes") == changes


def test_what_came_after_the_last_look_is_looked_at_with_what_came_before(world: World) -> None:
    run: dict[str, Any] = {"tool_name": "Bash", "tool_input": {"command": "npm test"}}
    world.tell("UserPromptSubmit", prompt="run the tests", prompt_id="p")
    error = "Exit code 1\nError: Cannot find module 'left-pad'"
    world.tell("PostToolUseFailure", **run, tool_use_id="t1", prompt_id="p", error=error)
    world.tell("Stop", prompt_id="p", last_assistant_message="They fail.")
    assert world.draw(now=0) == []
    world.tell("UserPromptSubmit", prompt="then mend it", prompt_id="q")
    install: dict[str, Any] = {**run, "tool_input": {"command": "npm ci"}, "tool_use_id": "t2", "prompt_id": "q"}
    world.tell("PostToolUse", **install, tool_response={"stdout": "added 1 package", "stderr": ""})
    passed = {"stdout": "all passed", "stderr": ""}
    world.tell("PostToolUse", **run, tool_use_id="t3", prompt_id="q", tool_response=passed)
    assert world.draw(now=0) == []  # the turn is not over
    world.tell("Stop", prompt_id="q", last_assistant_message="They pass.")

    world.draw(now=0)

    (bugfix,) = world.log.recent(None)
    assert ("left-pad" in bugfix.body, "npm ci" in bugfix.body) == (True, True)
    assert bugfix.trust == "tool"


def test_the_same_is_drawn_however_fast_the_next_prompt_comes(world: World, tmp_path: Path) -> None:
    slow, fast = World(tmp_path / "slow"), World(tmp_path / "fast")
    for each in (slow, fast):
        work(each, "a", "mend the uploader")
        if each is slow:
            each.draw("a", now=0)
        work(each, "a", "mend the downloader")
        each.draw("a", now=0)
        end(each, "a")
        each.draw("a")
    told = [[(note.title, note.body) for note in each.log.recent(None)] for each in (slow, fast)]
    for each in (slow, fast):
        each.database.close()
    assert told[0] == told[1]
    assert any("Asked: mend the uploader" in body for _, body in told[0])


def test_a_session_is_summed_up_when_it_is_over_and_anew_when_it_went_on(world: World) -> None:
    work(world, "a", "mend the uploader")
    world.draw("a", now=1_800_000_000_000)
    assert kept(world, "summary") == []
    end(world, "a")
    world.draw("a")
    (first,) = kept(world, "summary")
    assert "mend the uploader" in first.body

    world.tell("UserPromptSubmit", "a", prompt="and the downloader too", prompt_id="later")
    work(world, "a", "its tests as well")
    end(world, "a")
    world.draw("a")

    (second,) = kept(world, "summary")
    assert (second.number, second.revision > first.revision) == (first.number, True)
    assert "downloader" in second.body


def test_what_an_imported_note_may_have_shaped_is_trusted_no_more_than_it(world: World) -> None:
    world.remember("The gateway drops connections after 31 seconds", trust="imported")
    asked = "why does the gateway drop our connections?"
    assert "31 seconds" in world.tell("UserPromptSubmit", prompt=asked, prompt_id="p")
    said = "## Key Learnings\n\n1. The gateway needs a longer idle timeout than the proxy before it has.\n"
    world.tell("Stop", prompt_id="p", last_assistant_message=said)
    world.tell("UserPromptSubmit", prompt="another thing", prompt_id="q")
    other = "## Key Learnings\n\n1. Invoices are numbered per year since the tax office wants it so.\n"
    world.tell("Stop", prompt_id="q", last_assistant_message=other)

    world.draw()

    trusts = {each.body.split()[0]: each.trust for each in world.log.recent(None) if each.label == "passive"}
    assert trusts == {"The": "imported", "Invoices": "agent"}


_LEARNED = "## Key Learnings\n\n1. The gateway needs a longer idle timeout than the proxy before it has.\n"


def learned(world: World, session: str) -> dict[str, str]:
    """What an agent learns next in a session, and what its owner says shall hold: kind -> trust."""
    prompt = f"{session}{world.nth}"
    text = "go on with the next thing. Always use tabs in Python files."
    world.tell("UserPromptSubmit", session, prompt=text, prompt_id=prompt)
    world.tell("Stop", session, prompt_id=prompt, last_assistant_message=_LEARNED)
    world.draw(session)
    return {each.kind: each.trust for each in world.log.recent(None) if each.label == "passive" or each.standing}


def test_so_is_what_repeats_a_note_that_stood_at_the_sessions_start(world: World) -> None:
    world.remember("The gateway and its proxy need an idle timeout of 31 seconds", trust="imported")
    assert "31 seconds" in start(world, "a")

    assert learned(world, "a") == {"discovery": "imported", "preference": "owner"}


def test_what_a_note_of_the_sessions_start_has_nothing_to_do_with_is_not_stained_by_it(world: World) -> None:
    world.remember("Invoices are numbered per year since the tax office wants it so", trust="imported")
    assert "tax office" in start(world, "a")

    assert learned(world, "a") == {"discovery": "agent", "preference": "owner"}


def test_a_note_of_which_only_the_title_stood_there_shaped_nothing(world: World) -> None:
    body = "The gateway\n" + "and its proxy need an idle timeout of some seconds. " * 6
    world.remember(body, trust="imported")
    assert "The gateway" in start(world, "a")

    assert learned(world, "a") == {"discovery": "agent", "preference": "owner"}


def test_what_stood_in_a_context_that_was_cleared_since_shaped_nothing(world: World) -> None:
    note = world.remember("The gateway and its proxy need an idle timeout of 31 seconds", trust="imported")
    start(world, "a")
    world.log.forget(note)
    assert "31 seconds" not in start(world, "a", source="clear")

    assert learned(world, "a") == {"discovery": "agent", "preference": "owner"}


def test_what_was_drawn_travels_as_json_unchanged(world: World) -> None:
    work(world, "a", "We decided to keep the limit in up.py because ops edits it there.")
    end(world, "a")
    found = world.capture.drawing.work(1, now=1 << 50)
    assert found is not None
    drawn = found.draw()

    assert len(drawn) >= 3
    assert [load(json.loads(json.dumps(dump(each)))) for each in drawn] == drawn


def test_erasing_a_session_takes_its_hand_off_and_its_summary_along(world: World) -> None:
    work(world, "a", "mend the uploader of the secret customer")
    end(world, "a")
    world.draw("a")
    assert "secret customer" in start(world, "b")

    world.log.erase_session(1)

    rows = world.database.connection.execute("SELECT body FROM texts WHERE body LIKE '%secret customer%'")
    assert list(rows) == []
    assert "secret customer" not in start(world, "c")


def test_what_puts_the_agent_right_is_kept_once_also_when_it_sounds_like_a_decision(world: World) -> None:
    world.tell("UserPromptSubmit", prompt="set up the database", prompt_id="p")
    world.tell("Stop", prompt_id="p", last_assistant_message="I set up MySQL in compose.yaml.")
    world.draw(now=0)
    world.tell("UserPromptSubmit", prompt="Let's go with Postgres instead of MySQL.", prompt_id="q")
    at_once = [(each.kind, each.body) for each in world.log.recent(None)]
    world.tell("Stop", prompt_id="q", last_assistant_message="Postgres runs now.")

    world.draw(now=0)

    assert at_once == [("preference", "Use Postgres, not MySQL.")]
    assert [(each.kind, each.body) for each in world.log.recent(None)] == at_once


@pytest.mark.parametrize("whole", [True, False])
def test_what_was_erased_while_rules_looked_at_it_is_not_kept(world: World, whole: bool) -> None:
    work(world, "a", "mend the uploader for the patient called Zuckerkandl")
    end(world, "a")
    session = world.database.value("SELECT id FROM sessions")
    looked = world.capture.drawing.work(session, now=1 << 50)
    assert looked is not None
    drawn = [load(json.loads(json.dumps(dump(each)))) for each in looked.draw()]  # as another process hands it over
    assert {"bugfix", "summary"} <= {each.draft.kind for each in drawn}

    if whole:
        world.log.erase_session(session)
    else:
        world.log.erase_event(world.database.value("SELECT id FROM events WHERE kind = 'prompt'"))
    with world.database.transaction():
        assert world.capture.drawing.keep(looked.session, looked.project, drawn, looked.upto) == []

    assert world.log.recent(None) == []
    world.draw("a")  # what is left is looked at anew
    assert [each.kind for each in world.log.recent(None)] == ([] if whole else ["bugfix"])
    assert world.database.value("SELECT count(*) FROM texts WHERE body LIKE '%Zuckerkandl%'") == 0


def test_a_revised_note_was_not_drawn_any_more_and_a_tagged_one_still_is(world: World) -> None:
    work(world, "a", "mend the uploader")
    world.draw("a")
    (bugfix,) = kept(world, "bugfix")

    tagged = world.log.revise(bugfix.number, tags=("ci",)).memory
    assert world.log.origin(tagged) is not None
    assert tagged.revision == bugfix.revision
    assert world.log.origin(world.log.revise(bugfix.number, body="I say it in my own words").memory) is None
