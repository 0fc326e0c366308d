"""The fields that programs read are those that the page of tools names."""

import re
from typing import Any

import pytest
from tests.docs.pages.tools import FIELDS
from tests.unit.tools.desk import Desk

from holdfast.tools.table import TOOLS

NOTE = {"title": "Upload retries now", "content": "The upload queue retries 3 times now, then it gives up."}
PAIR = {"memory_id_a": 2, "memory_id_b": 1, "relation": "related", "confidence": 1, "reasoning": "both"}
LEARNED = "## Learnings\n- long enough to be kept as one"
CALLS: dict[str, dict[str, Any]] = {
    "mem_save": NOTE, "mem_search": {"query": "upload"}, "mem_context": {}, "mem_get_observation": {"id": 1},
    "mem_timeline": {"observation_id": 1}, "mem_update": {"id": 1, "content": "other"}, "mem_judge": {},
    "mem_session_summary": {"content": "done"}, "mem_session_start": {"id": "s"}, "mem_session_end": {"id": "run"},
    "mem_suggest_topic_key": {"title": "x"}, "mem_capture_passive": {"content": LEARNED},
    "mem_save_prompt": {"content": "asked"}, "mem_delete": {"id": 1}, "mem_stats": {}, "mem_list_projects": {},
    "mem_current_project": {}, "mem_merge_projects": {"from": "shed", "to": "workshop"}, "mem_pin": {"id": 1},
    "mem_unpin": {"id": 1}, "mem_review": {}, "mem_doctor": {}, "mem_compare": PAIR,
    "memory_store": {"content": "Bob likes tea"}, "memory_recall": {"context": "upload"}, "memory_list": {},
    "memory_delete": {"id": 1}, "secret_get": {"id": 1}, "memory_count": {},
}  # fmt: skip


@pytest.mark.parametrize("tool", TOOLS)
def test_the_page_names_each_field_of_an_answer(desk: Desk, tool: str) -> None:
    desk("mem_session_start", id="run")
    desk("mem_save", title="Upload retries", content="The upload queue retries 5 times, then it gives up.")
    desk("mem_save", title="Cats", content="cats sleep a lot")
    (desk.folder / "shed").mkdir()
    here, desk.cwd = desk.cwd, str(desk.folder / "shed")
    desk("mem_save", title="A", content="in the shed")
    desk.cwd = here
    given = CALLS[tool]
    if tool == "mem_judge":
        given = {"judgment_id": desk("mem_save", **NOTE).fields["judgment_id"], "relation": "related"}

    answer = desk(tool, **given)

    assert not answer.failed, answer.text
    told = set(re.findall(r"`(\w+)`", FIELDS.get(tool, "")))
    assert answer.fields.keys() - {"result"} <= told
    assert bool(answer.fields) == bool(told)
