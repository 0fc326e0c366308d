"""What holds for every command: errors in one shape, exit status, pipes, odd surroundings."""

import json
import subprocess
import sys

import pytest
from tests.integration.cli.commands import Commands

from holdfast.cli import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(holdfast: Commands, name: str) -> None:
    said = holdfast(name, "--help")

    assert said.startswith(f"Usage: holdfast {name}")


def test_the_help_names_every_command(holdfast: Commands) -> None:
    said = holdfast("--help")

    for name, command in COMMANDS.items():
        assert f"\n  {name} " in said
        assert command.help.split()[0] in said
    assert holdfast("-h") == said
    assert holdfast("--version").startswith("holdfast ")


def test_errors_go_to_standard_error_in_words_and_to_standard_output_as_json(holdfast: Commands) -> None:
    done = holdfast.run("show", "99")
    as_json = holdfast.run("show", "99", "--json")

    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[0] == "holdfast: there is no memory #99 in this store"
    assert (as_json.code, as_json.err) == (1, "")
    assert set(json.loads(as_json.out)["error"]) == {"code", "what", "why", "fix"}


@pytest.mark.parametrize("arguments", [["serch"], ["search"], ["search", "--frobnicate"], ["pause", "--for"]])
def test_wrong_usage_is_2_in_words_and_as_json(holdfast: Commands, arguments: list[str]) -> None:
    assert "Error: " in holdfast.error(*arguments, code=2)
    if "--for" not in arguments:
        assert holdfast.json(*arguments, code=2)["error"]["code"] == "usage"


def test_a_misspelt_command_is_answered_with_the_near_one(holdfast: Commands) -> None:
    assert "Did you mean 'search'" in holdfast.error("serch", code=2)


