"""Seeing what is kept and what happened: search, show, sessions, timeline."""

from datetime import UTC, datetime

import pytest
from tests.integration.cli.commands import Commands, prompt_line
from tests.processes import wait_for

ESCAPES = "red \x1b[31malarm\x1b[0m \x1b]0;title\x07 \x9b31m \u202ereversed\u202c end"


def test_words_of_a_session_are_found_beside_memories(holdfast: Commands) -> None:
    holdfast.session(asked="where is the ladder", said="the ladder stands in the shed")
    number = holdfast.remember("the ladder has ten rungs")

    hits = holdfast.json("search", "ladder")["hits"]

    assert {hit["type"] for hit in hits} == {"memory", "turn"}
    assert [hit["memory"]["number"] for hit in holdfast.json("search", "ladder", "--memories")["hits"]] == [number]
    turns = holdfast.json("search", "ladder", "--turns")["hits"]
    assert {(hit["kind"], hit["session"]) for hit in turns} == {("prompt", "s1"), ("reply", "s1")}


def test_search_explains_what_made_a_score_and_what_became_of_the_words(holdfast: Commands) -> None:
    holdfast.session(asked="where is the ladder", said="the ladder stands in the shed")
    holdfast.remember("the ladder has ten rungs")

    answer = holdfast.json("search", "where", "is", "the", "ladder", "--explain")

    assert answer["explained"]["words"] == ["ladder"]
    assert set(answer["explained"]["dropped"]) == {"where", "is", "the"}
    assert all({"lexical", "coverage"} <= hit["parts"].keys() for hit in answer["hits"])
    assert all(0 < hit["score"] < 1 for hit in answer["hits"])
    shown = holdfast("search", "where is the ladder", "--explain")
    assert " of lexical" in shown
    assert "left out" in shown
    assert "parts" not in holdfast.json("search", "ladder")["hits"][0]


def test_a_snippet_lies_around_the_first_word_found(holdfast: Commands) -> None:
    holdfast.remember("lorem " * 60 + "zanzibar " + "ipsum " * 60)

    snippet = holdfast.json("search", "zanzibar")["hits"][0]["snippet"]

    assert "zanzibar" in snippet
    assert len(snippet) <= 160
    assert snippet.startswith("…")
    assert snippet.endswith("…")


def test_search_keeps_to_the_project_of_the_folder(holdfast: Commands) -> None:
    elsewhere = holdfast.root / "garden"
    elsewhere.mkdir()
    holdfast("remember", "the spade is new", cwd=elsewhere)
    holdfast("remember", "every spade needs oil", "--personal", cwd=elsewhere)

    def titles(*more: str) -> list[str]:
        return sorted(hit["title"] for hit in holdfast.json("search", "spade", *more)["hits"])

    assert titles() == ["every spade needs oil"]
    assert titles("--all-projects") == titles("--project", "garden") == ["every spade needs oil", "the spade is new"]


def test_asking_makes_no_project_of_a_folder(holdfast: Commands) -> None:
    for asked in (["search", "x"], ["recent"], ["sessions"], ["timeline"]):
        holdfast(*asked)

    assert holdfast.json("projects", "list")["projects"] == []


def test_search_can_be_kept_to_a_kind(holdfast: Commands) -> None:
    holdfast("remember", "the roof is of slate", "--kind", "fact")
    number = holdfast.json("remember", "the roof will be of tin", "--kind", "decision")["memory"]["number"]

    hits = holdfast.json("search", "roof", "--kind", "decision")["hits"]

    assert [hit["memory"]["number"] for hit in hits] == [number]
    assert [each["number"] for each in holdfast.json("recent", "--kind", "decision")["memories"]] == [number]


def test_search_shows_memories_as_they_were(holdfast: Commands) -> None:
    before = holdfast.json("remember", "the roof is of slate")["memory"]
    wait_for(lambda: holdfast.json("recent")["memories"], "the note")
    after = holdfast.json("revise", "1", "the roof is of tin")["memory"]
    assert after["revised"] > before["revised"]
    then = datetime.fromtimestamp(before["revised"] / 1000, UTC).isoformat()

    (hit,) = holdfast.json("search", "roof", "--as-of", then)["hits"]

    assert hit["memory"]["body"] == "the roof is of slate"
    assert holdfast.json("search", "roof", "--as-of", "2001-01-01")["hits"] == []


def test_an_empty_search_is_no_error(holdfast: Commands) -> None:
    assert holdfast("search", "nothing", "of", "that", "sort") == ""
    assert holdfast.json("search", "zebra") == {"hits": [], "more": False}


def test_search_takes_any_text(holdfast: Commands) -> None:
    holdfast("remember", "a note")

    for words in ('"', "a OR", "*", "NEAR(", "-", "'; DROP TABLE memories", "\u202e", "ünï"):
        holdfast("search", "--", words)


