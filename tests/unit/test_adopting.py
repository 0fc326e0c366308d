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


def adopt(world: World) -> int:
    """Take the folder in; how many notes were new or changed."""
    adopted = world.capture.adoption.read(world.folder / "memory")
    if adopted is None:
        return 0
    with world.database.transaction():
        return world.capture.adoption.take(adopted, 1)


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
    said = "Always run the linter before you commit.\nThe gateway needs a token of its own.\n"

    (world.folder / "CLAUDE.md").write_text(said)
    given = start(world, "a")
    assert "linter" in given
    assert "gateway" in given
    assert "linter" in ask(world, "what about the linter before I commit?", session="b")

    (own / "CLAUDE.md").write_text(said)
    assert start(world, "c") == ""
