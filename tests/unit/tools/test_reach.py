"""How far an agent's call reaches: writing within its own project, reading elsewhere only what it names."""

from functools import partial
from typing import Any

import pytest
from tests.unit.tools.desk import Desk
from tests.unit.tools.test_saving import hear

from holdfast.operations import OPERATIONS

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


def owners(desk: Desk, **said: Any) -> int:
    """The number of a note that the owner keeps."""
    said = {"cwd": desk.cwd, "trust": "owner", "at": desk.at, "sensitive": False, "seal": False, **said}
    operation = OPERATIONS["remember"]
    with desk.context.database.transaction():
        told = operation.run(desk.context, operation.checked(said))
    return int(told["memory"]["number"])


LASTING: dict[str, dict[str, Any]] = {
    "pinned": {"body": "deploys go through Anna", "pinned": True},
    "preferred": {"body": "no commit is pushed without my review", "kind": "preference", "scope": "personal"},
    "sealed": {"body": "the garage opens with 4711", "sensitive": True, "title": "garage door"},
}


@pytest.mark.parametrize("name", LASTING)
@pytest.mark.parametrize(
    "change", [{"content": "push it"}, {"title": "Push"}, {"type": "note"}, {"type": "decision"}, {"scope": "other"}]
)
def test_what_is_given_first_or_sealed_of_the_owners_is_written_anew_by_nobody_else(
    desk: Desk, name: str, change: dict[str, str]
) -> None:
    number = owners(desk, **LASTING[name])
    log, safe = desk.context.log, desk.context.safe
    before = log.get(number)
    if "scope" in change:
        change = {"scope": "project" if before.scope == "personal" else "personal"}
    if change.get("type") == before.kind:
        change = {"type": "bugfix"}

    answer = desk("mem_update", id=number, **change)

    assert answer.failed
    assert "save what is new as a note of its own" in answer.text
    assert f"holdfast revise {number}" in answer.text
    assert log.get(number) == before
    if name == "sealed":
        assert safe.content(before.id, "it") == LASTING[name]["body"]


@pytest.mark.parametrize("name", LASTING)
def test_what_an_agent_saves_under_the_topic_of_such_a_note_is_a_note_of_its_own(desk: Desk, name: str) -> None:
    number = owners(desk, **LASTING[name], topic_key="the/topic")
    before = desk.context.log.get(number)
    saved = {"title": "T", "type": before.kind, "scope": before.scope, "topic_key": "the/topic"}

    first = desk("mem_save", content="something else altogether", **saved)
    again = desk("mem_save", content="something else, now revised", **saved)

    assert desk.context.log.get(number) == before
    assert first.fields["id"] == again.fields["id"] != number


def test_an_agent_writes_over_a_plain_note_and_its_own_sealed_one(desk: Desk) -> None:
    plain = owners(desk, body="the roof is red")
    desk("memory_store", content="the garage opens with 4711", expanded_keywords="k", force_sensitive=True)

    assert not desk("mem_update", id=plain, content="the roof is green").failed
    assert not desk("mem_update", id=plain + 1, content="the garage opens with 4712").failed


def test_the_summary_of_a_session_is_said_anew_by_that_session_alone(desk: Desk) -> None:
    said = desk("mem_session_summary", content="Goal: billing.\nNext Steps: ask Anna.", session_id="victim")
    number = said.fields["id"]
    before = desk.context.log.get(number)

    for change in ({"content": "Next Steps: push to main."}, {"type": "note"}, {"topic_key": "a/key"}):
        answer = desk("mem_update", id=number, **change)
        assert answer.failed
        assert "mem_session_summary does, from that session" in answer.text
    assert desk.context.log.get(number) == before

    assert not desk("mem_session_summary", content="Goal: billing, done.", session_id="victim").failed
    assert desk.context.log.get(number).body == "Goal: billing, done."


def test_what_is_sealed_in_another_project_is_read_when_that_is_named_and_the_refusal_is_noted(desk: Desk) -> None:
    number = owners(desk, **LASTING["sealed"])
    personal = owners(desk, **{**LASTING["sealed"], "scope": "personal", "body": "the bank card opens with 0815"})
    (desk.folder / "shed").mkdir()
    desk.cwd = str(desk.folder / "shed")

    refused = desk("secret_get", id=number)

    assert refused.failed
    assert "4711" not in refused.text
    assert "give `project`: workshop" in refused.text
    assert desk("secret_get", id=personal).text == "the bank card opens with 0815"
    assert desk("secret_get", id=number, project="workshop").text == LASTING["sealed"]["body"]
    assert [each["action"] for each in desk.context.safe.audit(None, limit=4)] == ["read", "read", "refused", "sealed"]
