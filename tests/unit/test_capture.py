"""From a hook to the notes that a session is given, over one store."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from holdfast.capture import Answer, Capture
from holdfast.clock import Clock
from holdfast.edge.frame import Frame
from holdfast.hosts.claude_code.transcript import Reader
from holdfast.journal.tail import next_batch
from holdfast.memory import Draft
from holdfast.settings import Settings
from holdfast.store.database import Database
from holdfast.store.log import Log


class World:
    """A store with its capture, told things by hooks."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.database = Database(folder / "holdfast.db")
        self.log = Log(self.database, Clock(), lambda text: text)
        self.capture = Capture(self.database, self.log, Settings.load(folder / "config.toml", environment))
        self._nth = 0

    def tell(self, event: str, session: str = "s", **fields: Any) -> str:
        """What the session is given for it."""
        body = self.told(event, session, **fields).body
        return json.loads(body)["hookSpecificOutput"]["additionalContext"] if body else ""

    def told(self, event: str, session: str = "s", **fields: Any) -> Answer:
        self._nth += 1
        payload = {"session_id": session, "hook_event_name": event, "cwd": str(self.folder), **fields}
        frame = Frame(
            "claude-code", event, f"{self._nth:016x}", 1_800_000_000_000 + self._nth * 60_000, str(self.folder), "0",
            {"CLAUDE_CODE_ENTRYPOINT": "cli"}, json.dumps(payload).encode(),
        )  # fmt: skip
        told = self.capture.understand(frame)
        plan = self.capture.plan(told)
        with self.database.transaction():
            return self.capture.hook(told, plan)

    def read(self, transcript: Path) -> None:
        """Read a transcript to its end."""
        while True:
            with self.database.transaction():
                position = self.capture.tails.position("claude-code", transcript)
            batch = next_batch(transcript, position, lambda state: Reader.resumed(frozenset(), state))
            if batch.finished:
                return
            with self.database.transaction():
                self.capture.batch(batch)

    def said(self) -> list[str]:
        """The replies in the journal."""
        rows = self.database.connection.execute(
            "SELECT texts.body FROM events JOIN texts ON texts.id = events.text WHERE kind = 'reply' ORDER BY events.id"
        )
        return [str(row[0]) for row in rows]

    def remember(self, body: str, **fields: Any) -> int:
        self.tell("Stop")  # makes the session's project known
        project = self.database.value("SELECT max(id) FROM projects")
        return self.log.remember(Draft(body=body, **fields), project).memory.number


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
