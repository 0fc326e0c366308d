from pathlib import Path

import pytest

from holdfast.memory import KINDS, LABELS, kind_of


def test_there_are_eleven_kinds() -> None:
    assert list(KINDS) == [
        "decision", "bugfix", "discovery", "change", "feature", "refactor", "preference", "procedure", "fact",
        "summary", "note",
    ]  # fmt: skip


def test_every_label_stands_for_a_kind_and_is_none_itself() -> None:
    assert set(LABELS.values()) <= KINDS.keys()
    assert not LABELS.keys() & KINDS.keys()
    assert all(kind_of(kind) == kind for kind in KINDS)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Decision", "decision"),
        ("architecture", "decision"),
        ("exploration", "discovery"),
        ("session_summary", "summary"),
        ("Session Summary", "summary"),
        ("session-summary", "summary"),
        ("tool_use", "change"),
        ("preferences", "preference"),
        ("people", "fact"),
        ("manual", "note"),
        ("something nobody knows", "note"),
        ("", "note"),
    ],
)
def test_other_names_are_understood_whatever_their_spelling(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def test_the_page_on_memories_lists_them_all() -> None:
    page = (Path(__file__).parents[3] / "docs/explanation/memory.md").read_text("utf-8")
    for kind, what in KINDS.items():
        names = ", ".join(label for label, stands_for in LABELS.items() if stands_for == kind)
        assert f"| {kind} | {what} | {names or '–'} |" in page
