"""The tools that look after what is kept, the verdicts, and those of claude-memory-mcp with its reply texts."""

import re
from typing import Any

import pytest
from tests.unit.tools.desk import Desk

from holdfast.clock import day
from holdfast.memory import Draft
from holdfast.tools.table import TOOLS, schema


@pytest.mark.requirement("memory-mcp:memory_store", "memory-mcp:memory_recall", "memory-mcp:memory_list")
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


@pytest.mark.requirement("memory-mcp:memory_store")
def test_keywords_and_expanded_words_are_asked_for_and_can_be_left_out(desk: Desk) -> None:
    assert desk("memory_store", content="Bob likes tea", importance=1).text == (
        "Stored memory #1 in category 'facts' with importance 1.0"
    )
    assert desk("memory_recall", context="tea").text.startswith("Found 1 memories (by relevance):\n#1 [facts] ")
    for name, asked in (("memory_store", "expanded_keywords"), ("memory_recall", "expanded_query")):
        shape = schema(TOOLS[name])["inputSchema"]
        assert asked in shape["required"]
        assert "default" not in shape["properties"][asked]


@pytest.mark.requirement("memory-mcp:memory_store")
@pytest.mark.parametrize("category", ["facts", "preferences", "projects", "people", "decisions"])
def test_every_category_is_kept_shown_and_found_by(desk: Desk, category: str) -> None:
    stored = desk("memory_store", content="Bob likes tea", expanded_keywords="k", category=category)

    assert stored.text == f"Stored memory #1 in category '{category}' with importance 0.5"
    assert stored.fields == {"result": stored.text, "id": 1, "category": category, "importance": 0.5}
    assert f"#1 [{category}] (importance: 0.5) Bob" in desk("memory_list", category=category).text
    assert desk("memory_recall", context="tea", category="other").text == "No memories found matching: tea"
    assert desk("memory_list", category="other").text == "No memories stored in category 'other'"


@pytest.mark.parametrize("category", ["decision", "decisions", "Decisions"])
def test_what_another_tool_kept_is_listed_by_category_too(desk: Desk, category: str) -> None:
    desk("mem_save", title="roof", content="the roof is of slate", type="decision", scope="personal")
    desk("memory_store", content="Bob likes tea", expanded_keywords="k", category="facts")

    assert "slate" in desk("memory_list", category=category).text
    assert "Bob" not in desk("memory_list", category=category).text


def test_an_agent_that_names_what_is_not_there_is_told_a_tool_and_no_command(desk: Desk) -> None:
    for tool, arguments in (
        ("mem_get_observation", {"id": 4711}), ("mem_update", {"id": 4711, "title": "t"}),
        ("mem_judge", {"judgment_id": "rel-0123456789abcdef", "relation": "related"}), ("mem_pin", {"id": 4711}),
    ):  # fmt: skip
        answer = desk(tool, **arguments)
        assert answer.failed
        assert "mem_search" in answer.text
        assert "`holdfast" not in answer.text


@pytest.mark.requirement("memory-mcp:keywords")
@pytest.mark.parametrize(
    "keywords",
    [
        " ".join(f"w{nth:02}" for nth in range(100, 225)),
        "bebida,té;infusión caliente",
        "，".join(f"饮料{nth}" for nth in range(24)),
    ],
    ids=["500 characters", "signs between them", "signs of another script"],
)
def test_as_many_keywords_as_the_contract_allows_are_found_one_by_one(desk: Desk, keywords: str) -> None:
    stored = desk("memory_store", content="Bob has his own", expanded_keywords=keywords)

    assert not stored.failed, stored.text
    for word in re.split("[ ,;、，；]", keywords):
        assert "#1 " in desk("memory_recall", context=word).text, word


