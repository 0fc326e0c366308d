"""What of all that fits a prompt is given with it, and why the rest is not."""

from typing import Any

from holdfast.recall.choice import Known, choose
from holdfast.recall.find import Found
from holdfast.recall.query import Question

QUESTION = Question.of("why does the gateway drop connections?")
LEXICAL = {"lexical": 1.0}


def memory(number: int, **fields: Any) -> Found:
    told: dict[str, Any] = {
        "kind": "discovery", "title": "", "body": f"The gateway drops connections, case {number}", "trust": "agent",
        "at": 1_790_000_000_000, "project": 1, "session": None, "revision": 1, "relevance": 0.8, "parts": LEXICAL,
    }  # fmt: skip
    return Found("memory", number, **{**told, **fields})


def turn(number: int, **fields: Any) -> Found:
    told: dict[str, Any] = {
        "kind": "reply", "title": "reply", "trust": "agent", "at": 1_790_000_000_000, "project": 1, "session": 7,
        "body": f"The gateway drops them after 31 seconds, as its table says, row {number}.", "revision": 0,
        "relevance": 0.7, "parts": LEXICAL,
    }  # fmt: skip
    return Found("turn", number, **{**told, **fields})


def chosen(*found: Found, **known: Any) -> tuple[list[int | str], dict[int | str, str]]:
    items, left = choose(found, QUESTION, Known(**known))
    return [item.ref for item in items], {each.item.ref: each.reason for each in left}


def test_the_best_come_first_whatever_they_are() -> None:
    assert chosen(turn(1, relevance=0.9), memory(2, relevance=0.7), memory(3, relevance=0.8))[0] == ["e1", 3, 2]


def test_what_is_not_relevant_enough_was_given_or_was_said_here_is_left_out_with_the_reason() -> None:
    found = (memory(1, relevance=0.2), memory(2), memory(3, revision=2), memory(4), turn(5))
    items, left = chosen(*found, given={2: 1, 3: 1}, here=frozenset({4, "e5"}))
    assert items == [3]
    assert "below the threshold" in left[1]
    assert (left[2], left[4], left["e5"]) == ("given before", "said in this session", "said in this session")


def test_a_thing_said_must_tell_something_by_itself_and_not_repeat_the_prompt() -> None:
    found = (
        turn(1, body="Understood, tabs it is."), turn(2, parts={"lexical": 0.0, "neighbours": 2.0}),
        turn(3, kind="prompt", body="Why does the gateway drop connections? Please find out why it does."), turn(4),
    )  # fmt: skip
    items, left = chosen(*found, prompt="please find out why the gateway does drop it's connections")
    assert items == ["e4"]
    assert (left["e1"], left["e2"], left["e3"]) == (
        "it tells nothing by itself", "it tells nothing by itself", "it only repeats the prompt",
    )  # fmt: skip


def test_a_note_stands_for_what_it_came_from() -> None:
    items, left = chosen(turn(1, relevance=0.9), memory(2), cites={2: frozenset({1})})
    assert items == [2]
    assert "came from it" in left["e1"]


def test_a_summary_gives_way_to_what_its_session_said_and_stands_for_what_was_asked_there() -> None:
    summary = memory(1, kind="summary", relevance=0.9)
    asked = turn(2, kind="prompt", body="The gateway of the shop drops whatever connections it has, do mend it")
    sessions = {1: frozenset({7})}
    assert 1 not in chosen(summary, asked, turn(3), sessions=sessions)[0]
    assert chosen(summary, asked, sessions=sessions)[0] == [1]
    assert chosen(summary, memory(4, relevance=0.6), sessions={**sessions, 4: frozenset({7})})[0] == [4]
    assert chosen(summary, memory(4, relevance=0.6), sessions={**sessions, 4: frozenset({8})})[0] == [4, 1]


def test_of_things_said_and_of_foreign_notes_there_are_two_at_the_most() -> None:
    items, left = chosen(*(turn(nth, relevance=0.9 - nth / 100) for nth in range(4)))
    assert items == ["e0", "e1"]
    assert left["e2"] == left["e3"] == "2 things said are the most"
    items, left = chosen(*(memory(nth, trust="imported", relevance=0.9 - nth / 100) for nth in range(4)), memory(9))
    assert items == [9, 0, 1]  # and after what was written here, however well they fit
    assert left[2] == "2 notes of foreign origin are the most"


def test_what_a_prompt_of_a_script_asked_is_not_told_as_an_agents_word() -> None:
    asked = turn(1, kind="prompt", body="Look why the gateway of the shop drops so many of its connections")
    items, _ = choose([asked], QUESTION, Known())
    assert "asked in session s7" in items[0].text
    said, _ = choose([turn(1)], QUESTION, Known())
    assert "said by an agent in session s7" in said[0].text
