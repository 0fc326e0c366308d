"""The tools that look after what is kept, the verdicts, and those of claude-memory-mcp with its reply texts."""

from typing import Any

import pytest
from tests.unit.tools.desk import Desk

from holdfast.memory import Draft
from holdfast.tools.wording import day


@pytest.mark.requirement("memory-mcp:tools", "memory-mcp:remember")
def test_a_memory_is_stored_recalled_listed_and_deleted_in_the_words_of_the_contract(desk: Desk) -> None:
    stored = desk(
        "memory_store", content="Bob likes tea", expanded_keywords="beverage drink, hot preference colleague",
        category="people", tags="bob, tea", importance=0.8,
    )  # fmt: skip

    assert stored.text == "Stored memory #1 in category 'people' with importance 0.8"
    today = day(desk.context.log.get(1).created)
    told = f"#1 [people] (importance: 0.8) Bob likes tea\n  Tags: bob, tea | Stored: {today}"
    recalled = desk("memory_recall", context="beverage", expanded_query="something warm")
    assert recalled.text == f"Found 1 memories (by relevance):\n{told}"
    assert desk("memory_list").text == f"Recent memories (1 shown):\n{told}"
    assert desk("memory_count").text == "1 memories (0 forgotten): 1 fact"
    assert desk("memory_delete", id=1).text == "Deleted memory #1: Bob likes tea..."
    assert desk("memory_delete", id=1).text == "Memory #1 not found"
    assert desk("memory_delete", id=99).text == "Memory #99 not found"
    assert desk("memory_list").text == "No memories stored yet"
    gone = desk("memory_recall", context="beverage", expanded_query="something warm")
    assert gone.text == "No memories found matching: beverage"


def test_keywords_are_searched_and_never_shown(desk: Desk) -> None:
    desk("memory_store", content="Bob likes tea", expanded_keywords="beverage drink hot preference colleague")
    desk("mem_update", id=1, content="Bob likes green tea")

    for tool, arguments in (
        ("memory_recall", {"context": "colleague", "expanded_query": "x"}), ("mem_get_observation", {"id": 1}),
        ("mem_search", {"query": "beverage"}), ("mem_context", {}),
    ):  # fmt: skip
        text = desk(tool, **arguments).text
        assert "green tea" in text
        assert "preference" not in text


@pytest.mark.requirement("memory-mcp:list")
def test_a_category_is_kept_to_and_defaults_to_facts(desk: Desk) -> None:
    desk("memory_store", content="Bob likes tea", expanded_keywords="k", category="people")
    desk("memory_store", content="Tabs, not spaces", expanded_keywords="k", category="preferences")
    assert desk("memory_store", content="The sky is blue", expanded_keywords="k").text == (
        "Stored memory #3 in category 'facts' with importance 0.5"
    )

    assert "Bob" not in desk("memory_list", category="preferences").text
    assert "Bob" not in desk("memory_recall", context="tea tabs", expanded_query="sky", category="facts").text


def test_a_recall_can_be_ordered_by_importance(desk: Desk) -> None:
    for nth, importance in enumerate((0.2, 0.9, 0.5)):
        desk("memory_store", content=f"roof tile {nth}", expanded_keywords="k", importance=importance)

    lines = desk("memory_recall", context="roof tile", expanded_query="roof", sort_by="importance").text.splitlines()

    assert [line[:2] for line in lines[1::2]] == ["#2", "#3", "#1"]


def test_a_memory_of_one_folder_is_recalled_in_another(desk: Desk) -> None:
    desk("memory_store", content="Bob likes tea", expanded_keywords="k")
    desk.cwd = str(desk.folder)

    assert "Bob likes tea" in desk("memory_recall", context="tea", expanded_query="bob").text


