"""What of judged notes is given to a session, over one store."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.world import World

from holdfast.errors import Refused
from holdfast.memory import Draft, Verdict
from holdfast.recall.serving import Served, serving

OLDER = "The uploader retries 3 times before it reports the upload as lost."
NEWER = "Retries of the uploader: five, a second apart, with a fresh token each."


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.database.close()


def judge(world: World, source: int, relation: str, target: int, kind: str = "agent") -> None:
    world.log.relations.compare(world.log.get(source), world.log.get(target), Verdict(relation, kind=kind))


def start(world: World, session: str = "next") -> str:
    return world.tell("SessionStart", session, source="startup")


def ask(world: World, prompt: str = "how often does the uploader retry?", session: str = "now") -> str:
    return world.tell("UserPromptSubmit", session, prompt=prompt, prompt_id=f"{session}{world.nth}")


def test_a_prompt_is_given_what_holds_instead_of_what_was_superseded_once(world: World) -> None:
    older, newer = world.remember(OLDER), world.remember(NEWER)
    judge(world, newer, "supersedes", older)

    given = ask(world)

    assert NEWER in given
    assert OLDER not in given
    assert given.count(f"#{newer} ") == 1


def test_what_holds_is_given_though_the_prompt_finds_only_what_it_superseded(world: World) -> None:
    older = world.remember("The uploader retries 3 times.")
    newer = world.remember("Everything that is sent goes through the outbox, which tries until it succeeds.")
    judge(world, newer, "supersedes", older)

    given = ask(world, "uploader retries")

    assert f"#{newer} " in given
    assert f"#{older} " not in given


def test_a_session_starts_without_what_was_superseded(world: World) -> None:
    older, newer = world.remember(OLDER), world.remember(NEWER)
    assert OLDER in start(world, "before")

    judge(world, newer, "supersedes", older)

    given = start(world)
    assert NEWER in given
    assert OLDER not in given
    assert f"#{older} " not in given


def test_a_superseded_standing_instruction_is_not_given_and_nothing_becomes_one_so(world: World) -> None:
    older = world.remember("Always indent with tabs.", standing=True, trust="owner")
    newer = world.remember("Indent with spaces.")
    judge(world, newer, "supersedes", older, kind="owner")

    given = start(world)

    assert "Always indent with tabs." not in given
    assert "What shall always hold here:" not in given
    assert "Indent with spaces." in given


FIRST: dict[str, dict[str, Any]] = {
    "a standing instruction": {"standing": True},
    "a pinned note": {"pinned": True},
    "a preference": {"scope": "personal", "kind": "preference"},
}


@pytest.mark.parametrize("named", FIRST)
def test_no_agent_takes_away_by_a_verdict_what_sessions_are_given_first(world: World, named: str) -> None:
    fields = FIRST[named]
    scope = fields.get("scope", "project")
    first = world.remember("Always indent with tabs.", trust="owner", **fields)
    newer = world.remember("Indent with spaces.", scope=scope)

    with pytest.raises(Refused, match=f"#{first} is {named}, which is its owner's"):
        judge(world, newer, "supersedes", first)
    judge(world, newer, "conflicts_with", first)
    judge(world, first, "supersedes", newer)

    assert "Always indent with tabs." in start(world)


@pytest.mark.parametrize("named", FIRST)
def test_an_agents_verdict_counts_no_more_once_its_owner_has_a_note_given_first(world: World, named: str) -> None:
    """As one would that came with an import."""
    fields = FIRST[named]
    scope = fields.get("scope", "project")
    older, newer = world.remember(OLDER, trust="owner", scope=scope), world.remember(NEWER, scope=scope)
    judge(world, newer, "supersedes", older)
    assert OLDER not in start(world, "before")

    world.database.connection.execute(
        "UPDATE memories SET standing = ?, pinned = ?, kind = ? WHERE id = ?",
        (fields.get("standing", False), fields.get("pinned", False), fields.get("kind", "note"), older),
    )

    assert OLDER in start(world)
    assert OLDER in ask(world)


def test_what_an_agent_noted_is_not_how_the_user_likes_it_though_he_judged_for_it(world: World) -> None:
    older = world.remember("Indent with tabs.", scope="personal", kind="preference", trust="owner")
    newer = world.remember("Indent with spaces.", scope="personal", kind="preference")
    judge(world, newer, "supersedes", older, kind="owner")

    given = start(world)

    assert "How the user likes it" not in given
    assert "Indent with tabs." not in given
    assert given.count("Indent with spaces. (preference, noted by an agent") == 1


def test_what_its_owner_judged_to_supersede_a_pinned_note_stands_in_its_place(world: World) -> None:
    older, newer = world.remember(OLDER, pinned=True), world.remember(NEWER)
    judge(world, newer, "supersedes", older, kind="owner")

    given = start(world)

    pinned = given.partition("Pinned:")[2]
    assert NEWER in pinned
    assert given.count(NEWER) == 1


def test_taking_the_verdict_back_or_forgetting_the_newer_note_brings_the_older_back(world: World) -> None:
    older, newer = world.remember(OLDER), world.remember(NEWER)
    judge(world, newer, "supersedes", older)

    world.log.undo()
    assert OLDER in start(world, "undone")

    judge(world, newer, "supersedes", older)
    world.log.forget(newer)
    assert OLDER in start(world, "forgotten")


def test_notes_that_conflict_are_both_given_with_a_word_on_it(world: World) -> None:
    older, newer = world.remember(OLDER), world.remember(NEWER)
    judge(world, newer, "conflicts_with", older)

    for given in (start(world), ask(world, session="asking")):
        assert f"contested by #{newer})" in given
        assert f"contested by #{older})" in given


@pytest.mark.parametrize("verdict", ["related", "compatible", "scoped", "conflicts_with", "not_conflict"])
def test_of_two_notes_that_are_judged_to_hold_both_the_older_is_not_taken_for_outdated(
    world: World, verdict: str
) -> None:
    about = "In production the gateway drops idle connections after 30 minutes."
    older = world.remember(about)
    newer = world.remember("In tests the gateway now drops idle connections after 5 minutes.")
    asked = "why does the gateway drop idle connections?"
    assert about not in ask(world, asked, "before")

    judge(world, newer, verdict, older)

    given = ask(world, asked)
    assert f"#{older} " in given
    assert f"#{newer} " in given


def test_of_two_notes_that_hold_each_in_its_own_case_the_reason_is_given_with_both(world: World) -> None:
    older, newer = world.remember(OLDER), world.remember(NEWER)
    verdict = Verdict("scoped", reason="5 in production, 3 in tests", kind="owner")
    world.log.relations.compare(world.log.get(newer), world.log.get(older), verdict)

    for given in (start(world), ask(world, session="asking")):
        assert f"beside #{newer}: 5 in production, 3 in tests)" in given
        assert f"beside #{older}: 5 in production, 3 in tests)" in given


def test_what_nobody_judged_yet_is_given_without_a_word(world: World) -> None:
    older, newer = world.remember(OLDER), world.remember(NEWER)
    world.log.relations.propose(world.log.get(newer), world.log.get(older), 0.8)

    given = ask(world)

    assert OLDER in given
    assert NEWER in given
    assert "contested" not in given
    assert serving(world.database, [older]) == {older: Served(pending=(newer,))}


def test_a_resumed_session_is_not_given_again_what_was_superseded_meanwhile(world: World) -> None:
    older = world.remember(OLDER)
    given = start(world, "s1")
    assert OLDER in given
    assert world.tell("SessionStart", "s1", source="resume") == given

    judge(world, world.remember(NEWER), "supersedes", older)

    assert OLDER not in world.tell("SessionStart", "s1", source="resume")


def test_a_circle_of_verdicts_takes_nothing_away(world: World) -> None:
    texts = (OLDER, NEWER, "Whatever the uploader sends, how often it retries is set in upload.toml.")
    notes = [world.remember(text) for text in texts]
    for source, target in zip(notes, [*notes[1:], notes[0]], strict=True):
        judge(world, source, "supersedes", target)

    given = ask(world)

    assert all(f"#{number} " in given for number in notes)


def test_a_note_names_three_that_contest_it_and_how_many_more_the_owners_verdicts_first(world: World) -> None:
    contested = world.remember(OLDER)
    others = [world.remember(f"The uploader of thing{nth} {nth * 7919} never retries.") for nth in range(5)]
    for other in others:
        judge(world, other, "conflicts_with", contested, kind="owner" if other == others[-1] else "agent")

    assert f"contested by #{others[-1]}, #{others[0]}, #{others[1]} and 2 more)" in ask(world)


def test_however_many_conflicts_an_agent_finds_a_note_is_given(world: World) -> None:
    decision = world.remember(OLDER, kind="decision", trust="owner")
    with world.database.transaction():
        for nth in range(300):
            other = world.log.remember(Draft(f"gadget{nth} weighs {nth * 7919} grams"), 1).memory.number
            judge(world, other, "conflicts_with", decision)

    assert OLDER in ask(world)


def test_of_what_always_holds_its_owner_alone_says_that_it_is_contested(world: World) -> None:
    standing = world.remember("Always indent with tabs.", standing=True, trust="owner")
    doubt = world.remember("Indent with spaces.")
    other = world.remember("Makefiles of the docs are indented with spaces.")
    judge(world, doubt, "conflicts_with", standing)

    assert "Always indent with tabs. (note, said by the user" in start(world, "before")
    assert f"contested by #{doubt}" not in start(world, "before")
    judge(world, other, "conflicts_with", standing, kind="owner")
    assert f"contested by #{other})" in start(world)
