"""What of a text is asked for."""

import time

import pytest

from holdfast.recall.query import Question


def texts(text: str) -> list[str]:
    return [term.text for term in Question.of(text).terms]


def test_words_that_only_join_and_ask_are_left_out_and_told() -> None:
    question = Question.of("What did we decide about the zanzibar cache?")
    assert [term.text for term in question.terms] == ["decide", "zanzibar", "cache"]
    assert set(question.dropped) == {"what", "did", "we", "about", "the"}


def test_words_of_the_trade_say_less_than_others() -> None:
    fix, zanzibar = Question.of("fix zanzibar").terms
    assert fix.little
    assert not zanzibar.little
    assert fix.most < zanzibar.most


@pytest.mark.parametrize(
    ("text", "whole", "parts"),
    [
        ("getUserName", "getusername", {"get", "user", "name"}),
        ("MAX_RETRY_COUNT", "maxretrycount", {"max", "retry", "count"}),
        ("src/auth/login.py", "loginpy", {"srcauthloginpy", "src", "auth", "login", "py"}),
        ("fs.inotify.max_user_watches", "fsinotifymaxuserwatches", {"inotify", "watches"}),
    ],
)
def test_a_name_of_code_is_asked_for_whole_and_in_parts_and_says_most_whole(
    text: str, whole: str, parts: set[str]
) -> None:
    terms = {term.text: term for term in Question.of(text).terms}
    assert parts <= terms.keys()
    assert terms[whole].weight == max(term.weight for term in terms.values())


def test_forms_of_irregular_words_are_asked_for_too() -> None:
    (term,) = Question.of("chosen").terms
    assert '"chose"' in term.match
    assert '"choose"' in term.match


def test_chinese_is_asked_for_in_pairs() -> None:
    assert texts("购物车清空") == ["购物", "物车", "车清", "清空"]


def test_a_word_is_asked_for_once_whatever_its_endings() -> None:
    assert len(texts("deploy deploys deployed deploying")) == 1


def test_of_a_long_text_the_ends_are_read_and_the_errors_and_names_between() -> None:
    noise = "\n".join(f"line {nth} says lorem ipsum" for nth in range(40_000))
    text = f"why does this crash?\n{noise[:500_000]}\nTypeError: walrus is not a function\n{noise[:15_000]}\nzanzibar"
    before = time.process_time()
    asked = texts(text)
    assert time.process_time() - before < 5  # bounded, not fast: a megabyte is never parsed whole
    assert {"crash", "walrus", "zanzibar"} <= set(asked)
    assert len(asked) <= 100


def test_of_a_fenced_block_only_errors_and_names_are_asked_for() -> None:
    asked = texts("please look\n```\nlorem ipsum dolor\nrun_all_jobs(3)\nValueError: bad zanzibar\n```\nthanks")
    assert {"zanzibar", "runalljobs"} <= set(asked)
    assert not {"lorem", "ipsum", "dolor"} & set(asked)


def test_files_worked_on_are_no_words_of_the_question() -> None:
    question = Question.of("why is it slow", files=["/work/src/frame.py", "C:\\app\\Main.java"])
    assert [term.text for term in question.files] == ["framepy", "mainjava"]
    assert [term.text for term in question.terms] == ["slow"]


def test_the_last_word_may_be_a_beginning() -> None:
    assert [term.match for term in Question.of("fast inden", prefix=True).terms][-1] == '"inden" *'
