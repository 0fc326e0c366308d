"""The recorded sessions of `-p`: a scenario is a function that drives one Claude Code through it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeAlias

from tests.hosts.claude_code.driver import ClaudeCode
from tests.hosts.claude_code.install import NEW
from tests.hosts.claude_code.recording import hook_calls
from tests.hosts.claude_code.script import (
    AUTOCOMPACT,
    BAD_REQUEST,
    PROMPT_TOO_LONG,
    Answer,
    Json,
    Reply,
    Request,
    call,
    say,
    use,
)

Scenario: TypeAlias = Callable[[ClaudeCode], None]
SCENARIOS: dict[str, Scenario] = {}

TOOLS = "Bash,Read,Write,Edit,NotebookEdit,MultiEdit,Grep,Glob,Agent,TaskCreate,TaskUpdate"
NOTEBOOK = {
    "cells": [{"cell_type": "code", "id": "c1", "metadata": {}, "outputs": [], "source": ["print(1)\n"]}],
    "metadata": {"language_info": {"name": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def scenario(function: Scenario) -> Scenario:
    """Enters a scenario under its function's name, with hyphens."""
    SCENARIOS[function.__name__.replace("_", "-")] = function
    return function


def path(claude: ClaudeCode, name: str) -> str:
    return str(claude.project / name)


def names_of_tools(request: Request) -> set[str]:
    return {str(tool.get("name")) for tool in request.body.get("tools", [])}


@scenario
def simple(claude: ClaudeCode) -> None:
    """Every tool that changes or reads files, once; a failing one; one that does not exist."""
    (claude.project / "book.ipynb").write_text(json.dumps(NOTEBOOK))
    new, book = path(claude, "new.txt"), path(claude, "book.ipynb")
    edit = {"old_string": "hello", "new_string": "goodbye"}
    claude.model.script(
        [
            call(use("Bash", command="ls -a", description="List the files"), text="I look around."),
            call(use("Write", file_path=new, content="hello\nworld\n")),
            call(use("Edit", file_path=new, **edit)),
            call(use("Read", file_path=path(claude, "app.py")), use("Read", file_path=new)),
            call(use("Bash", command="grep -rn greet . --include=*.py", description="Search")),
            call(use("Bash", command="echo to-stdout; echo to-stderr >&2; exit 3")),
            call(use("Read", file_path=path(claude, "missing.py"))),
            call(use("Edit", file_path=new, old_string="not there", new_string="x")),
            call(use("Read", file_path=book)),
            call(
                use("NotebookEdit", notebook_path=book, cell_id="c1", new_source="print(2)\n"),
                text="Now the notebook.",
            ),
            call(use("MultiEdit", file_path=new, edits=[edit])),
            call(use("Grep", pattern="greet"), use("Glob", pattern="*.py")),
            call(use("Bash", comand="a misspelt argument")),
            call(use("TaskCreate", subject="do x", description="x must be done")),
            call(use("TaskUpdate", taskId="1", status="completed")),
            call(use("Bash", command="mkdir -p sub && cd sub && pwd")),
            say("All files are read and changed."),
        ]
    )
    claude.run("read and change the files", "--allowedTools", TOOLS)


@scenario
def stream(claude: ClaudeCode) -> None:
    """Several turns in one process, with a plugin's command and a compaction by hand among them."""
    claude.model.summary = (
        "<analysis>\nTwo names were given.\n</analysis>\n\n"
        "<summary>\n1. Primary Request and Intent: remember Ada and Grace.\n</summary>"
    )
    claude.model.script(
        [
            say("I will remember Ada and Grace."),
            call(use("Bash", command="echo Ada Grace > names.txt", description="Note the names")),
            say("They are in names.txt."),
            say("Ada, Grace, and Katherine."),
            say("The names are Ada and Grace."),
        ]
    )
    claude.stream(
        [
            "remember the names Ada and Grace",
            "write them down",
            "/recorder:names and Katherine",
            "/compact keep names",
            "which names were they?",
        ],
        "--allowedTools",
        TOOLS,
    )


@scenario
def autocompact(claude: ClaudeCode) -> None:
    """The context fills up in the middle of a turn."""
    full = call(use("Bash", command="cat app.py", description="Show the program"))
    script: list[Answer]
    if claude.version == NEW:
        script = [say("Ready."), full.reporting(AUTOCOMPACT), say("It greets.")]
    else:
        script = [say("Ready."), full, PROMPT_TOO_LONG, say("It greets.")]
    claude.model.script([*script, say("Still here.")])
    claude.stream(["get ready", "what does the program do?", "are you there?"], "--allowedTools", TOOLS)


