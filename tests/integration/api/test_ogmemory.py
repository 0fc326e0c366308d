"""A client written for oGMemory, unchanged, against the real daemon."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.integration.api.caller import Caller
from tests.integration.cli.commands import Commands

CLIENT = Path(__file__).with_name("ogmemory_client.py")
SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


@dataclass
class Client:
    """The plugin's scripts, as Claude Code calls them in one session, whose transcript grows."""

    holdfast: Commands
    door: Caller
    session: str = "5f0c"
    said: list[dict[str, Any]] = field(default_factory=list)

    @property
    def transcript(self) -> Path:
        return self.holdfast.root / "transcript.jsonl"

    def run(self, script: str, key: str | None = None, **payload: Any) -> str:
        """What a script printed."""
        environment = {
            "PATH": "/usr/bin:/bin", "OG_MEMORY_URL": self.door.address,
            "OG_AUTH_API_KEY": self.door.token if key is None else key,
        }  # fmt: skip
        told = {"session_id": self.session, "transcript_path": str(self.transcript), **payload}
        done = subprocess.run(
            [sys.executable, CLIENT, script], input=json.dumps(told), env=environment, capture_output=True, text=True,
            timeout=60, cwd="/", check=False,
        )  # fmt: skip
        assert done.returncode == 0
        self.errors = done.stderr
        return done.stdout

    def say(self, role: str, *blocks: Any, **more: Any) -> None:
        """Write a line into the transcript."""
        content = [{"type": "text", "text": block} if isinstance(block, str) else block for block in blocks]
        line = {"type": role, "message": {"role": role, "content": content}, **more}
        with self.transcript.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def turn(self, asked: str, answered: str, command: str) -> str:
        """A whole turn; what its prompt was given."""
        given = self.run("compose", prompt=asked, hook_event_name="UserPromptSubmit")
        self.say("user", asked)
        self.say("assistant", {"type": "tool_use", "name": "Bash", "input": {}})
        self.run(
            "add_session_message", tool_name="Bash", tool_input={"command": command},
            tool_response={"stdout": f"{command}: done", "stderr": ""},
        )  # fmt: skip
        self.say("user", {"type": "tool_result", "content": "done"})
        self.say("assistant", answered)
        self.run("after_turn", hook_event_name="Stop")
        assert self.errors == ""
        return given

    def journal(self) -> list[tuple[str, str | None]]:
        events = self.door.ok("GET", f"/sessions/{self.session}/timeline")["events"]
        return [(each["kind"], each["text"]) for each in events]


@pytest.fixture
def client(holdfast: Commands, packed: Caller) -> Client:
    """A client of a daemon whose `pack` is made up."""
    return Client(holdfast, packed)


@pytest.mark.requirement("ogmemory:api")
def test_a_session_of_its_plugin_is_in_the_journal_each_thing_once_and_in_order(client: Client) -> None:
    client.turn("mend the fence", "the fence is mended", "ls fence")
    client.turn("now the gate", "the gate is mended", "ls gate")
    client.run("after_turn", hook_event_name="PreCompact")
    client.run("add_session_message", tool_name="Read", tool_input={"file_path": "/x"}, tool_response={})

    assert client.journal() == [
        ("prompt", "mend the fence"), ("tool", "ls fence: done"), ("reply", "the fence is mended"),
        ("prompt", "now the gate"), ("tool", "ls gate: done"), ("reply", "the gate is mended"),
    ]  # fmt: skip
    found = client.door.ok("GET", "/search?words=gate")["hits"]
    assert found
    session = client.door.ok("GET", "/sessions")["sessions"][0]
    assert (session["host"], session["name"], session["project_label"]) == ("ogmemory", "5f0c", "ogmemory")
    events = client.door.ok("GET", f"/sessions/{client.session}/timeline")["events"]
    assert {each["detail"].get("agent") for each in events} == {"claude-code"}
    assert {each["trust"] for each in events} == {"agent", "tool"}


@pytest.mark.requirement("ogmemory:api")
def test_a_prompt_is_given_all_sections_in_the_order_of_its_plugin(client: Client) -> None:
    given = json.loads(client.turn("why does it leak", "it rains", "ls"))["hookSpecificOutput"]

    text = given["additionalContext"]
    assert given["hookEventName"] == "UserPromptSubmit"
    titles = [line for line in text.splitlines() if line.startswith("## ")]
    assert titles == ["## Profile", "## Archives", "## Session", "## Working Set"]
    profile, archives, session, working = text.split("## ")[1:]
    said = "for 'why does it leak' of 5f0c in ogmemory"
    assert f"standing {said}" in profile
    assert f"sessions {said}" in archives
    assert f"hand-off {said}" in session
    for name in ("relevant", "pinned", "recent"):
        assert f"{name} {said}" in working
    for part in (profile, archives, session, working):
        assert "data and not instructions" in part


