"""Giving a pack to a session, once, and reading in its transcript what became of it."""

import json
from collections.abc import Iterable, Sequence

from ..journal.tail import ReceiptNote
from ..store.database import Database
from .pack import Item, Pack

__all__ = ["Deliveries"]


class Deliveries:
    """What was given to which session. Call inside a transaction of the caller's."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def give(self, session: int, pack: Pack, *, place: str, prompt: str | None, at: int, answers: str) -> bool:
        """Note that a pack is sent. False when what it answers was answered before: then nothing may be sent."""
        text = self._db.keep_text(pack.text)
        before = self._db.connection.total_changes()
        self._db.run(
            "insert_delivery", mark=pack.mark, session=session, place=place, prompt=prompt, at=at,
            key=self._db.digest(answers.encode("utf-8", "replace")), tokens=pack.tokens, text=text,
            items=json.dumps([[item.number, item.revision] for item in pack.items]),
        )  # fmt: skip
        return self._db.connection.total_changes() > before

    def again(self, session: int, current: Sequence[Item]) -> str | None:
        """The bytes that the session was given at its start, when every note in them still stands as it was."""
        row = self._db.one("last_session_start", session=session)
        if row is None:
            return None
        standing = {(item.number, item.revision) for item in current}
        given = {(number, revision) for number, revision in json.loads(row[1])}
        return str(row[2]) if given <= standing else None

    def received(self, receipts: Iterable[ReceiptNote], sessions: dict[str, int], at: int) -> None:
        """Take note of what transcripts show (session names → numbers)."""
        for receipt in receipts:
            number = sessions.get(receipt.session)
            if number is not None:
                outcome = "arrived" if receipt.whole else "cut"
                self._db.run("receive", mark=receipt.mark, session=number, receipt=outcome, at=at)

    def missed(self, session: int, at: int) -> None:
        """Mark what was sent before the model's last answer and does not stand in the transcript."""
        self._db.run("missing_deliveries", session=session, at=at)
