"""What an agent sends is bounded before anybody looks at it, and comes back no longer than a line."""

from typing import Any

import pytest
from tests.unit.tools.desk import Desk

from holdfast.tools import wording

LONG = "i" * 100_000
FACT = {"content": "the lift is slow", "expanded_keywords": "elevator lift slow floor wait"}


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("mem_session_start", {"id": LONG}),
        ("mem_session_end", {"id": LONG}),
        ("mem_session_summary", {"content": "all is done", "session_id": LONG}),
        ("mem_save_prompt", {"content": "mend it", "session_id": LONG}),
        ("mem_save", {"title": "t", "content": "c", "session_id": LONG}),
        ("mem_save", {"title": "t", "content": "c", "project": LONG}),
        ("mem_search", {"query": "c", "project": LONG}),
        ("mem_current_project", {"project": LONG}),
        ("mem_merge_projects", {"from": "workshop", "to": LONG}),
        ("memory_store", {**FACT, "tags": ",".join(map(str, range(100_000)))}),
        ("memory_store", {**FACT, "expanded_keywords": " ".join(map(str, range(100_000)))}),
        ("memory_store", {**FACT, "expanded_keywords": LONG}),
        ("memory_store", {**FACT, "category": LONG}),
        ("memory_store", {**FACT, "category": LONG, "force_sensitive": True}),
    ],
)
def test_a_name_that_no_host_gave_is_refused_in_few_words(desk: Desk, tool: str, arguments: dict[str, Any]) -> None:
    answer = desk(tool, **arguments)
    assert answer.failed
    assert len(answer.text) < 600
    assert desk.context.log.recent() == []
    assert desk.context.database.value("SELECT count(*) FROM sessions") == 0


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("mem_search", {"query": "i" * 20_000}),
        ("memory_recall", {"context": "i" * 20_000, "expanded_query": "lift"}),
        ("memory_list", {"category": "i" * 200}),
    ],
)
def test_what_was_asked_for_in_vain_is_repeated_in_few_words(desk: Desk, tool: str, arguments: dict[str, Any]) -> None:
    answer = desk(tool, **arguments)
    assert not answer.failed
    assert len(answer.text) < 600


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("mem_search", {"query": LONG}),
        ("mem_search", {"query": "c", "type": LONG}),
        ("mem_context", {"query": LONG}),
        ("memory_recall", {"context": LONG, "expanded_query": "lift"}),
        ("memory_recall", {"context": "lift", "expanded_query": LONG}),
        ("memory_recall", {"context": "lift", "category": LONG}),
        ("memory_list", {"category": LONG}),
    ],
)
def test_nobody_looks_for_words_without_end(desk: Desk, tool: str, arguments: dict[str, Any]) -> None:
    """Other sessions would wait for it."""
    answer = desk(tool, **arguments)

    assert answer.failed
    assert "characters; the limit is" in answer.text.replace("\n", "; ").replace("why: ", "")
    assert desk.asked == []


def test_of_what_is_repeated_no_more_is_guarded_than_could_show(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    guarded = []

    def redact(text: str) -> str:
        guarded.append(len(text))
        return text

    monkeypatch.setattr(wording, "redact", redact)

    desk("mem_search", query="i" * 20_000)

    assert guarded == [2_000]


def test_keywords_said_a_hundred_thousand_times_are_one(desk: Desk) -> None:
    assert not desk("memory_store", content="the lift is slow", expanded_keywords="elevator " * 100_000).failed
    assert "#1" in desk("memory_recall", context="elevator", expanded_query="elevator").text
