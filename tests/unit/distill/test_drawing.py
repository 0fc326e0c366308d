"""Which words and deeds of a session become memories, and which do not."""

import dataclasses

import pytest
from tests.unit.distill.happenings import Session

from holdfast.distill.happened import RULES, WORTHY, Drawn, Happened, considered, draw
from holdfast.memory import checked


def drawn(session: Session) -> list[tuple[str, str]]:
    return [(each.rule, each.draft.body) for each in draw(session.events)]


def after_work(text: str) -> Session:
    """The owner speaks after the agent did something."""
    return Session().owner("install the dependencies please").agent("I did.").bash("npm install left-pad").owner(text)


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("we use pnpm, not npm", "we use pnpm, not npm"),
        ("We use pytest instead of unittest in this repo.", "We use pytest instead of unittest in this repo."),
        ("we don't use npm here, we use pnpm", "we don't use npm here, we use pnpm"),
        ("use ruff instead of black in this repo", "use ruff instead of black in this repo"),
        ("going forward, write the changelog by hand", "going forward, write the changelog by hand"),
        ("in the future, please use rebase", "in the future, please use rebase"),
        ("never edit the file that make docs writes", "never edit the file that make docs writes"),
        ("you must never touch the vendored files", "you must never touch the vendored files"),
        ("every time you change the schema, run make docs", "every time you change the schema, run make docs"),
        ("in this repo we want to commit the lock file", "in this repo we want to commit the lock file"),
        ("a partir de ahora usa pnpm", "a partir de ahora usa pnpm"),
        ("siempre usa pnpm en este repo", "siempre usa pnpm en este repo"),
        ("ab jetzt bitte pnpm verwenden", "ab jetzt bitte pnpm verwenden"),
        ("Immer pnpm verwenden.", "Immer pnpm verwenden."),
        ("toujours utiliser pnpm", "toujours utiliser pnpm"),
        ("Rules:\n- always use tabs\n- never push to main", "always use tabs"),
    ],
)
def test_a_wish_of_the_owner_stands(text: str, body: str) -> None:
    found = draw(Session().owner(text).events)
    assert found[0].draft.body == body
    assert found[0].rule == "standing/1"
    assert found[0].draft.standing
    assert found[0].draft.trust == "owner"


@pytest.mark.parametrize(
    "text",
    [
        "remember: the password for staging is hunter2",
        "Remember that the API key is in the vault: 12345",
        "always use the token: abc for the tests",
        "from now on the passphrase is correct horse",
    ],
)
def test_a_secret_told_in_prose_is_not_drawn(text: str) -> None:
    assert draw(Session().owner(text).events) == []


def test_a_wish_stands_also_behind_what_is_marked_as_private() -> None:
    assert drawn(Session().owner("[private] never deploy on fridays")) == [("standing/1", "never deploy on fridays")]


@pytest.mark.parametrize(
    "text",
    ["no, always use pnpm here", "actually, always use pnpm in this repo", "use pnpm here from now on",
     "wait, never push to main"],
)  # fmt: skip
def test_a_change_of_mind_stands_too(text: str) -> None:
    (found,) = draw(Session().owner(text).events)
    assert found.rule == "standing/1"


def test_what_is_to_be_remembered_is_a_fact_and_what_is_to_be_done_a_preference() -> None:
    found = draw(Session().owner("Remember that the staging database is shared. Always use tabs.").events)
    assert {each.draft.body: each.draft.kind for each in found} == {
        "Remember that the staging database is shared.": "fact",
        "Always use tabs.": "preference",
    }


