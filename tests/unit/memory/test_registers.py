import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.memory.changes import birth, change, forget, restore

from holdfast.memory import Change, State, fold


def test_of_two_writes_the_later_stamp_holds_whichever_came_first() -> None:
    early, late = change("a", 2, {"tags": ["a"]}), change("b", 3, {"tags": ["b"]}, device=2)
    assert fold([birth(), early, late]).value("tags") == ["b"]
    assert fold([birth(), late, early]).value("tags") == ["b"]


def test_of_two_writes_at_one_stamp_that_of_the_larger_device_holds() -> None:
    small, large = change("a", 2, {"tags": ["a"]}, device=1), change("b", 2, {"tags": ["b"]}, device=2)
    for order in itertools.permutations([birth(), small, large]):
        assert fold(order).value("tags") == ["b"]


def test_each_register_merges_by_itself() -> None:
    state = fold([birth(), change("pin", 2, {"pin": True}), change("tags", 3, {"tags": ["x"]}, device=2)])
    assert (state.value("pin"), state.value("tags"), state.value("alive")) == (True, ["x"], True)


def test_a_restore_that_had_seen_the_forget_brings_the_memory_back() -> None:
    gone = forget("gone", 2)
    assert not fold([birth(), gone]).value("alive")
    assert fold([birth(), gone, restore("back", 3, gone)]).value("alive")


def test_a_later_restore_of_another_forget_does_not() -> None:
    first, unseen = forget("first", 2), forget("unseen", 4, device=2)
    back = restore("back", 9, first)
    for order in itertools.permutations([birth(), first, unseen, back]):
        state = fold(order)
        assert not state.value("alive")
        assert state.writes["alive"].change == unseen.id
        assert state.open_forgets() == [unseen.id.hex]


def test_the_restore_may_come_before_the_forget_that_it_saw() -> None:
    gone = forget("gone", 2)
    assert fold([birth(), restore("back", 3, gone, device=2), gone]).value("alive")


def test_an_erase_is_final_whatever_comes_after() -> None:
    erased = change("erase", 2, {}, cause="erase")
    later = change("text", 9, {"pin": True}, device=2)
    for order in itertools.permutations([birth(), erased, later]):
        assert fold(order).erased == erased.clock


def test_a_change_without_a_body_still_counts_for_the_time_of_the_first() -> None:
    for order in itertools.permutations([change("gone", 5, None), change("later", 7, {"pin": True})]):
        assert fold(order).created == 5


def test_repeats_are_summed_and_text_writes_counted() -> None:
    again = [change(f"again {n}", 2 + n, {"repeats": 1}, cause="repeat") for n in range(3)]
    taken_back = change("undo", 9, {"repeats": -1}, cause="undo", subject=again[2].id)
    state = fold([birth(), *again, taken_back, change("text", 10, {"text": {}}, body="second")])
    assert (state.repeats, state.revision) == (2, 2)


NAMES = ("tags", "pin", "importance", "standing")


@st.composite
def logs(draw: st.DrawFn) -> list[Change]:
    """What three devices did to one memory, some of it without knowing of each other."""
    found = [birth()]
    for n in range(draw(st.integers(1, 7))):
        clock, device = draw(st.integers(2, 6)), draw(st.integers(1, 3))
        what = draw(st.sampled_from(["write", "forget", "restore", "repeat"]))
        if what == "write":
            found.append(change(str(n), clock, {draw(st.sampled_from(NAMES)): n}, device=device))
        elif what == "repeat":
            found.append(change(str(n), clock, {"repeats": 1}, device=device, cause="repeat"))
        elif what == "forget":
            found.append(forget(str(n), clock, device))
        else:
            seen = [each for each in found if each.cause == "forget" and draw(st.booleans())]
            found.append(restore(str(n), clock, *seen, device=device))
    # The order of two changes of one device is never in doubt: their stamps differ.
    return list({(each.order): each for each in found}.values())


@given(logs(), st.randoms(use_true_random=False))
def test_every_order_of_arrival_makes_the_same_memory(log: list[Change], random: object) -> None:
    shuffled = list(log)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert _seen(fold(shuffled)) == _seen(fold(log))


@given(logs())
def test_a_memory_is_alive_when_every_forget_was_taken_back(log: list[Change]) -> None:
    taken_back = {each for one in log for each in (one.patch or {}).get("restores", ())}
    forgets = {one.id.hex for one in log if one.cause == "forget"}
    state = fold(log)
    assert state.value("alive") == (forgets <= taken_back)
    assert set(state.open_forgets()) == forgets - taken_back


@pytest.mark.parametrize("name", ["text", "alive"])
def test_an_undo_tells_whose_value_it_brought_back(name: str) -> None:
    first = birth()
    back = change("undo", 3, {name: first.patch[name], "origins": {name: first.id.hex}}, cause="undo", body="first")  # type: ignore[index]
    assert fold([first, back]).writes[name].origin == first.id


def _seen(state: State) -> object:
    alive = state.writes["alive"]
    return (
        {name: (write.change, write.value) for name, write in state.writes.items()},
        alive.value,
        set(state.open_forgets()),
        (state.created, state.revision, state.repeats, state.erased),
    )
