from tests.unit.memory.changes import BIRTH, birth, change, forget

from holdfast.memory import Edit, steps


def test_each_step_tells_what_was_before_and_after() -> None:
    retold = {**BIRTH["text"], "kind": "fact"}  # type: ignore[dict-item]
    told = steps([birth(), change("two", 2, {"text": retold, "pin": True}, body="second"), forget("gone", 3)])
    assert [step.cause for step in told] == ["forget", "revise", "remember"]
    assert told[0].edits == (Edit("alive", True, False),)
    assert set(told[1].edits) == {
        Edit("kind", "note", "fact"),
        Edit("body", "first", "second"),
        Edit("pinned", False, True),
    }
    assert Edit("body", None, "first") in told[2].edits
    assert [step.holds for step in told] == [True, True, True]
    assert [step.at for step in told] == [3, 2, 1]


def test_a_step_tells_by_what_it_was_undone_and_when_it_holds_no_more() -> None:
    first, second = birth(), change("two", 2, {"tags": ["x"]})
    undo = change("undo", 3, {"tags": [], "origins": {"tags": first.id.hex}}, cause="undo", subject=second.id)
    told = {step.change: step for step in steps([first, second, undo])}
    assert told[second.id].undone_by == undo.id
    assert not told[second.id].holds
    assert told[first.id].holds
    redo = change("redo", 4, {"tags": ["x"], "origins": {"tags": second.id.hex}}, cause="redo", subject=undo.id)
    told = {step.change: step for step in steps([first, second, undo, redo])}
    assert told[second.id].undone_by is None
    assert told[second.id].holds


def test_an_erased_step_says_no_more_than_that_it_was() -> None:
    told = steps([change("gone", 1, None, cause="remember"), change("erase", 2, {}, cause="erase")])
    assert [(step.cause, step.edits, step.erased) for step in told] == [("erase", (), False), ("remember", (), True)]


def test_what_was_undone_and_done_again_very_often_has_a_history_all_the_same() -> None:
    log = [birth(), change("0", 2, {"tags": ["x"]})]
    for nth in range(1, 1_501):
        patch = {"tags": ["x"] if nth % 2 == 0 else []}
        log.append(change(str(nth), nth + 2, patch, cause="undo" if nth % 2 else "redo", subject=log[-1].id))

    told = {step.change: step.undone_by for step in steps(log)}

    assert told[log[1].id] is None  # the last one did it again
    assert told[log[-3].id] is None
    assert told[log[-2].id] == log[-1].id