@pytest.mark.parametrize(
    "text",
    [
        "always do it like that",  # what?
        "never use this function",
        "always use the following",
        "never do that again",
        "from now on use option 2",
        "always run it with the race detector",
        "remember that bug we had last week",
        "always use tabs in this file",  # not lasting
        "never mock anything for now",
        "immer noch kaputt",  # only sounds like it
        "nunca funciona",
        "toujours la même erreur",
        "Always use tabs? I think not.",
        "whenever you are ready, it should be merged",
        "in the future we might want to support Windows",  # says what may be
        "going forward it will be slower",
        "Always the same error",
        "never a good idea",
        "in this repo we want to add a plugin",
        "never touch the file",  # which one?
        "always check the output first",
    ],
)
def test_a_wish_that_cannot_stand_alone_or_does_not_last_is_none(text: str) -> None:
    assert draw(Session().owner(text).events) == []


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("no, use pnpm instead of npm", "Use pnpm, not npm."),
        ("let's use true/false and not on/off for the flag", "Use true/false, not on/off for the flag."),
        ("No. Don't mock the database, use the real one", "Do not mock the database; use the real one."),
        ("that's wrong, the port of the API is 8081", "The port of the API is 8081."),
        ("Statistics should have the id, not the name", "Statistics should have the id, not the name."),
        ("I told you to use tabs in Makefiles", "Use tabs in Makefiles."),
        ("I said not to touch the lock file", "Do not touch the lock file."),
        ("no, use pnpm", "Use `pnpm`, not `npm`."),  # the agent had run npm
    ],
)  # fmt: skip
def test_a_correction_says_what_shall_be_instead_of_what(text: str, body: str) -> None:
    assert drawn(after_work(text)) == [("correction/1", body)]


@pytest.mark.parametrize(
    "text",
    [
        "no, use that instead of this",
        "that's wrong, it is 8081",
        "that is wrong, I can also see them in the main branch",
        "no",
        "no, use podman",  # nothing shows instead of what
        "don't fix anything, just check whether it works",
        "I said that already",
        "should we use pnpm instead of npm?",
        "use pnpm instead of npm for now",
        "use the GetGitDir helper of the paths package instead of duplicating all of its logic in here",  # a task
        "I told you to fix the tests",
        "I said run it again",
        "that's wrong, the test should fail",  # which one?
        "not sure, use whatever is there instead of the other one",
    ],
)
def test_a_correction_that_cannot_stand_alone_is_none(text: str) -> None:
    assert drawn(after_work(text)) == []


def test_nothing_is_put_right_where_nothing_was_done() -> None:
    assert drawn(Session().owner("use pnpm instead of npm")) == []


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("I prefer pathlib over os.path", "project"),
        ("I generally prefer small commits to large ones", "project"),
        ("don't use mocks in tests", "project"),
        ("use german for commit messages", "project"),
        ("write commit messages in english", "project"),
        ("please answer in German", "personal"),
        ("keep your answers short and to the point", "personal"),
        ("no emojis please", "personal"),
        ("I don't like it when you explain the obvious", "personal"),
        ("antworte bitte auf Deutsch", "personal"),
    ],
)
def test_a_preference_is_of_the_project_or_of_the_person(text: str, scope: str) -> None:
    (found,) = draw(Session().owner(text).events)
    assert (found.rule, found.draft.kind, found.draft.scope) == ("preference/1", "preference", scope)


@pytest.mark.parametrize(
    "text",
    [
        "I prefer option 2",
        "use german for the commit message",
        "use dummy data in tests",
        "use the cache in tests",
        "don't use mocks in this test",
        "don't use it in tests",
        "don't use mocks in tests for now",
        "write comments in this file",
        "I prefer the first",
        "I prefer it that way",
        "answer in JSON",
        "I'd prefer to stop here",
        "I prefer 1",
    ],
)
def test_a_choice_of_the_moment_is_no_preference(text: str) -> None:
    assert drawn(Session().owner(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "We decided to keep SQLite because nothing else is needed.",
        "let's go with Postgres because the team knows it",
        "Decision: the hub is written in Python, not in Go.",
        "no, we removed the session commands on purpose",
        "let's decide: we use pydantic for the config, because dataclasses do not validate",
        "let's use postgres for the queue, because redis loses jobs on restart",
        "I decided to keep the lock file because the runners differ",
        "we're going with SQLite, not Postgres",
        "we go with tailwind for the styles, not bootstrap",
        "wir nehmen pnpm für die Pakete, weil npm zu lange braucht",
    ],
)
def test_a_decision_of_the_owner_is_kept(text: str) -> None:
    (found,) = draw(Session().owner(text).events)
    assert (found.rule, found.draft.kind, found.draft.trust) == ("decision/1", "decision", "owner")


