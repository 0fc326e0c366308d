"""Removing for good: what is gone, what is asked, and which copies still hold it."""

import json
from datetime import UTC, datetime

import pytest
from tests.integration.cli.commands import Commands, prompt_line

WORD = "xylophone"


def holds(holdfast: Commands, word: str = WORD) -> list[str]:
    """The files of the home in which the word stands."""
    return sorted(
        str(path.relative_to(holdfast.home))
        for path in holdfast.home.rglob("*")
        if path.is_file() and word.encode() in path.read_bytes()
    )


def test_an_erased_memory_leaves_the_disk(holdfast: Commands) -> None:
    number = str(holdfast.remember(f"the {WORD} is in the attic"))
    holdfast("revise", number, f"the {WORD} is in the cellar")
    holdfast.hook("SessionStart", source="startup")
    assert holds(holdfast)

    done = holdfast.json("erase", number, "--yes")

    assert (done["memories"], done["settled"], done["copies"]) == ([int(number)], True, [])
    assert done["packs"] == 1
    assert holds(holdfast) == []
    assert holdfast.json("show", number)["erased"] is True
    assert "erased" in holdfast("show", number)
    assert "erased already" in holdfast("erase", number, "--yes")
    assert "an erase is final" in holdfast.error("undo", holdfast.json("history", number)["steps"][0]["change"], code=1)


def test_an_erased_event_takes_what_was_drawn_from_it_along(holdfast: Commands) -> None:
    holdfast.session(asked=f"always play the {WORD}")
    event = next(each for each in holdfast.json("timeline")["events"] if each["kind"] == "prompt")
    assert len(holdfast.json("recent")["memories"]) == 1

    done = holdfast.json("erase", "--event", f"e{event['id']}", "--yes")

    assert (done["events"], done["memories"]) == ([event["id"]], [1])
    assert holds(holdfast) == []
    assert "(erased)" in holdfast("timeline")


def test_where_else_the_words_of_an_erased_memory_stand_is_told_and_goes_by_what_is_told(holdfast: Commands) -> None:
    holdfast.session(asked=f"always play the {WORD} here", said="so it is")
    other = holdfast.remember(f"in the band we always play the {WORD} here, and loudly")
    (drawn,) = [it["number"] for it in holdfast.json("recent")["memories"] if it["number"] != other]
    event = next(each["id"] for each in holdfast.json("timeline")["events"] if each["kind"] == "prompt")

    said = holdfast("erase", str(drawn), "--yes")

    assert f"the same words still stand in #{other} (note), e{event} (prompt)" in said
    command = said.rpartition("holdfast erase ")[2].split()
    assert command == [str(other), f"e{event}"]
    assert holds(holdfast) != []
    done = holdfast.json("erase", *command, "--yes")
    assert (done["memories"], done["events"], done["elsewhere"]) == ([other], [event], [])
    assert holds(holdfast) == []


@pytest.mark.parametrize(
    "words", ["Überwachung ist Übergabe", "Пароль лежит у Анны", "Straßenfest Straßenmusik Straßenbau"]
)
def test_the_words_of_an_erased_memory_are_found_in_every_alphabet(holdfast: Commands, words: str) -> None:
    holdfast.session(asked=f"{words}, so it is")
    number = holdfast.remember(words[0].swapcase() + words[1:])

    assert [each["ref"] for each in holdfast.json("erase", str(number), "--yes")["elsewhere"]] == ["e2"]


def test_what_was_erased_before_one_that_is_refused_is_told(holdfast: Commands) -> None:
    first, second = holdfast.remember("the rake is old"), holdfast.remember("--always", "use the new rake")

    said = holdfast.error("erase", str(first), str(second), "--yes", env={"CLAUDECODE": "1"}, code=1)

    assert f"memory #{second} (use the new rake): a standing instruction is its owner's" in said
    assert f"memory #{first} (the rake is old) before it: erased" in said
    assert holdfast.json("show", str(first))["erased"] is True


def test_before_an_event_or_session_is_erased_what_was_drawn_from_it_is_named(holdfast: Commands) -> None:
    holdfast.session(asked=f"always play the {WORD}")
    (number,) = [it["number"] for it in holdfast.json("recent")["memories"]]
    for named in (["e2"], ["--session", "s1"]):
        said = holdfast.error("erase", *named, code=1)
        assert f"#{number}" in said
        assert "drawn from it" in said
        assert "drawn from it" not in holdfast.error("erase", *named, "--keep-memories", code=1)


def saved_by_agent(holdfast: Commands, session: str, title: str) -> None:
    """What the agent of a session saves under one topic."""
    call = {
        "name": "mem_save",
        "arguments": {"title": title, "content": f"{title}, so it is", "topic_key": "fence/paint"},
    }
    line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}).encode() + b"\n"
    done = holdfast.run("mcp", stdin=line, env={"CLAUDE_CODE_SESSION_ID": session})
    assert json.loads(done.out)["result"]["isError"] is False, done


def test_before_a_session_is_erased_its_memories_are_listed_with_where_else_they_come_from(
    holdfast: Commands,
) -> None:
    holdfast.session("one")
    saved_by_agent(holdfast, "one", "the fence is green")
    holdfast.session("two")
    saved_by_agent(holdfast, "two", f"the fence is {WORD}")
    (number,) = [each["number"] for each in holdfast.json("recent")["memories"] if WORD in each["title"]]

    said = holdfast.error("erase", "s2", code=1)

    assert f"#{number} the fence is {WORD} (began in s1: that goes as well)" in said
    assert "stays" not in said
    holdfast("undo")
    said = holdfast.error("erase", "s2", code=1)
    assert f"#{number} the fence is green (stays as it stands in s1; only its versions from here go)" in said
    assert f"with memory #{number}" not in said
    done = holdfast.json("erase", "s2", "--yes")
    assert (number in done["memories"], done["changed"]) == (False, [number])
    assert holdfast.json("show", str(number))["body"] == "the fence is green, so it is"
    assert holds(holdfast) == []


