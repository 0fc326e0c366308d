"""Claude Code's own memory files as notes, and what a CLAUDE.md says already."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.test_giving import ask, start
from tests.unit.world import World

from holdfast.memory import Memory

ONE = """---
name: gateway-timeout
description: The gateway drops idle connections
type: project
---
The gateway drops idle connections after 31 seconds, so keep-alives go out every 20.
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.tell("Stop")  # makes the project known
    (tmp_path / "memory").mkdir()
    yield world
    world.database.close()


def write(world: World, name: str, text: str, at: int = 1_780_000_000) -> None:
    path = world.folder / "memory" / name
    path.write_text(text)
    os.utime(path, (at, at))


NOW = 1_780_500_000_000


def adopt(world: World, now: int = NOW) -> int:
    """Take the folder in; how many notes were new or changed."""
    return sum(pieces(world, now))


def pieces(world: World, now: int = NOW) -> Iterator[int]:
    """How many notes each write took."""
    adopted = world.capture.adoption.read(world.folder / "memory", 1, now)
    while adopted is not None:
        with world.database.transaction():
            yield world.capture.adoption.take(adopted, 1)
        adopted = world.capture.adoption.read(world.folder / "memory", 1, now) if adopted.more else None


def notes(world: World) -> list[Memory]:
    return world.log.recent(None, limit=50)


def test_a_memory_file_becomes_an_imported_note_once(world: World) -> None:
    write(world, "gateway.md", ONE)
    write(world, "MEMORY.md", "# Memory\n- [Gateway](gateway.md): the gateway drops idle connections\n")

    assert adopt(world) == 1
    assert adopt(world) == 0

    (note,) = notes(world)
    assert "every 20" in note.body
    assert (note.trust, note.standing, note.revised) == ("imported", False, 1_780_000_000_000)
    origin = world.log.origin(note)
    assert origin is not None
    assert "memory folder" in origin.why


def test_a_file_that_changed_revises_its_note_and_one_that_is_gone_takes_it_along(world: World) -> None:
    write(world, "gateway.md", ONE)
    adopt(world)

    write(world, "gateway.md", ONE.replace("31", "29"), at=1_780_000_100)
    assert adopt(world) == 1
    (note,) = notes(world)
    assert ("29 seconds" in note.body, note.revision) == (True, 2)

    (world.folder / "memory" / "gateway.md").unlink()
    adopt(world)
    assert notes(world) == []


def test_what_its_owner_forgot_does_not_come_back_from_the_file(world: World) -> None:
    write(world, "gateway.md", ONE)
    adopt(world)
    world.log.forget(1)

    write(world, "gateway.md", ONE.replace("31", "29"), at=1_780_000_100)
    adopt(world)

    assert notes(world) == []


def test_what_its_owner_forgot_or_erased_does_not_come_back_from_another_file(world: World) -> None:
    write(world, "one.md", "The gateway listens at port 9000.\n")
    write(world, "two.md", "The vault stands open on Sundays.\n")
    adopt(world)
    world.log.forget(1)
    world.log.erase(2)

    write(world, "one.md", "The gateway listens at port 9001.\n", at=1_780_000_100)  # forgotten, whatever it says now
    adopt(world)
    for name in ("one", "two"):
        (world.folder / "memory" / f"{name}.md").rename(world.folder / "memory" / f"{name}2.md")
    adopt(world)
    assert notes(world) == []

    write(world, "one2.md", "The gateway drops idle connections.\n", at=1_780_000_200)
    adopt(world)
    assert [note.body for note in notes(world)] == ["The gateway drops idle connections."]


def test_what_its_owner_brought_back_stays(world: World) -> None:
    write(world, "gateway.md", ONE)
    write(world, "other.md", "one")
    adopt(world)
    world.log.forget(1)
    write(world, "other.md", "other")
    adopt(world)
    world.log.restore(1)

    write(world, "gateway.md", ONE.replace("description: The", "description: This"), at=1_780_000_100)
    adopt(world)

    assert world.log.get(1).alive


def test_a_folder_that_is_missing_for_a_while_takes_nothing_along(world: World) -> None:
    write(world, "gateway.md", ONE)
    adopt(world)
    folder = world.folder / "memory"

    folder.rename(world.folder / "away")
    assert adopt(world) == 0
    assert len(notes(world)) == 1

    (world.folder / "away").rename(folder)
    adopt(world)
    assert len(notes(world)) == 1


def test_a_note_comes_back_with_its_file(world: World) -> None:
    write(world, "gateway.md", ONE)
    adopt(world)
    away = world.folder / "gateway.md"
    (world.folder / "memory" / "gateway.md").rename(away)
    adopt(world)
    assert notes(world) == []

    write(world, "gateway.md", ONE.replace("31", "29"))
    assert adopt(world) == 1
    (note,) = notes(world)
    assert (note.number, "29 seconds" in note.body) == (1, True)


def test_a_file_that_was_renamed_keeps_its_note_served(world: World) -> None:
    write(world, "gateway.md", ONE)
    adopt(world)
    (world.folder / "memory" / "gateway.md").rename(world.folder / "memory" / "proxy.md")
    adopt(world)
    assert ["every 20" in note.body for note in notes(world)] == [True]

    write(world, "proxy.md", ONE.replace("31", "29"), at=1_780_000_100)
    adopt(world)
    assert ["29 seconds" in note.body for note in notes(world)] == [True]


