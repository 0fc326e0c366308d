"""Erasing: bodies, texts, quotes, index rows and packs go for good; headers, keys and numbers stay."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from ..errors import NotFound
from ..memory import Change, Memory, fold
from .database import Database
from .log_chain import Chain
from .log_projection import Projection, memory_in
from .log_redaction import Found, Redaction

__all__ = ["Drawn", "Erased", "Erasure", "erasures"]


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erase removed: memories by number, events by id, how many texts, how many delivered packs.

    changed: memories that stay, without the versions of them that went.
    settled: no trace is left in the file and its log. False while another process reads an older state of the store:
    then it goes with the next checkpoint.
    """

    memories: tuple[int, ...] = ()
    events: tuple[int, ...] = ()
    texts: int = 0
    packs: int = 0
    settled: bool = False
    changed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn from some events.

    whole: memories that go with them, since what they say now came from there. parts: memories that say something else
    by now, with the changes that go.
    """

    whole: tuple[Memory, ...]
    parts: tuple[tuple[Memory, Found], ...]

    @property
    def memories(self) -> list[Memory]:
        return [*self.whole, *(memory for memory, _ in self.parts)]


class Erasure:
    """Removes content. Call inside a transaction, `settled` after it."""

    def __init__(self, database: Database, chain: Chain, projection: Projection) -> None:
        self._db = database
        self._chain = chain
        self._projection = projection

    def memory(self, memory: Memory) -> Erased:
        """One memory, in every version it had."""
        if memory.erased:
            return Erased()
        self._db.run("count_erasure")
        entity = memory.id.bytes
        texts = self._column("texts_of_memory", entity=entity)
        self._projection.apply(self._chain.append("memory", memory.id, "erase", {}))
        self._db.run("erase_bodies", entity=entity)
        self._db.run("erase_evidence", entity=entity)
        for (relation,) in self._db.all("relations_of_memory", memory=entity):
            self._relation(UUID(bytes=bytes(relation)))
        self._db.run("sealed_erase", memory=entity)
        packs = self._empty_packs([memory.number])
        return Erased(memories=(memory.number,), texts=self._drop({*texts, *packs}), packs=len(packs))

    def relations(self) -> None:
        """What speaks of memories that were erased before it came to this store."""
        for (relation,) in self._db.all("relations_of_erased"):
            self._relation(UUID(bytes=bytes(relation)))

    def _relation(self, relation: UUID) -> None:
        self._projection.apply(self._chain.append("relation", relation, "erase", {}))
        self._db.run("erase_bodies", entity=relation.bytes)

    def events(self, events: Sequence[int], *, derived: bool) -> Erased:
        """These events; with `derived` what was drawn from them too, else only what that quotes of them.

        Raises NotFound.
        """
        if any(self._db.one("event_exists", id=event) is None for event in events):
            raise NotFound("there is no such event in this store")
        self._db.run("count_erasure")
        wanted = json.dumps(list(events))
        found = Erased(events=tuple(events))
        drawn = self.drawn(events) if derived else Drawn((), ())
        for memory in drawn.whole:
            found = _sum(found, self.memory(memory))
        for memory, versions in drawn.parts:
            found = _sum(found, self._versions(memory, versions))
        texts = self._column("texts_of_events", events=wanted)
        self._db.run("erase_events", events=wanted)
        self._db.run("erase_quotes", events=wanted)
        sessions = self._column("sessions_of_events", events=wanted)
        packs = self._empty_packs([*(f"e{event}" for event in events), *(f"s{session}" for session in sessions)])
        dropped = self._drop({*texts, *packs})
        return replace(found, texts=found.texts + dropped, packs=found.packs + len(packs))

    def of_session(self, session: int) -> list[int]:
        """All events of a session. Raises NotFound."""
        if self._db.one("session_exists", id=session) is None:
            raise NotFound("there is no such session in this store")
        return self._column("events_of_session", session=session)

    def drawn(self, events: Sequence[int]) -> Drawn:
        """What was drawn from these events, and goes with them."""
        cited: dict[bytes, set[int]] = {}
        for entity, seq in self._db.all("versions_from_events", events=json.dumps(list(events))):
            cited.setdefault(bytes(entity), set()).add(seq)
        whole: list[Memory] = []
        parts: list[tuple[Memory, Found]] = []
        for entity, seqs in cited.items():
            row = self._db.one("memory_by_uuid", uuid=entity)
            if row is None:
                continue
            memory, versions = memory_in(row), self._found(UUID(bytes=entity), seqs)
            holds = versions.state.writes.get("text")
            if holds is None or any(each.id == holds.change for each in versions.changes):
                whole.append(memory)
            else:
                parts.append((memory, versions))
        return Drawn(tuple(whole), tuple(parts))

    def _found(self, entity: UUID, cited: set[int]) -> Found:
        """The changes of a memory that hold what its versions `cited` said, with the state after them all.

        That is those versions, others with the very same body, and what handed on tags that only these brought.
        """
        changes = self._chain.of(entity)
        bodies = {change.body for change in changes if change.seq in cited}
        lost: list[Change] = []
        brought: set[str] = set()
        own: set[str] = set()
        for change in sorted(changes, key=lambda each: each.order):
            patch = change.patch or {}
            tags = set(patch.get("tags", ()))
            if "text" in patch and (change.seq in cited or change.body in bodies):
                lost.append(change)
                brought |= tags - own
            elif "text" not in patch and tags & brought:
                lost.append(change)
            else:
                own |= tags
                brought -= tags
        state = fold(changes)
        if (held := state.writes.get("tags")) is not None:
            state.writes["tags"] = replace(held, value=[tag for tag in held.value if tag not in brought])
        return Found(entity, tuple(lost), state)

    def _versions(self, memory: Memory, versions: Found) -> Erased:
        """Some versions of a memory that stays. Packs do not tell which version they held: all that held it go."""
        redaction = Redaction(self._db, self._chain, self._projection, str)
        texts = redaction.take_out(versions, sealed=None, revised=memory.revised, body="")
        packs = self._empty_packs([memory.number])
        return Erased(changed=(memory.number,), texts=texts + self._drop(packs), packs=len(packs))

    def settled(self, erased: Erased) -> Erased:
        """Empty the write-ahead log, where the removed texts still lie."""
        if self._db.connection.in_transaction:
            return erased
        row = self._db.one("empty_the_wal")
        return replace(erased, settled=row is not None and row[0] == 0)

    def _empty_packs(self, refs: Sequence[int | str]) -> list[int]:
        """Take the text of every pack that holds one of these; the texts that they had."""
        packs = self._db.all("packs_with", refs=json.dumps(list(refs)))
        empty = self._db.keep_text("") if packs else None
        for delivery, _ in packs:
            self._db.run("empty_pack", id=delivery, text=empty)
        return [text for _, text in packs]

    def _drop(self, texts: Iterable[int]) -> int:
        """Remove those of these texts that nothing refers to any more; how many they were."""
        return sum(self._db.one("drop_unused_text", id=text) is not None for text in texts)

    def _column(self, name: str, **values: object) -> list[int]:
        return [row[0] for row in self._db.all(name, **values)]


def erasures(database: Database) -> int:
    """How often something was erased here. Who reads in one connection and writes in another asks before the one and in
    the other: what was erased in between must not be written again."""
    row = database.one("erasures")
    return 0 if row is None else int(row[0])


def _sum(one: Erased, other: Erased) -> Erased:
    return replace(
        one,
        memories=(*one.memories, *other.memories),
        texts=one.texts + other.texts,
        packs=one.packs + other.packs,
        changed=(*one.changed, *other.changed),
    )
