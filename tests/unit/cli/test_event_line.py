"""An event on one line, as people read it."""

from typing import Any

import pytest

from holdfast.cli.sessions import event_line


def event(**fields: Any) -> dict[str, Any]:
    plain = {
        "id": 7, "kind": "tool", "at": 0, "tool": None, "status": "ok", "input": None, "text": None, "detail": {},
        "agent": None, "erased": False,
    }  # fmt: skip
    return {**plain, **fields}


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"tool": "Bash", "input": '{"command":"make test","description":"Run"}'}, "tool Bash: make test"),
        ({"tool": "Edit", "input": '{"old_string":"a"}', "detail": {"files": ["/p/a.py"]}}, "tool Edit: /p/a.py"),
        ({"tool": "Grep", "detail": {"pattern": "def main"}}, "tool Grep: def main"),
        ({"tool": "WebFetch", "input": '{"url":"https://a.example"}'}, 'tool WebFetch: {"url":"https://a.example"}'),
        ({"tool": "Bash", "input": "{\"command\":\"cut", "status": "failed"}, "tool Bash [failed]: {\"command\":\"cut"),
        ({"kind": "prompt", "text": "why?\nreally"}, "prompt: why? really"),
        ({"kind": "shell", "input": "git status", "text": "clean"}, "shell: clean"),
        ({"kind": "start", "detail": {"source": "resume"}}, "start: source resume"),
        ({"tool": "Bash", "erased": True}, "tool Bash: (erased)"),
    ],
)  # fmt: skip
def test_a_line_says_what_was_done(fields: dict[str, Any], shown: str) -> None:
    assert shown in event_line(event(**fields))