@pytest.mark.parametrize(
    "text",
    ["let's go with option 2 because it is simpler", "let's go with that, not the other", "Decision: whether it runs"],
)
def test_a_decision_without_its_subject_is_none(text: str) -> None:
    assert drawn(Session().owner(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "let's use a temp file for the log because it is long",
        "let's use grep because it is faster",
        "let's use main for the test because CI is down",
        "let's use port 8081 for the demo now, because 8080 is taken",
        "let's use option 2 for the config, because it is simpler",
        "let's use postgres for the queue",
        "we use stale data for the report, because nothing clears the cache",
        "let's decide: which one is faster?",
        "let's decide: we use that one, because it is there",
    ],
)
def test_how_the_task_at_hand_is_done_is_no_decision(text: str) -> None:
    assert drawn(Session().owner(text)) == []


def test_a_decision_that_puts_something_right_is_kept_once() -> None:
    assert drawn(after_work("let's use tabs for indentation, not spaces")) == [
        ("correction/1", "Use tabs for indentation, not spaces.")
    ]


def test_a_reasoned_decision_of_the_agent_is_kept_as_the_agents() -> None:
    session = (
        Session()
        .owner("add caching to the resolver")
        .agent("Done. I chose an LRU cache over a plain dict because the resolver runs for days.")
    )
    (found,) = draw(session.events)
    assert (found.rule, found.draft.trust, found.draft.standing) == ("decision/1", "agent", False)
    assert drawn(Session().owner("go on").agent("I decided to look at the tests first.")) == []


def test_design_decisions_of_a_list_are_told_with_what_was_asked() -> None:
    session = (
        Session()
        .owner("add a review loop to the command line tool")
        .agent(
            "## Key Design Decisions\n"
            '- **Loop breaking**: `--setting-sources ""` disables all hooks, preventing endless reviews\n'
            "- **Simple**: easy to read for everybody who comes later\n"
        )
    )
    assert drawn(session) == [
        (
            "decision/1",
            (
                'Loop breaking: `--setting-sources ""` disables all hooks, preventing endless reviews\n'
                "Asked: add a review loop to the command line tool"
            ),
        )
    ]


_OFFER = """Some thoughts first.

**Where should the settings be stored?**

1. **One TOML file** - in the folder of the user, next to the data
2. **In the database** - so that a backup has them too
"""


@pytest.mark.parametrize("text", ["2", "2.", "option 2", "let's go with 2", "yes, let's go with 2 please"])
def test_an_option_that_the_owner_chose_is_told_with_its_question(text: str) -> None:
    (found,) = draw(Session().owner("plan the settings with me").agent(_OFFER).owner(text).events)
    assert found.rule == "choice/1"
    assert found.draft.body == (
        "Decided: In the database - so that a backup has them too\n"
        "The question was: Where should the settings be stored?"
    )
    assert found.draft.trust == "agent"  # the words are the agent's


def test_how_to_go_on_is_no_decision_and_neither_is_a_number_without_options() -> None:
    workflow = (
        "**Which approach?**\n\n1. **Subagent-Driven (this session)** - one task at a time\n2. **Parallel** - later\n"
    )
    assert drawn(Session().owner("go").agent(workflow).owner("1")) == []
    assert drawn(Session().owner("go").agent("How many retries should there be?").owner("2")) == []
    assert drawn(Session().owner("go").agent(_OFFER).script("2")) == []


_LEARNINGS = """Finished.

## Key Learnings:

1. The `watch` flag **needs** inotify on Linux
2. short
3. [Timeouts](http://x.example) are *per request*, never per session

## Next
1. This is not a learning at all
"""


