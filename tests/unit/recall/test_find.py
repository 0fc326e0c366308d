from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.clock import Clock
from holdfast.ids import derived
from holdfast.memory import Draft
from holdfast.recall.find import THRESHOLD, Found, find
from holdfast.recall.query import Question
from holdfast.store.database import Database
from holdfast.store.log import Log
from holdfast.store.terms import terms_of, tokens_of

NOW = 1_800_000_000_000


class Library:
    """Two projects with memories and turns."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self.log = Log(self.database, Clock(), str)
        run = self.database.connection.execute
        for number, name in enumerate(("app", "lib"), 1):
            run(
                "INSERT INTO projects (uuid, label, created, heard) VALUES (?, ?, 1, 1)",
                (derived("project", name).bytes, name),
            )
            run(
                "INSERT INTO sessions (host, name, project, started, heard) VALUES ('host', ?, ?, 1, 1)", (name, number)
            )

    def say(self, text: str, *, kind: str = "prompt", session: int = 1, at: int = 7) -> int:
        searched = kind in ("prompt", "reply", "summary")
        self.database.connection.execute(
            "INSERT INTO events (session, kind, at, text, terms, trust) VALUES (?, ?, ?, ?, ?, 'owner')",
            (session, kind, at, self.database.keep_text(text), terms_of(text) if searched else None),
        )
        return self.database.last_id()

    def found(self, query: str, **how: Any) -> list[tuple[str, int]]:
        return [(hit.type, hit.number) for hit in self.search(query, **how)]

    def search(
        self, query: str, *, project: int | None = 1, everywhere: bool = False, prefix: bool = False, **how: Any
    ) -> list[Found]:
        family = None if everywhere else [] if project is None else self.log.family(project)
        return find(self.database, Question.of(query, prefix=prefix), family=family, **{"now": NOW, **how})


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    library = Library(tmp_path_factory.mktemp("library") / "store.db")
    library.log.remember(Draft("We use tabs for indentation"), 1)
    yield library
    library.database.close()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    found = Library(tmp_path / "store.db")
    yield found
    found.database.close()


def test_memories_and_turns_are_found_by_a_word_of_theirs(library: Library) -> None:
    library.log.remember(Draft("We use tabs for indentation", title="Whitespace"), 1)
    library.say("please indent with tabs")
    hits = library.search("tabs")
    assert {(hit.type, hit.number, hit.kind, hit.title, hit.body, hit.session, hit.revision) for hit in hits} == {
        ("memory", 1, "note", "Whitespace", "We use tabs for indentation", None, 1),
        ("turn", 1, "prompt", "prompt", "please indent with tabs", 1, 0),
    }
    assert all(0 < hit.relevance < 1 and hit.project == 1 for hit in hits)
    assert library.found("tabs", types=["memory"]) == [("memory", 1)]
    assert library.found("tabs", types=["turn"]) == [("turn", 1)]
    assert next(hit.at for hit in hits if hit.type == "turn") == 7


def test_what_has_more_of_the_words_comes_first(library: Library) -> None:
    library.log.remember(Draft("The daemon listens on a socket"), 1)
    library.log.remember(Draft("The daemon drains the spool when it starts"), 1)
    library.log.remember(Draft("Lunch is at noon"), 1)
    assert library.found("how does the daemon drain its spool") == [("memory", 2), ("memory", 1)]
    assert library.found("daemon", limit=1) in ([("memory", 1)], [("memory", 2)])
    assert library.found("daemon", limit=0) == []


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("call getUserName first", "user name"),
        ("call getUserName first", "getUserName"),
        ("call getUserName first", "getusername"),
        ("set MAX_RETRY_COUNT", "max_retry_count"),
        ("set MAX_RETRY_COUNT", "retry"),
        ("see src/auth/login.py", "login.py"),
        ("see src/auth/login.py", "login"),
        ("Die Prüfung läuft", "prufung"),
        ("the tests were failing", "failed test"),
        ("我们使用制表符缩进", "制表符"),
        ("我们使用制表符缩进", "表"),
        ("설정 파일을 읽는다", "파일"),
        ("don't restart it", "don't"),
        ("use C++ here", 'c++ "AND'),
    ],
)
def test_names_scripts_and_inflections_are_found(library: Library, text: str, query: str) -> None:
    library.log.remember(Draft(text), 1)
    library.log.remember(Draft("Lunch is at noon"), 1)
    library.say(text)
    assert sorted(library.found(query)) == [("memory", 1), ("turn", 1)]


def test_tags_files_and_topics_are_found_too(library: Library) -> None:
    library.log.remember(Draft("body", tags=("flaky",), files=("src/wire/frame.py",), topic_key="bug/deadlock"), 1)
    for query in ("flaky", "frame.py", "wire", "deadlock"):
        assert library.found(query) == [("memory", 1)]


def test_words_that_say_nothing_are_asked_for_only_when_there_are_no_others(library: Library) -> None:
    library.log.remember(Draft("the lunch is at noon"), 1)
    library.log.remember(Draft("daemon"), 1)
    assert library.found("is the daemon there") == [("memory", 2)]
    assert library.found("is the") == [("memory", 1)]


def test_the_last_word_may_be_the_start_of_one(library: Library) -> None:
    library.log.remember(Draft("Indentation is by tabs"), 1)
    assert library.found("inden") == []
    assert library.found("inden", prefix=True) == [("memory", 1)]


def test_only_this_project_what_was_merged_with_it_and_personal_memories(library: Library) -> None:
    library.log.remember(Draft("tabs in app"), 1)
    library.log.remember(Draft("tabs in lib"), 2)
    library.log.remember(Draft("I like tabs", scope="personal"), 2)
    library.say("tabs said in lib", session=2)
    assert sorted(library.found("tabs")) == [("memory", 1), ("memory", 3)]
    assert sorted(library.found("tabs", project=None)) == [("memory", 3)]
    assert len(library.found("tabs", everywhere=True)) == 4
    library.log.projects.merge(2, into=1)
    for project in (1, 2):
        assert len(library.found("tabs", project=project)) == 4


def test_what_a_team_shares_and_what_is_in_quarantine_is_not_found(library: Library) -> None:
    library.log.remember(Draft("tabs of the team", scope="team"), 1)
    library.log.remember(Draft("tabs from who knows where", trust="quarantined"), 1)
    assert library.found("tabs") == []
    assert library.found("tabs", everywhere=True) == []


def test_what_is_forgotten_revised_away_or_erased_is_not_found(library: Library) -> None:
    for body in ("alpha tabs", "beta tabs", "gamma tabs"):
        library.log.remember(Draft(body), 1)
    turn = library.say("delta tabs")
    library.log.forget(1)
    library.log.revise(2, body="beta spaces")
    library.log.erase(3)
    library.log.erase_event(turn)
    assert library.found("tabs") == []
    assert library.found("spaces") == [("memory", 2)]
    library.log.restore(1)
    library.log.undo(memory=2)
    assert sorted(library.found("tabs")) == [("memory", 1), ("memory", 2)]


def test_only_what_was_said_is_a_turn(library: Library) -> None:
    for kind in ("prompt", "reply", "summary", "tool", "notification"):
        library.say(f"tabs in a {kind}", kind=kind)
    assert sorted(id for _, id in library.found("tabs")) == [1, 2, 3]


def test_a_pin_lifts_nothing(library: Library) -> None:
    library.log.remember(Draft("tabs once in a rather long text about many other things"), 1)
    library.log.remember(Draft("tabs, tabs"), 1)
    library.log.pin(1)
    assert library.found("tabs") == [("memory", 2), ("memory", 1)]


@pytest.mark.parametrize("query", ["", "   ", '"', "*", "- : ^ ( )", "\x00", "\ud800"])
def test_a_query_without_words_finds_nothing(shared: Library, query: str) -> None:
    assert Question.of(query).terms == ()
    assert shared.found(query) == []


@pytest.mark.parametrize(
    "query",
    [
        'tabs"', "tabs*", "tabs AND", "NEAR(tabs", "NOT tabs", "title:tabs", "-tabs", "^tabs",
        "tabs'; DROP TABLE memories;--", "tabs\x00", "{tabs", "(tabs", "tabs OR OR", "tabs \ud800", "tabs " * 100_000,
    ],
)  # fmt: skip
def test_a_query_is_never_syntax(shared: Library, query: str) -> None:
    assert shared.found(query, prefix=True) == [("memory", 1)]
    assert shared.found(query) == [("memory", 1)]


@given(st.text(max_size=60), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_string_is_a_query(shared: Library, query: str, prefix: bool) -> None:
    shared.found(query, prefix=prefix)
    assert ("memory", 1) in shared.found(query + " indentation", everywhere=True)


@given(st.text(min_size=1, max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_finds_itself(shared: Library, text: str) -> None:
    number = shared.say(text)
    assert (("turn", number) in shared.found(text, limit=1_000)) == bool(tokens_of(text))


@given(st.text(min_size=1, max_size=60))
@settings(deadline=None)
def test_any_text_with_words_asks_for_something(text: str) -> None:
    assert bool(Question.of(text).terms) == bool(tokens_of(text))


def test_many_turns_push_no_memory_out(library: Library) -> None:
    for nth in range(6):
        library.log.remember(Draft(f"the cache of part {nth} is warmed at start"), 1)
    for nth in range(40):
        library.say(f"cache {nth}")
    assert [kind for kind, _ in library.found("cache", limit=10)].count("memory") == 6


def test_a_word_that_says_nothing_is_no_beginning_of_one() -> None:
    assert Question.of("postgres the", prefix=True).terms == Question.of("postgres").terms


DAY = 86_400_000


def remember(library: Library, body: str, at: int, **more: Any) -> int:
    """A memory that was written at `at` (Unix ms)."""
    log = Log(library.database, Clock(wall=lambda: at), str)
    return log.remember(Draft(body, **more), 1).memory.number


@pytest.mark.parametrize(
    "prompt",
    [
        "ok go on",
        "thanks!",
        "yes",
        "continue",
        "run the tests again",
        "fix it please",
        "same error again",
        "what is next?",
    ],
)
@pytest.mark.parametrize("others", [0, 300])
def test_a_prompt_that_asks_for_nothing_is_given_nothing(library: Library, prompt: str, others: int) -> None:
    library.log.remember(Draft("Always run the tests before you fix an error, and continue with the next step"), 1)
    for nth in range(others):
        library.log.remember(Draft(f"the walrus number {nth} eats {nth * 7} herrings in the harbour"), 1)
    assert [hit for hit in library.search(prompt) if hit.relevance >= THRESHOLD] == []


@pytest.mark.parametrize("others", [0, 300])
@pytest.mark.parametrize(
    "prompt", ["please look into reserve_items once more", "the stock of the checkout is off again, can you check why?"]
)
def test_a_rare_name_or_two_words_of_a_note_are_enough_in_a_store_of_any_size(
    library: Library, prompt: str, others: int
) -> None:
    library.log.remember(Draft("Stock is reserved at checkout by reserve_items, rows locked by id"), 1)
    for nth in range(others):
        library.log.remember(Draft(f"the walrus number {nth} eats {nth * 7} herrings in the harbour"), 1)
    best = library.search(prompt)[0]
    assert (best.type, best.number) == ("memory", 1)
    assert best.relevance >= THRESHOLD


def test_relevance_hardly_depends_on_how_much_else_there_is(library: Library) -> None:
    library.log.remember(Draft("Stock is reserved at checkout by reserve_items, rows locked by id"), 1)
    alone = library.search("checkout stock")[0].relevance
    for nth in range(500):
        library.log.remember(Draft(f"the walrus number {nth} eats {nth * 7} herrings in the harbour"), 1)
    assert abs(library.search("checkout stock")[0].relevance - alone) < 0.15


@pytest.mark.parametrize(
    ("old", "new", "asked"),
    [
        ("Releases go live on Tuesdays at ten", "Releases go live on Thursdays at ten", "when do releases go live"),
        ("The server listens on port 8000", "The server listens on port 9443", "which port does the server listen on"),
        (
            "Card payments go through Adyen",
            "Card payments go through Stripe; Adyen was dropped",
            "who does card payments",
        ),
        ("Production runs in eu-west-1", "Production moved from eu-west-1 to us-east-2", "where does production run"),
    ],
)
def test_a_note_that_a_newer_one_contradicts_is_not_given_unasked(
    library: Library, old: str, new: str, asked: str
) -> None:
    older = remember(library, old, NOW - 30 * DAY)
    newer = remember(library, new, NOW - 10 * DAY)
    hits = {hit.number: hit for hit in library.search(asked)}
    assert hits[newer].relevance >= THRESHOLD > hits[older].relevance
    assert "outdated" in hits[older].parts
    assert library.search(asked, least=THRESHOLD) == [hit for hit in hits.values() if hit.relevance >= THRESHOLD]


def test_two_notes_about_two_things_stand_beside_each_other(library: Library) -> None:
    staging = remember(library, "The database host of staging is db1", NOW - 30 * DAY)
    remember(library, "The database host of production is db7", NOW - 10 * DAY)
    best = library.search("database host of staging")[0]
    assert best.number == staging
    assert "outdated" not in best.parts
    first = remember(library, "part one of the cache is warmed at start", NOW - 5 * DAY)
    remember(library, "part two of the cache is warmed at start", NOW - 5 * DAY + 60_000)
    assert all("outdated" not in hit.parts for hit in library.search("cache warmed") if hit.number >= first)


def test_an_answer_is_found_by_the_question_before_it(library: Library) -> None:
    library.say("What was wrong with the zanzibar export?", at=NOW - DAY)
    answer = library.say("A missing index.", kind="reply", at=NOW - DAY + 1)
    library.say("lunch?", at=NOW - DAY + 2)
    assert ("turn", answer) in library.found("zanzibar export wrong")[:2]


def test_tool_calls_between_turns_do_not_part_them(library: Library) -> None:
    library.say("What was wrong with the zanzibar export?", at=NOW - DAY)
    for nth in range(20):
        library.say("zanzibar", kind="tool", at=NOW - DAY + 1 + nth)
    answer = library.say("A missing index.", kind="reply", at=NOW - DAY + 50)
    assert ("turn", answer) in library.found("zanzibar export wrong")


def test_the_own_session_can_be_left_out(library: Library) -> None:
    mine = library.say("zanzibar here", session=1)
    theirs = library.say("zanzibar there", session=2)
    assert {number for _, number in library.found("zanzibar", everywhere=True)} == {mine, theirs}
    assert library.found("zanzibar", everywhere=True, without_session=1) == [("turn", theirs)]


def test_among_equals_the_newest_comes_first(library: Library) -> None:
    first = library.say("zanzibar is far", at=NOW + DAY)
    second = library.say("zanzibar is far", session=1, at=NOW + 400 * DAY)
    third = library.say("zanzibar is far", session=1, at=NOW + 200 * DAY)
    numbers = [number for _, number in library.found("zanzibar far")]
    assert set(numbers) == {first, second, third}
    assert numbers.index(second) < numbers.index(first)


def test_what_speaks_of_a_file_worked_on_comes_first_and_is_never_found_by_it_alone(library: Library) -> None:
    remember(library, "the walrus sleeps in the lounge, at times", NOW - DAY, files=("src/lounge.py",))
    marked = remember(library, "the walrus sleeps in the harbour, at times", NOW - DAY, files=("src/frame.py",))
    question = Question.of("walrus sleeps", files=["/home/me/src/frame.py"])
    assert find(library.database, question, family=[1], now=NOW)[0].number == marked
    nothing = Question.of("", files=["/home/me/src/frame.py"])
    assert find(library.database, nothing, family=[1], now=NOW) == []


def test_what_was_said_at_the_time_that_is_asked_for_comes_first(library: Library) -> None:
    may, june = (
        library.say("the walrus broke the pipeline", session=session, at=int(moment))
        for session, moment in ((1, 1_778_000_000_000), (2, 1_781_000_000_000))
    )
    for month, number in (("May", may), ("June", june)):
        assert library.found(f"what broke the pipeline in {month}?", everywhere=True)[0] == ("turn", number)


def test_every_hit_tells_what_made_its_score(library: Library) -> None:
    remember(library, "the walrus sleeps in the harbour", NOW - DAY)
    library.say("the walrus sleeps", at=NOW - DAY)
    hits = library.search("walrus harbour")
    assert {"lexical", "coverage"} <= hits[0].parts.keys()
    turn = next(hit for hit in hits if hit.type == "turn")
    assert {"neighbours", "session"} <= turn.parts.keys()
    assert turn.parts["coverage"] < hits[0].parts["coverage"] == 1


def test_a_question_costs_three_statements_at_the_most(library: Library) -> None:
    library.log.remember(Draft("walrus"), 1)
    library.say("walrus")
    asked: list[str] = []

    def traced(cursor: object, sql: str, bindings: object) -> bool:
        asked.append(sql)
        return True

    library.database.connection.exec_trace = traced
    library.search("walrus", everywhere=True)
    library.database.connection.exec_trace = None
    assert len(asked) == 3


def test_a_word_that_is_everywhere_is_found_in_the_newest(library: Library) -> None:
    numbers = [library.say(f"walrus {nth}", at=NOW - DAY + nth) for nth in range(50)]
    assert ("turn", numbers[-1]) in library.found("walrus 49", limit=3)