def test_a_memory_drawn_from_a_session_shows_what_it_came_from(holdfast: Commands) -> None:
    holdfast.session(asked="always use tabs here")
    (memory,) = holdfast.json("recent")["memories"]

    (evidence,) = holdfast.json("show", str(memory["number"]), "--evidence")["evidence"]

    assert evidence["quote"] == "always use tabs here"
    assert (evidence["kind"], evidence["session"]["name"]) == ("prompt", "s1")
    assert [set(each) for each in evidence["seen"]] == [{"hook"}]
    assert [event["kind"] for event in evidence["turn"]] == ["prompt", "tool", "reply"]
    said = holdfast("show", str(memory["number"]), "--evidence")
    assert "by a hook" in said
    assert "> e" in said


def test_an_event_read_from_a_transcript_shows_the_bytes_that_it_stands_in(holdfast: Commands) -> None:
    transcript = holdfast.user / "t.jsonl"
    line = prompt_line("mend the gate", holdfast.project)
    transcript.write_text(line)
    holdfast("import", "claude-code", "--file", str(transcript))
    (hit,) = holdfast.json("search", "gate")["hits"]

    shown = holdfast.json("show", f"e{hit['event']}")

    (seen,) = shown["seen"]
    assert (seen["file"], seen["start"], seen["stop"]) == (str(transcript), 0, len(line.encode()))
    assert shown["text"] == "mend the gate"
    assert f"bytes 0 to {len(line.encode())}" in holdfast("show", f"e{hit['event']}")


def test_the_timeline_is_that_of_the_latest_session_unless_another_is_named(holdfast: Commands) -> None:
    holdfast.session("older-one", asked="first")
    holdfast.session("newer-one", asked="second")

    latest = holdfast.json("timeline")

    assert latest["session"]["name"] == "newer-one"
    assert [event["kind"] for event in latest["events"]] == ["start", "prompt", "tool", "reply", "end"]
    tool = latest["events"][2]
    assert (tool["tool"], tool["text"], tool["status"]) == ("Bash", "fence", "ok")
    assert holdfast.json("timeline", "--session", "older")["session"]["name"] == "older-one"
    number = holdfast.json("timeline", "--session", "older")["session"]["number"]
    assert holdfast.json("timeline", "--session", f"s{number}")["session"]["name"] == "older-one"


def test_the_timeline_around_an_event_or_a_memory(holdfast: Commands) -> None:
    holdfast.session(asked="always use tabs here")
    prompt = next(event for event in holdfast.json("timeline")["events"] if event["kind"] == "prompt")

    around = holdfast.json("timeline", f"e{prompt['id']}", "--limit", "2")
    of_memory = holdfast.json("timeline", "1")

    assert around["event"] == of_memory["event"] == prompt["id"]
    assert [event["kind"] for event in around["events"]] == ["start", "prompt", "tool"]
    assert f"> e{prompt['id']}" in holdfast("timeline", "1")


def test_a_long_timeline_is_cut_and_says_so(holdfast: Commands) -> None:
    holdfast.session()

    cut = holdfast.json("timeline", "--limit", "2")

    assert [event["kind"] for event in cut["events"]] == ["reply", "end"]
    assert cut["earlier"] == 3
    assert "3 earlier events" in holdfast("timeline", "--limit", "2")


def test_a_list_that_goes_on_says_so(holdfast: Commands) -> None:
    transcript = holdfast.user / "t.jsonl"
    for number in range(3):
        holdfast("remember", f"gate {number} is painted in colour {number * 7919}", "--kind", "fact")
        transcript.write_text(prompt_line("mend the gate", holdfast.project, number).replace("s9", f"s{number}"))
        holdfast("import", "claude-code", "--file", str(transcript))
        transcript = transcript.with_name(f"t{number}.jsonl")

    for command, name in (
        (["recent"], "memories"),
        (["sessions"], "sessions"),
        (["recent", "--kind", "fact"], "memories"),
    ):
        cut = holdfast.json(*command, "-n", "1")
        assert (len(cut[name]), cut["more"]) == (1, 2)
        assert holdfast(*command, "-n", "1").splitlines()[-1] == "… 2 more: --limit"
        assert holdfast.json(*command)["more"] == 0
        assert "more" not in holdfast(*command, "-n", "3")
    for more in [], ["--memories"], ["--turns"], ["--kind", "fact"]:
        assert holdfast.json("search", "gate", "-n", "2", *more)["more"] is True
        assert holdfast("search", "gate", "-n", "2", *more).splitlines()[-1] == "… more: --limit"
        assert holdfast.json("search", "gate", *more)["more"] is False
    assert holdfast.json("search", "gate", "--as-of", "2100-01-01", "-n", "1")["more"] == 2