def test_many_notes_are_taken_a_few_at_a_time_and_no_more_than_two_hundred(world: World) -> None:
    for n in range(230):
        write(world, f"{n:03}.md", f"Module number{n} keeps value{n} for reason{n}.\n")

    assert list(pieces(world)) == [25] * 8
    assert list(pieces(world)) == []

    (world.folder / "memory" / "000.md").unlink()
    write(world, "001.md", "Module numberone is gone.\n", at=1_780_000_100)
    before = world.database.value("SELECT count(*) FROM changes")
    assert list(pieces(world)) == [2]  # the one that changed, and one for which there is room now
    assert world.database.value("SELECT count(*) FROM changes") == before + 3
    assert world.database.value("SELECT count(*) FROM memories WHERE alive") == 200


def test_long_files_are_taken_to_two_hundred_notes_too(world: World) -> None:
    for name in ("one", "two", "three"):
        paragraphs = (" ".join(f"{name}{n}word{nth}" for nth in range(70)) for n in range(90))
        write(world, f"{name}.md", "\n\n".join(paragraphs))
    adopt(world)
    assert world.database.value("SELECT count(*) FROM memories WHERE alive") == 200


def test_a_pause_pauses_this_too(world: World) -> None:
    write(world, "before.md", "The gateway drops idle connections.\n", at=1_780_000_000)
    write(world, "while.md", "The merger is called zebra.\n", at=1_780_000_200)
    world.database.run("begin_pause", at=1_780_000_100_000, until=None)
    assert adopt(world, now=1_780_000_300_000) == 0

    world.database.run("end_pause", at=1_780_000_400_000)
    adopt(world, now=1_780_000_500_000)
    assert [note.body for note in notes(world)] == ["The gateway drops idle connections."]

    write(world, "before.md", "The merger is called zebra.\n", at=1_780_000_250)  # written meanwhile: stays as it was
    adopt(world, now=1_780_000_600_000)
    assert [note.body for note in notes(world)] == ["The gateway drops idle connections."]

    write(world, "while.md", "The merger has a name.\n", at=1_780_000_700)
    adopt(world, now=1_780_000_800_000)
    assert notes(world)[0].body == "The merger has a name."


def test_what_was_written_in_a_session_that_is_not_recorded_is_not_taken(world: World) -> None:
    world.told("Ignored", "secret", hook_event_name="SessionStart", source="startup")
    began = world.database.value("SELECT started FROM sessions WHERE name = 'secret'") // 1000
    write(world, "before.md", "The gateway drops idle connections.\n", at=began - 60)
    write(world, "while.md", "The merger is called zebra.\n", at=began + 60)
    write(world, "after.md", "The gateway listens at port 9000.\n", at=began + 7_200)
    transcript = world.folder / "secret.jsonl"
    transcript.write_text("")
    os.utime(transcript, (began + 600, began + 600))

    adopt(world)

    assert {note.body for note in notes(world)} == {
        "The gateway drops idle connections.", "The gateway listens at port 9000.",
    }  # fmt: skip


def test_nothing_is_written_and_no_link_is_followed(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "secret.md"
    elsewhere.write_text("The vault stands open on Sundays.\n")
    (world.folder / "memory" / "link.md").symlink_to(elsewhere)
    write(world, "gateway.md", ONE)
    before = {path.name: path.stat().st_mtime_ns for path in (world.folder / "memory").iterdir()}

    adopt(world)

    assert [note.trust for note in notes(world)] == ["imported"]
    assert {path.name: path.stat().st_mtime_ns for path in (world.folder / "memory").iterdir()} == before


def test_a_private_file_is_left_out(world: World) -> None:
    write(world, "private.md", "<private>The vault stands open on Sundays.</private>\n")

    assert adopt(world) == 0
    assert notes(world) == []


def test_what_claude_md_says_is_not_given_again(world: World) -> None:
    world.remember("Always run the linter before you commit")
    world.remember("never touch the generated files")
    question = "what about the linter before I commit?"
    assert "linter" in start(world, "a")

    (world.folder / "CLAUDE.md").write_text("# Rules\n\n- Always run the linter before you commit.\n")

    given = start(world, "b")
    assert "linter" not in given
    assert "generated files" in given
    assert ask(world, question, session="c") == ""
    (world.folder / "CLAUDE.md").unlink()
    assert "linter" in ask(world, question, session="d")


def test_a_repository_cannot_switch_off_what_shall_always_hold(
    world: World, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path_factory.mktemp("own")
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(own))
    world.remember("Always run the linter before you commit", standing=True)
    world.remember("The gateway needs a token of its own", pinned=True)
    world.remember("The user likes short answers best", kind="preference", scope="personal", trust="owner")
    said = (
        "Always run the linter before you commit.\nThe gateway needs a token of its own.\n"
        "The user likes short answers best.\n"
    )

    (world.folder / "CLAUDE.md").write_text(said)
    given = start(world, "a")
    assert "linter" in given
    assert "gateway" in given
    assert "short answers" in given
    assert "linter" in ask(world, "what about the linter before I commit?", session="b")

    (own / "CLAUDE.md").write_text(said)
    assert start(world, "c") == ""
