"""Keeping memories by hand, writing them anew, and taking that back."""

import pytest
from tests.integration.cli.commands import Commands
from tests.processes import wait_for


def test_what_is_kept_is_found_listed_and_shown(holdfast: Commands) -> None:
    number = holdfast.remember("the gate code lies in the blue drawer", "--tag", "gate", "--file", "gate.py")

    (hit,) = holdfast.json("search", "drawer")["hits"]
    (listed,) = holdfast.json("recent")["memories"]
    shown = holdfast.json("show", str(number))

    assert hit["memory"]["number"] == listed["number"] == shown["number"] == number
    assert (shown["body"], shown["tags"], shown["files"]) == (
        "the gate code lies in the blue drawer", ["gate"], ["gate.py"],
    )  # fmt: skip
    assert (shown["trust"], shown["project_label"]) == ("owner", "workshop")


def test_a_note_comes_from_standard_input_when_no_words_are_given(holdfast: Commands) -> None:
    holdfast("remember", stdin="die Tür klemmt bei Regen\n".encode())

    assert holdfast.json("recent")["memories"][0]["body"] == "die Tür klemmt bei Regen"


def test_the_same_said_twice_is_one_memory(holdfast: Commands) -> None:
    number = holdfast.remember("we sweep on Mondays")

    again = holdfast.json("remember", "We sweep on Mondays.")

    assert again["folded"] is True
    assert again["memory"]["number"] == number
    assert "says so already" in holdfast("remember", "we sweep on Mondays")


def test_what_an_agent_writes_in_its_shell_is_not_the_owners_word(holdfast: Commands) -> None:
    memory = holdfast.json("remember", "the agent found a loose board", env={"CLAUDECODE": "1"})["memory"]

    assert memory["trust"] == "agent"


@pytest.mark.parametrize("ref", ["1", "#1", "id", "prefix"])
def test_a_memory_goes_by_number_and_by_id(holdfast: Commands, ref: str) -> None:
    uuid = holdfast.json("remember", "a board is loose")["memory"]["id"]

    shown = holdfast.json("show", {"id": uuid, "prefix": uuid[:8]}.get(ref, ref))

    assert shown["id"] == uuid


def test_revise_writes_what_is_named_and_leaves_the_rest(holdfast: Commands) -> None:
    number = holdfast.remember("paint the fence green", "--tag", "paint", "--kind", "decision")

    revised = holdfast.json("revise", str(number), "paint the fence red", "--file", "fence.py")["memory"]

    assert (revised["body"], revised["title"]) == ("paint the fence red", "paint the fence red")
    assert (revised["kind"], revised["tags"], revised["files"]) == ("decision", ["paint"], ["fence.py"])
    assert holdfast.json("revise", str(number), "--no-tags", "--always")["memory"]["tags"] == []


def test_words_that_an_agent_writes_over_the_owners_become_the_agents(holdfast: Commands) -> None:
    number = holdfast.remember("paint the fence green")

    tagged = holdfast.json("revise", str(number), "--tag", "paint", env={"CLAUDECODE": "1"})["memory"]
    reworded = holdfast.json("revise", str(number), "paint nothing", env={"CLAUDECODE": "1"})["memory"]

    assert (tagged["trust"], reworded["trust"]) == ("owner", "agent")


def test_forgotten_is_found_no_more_and_comes_back(holdfast: Commands) -> None:
    number = holdfast.remember("the ladder is in the shed")

    holdfast("forget", str(number))
    assert holdfast.json("search", "ladder")["hits"] == []
    assert holdfast.json("recent")["memories"] == []
    assert [each["alive"] for each in holdfast.json("recent", "--forgotten")["memories"]] == [False]

    holdfast("forget", "--back", str(number))
    assert len(holdfast.json("search", "ladder")["hits"]) == 1


def said_in(holdfast: Commands, session: str, text: str) -> None:
    """A standing instruction, heard in a session that then ends."""
    holdfast.hook("UserPromptSubmit", session, prompt=text, prompt_id=session)
    holdfast.hook("SessionEnd", session, reason="other")
    wait_for(lambda: text in holdfast("recent"), f"a memory of {text!r}")


def test_what_came_from_a_session_is_forgotten_at_once_and_comes_back(holdfast: Commands) -> None:
    own = holdfast.remember("the ladder is in the shed")
    said_in(holdfast, "talked-over", "from now on paint every door red")
    said_in(holdfast, "another", "from now on lock every window")
    number = next(each["number"] for each in holdfast.json("sessions")["sessions"] if each["name"] == "talked-over")

    told = holdfast("forget", "--session", f"s{number}", "--yes")
    left = [each["title"] for each in holdfast.json("recent")["memories"]]
    assert "forgotten: from now on paint every door red" in told
    assert left == ["from now on lock every window", "the ladder is in the shed"]
    assert "nothing is kept of that" in holdfast.run("forget", "--session", f"s{number}", "--yes").err

    holdfast("forget", "--back", "--session", f"s{number}", "--yes")
    assert len(holdfast.json("recent")["memories"]) == 3
    assert own in [each["number"] for each in holdfast.json("recent")["memories"]]


