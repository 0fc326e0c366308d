"""The search index in few parts: most writes add a part, and each question looks into all of them."""

from collections.abc import Iterator
from typing import Final

from ..database import Database
from .check import SEARCH_INDEXES

__all__ = ["merging"]

_FEW: Final = 4  # parts that are left as they are
_PAGES: Final = 32  # of an index that one step writes: a few milliseconds


def merging(database: Database) -> Iterator[bool]:
    """Make one part of each index that lies in many: a small transaction (True) each time that the next is asked for.

    Others may write between them. (SQLite's FTS5 documentation, 'merge': a negative number of pages begins with all
    parts, and a step that changes less than two rows had nothing left to do.)
    """
    for index in SEARCH_INDEXES:
        parts = database.one(f"care_parts_{index}")
        pages = -_PAGES if parts is not None and parts[0] > _FEW else 0
        while pages:
            before = database.connection.total_changes()
            with database.transaction():
                database.run(f"care_merge_{index}", pages=pages)
            pages = _PAGES if database.connection.total_changes() - before >= 2 else 0
            yield True
