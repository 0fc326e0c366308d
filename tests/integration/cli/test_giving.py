"""`holdfast pack`, `stats` and `sessions`: what would be given and why, what was given, and what became of it."""

import json
import re
from pathlib import Path

import pytest
from tests.integration.cli.commands import Commands
from tests.processes import wait_for

LONG = "The gateway drops connections after 31 seconds of silence. " + "The proxy in front of it waits longer. " * 8


def asked(holdfast: Commands, prompt: str, session: str = "s1", number: int = 1) -> str:
    """What the hook gives the model with a prompt."""
    out = holdfast.hook("UserPromptSubmit", session, prompt=prompt, prompt_id=f"{session}-{number}")
    return str(json.loads(out)["hookSpecificOutput"]["additionalContext"]) if out else ""


@pytest.mark.requirement("codemem:pack-command")
def test_pack_shows_to_the_byte_what_a_session_is_given_with_a_prompt(holdfast: Commands) -> None:
    holdfast.remember(LONG)
    holdfast.hook("SessionStart", source="startup")
    question = "why does the gateway drop our connections?"

    shown = holdfast("pack", question, "--session", "s1")

    assert asked(holdfast, question) == shown.removesuffix("\n")
    assert "31 seconds" in shown
    assert holdfast("pack", question, "--session", "s1") == ""  # it was given
    assert "31 seconds" in holdfast("pack", question)  # a new session was not


def test_pack_shows_what_a_new_session_is_given(holdfast: Commands) -> None:
    holdfast.remember("we release on Fridays")
    shown = holdfast("pack", "--session-start")
    given = json.loads(holdfast.hook("SessionStart", source="startup"))["hookSpecificOutput"]["additionalContext"]

    marks = re.compile(r"\[(/?)holdfast [0-9a-f]{16}\]")
    assert marks.sub("", given) == marks.sub("", shown.removesuffix("\n"))


def test_what_a_session_was_given_is_shown_to_the_byte(holdfast: Commands) -> None:
    holdfast.remember("we release on Fridays")
    given = json.loads(holdfast.hook("SessionStart", source="startup"))["hookSpecificOutput"]["additionalContext"]

    said = holdfast("show", "s1")
    assert re.search(
        r"given +1 pack; its very words: holdfast show d…\n  d1 .* session-start  sent  \d+ tokens  #1\n", said
    )
    assert holdfast.json("show", "s1")["deliveries"][0]["refs"] == ["#1"]
    assert holdfast("show", "d1").partition("\n\n")[2] == given + "\n"
    assert holdfast.json("show", "d1")["text"] == given
    assert "session s1" in holdfast("timeline", "s1")
    holdfast("erase", "1", "--yes")
    assert "its text was erased" in holdfast("show", "d1")


@pytest.mark.requirement("codemem:pack-for-prompt")
def test_pack_says_of_each_item_why_it_is_there_and_of_the_others_why_not(holdfast: Commands) -> None:
    gateway = holdfast.remember(LONG)
    holdfast.remember("The gateway is painted green. " + "Nobody knows who chose the colour of the door. " * 8)
    question = "why does the gateway drop our connections after some seconds?"

    it = holdfast.json("pack", question, "--explain", "--limit", "1")
    said = holdfast("pack", question, "--explain", "--limit", "1")

    assert [each["ref"] for each in it["items"]] == [f"#{gateway}"]
    assert it["items"][0]["parts"]["lexical"] > 0
    assert 0 < it["items"][0]["relevance"] <= 1
    assert all(each["reason"] for each in it["left_out"])
    assert any(each["reason"].startswith("below the threshold") for each in it["left_out"])
    assert it["tokens"] <= 400
    assert f"#{gateway}" in said
    assert "lexical" in said
    assert holdfast.json("pack", question, "--tokens", "20")["text"] is None


def test_pack_says_when_a_place_is_switched_off(holdfast: Commands) -> None:
    holdfast.remember(LONG)
    holdfast("config", "set", "inject.prompt", "false")

    done = holdfast.run("pack", "why does the gateway drop our connections?")

    assert "31 seconds" in done.out
    assert "holdfast config set inject.prompt true" in done.err
    assert asked(holdfast, "why does the gateway drop our connections?") == ""


