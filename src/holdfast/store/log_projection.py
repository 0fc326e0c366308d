"""What the log makes: the tables that are read. Each follows from the changes alone, so all can be made anew."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from ..clock import millis
from ..ids import time_of
from ..memory import (
    PROJECT_REGISTERS,
    RELATION_REGISTERS,
    Change,
    Evidence,
    Memory,
    State,
    Wording,
    Write,
    fold,
    told,
    wording,
    write_of,
)
from .database import Database, Row
from .log_chain import Chain, change_of, rows_by_entity
from .terms import terms_of

__all__ = ["Projection", "likeness", "memory_in"]

# The columns of `whole_memories` behind id and uuid.
_READ = (
    "project", "kind", "label", "title", "body", "files", "tags", "scope", "importance", "pinned", "standing",
    "topic_key", "trust", "alive", "erased", "created", "revised", "revision", "repeats",
)  # fmt: skip
_VERDICT = ("relation", "reason", "evidence", "confidence", "actor", "kind", "session")
_ERASED = {
    "project": None, "kind": "note", "label": None, "title": "", "body": None, "terms": "", "files": "[]", "tags": "[]",
    "scope": "project", "importance": 0.0, "pinned": False, "standing": False, "topic_key": None, "trust": "agent",
    "alive": False, "erased": True, "revision": 0, "repeats": 0, "likeness": b"",
}  # fmt: skip


class Projection:
    """Keeps memories, registers, evidence, relations and projects as the log says.

    Call inside the transaction of the append.
    """

    def __init__(self, database: Database, chain: Chain) -> None:
        self._db = database
        self._chain = chain

    def apply(self, change: Change) -> None:
        """Take one appended change into the tables."""
        self._keep_evidence(change)
        if change.entity_kind == "project":
            self._store_project(change.entity, fold(self._chain.of(change.entity)))
            return
        if change.entity_kind == "relation":
            self._store_relation(change.entity, fold(self._chain.of(change.entity)))
            return
        counts = self._db.one("memory_counts", uuid=change.entity.bytes)
        if counts is None or counts[3]:
            state = fold(self._chain.of(change.entity))
        else:
            state = self._known_state(change, counts)
            state.apply(change)
        self._store_memory(change.entity, state, known=counts is not None)

    def renew(self, change: Change) -> None:
        """Take one appended change in, and make its memory anew from the log."""
        self._keep_evidence(change)
        self._store_memory(change.entity, fold(self._chain.of(change.entity)), known=True)

    def rebuild(self) -> None:
        """Make every table anew from the log alone; memories keep their numbers."""
        self._db.run("care_rebuild_memories_fts")  # so that the rows below leave an index that knew them
        numbers = {bytes(uuid): number for uuid, number in self._db.all("memory_numbers")}
        self._db.run("remove_memories")
        self._db.run("forget_registers", entity=None)
        self._db.run("remove_evidence")
        self._db.run("remove_relations", uuid=None)
        for row in self._db.all("evidence_changes"):
            self._keep_evidence(change_of(row))
        for (entity,) in self._db.all("log_entities", entity_kind="memory"):
            uuid = UUID(bytes=bytes(entity))
            self._store_memory(uuid, fold(self._chain.of(uuid)), number=numbers.get(uuid.bytes))
        for (entity,) in self._db.all("log_entities", entity_kind="project"):
            uuid = UUID(bytes=bytes(entity))
            self._store_project(uuid, fold(self._chain.of(uuid)))
        for (entity,) in self._db.all("log_entities", entity_kind="relation"):
            uuid = UUID(bytes=bytes(entity))
            self._store_relation(uuid, fold(self._chain.of(uuid)))

    def past(self, before: int, numbers: Mapping[UUID, int]) -> Iterator[Memory]:
        """The memories as the changes stamped before a time make them; those without a number are left out."""
        for changes in rows_by_entity(self._db.run("log_until", entity_kind="memory", clock=before)):
            uuid = changes[0].entity
            memory = self._memory(numbers[uuid], uuid, fold(changes)) if uuid in numbers else None
            if memory is not None:
                yield memory

    def _memory(self, number: int, uuid: UUID, state: State) -> Memory | None:
        """The memory that a state makes; None when it was erased, or is not known well enough to be one."""
        text = state.writes.get("text")
        if state.erased is not None or text is None or text.body is None:
            return None
        columns = self._columns(state, text) | {"body": text.body}
        evidence = (Evidence(event, self._db.text(quote)) for event, quote in self._evidence(text.value["evidence"]))
        row = (number, uuid.bytes, *(columns[name] for name in _READ))
        return memory_in(row, evidence)

    def has_text(self, uuid: UUID) -> bool:
        """Whether the log has the text of a memory."""
        return self._db.one("register_of_text", entity=uuid.bytes) is not None

    def text_of(self, uuid: UUID) -> Write:
        """The write that holds a memory's text."""
        for row in self._db.all("register_writes", entity=uuid.bytes):
            if row[-1] == "text":
                return write_of(change_of(row), "text")
        raise KeyError(uuid)

    # -- memories --

    def _known_state(self, change: Change, counts: Row) -> State:
        """The state before `change`, from the registers: nobody reads a thousand repeats to add one."""
        state = State(created=counts[0], revision=counts[1], repeats=counts[2])
        for row in self._db.all("register_writes", entity=change.entity.bytes):
            state.writes[row[-1]] = write_of(change_of(row), row[-1])
        if "alive" in (change.patch or {}):
            lives = self._db.all("log_lives_of_entity", entity=change.entity.bytes, seq=change.seq)
            state.lives = [write_of(change_of(row), "alive") for row in lives]
        return state

    def _store_memory(self, uuid: UUID, state: State, *, known: bool = False, number: int | None = None) -> None:
        text = state.writes.get("text")
        if state.erased is not None:
            columns = {**_ERASED, "revised": millis(state.erased)}
            self._db.run("forget_registers", entity=uuid.bytes)
        elif text is None or text.body is None:
            return  # its first change has not come yet
        else:
            columns = self._columns(state, text) | self._search_columns(state, text)
            self._keep_registers(uuid, state)
        columns |= {"uuid": uuid.bytes, "created": state.created}
        if known:
            self._db.run("update_memory", **columns)
        else:
            self._db.run("insert_memory", id=number, **columns)

    def _columns(self, state: State, text: Write) -> dict[str, Any]:
        scope = state.value("scope", {"scope": "project", "project": None})
        return {
            "project": self._project_number(scope["project"]),
            "kind": text.value["kind"],
            "label": text.value["label"],
            "title": text.value["title"],
            "files": json.dumps(text.value["files"], ensure_ascii=False),
            "tags": json.dumps(state.value("tags", []), ensure_ascii=False),
            "scope": scope["scope"],
            "importance": state.value("importance", 0.5),
            "pinned": state.value("pin", False),
            "standing": state.value("standing", False),
            "topic_key": state.value("topic"),
            "trust": state.value("trust", "agent"),
            "alive": state.value("alive", False),
            "erased": False,
            "created": state.created,
            "revised": _said(text),
            "revision": state.revision,
            "repeats": state.repeats,
        }

    def _search_columns(self, state: State, text: Write) -> dict[str, Any]:
        title, body, files = text.value["title"], text.body or "", text.value["files"]
        words = [*files, *text.value.get("keywords", ()), *state.value("tags", ()), state.value("topic") or ""]
        return {
            "body": self._db.keep_text(body),
            "terms": " ".join([terms_of("\n".join([title, body, *words])), *words]).strip(),
            "likeness": likeness(self._db, wording(title, body)),
        }

    def _keep_registers(self, entity: UUID, state: State) -> None:
        for name, write in state.writes.items():
            self._db.run("set_register", entity=entity.bytes, name=name, clock=write.clock, change=write.seq)

    # -- evidence --

    def _keep_evidence(self, change: Change) -> None:
        text = (change.patch or {}).get("text")
        for nth, (event, quote) in enumerate(self._evidence(text["evidence"]) if text else ()):
            self._db.run("insert_evidence", change=change.seq, nth=nth, event=event, quote=quote)

    def _evidence(self, cited: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int | None, int | None]]:
        """(event, text of the quote) of what a patch cites: a quote by its hash, an event with its device."""
        for each in cited:
            quote = None
            if each["quote"] is not None:
                row = self._db.one("text_by_hash", hash=bytes.fromhex(each["quote"]))
                quote = None if row is None else int(row[0])
            here = each["event"] is not None and each["device"] == self._chain.device.hex
            known = here and self._db.one("event_exists", id=each["event"]) is not None
            yield each["event"] if known else None, quote

    # -- relations --

    def _store_relation(self, uuid: UUID, state: State) -> None:
        """A pair that nobody has judged, and that is no candidate (any more), has no row."""
        ends, candidate, verdict = (state.value(name) for name in RELATION_REGISTERS)
        if state.erased is not None or ends is None:
            self._db.run("forget_registers", entity=uuid.bytes)
            self._db.run("remove_relations", uuid=uuid.bytes)
            return
        self._keep_registers(uuid, state)
        source = (verdict or candidate or {}).get("source", "")
        if source not in ends:
            self._db.run("remove_relations", uuid=uuid.bytes)
            return
        said = verdict or dict.fromkeys(_VERDICT)
        self._db.run(
            "put_relation",
            uuid=uuid.bytes,
            source=bytes.fromhex(source),
            target=bytes.fromhex(ends[1] if source == ends[0] else ends[0]),
            score=None if candidate is None else candidate["score"],
            created=state.created,
            judged=None if verdict is None else _said(state.writes["verdict"]),
            **{name: said[name] for name in _VERDICT},
        )

    # -- projects --

    def _project_number(self, uuid: str | None) -> int | None:
        row = None if uuid is None else self._db.one("project_by_uuid", uuid=bytes.fromhex(uuid))
        return None if row is None else int(row[0])

    def _store_project(self, uuid: UUID, state: State) -> None:
        self._keep_registers(uuid, state)
        number = self._project_number(uuid.hex)
        if number is not None and any(name in state.writes for name in PROJECT_REGISTERS):
            self._db.run(
                "set_project",
                id=number,
                label=state.value("label"),
                merged_into=self._project_number(state.value("merged")),
                ignored=bool(state.value("ignored", False)),
            )


