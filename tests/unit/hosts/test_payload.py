"""What hook payloads become, alone and together with the lines that tell the same."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.recordings.replay import World
from tests.unit.hosts.made_up import SESSION, START, Lines, events, hook, name_of, said

TURN = name_of("turn")


def test_a_turn_of_hooks_is_a_prompt_its_calls_and_the_last_reply(place: World) -> None:
    place.hear(hook("SessionStart", source="startup"), "1")
    place.hear(hook("UserPromptSubmit", at=START + 1, turn=TURN, prompt="fix it"), "2")
    given = {"command": "make"}
    place.hear(
        hook("PostToolUse", at=START + 2, turn=TURN, tool_name="Bash", tool_use_id="t1", tool_input=given,
             tool_response={"stdout": "ok", "stderr": "", "interrupted": False}), "3",
    )  # fmt: skip
    place.hear(
        hook("PostToolUseFailure", at=START + 3, turn=TURN, tool_name="Bash", tool_use_id="t2", tool_input=given,
             error="Exit code 2", is_interrupt=False), "4",
    )  # fmt: skip
    place.hear(hook("Stop", at=START + 4, turn=TURN, last_assistant_message="Done."), "5")
    place.hear(hook("SessionEnd", at=START + 5, reason="logout"), "6")

    found = events(place)
    assert [event["kind"] for event in found] == ["start", "prompt", "tool", "tool", "reply", "end"]
    assert [event["status"] for event in found if event["kind"] == "tool"] == ["ok", "failed"]
    assert [event["detail"] for event in found if event["kind"] in ("start", "end")] == [
        {"source": "startup"},
        {"reason": "logout"},
    ]


@pytest.mark.parametrize(
    "event", ["PreToolUse", "PermissionRequest", "PostToolBatch", "SubagentStart", "Notification", "Setup", "Unheard"]
)
def test_events_that_tell_nothing_new_are_passed_over(place: World, event: str) -> None:
    place.hear(hook(event, turn=TURN, tool_name="Bash", tool_input={"command": "x"}, message="x"), "1")
    assert events(place) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"7", b"null", b"{", b"\xff\xfe", b'{"session_id": 5}', b'{"session_id": ""}', b"[" * 100_000,
     b'{"session_id": "s", "hook_event_name": "Stop", "prompt": "for another event"}'],
)  # fmt: skip
def test_a_payload_of_a_foreign_shape_is_nothing_and_no_error(place: World, body: bytes) -> None:
    answer = place.hear(hook("UserPromptSubmit"), "1", shrink=lambda _: body)
    assert answer.body == b""
    assert events(place) == []


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("UserPromptSubmit", {"prompt": ["a"]}),
        ("UserPromptSubmit", {"prompt": {"text": "a"}}),
        ("PostToolUse", {"tool_name": 5}),
        ("PostToolUse", {"tool_name": "Bash", "tool_input": "x", "tool_response": [1], "tool_use_id": {}}),
        ("Stop", {"last_assistant_message": None}),
        ("PostCompact", {"compact_summary": 5}),
        ("SessionStart", {"source": {}}),
        ("SessionEnd", {"reason": 1}),
    ],
)
def test_a_field_of_a_foreign_type_is_as_if_it_were_not_there(place: World, event: str, fields: dict[str, Any]) -> None:
    place.hear(hook(event, turn=TURN, **fields), "1")
    assert {found["text"] for found in events(place)} <= {None, "[1]"}


def test_the_same_call_delivered_and_spooled_is_one_event(place: World) -> None:
    """The daemon took it but was too slow to say so: the client spools the same nonce."""
    for _ in range(2):
        place.hear(hook("SessionStart", source="startup"), "77")
        place.hear(hook("UserPromptSubmit", prompt="no prompt id"), "78")
    assert [event["kind"] for event in events(place)] == ["start", "prompt"]


def test_sessions_that_start_twice_start_twice(place: World) -> None:
    place.hear(hook("SessionStart", source="resume"), "1")
    place.hear(hook("SessionStart", source="resume", at=START + 5_000), "2")
    assert len(events(place)) == 2


def test_the_words_of_a_hook_without_prompt_id_join_their_line(place: World, tmp_path: Path) -> None:
    lines = Lines(old=True)
    lines.prompt("go")
    place.hear(hook("UserPromptSubmit", at=START + 900, prompt="go"), "1")
    assert said(lines.told(place, tmp_path)) == [("prompt", "go")]


def test_words_typed_in_mid_turn_move_to_the_prompt_that_their_line_tells(place: World, tmp_path: Path) -> None:
    lines = Lines()
    lines.prompt("write slowly")
    running = lines.turn
    lines.prompt("and then stop", promptSource="queued")
    place.hear(hook("UserPromptSubmit", at=START + 1_500, turn=running, prompt="and then stop"), "1")
    assert [(event["text"], event["prompt"]) for event in lines.told(place, tmp_path)] == [
        ("write slowly", running),
        ("and then stop", lines.turn),
    ]


def test_what_a_sub_agent_reports_is_its_reply(place: World, tmp_path: Path) -> None:
    lines = Lines(isSidechain=True, agentId="a1")
    lines.user("count the files", promptId=TURN)
    lines.say("There are four.\n")  # the host takes the end of the line off for its hook
    report = {"agent_id": "a1", "agent_type": "Explore", "agent_transcript_path": "/x/agent-a1.jsonl"}
    call = hook("SubagentStop", at=START + 2_100, turn=TURN, last_assistant_message="There are four.", **report)
    answer = place.hear(call, "1")
    assert answer.transcripts == ("/x/agent-a1.jsonl",)
    assert [(event["kind"], event["agent"]) for event in lines.told(place, tmp_path)] == [
        ("prompt", "a1"),
        ("reply", "a1"),
    ]


@pytest.mark.parametrize(
    ("environment", "attended"),
    [
        ({"CLAUDE_CODE_ENTRYPOINT": "cli"}, 1),
        ({"CLAUDE_CODE_ENTRYPOINT": "cli", "CLAUDE_CODE_SESSION_ATTENDED": "0"}, 0),
        ({"CLAUDE_CODE_ENTRYPOINT": "sdk-cli"}, 0),
        ({}, None),
    ],
)
def test_whether_a_person_types_is_what_the_host_says_and_else_unknown(
    place: World, environment: dict[str, str], attended: int | None
) -> None:
    place.hear(replace(hook("UserPromptSubmit", turn=TURN, prompt="always use tabs"), environment=environment), "1")
    assert place.rows("SELECT attended FROM sessions") == [(attended,)]
    assert [event["trust"] for event in events(place)] == ["owner" if attended else "agent"]
    assert len(place.rows("SELECT id FROM memories")) == (attended or 0)


def test_a_session_ends_revives_and_does_not_end_again_by_an_older_report(place: World) -> None:
    ended = "SELECT ended, end_reason FROM sessions"
    place.hear(hook("SessionStart", source="startup"), "1")
    place.hear(hook("SessionEnd", at=START + 100, reason="logout"), "2")
    assert place.rows(ended) == [(START + 100, "logout")]
    place.hear(hook("UserPromptSubmit", at=START + 50, turn=TURN, prompt="late out of the spool"), "3")
    assert place.rows(ended) == [(START + 100, "logout")]
    place.hear(hook("SessionEnd", at=START + 60, reason="clear"), "3b")
    assert place.rows(ended) == [(START + 100, "logout")]
    place.hear(hook("SessionStart", at=START + 200, source="resume"), "4")
    assert place.rows(ended) == [(None, None)]
    place.hear(hook("SessionEnd", at=START + 300, reason="other"), "5")
    assert place.rows("SELECT ended, end_reason, started, heard FROM sessions") == [
        (START + 300, "other", START, START + 300)
    ]


def test_a_session_that_asked_not_to_be_recorded_is_not_from_any_source(place: World, tmp_path: Path) -> None:
    place.hear(replace(hook("SessionStart", source="startup"), event="Ignored"), "1")
    place.hear(hook("UserPromptSubmit", turn=TURN, prompt="hush"), "2")
    lines = Lines()
    lines.prompt("hush")
    assert lines.told(place, tmp_path) == []
    assert place.rows("SELECT name, ignored FROM sessions") == [(SESSION, 1)]
    assert place.rows("SELECT body FROM texts") == []
