"""Projects by command: found, renamed, merged, ignored."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.integration.cli.commands import Commands
from tests.processes import wait_for


@pytest.fixture
def garden(holdfast: Commands) -> Path:
    """A second project, with a note in it."""
    folder = holdfast.root / "garden"
    folder.mkdir()
    holdfast("remember", "the spade is new", cwd=folder)
    return folder


def labels(holdfast: Commands) -> list[str]:
    return sorted(each["label"] for each in holdfast.json("projects", "list")["projects"])


def test_a_folder_that_is_gone_is_no_project(holdfast: Commands) -> None:
    gone = holdfast.root / "gone"
    gone.mkdir()
    command = [sys.executable, "-m", "holdfast", "remember", "a note from nowhere"]
    script = 'rmdir "$PWD" && exec "$@"'
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", *command], cwd=gone, env=holdfast.variables(), capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "the folder that you are in is gone" in done.stderr
    assert holdfast.json("projects") == {"projects": []}


def test_projects_are_listed_and_shown(holdfast: Commands, garden: Path) -> None:
    holdfast("remember", "the roof leaks")

    assert labels(holdfast) == ["garden", "workshop"]
    shown = holdfast.json("projects", "show", "garden")
    assert (shown["memories"], shown["keys"]) == (1, [f"path:{garden}"])
    assert holdfast.json("projects", "show")["label"] == "workshop"
    (line,) = [line for line in holdfast("projects", "list").splitlines() if "garden" in line]
    assert "1 memory  0 sessions" in line


def test_a_renamed_project_goes_by_its_new_label_and_back(holdfast: Commands, garden: Path) -> None:
    holdfast("projects", "rename", "garden", "orchard")
    assert labels(holdfast) == ["orchard"]

    assert "undone: rename" in holdfast("undo")
    assert labels(holdfast) == ["garden"]


def test_a_merged_project_is_found_in_the_other(holdfast: Commands, garden: Path) -> None:
    holdfast("remember", "the roof leaks")

    holdfast("projects", "merge", "garden", "workshop")

    assert [each["label"] for each in holdfast.json("projects", "list")["projects"]] == ["workshop"]
    assert len(holdfast.json("projects", "list", "--merged")["projects"]) == 2
    assert [hit["title"] for hit in holdfast.json("search", "spade")["hits"]] == ["the spade is new"]
    assert [each["label"] for each in holdfast.json("projects", "show")["merged"]] == ["garden"]
    assert "circle" in holdfast.error("projects", "merge", "workshop", "workshop", code=1)

    holdfast("undo")
    assert holdfast.json("search", "spade")["hits"] == []


def test_an_undo_takes_back_nothing_in_another_project_unless_it_is_named(holdfast: Commands, garden: Path) -> None:
    holdfast("remember", "--personal", "the gate is green")
    holdfast("pin", "1")

    told = holdfast.error("undo", code=1)

    assert "in another project" in told
    assert "the pin of #1 (the spade is new) in garden" in told
    assert holdfast.json("history", "1")["steps"][0]["undone_by"] is None
    assert "undone: pin" in holdfast(*told.split("holdfast ")[1].split()[:2])
    assert "undone" in holdfast("undo", cwd=garden)


def test_an_ignored_project_is_not_recorded_until_it_is_again(holdfast: Commands) -> None:
    holdfast("projects", "ignore")
    holdfast.hook("SessionStart", source="startup")
    holdfast.hook("UserPromptSubmit", prompt="keep this not", prompt_id="p")
    assert holdfast.json("status")["events"] == 0
    assert "ignored" in holdfast("projects", "list")

    holdfast("projects", "unignore")
    assert "ignored now" in holdfast("undo")
    assert "recorded" in holdfast("undo")
    holdfast.hook("UserPromptSubmit", prompt="keep this", prompt_id="q")
    wait_for(lambda: holdfast.json("status")["events"] == 1, "the prompt")


def test_what_is_kept_where_less_is_wanted_says_so(holdfast: Commands) -> None:
    def said(*arguments: str) -> str:
        return holdfast.run("remember", *arguments).err

    subprocess.run(["git", "init", "-q", str(holdfast.project)], check=True)
    assert said("the roof leaks") == ""
    holdfast("projects", "ignore")
    assert "the project workshop is ignored, so no session is given it" in said("the gate is shut")
    assert "holdfast projects unignore 1" in said("the gate is shut")
    assert said("--personal", "every gate squeaks") == ""
    assert "is ignored" in holdfast.json("remember", "the gate is green")["withheld"]["why"]
    holdfast("projects", "unignore")
    for asked, shown in ("capture", "nothing else is recorded here"), ("inject", "no session is given it"):
        (holdfast.project / ".holdfast").write_text(f"{asked} = false\n")
        assert f"{asked} = false" in (told := said(f"the {asked} is off"))
        assert shown in told


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show"], 1, "nothing was heard"),
        (["show", "nowhere"], 1, "no project is called"),
        (["rename", "nowhere", "x"], 1, "no project is called"),
        (["rename", "nowhere"], 2, "Missing argument"),
        (["merge", "nowhere", "there"], 1, "no project is called"),
        (["ignore", "nowhere"], 1, "no project is called"),
        (["frobnicate"], 2, "No such command"),
    ],
)
def test_wrong_names_are_told_in_words(holdfast: Commands, arguments: list[str], code: int, said: str) -> None:
    assert said in holdfast.error("projects", *arguments, code=code)


def test_a_label_that_two_projects_have_asks_for_the_number(holdfast: Commands, garden: Path) -> None:
    other = holdfast.root / "deep" / "garden"
    other.mkdir(parents=True)
    holdfast("remember", "the rake is old", cwd=other)

    assert "give the number" in holdfast.error("projects", "ignore", "garden", code=2)
    assert "has 1 to 120 characters" in holdfast.error("projects", "rename", "1", "x" * 121, code=1)


def test_projects_of_one_label_are_told_apart_by_their_keys(holdfast: Commands, garden: Path) -> None:
    other = holdfast.root / "deep" / "garden"
    other.mkdir(parents=True)
    holdfast("remember", "the rake is old", cwd=other)
    holdfast("remember", "the roof leaks")

    lines = holdfast("projects", "list").splitlines()

    assert sum(f"path:{garden}" in line for line in lines) == 1
    assert sum(f"path:{other}" in line for line in lines) == 1
    assert not [line for line in lines if "workshop" in line and "path:" in line]


@pytest.fixture
def shared(holdfast: Commands) -> Path:
    """A folder as /tmp is."""
    folder = holdfast.root / "shared"
    folder.mkdir()
    folder.chmod(0o1777)
    return folder


def test_in_a_folder_that_all_users_share_only_notes_for_all_projects_are_kept_and_given(
    holdfast: Commands, shared: Path
) -> None:
    holdfast("remember", "the roof leaks")
    holdfast("remember", "--personal", "tabs are what I use", cwd=shared)

    said = holdfast.error("remember", "the spade is new", code=1, cwd=shared)

    assert f"{shared} is no project" in said
    assert "--personal" in said
    given = holdfast("pack", "--session-start", cwd=shared)
    assert ("tabs are what I use" in given, "the roof leaks" in given) == (True, False)
    assert labels(holdfast) == ["workshop"]


def test_it_is_said_where_one_would_look(holdfast: Commands, shared: Path) -> None:
    holdfast("remember", "the roof leaks")

    assert f"{shared} is no project" in holdfast("status", cwd=shared)
    assert f"{shared} is no project" in holdfast.error("projects", "show", code=1, cwd=shared)
    (link,) = [each for each in holdfast.json("doctor", cwd=shared, code=1)["links"] if each["name"] == "project"]
    assert (link["state"], "is no project" in link["what"]) == ("note", True)
    assert "is no project" not in holdfast("status")


def test_a_session_in_such_a_folder_is_recorded_and_leaves_no_project(holdfast: Commands, shared: Path) -> None:
    holdfast("serve")
    holdfast.hook("SessionStart", "s1", cwd=shared, source="startup")
    holdfast.hook("UserPromptSubmit", "s1", cwd=shared, prompt="always use tabs here", prompt_id="p1")
    holdfast.hook("SessionEnd", "s1", cwd=shared, reason="other")
    wait_for(lambda: len(holdfast.json("timeline", "--session", "s1")["events"]) == 3, "the session in the journal")

    assert labels(holdfast) == []
    assert holdfast.json("status")["memories"] == 0
    assert holdfast.json("sessions", "--all-projects")["sessions"][0]["project"] is None


def test_it_becomes_the_session_of_the_project_that_it_goes_to(holdfast: Commands, shared: Path) -> None:
    holdfast("serve")
    holdfast.hook("SessionStart", "s1", cwd=shared, source="startup")
    holdfast.hook("UserPromptSubmit", "s1", cwd=holdfast.project, prompt="mend the fence", prompt_id="p1")

    wait_for(lambda: labels(holdfast) == ["workshop"], "the project")
    assert holdfast.json("sessions", "--all-projects")["sessions"][0]["project_label"] == "workshop"


def test_an_agent_writes_nothing_in_another_project_and_its_owner_does(holdfast: Commands, garden: Path) -> None:
    number = holdfast.remember("the rake is old")
    written = ("revise", str(number), "the rake is new")

    said = holdfast.error(*written, cwd=garden, env={"CLAUDECODE": "1"}, code=1)

    assert "belongs to the project workshop" in said
    assert holdfast.json("show", str(number))["body"] == "the rake is old"
    holdfast(*written, cwd=garden)
    assert holdfast.json("show", str(number))["trust"] == "owner"


def test_an_agents_undo_changes_no_other_project_and_its_owners_does(holdfast: Commands, garden: Path) -> None:
    holdfast("remember", "the roof leaks")
    holdfast("projects", "ignore", "garden")

    assert "the ignore belongs to the project garden" in holdfast.error("undo", code=1, env={"CLAUDECODE": "1"})
    assert "ignored" in holdfast("projects", "list")
    assert "project 1 garden (it is recorded)" in holdfast("undo")


def test_an_agent_erases_nothing_of_another_project_and_its_owner_does(holdfast: Commands, garden: Path) -> None:
    holdfast.session(asked="where is the ladder", said="the ladder stands in the shed")
    holdfast("remember", "the spade is new", cwd=garden)

    for named in ("e2", "s1"):
        said = holdfast.error("erase", named, "--yes", cwd=garden, env={"CLAUDECODE": "1"}, code=1)
        assert "belongs to the project workshop" in said
        assert "where is the ladder" in holdfast("timeline", "s1")
    holdfast("erase", "e2", "--yes", env={"CLAUDECODE": "1"})
    assert "where is the ladder" not in holdfast("timeline", "s1")
    holdfast("erase", "s1", "--yes", cwd=garden)
    assert "ladder" not in holdfast("timeline", "s1")


def test_a_verdict_on_notes_of_another_project_is_taken_back_only_when_it_is_named(
    holdfast: Commands, garden: Path
) -> None:
    holdfast.remember("the upload queue retries 5 times, then it gives up")
    found = holdfast.json("remember", "the upload queue retries 3 times, then it gives up")["candidates"]
    name = str(found[0]["judgment_id"])
    holdfast("remember", "the spade is new", cwd=garden)
    agent = {"CLAUDECODE": "1"}
    holdfast("conflicts", "judge", name, "--relation", "supersedes", env=agent)
    change = holdfast.json("conflicts", "show", name)["history"][0]["change"]

    said = holdfast.error("undo", cwd=garden, code=1)
    assert "the latest change is one in another project" in said
    assert f"holdfast undo {change[:18]}" in said
    refused = holdfast.error("undo", change, cwd=garden, env=agent, code=1)
    assert "belongs to the project workshop" in refused
    assert holdfast.json("conflicts", "show", name)["judgment_status"] == "judged"

    holdfast("undo", change, cwd=garden)
    assert holdfast.json("conflicts", "show", name)["judgment_status"] == "pending"


def test_what_came_from_a_session_of_another_project_is_shown_to_no_agent_before_it_is_forgotten(
    holdfast: Commands, garden: Path
) -> None:
    holdfast.session(asked="always put the ladder back")
    agent: dict[str, Any] = {"cwd": garden, "env": {"CLAUDECODE": "1"}}

    done = holdfast.run("forget", "--session", "s1", **agent)

    assert done.code == 1
    assert "session s1 belongs to the project workshop" in done.err
    assert "ladder" not in done.out + done.err
    assert "ladder" in holdfast.run("forget", "--session", "s1", cwd=garden).out


def test_an_agent_reads_what_is_kept_of_another_project_when_it_names_that_one(
    holdfast: Commands, garden: Path
) -> None:
    holdfast.session(asked="where is the ladder", said="the ladder stands in the shed")
    number = str(holdfast.remember("the ladder has ten rungs"))
    found = holdfast.json("remember", "the ladder has nine rungs now")["candidates"]
    pair = str(found[0]["judgment_id"])
    sealed = str(holdfast.remember("--sensitive", "--title", "shed", "the ladder is locked with 4711"))
    start = holdfast.hook("SessionStart", session="second", source="startup")
    assert b"ten rungs" in start
    agent: dict[str, Any] = {"cwd": garden, "env": {"CLAUDECODE": "1"}}
    reads = [
        ("show", number), ("show", "e2"), ("show", "s1"), ("show", "d2"), ("timeline", "s1"), ("timeline", "e1"),
        ("timeline", "--session", "s1"), ("history", number), ("secrets", "get", sealed),
        ("pack", "--compact", "--session", "s1"), ("show", pair), ("conflicts", "show", pair),
        ("conflicts", "show", number),
    ]  # fmt: skip

    for read in reads:
        said = holdfast.error(*read, **agent, code=1)
        assert "belongs to the project workshop" in said, read
        assert "ladder" not in said, read
        assert "ladder" in holdfast(*read, "--project", "workshop", **agent), read
        assert "ladder" in holdfast(*read, cwd=garden), read
