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


def test_when_to_save_and_when_to_search_stands_in_the_first_240_characters() -> None:
    first = INSTRUCTIONS[0][1][:240]

    assert "Save with mem_save when you decide" in first
    assert "Search with mem_search before work" in first
    assert "when the user refers to the past" in first


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
    assert shape["annotations"]["readOnlyHint"] is TOOLS[name].reads


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


@pytest.mark.parametrize("missing", [{}, {"title": "  "}, {"title": None}])
def test_what_is_needed_is_asked_for(missing: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="mem_save needs title"):
        TOOLS["mem_save"].checked({"content": "o", **missing})