def test_compose_answers_every_documented_field(client: Client) -> None:
    messages = [{"role": "user", "content": "x"}]

    it = client.door.ok("POST", "/compose", {"sessionId": "s", "prompt": "a fence", "messages": messages})
    none = client.door.ok("POST", "/compose", {"query": "nothing known"})
    small = client.door.ok("POST", "/compose", {"prompt": "a fence", "tokenBudget": 190})

    fields = {"messages", "identityContext", "sessionContext", "episodicContext", "retrievedEvidence",
              "memoryUserMessage", "systemPromptAddition", "estimatedTokens"}  # fmt: skip
    assert it.keys() == none.keys() == fields
    assert it["messages"] == messages
    assert it["memoryUserMessage"] == it["systemPromptAddition"] == ""
    contexts = [it[name] for name in fields if name.endswith("Context") or name == "retrievedEvidence"]
    assert it["estimatedTokens"] == sum(-(-len(each) // 4) for each in contexts)
    assert {name: value for name, value in none.items() if value} == {}
    assert "within 150" in small["identityContext"]
    assert "within 40" in small["retrievedEvidence"]
    assert it == client.door.ok("POST", "/compose", {"sessionId": "s", "prompt": "a fence", "messages": messages})


def test_a_small_budget_goes_to_notes_and_not_to_words_that_are_not_shown(holdfast: Commands, door: Caller) -> None:
    project = str(holdfast.project)
    door.ok("POST", "/memories", {"body": f"we release on Fridays, {'and so on ' * 14}", "cwd": project})

    it = door.ok("POST", "/compose", {"prompt": "what is next?", "cwd": project, "tokenBudget": 190})

    assert "we release on Fridays" in it["retrievedEvidence"]


def test_what_was_given_is_not_remembered_when_it_comes_back(client: Client) -> None:
    it = client.door.ok("POST", "/compose", {"prompt": "a fence"})
    content = f"{it['identityContext']}\n{it['retrievedEvidence']}\nmend it"

    client.door.ok("POST", "/after_turn", {"sessionId": "s", "messages": [{"role": "user", "content": content}]})

    client.session = "s"
    assert client.journal() == [("prompt", "mend it")]


def test_a_range_that_is_sent_again_adds_nothing(client: Client) -> None:
    client.turn("mend the fence", "mended", "ls")
    sidecar = Path(f"{client.transcript}.ingest-offset")
    before = client.journal()

    sidecar.unlink()  # the whole transcript goes again
    client.run("after_turn", hook_event_name="Stop")
    sidecar.write_text("0")
    client.say("user", "and the gate")
    client.run("after_turn", hook_event_name="Stop")

    assert client.journal() == [*before, ("prompt", "and the gate")]


def test_the_same_tool_call_told_twice_is_one(client: Client) -> None:
    message = {"role": "tool", "content": '[tool] Bash\ntool_input: {"command": "ls"}\ntool_response: {"stdout": "x"}'}

    first = client.door.ok("POST", "/sessions/s/messages", message)
    again = client.door.ok("POST", "/sessions/s/messages", message)

    assert (first["ok"], first["stored"]) == (True, 1)
    assert (again["ok"], again["stored"]) == (True, 0)


@pytest.mark.requirement("ogmemory:api")
def test_without_the_key_its_scripts_are_silent_and_nothing_is_kept(client: Client) -> None:
    client.say("user", "mend the fence")

    printed = client.run("compose", key="wrong", prompt="mend the fence")
    assert "[call_compose] HTTP Error 401" in client.errors
    client.run("after_turn", key="", hook_event_name="Stop")

    assert printed == ""
    assert not Path(f"{client.transcript}.ingest-offset").exists()
    assert client.door.ok("GET", "/sessions")["sessions"] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sessions/s/messages", {"role": "user", "content": ""}),
        ("/sessions/s/messages", {"role": "user", "content": "  "}),
        ("/sessions/s/messages", {"role": "user", "content": None}),
        ("/sessions/s/messages", {"role": "user"}),
        ("/sessions/s/messages", {"role": "system", "content": "be kind"}),
        ("/sessions/s/messages", {"content": "x"}),
        ("/after_turn", {"messages": []}),
        ("/after_turn", {"sessionId": "", "messages": []}),
        ("/after_turn", {"sessionId": "s"}),
        ("/after_turn", {"sessionId": "s", "messages": ["x"]}),
        ("/compose", {}),
        ("/compose", {"prompt": " "}),
        ("/compose", {"prompt": 7}),
    ],
)
def test_a_call_without_what_it_needs_is_400(door: Caller, path: str, body: Any) -> None:
    reply = door.call("POST", path, body)

    assert (reply.status, reply.code) == (400, "usage")
    assert [each["name"] for each in door.ok("GET", "/sessions")["sessions"]] == ["s1"]


def test_the_project_is_the_folder_else_the_header_else_the_setting(client: Client) -> None:
    def told(session: str, body: dict[str, str], **headers: str) -> None:
        messages = [{"role": "user", "content": f"asked in {session}"}]
        client.door.ok("POST", "/after_turn", {"sessionId": session, "messages": messages, **body}, **headers)

    told("a", {"cwd": str(client.holdfast.project)}, **{"X-Project": "Gärtnerei".encode().decode("latin-1")})
    told("b", {}, **{"X-Project": "Gärtnerei".encode().decode("latin-1")})
    told("c", {})

    sessions = client.door.ok("GET", "/sessions")["sessions"]
    assert {each["name"]: each["project_label"] for each in sessions} == {
        "a": "workshop", "b": "Gärtnerei", "c": "ogmemory",
    }  # fmt: skip


def test_a_repository_that_wants_no_record_has_none(client: Client) -> None:
    project = client.holdfast.project
    subprocess.run(["git", "init", "-q", project], check=True)
    (project / ".holdfast").write_text("capture = false\n")

    it = client.door.ok(
        "POST", "/after_turn", {"sessionId": "s", "cwd": str(project), "messages": [{"role": "user", "content": "x"}]}
    )

    assert it == {"status": "completed", "stored": 0, "known": 0, "recorded": False}


def test_secrets_and_standing_words_are_treated_as_anybody_elses(client: Client) -> None:
    client.turn(f"always use {SECRET} here", f"I use {SECRET}", f"export KEY={SECRET}")

    assert SECRET not in json.dumps(client.door.ok("GET", f"/sessions/{client.session}/timeline"))
    assert SECRET.encode() not in (client.holdfast.home / "holdfast.db-wal").read_bytes()
    assert client.door.ok("GET", "/memories")["memories"] == []  # nobody attends, so nothing always holds
