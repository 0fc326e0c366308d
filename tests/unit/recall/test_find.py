from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.clock import Clock
from holdfast.ids import derived
from holdfast.memory import Draft
from holdfast.recall.find import Found, find
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
        searched = kind in ("prompt", "reply", "summary", "report")
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


def test_what_a_team_shares_and_what_is_in_quarantine_only_when_asked_for(library: Library) -> None:
    library.log.remember(Draft("tabs of the team", scope="team"), 1)
    library.log.remember(Draft("tabs from who knows where", trust="quarantined"), 1)
    assert library.found("tabs") == []
    assert library.found("tabs", team=True) == [("memory", 1)]
    assert library.found("tabs", quarantined=True) == [("memory", 2)]
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
    for kind in ("prompt", "reply", "summary", "report", "tool", "notification"):
        library.say(f"tabs in a {kind}", kind=kind)
    assert sorted(id for _, id in library.found("tabs")) == [1, 2, 3, 4]


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