def test_learnings_are_drawn_from_their_heading_without_markup() -> None:
    session = Session().owner("look into the watcher").agent(_LEARNINGS)
    found = draw(session.events)
    assert [each.draft.body for each in found] == [
        "The watch flag needs inotify on Linux",
        "Timeouts are per request, never per session",
    ]
    assert {(each.draft.kind, each.draft.label, each.draft.trust) for each in found} == {
        ("discovery", "passive", "agent")
    }


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("### Aprendizajes Clave\n- El bloqueo se toma antes de leer\n", ["El bloqueo se toma antes de leer"]),
        (
            "## Learnings\n- the first section says this much\n## Learnings\n- the last section says that much\n",
            ["the last section says that much"],
        ),
        (
            "## Learnings\n- the first section says this much\n## Learnings\n- too short\n",
            ["the first section says this much"],
        ),
        ("# Learnings\n- a heading of the first level is none\n", []),
        ("```\n## Learnings\n- what stands in code is only shown\n```\n", []),
        ("## Learnings\nno items, only prose in this section\n", []),
    ],
)
def test_the_last_section_of_learnings_with_valid_items_counts(text: str, bodies: list[str]) -> None:
    assert [each.draft.body for each in draw(Session().agent(text, agent="sub").events)] == bodies


def test_an_insight_is_kept_when_it_is_about_the_code() -> None:
    assert drawn(
        Session().agent("The key insight: `ListCommitted` reads from the tree, not from the history of commits.")
    ) == [("insight/1", "`ListCommitted` reads from the tree, not from the history of commits.")]
    assert drawn(Session().agent("The key insight: simple things are best when they are simple enough for all.")) == []


_CAUSE = "The root cause was that `open_store` reads the settings before the folder of the user exists."


def test_a_cause_counts_once_a_check_has_passed_after_the_change() -> None:
    session = (
        Session().owner("the first start fails, please find out why").agent("The problem is the lock.").agent(_CAUSE)
    )
    session.edit("/r/store.py").bash("pytest -q tests", "3 passed").agent("Fixed.")
    (found,) = draw(session.events)
    assert found.rule == "cause/1"
    assert found.draft.kind == "bugfix"
    assert found.draft.body == (
        "Root cause: `open_store` reads the settings before the folder of the user exists.\n"
        "Asked: the first start fails, please find out why"
    )
    assert found.draft.files == ("/r/store.py",)


_REASON = "`parse` gave 3600 because `re.match` reads only the first part, so the minutes were dropped."


def test_a_reason_told_of_a_failure_that_is_cured_counts_and_any_other_does_not() -> None:
    cured = Session().owner("the tests fail, find out why").bash("pytest -q", "3600 != 5400", status="failed")
    cured.edit("/r/parse.py").bash("pytest -q", "3 passed").agent(_REASON)
    assert [rule for rule, _ in drawn(cured)] == ["cause/1"]
    never_failed = Session().owner("tidy the parser").edit("/r/parse.py").bash("pytest -q", "3 passed").agent(_REASON)
    assert drawn(never_failed) == []
    still_fails = Session().owner("why").bash("pytest -q", "3600 != 5400", status="failed").agent(_REASON)
    assert drawn(still_fails) == []


@pytest.mark.parametrize(
    "text",
    [
        "The root cause might be that `open_store` reads the settings before the folder exists.",
        "The root cause is clear, let me look at `open_store` and its callers now.",
        "The problem is that it reads them before `that` one exists in there.",
        "The root cause is well understood and `open_store` is the right place to repair all.",
        "The problem was that I edited the wrong copy of `open_store` in the other folder.",
        "The root cause is the following: `open_store` and its friends and relations:",
    ],
)
def test_a_guess_or_what_cannot_stand_alone_is_no_cause(text: str) -> None:
    session = (
        Session().owner("why does it fail").agent(text).edit("/r/store.py").bash("pytest", "1 passed").agent("Fixed.")
    )
    assert drawn(session) == []


def test_of_two_causes_in_a_turn_the_last_one_called_root_counts() -> None:
    session = (
        Session()
        .owner("why does it fail")
        .agent("**Root cause:** `Cache.get` never looks at the time of an entry at all.")
    )
    session.agent(_CAUSE).edit("/r/store.py").bash("make test", "ok").agent(
        "The problem was in `open_store`, as told before, fixed."
    )
    assert [body.split("\n")[0] for _, body in drawn(session)] == [
        "Root cause: `open_store` reads the settings before the folder of the user exists."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Tests pass now.",
        "Running the tests.",
        "Done.",
        "Let me look at the files:\n- src/a.py\n- src/b.py",
        "All 42 tests pass. I updated `store.py` and its tests.",
        "The build takes 3 minutes.",
    ],
)
def test_passing_noise_is_no_memory(text: str) -> None:
    assert considered(Session().owner("go on").agent(text).events) == []


