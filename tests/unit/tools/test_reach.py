"""How far an agent's call reaches: writing within its own project, reading elsewhere only what it names."""

from functools import partial
from typing import Any

import pytest
from tests.unit.tools.desk import Desk
from tests.unit.tools.test_saving import hear

WRITING: dict[str, dict[str, Any]] = {
    "mem_update": {"id": 1, "content": "rewritten from elsewhere"},
    "mem_delete": {"id": 1},
    "mem_delete for good": {"id": 1, "hard": True},
    "memory_delete": {"id": 1},
    "mem_pin": {"id": 1},
    "mem_unpin": {"id": 2},
    "mem_review": {"action": "confirm", "id": 1},
    "mem_compare": {"memory_id_a": 1, "memory_id_b": 2, "relation": "supersedes", "confidence": 1, "reasoning": "so"},
    "mem_judge": {"relation": "supersedes"},
    "mem_save": {"title": "A", "content": "rewritten", "project": "workshop", "topic_key": "roof/colour"},
}  # fmt: skip


@pytest.fixture
def elsewhere(desk: Desk) -> Desk:
    """A desk in another project than that of the notes 1 and 2, which wait for a verdict."""
    desk("mem_save", title="Roof", content="the roof is painted red on Mondays", topic_key="roof/colour")
    desk("mem_save", title="Roofs", content="the roof is painted green on Tuesdays now")
    desk("mem_pin", id=2)
    log = desk.context.log
    log.relations.propose(log.get(2), log.get(1), 0.8)
    (desk.folder / "shed").mkdir()
    desk.cwd = str(desk.folder / "shed")
    return desk


def given(desk: Desk, call: str) -> dict[str, Any]:
    (pair,) = desk.context.log.relations.listed()
    return {**WRITING[call], **({"judgment_id": pair.judgment_id} if call == "mem_judge" else {})}


@pytest.mark.parametrize("call", WRITING)
def test_what_belongs_to_another_project_is_not_written_to(elsewhere: Desk, call: str) -> None:
    log = elsewhere.context.log
    before = ([log.get(number) for number in (1, 2)], log.relations.listed())

    answer = elsewhere(call.partition(" ")[0], **given(elsewhere, call))

    assert answer.failed
    assert "belongs to the project workshop" in answer.text
    assert "ask the user" in answer.text
    assert ([log.get(number) for number in (1, 2)], log.relations.listed()) == before


@pytest.mark.parametrize("call", WRITING)
def test_naming_the_other_project_does_not_help(elsewhere: Desk, call: str) -> None:
    answer = elsewhere(call.partition(" ")[0], **{**given(elsewhere, call), "project": "workshop"})

    assert answer.failed
    assert "belongs to the project workshop" in answer.text


def test_a_new_note_may_be_saved_for_a_project_that_is_named(elsewhere: Desk) -> None:
    saved = elsewhere("mem_save", title="Door", content="the door is oak", project="workshop", topic_key="door/wood")

    assert saved.text.splitlines()[0] == "Saved #3 'Door' in workshop."


def test_a_note_of_another_project_is_read_when_that_is_named(elsewhere: Desk) -> None:
    for read in (partial(elsewhere, "mem_get_observation", id=1), partial(elsewhere, "mem_timeline", observation_id=1)):
        refused = read()
        assert refused.failed
        assert "painted" not in refused.text
        assert "give `project`: workshop" in refused.text
        assert read(project="shed").failed

        assert "Roof" in read(project="workshop").text


def test_what_was_said_in_another_project_is_read_when_that_is_named(elsewhere: Desk) -> None:
    here, elsewhere.cwd = elsewhere.cwd, str(elsewhere.project)
    hear(elsewhere, "why does the greenhouse leak?")
    elsewhere.cwd = here

    for read in (partial(elsewhere, "mem_get_observation", id="e1"), partial(elsewhere, "mem_timeline", id="e1")):
        assert "greenhouse" not in read().text
        assert "greenhouse" in read(project="workshop").text


def test_personal_notes_are_read_and_written_from_everywhere(elsewhere: Desk) -> None:
    elsewhere.cwd = str(elsewhere.project)
    elsewhere("mem_save", title="Tea", content="tea, not coffee", scope="personal")
    elsewhere.cwd = str(elsewhere.folder / "shed")

    assert not elsewhere("mem_update", id=3, content="tea, never coffee").failed
    assert "never coffee" in elsewhere("mem_get_observation", id=3).text


def test_what_was_merged_into_the_project_belongs_to_it(elsewhere: Desk) -> None:
    elsewhere("mem_save", title="Rake", content="the rake is old")
    elsewhere("mem_merge_projects", **{"from": "workshop", "to": "shed"})

    assert not elsewhere("mem_update", id=1, content="the roof is blue").failed


def test_every_folder_that_the_host_has_open_is_the_calls_own(elsewhere: Desk) -> None:
    elsewhere.cwd = "/"
    elsewhere.roots = [f"file://{elsewhere.folder}/shed", f"file://{elsewhere.project}"]

    assert not elsewhere("mem_update", id=1, content="the roof is blue").failed


def test_where_the_host_tells_no_projects_folder_the_call_names_one(elsewhere: Desk) -> None:
    elsewhere.cwd = "/"

    assert elsewhere("mem_update", id=1, content="the roof is blue").failed
    assert not elsewhere("mem_update", id=1, content="the roof is blue", project="workshop").failed
    assert not elsewhere("mem_judge", **given(elsewhere, "mem_judge"), project="workshop").failed