@scenario
def subagent(claude: ClaudeCode) -> None:
    """One sub-agent in the foreground, then one in the background whose end is told as a prompt."""

    def agent(marker: str, background: bool) -> Json:
        return use(
            "Agent",
            description=f"Count {marker}",
            prompt=f"{marker}: count the files of the project.",
            subagent_type="general-purpose",
            run_in_background=background,
        )

    def count() -> list[Reply]:
        return [call(use("Bash", command="ls | wc -l")), say("There are four files.")]

    claude.model.script(
        [
            call(agent("FRONT", False), text="I ask an agent and wait."),
            say("The agent counted four."),
            call(agent("BACK", True)),
            say("It counts in the background."),
            say("It has counted four."),
        ],
        agents={"FRONT": count(), "BACK": count()},
    )
    with claude.conversation("--allowedTools", TOOLS) as conversation:
        conversation.ask("count with an agent")
        conversation.ask("count in the background")
        conversation.until(
            lambda item: item.get("type") == "result" and "has counted" in item["result"],
            "the turn after the notification",
        )
        conversation.finish()


@scenario
def resume(claude: ClaudeCode) -> None:
    """A session that ended is taken up again, once."""
    claude.model.script([call(use("Bash", command="cat app.py")), say("It greets."), say("It greeted a name.")])
    claude.run("what does the program do?", "--allowedTools", TOOLS)
    claude.run("whom did it greet?", "--resume", session(claude), "--allowedTools", TOOLS)


@scenario
def fork(claude: ClaudeCode) -> None:
    """A session is continued under a new id, and the first one goes on as well."""
    claude.model.script(
        [
            call(use("Bash", command="cat app.py")),
            say("It greets."),
            say("The fork would greet in French."),
            say("The trunk greets in English."),
        ]
    )
    claude.run("what does the program do?", "--allowedTools", TOOLS)
    first = session(claude)
    claude.run("and in French?", "--resume", first, "--fork-session", "--allowedTools", TOOLS)
    claude.run("and in English?", "--resume", first, "--allowedTools", TOOLS)


@scenario
def injected(claude: ClaudeCode) -> None:
    """Hooks that hand back context, at a start, a prompt and a resume; each time the same."""
    claude.env["RECORDER_CONTEXT"] = "CONTEXT-OF-THE-HOOK: the tests run with make test."
    claude.model.script([say("Noted."), say("With make test.")])
    claude.run("note how the tests run", "--allowedTools", TOOLS)
    claude.run("how do the tests run?", "--resume", session(claude), "--allowedTools", TOOLS)


@scenario
def denied(claude: ClaudeCode) -> None:
    """A tool that is not allowed, with nobody there to ask."""
    no = str(claude.project / "no.txt")
    claude.model.script([call(use("Write", file_path=no, content="no\n")), say("I may not.")])
    claude.run("write no.txt")


@scenario
def api_error(claude: ClaudeCode) -> None:
    """The API refuses every request."""
    claude.model.script(lambda _: BAD_REQUEST)
    claude.run("a request that is refused")


@scenario
def queued(claude: ClaudeCode) -> None:
    """A prompt handed over while a tool of the one before runs."""
    claude.model.script(
        [
            call(use("Bash", command="python3 -c 'import time; time.sleep(2)'")),
            say("Slept, and heard."),
            say("The queued one is answered."),
        ]
    )
    with claude.conversation("--allowedTools", TOOLS) as conversation:
        conversation.send("sleep a little")
        conversation.until(lambda item: item.get("type") == "assistant", "the tool call")
        conversation.send("and the changelog is written by hand")
        conversation.until(lambda item: item.get("type") == "result", "the end of the turn")
        conversation.finish()


@scenario
def mention(claude: ClaudeCode) -> None:
    """A prompt that mentions a file, and an answer with thoughts in it."""
    claude.model.script([say("It greets.").after_thinking("The file has one function.")])
    claude.run("explain @app.py")


def session(claude: ClaudeCode) -> str:
    """The id of the session that the first hook spoke of."""
    return str(hook_calls(claude)[0].payload["session_id"])