def test_a_session_of_long_ago_without_an_end_is_not_open(holdfast: Commands) -> None:
    transcript = holdfast.user / "t.jsonl"
    transcript.write_text(prompt_line("mend the gate", holdfast.project))
    holdfast("import", "claude-code", "--file", str(transcript))
    holdfast.hook("UserPromptSubmit", prompt="mend the fence", prompt_id="p")

    newer, older = holdfast("sessions").splitlines()

    assert " open " in newer
    assert " silent " in older
    assert [each["silent"] for each in holdfast.json("sessions")["sessions"]] == [False, True]


def test_a_timeline_says_when_another_day_begins(holdfast: Commands) -> None:
    transcript = holdfast.user / "t.jsonl"
    lines = [prompt_line(f"ask {number}", holdfast.project, number) for number in (1, 2, 3)]
    lines[1:] = [line.replace("2026-01-02T", "2026-01-04T") for line in lines[1:]]
    transcript.write_text("".join(lines))
    holdfast("import", "claude-code", "--file", str(transcript))

    head, first, day, second, third = holdfast("timeline").splitlines()
    assert "2026-01-02" in head
    assert day == "2026-01-04"
    assert [line.rpartition(": ")[2] for line in (first, second, third)] == ["ask 1", "ask 2", "ask 3"]
    assert holdfast("timeline", "--limit", "1").splitlines()[-2] == "2026-01-04"


def test_sessions_are_listed_with_what_was_asked_first(holdfast: Commands) -> None:
    holdfast.session(asked="mend the gate")

    (session,) = holdfast.json("sessions")["sessions"]

    assert (session["first_prompt"], session["events"], session["host"]) == ("mend the gate", 5, "claude-code")
    assert session["ended"] is not None
    assert "mend the gate" in holdfast("sessions")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["search"], 2, "Missing argument"),
        (["search", " "], 2, "search for what"),
        (["search", "x", "--limit", "0"], 2, "at least 1"),
        (["search", "x", "--as-of", "yesterday"], 2, "is no time"),
        (["search", "x", "--project", "nowhere"], 1, "no project is called"),
        (["timeline", "--session", "nowhere"], 1, "no session"),
        (["timeline", "e99"], 1, "no event e99"),
        (["timeline", "s99"], 1, "no session 's99'"),
        (["show", "s99"], 1, "no session 's99'"),
        (["show", "d99"], 1, "no delivery d99"),
        (["show", "rel-0123456789abcdef"], 1, "no such judgment"),
        (["timeline", "99"], 1, "no memory #99"),
        (["timeline", "1", "--session", "s1"], 2, "not both"),
        (["sessions", "--limit", "many"], 2, "not a valid integer"),
    ],
)
def test_wrong_questions_are_told_in_words(holdfast: Commands, arguments: list[str], code: int, said: str) -> None:
    assert said in holdfast.error(*arguments, code=code)


def test_a_memory_made_by_hand_points_at_no_event(holdfast: Commands) -> None:
    holdfast("remember", "by hand")

    assert "points at no event" in holdfast.error("timeline", "1", code=1)


def test_nothing_that_is_kept_can_steer_the_terminal(holdfast: Commands) -> None:
    holdfast.session(asked=f"what is {ESCAPES}", said=f"it is {ESCAPES}")
    holdfast("remember", stdin=f"note {ESCAPES}\nsecond line {ESCAPES}".encode())
    holdfast("projects", "rename", "workshop", f"shop {ESCAPES}"[:100])

    shown = {
        " ".join(command): holdfast(*command)
        for command in (
            ["search", "alarm"], ["recent"], ["show", "1"], ["show", "e2"], ["history", "1"], ["timeline"],
            ["sessions"], ["projects", "list"], ["projects", "show"], ["status"], ["forget", "1"], ["undo"],
        )
    }  # fmt: skip

    for command, text in shown.items():
        steering = [sign for sign in text if (ord(sign) < 32 and sign not in "\n\t") or 127 <= ord(sign) < 160]
        assert steering == [], command
        assert not set(text) & set("\u202e\u202c"), command
    assert "red alarm" in shown["recent"]


def test_json_escapes_what_could_steer_a_terminal_and_loses_nothing(holdfast: Commands) -> None:
    holdfast("remember", stdin=f"note {ESCAPES}".encode())

    raw = holdfast("recent", "--json")

    assert not set(raw) & set("\x1b\x9b\x07\u202e")
    assert holdfast.json("recent")["memories"][0]["body"] == f"note {ESCAPES}"


def test_colours_are_for_terminals_only(holdfast: Commands) -> None:
    holdfast("remember", "a note")

    assert "\x1b[" in holdfast.on_a_terminal("recent")
    assert "\x1b[" not in holdfast.on_a_terminal("recent", env={"NO_COLOR": "1"})
    assert "\x1b[" not in holdfast("recent")