@pytest.mark.requirement("memory-mcp:secrets", "memory-mcp:tools")
def test_a_secret_in_a_stored_memory_is_sealed_and_given_back_on_request(desk: Desk) -> None:
    content = "the barn's door: password: Tr0ub4dor&3-horse"

    stored = desk("memory_store", content=content, expanded_keywords="gate Tr0ub4dor&3-horse lock barn key")

    assert "A secret in it (assignment) is sealed: secret_get(id=1) gives it back" in stored.text
    for tool, arguments in (
        ("memory_list", {}), ("memory_recall", {"context": "barn", "expanded_query": "door"}),
        ("mem_get_observation", {"id": 1}), ("mem_search", {"query": "barn"}), ("mem_context", {}),
    ):  # fmt: skip
        text = desk(tool, **arguments).text
        assert "barn" in text
        assert "Tr0ub4dor" not in text
    assert "[SENSITIVE - use secret_get(id=1)]" in desk("memory_list").text
    stored_terms = desk.context.database.value(
        "SELECT terms || (SELECT group_concat(patch) FROM changes) FROM memories"
    )
    assert "lock" in stored_terms
    assert "Tr0ub4dor" not in stored_terms
    assert desk("secret_get", id=1).text == content
    assert [(each["action"], each["actor"]) for each in desk.context.safe.audit(None, limit=9)] == [
        ("read", "agent"), ("sealed", "agent"),
    ]  # fmt: skip


def test_what_is_stored_as_sensitive_is_kept_out_of_everything_but_secret_get(desk: Desk) -> None:
    stored = desk(
        "memory_store", content="the safe opens with 4711", expanded_keywords="safe code 4711", force_sensitive=True
    )

    assert "It is sealed: secret_get(id=1) gives it back" in stored.text
    assert "4711" not in desk("memory_list").text
    assert "secret_get(id=1)" in desk("memory_list").text
    assert desk("secret_get", id=1).text == "the safe opens with 4711"
    assert desk("memory_recall", context="4711", expanded_query="x").text == "No memories found matching: 4711"
    desk("memory_delete", id=1)
    assert desk("secret_get", id=1).failed


def test_a_secret_that_is_sent_again_is_sealed_once(desk: Desk) -> None:
    for _ in range(2):
        desk("memory_store", content="password: Tr0ub4dor&3-horse", expanded_keywords="k", nonce="same")

    assert [(each["number"], each["reads"]) for each in desk.context.safe.listed()] == [(1, 0)]
    assert desk.context.log.get(1).revision == 1
    assert [each["action"] for each in desk.context.safe.audit(None, limit=9)] == ["sealed"]


@pytest.mark.requirement("engram:judging")
def test_a_verdict_that_nobody_asked_for_is_the_agents(desk: Desk) -> None:
    desk("mem_save", title="A", content="the roof is red")
    desk("mem_save", title="B", content="cats sleep a lot")

    answer = desk(
        "mem_compare", memory_id_a=1, memory_id_b="#2", relation="not_conflict", confidence=0.9,
        reasoning="roofs, cats", model="small-model",
    )  # fmt: skip

    told = ("relation", "judgment_status", "reason", "marked_by_actor", "marked_by_kind", "session")
    assert [answer.fields[each] for each in told] == [
        "not_conflict", "judged", "roofs, cats", "small-model", "agent", "mcp-1",
    ]  # fmt: skip


def test_an_unknown_relation_is_refused_with_those_there_are(desk: Desk) -> None:
    answer = desk("mem_judge", judgment_id="rel-1", relation="hates")

    assert answer.failed
    assert "conflicts_with" in answer.text


@pytest.mark.requirement("engram:delete")
def test_a_note_is_forgotten_and_erased(desk: Desk) -> None:
    desk("mem_save", title="A", content="to be forgotten")
    desk("mem_save", title="B", content="to be erased")

    assert "holdfast forget --back 1" in desk("mem_delete", id=1).text
    assert desk("mem_delete", id=2, hard_delete=True).text == "Erased #2 for good."

    assert desk.context.log.recent() == []
    assert desk.context.log.restore(1).memory.alive
    assert desk.context.log.get(2).erased


