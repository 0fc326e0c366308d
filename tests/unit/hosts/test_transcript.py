"""What the lines of a transcript become."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.recordings.replay import World
from tests.unit.hosts.made_up import SESSION, START, Lines, events, hook, name_of, said

MARK = "a1b2c3d4e5f60718"
FENCE = f"[holdfast {MARK}]\nnotes kept from earlier work\n- #1 never touch main\n[/holdfast {MARK}]"


def test_a_turn_is_its_prompt_its_calls_and_its_replies_in_order(place: World, tmp_path: Path) -> None:
    lines = Lines()
    lines.prompt("fix the parser")
    lines.add("assistant", message={"content": [{"type": "thinking", "thinking": "hm", "signature": "x"}]})
    lines.say("I look.")
    lines.call("Bash", {"command": "make"})
    lines.result("ok", {"stdout": "ok", "stderr": "", "interrupted": False})
    lines.say("Done.")

    found = lines.told(place, tmp_path)

    assert said(found) == [("prompt", "fix the parser"), ("reply", "I look."), ("tool", "ok"), ("reply", "Done.")]
    assert {event["prompt"] for event in found} == {lines.turn}
    assert found[0]["trust"] == "owner"
    assert found[2] | {"tool": "Bash", "status": "ok", "input": '{"command":"make"}', "trust": "tool"} == found[2]


def test_every_text_block_of_a_reply_is_an_event_of_its_own(place: World, tmp_path: Path) -> None:
    lines = Lines()
    lines.prompt("go")
    lines.say("First.", "Second.")
    assert said(lines.told(place, tmp_path))[1:] == [("reply", "First."), ("reply", "Second.")]


def test_a_repeated_line_and_a_repeated_reply_are_told_apart(place: World, tmp_path: Path) -> None:
    lines = Lines()
    lines.prompt("go")
    lines.say("Done.")
    lines.lines.append(lines.lines[-1])
    lines.say("Done.")
    assert said(lines.told(place, tmp_path)) == [("prompt", "go"), ("reply", "Done."), ("reply", "Done.")]


def test_a_picture_in_a_prompt_leaves_a_word_for_it(place: World, tmp_path: Path) -> None:
    lines = Lines()
    lines.prompt([{"type": "text", "text": "what is this?"}, {"type": "image", "source": {"data": "A" * 5_000}}])
    assert said(lines.told(place, tmp_path)) == [("prompt", "what is this?\n[image]")]


@pytest.mark.parametrize(
    "line",
    [
        {"content": "be brief", "isMeta": True},
        {"content": "<local-command-stdout>See ya!</local-command-stdout>"},
        {"content": "<local-command-caveat>Caveat: …</local-command-caveat>", "isMeta": True},
        {"content": "Stop hook feedback:\n- [check]: run the tests"},
        {"content": "Operation stopped by hook: another session is active"},
        {"content": []},
        {"content": None},
        {"content": "   \n"},
        {"content": FENCE},
        {"content": f"<system-reminder>\nSessionStart hook additional context: {FENCE}\n</system-reminder>"},
    ],
)
def test_what_the_host_says_in_the_persons_place_is_no_prompt(
    place: World, tmp_path: Path, line: dict[str, object]
) -> None:
    lines = Lines()
    lines.user(line.pop("content"), promptId=name_of("x"), **line)
    assert lines.told(place, tmp_path) == []


def test_a_person_may_well_write_what_a_host_writes_when_a_hook_stops_it(place: World, tmp_path: Path) -> None:
    lines = Lines()
    lines.prompt("Operation stopped by hook: what does that mean?")
    assert said(lines.told(place, tmp_path)) == [("prompt", "Operation stopped by hook: what does that mean?")]


def test_a_slash_command_is_one_event_as_it_was_typed(place: World, tmp_path: Path) -> None:
    lines = Lines()
    lines.prompt(
        "<command-message>review</command-message>\n<command-name>/review</command-name>\n"
        "<command-args>the PR</command-args>"
    )
    lines.user([{"type": "text", "text": "Review what was given: the PR"}], isMeta=True, promptId=lines.turn)
    found = lines.told(place, tmp_path)
    assert said(found) == [("command", "/review the PR")]
    place.hear(hook("UserPromptSubmit", at=START + 900, turn=lines.turn, prompt="/review the PR"), "1")
    assert len(events(place)) == 1


def test_a_path_at_the_beginning_of_a_prompt_is_no_command(place: World) -> None:
    place.hear(hook("UserPromptSubmit", turn="p", prompt="/etc/hosts has a wrong line"), "1")
    assert said(events(place)) == [("prompt", "/etc/hosts has a wrong line")]


def test_a_command_of_the_persons_own_is_one_event_with_its_output(place: World, tmp_path: Path) -> None:
    lines = Lines()
    first = lines.user("<bash-input>git status</bash-input>", promptId=name_of("b"))
    lines.user(
        "<bash-stdout>clean</bash-stdout><bash-stderr>warning: x</bash-stderr>",
        promptId=name_of("b"), parentUuid=first["uuid"],
    )  # fmt: skip
    (event,) = lines.told(place, tmp_path)
    assert (event["kind"], event["input"], event["text"]) == ("shell", "git status", "clean\nwarning: x")
    assert event["trust"] == "owner"


@pytest.mark.parametrize("tag", ["task-notification", "agent-notification"])
def test_what_a_background_task_reports_is_never_a_prompt(place: World, tmp_path: Path, tag: str) -> None:
    report = f"<{tag}>\n<status>completed</status>\n<summary>always use tabs</summary>\n</{tag}>"
    lines = Lines()
    lines.user(report, promptId=name_of("n"), origin={"kind": "task-notification"}, promptSource="system")
    place.hear(hook("UserPromptSubmit", turn=name_of("n"), prompt=report), "1")
    assert [(event["kind"], event["trust"]) for event in lines.told(place, tmp_path)] == [("notification", "agent")]
    assert place.rows("SELECT * FROM memories") == []


def test_an_interrupt_is_the_owners_and_no_prompt(place: World, tmp_path: Path) -> None:
    lines = Lines()
    lines.prompt("go")
    lines.user([{"type": "text", "text": "[Request interrupted by user]"}], promptId=lines.turn)
    found = lines.told(place, tmp_path)
    assert [(event["kind"], event["text"], event["trust"]) for event in found][1:] == [("interrupt", None, "owner")]


REJECTED = "The user doesn't want to proceed with this tool use. The tool use was rejected"


@pytest.mark.parametrize(
    ("content", "fields", "status"),
    [
        (REJECTED, {"toolDenialKind": "user-rejected", "toolDenialBeforeRun": True}, "denied"),
        (REJECTED, {"toolDenialKind": "user-rejected"}, "interrupted"),
        (REJECTED, {}, "denied"),  # 2.1.197 says no more
        ("Claude requested permissions to write to /x, but you haven't granted it yet.", {}, "denied"),
        ("[Tool call interrupted: the session ended", {"toolDenialKind": "interrupted"}, "interrupted"),
        ("Exit code 1\nboom", {}, "failed"),
        ("<tool_use_error>File does not exist.</tool_use_error>", {}, "failed"),
    ],
)
def test_how_a_call_ended_is_told_from_what_the_host_says(
    place: World, tmp_path: Path, content: str, fields: dict[str, Any], status: str
) -> None:
    lines = Lines()
    lines.prompt("go")
    lines.call("Bash", {"command": "make"})
    lines.result(content, "User rejected tool use", error=True, **fields)
    event = lines.told(place, tmp_path)[1]
    assert event["status"] == status
    assert event["text"] == content.removeprefix("<tool_use_error>").removesuffix("</tool_use_error>")


def test_a_call_that_a_killed_session_left_open_stays_with_its_own_prompt(place: World, tmp_path: Path) -> None:
    lines = Lines()
    lines.prompt("wait")
    turn = lines.turn
    lines.call("Bash", {"command": "sleep 100"})
    lines.turn = name_of("the next")
    lines.result("[Tool call interrupted: …", error=True, toolDenialKind="interrupted")
    lines.say("No response requested.")
    lines.prompt("are you back?", promptId=name_of("the next"))
    found = lines.told(place, tmp_path)
    assert [(event["kind"], event["prompt"]) for event in found] == [
        ("prompt", turn),
        ("tool", turn),
        ("prompt", name_of("the next")),
    ]


def test_an_api_error_is_an_error_and_no_reply(place: World, tmp_path: Path) -> None:
    lines = Lines()
    lines.prompt("go")
    lines.say("API Error: 400 refused", isApiErrorMessage=True, error="unknown")
    text = "API Error: 400 refused"
    place.hear(
        hook("StopFailure", at=START + 3_000, turn=lines.turn, error="unknown", last_assistant_message=text), "1"
    )
    found = lines.told(place, tmp_path)
    assert [(event["kind"], event["text"], event["trust"]) for event in found][1:] == [("error", text, "tool")]


def test_a_compaction_is_a_boundary_and_the_summary_that_both_sources_agree_on(place: World, tmp_path: Path) -> None:
    lines = Lines()
    lines.prompt("go")
    lines.add("system", subtype="compact_boundary", compactMetadata={"trigger": "manual"}, parentUuid=None)
    kept = (
        "This session is being continued from a previous conversation.\n\nSummary:\nThe user asked.\n\n"
        "If you need specific details from before compaction, read it."
    )
    lines.user(kept, isCompactSummary=True, promptId=lines.turn)
    raw = "<analysis>long</analysis>\n\n<summary>\nThe user asked.\n</summary>"
    place.hear(hook("PreCompact", at=START + 1_900, trigger="manual", custom_instructions=None), "1")
    place.hear(hook("PostCompact", at=START + 2_900, turn=lines.turn, trigger="manual", compact_summary=raw), "2")
    place.hear(
        hook("SubagentStop", at=START + 2_500, turn=lines.turn, agent_type="", agent_id="x", last_assistant_message=raw,
             agent_transcript_path="/nowhere.jsonl"), "3",
    )  # fmt: skip
    found = lines.told(place, tmp_path)
    assert sorted(said(found), key=str) == [
        ("compaction", None),
        ("prompt", "go"),
        ("summary", "The user asked."),
    ]
    assert place.rows("SELECT count(*) FROM files WHERE path = '/nowhere.jsonl'") == [(0,)]


def test_what_a_sub_agent_was_asked_and_said_carries_its_name_and_is_nobodys_will(place: World, tmp_path: Path) -> None:
    lines = Lines(isSidechain=True, agentId="a123")
    lines.user("Always answer in French.", promptId=name_of("main"))
    lines.say("Oui.")
    found = lines.told(place, tmp_path)
    assert [(event["kind"], event["agent"], event["trust"]) for event in found] == [
        ("prompt", "a123", "agent"),
        ("reply", "a123", "agent"),
    ]
    assert place.rows("SELECT * FROM memories") == []


@pytest.mark.parametrize(("entrypoint", "trust"), [("cli", "owner"), ("sdk-cli", "agent"), ("sdk-py", "agent")])
def test_only_what_is_typed_in_the_interactive_program_is_its_owners(
    place: World, tmp_path: Path, entrypoint: str, trust: str
) -> None:
    lines = Lines(entrypoint=entrypoint)
    lines.prompt("go")
    assert lines.told(place, tmp_path)[0]["trust"] == trust


def test_what_the_host_submits_by_itself_is_not_its_owners(place: World, tmp_path: Path) -> None:
    lines = Lines()
    lines.prompt("Check the build every hour.", origin={"kind": "cron"})
    assert lines.told(place, tmp_path)[0]["trust"] == "agent"


# what we gave


def test_what_we_gave_comes_back_neither_in_prompts_nor_in_replies_nor_in_outputs(place: World, tmp_path: Path) -> None:
    lines = Lines()
    lines.prompt(f"do it\n{FENCE}")
    lines.say(f"As noted:\n{FENCE}\nI do it.")
    lines.call("Bash", {"command": "cat notes"})
    lines.result("…", {"stdout": f"before\n{FENCE}\nafter", "stderr": ""})
    place.hear(hook("UserPromptSubmit", turn=lines.turn, prompt=f"do it\n{FENCE}"), "1")
    found = lines.told(place, tmp_path)
    assert len(found) == 3
    assert not any("never touch main" in (event["text"] or "") for event in found)
    assert found[0]["text"].strip() == "do it"
    assert "I do it." in found[1]["text"]
    assert "after" in found[2]["text"]


def test_a_fence_that_the_host_cut_hides_what_follows_it(place: World, tmp_path: Path) -> None:
    lines = Lines()
    lines.prompt(f"do it\n[holdfast {MARK}]\nnotes\n- #1 never touch main … (cut)")
    assert said(lines.told(place, tmp_path)) == [("prompt", "do it\n[holdfast text removed]")]


# older versions


def test_lines_of_old_versions_that_say_nothing_of_the_conversation_are_passed_over(
    place: World, tmp_path: Path
) -> None:
    lines = Lines(old=True)
    lines.add("summary", summary="A title", leafUuid=name_of("leaf"), sessionId=None)
    lines.add("file-history-snapshot", messageId="m", snapshot={"trackedFileBackups": {}})
    lines.prompt("look at the branch")
    nested = {"type": "user", "message": {"role": "user", "content": "always use tabs"}, "uuid": name_of("nested")}
    lines.add("progress", data={"type": "agent_progress", "message": nested}, toolUseID="toolu_1")
    lines.add("system", subtype="turn_duration", durationMs=1)
    lines.say("It is fine.")
    found = lines.told(place, tmp_path)
    assert said(found) == [("prompt", "look at the branch"), ("reply", "It is fine.")]
    assert {(event["prompt"], event["trust"]) for event in found} == {(None, "agent")}


def queue(lines: Lines, operation: str, content: str | None = None) -> None:
    lines.add("queue-operation", operation=operation, **({} if content is None else {"content": content}))


def test_words_typed_in_mid_turn_are_found_where_only_the_queue_holds_them(place: World, tmp_path: Path) -> None:
    lines = Lines(old=True)
    lines.prompt("fix all five")
    queue(lines, "enqueue", "could we have a rule for that?")
    queue(lines, "enqueue", "taken back")
    queue(lines, "remove")
    queue(lines, "popAll")
    lines.result("ok")
    lines.say("I added one.")
    path = lines.write(tmp_path)
    place.read_to_end(path, chunk=1)
    wanted = [("prompt", "fix all five"), ("prompt", "could we have a rule for that?"), ("reply", "I added one.")]
    assert [each for each in said(events(place)) if each[0] != "tool"] == wanted
    place.forget_positions()
    place.read_to_end(path)
    assert [each for each in said(events(place)) if each[0] != "tool"] == wanted


def test_words_that_stand_in_the_transcript_as_well_are_not_taken_out_of_the_queue(
    place: World, tmp_path: Path
) -> None:
    lines = Lines(old=True)
    lines.prompt("one")
    queue(lines, "enqueue", "two")
    queue(lines, "dequeue")
    lines.prompt("two")
    queue(lines, "enqueue", "three")
    queue(lines, "remove", "three")
    lines.add("attachment", attachment={"type": "queued_command", "prompt": "three", "commandMode": "prompt"})
    lines.say("Three.")
    assert said(lines.told(place, tmp_path)) == [("prompt", each) for each in ("one", "two", "three")] + [
        ("reply", "Three.")
    ]


@pytest.mark.parametrize(("origin", "trust"), [({"kind": "human"}, "owner"), ({"kind": "channel"}, "agent")])
def test_words_typed_in_mid_turn_are_their_speakers(
    place: World, tmp_path: Path, origin: dict[str, str], trust: str
) -> None:
    lines = Lines()
    lines.prompt("one")
    lines.add("attachment", attachment={"type": "queued_command", "prompt": "never mind the tests", "origin": origin})
    assert [(event["text"], event["trust"]) for event in lines.told(place, tmp_path)][1:] == [
        ("never mind the tests", trust)
    ]


# hostile and damaged lines


def test_an_input_nested_without_end_stops_nothing(place: World, tmp_path: Path) -> None:
    lines = Lines()
    lines.prompt("before")
    lines.call("Bash", {"command": "…"})
    lines.say("after")
    raw = lines.raw().replace('"…"'.encode(), b"[" * 900 + b"]" * 900)
    path = tmp_path / "deep.jsonl"
    path.write_bytes(raw)
    place.read_to_end(path)
    assert [event["kind"] for event in events(place)] == ["prompt", "tool", "reply"]


@pytest.mark.parametrize(
    "line",
    [
        {"type": "user"},
        {"type": "user", "message": "text"},
        {"type": "user", "message": {"content": 7}},
        {"type": "user", "message": {"content": [7, None, {"type": "text", "text": 5}, {"type": "tool_result"}]}},
        {"type": "assistant", "message": {"content": [{"type": "tool_use", "name": 5}, {"type": "tool_use"}, "x"]}},
        {"type": "assistant", "message": {"content": [{"type": "tool_use", "name": "Bash", "input": [1], "id": 5}]}},
        {"type": "attachment", "attachment": "text"},
        {"type": "attachment", "attachment": {"type": "queued_command", "prompt": {"a": 1}}},
        {"type": "attachment", "attachment": {"type": "hook_success", "content": [1, {"a": 2}, None]}},
        {"type": "system", "subtype": "compact_boundary", "compactMetadata": 3},
        {"type": "queue-operation", "operation": ["enqueue"], "content": {"a": 1}},
        {"type": ["user"], "message": {}},
    ],
)
def test_a_line_of_a_foreign_shape_stops_nothing(place: World, tmp_path: Path, line: dict[str, object]) -> None:
    lines = Lines()
    lines.prompt("before")
    for uuid in (name_of("odd"), 7, None):
        lines.lines.append({**lines.lines[0], "promptId": 5, "uuid": uuid, **line})
        if "message" not in line:
            lines.lines[-1].pop("message")
    for stamp in ("yesterday", 5, None, "9999-99-99T00:00:00Z"):
        lines.lines.append({**lines.lines[0], "timestamp": stamp})
    lines.prompt("after")
    texts = [event["text"] for event in lines.told(place, tmp_path) if event["kind"] == "prompt"]
    assert texts[0] == "before"
    assert texts[-1] == "after"


def test_a_session_is_told_with_its_folder_its_branch_and_its_version(place: World, tmp_path: Path) -> None:
    lines = Lines()
    lines.prompt("one")
    lines.prompt("two", cwd="/home/u/made-up/deeper", gitBranch="topic", version="2.1.400")
    lines.told(place, tmp_path)
    columns = "name, cwd, attended, host_version, branch, started, heard"
    assert place.rows(f"SELECT {columns} FROM sessions") == [
        (SESSION, "/home/u/made-up", 1, "2.1.400", "topic", START + 1_000, START + 2_000)
    ]
    assert json.loads(json.dumps(place.rows("SELECT state FROM files")[0][0]))
