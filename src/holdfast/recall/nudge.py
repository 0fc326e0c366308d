"""Whether the agent of a session is to be reminded to save: once, when the session is long and has saved nothing.

Of two long sessions of a project in a row at most one is reminded, unless something was saved between.
"""

import json
from collections.abc import Sequence
from typing import Final

from ..settings import Settings
from ..store.database import Database

__all__ = ["is_due"]

_LOOKED_AT: Final = 40  # sessions before this one


def is_due(database: Database, session: int, family: Sequence[int], settings: Settings) -> bool:
    """family: the numbers of the session's project."""
    measure = {"prompts": settings.number("inject.nudge_prompts"), "calls": settings.number("inject.nudge_calls")}

    def long(number: int) -> bool:
        return database.one("session_is_long", session=number, **measure) is not None

    def saved(number: int, since: int) -> bool:
        asked = {"session": number, "since": since, "family": json.dumps(list(family))}
        return database.one("saved_in_session", **asked) is not None

    row = database.one("session_nudged", session=session)
    if row is None or row[1] is not None or not long(session) or saved(session, row[0]):
        return False
    rest = settings.number("inject.nudge_rest")
    for number, nudged in database.all(
        "sessions_nudged_before", session=session, family=json.dumps(list(family)), limit=_LOOKED_AT
    ):
        if rest <= 0:
            return True
        if nudged is not None:
            return saved(number, nudged)
        rest -= long(number)
    return True
