"""What was given to a session, once, and what its transcript shows of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.recordings.replay import World
from tests.unit.hosts.made_up import SESSION, START, Lines, hook

from holdfast.recall.pack import PROTOCOL

CUT = "<persisted-output>"


def remember(place: World, text: str) -> None:
    """The owner says something that shall always hold, in another session."""
    call = hook("UserPromptSubmit", at=START - 5_000, turn=text, prompt=text)
    place.hear(type(call)(call.at, call.event, {**call.payload, "session_id": "before"}, call.environment), text)


def start(place: World, source: str = "startup", *, at: int = START, nonce: str = "", answered: bool = True) -> str:
    """What the session is given at its start."""
    body = place.hear(hook("SessionStart", at=at, source=source), nonce or f"{source}{at}", answered=answered).body
    if not body:
        return ""
    output = json.loads(body)["hookSpecificOutput"]
    assert output["hookEventName"] == "SessionStart"
    return str(output["additionalContext"])


def receipts(place: World) -> list[str]:
    return [row[0] for row in place.rows("SELECT receipt FROM deliveries ORDER BY id")]


@pytest.fixture
def known(place: World) -> World:
    remember(place, "always use tabs")
    return place


def test_what_was_said_in_one_session_is_given_to_the_next(known: World) -> None:
    assert "always use tabs" in start(known)


def test_where_nothing_is_known_the_agent_is_told_how_to_remember_and_nothing_else(place: World) -> None:
    mark, words, close = start(place).split("\n")

    assert words == PROTOCOL["session-start"]
    assert close == mark.replace("[", "[/")
    assert receipts(place) == ["sent"]


def test_nothing_known_is_nothing_given(tmp_path: Path) -> None:
    (tmp_path / "quiet").mkdir()
    quiet = World(tmp_path / "quiet", {"HOLDFAST_INJECT_PROTOCOL": "false"})

    assert start(quiet) == ""
    assert receipts(quiet) == []


def test_one_start_is_answered_once_whoever_asks(known: World) -> None:
    """Two installs fire the same hook; a client asks again after its daemon died."""
    assert start(known, nonce="a") != ""
    assert start(known, nonce="a") == ""
    assert start(known, nonce="b", at=START + 400) == ""
    assert receipts(known) == ["sent"]


def test_a_spooled_start_is_answered_by_nobody(known: World) -> None:
    assert start(known, answered=False) == ""
    assert receipts(known) == []


def asked(place: World, text: str, *, at: int) -> str:
    """What comes with a prompt."""
    body = place.hear(hook("UserPromptSubmit", at=at, turn=text, prompt=text), f"{text}{at}", answered=True).body
    return str(json.loads(body)["hookSpecificOutput"]["additionalContext"]) if body else ""


@pytest.mark.parametrize("source", ["startup", "clear"])
def test_what_could_not_be_told_at_a_start_comes_with_the_first_prompt_and_once(known: World, source: str) -> None:
    start(known, source, answered=False)

    first, second = (
        asked(known, f"what about the {word}?", at=START + nth) for nth, word in enumerate(["roof", "door"])
    )

    assert "always use tabs" in first
    assert PROTOCOL["session-start"] in first
    assert "always use tabs" not in second
    assert known.rows("SELECT place, receipt FROM deliveries") == [("session-start", "sent")]


def test_a_note_that_comes_late_with_a_prompt_that_it_matters_for_comes_once(known: World) -> None:
    start(known, answered=False)
    assert asked(known, "shall I use tabs here, always?", at=START + 1).count("- #1 ") == 1


def test_what_could_not_be_told_after_a_compaction_comes_with_the_next_prompt(known: World) -> None:
    start(known)
    asked(known, "mend the roof", at=START + 1)
    known.hear(hook("PreCompact", at=START + 5_000, trigger="auto"), "c")
    start(known, "compact", at=START + 6_000, answered=False)

    late = asked(known, "and the door?", at=START + 9_000)

    assert "always use tabs" in late
    assert PROTOCOL["compact"] in late
    assert [row[0] for row in known.rows("SELECT place FROM deliveries")] == ["session-start", "compact"]


@pytest.mark.parametrize("source", ["resume", "fork"])
def test_what_goes_on_from_another_conversation_is_told_nothing_late(known: World, source: str) -> None:
    start(known, source, answered=False)
    assert asked(known, "mend the roof", at=START + 1) == ""


def test_nothing_comes_late_that_is_switched_off(known: World, tmp_path: Path) -> None:
    (tmp_path / "off").mkdir()
    off = World(tmp_path / "off", {"HOLDFAST_INJECT_SESSION_START": "false"})
    remember(off, "always use tabs")
    start(off, answered=False)
    assert asked(off, "mend the roof", at=START + 1) == ""
    off.close()


def test_a_session_may_be_given_nothing_by_setting_and_in_a_pause(known: World, tmp_path: Path) -> None:
    with known.database.transaction():
        known.database.run("begin_pause", at=START - 1, until=START + 1)
    assert start(known) == ""
    (tmp_path / "off").mkdir()
    off = World(tmp_path / "off", {"HOLDFAST_INJECT_SESSION_START": "false"})
    remember(off, "always use tabs")
    assert start(off) == ""
    off.close()


def test_a_resumed_session_gets_the_same_bytes_or_nothing(known: World) -> None:
    given = start(known)
    assert start(known, "resume", at=START + 10_000) == given
    remember(known, "never push to main")  # more than was given: that stands as it was
    assert start(known, "resume", at=START + 20_000) == given
    with known.database.transaction():
        (number,) = known.rows("SELECT min(id) FROM memories")[0]
        known.database.connection.execute("UPDATE memories SET revision = revision + 1 WHERE id = ?", (number,))
    assert start(known, "resume", at=START + 30_000) == ""
    assert receipts(known) == ["sent"]


def test_a_compacted_session_is_given_what_holds_now(known: World) -> None:
    start(known)
    known.hear(hook("PreCompact", at=START + 5_000, trigger="auto"), "c")
    remember(known, "never push to main")
    again = start(known, "compact", at=START + 6_000)
    assert "never push to main" in again
    assert start(known, "resume", at=START + 20_000) == again


def shown(place: World, folder: Path, *contents: str, answer: bool = True) -> None:
    """The transcript of the session, with these contexts of hooks in it."""
    lines = Lines()
    for content in contents:
        lines.add("attachment", attachment={"type": "hook_additional_context", "content": [content]})
    lines.prompt("go")
    if answer:
        lines.say("Done.")
    place.read_to_end(lines.write(folder))


def test_a_pack_that_the_transcript_shows_whole_has_arrived(known: World, tmp_path: Path) -> None:
    shown(known, tmp_path, "SessionStart hook additional context: " + start(known))
    assert receipts(known) == ["arrived"]


def test_a_pack_of_which_only_a_part_is_shown_was_cut(known: World, tmp_path: Path) -> None:
    shown(known, tmp_path, CUT + start(known)[:100])
    assert receipts(known) == ["cut"]


def test_a_pack_that_is_not_there_when_the_model_has_answered_is_missing(known: World, tmp_path: Path) -> None:
    start(known)
    shown(known, tmp_path, answer=False)
    assert receipts(known) == ["sent"]
    shown(known, tmp_path)
    assert receipts(known) == ["missing"]


def test_it_is_missing_too_when_the_transcript_ends_with_much_that_tells_of_no_session(
    known: World, tmp_path: Path
) -> None:
    """As 2.1.328 keeps what it sent to the model, tools and all."""
    start(known)
    lines = Lines()
    lines.prompt("go")
    lines.say("Done.")
    lines.lines += [{"type": "api-request-blob", "message": {"content": "x" * 1_000}}] * 200
    known.read_to_end(lines.write(tmp_path))
    assert receipts(known) == ["missing"]


def test_what_has_arrived_stays_so_when_a_part_is_shown_again(known: World, tmp_path: Path) -> None:
    given = start(known)
    shown(known, tmp_path, given, CUT + given[:100])
    assert receipts(known) == ["arrived"]
    known.forget_positions()
    shown(known, tmp_path, given[:100])
    assert receipts(known) == ["arrived"]


def test_a_pack_that_one_line_shows_whole_and_in_part_has_arrived(known: World, tmp_path: Path) -> None:
    given = start(known)
    lines = Lines()
    lines.add("attachment", attachment={"type": "hook_additional_context", "content": [given, given[:100]]})
    known.read_to_end(lines.write(tmp_path))
    assert receipts(known) == ["arrived"]


def test_of_equal_packs_each_has_a_receipt_of_its_own(known: World, tmp_path: Path) -> None:
    """A prompt that another hook stopped takes its pack along; asked again, the same pack is sent."""
    given = start(known)
    shown(known, tmp_path)
    assert receipts(known) == ["missing"]
    assert start(known, at=START + 60_000, nonce="again") == given

    shown(known, tmp_path, given)

    assert receipts(known) == ["missing", "arrived"]


def of_sessions(place: World) -> list[tuple[str, str, str]]:
    """(session, place, receipt) of what was given."""
    rows = place.rows("SELECT s.name, d.place, d.receipt FROM deliveries d JOIN sessions s ON s.id = d.session")
    return sorted(("parent" if row[0] == SESSION else row[0], row[1], row[2]) for row in rows)


def attached(lines: Lines, content: str, **fields: str) -> None:
    lines.add("attachment", attachment={"type": "hook_success", "content": content, **fields})


def test_what_stands_in_the_copy_of_a_session_was_given_to_the_copy_too(known: World, tmp_path: Path) -> None:
    given = start(known)
    parent, fork = Lines(), Lines(session="fork")
    asked = parent.prompt("go")
    known.read_to_end(parent.write(tmp_path))
    attached(fork, given, hookName="SessionStart:startup", hookEvent="SessionStart")
    fork.lines.append({**asked, "sessionId": "fork"})
    fork.say("Done.")
    (tmp_path / "fork").mkdir()
    path = fork.write(tmp_path / "fork")
    known.read_to_end(path)
    known.forget_positions()
    known.read_to_end(path)
    assert of_sessions(known) == [("fork", "inherited", "arrived"), ("parent", "session-start", "sent")]


def test_a_mark_in_the_transcript_of_a_session_that_is_no_copy_counts_for_nothing(known: World, tmp_path: Path) -> None:
    """Any hook may print it: the session would be taken to have been given what it was not."""
    given = start(known)
    other = Lines(session="other")
    other.prompt("hello")
    attached(other, given)
    other.say("Done.")
    other.add("attachment", attachment={"type": "hook_success", "content": given[:40]}, sessionId=SESSION)
    known.read_to_end(other.write(tmp_path))
    assert of_sessions(known) == [("parent", "session-start", "sent")]


@pytest.mark.parametrize("event", ["PreToolUse", "PostToolUse", "Stop"])
def test_what_another_kind_of_hook_printed_is_no_receipt(known: World, tmp_path: Path, event: str) -> None:
    given = start(known)
    lines = Lines()
    lines.prompt("go")
    attached(lines, given, hookName=f"{event}:Bash", hookEvent=event)
    known.read_to_end(lines.write(tmp_path))
    assert receipts(known) == ["sent"]


def test_what_no_transcript_can_show_any_more_is_unknown(known: World) -> None:
    start(known)
    known.hear(hook("SessionEnd", at=START + 5_000, reason="other"), "end")
    with known.database.transaction():
        known.capture.giving_up(START + 60_000)
    assert receipts(known) == ["sent"]
    with known.database.transaction():
        known.capture.giving_up(START + 200_000)
    assert receipts(known) == ["unknown"]
