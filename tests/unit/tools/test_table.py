"""The table of tools: small enough for every session, the same in the manifest, each with a handler."""

import importlib
import inspect
import json

import pytest

from holdfast.errors import UsageError
from holdfast.tools.manifest import FILE, rendered
from holdfast.tools.permission import approved
from holdfast.tools.table import INSTRUCTIONS, PROFILES, TOOLS, Param, schema

PREFIX = "mcp__plugin_holdfast_memory__"


def test_the_manifest_says_what_the_table_says() -> None:
    assert FILE.read_text("utf-8") == rendered(), "run `make docs`"


@pytest.mark.requirement("engram:tools")
def test_the_default_profile_is_small() -> None:
    listed = json.dumps({"tools": [schema(TOOLS[name]) for name in PROFILES["agent"]]})

    assert len(PROFILES["agent"]) <= 13
    assert len(listed.encode()) <= 8 * 1024


@pytest.mark.requirement("engram:tools", "memory-mcp:tools")
def test_the_profiles_have_the_tools_of_the_predecessors() -> None:
    assert set(PROFILES["agent"]) == {
        "mem_save", "mem_search", "mem_context", "mem_get_observation", "mem_timeline", "mem_update", "mem_judge",
        "mem_session_summary", "mem_session_start", "mem_session_end", "mem_suggest_topic_key", "mem_capture_passive",
        "mem_save_prompt",
    }  # fmt: skip
    assert set(PROFILES["admin"]) == {
        "mem_delete", "mem_stats", "mem_merge_projects", "mem_list_projects", "mem_pin", "mem_unpin", "mem_review",
        "mem_doctor", "mem_current_project", "mem_compare",
    }  # fmt: skip
    assert set(PROFILES["memory"]) == {
        "memory_store", "memory_recall", "memory_list", "memory_delete", "secret_get", "memory_count",
    }  # fmt: skip
    assert set(PROFILES["all"]) == set(TOOLS)


@pytest.mark.requirement("engram:directive")
def test_when_to_save_and_when_to_search_stands_in_the_first_240_characters() -> None:
    first = INSTRUCTIONS[0][1][:240]

    assert "Save with mem_save when you decide" in first
    assert "Search with mem_search before work" in first
    assert "when the user refers to the past" in first
    stored = INSTRUCTIONS[1][1][:240]
    assert "Store with memory_store what later sessions need" in stored
    assert "Recall with memory_recall before answering" in stored


@pytest.mark.requirement("engram:directive")
def test_when_to_call_a_tool_stands_in_its_description_again() -> None:
    assert "when it comes up" in TOOLS["mem_save"].help
    assert "Use it before work that may have been done or decided before" in TOOLS["mem_search"].help
    assert "after a compaction" in TOOLS["mem_context"].help
    assert "before it ends and after a compaction" in TOOLS["mem_session_summary"].help
    assert "Use it before answering" in TOOLS["memory_recall"].help


