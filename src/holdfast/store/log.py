"""The log of changes as its callers see it: what is remembered is written here, and nowhere else."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Unpack, cast
from uuid import UUID

from ..clock import Clock
from ..errors import NotFound, Refused, UsageError
from ..ids import derived, uuid7
from ..memory import (
    Draft,
    Evidence,
    Memory,
    Origin,
    Revision,
    Saved,
    Scope,
    Trust,
    checked,
    fold,
    kept,
    says,
    title_of,
    wording,
)
from .database import Database
from .log_chain import Problem
from .log_erasure import Drawn, Erased, Erasure
from .log_patch import OWN, above, differences, lesser, peers, raised, scope_of, told, whole
from .log_projection import likeness
from .log_projects import ProjectEdits
from .log_reading import Memories, Ref
from .log_redaction import Redaction
from .log_relations import Relations, refuse_over_owner
from .log_rights import name_of, refuse_quarantined, refuse_standing, refuse_taking_away, refuse_writing_over
from .log_undo import Found, Later, Undoing, Undone
from .supersession import instead
from .terms import all_of

__all__ = ["Drawn", "Erased", "Later", "Log", "Problem", "Ref", "Undone"]

_WORDS_ASKED = 8  # of a draft: enough to find what it may repeat


class Log(Memories):
    """Every write is one transaction: the change appended and all that is read brought up to it.

    Inside a transaction of the caller's a write is a part of that. Errors name limits and numbers, never content.
    """

    def __init__(self, database: Database, clock: Clock, clean: Callable[[str], str]) -> None:
        """`clean` is the guard: every text goes through it before it is written."""
        super().__init__(database, clock)
        self._clean = clean
        self.projects = ProjectEdits(database, self._chain, self._projection, clean)
        self._undoing = Undoing(database, self._chain, self._projection)
        self.relations = Relations(database, self._chain, self._projection, clean)
        self._erasure = Erasure(database, self._chain, self._projection)

    # -- saving --

    def remember(
        self,
        draft: Draft,
        project: int | None = None,
        *,
        id: UUID | None = None,
    ) -> Saved:
        """Keep what `draft` says, under `project` (its number), or fold it into the memory that says so already.

        id: of a draft that a rule drew, derived from what it was drawn from. Saving it again revises what the rule
        wrote, leaves what somebody else has written since, and never brings back what was forgotten.
        A draft with something sealed is folded into no other: that would tell who guesses whether he is right.
        A draft with a topic key revises the memory that has this key, also a forgotten one, which thereby comes back.
        Raises Refused (a limit; a project that is needed) and NotFound (the project, an event of the evidence).
        """
        draft = checked(draft, self._clean)
        with self._db.transaction():
            place = None if project is None else self._project_id(project)
            if place is None and draft.scope != "personal":
                raise Refused(
                    f"a memory of scope {draft.scope} needs a project",
                    fix="say which project it belongs to, or save it with scope personal",
                )
            family = [] if project is None else self.family(project)
            if id is not None:
                known = self._by_id(id) or self._folded(id)
                if known is not None:
                    return self._drawn_again(self._begun(known), draft, id)
            elif draft.topic_key is not None:
                known = self._under_topic(draft, family)
                if known is not None:
                    return self._under_same_topic(self._begun(known), draft)
                id = self._topic_id(draft, family)
            if draft.topic_key is None:
                known = self._said_already(draft, family)
                if known is not None:
                    return self._repeat(self._begun(known), draft, id)
            patch = whole(draft, place, self._text(draft))
            return self._write(id or uuid7(), "remember", patch, draft)

    def revise(self, ref: Ref, *, whose: Trust = "owner", **fields: Unpack[Revision]) -> Saved:
        """Write parts of a memory anew; the others stay. A title that was made from the body follows it.

        whose: word it is, here as below; a standing instruction, and what is quarantined, its owner alone changes, and
        what a note says that is pinned, that he prefers everywhere, or that holds something sealed of his.
        What a memory says becomes its owner's when he writes the body, and then its title is made from that unless he
        gives one; what anybody else changes of it is trusted no more than he. `trust`, when given, is kept as it is.
        Raises NotFound, Refused (a limit; it was forgotten or erased; its topic key is taken) and UsageError.
        """
        if unknown := fields.keys() - Revision.__annotations__.keys():
            raise UsageError(f"a memory has no {', '.join(sorted(unknown))} that could be revised")
        with self._db.transaction():
            memory = self._alive(ref)
            memory = replace(memory, body=kept(memory.body))
            given = checked(_revised(memory, whose, fields), self._clean)
            if "trust" not in fields and whose != "owner" and told(given) != told(memory):
                given = replace(given, trust=lesser(memory.trust, whose))
            refuse_standing(whose, standing=memory.standing or given.standing)
            written = self._projection.text_of(memory.id).value
            anew = "sealed" in fields or told(given) != told(memory)
            refuse_writing_over(memory, whose if anew else "owner", sealed="sealed" in written)
            if {"body", "title"} & fields.keys():
                refuse_standing(fields.get("trust", whose), standing=memory.standing)
            place = None if memory.project is None else self._project_id(memory.project)
            if place is None and given.scope != "personal":
                raise Refused(f"{name_of(memory)} belongs to no project", fix="save it anew within a project")
            if given.topic_key not in (None, memory.topic_key):
                taken = self._under_topic(given, self.family(memory.project) if memory.project else [])
                if taken is not None and taken.number != memory.number:
                    raise Refused(
                        f"{name_of(taken)} has this topic key already", fix=f"revise {name_of(taken)} instead"
                    )
            text = self._text(given)
            if "evidence" not in fields:
                text["evidence"] = written["evidence"]
            for name in ("drawn", "sealed"):
                if given.body == memory.body and name in written and name not in text and name not in fields:
                    text[name] = written[name]
            if "keywords" in written:
                text["keywords"] = written["keywords"]
            patch = differences(memory, given)
            before = {name: value for name, value in written.items() if name != "said"}
            if (text, given.body) != (before, memory.body):
                patch["text"] = text
            if given.scope != memory.scope:
                patch["scope"] = scope_of(given.scope, place)
            return self._write(memory.id, "revise", patch, given)

    def forget(self, ref: Ref, *, whose: Trust = "owner") -> Saved:
        """Take a memory out of everything that is served; `restore` and `undo` bring it back."""
        with self._db.transaction():
            memory = self._not_erased(ref)
            refuse_taking_away(memory, whose)
            return self._write(memory.id, "forget", {"alive": False} if memory.alive else {})

    def restore(self, ref: Ref, *, whose: Trust = "owner") -> Saved:
        """Bring a forgotten memory back. Raises Refused when it was erased."""
        with self._db.transaction():
            memory = self._not_erased(ref)
            refuse_standing(whose, standing=memory.standing)
            return self._write(memory.id, "restore", {} if memory.alive else self._revival(memory))

    def confirm(self, ref: Ref) -> Saved:
        """Count that somebody says again what a memory says. Raises Refused when it was forgotten or erased."""
        with self._db.transaction():
            return self._write(self._alive(ref).id, "repeat", {"repeats": 1})

    def pin(self, ref: Ref, *, whose: Trust = "owner") -> Saved:
        """Mark a memory as one to keep at hand."""
        return self._pin(ref, True, whose)

    def unpin(self, ref: Ref, *, whose: Trust = "owner") -> Saved:
        return self._pin(ref, False, whose)

    # -- undoing and erasing --

    def undo(self, change: UUID | str | None = None, *, memory: Ref | None = None, whose: Trust = "owner") -> Undone:
        """Undo a change; without one the latest of this device that can be undone, or the latest of `memory`.

        Undoing an undo does again what it undid. Nothing is written when everything that the change wrote has been
        written over since; the answer says by what. What nobody but its owner changes nobody else undoes.
        Raises NotFound (nothing to undo) and Refused (it was erased; it is its owner's).
        """
        with self._db.transaction():
            entity = None if memory is None else self._not_erased(memory).id
            found = self._undoing.find(change, entity)
            refuse_standing(whose, standing=found.standing)
            refuse_over_owner(whose, found.judged)
            if found.target.entity_kind == "memory":
                self._refuse_undoing(found, whose)
            plan = self._undoing.take_back(found)
            if plan.entity_kind == "relation":
                return replace(plan, relation=self.relations.with_id(plan.entity))
            return plan if plan.entity_kind == "project" else replace(plan, memory=self._by_id(plan.entity))

    def erase(self, ref: Ref, *, whose: Trust = "owner") -> Erased:
        """Remove a memory for good: its texts, in every version, its evidence, and the packs that held it.

        Raises NotFound. An erased memory is erased again without complaint.
        """
        with self._db.transaction():
            memory = self.get(ref)
            refuse_taking_away(memory, whose)
            erased = self._erasure.memory(memory)
        return self._erasure.settled(erased)

    def erase_event(self, event: int, *, derived: bool = True, whose: Trust = "owner") -> Erased:
        """Remove the text of one event for good, with what was `drawn` from it (else only what that quotes of it)."""
        with self._db.transaction():
            erased = self._erase_events([event], derived, whose)
        return self._erasure.settled(erased)

    def erase_session(self, session: int, *, derived: bool = True, whose: Trust = "owner") -> Erased:
        """Remove the texts of a whole session for good; otherwise as `erase_event`."""
        with self._db.transaction():
            erased = self._erase_events(self._erasure.of_session(session), derived, whose)
        return self._erasure.settled(erased)

    def _erase_events(self, events: Sequence[int], derived: bool, whose: Trust) -> Erased:
        for drawn in self._erasure.drawn(events).memories if derived else ():
            refuse_taking_away(drawn, whose)
        return self._erasure.events(events, derived=derived)

    def drawn(self, events: Sequence[int]) -> Drawn:
        """What goes along when these events are erased: memories, and versions of others."""
        return self._erasure.drawn(events)

    # -- keeping --

    def redaction(self, redact: Callable[[str], str]) -> Redaction:
        """What takes out of what is stored here all that `redact` takes out of a text."""
        return Redaction(self._db, self._chain, self._projection, redact)

    def rebuild(self) -> None:
        """Make everything that is read anew from the log; numbers stay as they are.

        What speaks of an erased memory is erased too, should it have come after that was done.
        """
        with self._db.transaction():
            self._projection.rebuild()
            self._erasure.relations()

    def origin(self, memory: Memory) -> Origin | None:
        """How a rule came to draw what a memory says now; None of what somebody wrote, and of what was erased."""
        if memory.erased:
            return None
        try:
            drawn = self._projection.text_of(memory.id).value.get("drawn")
        except KeyError:  # kept without history
            return None
        if drawn is None:
            return None
        lineage = tuple(UUID(each) for each in drawn["lineage"])
        return Origin(drawn["rule"], drawn["worth"], drawn["why"], drawn["at"], lineage)

    def verify(self) -> list[Problem]:
        """Where the log is not what was written: gaps, broken links, altered bodies; empty when all is well."""
        return self._chain.verify()

    # -- what a draft meets --

    def _folded(self, id: UUID) -> Memory | None:
        """The memory that a draft with this id was folded into."""
        row = self._db.one("log_repeat_of_draft", draft=id.bytes)
        return None if row is None else self._by_id(UUID(bytes=bytes(row[0])))

    def _drawn_again(self, known: Memory, draft: Draft, id: UUID) -> Saved:
        if known.id == id and known.alive:
            written, text = self._projection.text_of(id), self._text(draft)
            of_rule = ("drawn" in written.value) == (draft.origin is not None)
            by_rule = of_rule and self._chain.find(written.origin).cause == "remember"
            sealed = draft.sealed is not None and "sealed" in written.value  # sent again, it is the same
            if by_rule and not sealed and (text, draft.body) != (written.value, known.body):
                trust = lesser(known.trust, draft.trust)
                lowered = {} if trust == known.trust else {"trust": trust}
                return self._write(id, "remember", {"text": text} | lowered, draft)
        return Saved(known, None, folded=True)

    def _under_topic(self, draft: Draft, family: Sequence[int]) -> Memory | None:
        row = self._db.one(
            "memory_under_topic",
            topic_key=draft.topic_key,
            scope=draft.scope,
            family=json.dumps(family),
            trusts=json.dumps(peers(draft.trust)),
            owner=draft.trust == "owner" or draft.standing,
        )
        return None if row is None else self.get(int(row[0]))

    def _under_same_topic(self, known: Memory, draft: Draft) -> Saved:
        same = wording(known.title, kept(known.body)).exact == wording(draft.title or "", draft.body).exact
        same = same and draft.sealed is None
        if same and known.alive and set(draft.files) <= set(known.files) and draft.kind == known.kind:
            return self._repeat(known, draft, None)
        patch = {"text": self._text(draft)} | raised(known, draft)
        if draft.trust != known.trust:
            patch["trust"] = draft.trust
        if draft.tags:
            patch["tags"] = list(draft.tags)
        if not known.alive:
            patch |= self._revival(known)
        return self._write(known.id, "revise", patch, draft)

    def _topic_id(self, draft: Draft, family: Sequence[int]) -> UUID:
        """Derived from the topic, so that two devices mean the same memory; a later one where that was erased."""
        place = "personal" if draft.scope == "personal" else str(self._project_id(family[0]))
        nth = 0
        while True:
            trust = "own" if draft.trust in OWN else draft.trust
            id = derived("memory", place, draft.scope, draft.topic_key or "", trust, str(nth))
            if self._by_id(id) is None:
                return id
            nth += 1

    def _said_already(self, draft: Draft, family: Sequence[int]) -> Memory | None:
        if draft.sealed is not None:
            return None
        said = wording(draft.title or "", draft.body)
        longest = sorted({word for word in said.words if word.isalpha()}, key=lambda word: (-len(word), word))
        rows = self._db.all(
            "memory_alike",
            likeness=likeness(self._db, said),
            match=all_of(longest[:_WORDS_ASKED]),
            kind=draft.kind,
            scope=draft.scope,
            family=json.dumps(family),
            trusts=json.dumps(peers(draft.trust)),
        )
        alike = [int(row[0]) for row in rows]
        superseded = instead(self._db, alike)  # what holds no more takes no repeats
        for known in self.many([number for number in alike if number not in superseded]):
            words = wording(known.title, kept(known.body))
            if above(draft, known) and words.exact != said.exact:
                continue  # what others said beside it does not become the owner's word
            if says(words, said) and set(draft.files) <= set(known.files):
                return known
        return None

    def _repeat(self, known: Memory, draft: Draft, id: UUID | None) -> Saved:
        """Count it; take over what the repeat adds beside the text. What becomes its owner's says it in his words."""
        patch: dict[str, Any] = {"repeats": 1} | raised(known, draft)
        if above(draft, known):
            patch["trust"] = draft.trust
            if (draft.title, draft.body, draft.files) != (known.title, known.body, known.files):
                patch["text"] = self._text(draft)
        tags = [*known.tags, *(tag for tag in draft.tags if tag not in known.tags)]
        if len(tags) > len(known.tags):
            patch["tags"] = tags
        if events := [each.event for each in draft.evidence if each.event is not None]:
            patch["seen"] = events
        return replace(self._write(known.id, "repeat", patch, draft, subject=id), folded=True)

    # -- writing --

    def _write(
        self,
        entity: UUID,
        cause: str,
        patch: Mapping[str, Any],
        draft: Draft | None = None,
        *,
        subject: UUID | None = None,
    ) -> Saved:
        """Append and project; an empty patch is no change. `draft` has the texts of a patch that writes the text."""
        change = None
        if patch:
            texts = draft if draft is not None and "text" in patch else None
            for evidence in texts.evidence if texts else ():
                if evidence.quote is not None:
                    self._db.keep_text(evidence.quote)
            body = texts.body if texts else None
            change = self._chain.append("memory", entity, cause, patch, body=body, subject=subject)
            self._projection.apply(change)
        memory = self._by_id(entity)
        assert memory is not None
        return Saved(memory, None if change is None else change.id)

    def _text(self, draft: Draft) -> dict[str, Any]:
        """The text register as it is written; the body goes beside it, and the quotes are named by their hash."""
        text: dict[str, Any] = {
            "kind": draft.kind,
            "label": draft.label,
            "title": draft.title,
            "files": list(draft.files),
            "evidence": [self._cited(each) for each in draft.evidence],
        }
        if draft.sealed is not None:
            text["sealed"] = draft.sealed.hex
        if draft.keywords:
            text["keywords"] = list(draft.keywords)
        if (origin := draft.origin) is not None:
            lineage = [each.hex for each in origin.lineage]
            text["drawn"] = {
                "rule": origin.rule, "worth": origin.worth, "why": origin.why, "at": origin.at, "lineage": lineage,
            }  # fmt: skip
        return text

    def _cited(self, evidence: Evidence) -> dict[str, Any]:
        if evidence.event is not None and self._db.one("event_exists", id=evidence.event) is None:
            raise NotFound("the evidence names an event that is not in this store", fix="leave it out")
        quote = None if evidence.quote is None else self._db.digest(evidence.quote.encode()).hex()
        return {"event": evidence.event, "device": self._chain.device.hex, "quote": quote}

    def _pin(self, ref: Ref, pinned: bool, whose: Trust) -> Saved:
        with self._db.transaction():
            memory = self._alive(ref)
            if pinned:
                refuse_standing(whose, standing=memory.standing)
            else:
                refuse_taking_away(memory, whose)
            patch = {} if memory.pinned == pinned else {"pin": pinned}
            return self._write(memory.id, "pin" if pinned else "unpin", patch)

    def _refuse_undoing(self, found: Found, whose: Trust) -> None:
        memory = self._by_id(found.target.entity)
        if memory is None:
            return
        refuse_quarantined(memory, whose)
        reverted = set(found.plan.reverted)
        if reverted & {"text", "scope"}:
            refuse_writing_over(memory, whose, sealed="sealed" in self._projection.text_of(memory.id).value)
        if "pin" in reverted or found.plan.patch.get("alive") is False:
            refuse_taking_away(memory, whose)

    def _revival(self, memory: Memory) -> dict[str, Any]:
        return {"alive": True, "restores": fold(self._chain.of(memory.id)).open_forgets()}

    def _not_erased(self, ref: Ref) -> Memory:
        memory = self.get(ref)
        if memory.erased:
            raise Refused(f"{name_of(memory)} was erased", why="an erase is final; nothing of it was kept")
        return self._begun(memory)

    def _begun(self, memory: Memory) -> Memory:
        """A memory with a history. One that lost its own to damage begins another with what it says now: a change to it
        would else not hold."""
        if memory.erased or self._projection.has_text(memory.id):
            return memory
        place = None if memory.project is None else self._project_id(memory.project)
        draft = replace(_revised(memory, "owner", {}), title=memory.title, pinned=memory.pinned)
        text = self._text(draft) | {"said": memory.revised}
        patch = whole(draft, place, text) | {"alive": memory.alive}
        change = self._chain.append("memory", memory.id, "remember", patch, body=kept(memory.body))
        self._projection.renew(change)
        return self.get(memory.number)

    def _alive(self, ref: Ref) -> Memory:
        memory = self._not_erased(ref)
        if not memory.alive:
            raise Refused(
                f"{name_of(memory)} was forgotten", fix=f"bring it back first: holdfast forget --back {memory.number}"
            )
        return memory


def _revised(memory: Memory, whose: Trust, fields: Revision) -> Draft:
    """The memory as a draft, with some of its parts given anew. Raises Refused when that is its owner's alone."""
    refuse_quarantined(memory, whose)
    if whose == "owner" and "body" in fields and memory.trust != "owner":
        fields = {"title": None, "trust": "owner", **fields}
    made = memory.title == title_of(memory.body)
    draft = Draft(
        body=memory.body,
        title=None if made else memory.title,
        kind=memory.kind,
        label=None if "kind" in fields else memory.label,
        files=memory.files,
        tags=memory.tags,
        scope=cast(Scope, memory.scope),
        importance=memory.importance,
        standing=memory.standing,
        topic_key=memory.topic_key,
        trust=cast(Trust, memory.trust),
        evidence=memory.evidence,
    )
    return replace(draft, **fields)
