"""Edits of projects. They are changes like those of memories: kept in the log, undone the same way."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from ..errors import NotFound, Refused
from .database import Database
from .log_chain import Chain
from .log_projection import Projection

__all__ = ["ProjectEdits", "refuse_circle"]

_LABEL_LIMIT = 120


class ProjectEdits:
    """Rename, merge and ignore, each one transaction. A project is called by its number.

    Each answers with the id of the change, None when there was nothing to change, and raises NotFound.
    What a project was before its first edit is no change, so an edit says what it replaces.
    """

    def __init__(self, database: Database, chain: Chain, projection: Projection, clean: Callable[[str], str]) -> None:
        self._db = database
        self._chain = chain
        self._projection = projection
        self._clean = clean

    def rename(self, project: int, label: str) -> UUID | None:
        """Give a project another label, of at most 120 characters. Raises Refused."""
        label = " ".join(self._clean(label.encode("utf-8", "replace").decode()).split())
        if not 0 < len(label) <= _LABEL_LIMIT:
            raise Refused(f"a label has 1 to {_LABEL_LIMIT} characters, this one has {len(label)}")
        return self._edit(project, "rename", "label", label)

    def merge(self, project: int, into: int) -> UUID | None:
        """Treat a project as a part of another from now on; its memories are found there. Raises Refused (a circle)."""
        with self._db.transaction():
            uuid, target = self._uuid(project), self._uuid(into)
            refuse_circle(self._db, uuid, target)
            return self._edit(project, "merge", "merged", target.hex)

    def ignore(self, project: int, ignored: bool = True) -> UUID | None:
        """Keep nothing of this project from now on, or again."""
        return self._edit(project, "ignore", "ignored", ignored)

    def _edit(self, project: int, cause: str, register: str, value: Any) -> UUID | None:
        with self._db.transaction():
            uuid, now = self._uuid(project), self._now(project)
            if now[register] == value:
                return None
            patch = {register: value, "was": {register: now[register]}}
            change = self._chain.append("project", uuid, cause, patch)
            self._projection.apply(change)
            return change.id

    def _now(self, project: int) -> dict[str, Any]:
        row = self._db.one("project_by_id", id=project)
        assert row is not None
        merged = None if row[2] is None else self._uuid(row[2]).hex
        return {"label": row[1], "merged": merged, "ignored": bool(row[3])}

    def _uuid(self, project: int) -> UUID:
        row = self._db.one("project_by_id", id=project)
        if row is None:
            raise NotFound("there is no such project in this store", fix="`holdfast projects list` lists them")
        return UUID(bytes=bytes(row[0]))


def refuse_circle(database: Database, project: UUID, into: UUID) -> None:
    """Raises Refused when `into` is the project itself, or is merged into it already."""
    seen = {project.bytes}
    above: bytes | None = into.bytes
    while above is not None:
        if above in seen:
            raise Refused(
                "these projects would be merged in a circle",
                why="the one that is to take in the other is, or was merged into, that other",
                fix="merge the other way round, or undo the earlier merge first",
            )
        seen.add(above)
        row = database.one("project_above", uuid=above)
        above = None if row is None else bytes(row[0])
