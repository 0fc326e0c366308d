"""Memories that may disagree: named when one is kept, judged, and what that changes."""

import pytest
from tests.integration.cli.commands import Commands

OLDER = "The upload queue retries 5 times, then it gives up."
NEWER = "The upload queue retries 3 times now, then it gives up."


def disagreeing(holdfast: Commands) -> tuple[int, int, str]:
    """An older and a newer note, and the judgment that waits."""
    older = holdfast.remember(OLDER)
    answer = holdfast.json("remember", NEWER)
    return older, answer["memory"]["number"], answer["judgment_id"]


@pytest.mark.requirement("engram:judging")
def test_what_may_disagree_is_named_judged_and_no_longer_given(holdfast: Commands) -> None:
    older = holdfast.remember(OLDER)
    told = holdfast.run("remember", NEWER).err
    (it,) = holdfast.json("conflicts", "list")["relations"]
    name, newer = it["judgment_id"], it["source"]["number"]
    assert f"may disagree with #{older} {OLDER[:-1]}: holdfast conflicts show {name}" in told
    assert f"{name}  pending  #{newer} " in holdfast("conflicts", "list")
    assert f"#{newer} {NEWER[:49]}… may disagree with #{older} {OLDER[:49]}…" in holdfast("conflicts", "list")
    assert f"may disagree with #{newer}" in holdfast("search", "upload queue")
    assert OLDER in holdfast("pack", "--session-start")

    said = holdfast("conflicts", "judge", name, "--relation", "supersedes", "--reason", "three is enough")

    assert said == f"judged: #{newer} supersedes #{older}\n"
    assert f"superseded by #{newer} (you judged)" in holdfast("search", "upload queue")
    assert f"superseded by #{newer}" in holdfast("show", str(older))
    assert OLDER not in holdfast("pack", "--session-start")
    shown = holdfast("conflicts", "show", name)
    assert f"{name} #{newer} supersedes #{older}\n" in shown
    assert OLDER in shown
    assert "three is enough" in shown
    assert holdfast.json("conflicts", "show", name)["marked_by_kind"] == "owner"


def test_a_verdict_is_taken_back_by_undo(holdfast: Commands) -> None:
    older, newer, name = disagreeing(holdfast)
    holdfast("conflicts", "judge", name, "--relation", "supersedes", "--source", str(older))
    assert NEWER not in holdfast("pack", "--session-start")

    said = holdfast("undo")

    assert f", #{newer} and #{older} (they wait for a verdict now) (" in said
    assert said.startswith("undone: judge of ")
    assert NEWER in holdfast("pack", "--session-start")
    assert holdfast.json("conflicts", "show", name)["judgment_status"] == "pending"


def test_an_agent_in_its_shell_judges_as_an_agent(holdfast: Commands) -> None:
    *_, name = disagreeing(holdfast)

    answer = holdfast.json(
        "conflicts", "judge", name, "--relation", "conflicts_with", "--confidence", "0.5", env={"CLAUDECODE": "1"}
    )

    assert (answer["marked_by_kind"], answer["confidence"], answer["relation"]) == ("agent", 0.5, "conflicts_with")


def test_who_judged_and_why_is_told_beside_a_note(holdfast: Commands) -> None:
    older, newer, name = disagreeing(holdfast)
    agent = {"CLAUDECODE": "1"}
    holdfast("conflicts", "judge", name, "--relation", "scoped", "--reason", "5 in production, 3 in tests", env=agent)

    beside = "each in its own case (an agent judged: 5 in production, 3 in tests)"
    assert f"holds beside #{older}, {beside}" in holdfast("show", str(newer))
    assert f"holds beside #{newer}, {beside}" in holdfast("show", str(older))
    assert f"{name}  an agent judged  #{newer} " in holdfast("conflicts", "list")
    assert holdfast("conflicts", "show", str(older)) == holdfast("show", name) == holdfast("conflicts", "show", name)
    assert "by an agent\n" in holdfast("show", name)

    holdfast("conflicts", "judge", name, "--relation", "conflicts_with")
    assert f"disagrees with #{newer} (you judged)" in holdfast("recent")


def test_a_confidence_that_is_none_is_refused(holdfast: Commands) -> None:
    *_, name = disagreeing(holdfast)
    said = holdfast.error("conflicts", "judge", name, "--relation", "related", "--confidence", "7", code=2)
    assert "not in the range 0<=x<=1" in said
    assert holdfast.json("conflicts", "show", name)["relation"] is None


def test_a_memory_that_is_in_no_pair_is_said_so(holdfast: Commands) -> None:
    number = holdfast.remember(OLDER)
    assert "no memory is known to disagree" in holdfast.run("conflicts", "show", str(number)).err
    assert holdfast.json("conflicts", "show", str(number)) == {"relations": []}


def test_what_cannot_be_judged_is_refused(holdfast: Commands) -> None:
    *_, name = disagreeing(holdfast)

    assert "no such judgment" in holdfast.error(
        "conflicts", "judge", "rel-0123456789abcdef", "--relation", "related", code=1
    )
    holdfast.error("conflicts", "judge", name, "--relation", "replaces", code=2)
    holdfast.error("conflicts", "show", "rel-nonsense", code=2)
    assert holdfast.json("conflicts", "stats")["statuses"] == {"pending": 1, "judged": 0, "orphaned": 0}


def test_a_scan_looks_through_what_is_kept_and_notes_it_when_told_to(holdfast: Commands) -> None:
    holdfast("remember", OLDER)
    name = holdfast.json("remember", NEWER)["judgment_id"]
    holdfast("serve", "--stop")
    assert "1 memory looked at" in holdfast("conflicts", "scan", "--limit", "1")

    change = holdfast.json("conflicts", "show", name)["history"][0]["change"]
    holdfast("undo", change)
    assert holdfast.json("conflicts", "list")["relations"] == []

    dry = holdfast("conflicts", "scan")
    assert dry.startswith("candidate  0.")
    assert dry.endswith("2 memories looked at, 1 candidate\n")
    assert holdfast.json("conflicts", "list")["relations"] == []
    applied = holdfast.json("conflicts", "scan", "--apply")
    assert [pair["judgment_id"] for pair in applied["candidates"]] == [name]
    assert holdfast("conflicts", "stats").splitlines()[0].split() == ["pending", "1"]


def test_where_nothing_disagrees_that_is_said(holdfast: Commands) -> None:
    holdfast("serve")

    assert "no two memories" in holdfast.run("conflicts", "list").err
    assert holdfast("conflicts", "scan") == "0 memories looked at, 0 candidates\n"