def test_of_many_memories_that_would_go_twenty_are_listed(holdfast: Commands) -> None:
    holdfast.session("one")
    notes = [f"plank {nth * 7919} is loose" for nth in range(1, 24)]
    lines = [
        {"jsonrpc": "2.0", "id": nth, "method": "tools/call", "params": {
            "name": "mem_save", "arguments": {"title": note, "content": note}}}
        for nth, note in enumerate(notes)
    ]  # fmt: skip
    given = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    holdfast.run("mcp", stdin=given, env={"CLAUDE_CODE_SESSION_ID": "one"})

    said = holdfast.error("erase", "s1", code=1)

    assert len([line for line in said.splitlines() if line.startswith("#")]) == 20
    assert "\n… and 3 more\n" in said
    assert "with 23 memories drawn from it" in said


def test_memories_can_be_left_when_their_event_is_erased(holdfast: Commands) -> None:
    holdfast.session(asked=f"always play the {WORD}")
    event = next(each for each in holdfast.json("timeline")["events"] if each["kind"] == "prompt")

    holdfast("erase", "--event", str(event["id"]), "--keep-memories", "--yes")

    (memory,) = holdfast.json("recent")["memories"]
    assert memory["alive"] is True
    (evidence,) = holdfast.json("show", "1")["evidence"]
    assert (evidence["event"], evidence["quote"]) == (event["id"], None)


def test_an_erased_session_is_gone_and_its_transcript_does_not_bring_it_back(holdfast: Commands) -> None:
    transcript = holdfast.user / "t.jsonl"
    transcript.write_text(prompt_line(f"tune the {WORD}", holdfast.project))
    holdfast("import", "claude-code", "--file", str(transcript))

    assert len(holdfast.json("erase", "--session", "s9", "--yes")["events"]) == 1
    copy = transcript.with_name("copy.jsonl")
    copy.write_bytes(transcript.read_bytes())
    holdfast("import", "claude-code", "--file", str(copy))

    assert holds(holdfast) == []
    assert holdfast.json("search", WORD)["hits"] == []


@pytest.mark.parametrize("ids", [True, False], ids=["prompt ids", "no prompt ids"])
@pytest.mark.parametrize("named", [["--session", "s1"], ["e2", "e3", "e4"]])
def test_what_hooks_told_and_was_erased_does_not_come_back_with_the_transcript(
    holdfast: Commands, named: list[str], ids: bool
) -> None:
    holdfast.session(asked=f"tune the {WORD}", said=f"the {WORD} is in tune")
    at = {each["kind"]: each["at"] for each in holdfast.json("timeline", "--session", "s1")["events"]}
    holdfast("erase", *named, "--yes")
    assert holds(holdfast) == []

    transcript = holdfast.user / "s1.jsonl"
    told = [
        ("user", at["prompt"], f"tune the {WORD}"),
        ("assistant", at["tool"], "let me look"),
        ("assistant", at["reply"], f"the {WORD} is in tune"),
    ]
    transcript.write_text("".join(
        json.dumps({
            "type": kind, "uuid": f"u{nth}", "sessionId": "s1", "cwd": str(holdfast.project), "version": "2.1.197",
            "timestamp": datetime.fromtimestamp(when / 1_000, UTC).isoformat(),
            **({"promptId": "s1-p1"} if ids and kind == "user" else {}),
            "message": {"role": kind, "content": text if kind == "user" else [{"type": "text", "text": text}]},
        }) + "\n"
        for nth, (kind, when, text) in enumerate(told)
    ))  # fmt: skip
    holdfast("import", "claude-code", "--file", str(transcript))

    assert holds(holdfast) == []
    assert holdfast.json("search", WORD)["hits"] == []
    assert len(holdfast.json("timeline", "--session", "s1")["events"]) == 5


def test_backups_that_still_hold_it_are_named_and_others_not(holdfast: Commands) -> None:
    holdfast.remember("something else")
    holdfast("backup")
    before = {each["path"] for each in holdfast.json("backup", "--list")["backups"]}
    number = str(holdfast.remember(f"the {WORD} is in the attic"))
    target = holdfast.home / "backups" / "mine.db"
    held = holdfast.json("backup", str(target))["path"]

    done = holdfast.json("erase", number, "--yes")

    assert done["copies"] == [held]
    assert not set(done["copies"]) & before


@pytest.mark.parametrize("named", [["1"], ["--event", "1"], ["--session", "s1"]])
def test_nothing_is_erased_unasked(holdfast: Commands, named: list[str]) -> None:
    holdfast.session(asked="always use tabs here")

    assert "say it with --yes" in holdfast.error("erase", *named, code=1)
    assert holdfast.json("erase", *named, code=1)["error"]["code"] == "refused"
    assert len(holdfast.json("recent")["memories"]) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["erase"], 2, "erase what"),
        (["erase", "99", "--yes"], 1, "no memory #99"),
        (["erase", "--event", "99", "--yes"], 1, "no event"),
        (["erase", "--event", "x9", "--yes"], 2, "names no event"),
        (["erase", "--session", "nowhere", "--yes"], 1, "no session"),
        (["erase", "1", "--keep-memories", "--yes"], 2, "goes with"),
    ],
)
def test_wrong_names_are_told_in_words(holdfast: Commands, arguments: list[str], code: int, said: str) -> None:
    assert said in holdfast.error(*arguments, code=code)
