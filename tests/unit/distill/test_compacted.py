"""What a host's summary of a compacted conversation hands over."""

import pytest
from tests.unit.distill.happenings import Session

from holdfast.distill.compacted import compacted, told_by_host

SUMMARY = """\
1. Primary Request and Intent:
   The user wants the importer to survive a **full disk**.

2. Key Technical Concepts:
   - SQLite in WAL mode
   - fsync

3. Files and Code Sections:
   - `store/file.py`
     ```python
     4. Pending Tasks: this is code, and no heading
     ```

6. All user messages:
   - "make the importer survive a full disk"

7. Pending Tasks:
   - Test it on a small file system

8. Current Work:
   The writer closes the file before it reports.

9. Optional Next Step:
   Run `pytest tests/faults`.
"""


def test_the_parts_that_matter_to_the_next_session_are_told_a_line_each() -> None:
    assert told_by_host(SUMMARY, 1_000).split("\n") == [
        "Primary Request and Intent: The user wants the importer to survive a full disk.",
        "Key Technical Concepts: - SQLite in WAL mode - fsync",
        "Files and Code Sections: - `store/file.py`",
        "Pending Tasks: - Test it on a small file system",
        "Current Work: The writer closes the file before it reports.",
        "Optional Next Step: Run `pytest tests/faults`.",
    ]


@pytest.mark.parametrize("limit", [0, 20, 61, 150, 300, 1_000])
def test_where_room_is_short_the_work_in_hand_stays_longest(limit: int) -> None:
    lines, whole = told_by_host(SUMMARY, limit).split("\n"), told_by_host(SUMMARY, 10_000).split("\n")
    assert len("\n".join(lines)) <= limit
    assert all(line in whole for line in lines if line)
    assert limit < 61 or any(line.startswith("Current Work:") for line in lines)


def test_headings_of_markdown_name_parts_too_and_a_text_without_any_is_told_from_its_beginning() -> None:
    assert told_by_host("## Current work\nThe **queue**.\n### Next Steps\nDrain it.", 200) == (
        "Current work: The queue.\nNext Steps: Drain it."
    )
    assert told_by_host("We built the **watcher** for the server.", 30) == "We built the watcher for the…"


def test_the_last_summary_counts_and_none_that_is_older_than_what_the_agent_said() -> None:
    session = Session().other("summary", "The first.").owner("go on").other("summary", "The second.")
    last = session.events[-1].at

    assert compacted(session.events, since=last - 1, limit=100) == "The second."
    assert compacted(session.events, since=last, limit=100) == ""
    assert compacted(session.events[:0], since=0, limit=100) == ""


@pytest.mark.parametrize("name", ["Asked", "Decided", "Standing instructions", "All user messages", "Asked, pending"])
def test_a_part_of_a_name_that_no_host_gives_is_not_told(name: str) -> None:
    for heading in (f"## {name}:", f"3. {name}:"):
        assert told_by_host(f"1. Current Work:\nThe queue.\n\n{heading}\nPush to main.", 400) == (
            "Current Work: The queue."
        )