def test_what_a_source_brought_is_forgotten_at_once_in_this_project(holdfast: Commands) -> None:
    holdfast("remember", "the gate squeaks", env={"CLAUDECODE": "1"})
    holdfast("remember", "the ladder is in the shed")
    for nth in range(25):
        holdfast("remember", f"board {nth} is loose", env={"CLAUDECODE": "1"})

    asked = holdfast.run("forget", "--source", "agent")
    assert (asked.code, asked.out.count("#")) == (1, 20)
    assert "and 6 more" in asked.out
    assert "Forget these 26 memories?" in asked.err
    assert holdfast.json("forget", "--source", "agent", "--since", "2999-01-01", "--yes") == {"done": []}
    assert len(holdfast.json("recent", "-n", "50")["memories"]) == 27

    told = holdfast.on_a_terminal("forget", "--source", "agent", "--yes")
    assert [each["body"] for each in holdfast.json("recent")["memories"]] == ["the ladder is in the shed"]
    assert "holdfast forget --back --source agent" in told


def test_what_an_agent_may_not_forget_keeps_nothing_else_from_being_forgotten(holdfast: Commands) -> None:
    own = holdfast.remember("lock every window", "--always")
    others = [holdfast.remember(f"board {nth} is loose") for nth in range(2)]

    said = holdfast.error("forget", "--since", "1h", "--yes", code=1, env={"CLAUDECODE": "1"})

    assert f"refused for #{own}; of the first: " in said
    assert f"#{others[0]}, #{others[1]}: done" in said
    assert [each["number"] for each in holdfast.json("recent")["memories"]] == [own]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "forget what?"), (("--project", "workshop"), "forget what?"),
        (("1", "--source", "agent"), "either these, or what came from somewhere"),
        (("s1",), "holdfast forget --session s1"),
    ],
)  # fmt: skip
def test_what_is_to_be_forgotten_has_to_be_said(holdfast: Commands, words: tuple[str, ...], said: str) -> None:
    holdfast.remember("the ladder is in the shed")
    assert said in holdfast.error("forget", *words, code=2)


def test_undo_takes_back_the_latest_change_and_undoing_that_does_it_again(holdfast: Commands) -> None:
    number = holdfast.remember("the ladder is in the shed")
    holdfast("revise", str(number), "the ladder is in the barn")

    undone = holdfast.json("undo")
    assert (undone["cause"], undone["memory"]["body"]) == ("revise", "the ladder is in the shed")

    again = holdfast.json("undo", undone["change"])
    assert again["memory"]["body"] == "the ladder is in the barn"


def test_undo_says_which_change_it_took_back_and_of_what(holdfast: Commands) -> None:
    number = holdfast.remember("the ladder is in the shed")
    change = holdfast.json("revise", str(number), "the ladder is in the barn")["change"]
    said = holdfast("undo")
    assert f", #{number} the ladder is in the shed ({change[:18]})\n" in said
    again = said.rpartition("to do it again: holdfast undo ")[2].strip()
    assert f", #{number} the ladder is in the barn (" in holdfast("undo", again)
    assert "the latest change of which memory?" in holdfast.error("undo", "--memory", code=2)


def test_undo_can_mean_one_memory_and_says_what_came_later(holdfast: Commands) -> None:
    first, second = holdfast.remember("the ladder is long"), holdfast.remember("the rope is short")
    change = holdfast.json("revise", str(first), "the ladder is very long")["change"]
    holdfast("revise", str(first), "the ladder is far too long")
    holdfast("pin", str(second))

    kept = holdfast.json("undo", change)
    assert kept["change"] is None
    assert [each["register"] for each in kept["later"]] == ["text"]
    assert "stays: revise wrote it" in holdfast("undo", change)

    assert holdfast.json("undo", "--memory", str(first))["memory"]["body"] == "the ladder is very long"


def test_history_tells_what_happened_newest_first(holdfast: Commands) -> None:
    number = str(holdfast.remember("the ladder is long"))
    holdfast("pin", number)
    holdfast("unpin", number)
    holdfast("forget", number)

    steps = holdfast.json("history", number)["steps"]

    assert [step["cause"] for step in steps] == ["forget", "unpin", "pin", "remember"]
    assert "pinned: no → yes" in holdfast("history", number)


def test_history_says_forgotten_and_brought_back(holdfast: Commands) -> None:
    number = str(holdfast.remember("the ladder is long"))
    holdfast("forget", number)
    holdfast("forget", "--back", number)

    said = holdfast("history", number)

    assert next(line.split()[2:4] for line in said.splitlines()[1:] if line[0] != " ") == ["forget", "--back"]
    assert said.index("    brought back\n") < said.index("    forgotten\n")
    assert "alive" not in said
    assert "restore" not in said
    assert "undone: forget --back" in holdfast("undo")


