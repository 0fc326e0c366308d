"""Words typed while the agent worked, in transcripts of older versions (seen in 2.1.5).

There they stand in no line but `queue-operation`: `enqueue` holds them, `remove` says that they went to the agent in
mid-turn, `dequeue` that a prompt of their own follows. Newer versions write them a second time, as an attachment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...journal.events import Lines
from .words import digest, written

__all__ = ["Queue", "Queued", "key_of"]

_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Queued:
    """One entry: when (Unix ms) and where it was written, and its text, guarded."""

    at: int
    seen: Lines
    text: str


@dataclass(slots=True)
class Queue:
    """What waits, and what went to the agent without being seen there yet."""

    waiting: list[Queued] = field(default_factory=list)
    gone: list[Queued] = field(default_factory=list)

    def follow(self, line: Mapping[str, Any], at: int, seen: Lines) -> None:
        """Take note of a `queue-operation`."""
        operation, content = line.get("operation"), line.get("content")
        if operation == "enqueue" and isinstance(content, str):
            self.waiting = [*self.waiting, Queued(at, seen, written(content))][-_LIMIT:]
        elif operation in ("dequeue", "remove") and self.waiting:
            entry = self._named(content) or self.waiting[0]
            self.waiting.remove(entry)
            if operation == "remove":
                self.gone = [*self.gone, entry][-_LIMIT:]
        elif operation == "popAll":  # taken back into the box
            self.waiting = []

    def _named(self, content: Any) -> Queued | None:
        text = written(content) if isinstance(content, str) else None
        return next((entry for entry in self.waiting if entry.text == text), None)

    def shown(self, content: str) -> None:
        """The transcript shows these words elsewhere."""
        text = written(content)
        self.gone = [entry for entry in self.gone if entry.text != text]

    def unseen(self) -> list[Queued]:
        """What went to the agent, which now answers, and was shown nowhere else."""
        gone, self.gone = self.gone, []
        return gone

    def dump(self) -> list[list[Any]]:
        """JSON-ready."""
        return [
            [waits, each.at, each.text, each.seen.file, each.seen.start, each.seen.stop, each.seen.sha256.hex()]
            for waits, entries in ((True, self.waiting), (False, self.gone))
            for each in entries
        ]

    @classmethod
    def load(cls, shape: list[list[Any]]) -> "Queue":
        """The queue that `dump` wrote."""
        queue = cls()
        for waits, at, text, file, start, stop, sha256 in shape:
            entry = Queued(at, Lines(file, start, stop, bytes.fromhex(sha256)), text)
            (queue.waiting if waits else queue.gone).append(entry)
        return queue


def key_of(session: str, entry: Queued) -> str:
    """The name of an entry, for keys."""
    return f"queued:{session}:{entry.at}:{digest(entry.text)}"