def _said(write: Write) -> int:
    """When a text was said, or a verdict: Unix ms.

    Of what a rule drew: when it was heard, which may be long before it was drawn; of what was redacted, or brought back
    by an undo: when it was said before.
    """
    drawn = write.value.get("drawn")
    said = write.value.get("said") if drawn is None else drawn["at"]
    return min(time_of(write.origin) if said is None else int(said), millis(write.clock))


def likeness(database: Database, said: Wording) -> bytes:
    """What memories that are exact repeats of each other have in common."""
    return database.digest(b"likeness", said.exact.encode())


def memory_in(row: Row, evidence: Iterable[Evidence] = ()) -> Memory:
    """The memory in a row of `whole_memories`."""
    return Memory(
        number=row[0],
        id=UUID(bytes=bytes(row[1])),
        project=row[2],
        kind=row[3],
        label=row[4],
        title=row[5],
        body=told(row[6], row[0]),
        files=tuple(json.loads(row[7])),
        tags=tuple(json.loads(row[8])),
        scope=row[9],
        importance=row[10],
        pinned=bool(row[11]),
        standing=bool(row[12]),
        topic_key=row[13],
        trust=row[14],
        alive=bool(row[15]),
        erased=bool(row[16]),
        created=row[17],
        revised=row[18],
        revision=row[19],
        repeats=max(0, row[20]),
        evidence=tuple(evidence),
    )
