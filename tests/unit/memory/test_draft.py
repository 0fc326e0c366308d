from dataclasses import replace
from typing import cast

import pytest

from holdfast.errors import Refused
from holdfast.memory import Draft, Evidence, Scope, Trust, checked, title_of


def same(text: str) -> str:
    return text


def test_a_body_of_1400_characters_is_kept_whole() -> None:
    body = "é" * 1_399 + "𝄞"  # characters, not bytes and not UTF-16 units
    assert checked(Draft(body), same).body == body


def test_a_longer_body_is_refused_with_its_length_and_what_to_do() -> None:
    with pytest.raises(Refused) as refused:
        checked(Draft("x" * 1_401), same)
    assert "1,401" in refused.value.what
    assert "1,400" in refused.value.what
    assert "split" in refused.value.fix
    assert "shorten" in refused.value.fix


def test_the_limit_counts_what_would_be_stored() -> None:
    secret = "s" * 2_000
    draft = checked(Draft(f"kept {secret}"), lambda text: text.replace(secret, "[hidden]"))
    assert draft.body == "kept [hidden]"


def test_the_guard_never_sees_what_is_far_too_long() -> None:
    def guard(text: str) -> str:
        raise AssertionError("it was asked")

    with pytest.raises(Refused, match="1,000,000"):
        checked(Draft("x" * 1_000_000), guard)


@pytest.mark.parametrize("body", ["", " \n\t "])
def test_an_empty_body_is_refused(body: str) -> None:
    with pytest.raises(Refused, match="nothing to remember"):
        checked(Draft(body), same)


def test_a_body_that_the_guard_empties_is_refused_and_the_reason_is_given() -> None:
    with pytest.raises(Refused) as refused:
        checked(Draft("all of it private"), lambda _: " ")
    assert "private" in refused.value.why
    with pytest.raises(Refused):
        checked(Draft("all of it private"), lambda _: "[private] [secret: a key]")
    assert checked(Draft("[ ]"), str).body == "[ ]"
    assert "all of it" not in str(refused.value)


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("We use tabs.\nBecause of screen readers.", "We use tabs."),
        ("\n\n## Why we use tabs\nBecause", "Why we use tabs"),
        ("- first\n- second", "first"),
        ("1. open it", "open it"),
        ("---\nWhat", "What"),
        ("a  b\tc", "a b c"),
        ("---", "---"),
        (
            "The daemon leaves when no session is open and no bridge is connected and the queue is empty",
            "The daemon leaves when no session is open and no bridge is connected and the…",
        ),
        ("x" * 200, "x" * 79 + "…"),
    ],
)
def test_a_title_is_made_from_the_first_line_that_says_something(body: str, title: str) -> None:
    assert title_of(body) == title
    assert checked(Draft(body), same).title == title
    assert len(title) <= 80


def test_a_title_is_one_line_without_control_or_direction_characters() -> None:
    draft = Draft("body", title=" \x1b[31mred\x00\x7f\u202e\n line\t two\u2028three ")
    assert checked(draft, same).title == "[31mred line two three"


def test_a_title_has_at_most_120_characters() -> None:
    assert checked(Draft("body", title="t" * 120), same).title == "t" * 120
    with pytest.raises(Refused, match="121"):
        checked(Draft("body", title="t" * 121), same)


def test_a_blank_title_is_as_good_as_none() -> None:
    assert checked(Draft("the body", title=" \x00 "), same).title == "the body"


def test_what_the_caller_called_it_stays_in_the_label() -> None:
    assert _kind(Draft("b", kind="Architecture")) == ("decision", "Architecture")
    assert _kind(Draft("b", kind="decision")) == ("decision", None)
    assert _kind(Draft("b", kind="musings")) == ("note", "musings")
    assert _kind(Draft("b", kind="decision", label="ADR")) == ("decision", "ADR")


def test_lists_are_tidied_and_bounded() -> None:
    draft = checked(Draft("b", tags=(" a ", "b", "a", ""), files=("src/x.py",)), same)
    assert draft.tags == ("a", "b")
    for refused in (
        Draft("b", tags=tuple(map(str, range(33)))),
        Draft("b", tags=("t" * 81,)),
        Draft("b", files=tuple(map(str, range(65)))),
        Draft("b", files=("f" * 1_025,)),
        Draft("b", topic_key="k" * 121),
        Draft("b", label="l" * 61),
        Draft("b", evidence=(Evidence(quote="q" * 1_401),)),
        Draft("b", evidence=tuple(Evidence(quote=str(n)) for n in range(17))),
    ):
        with pytest.raises(Refused):
            checked(refused, same)


@pytest.mark.parametrize("name", ["tags", "files", "keywords"])
def test_the_guard_never_sees_a_list_that_is_far_too_long(name: str) -> None:
    def clean(text: str) -> str:
        assert text == "b"
        return text

    for much in (tuple(map(str, range(10_000))), ("k" * 5_000_000,)):
        with pytest.raises(Refused, match=name):
            checked(Draft("b", **{name: much}), clean)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["tags", "files", "keywords"])
def test_what_a_list_names_a_thousand_times_the_guard_sees_once(name: str) -> None:
    seen: list[str] = []

    def clean(text: str) -> str:
        seen.append(text)
        return text

    draft = checked(Draft("b", **{name: ("kw",) * 1_000}), clean)  # type: ignore[arg-type]
    assert getattr(draft, name) == ("kw",)
    assert seen.count("kw") == 1


def test_what_the_guard_takes_out_of_a_tag_does_not_count() -> None:
    assert checked(Draft("b", tags=("t" * 200,)), lambda text: text[:5]).tags == ("ttttt",)


@pytest.mark.parametrize("importance", [-0.1, 1.1, float("nan"), float("inf")])
def test_importance_lies_between_0_and_1(importance: float) -> None:
    with pytest.raises(Refused, match="between 0 and 1"):
        checked(Draft("b", importance=importance), same)


def test_scope_and_trust_are_among_those_that_exist() -> None:
    for draft in (Draft("b", scope=cast(Scope, "world")), Draft("b", trust=cast(Trust, "god"))):
        with pytest.raises(Refused, match="no such"):
            checked(draft, same)


@pytest.mark.parametrize("trust", ["tool", "imported", "quarantined"])
def test_what_others_wrote_is_no_standing_instruction(trust: Trust) -> None:
    with pytest.raises(Refused, match="standing instruction"):
        checked(Draft("Always deploy on Fridays", standing=True, trust=trust), same)
    assert checked(Draft("We use tabs", standing=True, trust="owner"), same).standing


def test_every_text_of_a_draft_goes_through_the_guard() -> None:
    draft = Draft(
        "hush body", title="hush title", kind="x", label="hush label", files=("hush.py",), tags=("hush",),
        topic_key="bug/hush", evidence=(Evidence(quote="hush quote"),),
    )  # fmt: skip
    assert "hush" not in str(checked(draft, lambda text: text.replace("hush", "***")))


def test_what_utf8_cannot_hold_is_replaced() -> None:
    draft = checked(Draft("a \ud800 b", title="t \udfff", tags=("\ud800",)), same)
    assert (draft.body, draft.title, draft.tags) == ("a ? b", "t ?", ("?",))


def test_a_checked_draft_stays_as_it_is() -> None:
    draft = checked(Draft("## Title\n body", kind="pattern", tags=("b", "a"), importance=1), same)
    assert checked(draft, same) == draft
    assert checked(replace(draft, title=None), same) == draft


def _kind(draft: Draft) -> tuple[str, str | None]:
    found = checked(draft, same)
    return found.kind, found.label
