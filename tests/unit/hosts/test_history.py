"""Where past transcripts lie, and in which order they are read."""

import json
import os
from pathlib import Path

import pytest

from holdfast.hosts.claude_code import history


@pytest.fixture
def projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    folder = tmp_path / "claude" / "projects"
    folder.mkdir(parents=True)
    return folder


def transcript(path: Path, *stamps: str | None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [{"type": "mode"} | ({"timestamp": stamp} if stamp else {}) for stamp in stamps]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_a_parent_comes_before_its_fork_whatever_the_names_say(projects: Path) -> None:
    """A fork begins with lines of its own; the copies, which are older, follow."""
    parent = transcript(projects / "-x" / "b.jsonl", None, "2026-01-01T10:00:00Z")
    fork = transcript(projects / "-x" / "a.jsonl", None, None, "2026-01-01T11:00:00Z", "2026-01-01T10:00:00Z")
    assert history.files_of(files=(), folder=None, every=True, after=0) == [parent, fork]


def test_the_files_of_one_project_include_those_of_its_sub_agents(projects: Path, tmp_path: Path) -> None:
    work = tmp_path / "my.app"
    work.mkdir()
    folder = history.folder_of(work)
    assert folder.parent == projects
    assert "." not in folder.name
    main = transcript(folder / "s.jsonl", "2026-01-01T10:00:00Z")
    agent = transcript(folder / "s" / "subagents" / "agent-1.jsonl", "2026-01-01T10:01:00Z")
    transcript(projects / "-other" / "o.jsonl", "2026-01-01T10:00:00Z")
    assert history.files_of(files=(), folder=work, every=False, after=0) == [main, agent]


def test_files_that_are_gone_old_or_broken_are_no_error(projects: Path) -> None:
    old = transcript(projects / "old.jsonl", "2026-01-01T10:00:00Z")
    os.utime(old, (1_000, 1_000))
    broken = projects / "broken.jsonl"
    broken.write_bytes(b"\xff\x00{\n[1]\n" * 60)
    gone = projects / "gone.jsonl"
    gone.symlink_to(projects / "nowhere")
    (projects / "folder.jsonl").mkdir()
    assert history.files_of(files=(), folder=None, every=True, after=2_000) == [broken]
    assert history.files_of(files=[old, projects / "none.jsonl"], folder=None, every=False, after=0) == [old]