@pytest.mark.requirement("memory-mcp:memory_store", "memory-mcp:bound")
def test_what_is_too_long_or_out_of_bounds_is_told_or_brought_to_the_nearest(desk: Desk) -> None:
    long = desk("memory_store", content="é" * 1_401, expanded_keywords="k")

    assert long.failed
    assert "the limit is 1,400" in long.text
    assert desk("memory_list").text == "No memories stored yet"
    assert not desk("memory_store", content="é" * 1_400, expanded_keywords="k", importance=3).failed
    assert desk.context.log.get(1).importance == 1.0
    assert desk("memory_store", content="x", expanded_keywords="k", importance="high").failed


@pytest.mark.requirement("memory-mcp:memory_recall", "memory-mcp:memory_list")
def test_ten_are_recalled_and_twenty_listed_unless_others_are_asked_for(desk: Desk) -> None:
    for nth in range(25):
        desk("memory_store", content=f"roof tile number {nth}", expanded_keywords="k")

    assert desk("memory_recall", context="roof tile", expanded_query="k").text.startswith("Found 10 memories")
    assert desk("memory_recall", context="roof tile", expanded_query="k", limit=3).text.count("\n#") == 3
    assert desk("memory_list").text.startswith("Recent memories (20 shown):\n#25 ")
    assert desk("memory_list", limit=2).text.count("\n#") == 2


@pytest.mark.requirement("memory-mcp:memory_delete")
def test_what_was_deleted_is_told_by_its_first_fifty_characters_and_comes_back_by_its_owner(desk: Desk) -> None:
    desk("memory_store", content="z" * 80, expanded_keywords="k")

    assert desk("memory_delete", id="#1").text == f"Deleted memory #1: {'z' * 50}..."
    assert desk.context.log.restore(1).memory.alive


@pytest.mark.requirement("memory-mcp:secret_get")
def test_of_what_is_not_sensitive_that_is_told_and_of_what_is_not_there_an_error(desk: Desk) -> None:
    desk("memory_store", content="Bob likes tea", expanded_keywords="k")

    assert desk("secret_get", id=1).text == "Memory #1 is not sensitive; memory_recall shows it whole"
    missing = desk("secret_get", id=2)
    assert missing.failed
    assert "no memory #2" in missing.text


_KEY = "-----BEGIN RSA PRIVATE {0}-----\n{1}\n-----END RSA PRIVATE {0}-----".format("KEY", "MIIEpAIBAAKCAQEA7bq9" * 20)