def test_a_compaction_summary_is_never_read() -> None:
    text = "Always use tabs.\n## Learnings\n- it says this much\nRoot cause: `a_b` never looks at the time it was."
    assert considered(Session().owner("hello").other("summary", text, trust="agent").events) == []


def test_what_says_the_same_is_drawn_once() -> None:
    session = Session().owner("always use tabs here").agent("Yes.").owner("Always use tabs here!")
    session.agent("## Learnings\n- The watcher needs inotify on Linux\n").agent(
        "## Learnings\n- The watcher needs inotify on Linux.\n"
    )
    assert [rule for rule, _ in drawn(session)] == ["standing/1", "learnings/1"]


def test_a_memory_is_named_alike_however_the_session_is_cut() -> None:
    session = Session().owner("always use tabs here").agent(_LEARNINGS).owner("never push to main").agent(_CAUSE)
    whole = {(each.rule, each.name, each.nth, each.draft.body) for each in considered(session.events)}
    turns = considered(session.events[:2]) + considered(session.events[2:], before=session.events[:2])
    assert {(each.rule, each.name, each.nth, each.draft.body) for each in turns} == whole
    assert len({(rule, name, nth) for rule, name, nth, _ in whole}) == len(whole)


def test_what_was_drawn_before_is_not_drawn_again() -> None:
    session = Session().owner("always use tabs here").agent(_LEARNINGS)
    assert draw([], before=session.events) == []


def test_every_memory_shows_where_it_comes_from_and_why() -> None:
    session = Session().owner("always use tabs here. I prefer pathlib over os.path").agent(_LEARNINGS).agent(_CAUSE)
    numbers = {event.number: event for event in session.events}
    for each in considered(session.events):
        assert each.rule in RULES
        assert each.why.endswith(".")
        assert 0 <= each.worth <= 1
        (evidence, *_) = each.draft.evidence
        assert evidence.event is not None
        assert evidence.quote
        assert len(evidence.quote) <= 280
        assert numbers[evidence.event].name == each.name


def test_every_event_whose_words_a_memory_repeats_is_cited() -> None:
    request = "mend the export for the patient called Zuckerkandl"
    decisions = "## Key decisions\n- **Retries in `up.py`**: kept at three so that the server is not flooded by us"
    session = Session().owner(request).bash("pytest", "E   ValueError: chart not found", "failed").agent(decisions)
    session.agent(_CAUSE).edit("/r/chart_of_zuckerkandl.py").bash("pytest", "1 passed")
    found = considered(session.events)
    assert {each.rule for each in found if "patient called" in each.draft.body} == {"cause/1", "decision/1"}

    for each in found:
        cited = {evidence.event for evidence in each.draft.evidence}
        if "patient called" in each.draft.body:
            assert 1 in cited
        if any("zuckerkandl" in file for file in each.draft.files):
            assert 5 in cited


def test_only_what_is_worth_it_is_drawn() -> None:
    session = Session().owner("never use this function").agent("Ok.")
    (weak,) = considered(session.events)
    assert weak.worth < WORTHY
    assert "not in the sentence" in weak.why
    assert draw(session.events) == []


def test_drafts_keep_the_rules_of_memories() -> None:
    session = after_work("no, use pnpm instead of npm").owner("always use tabs").agent(_LEARNINGS).agent(_CAUSE)
    for each in considered(session.events):
        assert checked(each.draft, str).body == each.draft.body.strip()


def test_what_rules_read_and_give_cannot_be_altered() -> None:
    for kind in (Happened, Drawn):
        assert dataclasses.is_dataclass(kind)
    (event,) = Session().owner("hello").events
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.text = "other"  # type: ignore[misc]
