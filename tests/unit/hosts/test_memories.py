"""Claude Code's own notes, and what its CLAUDE.md files say already."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.hosts.claude_code.memories import (
    Said,
    Sentences,
    already_said,
    claude_md,
    listed,
    memory_text,
    notes_of,
    sentences,
)
from holdfast.journal.untrusted import read_file
from holdfast.memory import BODY_LIMIT, checked

_PATH = "/home/me/.claude/projects/-r/memory/testing.md"


def note(text: str, path: str = _PATH) -> tuple[str | None, str, str | None, str]:
    (found,) = notes_of(path, text)
    return found.draft.title, found.draft.kind, found.draft.label, found.draft.body


@pytest.mark.parametrize(
    ("label", "kind"),
    [("user", "preference"), ("feedback", "preference"), ("project", "fact"), ("reference", "fact"), ("odd", "note")],
)
def test_a_memory_file_becomes_a_memory_of_its_kind_for_its_project(label: str, kind: str) -> None:
    text = f'---\nname: testing\ndescription: "How we test"\ntype: {label}\n---\n\nRun the unit tests first.\n'
    assert note(text) == ("How we test", kind, label, "Run the unit tests first.")
    (found,) = notes_of(_PATH, text)
    assert (found.draft.scope, found.draft.trust, found.draft.standing) == ("project", "imported", False)


def test_a_head_may_be_missing_nested_or_broken() -> None:
    assert note("Run the unit tests first.") == (None, "note", None, "Run the unit tests first.")
    nested = "---\nname: testing\nmetadata:\n  type: feedback\n---\nRun the tests."
    assert note(nested) == ("testing", "preference", "feedback", "Run the tests.")
    assert note("---\nname: testing\nno end")[3] == "---\nname: testing\nno end"


def test_the_index_gives_what_it_says_itself_and_not_what_it_points_at() -> None:
    index = "# Memory\n- [Testing](testing.md) — how we test\n\n## Build\n- use make, never npm\n"
    assert note(index, "/x/-r/memory/MEMORY.md")[3] == "# Memory\n\n\n## Build\n- use make, never npm"
    assert notes_of("/x/-r/memory/MEMORY.md", "- [Testing](testing.md) — how we test\n- **[Other](o.md)**\n") == []
    assert "[Testing]" in note("- [Testing](testing.md) — how we test")[3]  # in another file it is what it says


def test_reading_again_names_the_same_memories_though_their_text_was_revised() -> None:
    first = "# Rules\n" + "\n".join(f"- rule {n}: {'word ' * 40}" for n in range(12)) + "\n## Notes\nshort one"
    second = first.replace("rule 3", "rule three").replace("short one", "longer one now")
    ids = [each.id for each in notes_of(_PATH, first)]
    assert [each.id for each in notes_of(_PATH, second)] == ids
    assert len(set(ids)) == len(ids) > 2
    assert [
        each.id for each in notes_of("/elsewhere/-r/memory/testing.md", first)
    ] == ids  # the slug and the name count
    assert not set(ids) & {each.id for each in notes_of(_PATH.replace("testing", "other"), first)}


def test_a_long_file_is_split_at_bullets_and_each_part_says_what_it_is_about() -> None:
    text = "---\ndescription: How we test\n---\n# Rules\n" + "\n".join(f"- rule {n} {'word ' * 40}" for n in range(12))
    found = notes_of(_PATH, text)
    assert len(found) > 1
    assert all(len(each.draft.body) <= BODY_LIMIT for each in found)
    assert all(each.draft.body.startswith("How we test: Rules\n- rule ") for each in found)
    together = "\n".join(each.draft.body for each in found)
    assert all(f"rule {n} " in together for n in range(12))


def test_not_a_word_of_a_long_paragraph_is_lost() -> None:
    text = " ".join(f"word{n}" for n in range(2_000))
    together = " ".join(each.draft.body for each in notes_of(_PATH, text))
    assert together.split() == text.split()


def test_a_file_of_any_size_gives_a_bounded_number_of_memories() -> None:
    assert len(notes_of(_PATH, "\n\n".join("word " * 130 for _ in range(1_000)))) == 100
    assert notes_of(_PATH, " \n ") == []


@given(st.text(max_size=4_000))
def test_whatever_a_file_holds_its_memories_keep_the_rules(text: str) -> None:
    for each in notes_of(_PATH, text + "\n- and this\n"):
        checked(each.draft, str)


def test_only_regular_markdown_files_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "memory"
    folder.mkdir()
    (folder / "b.md").write_text("second")
    (folder / "a.md").write_text("first")
    (folder / "c.txt").write_text("no")
    (folder / "d.md").mkdir()
    (tmp_path / "secret.md").write_text("secret")
    (folder / "e.md").symlink_to(tmp_path / "secret.md")
    os.mkfifo(folder / "f.md")
    (folder / "g.md").write_bytes(b"x" * (128 * 1024 + 1))
    assert [name for name, _, _ in listed(folder) or ()] == ["a.md", "b.md", "g.md"]
    assert memory_text(folder, "a.md") == "first"
    assert [memory_text(folder, f"{name}.md") for name in "defg"] == [None] * 4


def test_a_memory_folder_is_one_only_where_it_stands(tmp_path: Path) -> None:
    beside, elsewhere = tmp_path / "beside", tmp_path / "elsewhere"
    beside.mkdir()
    elsewhere.mkdir()
    (elsewhere / "a.md").write_text("first")
    assert listed(beside / "memory") is None
    (beside / "memory").symlink_to(elsewhere)
    assert listed(beside / "memory") is None
    (beside / "memory").unlink()
    (beside / "memory").mkdir()
    assert listed(beside / "memory") == []


def _said(*texts: str) -> Sentences:
    return frozenset().union(*map(sentences, texts))


def test_the_texts_that_a_session_is_given_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, project = tmp_path / "config", tmp_path / "project"
    (project / ".claude").mkdir(parents=True)
    own.mkdir()
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(own))
    (own / "CLAUDE.md").write_text("own")
    (project / "CLAUDE.md").write_text("project\n@AGENTS.md\n@../outside.md\n")
    (project / "AGENTS.md").write_text("agents")
    (project / ".claude" / "CLAUDE.md").write_text("dot")
    (tmp_path / "outside.md").write_text("outside")
    (project / "CLAUDE.local.md").symlink_to(tmp_path / "outside.md")
    here = _said("project\n@AGENTS.md\n@../outside.md\n", "dot", "agents")
    assert claude_md(project) == Said(_said("own"), here)
    (project / "CLAUDE.local.md").unlink()
    (project / "CLAUDE.local.md").write_bytes(b"local\n" * 100_000)
    assert claude_md(project).here == here
    (project / "CLAUDE.md").unlink()
    os.mkfifo(project / "CLAUDE.md")
    assert claude_md(project) == Said(_said("own"), _said("dot"))
    (project / "CLAUDE.md").unlink()
    (project / "CLAUDE.md").mkdir()
    assert claude_md(project) == Said(_said("own"), _said("dot"))
    monkeypatch.delenv("CLAUDE_CONFIG_DIR")
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    assert claude_md(tmp_path / "none") == Said()


def test_files_that_import_one_another_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "none"))
    for n in range(9):
        (tmp_path / f"{n}.md").write_text(f"word{n}\n@{n + 1}.md\n@{n}.md\n")
    (tmp_path / "CLAUDE.md").write_text("@0.md\n")
    words = {word for each in claude_md(tmp_path).here for word in each if word.startswith("word")}
    assert words == {"word0", "word1", "word2", "word3"}


def test_of_claude_md_files_a_bounded_part_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "none"))
    (tmp_path / ".claude").mkdir()
    (tmp_path / "CLAUDE.md").write_text("".join(f"first {n}\n" for n in range(1_500)))
    (tmp_path / ".claude" / "CLAUDE.md").write_text("".join(f"second {n}\n" for n in range(1_500)))
    assert len(claude_md(tmp_path).here) == 2_000
    (tmp_path / "CLAUDE.md").write_text("a very long file\n" * 2_500)
    assert ("second", "7") in claude_md(tmp_path).here
    (tmp_path / ".claude" / "CLAUDE.md").write_text("another of them\n" * 3_000)  # together more than is looked at
    assert claude_md(tmp_path).here == sentences("a very long file")


def test_no_more_than_twenty_imports_are_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "none"))
    (tmp_path / "last.md").write_text("the last one")
    (tmp_path / "CLAUDE.md").write_text("@none.md\n" * 19 + "@last.md\n")
    assert sentences("the last one") <= claude_md(tmp_path).here
    (tmp_path / "CLAUDE.md").write_text("@none.md\n" * 20 + "@last.md\n")
    assert not sentences("the last one") <= claude_md(tmp_path).here


def test_a_claude_md_is_read_again_only_when_it_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "none"))
    read: list[Path] = []

    def counted(path: Path, limit: int) -> bytes | None:
        read.append(path)
        return read_file(path, limit)

    monkeypatch.setattr("holdfast.hosts.claude_code.memories.read_file", counted)
    (tmp_path / "CLAUDE.md").write_text("one of them")
    assert claude_md(tmp_path) == claude_md(tmp_path)
    assert len(read) == 1
    (tmp_path / "CLAUDE.md").write_text("another of them")
    assert claude_md(tmp_path).here == sentences("another of them")


def test_comments_and_fenced_code_say_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "none"))
    text = "<!-- one\ntwo --> three\n```\nfour\n```\n~~~ sh\n```\nfive\n~~~\nsix <!-- seven"
    (tmp_path / "CLAUDE.md").write_text(text)
    assert claude_md(tmp_path).here == _said("three\nsix")


_SAID = sentences(
    "# Project\n\n- Use tabs for indentation.\n- Run `make lint` before you commit anything.\n- Never push to main.\n"
    "- Tests live in tests/unit. Do not mock the database.\n- Tests are optional before it, pushing to main is fine"
)


@pytest.mark.parametrize(
    "memory",
    [
        "Always use tabs for indentation.",
        "always run `make lint` before you commit",
        "never push to main",
        "Do not mock the database!",
        "Use tabs for indentation. Never push to main.",
    ],
)
def test_what_a_claude_md_says_is_said_already(memory: str) -> None:
    assert already_said(memory, _SAID)


@pytest.mark.parametrize(
    "memory",
    [
        "use spaces for indentation",
        "push to main",  # the line says the opposite
        "mock the database",
        "tests before pushing to main",  # words of a sentence that says something else
        "run `make test` before you commit",
        "use tabs for indentation in Go, and sort imports",
        "Use tabs for indentation. Releases happen on Mondays.",
        "tabs",  # too little to tell
        "",
    ],
)
def test_what_it_does_not_say_is_not(memory: str) -> None:
    assert not already_said(memory, _SAID)
    assert not already_said("never push to main", frozenset())


def test_a_large_claude_md_is_looked_through() -> None:
    assert already_said(
        "never push to main", sentences("use tabs and push it to main\n" * 2_000 + "never push to main\n")
    )