def test_a_reader_that_has_enough_is_no_error(holdfast: Commands) -> None:
    for number in range(3):
        holdfast.remember(f"a note {number} " + "x" * 1_000)
    with subprocess.Popen(
        ["bash", "-o", "pipefail", "-c", f"{sys.executable} -m holdfast recent --json | head -c 10"],
        cwd=holdfast.project, env=holdfast.variables(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as piped:  # fmt: skip
        _, said = piped.communicate(timeout=60)

    assert b"Traceback" not in said
    assert b"BrokenPipe" not in said


def test_an_output_that_cannot_write_every_character_escapes_it(holdfast: Commands) -> None:
    holdfast("remember", stdin="ein Käfer 🐞".encode())

    said = holdfast("recent", env={"PYTHONIOENCODING": "latin-1"})

    assert "\\U0001f41e" in said


def test_a_folder_that_is_gone_is_no_reason_to_fail(holdfast: Commands) -> None:
    holdfast.remember("a note")
    gone = holdfast.root / "gone"
    gone.mkdir()

    done = subprocess.run(
        ["bash", "-c", f"rmdir {gone}; exec {sys.executable} -m holdfast recent -a"],
        cwd=gone, env=holdfast.variables(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    assert "a note" in done.stdout


@pytest.mark.parametrize(
    "command", [("import", "claude-code"), ("import", "claude-code", "--dry-run"), ("backup", "x")]
)
def test_what_needs_the_folder_that_is_gone_says_so(holdfast: Commands, command: tuple[str, ...]) -> None:
    gone = holdfast.root / "gone"
    gone.mkdir()

    done = subprocess.run(
        ["bash", "-c", f"rmdir {gone}; exec {sys.executable} -m holdfast {' '.join(command)}"],
        cwd=gone, env=holdfast.variables(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert done.stderr == "holdfast: the folder that you are in is gone\nfix: go to another folder\n"


def test_a_home_with_a_long_name_works(holdfast: Commands) -> None:
    long = {"HOLDFAST_HOME": str(holdfast.root / ("x" * 100) / "home")}
    try:
        holdfast("remember", "a note", env=long)
        assert "a note" in holdfast("recent", env=long)
    finally:
        holdfast("serve", "--stop", env=long)


def test_a_home_that_cannot_be_made_is_told(holdfast: Commands) -> None:
    file = holdfast.root / "file"
    file.write_text("")

    for named in (file, file / "home"):
        said = holdfast.error("recent", code=1, env={"HOLDFAST_HOME": str(named)})
        assert f"{file} is a file, not a folder" in said
        assert "fix: point HOLDFAST_HOME at" in said


def test_a_folder_of_something_else_is_not_taken_for_a_home(holdfast: Commands) -> None:
    other = holdfast.root / "letters"
    (other / "bin").mkdir(parents=True)
    (other / "to-anna.txt").write_text("Dear Anna")
    other.chmod(0o755)
    env = {"HOLDFAST_HOME": str(other)}

    for command in (("remember", "x"), ("recent",), ("config", "set", "inject.prompt", "true"), ("uninstall",),
                    ("serve",), ("doctor", "--repair"), ("setup", "claude-code"), ("mcp",)):  # fmt: skip
        said = holdfast.error(*command, code=1, env=env)
        assert f"{other} is not a home of holdfast\nwhy: it holds something else: to-anna.txt\nfix: " in said

    assert any("not a home of holdfast" in problem for problem in holdfast.json("status", env=env)["problems"])
    assert sorted(path.name for path in other.iterdir()) == ["bin", "to-anna.txt"]
    assert other.stat().st_mode & 0o777 == 0o755


def test_a_folder_where_all_users_write_is_not_taken_for_a_home(holdfast: Commands) -> None:
    shared = holdfast.root / "shared"
    shared.mkdir()
    shared.chmod(0o1777)

    assert "is no folder of your own" in holdfast.error("recent", code=1, env={"HOLDFAST_HOME": str(shared)})

    assert list(shared.iterdir()) == []


def test_an_empty_folder_becomes_a_home_and_a_home_with_more_in_it_stays_one(holdfast: Commands) -> None:
    folder = holdfast.root / "empty"
    folder.mkdir(mode=0o755)
    env = {"HOLDFAST_HOME": str(folder)}
    try:
        holdfast("remember", "a note", env=env)
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "my own words.txt").write_text("about this home")
        holdfast("serve", "--restart", env=env)
        assert "a note" in holdfast("recent", env=env)
        holdfast("uninstall", env=env)
        assert "a note" in holdfast("recent", env=env)
    finally:
        holdfast("serve", "--stop", env=env)


def test_a_home_that_depends_on_where_one_stands_is_refused(holdfast: Commands) -> None:
    said = holdfast.error("remember", "x", code=1, env={"HOLDFAST_HOME": "notes"})

    assert "another folder wherever you stand" in said
    assert "fix: begin it with / or ~" in said
    assert list(holdfast.project.iterdir()) == []


def test_no_home_is_made_for_a_user_who_has_none(holdfast: Commands) -> None:
    nowhere = holdfast.root / "nobody"

    said = holdfast.error("recent", code=1, env={"HOLDFAST_HOME": "", "HOME": str(nowhere)})

    assert f"HOME is {nowhere}, which is not there" in said
    assert not nowhere.exists()


def test_logs_show_what_the_daemon_said(holdfast: Commands) -> None:
    assert holdfast.json("logs")["lines"] == []
    holdfast("serve")

    assert "serves" in holdfast("logs", "-n", "5")
    with (holdfast.home / "log").open("a") as log:
        log.write("\x1b[31mred\n")
    assert holdfast.json("logs", "-n", "1")["lines"] == ["\x1b[31mred"]
    assert holdfast("logs", "-n", "1") == "red\n"
    assert holdfast.json("logs", "--follow", code=2)["error"]["code"] == "usage"
    assert "less than 0" in holdfast.error("logs", "-n", "-1", code=2)


def test_logs_can_be_followed(holdfast: Commands) -> None:
    holdfast("serve")
    with holdfast.started("logs", "--follow", "-n", "1") as running:
        assert running.stdout is not None
        assert "serves" in running.stdout.readline()
        with (holdfast.home / "log").open("a") as log:
            log.write("one more\n")
        assert running.stdout.readline() == "one more\n"
        running.terminate()


def test_a_hook_can_be_called_by_hand(holdfast: Commands) -> None:
    holdfast.remember("a note")
    payload = {"session_id": "s1", "hook_event_name": "SessionStart", "source": "startup", "cwd": str(holdfast.project)}

    assert "a note" in holdfast("hook", "claude-code", "SessionStart", stdin=json.dumps(payload).encode())


def test_a_hook_of_a_host_that_nobody_knows_is_told_by_hand(holdfast: Commands) -> None:
    said = holdfast.error("hook", "foo", "Stop", code=1, stdin=b"{}")

    assert "no adapter knows the host 'foo'" in said
    assert "fix: holdfast hook claude-code Stop" in said