# tool -> its parameters, those that are needed with a star; the last `project` of four tools that speak of one note is
# ours: it names another project than the one that is worked in
PARAMETERS = {
    "mem_save": "title* content* type scope topic_key session_id project",
    "mem_search": "query* type project scope limit all_projects",
    "mem_context": "query project scope limit",
    "mem_get_observation": "id* include_history project",
    "mem_timeline": "observation_id* before after project",
    "mem_update": "id* title content type scope topic_key project",
    "mem_judge": "judgment_id* relation* reason evidence confidence session_id project",
    "mem_session_summary": "content* session_id project",
    "mem_session_start": "id* project directory",
    "mem_session_end": "id* summary",
    "mem_suggest_topic_key": "title type content",
    "mem_capture_passive": "content* session_id project source",
    "mem_save_prompt": "content* session_id project",
    "mem_delete": "id* hard_delete",
    "mem_stats": "",
    "mem_list_projects": "",
    "mem_current_project": "project",
    "mem_merge_projects": "from* to*",
    "mem_pin": "id*",
    "mem_unpin": "id*",
    "mem_review": "action id limit project",
    "mem_doctor": "",
    "mem_compare": "memory_id_a* memory_id_b* relation* confidence* reasoning* model",
    "memory_store": "content* expanded_keywords* category tags importance force_sensitive",
    "memory_recall": "context* expanded_query* category sort_by limit",
    "memory_list": "category limit",
    "memory_delete": "id*",
    "secret_get": "id* project",
    "memory_count": "",
}
# (tool, parameter) -> default, least, most
BOUNDS = {
    ("mem_search", "limit"): (10, 1, 20),
    ("mem_timeline", "before"): (5, 0, 50),
    ("mem_timeline", "after"): (5, 0, 50),
    ("mem_judge", "confidence"): (1.0, 0, 1),
    ("memory_store", "importance"): (0.5, 0, 1),
    ("memory_store", "category"): ("facts", None, None),
    ("memory_recall", "limit"): (10, 1, 50),
    ("memory_recall", "sort_by"): ("relevance", None, None),
    ("memory_list", "limit"): (20, 1, 100),
}
ALIASES = {("mem_save", "observation"): "content", ("mem_delete", "hard"): "hard_delete"}


@pytest.mark.requirement("engram:parameters", "memory-mcp:parameters")
def test_every_tool_has_the_parameters_of_its_contract() -> None:
    listed = {name: schema(tool)["inputSchema"] for name, tool in TOOLS.items()}

    assert {
        name: " ".join(each + "*" * (each in shape.get("required", ())) for each in shape["properties"])
        for name, shape in listed.items()
    } == PARAMETERS
    for (tool, parameter), bounds in BOUNDS.items():
        told = listed[tool]["properties"][parameter]
        assert (told.get("default"), told.get("minimum"), told.get("maximum")) == bounds
    for (tool, alias), name in ALIASES.items():
        assert [each.name for each in TOOLS[tool].params if alias in each.aliases] == [name]


@pytest.mark.requirement("engram:mem_judge.profile")
def test_only_who_works_with_the_notes_judges_them() -> None:
    assert "mem_judge" in PROFILES["agent"]
    assert "mem_judge" not in PROFILES["admin"]


@pytest.mark.requirement("engram:annotations")
def test_what_takes_away_says_so_and_what_can_be_sent_again_too() -> None:
    hints = {name: schema(tool)["annotations"] for name, tool in TOOLS.items()}

    assert {name for name, each in hints.items() if each.get("destructiveHint")} == {
        "mem_delete", "memory_delete", "mem_merge_projects",
    }  # fmt: skip
    assert {name for name, each in hints.items() if not each["readOnlyHint"] and not each["idempotentHint"]} == {
        "mem_review",
    }  # fmt: skip
    assert not any(hints[name]["readOnlyHint"] for name, tool in TOOLS.items() if tool.asks)  # else hosts do not ask
    assert not any(each["openWorldHint"] for each in hints.values())


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_explains_itself_and_has_a_handler(name: str) -> None:
    tool = TOOLS[name]
    module, _, function = tool.made.partition(":")

    assert tool.help.endswith((".", ")."))
    assert inspect.iscoroutinefunction(getattr(importlib.import_module(f"holdfast.tools.{module}"), function))
    assert len({each.name for each in tool.params}) == len(tool.params)


@pytest.mark.parametrize("name", TOOLS)
def test_a_schema_is_one_that_hosts_understand(name: str) -> None:
    shape = schema(TOOLS[name])

    assert set(shape) == {"name", "description", "inputSchema", "annotations"}
    assert shape["inputSchema"]["type"] == "object"
    assert set(shape["inputSchema"].get("required", ())) <= set(shape["inputSchema"]["properties"])
    assert shape["annotations"]["readOnlyHint"] is (TOOLS[name].reads and not TOOLS[name].asks)


