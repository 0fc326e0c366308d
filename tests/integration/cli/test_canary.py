"""The canary of `doctor`: it says where a note is lost."""

from collections.abc import Callable
from typing import Any

import pytest

from holdfast.cli import canary

Step = Callable[..., Any]


def mute(hook: Step) -> Step:
    """A host that drops what a hook prints."""
    return lambda *call, **fields: hook(*call, **fields)[:0]


def forgetful(hook: Step) -> Step:
    return lambda *call, **fields: hook(*call, **fields).replace(b"canary sings", b"parrot talks")


def deaf(write: Step) -> Step:
    """A host that gives the model something else."""
    return lambda canary, _: write(canary, "something else")


def unsaved(ask: Step) -> Step:
    return lambda canary, operation, **told: None if operation == "remember" else ask(canary, operation, **told)


LOST = {
    "it could not be saved": ("_ask", unsaved),
    "the launcher printed nothing for a new session": ("_hook", mute),
    "it was not in what a new session was given": ("_hook", forgetful),
    "its receipt was not read from the transcript": ("_write_transcript", deaf),
}


@pytest.mark.parametrize("lost", LOST)
def test_a_canary_tells_where_it_was_lost(monkeypatch: pytest.MonkeyPatch, lost: str) -> None:
    name, broken = LOST[lost]
    monkeypatch.setattr(canary._Canary, name, broken(getattr(canary._Canary, name)))
    monkeypatch.setattr(canary, "_PATIENCE", 4.0)

    assert canary.lost() == lost
