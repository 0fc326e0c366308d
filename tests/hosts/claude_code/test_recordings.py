"""The kept recordings: complete, readable, and free of the machine that made them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.hosts.claude_code.install import VERSIONS
from tests.hosts.claude_code.record import DEMO, TARGET
from tests.hosts.claude_code.recording import load
from tests.hosts.claude_code.scenarios import SCENARIOS

FOLDERS = [TARGET / version / name for version in VERSIONS for name in SCENARIOS] + [TARGET / DEMO]


def name(folder: Path) -> str:
    return str(folder.relative_to(TARGET))


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_every_session_of_the_hooks_has_its_transcript(folder: Path) -> None:
    calls = list(load(folder))
    transcripts = {path.stem for path in (folder / "transcripts").glob("*/*.jsonl")}

    assert {call.event for call in calls} >= {"SessionStart", "UserPromptSubmit", "SessionEnd"}
    assert {call.payload["session_id"] for call in calls} == transcripts


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_a_recording_names_no_machine_and_stays_small(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    told = "\n".join(path.read_text(encoding="utf-8") for path in files)

    assert sum(path.stat().st_size for path in files) < 150_000
    assert not re.search(r"/tmp/(?!claude-1000/)|/root\b|/private/|holdfast-rec", told)


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_every_line_of_a_transcript_is_an_object_with_a_type(folder: Path) -> None:
    for path in (folder / "transcripts").rglob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert json.loads(line)["type"]