@pytest.mark.parametrize(
    "arguments", [("pack",), ("pack", "words", "--session-start"), ("pack", "x", "--tokens", "-1")]
)
def test_pack_says_what_it_needs(holdfast: Commands, arguments: tuple[str, ...]) -> None:
    assert holdfast.error(*arguments, code=2)


def test_sessions_status_and_stats_tell_what_became_of_what_was_given(holdfast: Commands) -> None:
    holdfast.remember("we release on Fridays")
    transcript = holdfast.user / "s1.jsonl"
    given = json.loads(holdfast.hook("SessionStart", source="startup"))["hookSpecificOutput"]["additionalContext"]
    holdfast.hook("UserPromptSubmit", prompt="hello", prompt_id="p")
    line = {"sessionId": "s1", "cwd": str(holdfast.project), "timestamp": "2099-01-02T03:04:05Z"}
    attached = {"type": "hook_additional_context", "content": [given]}
    transcript.write_text(json.dumps({**line, "type": "attachment", "uuid": "a", "attachment": attached}) + "\n")
    holdfast.hook("Stop", transcript_path=str(transcript), last_assistant_message="done", prompt_id="p")

    wait_for(lambda: holdfast.json("sessions")["sessions"][0]["given"]["by_receipt"] == {"arrived": 1}, "the receipt")
    days = holdfast.json("stats", "--days", "3")
    shown = holdfast("stats", "--days", "3")

    assert "1/1 arrived" in holdfast("sessions")
    assert holdfast.json("status")["budgets"]["prompt"] == 400
    assert "400 tokens with a prompt" in holdfast("status")
    assert len(days["days"]) == 3
    assert (days["totals"]["given"], days["totals"]["arrived"], days["totals"]["kept"]) == (1, 1, 1)
    assert days["totals"]["tokens"] > 0
    assert len(shown.splitlines()) == 4  # a head, the empty days together, today, the sum
    assert "█" in shown
    assert holdfast.json("stats", "--here")["totals"]["given"] == 1


def test_stats_of_nothing_say_so(holdfast: Commands, tmp_path: Path) -> None:
    holdfast("serve")
    assert "nothing happened" in holdfast.run("stats").err
    assert holdfast.json("stats", "--days", "2")["totals"]["captured"] == 0


@pytest.mark.requirement("engram:passive-capture")
def test_what_an_agent_lists_as_learned_is_drawn_and_show_says_why(holdfast: Commands) -> None:
    said = "Done.\n\n## Key Learnings\n\n1. The gateway closes idle connections after 31 seconds, not after 60.\n"
    holdfast.session(said=said)
    wait_for(lambda: holdfast.json("search", "idle connections", "--memories")["hits"], "the memory")

    (hit,) = [each for each in holdfast.json("recent")["memories"] if each["label"] == "passive"]
    shown = holdfast("show", str(hit["number"]))

    assert re.search(r"^drawn +by learnings/1 \(worth 0?\.\d+\): \S+", shown, re.M)
    assert holdfast.json("show", str(hit["number"]))["drawn"]["why"]


def test_past_sessions_are_drawn_from_when_they_are_imported(holdfast: Commands) -> None:
    said = "Done.\n\n## Key Learnings\n\n- The gateway closes idle connections after 31 seconds, not after 60.\n"
    line = {"sessionId": "old", "cwd": str(holdfast.project), "version": "2.1.197", "promptId": "p"}
    asked = {"role": "user", "content": "mend the gateway"}
    first = {**line, "type": "user", "uuid": "u1", "timestamp": "2026-01-02T03:04:05Z", "message": asked}
    answer = {"role": "assistant", "content": [{"type": "text", "text": said}]}
    second = {**line, "type": "assistant", "uuid": "u2", "timestamp": "2026-01-02T03:04:09Z", "message": answer}
    transcript = holdfast.root / "old.jsonl"
    transcript.write_text(json.dumps(first) + "\n" + json.dumps(second) + "\n")

    told = holdfast.json("import", "claude-code", "--file", str(transcript))
    again = holdfast.json("import", "claude-code", "--file", str(transcript))

    (memory,) = holdfast.json("recent")["memories"]
    assert (told["drawn"], again["drawn"]) == (1, 0)
    assert "31 seconds" in memory["body"]
    assert memory["revised"] == 1_767_323_049_000  # when it was said
