"""The tools that look after what is kept, the verdicts, and those of claude-memory-mcp with its reply texts."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.unit.tools.desk import Desk, Operated

from holdfast.memory import Draft
from holdfast.tools.wording import day


def answering(asked: list[Mapping[str, Any]], answer: Any) -> Operated:
    """An operation that answers so, and keeps what it was asked."""

    def operate(arguments: Mapping[str, Any]) -> Any:
        asked.append(arguments)
        return answer

    return operate


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


def test_a_sealed_memory_says_how_it_is_asked_for(desk: Desk) -> None:
    asked: list[Mapping[str, Any]] = []
    desk("memory_store", content="the gate code of the barn", expanded_keywords="k")
    from holdfast.operations.memories import shown

    memory = {**shown(desk.context, desk.context.log.get(1)), "sealed": True}
    desk.operations["recent"] = lambda _: {"memories": [memory], "more": 0}
    desk.operations["secret.get"] = answering(asked, {"content": "4711"})

    assert "[SENSITIVE - use secret_get(id=1)]" in desk("memory_list").text
    assert desk("secret_get", id=1).text == "4711"
    assert (asked[0]["ref"], asked[0]["actor"]) == ("1", "agent")


@pytest.mark.parametrize(
    ("tool", "arguments", "operation"),
    [
        ("mem_judge", {"judgment_id": "rel-1", "relation": "supersedes"}, "conflicts.judge"),
        ("mem_compare", {"memory_id_a": 1, "memory_id_b": 2, "relation": "related", "confidence": 1, "reasoning": "r"},
         "conflicts.compare"),
    ],
)  # fmt: skip
def test_a_verdict_is_handed_on_with_who_gave_it(
    desk: Desk, tool: str, arguments: dict[str, Any], operation: str
) -> None:
    asked: list[Mapping[str, Any]] = []
    desk.operations[operation] = answering(asked, {"relation": "supersedes", "status": "judged"})

    answer = desk(tool, **arguments)

    assert answer.fields["status"] == "judged"
    if tool == "mem_judge":
        names = ("judgment_id", "relation", "confidence", "actor", "kind", "session")
        assert [asked[0][name] for name in names] == ["rel-1", "supersedes", 1.0, "agent", "agent", "mcp-1"]
    else:
        assert [asked[0][name] for name in ("a", "b", "relation", "reason")] == ["1", "2", "related", "r"]


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
