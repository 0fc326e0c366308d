"""Candidates of conflict with a save, and verdicts, as the surfaces ask for them."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from benchmarks.conflicts import measure

from holdfast.errors import NotFound, Refused, UsageError
from holdfast.memory import VERDICTS, Draft
from holdfast.operations import OPERATIONS, Context, relating
from holdfast.paths import Home
from holdfast.recall import candidates as looking
from holdfast.recall.candidates import MOST
from holdfast.settings import Settings
from holdfast.store.database import Database

Ask = Callable[..., Any]
OLDER = "The upload queue retries 5 times, then it gives up."
NEWER = "The upload queue retries 3 times now, then it gives up."


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    with closing(Database(tmp_path / "holdfast.db")) as database:
        yield Context.over(database, Home(tmp_path), Settings.load(tmp_path / "config.toml", {}))


@pytest.fixture
def ask(context: Context, tmp_path: Path) -> Ask:
    """Run an operation as the daemon does."""

    def run(name: str, **arguments: Any) -> Any:
        operation = OPERATIONS[name]
        given = operation.checked({"cwd": str(tmp_path), **arguments})
        with context.database.transaction():
            return operation.run(context, given)

    return run


def kept(ask: Ask, body: str, **fields: Any) -> int:
    return int(ask("remember", body=body, **fields)["memory"]["number"])


@pytest.mark.requirement("engram:mem_save.candidates")
def test_a_save_names_what_may_disagree_with_it(ask: Ask) -> None:
    older = ask("remember", body=OLDER, kind="config", topic_key="upload/retries")["memory"]

    answer = ask("remember", body=NEWER, detect=True)

    (candidate,) = answer["candidates"]
    assert candidate == {
        "id": older["number"], "sync_id": older["id"], "title": OLDER, "type": "config", "topic_key": "upload/retries",
        "score": candidate["score"], "judgment_id": candidate["judgment_id"],
    }  # fmt: skip
    assert 0.5 < candidate["score"] <= 1
    assert (answer["judgment_required"], answer["judgment_status"]) == (True, "pending")
    assert answer["judgment_id"] == candidate["judgment_id"]
    assert answer["detection_error"] is None
    (tie,) = ask("show", ref=str(older["number"]))["relations"]
    assert tie == {
        "relation": None, "status": "pending", "direction": "target", "other": answer["memory"]["number"],
        "judgment_id": candidate["judgment_id"],
    }  # fmt: skip


def test_what_was_judged_leaves_its_place_to_the_next_candidates(ask: Ask) -> None:
    for nth in range(MOST + 1):
        kept(ask, f"The upload queue retries {nth + 5} times, then it gives up.")
    first = ask("remember", body=NEWER, topic_key="upload/retries", detect=True)["candidates"]
    for each in first:
        ask("conflicts.judge", judgment_id=each["judgment_id"], relation="scoped")

    again = ask("remember", body=f"{NEWER} So it is.", topic_key="upload/retries", detect=True)["candidates"]

    assert len(first) == MOST
    assert [each["id"] for each in again] == [({*range(1, MOST + 2)} - {each["id"] for each in first}).pop()]


def test_a_save_that_disagrees_with_nothing_says_so_and_one_that_did_not_ask_says_nothing(ask: Ask) -> None:
    answer = ask("remember", body=OLDER, detect=True)

    assert (answer["candidates"], answer["judgment_required"], answer["detection_error"]) == ([], False, None)
    assert "judgment_id" not in answer
    assert "candidates" not in ask("remember", body=NEWER)


def test_what_says_the_same_is_no_candidate_of_itself(ask: Ask) -> None:
    kept(ask, OLDER)

    again = ask("remember", body=OLDER, detect=True)

    assert (again["folded"], again["candidates"]) == (True, [])


@pytest.mark.parametrize(
    "fields",
    [{"project": "elsewhere"}, {"scope": "personal"}, {"kind": "summary"}],
    ids=["another project", "another scope", "a summary"],
)
def test_only_notes_of_one_place_are_compared_and_summaries_only_with_summaries(
    ask: Ask, context: Context, fields: dict[str, Any]
) -> None:
    context.database.connection.execute(
        "INSERT INTO projects (uuid, label, created, heard) VALUES (randomblob(16), 'elsewhere', 1, 1)"
    )
    kept(ask, OLDER, **fields)

    assert ask("remember", body=NEWER, detect=True)["candidates"] == []
    assert len(ask("remember", body=f"{NEWER} So it is.", detect=True, **fields)["candidates"]) == 1


def test_what_is_forgotten_superseded_or_judged_is_no_candidate(ask: Ask) -> None:
    forgotten, superseded, judged = kept(ask, OLDER), kept(ask, f"{OLDER} Or so."), kept(ask, f"{OLDER} Or more.")
    ask("forget", ref=str(forgotten))
    ask("conflicts.compare", a=str(judged), b=str(superseded), relation="supersedes")

    answer = ask("remember", body=NEWER, detect=True, topic_key="upload/limit")
    assert [each["id"] for each in answer["candidates"]] == [judged]
    ask("conflicts.judge", judgment_id=answer["judgment_id"], relation="compatible")

    again = ask("remember", body=f"{NEWER} Now.", detect=True, topic_key="upload/limit")
    assert again["memory"]["number"] == answer["memory"]["number"]
    assert again["candidates"] == []


def test_at_most_three_are_named(ask: Ask) -> None:
    for nth in range(6):
        kept(ask, f"{OLDER} Seen on host {nth}.")

    assert len(ask("remember", body=NEWER, detect=True)["candidates"]) == MOST == 3


def test_a_look_that_fails_loses_no_note_and_is_told(
    ask: Ask, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(ask, OLDER)
    propose = context.log.relations.propose

    def failing(*given: Any) -> None:
        propose(*given)
        raise ZeroDivisionError("there is no index")

    monkeypatch.setattr(type(context.log.relations), "propose", lambda _, *given: failing(*given))

    answer = ask("remember", body=NEWER, detect=True)

    assert answer["detection_error"] == "ZeroDivisionError: there is no index"
    assert (answer["candidates"], answer["judgment_required"]) == ([], False)
    assert ask("show", ref=str(answer["memory"]["number"]))["body"] == NEWER
    assert ask("conflicts.list")["relations"] == []  # the half that was done is undone


def test_a_save_that_the_look_took_down_is_no_save(ask: Ask, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        context.database.connection.execute("ROLLBACK")  # as SQLite does on a full disk
        raise Refused("there is no space left")

    monkeypatch.setattr(relating, "candidates", full)

    with pytest.raises(Refused, match="no space"):
        ask("remember", body=NEWER, detect=True)
    assert ask("recent", all_projects=True)["memories"] == []


@pytest.mark.requirement("engram:mem_judge.verdict")
def test_a_verdict_is_answered_whole(ask: Ask) -> None:
    older = kept(ask, OLDER)
    saved = ask("remember", body=NEWER, detect=True)

    answer = ask(
        "conflicts.judge", judgment_id=saved["judgment_id"], relation="supersedes", reason="it was lowered",
        evidence="the user said: three is enough", confidence=1.7, actor="agent", session="s-1",
    )  # fmt: skip

    assert (answer["source"]["number"], answer["target"]["number"]) == (saved["memory"]["number"], older)
    assert (answer["source"]["title"], answer["target"]["title"]) == (NEWER, OLDER)
    told = {name: answer[name] for name in answer if name not in ("source", "target", "created", "judged", "score")}
    assert told == {
        "judgment_id": saved["judgment_id"], "relation": "supersedes", "judgment_status": "judged",
        "reason": "it was lowered", "evidence": "the user said: three is enough", "confidence": 1.0,
        "marked_by_actor": "agent", "marked_by_kind": "agent", "session": "s-1",
    }  # fmt: skip
    assert answer["created"] <= answer["judged"]
    shown = ask("conflicts.show", judgment_id=saved["judgment_id"])
    assert (shown["source"]["body"], shown["target"]["body"]) == (NEWER, OLDER)
    assert [step["cause"] for step in shown["history"]] == ["judge", "propose"]


@pytest.mark.requirement("engram:mem_judge.errors")
def test_what_is_no_judgment_or_verdict_changes_nothing(ask: Ask) -> None:
    kept(ask, OLDER)
    name = ask("remember", body=NEWER, detect=True)["judgment_id"]

    for wrong, error in (
        ({"judgment_id": "rel-0123456789abcdef", "relation": "related"}, NotFound),
        ({"judgment_id": name, "relation": "replaces"}, UsageError),
        ({"judgment_id": "12", "relation": "related"}, UsageError),
        ({"judgment_id": name}, UsageError),
    ):
        with pytest.raises(error):
            ask("conflicts.judge", **wrong)
    assert ask("conflicts.show", judgment_id=name)["judgment_status"] == "pending"


def test_two_notes_are_compared_that_were_no_candidate(ask: Ask) -> None:
    one, other = kept(ask, "we sweep on Mondays"), kept(ask, "the broom is broken")

    answer = ask("conflicts.compare", a=str(one), b=f"#{other}", relation="related", confidence=0.5, reason="brooms")

    assert (answer["judgment_status"], answer["confidence"], answer["score"]) == ("judged", 0.5, None)
    assert [each["judgment_id"] for each in ask("conflicts.list", status="judged")["relations"]] == [
        answer["judgment_id"]
    ]
    assert ask("conflicts.stats") == {
        "statuses": {"pending": 0, "judged": 1, "orphaned": 0},
        "relations": {
            "related": 1, "compatible": 0, "scoped": 0, "conflicts_with": 0, "supersedes": 0, "not_conflict": 0,
        },
    }  # fmt: skip


def test_an_undone_verdict_is_told_as_what_it_was(ask: Ask) -> None:
    kept(ask, OLDER)
    name = ask("remember", body=NEWER, detect=True)["judgment_id"]
    ask("conflicts.judge", judgment_id=name, relation="related")

    answer = ask("undo")

    assert (answer["entity_kind"], answer["cause"], answer["memory"]) == ("relation", "judge", None)
    assert (answer["relation"]["judgment_id"], answer["relation"]["judgment_status"]) == (name, "pending")


def test_a_scan_finds_what_saves_did_not_look_for_and_notes_it_only_when_told_to(ask: Ask) -> None:
    kept(ask, OLDER)
    newer = kept(ask, NEWER)
    for nth in range(5):
        kept(ask, f"an unrelated word about thing{nth}")

    dry, after = [], None
    while True:  # a step at a time, as the command does
        answer = ask("conflicts.scan", limit=2, **({} if after is None else {"after": after}))
        dry += answer["candidates"]
        assert answer["looked"] <= 2
        after = answer["next"]
        if after is None:
            break

    assert [(pair["newer"]["number"], pair["judgment_id"]) for pair in dry] == [(newer, None)]
    assert ask("conflicts.list")["relations"] == []
    found: list[dict[str, Any]] = []
    after = 1 << 40
    while after is not None:
        answer = ask("conflicts.scan", apply=True, after=after)
        found, after = found + answer["candidates"], answer["next"]
    (noted,) = ask("conflicts.list")["relations"]
    assert [pair["judgment_id"] for pair in found] == [noted["judgment_id"]]
    assert ask("conflicts.scan")["candidates"] == []


def test_search_puts_what_was_superseded_last_and_tells_of_both(ask: Ask) -> None:
    older = kept(ask, "Upload queue: five attempts, with a retry of a second.")
    newer = kept(ask, "Whatever is sent lies in the outbox; its retry has no end.")
    words = {"words": "upload queue retry attempts"}
    assert [hit["memory"]["number"] for hit in ask("search", **words)["hits"]] == [older, newer]

    ask("conflicts.compare", a=str(newer), b=str(older), relation="supersedes")

    hits = ask("search", explain=True, **words)["hits"]
    assert [hit["memory"]["number"] for hit in hits] == [newer, older]
    assert [each["direction"] for hit in hits for each in hit["memory"]["relations"]] == ["source", "target"]
    assert "superseded" in hits[1]["parts"]


def test_what_is_proposed_is_mostly_wanted_and_the_page_tells_how_much() -> None:
    page = (Path(__file__).parents[3] / "docs" / "explanation" / "conflicts.md").read_text("utf-8")
    for half, outcome in measure().items():
        assert outcome.precision >= 0.9, half
        assert outcome.recall >= 0.8, half
        assert f"| {half} | {outcome.precision:.2f} | {outcome.recall:.2f} |" in page
    for verdict, says in VERDICTS.items():
        assert f"| `{verdict}` | {says} |" in page


def test_a_word_in_common_makes_no_candidate(context: Context, ask: Ask) -> None:
    kept(ask, "The queue of support tickets is empty.")
    memory = context.log.remember(Draft("The print queue drops jobs above 2 MB."), 1).memory

    assert looking.candidates(context.database, context.log, memory) == []
