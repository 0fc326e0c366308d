"""Reading memories: by name, as lists, as they were, and what happened to them."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from ..clock import Clock
from ..errors import NotFound, UsageError
from ..ids import parse
from ..memory import Evidence, Memory, Step, steps
from .database import Database, Row
from .log_chain import Chain, id_range
from .log_projection import Projection, memory_in

__all__ = ["Memories", "Ref"]

Ref = str | int | UUID  # 12, "12", "#12", a whole id, or the first 8 digits or more of one


_NAMES = (
    "`holdfast search` finds its number, such as 12; an event is `holdfast show e345`, a session `holdfast show s3`"
)


class Memories:
    """What a store remembers. Needs nothing but a database, so a read-only one will do."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._db = database
        self._chain = Chain(database, clock or Clock())
        self._projection = Projection(database, self._chain)

    def get(self, ref: Ref) -> Memory:
        """The memory that `ref` names, alive or not. Raises NotFound; UsageError when it names none or several."""
        memory = self._find(ref)
        if memory is None:
            raise NotFound(
                f"there is no memory {_called(ref)} in this store", fix="`holdfast search` finds what there is"
            )
        return memory

    def recent(
        self,
        project: int | None = None,
        *,
        limit: int = 20,
        kinds: Sequence[str] = (),
        labels: Sequence[str] = (),
        include_dead: bool = False,
    ) -> list[Memory]:
        """Memories, the latest written first: of all projects, or of one (and those merged with it) and personal ones.

        kinds, labels: only those of these kinds, or saved under these words. `include_dead` adds the forgotten ones,
        never the erased.
        """
        asked = self._asked(project, kinds, labels, include_dead)
        return self._memories(self._db.all("memory_recent", limit=limit, **asked))

    def count(
        self, project: int | None = None, *, kinds: Sequence[str] = (), labels: Sequence[str] = (),
        include_dead: bool = False,
    ) -> int:  # fmt: skip
        """How many memories `recent` finds without a limit."""
        row = self._db.one("memory_recent_count", **self._asked(project, kinds, labels, include_dead))
        return 0 if row is None else int(row[0])

    def _asked(
        self, project: int | None, kinds: Sequence[str], labels: Sequence[str], include_dead: bool
    ) -> dict[str, Any]:
        return {
            "family": None if project is None else json.dumps(self.family(project)),
            "kinds": json.dumps(list(kinds)) if kinds or labels else None,
            "labels": json.dumps([each.strip().lower() for each in labels]),
            "include_dead": include_dead,
        }

    def many(self, numbers: Sequence[int]) -> list[Memory]:
        """The memories with these numbers, in this order; unknown numbers are left out."""
        found = {row[0]: row for row in self._db.all("memory_by_numbers", numbers=json.dumps(list(numbers)))}
        return self._memories([found[number] for number in numbers if number in found])

    def as_of(self, ms: int, *, include_dead: bool = False) -> list[Memory]:
        """The memories as they were at a moment (Unix ms), by number. What was erased since is not among them."""
        numbers = self._numbers()
        erased = self._erased()
        found = [
            memory
            for memory in self._projection.past(_behind(ms), numbers)
            if (memory.alive or include_dead) and memory.id not in erased
        ]
        return sorted(found, key=lambda memory: memory.number)

    def history(self, ref: Ref) -> list[Step]:
        """What happened to a memory, newest first. Raises NotFound."""
        return steps(self._chain.of(self.get(ref).id))

    def family(self, project: int) -> list[int]:
        """The project that lives on after all merging, then every one that was merged into it."""
        return [int(row[0]) for row in self._db.all("project_family", project=project)]

    # -- one --

    def _find(self, ref: Ref) -> Memory | None:
        wanted = parse(ref) if isinstance(ref, str) and len(ref) >= 32 else ref
        if isinstance(wanted, UUID):
            return self._by_id(wanted)
        text = str(ref).strip().removeprefix("#")
        if text.isascii() and text.isdigit() and len(text) <= 18:
            row = self._db.one("memory_by_number", id=int(text))
            if row is not None or len(text) < 8 or str(ref).strip().startswith("#"):
                return None if row is None else self._memories([row])[0]
        low, high = id_range(text, "a memory", "a number or an id", _NAMES)
        numbers = self._db.all("memory_numbers_between", low=low, high=high)
        if len(numbers) > 1:
            raise UsageError("several memories have an id that begins so", fix="give more of the id, or the number")
        row = self._db.one("memory_by_number", id=numbers[0][0]) if numbers else None
        return None if row is None else self._memories([row])[0]

    def _by_id(self, uuid: UUID) -> Memory | None:
        row = self._db.one("memory_by_uuid", uuid=uuid.bytes)
        return None if row is None else self._memories([row])[0]

    def _memories(self, rows: Sequence[Row]) -> list[Memory]:
        evidence: dict[int, list[Evidence]] = {}
        for number, event, quote in self._db.all("memory_evidence", numbers=json.dumps([row[0] for row in rows])):
            evidence.setdefault(number, []).append(Evidence(event, quote))
        return [memory_in(row, evidence.get(row[0], ())) for row in rows]

    # -- many --

    def _numbers(self) -> dict[UUID, int]:
        return {UUID(bytes=bytes(uuid)): number for uuid, number in self._db.all("memory_numbers")}

    def _erased(self) -> set[UUID]:
        return {UUID(bytes=bytes(row[0])) for row in self._db.all("log_entities_of_cause", cause="erase")}

    def _project_id(self, project: int) -> UUID:
        row = self._db.one("project_by_id", id=project)
        if row is None:
            raise NotFound("there is no such project in this store", fix="`holdfast projects list` lists them")
        return UUID(bytes=bytes(row[0]))


def _behind(ms: int) -> int:
    """The first stamp after a millisecond."""
    return (ms + 1) << 16


def _called(ref: Ref) -> str:
    text = str(ref).strip()[:60]
    return f"#{text}" if text.isdigit() else text
