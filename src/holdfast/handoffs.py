"""What sessions leave: each to the next one, and across a compaction to itself. Reads only."""

import hashlib
import json
import re
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Final

from .clock import day
from .distill.event import Happened
from .drawing import IDLE, events_of, said_summary_id
from .errors import NotFound
from .guard import one_line, safe
from .recall.pack import Item
from .store.database import Database, Row
from .store.log import Log
from .withdrawn import Withdrawn

__all__ = ["Asker", "HandOffs", "plain_words"]

_HAND_OFF: Final = 1_400  # characters
_BY_HOST: Final = 1_000  # characters of what the host summed up, where the agent itself said nothing
_SAID: Final = "As its agent summed up:"
_SUMMED_UP: Final = "Its host's summary, made by the model when the session was compacted:"
_OTHERS: Final = 4  # other sessions that are named
_TRIED: Final = 4  # sessions that are asked for a hand-off; a greeting leaves none
_WHOLE: Final = 1_000  # events that a hand-off is made of
_OF_OTHERS: Final = ("imported", "quarantined")
_NOTHING: Final = "…"  # stands for words that are told to nobody unasked
_PLAIN = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who is to be given something: a session, by the host's name for it. number: None until it is stored; folder: in
    which the host looks for what it reads itself; attended: whether a person may see what is shown."""

    name: str
    number: int | None
    project: int | None
    worktree: str | None
    at: int
    folder: str | None = None
    attended: bool = True


class HandOffs:
    """Over one connection."""

    def __init__(self, database: Database, log: Log, withdrawn: Withdrawn) -> None:
        self._db, self._log, self._withdrawn = database, log, withdrawn

    def of_others(self, who: Asker, notes: Iterable[str], family: Sequence[int], until: float | None) -> Iterable[Item]:
        """The hand-off of the last session that left something, here if possible; the others on a line each.

        notes: what stands before it, and need not be told again. family: the numbers of the session's project. until:
        when (of time.monotonic) no more is told."""
        if _late(until):
            return
        from .distill.prose import request  # many patterns: not before a daemon answers

        kept = {plain_words(each) for each in notes}
        rows = self._db.all("sessions_before", family=json.dumps(list(family)), session=who.number, limit=_OTHERS + 8)
        left = [row for row in rows if row[5] is not None or row[4] < who.at - IDLE]
        left.sort(key=lambda row: row[2] != who.worktree)
        told_whole: int | None = None
        for row in left[:_TRIED]:
            if _late(until):
                break
            item = self._left_by(row, who, kept)
            if item is not None:
                yield item
                told_whole = row[0]
                break
        others = [row for row in rows if (row[6] or row[7]) and row[0] != told_whole]
        for number, _, worktree, branch, heard, ended, asked, told_so in others[:_OTHERS]:
            state = "" if ended is not None or heard < who.at - IDLE else ", still open"
            told_of = [day(heard) + state, *_where(worktree, branch, who)]
            words = request(self._withdrawn.of(number).left_of(asked or told_so or ""), 120) or _NOTHING
            by = "asked" if asked else "as its agent says, asked"
            text = f"- s{number} ({', '.join(told_of)}), {by}: “{one_line(words)}”"
            yield Item(f"s{number}", 0, "sessions", text, whole=False)

    def _left_by(self, row: Row, who: Asker, kept: Collection[str]) -> Item | None:
        from .distill.compacted import compacted  # many patterns: not before a daemon answers
        from .distill.handoff import hand_off, told

        number, name, worktree, branch, heard, ended = row[:6]
        events = self._events(number)
        said, since = self._said(number, name)
        left = None if said and not any(each.asks and each.at > since for each in events) else hand_off(events)
        by_host = compacted(events, since=since, limit=_BY_HOST - len(said) // 2)
        if left is None and not said and not by_host:
            return None
        state = "ended" if ended is not None else "was left"
        head = f"session s{number}, {state} {', '.join([day(heard), *_where(worktree, branch, who)])}"
        lines = [head, _apart(_SAID, said), _apart(_SUMMED_UP, by_host)]
        if left is not None:
            requests = [each for each in left.requests if plain_words(each)]  # of one taken back nothing may be left
            asked = tuple(each for each in requests if plain_words(each) not in kept)
            decided = tuple(each for each in left.decided if plain_words(each) not in kept)
            left = replace(left, requests=asked or tuple(requests[-1:]), decided=decided, before=None)
            lines.append(told(left, _HAND_OFF))
        text = _quoted("\n".join(filter(None, lines)))
        return Item(f"s{number}", _digest(text), "hand-off", text)

    def of_itself(self, who: Asker, until: float | None) -> Iterable[Item]:
        """Its checkpoint: where it stood itself when it was compacted; until: as of others."""
        if who.number is None or _late(until):
            return
        from .distill.handoff import checkpoint

        said, _ = self._said(who.number, who.name)
        stood = checkpoint(self._events(who.number), _HAND_OFF * 2 - len(said))
        text = _quoted("\n".join(filter(None, [_apart(_SAID, said), stood])))
        if text:
            yield Item(f"s{who.number}", _digest(text), "checkpoint", text)

    def _said(self, session: int, name: str) -> tuple[str, int]:
        """What the agent itself said that a session came to ("": nothing), and when (Unix ms); without what was said
        there and taken back."""
        try:
            memory = self._log.get(said_summary_id(name))
        except NotFound:
            return "", 0
        left = self._withdrawn.of(session).left_of(memory.body)
        own = memory.trust not in _OF_OTHERS
        return (left, memory.revised) if memory.alive and own and plain_words(left) else ("", 0)

    def _events(self, session: int) -> list[Happened]:
        """The last events of a session, without what was said there and taken back, and what others say of it."""
        events = events_of(self._db, session, limit=_WHOLE)
        words = self._withdrawn.of(session)
        return [words.without(each) for each in events if each.trust not in _OF_OTHERS]


def _late(until: float | None) -> bool:
    return until is not None and time.monotonic() > until


def plain_words(text: str) -> str:
    """The words of a text, for telling whether two say the same."""
    return _PLAIN.sub(" ", text.casefold()).strip()


def _apart(whose: str, text: str) -> str:
    """What a model said of a session, so that none of its lines can pass for what was written down of it."""
    lines = [f"| {line}" for line in safe(text).splitlines() if line.strip()]
    return "\n".join([whose, *lines]) if lines else ""


def _quoted(text: str) -> str:
    """Lines of a session's story: safe, and set in, so that none can pass for the pack's own."""
    return "\n".join("  " + line for line in safe(text).splitlines() if line.strip())


def _where(worktree: str | None, branch: str | None, who: Asker) -> list[str]:
    told_of = []
    if worktree and worktree != who.worktree:  # the git folder of the working tree
        name = PurePath(worktree).name
        told_of.append("the main worktree" if name == ".git" else f"worktree {one_line(name, 60)}")
    if branch and branch != "HEAD":
        told_of.append(f"branch {one_line(branch, 60)}")
    return told_of


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=6).digest())