@pytest.mark.requirement("memory-mcp:auto-approve")
def test_what_reads_and_saves_is_let_through_and_what_deletes_or_unseals_is_asked() -> None:
    asked = {name for name in TOOLS if not approved(PREFIX + name)}

    assert asked == {"mem_delete", "mem_merge_projects", "memory_delete", "secret_get"}
    assert all(TOOLS[name].asks for name in TOOLS if TOOLS[name].destroys)


@pytest.mark.parametrize(
    "name", ["Bash", "mem_save", "mcp__other_memory__mem_save", f"{PREFIX}unknown", PREFIX, f"x{PREFIX}mem_save"]
)
def test_what_is_not_ours_is_never_let_through(name: str) -> None:
    assert not approved(name)


@pytest.mark.parametrize(
    ("param", "given", "taken"),
    [
        (Param("limit", type=int, least=1, most=20), "12", 12),
        (Param("limit", type=int, least=1, most=20), 12.0, 12),
        (Param("limit", type=int, least=1, most=20), 500, 20),
        (Param("limit", type=int, least=1, most=20), -3, 1),
        (Param("confidence", type=float, least=0, most=1), 7, 1.0),
        (Param("confidence", type=float, least=0, most=1), "0.5", 0.5),
        (Param("hard", type=bool), "true", True),
        (Param("hard", type=bool), False, False),
        (Param("id", type=int, ref=True), 12, "12"),
        (Param("id", type=int, ref=True), "#12", "#12"),
        (Param("title"), 7, "7"),
    ],
)  # fmt: skip
def test_a_value_is_taken_as_a_model_may_have_meant_it(param: Param, given: object, taken: object) -> None:
    found = param.checked(given)

    assert (found, type(found)) == (taken, type(taken))


@pytest.mark.parametrize(
    ("param", "given"),
    [
        (Param("limit", type=int), "many"), (Param("limit", type=int), True), (Param("limit", type=int), None),
        (Param("confidence", type=float), "nan-ish"), (Param("confidence", type=float), float("nan")),
        (Param("limit", type=int), float("inf")), (Param("hard", type=bool), "perhaps"), (Param("title"), ["a"]),
        (Param("title"), True), (Param("relation", among=("related",)), "unrelated"),
    ],
)  # fmt: skip
def test_a_value_that_means_nothing_is_refused_by_name(param: Param, given: object) -> None:
    with pytest.raises(UsageError, match=param.name):
        param.checked(given)


def test_what_is_wrong_with_a_text_is_told_without_it() -> None:
    with pytest.raises(UsageError) as refused:
        TOOLS["memory_store"].checked({"content": {"text": "the safe opens with 4711"}, "expanded_keywords": "k"})

    assert "4711" not in str(refused.value)


def test_arguments_may_have_other_names_and_those_nobody_knows_are_passed_over() -> None:
    found = TOOLS["mem_save"].checked({"title": "t", "observation": "o", "recovery_token": "x", "project": None})

    assert found == {"title": "t", "content": "o"}


@pytest.mark.requirement("engram:unknown-parameters")
@pytest.mark.parametrize(
    ("tool", "given", "newer"),
    [
        ("mem_save", {"title": "t", "content": "c"}, "project_choice_reason recovery_token capture_prompt"),
        ("mem_search", {"query": "q"}, "match_mode response_format"),
        ("mem_context", {}, "compact max_bytes"),
        ("mem_get_observation", {"id": 1}, "history_cursor"),
        ("mem_update", {"id": 1, "title": "t"}, "find replace"),
    ],
)
def test_what_newer_versions_of_engram_take_does_not_stop_a_call(
    tool: str, given: dict[str, object], newer: str
) -> None:
    assert TOOLS[tool].checked({**given, **dict.fromkeys(newer.split(), "x")}) == TOOLS[tool].checked(given)


@pytest.mark.parametrize("missing", [{}, {"title": "  "}, {"title": None}])
def test_what_is_needed_is_asked_for(missing: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="mem_save needs title"):
        TOOLS["mem_save"].checked({"content": "o", **missing})
