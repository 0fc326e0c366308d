"""From a hook to the notes that a session is given, over one store."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.database.close()


def test_standing_instructions_come_first_then_pinned_then_the_latest(world: World) -> None:
    world.remember("an old note")
    world.remember("a pinned note", pinned=True)
    world.remember("always run the linter", standing=True)
    world.remember("a newer note")

    given = world.tell("SessionStart", source="startup")

    places = [given.index(text) for text in ("always run the linter", "a pinned note", "a newer note", "an old note")]
    assert places == sorted(places)


def test_giving_can_be_switched_off(tmp_path: Path) -> None:
    world = World(tmp_path, HOLDFAST_INJECT_SESSION_START="0")
    world.remember("a note")

    assert world.tell("SessionStart", source="startup") == ""
    world.database.close()


def test_giving_keeps_within_its_setting_and_whole_notes(tmp_path: Path) -> None:
    world = World(tmp_path, HOLDFAST_INJECT_TOKENS_SESSION_START="150")
    for nth in range(10):
        world.remember(f"note {nth}: " + f"{nth} " * 60 + "its end")

    given = world.tell("SessionStart", source="startup")

    assert 0 < len(given) <= 600
    assert given.count("its end") == sum(f"note {nth}:" in given for nth in range(10)) >= 1
    world.database.close()


def test_a_session_of_another_project_is_not_given_the_notes(world: World, tmp_path: Path) -> None:
    world.remember("only here")
    other = tmp_path / "other"
    other.mkdir()

    given = world.tell("SessionStart", session="elsewhere", source="startup", cwd=str(other))

    assert given == ""


def test_personal_notes_go_everywhere(world: World, tmp_path: Path) -> None:
    world.remember("I like short answers", scope="personal")
    other = tmp_path / "other"
    other.mkdir()

    assert "I like short answers" in world.tell("SessionStart", session="elsewhere", source="startup", cwd=str(other))


def test_on_resume_the_same_bytes_are_given_or_nothing(world: World) -> None:
    number = world.remember("we release on Fridays")
    first = world.tell("SessionStart", source="startup")

    assert world.tell("SessionStart", source="resume") == first
    world.remember("one more note")
    assert world.tell("SessionStart", source="resume") == first
    world.log.forget(str(number))
    assert world.tell("SessionStart", source="resume") == ""


def test_what_the_owner_says_twice_is_one_standing_instruction(world: World) -> None:
    world.tell("UserPromptSubmit", prompt="always use tabs here", prompt_id="a")
    world.tell("UserPromptSubmit", prompt="always use tabs here", prompt_id="b", session="later")

    given = world.tell("SessionStart", session="third", source="startup")

    assert [line for line in given.splitlines() if line.startswith("- #") and "always use tabs here" in line] != []
    assert given.count("- #") == 1


def test_what_was_forgotten_is_not_drawn_again_from_the_same_words(world: World) -> None:
    world.tell("UserPromptSubmit", prompt="always use tabs here", prompt_id="a")
    world.log.forget("1")

    world.tell("UserPromptSubmit", prompt="always use tabs here", prompt_id="a")

    assert world.tell("SessionStart", session="later", source="startup") == ""


def test_what_happened_while_a_project_was_ignored_does_not_come_back_later(world: World, tmp_path: Path) -> None:
    transcript = tmp_path / "s.jsonl"
    transcript.write_text(_line("left out", 1))
    world.tell("Stop", last_assistant_message="before")
    project = world.database.value("SELECT id FROM projects")
    world.log.projects.ignore(project, True)
    assert world.told("Stop", transcript_path=str(transcript)).transcripts == (str(transcript),)
    world.read(transcript)

    world.log.projects.ignore(project, False)
    transcript.write_text(_line("left out", 1) + _line("recorded", 2))
    world.read(transcript)

    assert world.said() == ["before", "recorded"]


def _line(text: str, number: int) -> str:
    line = {
        "type": "assistant", "uuid": f"u{number}", "sessionId": "s", "timestamp": "2027-01-15T08:00:00.000Z",
        "message": {"role": "assistant", "content": [{"type": "text", "text": text}]},
    }  # fmt: skip
    return json.dumps(line) + "\n"


def test_what_was_erased_after_a_pack_was_put_together_is_not_given_in_it(world: World) -> None:
    number = world.remember("The patient is called Zuckerkandl.", pinned=True)
    world.remember("Deploys run at noon.", pinned=True)

    answer = world.told("SessionStart", "later", source="startup", meanwhile=lambda: world.log.erase(number))

    assert answer.body == b""
    assert world.database.value("SELECT count(*) FROM texts WHERE body LIKE '%Zuckerkandl%'") == 0
    assert "Deploys run at noon." in world.tell("UserPromptSubmit", "later", prompt="when do deploys run?")