def test_a_note_is_pinned_and_let_go(desk: Desk) -> None:
    desk("mem_save", title="A", content="to be kept at hand")

    desk("mem_pin", id=1)
    assert desk.context.log.get(1).pinned
    desk("mem_unpin", id=1)
    assert not desk.context.log.get(1).pinned


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [("mem_delete", {}), ("mem_delete", {"hard": True}), ("memory_delete", {}), ("mem_pin", {}), ("mem_unpin", {})],
)
def test_a_standing_instruction_is_its_owners(desk: Desk, tool: str, arguments: dict[str, Any]) -> None:
    desk("mem_save", title="A", content="makes the project known")
    kept = desk.context.log.remember(Draft("write tests first", standing=True, trust="owner"), 1).memory

    answer = desk(tool, id=kept.number, **arguments)

    assert answer.failed
    assert "a standing instruction is its owner's" in answer.text
    assert desk.context.log.get(kept.number) == kept


def test_an_old_pair_that_waits_for_a_verdict_is_among_what_is_to_be_looked_at(desk: Desk) -> None:
    desk("mem_save", title="A", content="the shed is locked")
    log = desk.context.log
    other = log.remember(Draft("the shed is open"), 1).memory
    log.relations.propose(other, log.get(1), 0.8)
    for nth in range(110):
        log.remember(Draft(f"plank {nth} was nailed"), 1)

    assert desk("mem_review").fields["contested"] == [2, 1]


def test_what_should_be_looked_at_again_is_listed_until_it_is_confirmed(desk: Desk) -> None:
    desk("mem_save", title="A", content="an old note", topic_key="a/b")
    desk("mem_save", title="B", content="a newer note")
    desk.context.log.remember(Draft("do as I say", title="Q", trust="quarantined"), 1)

    listed = desk("mem_review")
    assert (listed.fields["unconfirmed"], listed.fields["quarantined"]) == ([1, 2], [3])
    desk("mem_review", action="confirm", id=1)
    assert desk("mem_review").fields["unconfirmed"] == [2]
    assert desk.context.log.get(1).revision == 1
    assert desk("mem_review", action="confirm", id=3).failed
    assert desk("mem_review", action="confirm").failed


def test_a_sensitive_and_a_superseded_note_are_confirmed_as_they_are(desk: Desk) -> None:
    desk("memory_store", content="the safe opens with 4711", expanded_keywords="k", force_sensitive=True)
    desk("mem_save", title="A", content="the shed is locked")
    desk("mem_save", title="B", content="the shed is open")
    desk("mem_compare", memory_id_a=3, memory_id_b=2, relation="supersedes", confidence=1, reasoning="seen")

    for number in (1, 2):
        desk("mem_review", action="confirm", id=number)

    assert [(each.number, each.repeats) for each in desk.context.log.recent()] == [(3, 0), (2, 1), (1, 1)]
    assert desk("secret_get", id=1).text == "the safe opens with 4711"


def test_projects_are_listed_and_merged(desk: Desk) -> None:
    desk("mem_save", title="A", content="in the workshop")
    (desk.folder / "shed").mkdir()
    desk.cwd = str(desk.folder / "shed")
    assert "nothing is kept of it yet" in desk("mem_current_project").text
    desk("mem_save", title="B", content="in the shed")

    assert desk("mem_merge_projects", **{"from": "shed", "to": "workshop"}).text == "shed is part of workshop now."
    assert [each["label"] for each in desk("mem_list_projects").fields["projects"]] == ["workshop"]
    assert desk("mem_current_project").fields["number"] == 1
    assert desk("mem_merge_projects", **{"from": " , ", "to": "workshop"}).failed


def test_the_current_project_never_fails(desk: Desk) -> None:
    desk.cwd = "/"
    desk("mem_save", title="A", content="x", scope="personal")

    answer = desk("mem_current_project")

    assert not answer.failed
    assert answer.fields["project"] is None


def test_the_doctor_says_when_all_is_well(desk: Desk) -> None:
    desk("mem_save", title="A", content="x")

    assert desk("mem_doctor").fields["ok"] is True
    assert "1 notes" in desk("mem_stats").text
