"""The kinds of memory, and the names that other programs and people use for them."""

import re
from collections.abc import Mapping
from typing import Final

__all__ = ["KINDS", "LABELS", "is_kind", "kind_of"]

# kind -> what it holds (the reference page of kinds is made from this table)
KINDS: Final[Mapping[str, str]] = {
    "decision": "what was chosen, and why",
    "bugfix": "what was broken, why, and what put it right",
    "discovery": "what was found out, also what was tried and did not work",
    "change": "what was altered",
    "feature": "what was added",
    "refactor": "what was put into another shape without changing what it does",
    "preference": "how somebody likes it done",
    "procedure": "how something is done, step by step",
    "fact": "what is so: people, places, settings, names",
    "summary": "what a session did",
    "note": "anything else",
}

# What a memory is called elsewhere (codemem, engram, claude-memory-mcp, memory-lancedb, hindsight, Claude Code).
LABELS: Final[Mapping[str, str]] = {
    "architecture": "decision",
    "decisions": "decision",
    "design": "decision",
    "bug": "bugfix",
    "bugs": "bugfix",
    "case": "bugfix",
    "fix": "bugfix",
    "discoveries": "discovery",
    "exploration": "discovery",
    "finding": "discovery",
    "gotcha": "discovery",
    "gotchas": "discovery",
    "learning": "discovery",
    "learnings": "discovery",
    "observation": "discovery",
    "opinion": "discovery",
    "passive": "discovery",
    "problem_solution": "discovery",
    "changes": "change",
    "command": "change",
    "file_change": "change",
    "tool_use": "change",
    "features": "feature",
    "refactoring": "refactor",
    "feedback": "preference",
    "preferences": "preference",
    "user": "preference",
    "convention": "procedure",
    "conventions": "procedure",
    "how_to": "procedure",
    "pattern": "procedure",
    "patterns": "procedure",
    "skill": "procedure",
    "tool": "procedure",
    "workflow": "procedure",
    "config": "fact",
    "configuration": "fact",
    "entities": "fact",
    "entity": "fact",
    "facts": "fact",
    "infra": "fact",
    "infrastructure": "fact",
    "people": "fact",
    "person": "fact",
    "profile": "fact",
    "project": "fact",
    "projects": "fact",
    "reference": "fact",
    "world": "fact",
    "session": "summary",
    "session_summary": "summary",
    "summaries": "summary",
    "event": "note",
    "experience": "note",
    "manual": "note",
    "memory": "note",
    "notes": "note",
    "other": "note",
}


def kind_of(name: str) -> str:
    """The kind that `name` stands for, whatever its case, blanks and hyphens; a note when nobody knows it."""
    plain = _plain(name)
    return plain if plain in KINDS else LABELS.get(plain, "note")


def is_kind(name: str) -> bool:
    """Whether `name` is a kind, or another word for one."""
    plain = _plain(name)
    return plain in KINDS or plain in LABELS


def _plain(name: str) -> str:
    return re.sub(r"[\s\-]+", "_", name.strip().casefold())
