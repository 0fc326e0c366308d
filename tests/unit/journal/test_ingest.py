"""Taking drafts into the journal: what is recognised, what is filled in, what is left out."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.recordings.replay import Call, World
from tests.unit.hosts.made_up import SESSION, START, Lines, events, hook, name_of, said

from holdfast.clock import Clock
from holdfast.journal.events import KINDS, Draft, Hook, SessionFacts, Sighting
from holdfast.journal.events import Lines as Seen
from holdfast.store.log import Log

FACTS = SessionFacts("claude-code", "s", START)


def draft(
    kind: str = "prompt", *, seen: Sighting | None = None, at: int = START, keys: tuple[str, ...] = (), **more: Any
) -> Draft:
    return Draft(kind, at, keys, seen or Hook("n", at), "s", **more)


def line(start: int) -> Seen:
    return Seen(1, start, start + 10, b"\1" * 32)


def take(place: World, *drafts: Draft, facts: SessionFacts = FACTS) -> list[bool]:
    """Which of the drafts were new events."""
    with place.database.transaction():
        journal = place.capture.journal
        return [taken.new for taken in journal.take(journal.session(facts), drafts)]


def erase(place: World, *chosen: int) -> None:
    """Erase these events, or all."""
    for event in chosen or [row[0] for row in place.rows("SELECT id FROM events")]:
        Log(place.database, Clock(), str).erase_event(event)


def test_any_key_recognises_an_event_and_brings_the_others_along(place: World) -> None:
    first = draft(keys=("a",), text="x")
    second = draft(keys=("a", "b"), text="x", seen=line(0))
    third = draft(keys=("b", "c"), text="x", seen=line(10))
    assert take(place, first, second, third, draft(keys=("c",), text="x", seen=line(20))) == [True, False, False, False]
    assert place.rows("SELECT count(*) FROM sightings") == [(4,)]


def test_what_is_there_is_never_replaced_and_what_is_missing_is_added(place: World) -> None:
    take(place, draft("tool", keys=("k",), tool="Bash", detail={"files": ["a"]}))
    take(
        place,
        draft("tool", keys=("k",), status="ok", text="out", input="in", seen=line(0), detail={"files": ["b"], "n": 1}),
    )
    take(place, draft("tool", keys=("k",), tool="Edit", status="failed", text="other", input="other", seen=line(10)))
    (event,) = events(place)
    assert (event["tool"], event["status"], event["input"], event["text"]) == ("Bash", "ok", "in", "out")
    assert event["detail"] == {"files": ["a"], "n": 1}


def test_a_key_that_names_an_event_of_another_kind_leaves_it_as_it_was(place: World) -> None:
    assert take(place, draft(keys=("k",)), draft("reply", keys=("k",), text="x")) == [True, False]
    assert said(events(place)) == [("prompt", None)]


def test_equal_words_of_the_other_source_are_joined_one_to_one(place: World) -> None:
    told = [draft("reply", text="Done.", join="text", at=START + n, keys=(f"h{n}",)) for n in range(2)]
    read = [
        draft("reply", text="Done.", join="text", at=START + n, seen=line(n * 10), keys=(f"l{n}",)) for n in range(3)
    ]
    assert take(place, *told) == [True, True]
    assert take(place, *read) == [False, False, True]


def test_the_event_of_the_same_prompt_is_joined_before_an_older_one(place: World) -> None:
    take(place, draft("reply", text="Done.", join="text", keys=("l1",), seen=line(0)))
    take(place, draft("reply", text="Done.", join="text", keys=("l2",), seen=line(10), prompt="p"))
    take(place, draft("reply", text="Done.", join="text", keys=("h",), prompt="p", at=START + 1))
    told = "SELECT e.id FROM events e JOIN sightings s ON s.event = e.id WHERE s.file = 0"
    assert place.rows(told) == [(2,)]


@pytest.mark.parametrize(
    "other",
    [
        {"text": "Done!"},
        {"agent": "a1"},
        {"prompt": "another"},
        {"at": START + 11 * 60_000},
        {"kind": "summary"},
        {"join": ""},
    ],
)
def test_what_differs_in_more_than_its_source_is_another_event(place: World, other: dict[str, Any]) -> None:
    told = draft("reply", text="Done.", join="text", prompt="p", keys=("h",))
    assert take(place, told) == [True]
    assert take(place, replace(told, seen=line(0), keys=("l",), **other)) == [True]


def test_a_prompt_that_waited_in_the_queue_is_joined_across_prompts_and_hours(place: World) -> None:
    told = draft(text="then stop", join="text", prompt="running", keys=("h",))
    read = replace(told, seen=line(0), keys=("l",), prompt="own", at=START + 5 * 3_600_000, detail={"queued": True})
    assert take(place, told, read) == [True, False]
    assert events(place)[0]["prompt"] == "own"


def test_a_queued_prompt_that_came_first_is_joined_as_well(place: World) -> None:
    read = draft(text="then stop", join="text", prompt=None, keys=("l",), seen=line(0), detail={"queued": True})
    assert take(place, read, replace(read, seen=Hook("n", START), keys=("h",), prompt="running", detail={})) == [
        True,
        False,
    ]


@given(
    st.permutations(
        [
            draft("tool", keys=("k",), tool="Bash", input="in", seen=line(0), prompt="p", trust="tool"),
            draft("tool", keys=("k",), status="ok", text="out", seen=line(10), prompt="p", trust="tool"),
            draft("tool", keys=("k",), tool="Bash", input="in", status="ok", text="out", prompt="p", trust="tool"),
        ]
    )
)
def test_a_call_is_the_same_in_whichever_order_its_parts_come(
    tmp_path_factory: pytest.TempPathFactory, order: list[Draft]
) -> None:
    place = World(tmp_path_factory.mktemp("t"))
    take(place, *order)
    place.close()
    place.open()
    (event,) = events(place)
    place.close()
    assert (event["tool"], event["input"], event["status"], event["text"]) == ("Bash", "in", "ok", "out")


def test_a_hook_names_the_prompt_of_replies_and_a_transcript_that_of_the_rest(place: World) -> None:
    for kind, wanted in (("reply", "hook"), ("error", "hook"), ("prompt", "line"), ("tool", "line")):
        for order in (1, -1):
            key = f"{kind}{order}"
            pair = [
                draft(kind, keys=(key,), prompt="hook", text=key),
                draft(kind, keys=(key,), prompt="line", seen=line(0), text=key),
            ]
            take(place, *pair[::order])
            assert next(event["prompt"] for event in events(place) if event["text"] == key) == wanted


def test_a_copied_line_is_a_sighting_and_leaves_its_session_alone(place: World) -> None:
    take(place, draft("reply", keys=("uuid",), text="x", seen=line(0)))
    copied = replace(
        draft("reply", keys=("uuid", "tool:fork"), text="x", seen=line(0), prompt="rewritten"), session="fork"
    )
    assert take(place, copied, facts=replace(FACTS, name="fork")) == [False]
    assert place.rows("SELECT s.name, e.prompt FROM events e JOIN sessions s ON s.id = e.session") == [("s", None)]
    assert take(place, draft("tool", keys=("tool:fork",), seen=line(50)), facts=replace(FACTS, name="fork")) == [True]


def test_an_erased_event_stays_empty_when_it_is_told_again(place: World) -> None:
    take(place, draft(keys=("k",), text="gone", input="gone"))
    erase(place)
    take(place, draft(keys=("k",), text="gone", input="gone", seen=line(0)))
    assert said(events(place)) == [("prompt", None)]


def a_turn(lines: Lines, name: str) -> list[Call]:
    """A turn of a transcript, and what hooks tell of it."""
    lines.prompt(f"{name} asked")
    at = START + 1_000 * len(lines.lines)
    lines.say(f"{name} looks")
    lines.call("Bash", {"command": f"{name} runs"}, id=f"toolu_{name}")
    lines.result(f"{name} printed", id=f"toolu_{name}")
    lines.say(f"{name} done")
    turn = None if lines.old else lines.turn
    ran: dict[str, Any] = {
        "tool_name": "Bash",
        "tool_use_id": f"toolu_{name}",
        "tool_input": {"command": f"{name} runs"},
    }
    return [
        hook("UserPromptSubmit", at=at - 90, turn=turn, prompt=f"{name} asked"),
        hook("PostToolUse", at=at + 3_100, turn=turn, tool_response={"stdout": f"{name} printed"}, **ran),
        hook("Stop", at=at + 4_100, turn=turn, last_assistant_message=f"{name} done"),
    ]


def hear(place: World, calls: list[Call]) -> None:
    for call in calls:
        place.hear(call, name_of(repr(call)))


def kept(place: World) -> set[str]:
    return {row[0] for row in place.rows("SELECT body FROM texts") if row[0]}


every_way = pytest.mark.parametrize(
    ("old", "at_once"),
    [
        pytest.param(old, at_once, id=f"{'no ' * old}prompt ids, {'line by line' if at_once == 1 else 'in a batch'}")
        for old in (False, True)
        for at_once in (1, 65_536)
    ],
)


@every_way
@pytest.mark.parametrize("again", [False, True], ids=["once", "read again"])
def test_what_a_hook_told_and_was_erased_does_not_come_back_with_the_transcript(
    place: World, tmp_path: Path, old: bool, at_once: int, again: bool
) -> None:
    lines = Lines(old=old)
    hear(place, a_turn(lines, "first"))
    erase(place)
    path = lines.write(tmp_path)
    if again:  # from its beginning, when the last line is there
        whole = path.read_bytes()
        path.write_bytes(whole[: whole[:-1].rindex(b"\n") + 1])
        place.read_to_end(path, at_once)
        path.write_bytes(whole)
        place.forget_positions()
    place.read_to_end(path, at_once)
    assert kept(place) == set()
    assert [event["kind"] for event in events(place)] == ["prompt", "tool", "reply"]


@every_way
def test_what_a_transcript_told_and_was_erased_does_not_come_back_with_a_hook(
    place: World, tmp_path: Path, old: bool, at_once: int
) -> None:
    lines = Lines(old=old)
    calls = a_turn(lines, "first")
    place.read_to_end(lines.write(tmp_path), at_once)
    erase(place)
    hear(place, calls)
    assert kept(place) == set()
    assert [event["kind"] for event in events(place)] == ["prompt", "reply", "tool", "reply"]


@every_way
@pytest.mark.parametrize("heard", [(0, 1, 2), (1,)], ids=["hooks tell all", "hooks tell what is erased"])
def test_an_erased_turn_takes_nothing_of_the_turns_around_it_along(
    place: World, tmp_path: Path, old: bool, at_once: int, heard: tuple[int, ...]
) -> None:
    lines = Lines(old=old)
    turns = [a_turn(lines, name) for name in ("before", "first", "after")]
    for turn in heard:
        hear(place, turns[turn])
    erase(place, *(row[0] for row in place.rows("SELECT e.id FROM events e JOIN texts t ON t.id = e.text"
                                                " WHERE t.body LIKE 'first%'")))  # fmt: skip
    path = lines.write(tmp_path)
    for _ in range(2):
        place.read_to_end(path, at_once)
        assert {word for text in kept(place) for word in text.split() if word in ("before", "first", "after")} == {
            "before", "after"
        }  # fmt: skip
        found = said(events(place))
        for name in ("before", "after"):
            assert {("prompt", f"{name} asked"), ("reply", f"{name} looks"), ("reply", f"{name} done")} <= set(found)
            assert [kind for kind, text in found if text and text.startswith(name)].count("reply") == 2
        place.forget_positions()


@every_way
def test_only_what_was_erased_of_a_turn_stays_away_as_far_as_anything_can_tell_it_apart(
    place: World, tmp_path: Path, old: bool, at_once: int
) -> None:
    lines = Lines(old=old)
    hear(place, a_turn(lines, "first"))
    erase(place, 1)  # the prompt
    place.read_to_end(lines.write(tmp_path), at_once)
    assert {text for kind, text in said(events(place)) if kind == "reply"} == {"first looks", "first done"}


def test_a_reply_of_an_erased_turn_is_taken_when_both_sources_tell_it(place: World, tmp_path: Path) -> None:
    lines = Lines()
    hear(place, a_turn(lines, "first"))
    erase(place)
    lines.say("once more")
    place.read_to_end(lines.write(tmp_path))
    assert kept(place) == set()
    hear(place, [hook("Stop", at=START + 9_000, turn=lines.turn, last_assistant_message="once more")])
    assert kept(place) == {"once more"}


def test_a_reply_is_taken_where_the_erased_one_of_its_turn_was_told_by_both_sources(
    place: World, tmp_path: Path
) -> None:
    lines = Lines()
    hear(place, a_turn(lines, "first"))
    place.read_to_end(lines.write(tmp_path))
    erase(place)
    hear(place, [hook("Stop", at=START + 9_000, turn="next", last_assistant_message="of the next turn")])
    lines.say("once more")
    place.read_to_end(lines.write(tmp_path))
    assert kept(place) == {"once more", "of the next turn"}


def test_erased_words_that_waited_in_the_queue_do_not_come_back_and_others_do(place: World) -> None:
    told = draft(text="then stop", join="text", prompt="running", keys=("h",), at=START + 60_000)
    take(place, told)
    erase(place)
    read = replace(told, seen=line(0), keys=("l",), prompt="own", at=START + 5 * 3_600_000, detail={"queued": True})
    earlier = replace(read, seen=line(20), keys=("m",), text="typed before", at=START)
    typed = replace(read, seen=line(30), keys=("n",), text="typed at once", detail={})
    assert take(place, read, earlier, typed) == [False, True, True]
    assert kept(place) == {"typed before", "typed at once"}


@pytest.mark.parametrize(
    ("kind", "seconds", "other", "new"),
    [
        ("reply", -30, {}, False),
        ("reply", 1, {}, False),
        ("reply", 30, {}, True),
        ("prompt", -30, {}, True),
        ("prompt", -1, {}, False),
        ("prompt", 30, {}, False),
        ("prompt", 660, {}, True),
        ("reply", -660, {}, True),
        ("reply", -30, {"agent": "a1"}, True),
        ("reply", -30, {"kind": "error"}, True),
        ("reply", -30, {"prompt": "p"}, False),
    ],
)
def test_without_prompt_ids_what_may_be_the_erased_words_is_known_by_its_time(
    place: World, kind: str, seconds: int, other: dict[str, Any], new: bool
) -> None:
    told = draft(kind, text="x", join="text", keys=("h",))
    take(place, told)
    erase(place)
    read = replace(told, seen=line(0), keys=("l",), at=START + 1_000 * seconds, **other)
    assert take(place, read) == [new]
    assert take(place, read) == [False]
    assert kept(place) == ({"x"} if new else set())


def test_an_erased_report_of_a_background_task_takes_no_other_along(place: World) -> None:
    told = draft("notification", text="task a ended", join="text", keys=("a",))
    take(place, told)
    erase(place)
    read = replace(told, seen=line(0), keys=("l", "a"))
    assert take(place, read, replace(read, seen=line(10), keys=("m", "b"), text="task b ended")) == [False, True]


@pytest.mark.parametrize("text", ["", "\ud83d", "a\0b", "\u202e", "x" * 200_000])
def test_any_text_is_stored_and_found_again(place: World, text: str) -> None:
    told = draft(text=text, join="text", keys=(f"h{text[:9]}",))
    assert take(place, told, replace(told, seen=line(0), keys=("l",))) == [True, False]


def test_half_characters_in_any_field_stop_nothing(place: World, tmp_path: Path) -> None:
    odd = "x\ud83dy"
    lines = Lines(session=odd, cwd=f"/home/{odd}", gitBranch=odd, version=odd)
    lines.prompt(f"go {odd}", promptId=odd)
    lines.call(odd, {"path": odd, odd: odd})
    lines.result(odd, error=True)
    path = tmp_path / "s.jsonl"
    path.write_bytes(lines.raw(escaped=True))
    place.read_to_end(path)
    payload = {"session_id": odd, "cwd": odd, "source": odd, "prompt": odd, "tool_name": odd, "tool_input": {odd: odd}}
    for number, event in enumerate(("SessionStart", "UserPromptSubmit", "PostToolUse")):
        body = json.dumps({**payload, "hook_event_name": event, "prompt_id": odd}).encode()
        place.hear(hook(event), str(number), shrink={hook(event).body: body}.__getitem__)
    assert [event["kind"] for event in events(place)] == ["start", "prompt", "tool", "prompt", "tool"]


def test_every_kind_that_hosts_tell_is_in_the_table_of_kinds(place: World) -> None:
    from tests.recordings.replay import names, recording

    for name in names()[:40]:
        for path in recording(name).transcripts:
            place.read_to_end(path)
        for number, call in enumerate(recording(name).calls):
            place.hear(call, f"{name}{number}")
    assert {row[0] for row in place.rows("SELECT DISTINCT kind FROM events")} == set(KINDS)


# what is not to be recorded


def both(place: World, folder: Path, text: str, *, at: int = START) -> None:
    """Say it through both sources."""
    lines = Lines()
    for _ in range((at - START) // 1_000):
        lines.add("mode")
    lines.prompt(text)
    place.hear(hook("UserPromptSubmit", at=at + 900, turn=lines.turn, prompt=text), name_of(text))
    place.read_to_end(lines.write(folder))


def test_what_happens_in_a_pause_is_kept_from_neither_source_even_when_it_is_read_later(
    place: World, tmp_path: Path
) -> None:
    with place.database.transaction():
        place.database.run("begin_pause", at=START, until=START + 2_000)
    both(place, tmp_path, "in the pause")
    (tmp_path / "later").mkdir()
    both(place, tmp_path / "later", "after it", at=START + 4_000)
    assert said(events(place)) == [("prompt", "after it")]
    assert place.rows("SELECT body FROM texts") == [("after it",)]


def test_a_pause_without_end_holds_until_it_is_ended(place: World, tmp_path: Path) -> None:
    with place.database.transaction():
        place.database.run("begin_pause", at=START - 5, until=None)
        assert place.capture.journal.paused(START)
        place.database.run("end_pause", at=START + 5_000)
        assert place.capture.journal.paused(START)
        assert not place.capture.journal.paused(START + 5_000)


def test_an_ignored_project_is_recorded_from_neither_source(place: World, tmp_path: Path) -> None:
    both(place, tmp_path, "before")
    with place.database.transaction():
        place.database.connection.execute("UPDATE projects SET ignored = 1")
    both(place, tmp_path, "hush")
    assert said(events(place)) == [("prompt", "before")]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    git = root / ".git"
    for part in (root, git, git / "objects", git / "refs"):
        part.mkdir()
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "config").write_text("[core]\n\trepositoryformatversion = 0\n")
    return root


def in_folder(folder: Path) -> dict[str, Any]:
    return {"cwd": str(folder)}


def test_a_repository_that_asks_for_no_capture_is_not_recorded(place: World, checkout: Path, tmp_path: Path) -> None:
    (checkout / ".holdfast").write_text("capture = false\n")
    place.hear(hook("UserPromptSubmit", turn="p", prompt="hush", **in_folder(checkout)), "1")
    lines = Lines(**in_folder(checkout))
    lines.prompt("hush")
    assert lines.told(place, tmp_path) == []
    assert place.rows("SELECT body FROM texts") == []


@pytest.mark.parametrize("sources", [("hook", "lines"), ("lines",), ("lines", "hook")])
def test_contents_of_files_that_a_repository_asks_to_ignore_are_kept_from_neither_source(
    place: World, checkout: Path, tmp_path: Path, sources: tuple[str, ...]
) -> None:
    (checkout / ".holdfast").write_text('ignore = ["secrets/**"]\n')
    secret, open_ = str(checkout / "secrets" / "a.txt"), str(checkout / "src" / "a.txt")
    lines = Lines(**in_folder(checkout))
    lines.prompt("go")
    for number, path in enumerate((secret, open_)):
        lines.call("Write", {"file_path": path, "content": f"word{number}"}, id=f"t{number}")
        patch = [{"oldStart": 1, "oldLines": 0, "newStart": 1, "newLines": 1, "lines": [f"+word{number}"]}]
        lines.result("ok", {"structuredPatch": patch, "content": f"word{number}"}, id=f"t{number}")
    for source in sources:
        if source == "hook":
            given = {"file_path": secret, "content": "word0"}
            call = hook(
                "PostToolUse", at=START + 2_000, turn=lines.turn, tool_name="Write", tool_use_id="t0", tool_input=given,
                tool_response={"structuredPatch": []}, **in_folder(checkout),
            )  # fmt: skip
            place.hear(call, "1")
        else:
            place.read_to_end(lines.write(tmp_path))
    found = {event["detail"]["files"][0]: event["input"] for event in events(place) if event["kind"] == "tool"}
    assert found[secret] is None
    assert "word1" in found[open_]
    assert not any("word0" in row[0] for row in place.rows("SELECT body FROM texts"))


def test_a_session_keeps_its_first_folder_and_goes_on_in_its_project(place: World, tmp_path: Path) -> None:
    place.hear(hook("SessionStart", source="startup", cwd=str(tmp_path)), "1")
    place.hear(hook("UserPromptSubmit", at=START + 5, turn="p", prompt="x", cwd="/elsewhere"), "2")
    assert place.rows("SELECT name, cwd FROM sessions") == [(SESSION, str(tmp_path))]
    assert place.rows("SELECT count(*) FROM projects") == [(1,)]


def left_by(batches: list[list[Draft]], *, at_once: bool, erased: Collection[int] = ()) -> tuple[Any, ...]:
    """What a store holds that was told these batches, each as one or each of its drafts by itself, some events of the
    first batch being erased before the rest."""
    with tempfile.TemporaryDirectory() as folder:
        place = World(Path(folder))
        outcomes = []
        for nth, batch in enumerate(batches):
            for group in [batch] if at_once else [[each] for each in batch]:
                outcomes += take(place, *group)
            if nth == 0 and erased:
                erase(place, *(event for (event,) in place.rows("SELECT id FROM events") if event in erased))
        owners = dict(place.rows("SELECT key, event FROM keys"))
        found = (
            outcomes, events(place),
            place.rows("SELECT rowid FROM events_fts('main')"),
            place.rows("SELECT event, file, start FROM sightings ORDER BY event, file, start"),
            [
                (name, owners.get(place.database.digest(name.encode())))
                for each in itertools.chain(*batches)
                for name in each.keys
            ],
        )  # fmt: skip
        place.close()
    return found


def test_a_batch_leaves_what_its_drafts_would_leave_one_by_one() -> None:
    told = [
        draft("tool", seen=line(0), keys=("call",), tool="Bash", input="make test", detail={"files": ["a"]}),
        draft("prompt", seen=line(10), keys=("p", "again"), text="fix src/app/main.py", prompt="1"),
        draft("tool", seen=line(20), keys=("call", "result"), status="failed", text="1 failed", detail={"n": 1}),
        draft("prompt", seen=line(30), keys=("again", "third"), text="other words"),
        draft("reply", seen=line(40), keys=("third",), text="of another kind"),
        draft("reply", seen=line(40), keys=("r",), text="fix src/app/main.py", join="text"),
    ]
    whole = left_by([told], at_once=True)
    assert whole == left_by([told], at_once=False)
    assert whole[0] == [True, True, False, False, False, True]


@st.composite
def tellings(draw: st.DrawFn) -> list[list[Draft]]:
    """What hooks tell, then what a transcript tells, of few names and words: they meet often."""
    made = st.builds(
        draft,
        st.sampled_from(("prompt", "reply", "tool")),
        at=st.integers(0, 5).map(lambda steps: START + steps * 240_000),
        keys=st.lists(st.sampled_from("abcd"), min_size=1, max_size=2, unique=True).map(tuple),
        text=st.sampled_from((None, "main", "other words")),
        prompt=st.sampled_from((None, "1", "2")),
        join=st.sampled_from(("", "text")),
    )
    heard = draw(st.lists(made, min_size=1, max_size=2))
    read = draw(st.lists(made, min_size=2, max_size=6))
    return [heard, [replace(each, seen=line(10 * nth)) for nth, each in enumerate(read)]]


@given(tellings(), st.sets(st.integers(1, 2)))
@example([[draft(keys=("a",))], [draft(keys=("b",), seen=line(0)), draft(keys=("a", "b"), seen=line(10))]], set())
@example(
    [
        [draft("reply", keys=("a",), text="main", prompt="1", at=START + 2)],
        [
            draft("prompt", keys=("b",), seen=line(0), at=START + 1),
            draft("reply", keys=("c",), text="main", prompt="1", join="text", seen=line(10)),
        ],
    ],
    {1},
)
def test_any_batch_leaves_what_its_drafts_would_leave_one_by_one(batches: list[list[Draft]], erased: set[int]) -> None:
    assert left_by(batches, at_once=True, erased=erased) == left_by(batches, at_once=False, erased=erased)


def test_the_search_index_writes_out_once_for_a_batch(place: World) -> None:
    take(place, *(draft(seen=line(nth), keys=(f"k{nth}",), text=f"message number {nth}") for nth in range(20)))
    assert place.rows("SELECT count(DISTINCT segid) FROM events_fts_idx") == [(1,)]
    assert place.rows("SELECT count(*) FROM events_fts('message')") == [(20,)]
