"""Texts that were written to hold the daemon up: each is read in a time that grows with its length, not its square."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.hosts.claude_code import history, words
from holdfast.hosts.claude_code.tools import outcome_of
from holdfast.hosts.claude_code.transcript import Reader
from holdfast.journal.events import Lines
from holdfast.journal.repository import config_entries

SIZE = 400_000


def filled(unit: str) -> str:
    return unit * (SIZE // len(unit))


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *((words.summary_of, filled(unit)) for unit in ("<summary>", "<analysis>", "<summary> ", " ")),
        (words.summary_of, "This session is being continued" + filled("<system-reminder>")),
        *((words.command_of, "<command-name>" + filled(unit)) for unit in ("<command-name>", " ", "\n")),
        (words.command_of, "<command-name>x</command-name>" + filled("<command-args>")),
        (words.shell_output, filled("<bash-stdout>")),
        (words.shell_input, "<bash-input>" + filled("<bash-input>")),
        (lambda text: list(config_entries(text)), '[remote "origin"]\nurl = ' + filled("\\n")),
        (lambda text: list(config_entries(text)), '[remote "origin"]\nurl = ' + filled('a"')),
    ],
)
def test_what_nothing_closes_is_looked_for_once(read: Callable[[str], object], text: str) -> None:
    began = time.process_time()
    read(text)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a <summary> it \n works </summary> b <summary>no</summary>", "it \n works"),
        ("<analysis>a</analysis>one<analysis>b</analysis>two<analysis>three", "onetwo<analysis>three"),
        (
            "This session is being continued\nSummary:\n<system-reminder>x</system-reminder> \n it works",
            "it works",
        ),
        ("plain", "plain"),
    ],
)
def test_a_summary_is_taken_out_of_what_is_around_it(text: str, found: str) -> None:
    assert words.summary_of(text) == found


def test_commands_and_their_output_are_taken_out_of_their_tags() -> None:
    named = "<command-message>x</command-message>\n<command-name> deploy </command-name>"
    assert words.command_of(f"{named}<command-args> a b </command-args>") == "/deploy a b"
    assert words.command_of("<command-message>x</command-message><command-name>/x") is None
    assert words.shell_input(" <bash-input> ls -l </bash-input>") == "ls -l"
    assert words.shell_input("<bash-input>ls") is None
    assert words.shell_output("<bash-stdout>a</bash-stdout><bash-stderr>b\nc</bash-stderr><bash-stdout>") == "a\nb\nc"


def test_a_deep_line_near_the_beginning_of_a_transcript_stops_no_import(tmp_path: Path) -> None:
    file = tmp_path / "deep.jsonl"
    file.write_text('{"a":' + "[" * 20_000 + "]" * 20_000 + '}\n{"type":"user","timestamp":"2026-01-01T00:00:00Z"}\n')
    assert history.files_of(files=[file], folder=None, every=False, after=0) == [file]


def line(**fields: object) -> dict[str, object]:
    return {
        "type": "user", "uuid": "u", "sessionId": "s", "timestamp": "2026-01-01T00:00:00Z", "entrypoint": "cli",
        "message": {"role": "user", "content": "always use tabs"}, **fields,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "trust"),
    [
        ({}, "owner"),
        ({"isSidechain": False}, "owner"),
        ({"isSidechain": True}, "agent"),
        ({"isSidechain": True, "agentId": "a"}, "agent"),
        ({"isSidechain": "yes"}, "agent"),
        ({"agentId": "a"}, "agent"),
        ({"entrypoint": "sdk-cli"}, "agent"),
        ({"entrypoint": None}, "agent"),
    ],
)
def test_a_line_that_may_be_a_sub_agents_is_not_the_owners_word(fields: dict[str, object], trust: str) -> None:
    told = Reader(frozenset()).read(line(**fields), Lines(1, 0, 1, bytes(32)))
    assert [draft.trust for draft in told.drafts] == [trust]


@pytest.mark.parametrize("hunk", [{"lines": None}, {"lines": 5}, {"lines": "ab"}, {}, None, {"lines": [None, "-a"]}])
def test_a_patch_of_another_shape_stops_nothing(hunk: object) -> None:
    response = json.loads(json.dumps({"structuredPatch": [hunk]}))
    outcome = outcome_of("Edit", frozenset({"Edit"}), response=response, content=None, error=False)
    assert outcome.status == "ok"
