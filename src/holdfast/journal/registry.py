"""The projects of a store: found by any of the names under which a code base is known."""

from ..ids import derived
from ..store.database import Database
from .projects import Identity, continues

__all__ = ["Projects"]


class Projects:
    """Which row a code base has. Call inside a transaction of the caller's."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def known(self, identity: Identity, at: int) -> int | None:
        """The number of the project with that identity, made when it is new (`at` in Unix ms); None when it is none."""
        if not identity.key:
            return None
        row = self._db.one("project_by_key", key=identity.key)
        number = int(row[0]) if row else self._moved(identity)
        if number is None:
            uuid = derived("project", identity.key).bytes
            self._db.run("insert_project", uuid=uuid, label=identity.label, at=at)
            made = self._db.one("project_by_uuid", uuid=uuid)
            assert made is not None
            number = int(made[0])
        if row is None:
            self._db.run("insert_project_key", key=identity.key, project=number)
        self._db.run("forget_project_hints", project=number)
        for hint in identity.hints:
            self._db.run("insert_project_hint", hint=hint, project=number)
        return self.final(number)

    def _moved(self, identity: Identity) -> int | None:
        """The one known project that a new key continues (renamed, given a remote); None unless exactly one fits."""
        candidates: set[int] = set()
        for hint in identity.hints:
            candidates |= {int(row[0]) for row in self._db.all("projects_hinted", hint=hint)}
        fitting = set()
        for number in candidates:
            hints = [str(row[0]) for row in self._db.all("project_hints", project=number)]
            keys = [str(row[0]) for row in self._db.all("project_keys", project=number)]
            if any(continues(identity, key, hints) for key in keys):
                fitting.add(number)
        return fitting.pop() if len(fitting) == 1 else None

    def find(self, identity: Identity) -> int | None:
        """The number of the project, without making one."""
        row = self._db.one("project_by_key", key=identity.key)
        return None if row is None else self.final(int(row[0]))

    def final(self, number: int) -> int:
        """Where a project went when it was merged; itself otherwise."""
        for _ in range(20):
            row = self._db.one("project_row", id=number)
            if row is None or row[3] is None:
                return number
            number = int(row[3])
        return number
