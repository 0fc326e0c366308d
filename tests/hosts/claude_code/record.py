"""Records sessions of the real Claude Code: `python -m tests.hosts.claude_code.record [scenario…]`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.hosts.claude_code import scenarios_demo, scenarios_ui
from tests.hosts.claude_code.driver import ClaudeCode
from tests.hosts.claude_code.install import NEW, REPOSITORY, VERSIONS, executable
from tests.hosts.claude_code.model import Model
from tests.hosts.claude_code.recording import add_recorder, save
from tests.hosts.claude_code.scenarios import SCENARIOS

TARGET = REPOSITORY / "tests" / "recordings" / "claude-code"
LOADED = scenarios_ui  # imported because it enters its scenarios into the table
DEMO = "demo"


def make_project(folder: Path) -> None:
    """A little repository with one commit and a remote."""
    (folder / "app.py").write_text('def greet(name: str) -> str:\n    return f"Hello, {name}!"\n')
    (folder / "notes.md").write_text("# Notes\n\nA program that greets.\n")
    who = ("-c", "user.name=u", "-c", "user.email=u@example.com")
    for command in (
        ("init", "-q", "-b", "main"),
        ("add", "."),
        (*who, "commit", "-q", "-m", "Greet"),
        ("remote", "add", "origin", "https://example.com/u/project.git"),
    ):
        scenarios_demo.git(folder, *command)


@contextmanager
def claude_code(version: str) -> Iterator[ClaudeCode]:
    with tempfile.TemporaryDirectory(prefix="holdfast-rec-") as root, Model() as model:
        claude = ClaudeCode(executable(version), version, Path(root), model)
        claude.prepare()
        add_recorder(claude)
        yield claude


def record(name: str, version: str) -> Path:
    """Plays one scenario with one version, and saves it; the folder."""
    folder = TARGET / version / name
    with claude_code(version) as claude:
        make_project(claude.project)
        SCENARIOS[name](claude)
        save(claude, folder)
    return folder


def record_demo() -> Path:
    """Plays the demo with the newest version, and saves it with the repository that it worked in."""
    folder = TARGET / DEMO
    with claude_code(NEW) as claude:
        scenarios_demo.make_project(claude.project)
        scenarios_demo.demo(claude)
        save(claude, folder)
        history = scenarios_demo.git(claude.project, "fast-export", "--all")
        (folder / "project.fast-export").write_text(history)
        left = scenarios_demo.git(claude.project, "diff")
        (folder / "project.diff").write_text(left)
    return folder


def main(names: list[str]) -> None:
    unknown = set(names) - {*SCENARIOS, DEMO}
    if unknown:
        sys.exit(f"no such scenario: {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    for name in names or (*SCENARIOS, DEMO):
        for folder in [record_demo()] if name == DEMO else [record(name, v) for v in VERSIONS]:
            size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            print(f"{folder.relative_to(TARGET)}: {size // 1024} KB")


if __name__ == "__main__":
    main(sys.argv[1:])
