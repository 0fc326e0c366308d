from hypothesis import given
from hypothesis import strategies as st
from tests.unit.memory.changes import BIRTH, birth, change, forget, restore

from holdfast.ids import derived
from holdfast.memory import Change, Plan, fold, plan, undone_by


def undo(log: list[Change], target: Change) -> Change:
    """Append the undo of `target` to the log, as the store does."""
    found = plan(log, target)
    assert found.reverted
    done = change(
        f"undo {len(log)}",
        max(each.seq for each in log) + 1,
        dict(found.patch),
        cause="redo" if target.cause == "undo" else "undo",
        body=found.body,
        subject=target.id,
    )
    log.append(done)
    return done


def text(name: str, clock: int, body: str) -> Change:
    return change(name, clock, {"text": {**BIRTH["text"], "title": body}}, body=body)  # type: ignore[dict-item]


def body_of(log: list[Change]) -> str | None:
    return fold(log).writes["text"].body


def test_what_a_change_wrote_goes_back_to_what_was_there_before_it() -> None:
    log = [birth(), text("second", 2, "two")]
    undo(log, log[1])
    assert body_of(log) == "first"


def test_undoing_the_undo_does_it_again_and_so_on() -> None:
    log = [birth(), text("second", 2, "two")]
    for expected in ("first", "two", "first", "two"):
        undo(log, log[-1])
        assert body_of(log) == expected
    assert [each.cause for each in log[2:]] == ["undo", "redo", "undo", "redo"]


def test_one_goes_back_step_by_step() -> None:
    log = [birth(), text("second", 2, "two"), text("third", 3, "three")]
    undo(log, log[2])
    undo(log, log[1])
    assert body_of(log) == "first"
    assert plan(log, log[2]).later["text"].id == log[-1].id


def test_what_was_written_since_stays_and_is_told() -> None:
    log = [birth(), change("both", 2, {"tags": ["x"], "pin": True}), change("later", 3, {"pin": False})]
    found = plan(log, log[1])
    assert found.reverted == ("tags",)
    assert found.patch["tags"] == []
    assert {name: after.id for name, after in found.later.items()} == {"pin": log[2].id}


def test_undoing_the_first_change_takes_the_memory_away_and_nothing_else() -> None:
    log = [birth()]
    away = undo(log, log[0])
    assert away.patch == {"alive": False}
    back = undo(log, away)
    assert fold(log).value("alive")
    assert back.patch == {"alive": True, "restores": [away.id.hex], "origins": {"alive": log[0].id.hex}}


def test_undoing_a_forget_is_a_restore_that_saw_it() -> None:
    log = [birth(), forget("gone", 2)]
    undo(log, log[1])
    assert fold(log).value("alive")
    unseen = forget("unseen", 2, device=2)
    assert not fold([*log, unseen]).value("alive")


def test_undoing_a_restore_forgets_again() -> None:
    gone = forget("gone", 2)
    log = [birth(), gone, restore("back", 3, gone)]
    undo(log, log[2])
    assert not fold(log).value("alive")
    undo(log, log[3])
    assert fold(log).value("alive")


def test_a_repeat_is_counted_back_once() -> None:
    log = [birth(), change("again", 2, {"repeats": 1}, cause="repeat")]
    undo(log, log[1])
    assert fold(log).repeats == 0
    assert plan(log, log[1]) == Plan({}, None, (), {})
    undo(log, log[2])
    assert fold(log).repeats == 1
    assert log[1].id not in undone_by(log)


def test_before_is_by_stamp_not_by_arrival() -> None:
    log = [birth(), text("mine", 9, "mine"), change("theirs", 5, text("", 5, "theirs").patch, device=2, body="theirs")]
    undo(log, log[1])
    assert body_of(log) == "theirs"


def test_a_first_edit_of_what_the_log_did_not_make_goes_back_to_what_it_says_was_there() -> None:
    log = [change("rename", 1, {"label": "new", "was": {"label": "old"}}, cause="rename")]
    away = undo(log, log[0])
    assert fold(log).value("label") == "old"
    undo(log, away)
    assert fold(log).value("label") == "new"


def test_undos_that_name_each_other_in_a_circle_are_told_all_the_same() -> None:
    one = change("one", 2, {"tags": ["a"]}, cause="undo", subject=derived("change", "two"))
    two = change("two", 3, {"tags": ["b"]}, cause="undo", subject=derived("change", "one"))
    assert undone_by([birth(), one, two]) == {one.id: two}


@given(st.lists(st.sampled_from(["write", "undo", "redo"]), max_size=14), st.data())
def test_undo_and_redo_walk_like_those_of_an_editor(acts: list[str], data: st.DataObject) -> None:
    log, stack, undone = [birth()], ["first"], list[tuple[Change, str]]()
    written = [log[0]]
    for n, act in enumerate(acts):
        if act == "write":
            log.append(text(f"write {n}", max(each.seq for each in log) + 1, f"body {n}"))
            stack.append(f"body {n}")
            written.append(log[-1])
            undone.clear()
        elif act == "undo" and len(stack) > 1:
            undone.append((undo(log, written.pop()), stack.pop()))
        elif act == "redo" and undone:
            away, value = undone.pop()
            written.append(undo(log, away))
            stack.append(value)
        assert body_of(log) == stack[-1]