@pytest.mark.requirement("memory-mcp:detection")
@pytest.mark.parametrize(
    ("secret", "before", "after"),
    [
        (_KEY, "", ""),
        ("AKIA" + "IOSFODNN7EXAMPL2", "the id is ", ""),
        ("ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3z5A", "", ""),
        ("Sup3rS3cret", "postgres://app:", "@db.local:5432/app"),
        ("Sup3rS3cret", "https://bob:", "@host/x"),
        ("abcDEF123456ghiJKL789mno", "Authorization: Bearer ", ""),
        ("a8f5f167f44f4964e6c998dee827110c", 'api_key = "', '"'),
        ("hunter2000", "password: ", ""),
        ("Zx81kQpLmN02RtYvBc77WqAs", 'token = "', '"'),
        ("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "encryption_key=", ""),
        ("Zx81kQpLmN02RtYvBc77", "client_secret=", ""),
    ],
    ids=[
        "private key", "AWS key id", "GitHub token", "connection string", "basic auth", "bearer", "API key", "password",
        "token", "hex key", "secret",
    ],
)  # fmt: skip
def test_each_sort_of_secret_is_found_sealed_and_given_back(desk: Desk, secret: str, before: str, after: str) -> None:
    content = f"for the barn: {before}{secret}{after}\nas it is"

    stored = desk("memory_store", content=content, expanded_keywords="k")

    assert "is sealed: secret_get(id=1)" in stored.text
    for text in (stored.text, desk("memory_list").text, desk("memory_recall", context="barn").text):
        assert secret not in text
    assert "[SENSITIVE - use secret_get(id=1)]" in desk("memory_list").text
    assert desk("secret_get", id=1).text == content


@pytest.mark.requirement("memory-mcp:memory_list")
def test_a_category_is_kept_to_and_defaults_to_facts(desk: Desk) -> None:
    desk("memory_store", content="Bob likes tea", expanded_keywords="k", category="people")
    desk("memory_store", content="Tabs, not spaces", expanded_keywords="k", category="preferences")
    assert desk("memory_store", content="The sky is blue", expanded_keywords="k").text == (
        "Stored memory #3 in category 'facts' with importance 0.5"
    )

    assert "Bob" not in desk("memory_list", category="preferences").text
    assert "Bob" not in desk("memory_recall", context="tea tabs", expanded_query="sky", category="facts").text


@pytest.mark.requirement("memory-mcp:links")
def test_what_speaks_for_or_against_a_memory_stands_below_it(desk: Desk) -> None:
    desk("memory_store", content="the roof is flat", expanded_keywords="k")
    desk("memory_store", content="the roof has a pitch of 30 degrees", expanded_keywords="k")

    for relation, mine, other in (
        ("supersedes", "supersedes: #1", "superseded_by: #2"),
        ("conflicts_with", "conflicts_with: #1", "conflicts_with: #2"),
    ):
        desk("mem_compare", memory_id_a=2, memory_id_b=1, confidence=1, reasoning="seen", relation=relation)
        for text in (desk("memory_recall", context="roof").text, desk("memory_list").text):
            newer, older = text.index("#2 [facts]"), text.index("#1 [facts]")
            assert newer < text.index(mine) < older < text.index(other)


@pytest.mark.requirement("memory-mcp:memory_recall")
@pytest.mark.parametrize(("order", "numbers"), [("importance", "#2 #3 #1"), ("recency", "#3 #1 #2")])
def test_a_recall_can_be_ordered_otherwise(desk: Desk, order: str, numbers: str) -> None:
    for words, importance in (("roof tile of clay", 0.2), ("roof tile of slate", 0.9), ("roof tile of tin", 0.5)):
        desk("memory_store", content=words, expanded_keywords="k", importance=importance)
    for number in (1, 3):
        desk("mem_update", id=number, content=f"roof tile, the {number}th")
    best = desk("memory_recall", context="roof tile", expanded_query="slate").text.splitlines()
    assert best[1].startswith("#2 ")

    answer = desk("memory_recall", context="roof tile", expanded_query="slate", sort_by=order).text.splitlines()

    assert answer[0] == f"Found 3 memories (by {order}):"
    assert [line[:2] for line in answer[1::2]] == numbers.split()
    assert desk("memory_recall", context="roof", expanded_query="x", sort_by="luck").failed


def test_a_memory_of_one_folder_is_recalled_in_another(desk: Desk) -> None:
    desk("memory_store", content="Bob likes tea", expanded_keywords="k")
    desk.cwd = str(desk.folder)

    assert "Bob likes tea" in desk("memory_recall", context="tea", expanded_query="bob").text


@pytest.mark.requirement("memory-mcp:secrets", "memory-mcp:secret_get")
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


@pytest.mark.parametrize("name", ["sensitive", "forceSensitive"])
def test_what_is_to_be_sealed_is_sealed_by_whatever_name_a_model_says_so(desk: Desk, name: str) -> None:
    told: dict[str, Any] = {"content": "the safe opens with 4711", "expanded_keywords": "safe", name: True}

    stored = desk("memory_store", **told)

    assert "It is sealed: secret_get(id=1) gives it back" in stored.text
    assert "4711" not in desk("memory_list").text


def test_what_is_stored_as_sensitive_is_kept_out_of_everything_but_secret_get(desk: Desk) -> None:
    stored = desk(
        "memory_store", content="the safe opens with 4711", expanded_keywords="safe code 4711", force_sensitive=True
    )

    assert "It is sealed: secret_get(id=1) gives it back" in stored.text
    assert "4711" not in desk("memory_list").text
    assert re.search(r"sealed note of \S+ \[sensitive: ask with secret_get\(id=1\)\]", desk("memory_list").text)
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


@pytest.mark.requirement("engram:mem_compare")
def test_a_verdict_that_nobody_asked_for_is_the_agents(desk: Desk) -> None:
    desk("mem_save", title="A", content="the roof is red")
    desk("mem_save", title="B", content="cats sleep a lot")

    answer = desk(
        "mem_compare", memory_id_a=1, memory_id_b="#2", relation="not_conflict", confidence=0.9,
        reasoning="roofs, cats", model="small-model",
    )  # fmt: skip

    told = ("relation", "judgment_status", "reason", "marked_by_actor", "marked_by_kind", "session_id")
    assert [answer.fields[each] for each in told] == [
        "not_conflict", "judged", "roofs, cats", "agent:small-model", "agent", "mcp-1",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["owner", "agent:owner", " owner "])
def test_an_agent_that_calls_itself_the_owner_is_told_to_be_an_agent(desk: Desk, name: str) -> None:
    desk("mem_save", title="A", content="the roof is red")
    desk("mem_save", title="B", content="cats sleep a lot")

    answer = desk(
        "mem_compare", memory_id_a=1, memory_id_b=2, relation="related", confidence=1, reasoning="so", model=name
    )

    assert (answer.fields["marked_by_actor"], answer.fields["marked_by_kind"]) == ("agent:owner", "agent")


def test_an_unknown_relation_is_refused_with_those_there_are(desk: Desk) -> None:
    answer = desk("mem_judge", judgment_id="rel-1", relation="hates")

    assert answer.failed
    assert "conflicts_with" in answer.text


@pytest.mark.requirement("engram:mem_delete")
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


def test_what_is_pinned_of_the_owners_words_no_agent_lets_go(desk: Desk) -> None:
    desk("mem_save", title="A", content="makes the project known")
    kept = desk.context.log.remember(Draft("the vault opens at nine", pinned=True, trust="owner"), 1).memory

    answer = desk("mem_unpin", id=kept.number)

    assert answer.failed
    assert f"holdfast unpin {kept.number}" in answer.text
    assert desk.context.log.get(kept.number).pinned


@pytest.mark.parametrize("tool", TOOLS)
def test_whatever_a_tool_asks_for_an_agent_asks(desk: Desk, tool: str) -> None:
    desk("memory_store", content="Bob likes tea", expanded_keywords="k", force_sensitive=True)
    given: dict[str, Any] = {
        "id": "1",
        "relation": "related",
        "action": "confirm",
        "hard": True,
        "summary": "it went well",
    }
    arguments: dict[str, Any] = {
        param.name: given.get(param.name, param.default or "1") for param in TOOLS[tool].params
    }

    desk(tool, **arguments)

    assert desk.asked
    assert all(told["trust"] == "agent" for _, told in desk.asked)


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

    told = desk("mem_current_project").fields
    assert [told[each] for each in ("project", "project_source", "project_path")] == ["shed", "path", desk.cwd]
    assert desk("mem_merge_projects", **{"from": "shed", "to": "workshop"}).text == "shed is part of workshop now."
    assert [each["label"] for each in desk("mem_list_projects").fields["projects"]] == ["workshop"]
    assert desk("mem_current_project").fields["number"] == 1
    assert desk("mem_merge_projects", **{"from": " , ", "to": "workshop"}).failed


def test_projects_that_were_merged_before_one_that_is_not_known_are_told(desk: Desk) -> None:
    for name in ("shed", "barn"):
        (desk.folder / name).mkdir()
        desk.cwd = str(desk.folder / name)
        desk("mem_save", title="A", content=f"in the {name}")

    refused = desk("mem_merge_projects", **{"from": "shed, loft", "to": "barn"})

    assert refused.failed
    assert "no project is called 'loft'" in refused.text
    assert "shed is part of barn now" in refused.text
    assert "mem_list_projects" in refused.text


def test_a_project_that_was_renamed_goes_by_its_new_name(desk: Desk) -> None:
    desk("mem_save", title="A", content="in the workshop")
    desk.context.log.projects.rename(1, "the barn")

    assert desk("mem_current_project").fields["project"] == "the barn"
    assert desk("mem_save", title="B", content="there, too").fields["project"] == "the barn"
    assert not desk("mem_search", query="there", project="the barn").failed


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
