"""Giving a pack to a session, once, and reading in its transcript what became of it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ..journal.tail import ReceiptNote
from ..store.database import Database
from .pack import Pack
from .serving import Served, serving

__all__ = ["RECEIPTS", "Deliveries", "Given"]

# receipt -> what it says
RECEIPTS: Final = {
    "sent": "handed to the host; its transcript has not been read that far",
    "arrived": "it stands whole in the transcript",
    "cut": "the transcript holds a part of it",
    "missing": "the model has answered since, and the transcript does not hold it",
    "unknown": "the session ended and left no transcript that could show it",
}
_SETTLE: Final = 120_000  # ms after a session's end in which its transcript may still grow
_SILENCE: Final = 12 * 3_600_000  # ms after which a session that says nothing counts as over


@dataclass(frozen=True, slots=True)
class Given:
    """What stands in a session's context since its last compaction: ref -> revision, of whole items; and tokens."""

    items: dict[int | str, int]
    tokens: int

    def with_pack(self, pack: Pack) -> "Given":
        whole = {item.ref: item.revision for item in pack.items if item.whole}
        return Given({**self.items, **whole}, self.tokens + pack.tokens)


class Deliveries:
    """What was given to which session. Writing ones inside a transaction of the caller's."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def give(self, session: int, pack: Pack, *, prompt: str | None, at: int, answers: str) -> bool:
        """Note that a pack is sent. False when what it answers was answered before: then nothing may be sent."""
        text = self._db.keep_text(pack.text)
        before = self._db.connection.total_changes()
        self._db.run(
            "insert_delivery", mark=pack.mark, session=session, place=pack.place, prompt=prompt, at=at,
            key=self._db.digest(answers.encode("utf-8", "replace")), tokens=pack.tokens, text=text,
            items=json.dumps(
                [[item.ref, item.revision] if item.whole else [item.ref, item.revision, "title"] for item in pack.items]
            ),
        )  # fmt: skip
        return self._db.connection.total_changes() > before

    def given(self, session: int | None) -> Given:
        """What need not be told again."""
        items: dict[int | str, int] = {}
        tokens = 0
        for told, cost in self._db.all("given_since_compaction", session=session):
            tokens += cost
            for ref, revision, *title in json.loads(told):
                if not title:
                    items[ref] = max(revision, items.get(ref, 0))
        return Given(items, tokens)

    def begun_untold(self, session: int) -> str | None:
        """How a session's context began (the host's word), when nothing was given in it yet and nothing asked."""
        row = self._db.one("begun_untold", session=session)
        return None if row is None else row[0]

    def again(self, session: int) -> str | None:
        """The bytes that stand at the beginning of the session's context, when every note in them still holds."""
        row = self._db.one("last_whole_delivery", session=session)
        if row is None:
            return None
        for ref, revision, *_ in json.loads(row[1]):
            if isinstance(ref, int):
                memory = self._db.one("memory_standing_at", number=ref)
                if memory is None or memory[0] != revision or serving(self._db, [ref]).get(ref, Served()).instead:
                    return None
        return str(row[2]) or None

    def new(self, number: int, since: int) -> bool:
        """Whether nobody can have seen a memory in a pack since it was made (Unix ms)."""
        return self._db.one("ever_given", number=number, since=since) is None

    def received(self, receipts: Iterable[ReceiptNote], sessions: dict[str, int], file: int, at: int) -> None:
        """Take note of what a transcript shows (session names → numbers).

        What any hook printed may stand in it, marks of other sessions as well: a receipt is one for a session of which
        the file holds lines, and a mark is inherited from a session only by a copy of it, which begins with its lines.
        """
        for receipt in receipts:
            number = sessions.get(receipt.session)
            if number is None:
                continue
            before = self._db.connection.total_changes()
            outcome = "arrived" if receipt.whole else "cut"
            if self._db.one("file_may_tell_of", file=file, session=number) is not None:
                self._db.run("receive", mark=receipt.mark, session=number, receipt=outcome, at=at)
            if receipt.whole and self._db.connection.total_changes() == before:
                key = self._db.digest(f"inherited:{receipt.mark}:{number}".encode())
                self._db.run("inherit_delivery", mark=receipt.mark, session=number, file=file, key=key, at=at)

    def missed(self, file: int, at: int) -> None:
        """Mark what was sent before the model's last answer in a transcript read to its end that does not show it."""
        self._db.run("missing_deliveries", file=file, at=at)

    def unseen(self, at: int) -> None:
        """Mark what was sent to sessions that are over, and that no transcript tells of."""
        self._db.run("unknown_deliveries", at=at, before=at - _SETTLE, silence=_SILENCE)
