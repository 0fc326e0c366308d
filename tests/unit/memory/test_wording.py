import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.memory import NEAR, says, title_of, wording

LONG = (
    "The daemon listens on a socket below the home folder and checks who connects before it reads a single byte. "
    "Hooks answer within their budget; when nobody listens the frame goes to the spool, which the daemon drains at "
    "its next start, oldest file first, and marks as done in the same transaction as the events it held. "
)


def repeats(kept: str, new: str) -> bool:
    return says(wording(title_of(kept), kept), wording(title_of(new), new))


@pytest.mark.parametrize(
    ("kept", "new"),
    [
        ("We use tabs here.", "we use TABS here"),
        ("We use tabs,  here\n", "We use tabs here!"),
        ("Die Prüfung läuft täglich", "Die Prufung lauft taglich"),
        ("“Tests run” with (make check).", '"Tests run" with make check'),
        ("- We use **tabs** here", "We use tabs here"),
        ("We don't use spaces", "We do not use spaces"),
        ("It can’t be undone", "It cannot be undone"),
        ("The test runs on the CI machines", "This test runs on CI machine"),
        ("We really just use pnpm here, please", "Use pnpm"),
        ("Run `make check` first", "Run `make  check` first."),
        (LONG + "Idle daemons leave themselves.", LONG),
        ("使用制表符缩进。", "使用制表符缩进。 "),
    ],
)
def test_the_same_said_again_is_recognised(kept: str, new: str) -> None:
    assert repeats(kept, new)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("use 2 spaces", "use 4 spaces"),
        ("do not restart the daemon", "do restart the daemon"),
        ("don't restart the daemon", "restart the daemon"),
        ("listens on port 8080", "listens on port 8081"),
        ("use version 3.11", "use version 3.1"),
        ("retry two times", "retry three times"),
        ("call getUser first", "call getUsers first"),
        ("call get_user first", "call get_users first"),
        ("see src/auth/login.py", "see src/auth/logout.py"),
        ("`Foo` is gone", "`foo` is gone"),
        ("written in C++", "written in C#"),
        ("x >= 3 passes", "x <= 3 passes"),
        ("x == y", "x != y"),
        ("pass --force", "pass -force"),
        ("use tabs, not spaces", "use spaces, not tabs"),
        ("copy from staging to production", "copy to staging from production"),
        ("deploy before the tests", "deploy after the tests"),
        ("always squash", "never squash"),
        ("only the owner may merge", "the owner may merge"),
        ("enable the cache", "disable the cache"),
        ("A and B are needed", "A or B are needed"),
        ("should we use tabs?", "we should use tabs"),
        ("store it in Postgres", "store it in MySQL"),
        ("the server calls the client", "the client calls the server"),
        ("benutze nie Tabs", "benutze Tabs"),
        ("не используй табы", "используй табы"),
        ("不要使用制表符", "使用制表符"),
        ("save!", "`save!`"),
        ("...", "???"),
    ],
)
@pytest.mark.parametrize("around", ["", LONG], ids=["short", "long"])
def test_what_differs_in_a_number_a_negation_a_name_or_a_word_is_two_memories(
    one: str, other: str, around: str
) -> None:
    assert not repeats(around + one, around + other)
    assert not repeats(around + other, around + one)


def test_a_word_that_the_kept_one_lacks_is_never_lost() -> None:
    assert repeats(LONG + "Sockets are private.", LONG)
    assert not repeats(LONG, LONG + "Sockets are private.")


def test_the_kept_one_may_have_only_so_much_more() -> None:
    def words(count: int) -> str:
        return " ".join("word" + "abcdefghijklmnopqrst"[n] for n in range(count))

    assert NEAR == 0.8
    assert repeats(words(20), words(16))
    assert not repeats(words(20), words(15))


def test_a_title_counts_unless_it_was_made_from_the_body() -> None:
    body = "Fixed by upgrading the library"
    parser, lexer = wording("Crash in the parser", body), wording("Crash in the lexer", body)
    assert not says(parser, lexer)
    assert says(parser, wording("crash in parser!", body))
    assert wording(title_of(body), body) == wording(body, body)


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_repeats_itself_and_nothing_breaks(one: str, other: str) -> None:
    assert repeats(one, one)
    repeats(one, other)


@given(
    st.lists(
        st.sampled_from(["tabs", "spaces", "not", "2", "4", "use", "Foo_bar", "the", "x.py", "never"]),
        min_size=1,
        max_size=8,
    )
)
def test_a_repeat_has_the_numbers_negations_and_names_of_what_it_repeats(words: list[str]) -> None:
    kept = "tabs not 2 Foo_bar the x.py use spaces"
    turns = {"not", "2", "4", "Foo_bar", "x.py", "never"}
    if repeats(kept, " ".join(words)):
        assert [word for word in words if word in turns] == ["not", "2", "Foo_bar", "x.py"]


def test_bold_ends_at_the_next_two_stars() -> None:
    assert (
        wording("", "use **tabs** and **no *other* mark** here").exact
        == wording("", "use tabs and no *other* mark here").exact
    )
    assert wording("", "**one **two** three").words == ("**one", "two", "three")  # else a line of `**a ` takes for ever
