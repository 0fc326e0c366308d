"""What the commands that are called often may load: a person waits for each millisecond of it."""

import os
import subprocess
import sys

import pytest
from tests.integration.cli.commands import Commands

HEAVY = {
    "apsw", "rich", "asyncio", "pydantic", "tomlkit", "sqlite3", "ssl", "http", "email", "multiprocessing",
    "importlib.metadata", "logging",
}  # fmt: skip
OURS = {
    "holdfast", "holdfast.__main__", "holdfast.cli", "holdfast.cli.client", "holdfast.cli.output", "holdfast.edge",
    "holdfast.edge.frame", "holdfast.errors", "holdfast.paths",
}  # fmt: skip
HOT = {
    "search": (["search", "tabs"], {"holdfast.cli.finding", "holdfast.cli.place", "holdfast.cli.times"}),
    "recent": (["recent"], {"holdfast.cli.finding", "holdfast.cli.place", "holdfast.cli.times"}),
    "status": (["status"], {"holdfast.cli.status"}),
    "remember": (["remember", "we use tabs"], {"holdfast.cli.remember", "holdfast.cli.place"}),
}


def loaded(holdfast: Commands, *arguments: str) -> set[str]:
    """The modules that a command loads."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "holdfast", *arguments], cwd=holdfast.project,
        env={**os.environ, **holdfast.variables()}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


@pytest.mark.parametrize("name", HOT)
def test_a_hot_command_loads_next_to_nothing(holdfast: Commands, name: str) -> None:
    arguments, own = HOT[name]
    holdfast("serve")

    modules = loaded(holdfast, *arguments)

    assert {each for each in modules if each.partition(".")[0] == "holdfast"} <= OURS | own
    assert {each for each in modules if each in HEAVY or each.partition(".")[0] in HEAVY} == set()


def test_help_loads_no_command(holdfast: Commands) -> None:
    modules = loaded(holdfast, "--help")

    assert {each for each in modules if each.startswith("holdfast.cli.")} <= {"holdfast.cli.output", "holdfast.cli"}