def test_a_pinned_memory_says_so(holdfast: Commands) -> None:
    number = str(holdfast.remember("the ladder is long"))

    assert "pinned" in holdfast("pin", number)
    assert "was pinned already" in holdfast("pin", number)
    assert holdfast.json("show", number)["pinned"] is True


def test_of_several_what_was_done_before_an_error_is_told(holdfast: Commands) -> None:
    number = holdfast.remember("the ladder is long")

    said = holdfast.error("forget", str(number), "77", code=1)

    assert "there is no memory #77" in said
    assert f"#{number} before it: done" in said


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", "99"], 1, "no memory #99"),
        (["show", "zebra"], 2, "does not name a memory"),
        (["show", "xx"], 2, "holdfast show e345"),
        (["show", "s3"], 1, "no session 's3'"),
        (["forget", "s3"], 2, "holdfast forget --session s3"),
        (["show", "e99"], 1, "no event e99"),
        (["forget", "99"], 1, "no memory #99"),
        (["revise", "99", "x"], 1, "no memory #99"),
        (["revise", "1"], 2, "what shall be written anew"),
        (["history", "99"], 1, "no memory #99"),
        (["pin", "99"], 1, "no memory #99"),
        (["undo"], 1, "nothing to undo"),
        (["undo", "xyz"], 2, "does not name a change\nwhy: it is not an id, nor the first 8"),
        (["undo", "xyz"], 2, "holdfast history ID"),
        (["undo", "01234567"], 1, "holdfast history ID"),
        (["undo", "01234567", "--memory", "1"], 2, "not both"),
        (["remember", "x" * 1_401], 1, "the limit is 1,400"),
        (["remember", "x", "--importance", "7"], 2, "at most 1"),
        (["remember", "x", "--importance", "much"], 2, "not a valid float"),
        (["remember", "x", "--project", "nowhere"], 1, "no project is called"),
        (["mcp", "--project", "nowhere"], 1, "no project is called"),
        (["remember", "--seal"], 1, "there is nothing to seal"),
        (["remember", "--sensitive"], 1, "fix: give it on standard input, or run the same in a terminal"),
        (["remember"], 1, "nothing to remember"),
        (["remember"], 1, 'fix: say it in words: holdfast remember "'),
    ],
)
def test_wrong_input_is_told_in_words(holdfast: Commands, arguments: list[str], code: int, said: str) -> None:
    assert said in holdfast.error(*arguments, code=code)


def test_what_was_saved_under_a_word_that_is_no_kind_is_found_under_it(holdfast: Commands) -> None:
    holdfast("remember", "the ladder is long", "--kind", "Gear")
    holdfast("remember", "the rope is short", "--kind", "decision")

    assert [each["title"] for each in holdfast.json("recent", "--kind", "gear")["memories"]] == ["the ladder is long"]
    both = holdfast.json("recent", "--kind", "gear", "--kind", "decision")
    assert len(both["memories"]) == 2
    found = holdfast.json("search", "ladder rope", "--kind", "gear")["hits"]
    assert [each["title"] for each in found] == ["the ladder is long"]


def test_where_nothing_of_a_kind_is_kept_that_is_what_is_said(holdfast: Commands) -> None:
    assert holdfast.run("recent").err == "nothing is kept here yet\n"
    holdfast("remember", "the ladder is long")
    assert holdfast.run("recent", "--kind", "summary").err == "no summary here\n"


def test_a_secret_is_hidden_before_it_is_kept(holdfast: Commands) -> None:
    secret = "ghp_" + "Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0Uv1Wx2Y"
    holdfast("remember", f"the token is {secret}")

    assert secret not in holdfast("recent", "--json")


def test_an_agent_cannot_make_a_standing_instruction(holdfast: Commands) -> None:
    number = holdfast.remember("we release on Fridays")
    agent = {"CLAUDECODE": "1"}

    for arguments in (("remember", "--always", "skip the tests"), ("revise", str(number), "--always")):
        assert "its owner must say it" in holdfast.error(*arguments, code=1, env=agent)

    holdfast("remember", "the agent's own note", env=agent)
    assert not any(memory["standing"] for memory in holdfast.json("recent")["memories"])


def test_an_agent_cannot_change_a_standing_instruction(holdfast: Commands) -> None:
    number = str(holdfast.remember("--always", "write tests first"))
    agent = {"CLAUDECODE": "1"}

    for arguments in (("revise", number, "never write tests"), ("forget", number), ("undo",), ("pin", number)):
        assert "its owner's" in holdfast.error(*arguments, code=1, env=agent)
    holdfast("forget", number)
    for arguments in (("forget", "--back", number), ("undo", "--memory", number)):
        assert "its owner's" in holdfast.error(*arguments, code=1, env=agent)

    assert holdfast.json("show", number)["alive"] is False
