"""Taking what must not stand in clear out of what was stored: from memories in all their versions, verdicts on them,
events and packs.

A change of the log cannot be altered, since the headers after it build on its digest. So a change that holds such a
text loses its body, as by an erase, and a new one of cause `redact` names it and writes again, without the text, what
the memory held until then. Versions that are erased while their memory stays go the same way.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from ..clock import millis
from ..memory import BODY_LIMIT, Change, EntityKind, State, fold, kept, write_of
from .database import Database
from .log_chain import Chain
from .log_projection import Projection
from .terms import terms_of

__all__ = ["Found", "Redaction"]

_LONGEST: Final = 20 * BODY_LIMIT  # characters of a title and body together


@dataclass(frozen=True, slots=True)
class Found:
    """A memory or relation of which some changes hold what must not stand in clear.

    held: what a memory says now, when that is among it and nothing of it is sealed yet.
    """

    entity: UUID
    changes: tuple[Change, ...]
    state: State
    held: str | None = None


class Redaction:
    """Finds such texts and takes them out, by a `redact` that leaves alone what may stay. What takes something out is
    called inside a transaction."""

    def __init__(self, database: Database, chain: Chain, projection: Projection, redact: Callable[[str], str]) -> None:
        self._db, self._chain, self._projection = database, chain, projection
        self._redact = redact

    # -- memories --

    def memory(self, entity: UUID) -> Found | None:
        """What a memory holds of it in any version; None when nothing."""
        found = self._found(entity)
        if found is None:
            return None
        text = found.state.writes.get("text")
        held = None
        if text is not None and "sealed" not in text.value:
            body, title = kept(text.body or ""), text.value["title"]
            if self._redact(body) != body:
                held = body
            elif self._redact(title) != title:
                held = f"{title}\n\n{body}"[:_LONGEST]
        return replace(found, held=held)

    def take_out(self, found: Found, *, sealed: UUID | None, revised: int, body: str) -> int:
        """Write the memory again and empty the changes that held it; how many texts went.

        sealed: the record that keeps what it said; revised: when it was said, Unix ms; body: what it says from now on.
        """
        patch = self._again(found)
        if "text" in patch:
            cited = [self._cited(each) for each in patch["text"]["evidence"]]
            patch["text"] |= {"evidence": cited, "said": revised}
            if sealed is not None:
                patch["text"]["sealed"] = sealed.hex
        lives = [write_of(change, "alive") for change in found.changes if "alive" in (change.patch or {})]
        if restores := sorted({forget.hex for each in lives for forget in each.restores}):
            patch.setdefault("alive", True)  # what took forgets back does so still, whatever came after it
            patch["restores"] = restores
        if repeats := sum((change.patch or {}).get("repeats", 0) for change in found.changes):
            patch["repeats"] = repeats
        entity = found.entity.bytes
        texts = [row[0] for row in self._db.all("texts_of_memory", entity=entity)]
        change = self._replace("memory", found, patch, body if "text" in patch else None)
        for each in found.changes:
            self._db.run("forget_evidence", change=each.seq)
        self._db.run("sealed_drop_unnamed", memory=entity, keep=b"" if sealed is None else sealed.bytes)
        self._projection.renew(change)
        return sum(self._db.one("drop_unused_text", id=text) is not None for text in texts)

    # -- relations --

    def relation(self, number: int) -> Found | None:
        """What a relation holds of it in any verdict; None when nothing. number: the place of its first change."""
        row = self._db.one("redact_relation", seq=number)
        return None if row is None else self._found(UUID(bytes=bytes(row[0])))

    def take_out_of_relation(self, found: Found) -> None:
        """Write its verdict again, as of when it was made, and empty the changes that held it."""
        patch = self._again(found)
        if patch.get("verdict") is not None:
            patch["verdict"].setdefault("said", millis(found.state.writes["verdict"].clock))
        self._projection.apply(self._replace("relation", found, patch, None))

    # -- projects and sessions --

    def project(self, number: int) -> Found | None:
        """What the changes of a project hold of it; None when nothing."""
        row = self._db.one("project_by_id", id=number)
        return None if row is None else self._found(UUID(bytes=bytes(row[0])))

    def take_out_of_project(self, found: Found) -> None:
        """Write what they said again, and empty the changes that held it."""
        self._projection.apply(self._replace("project", found, self._again(found), None))

    def label(self, number: int, *, apply: bool) -> bool:
        """Whether a project's label holds it; with `apply` it is taken out."""
        row = self._db.one("project_by_id", id=number)
        clean = None if row is None else self._redact(row[1])
        if row is None or clean == row[1]:
            return False
        if apply:
            self._db.run("redact_set_label", id=number, label=clean)
        return True

    def session(self, number: int, name: Callable[[str], str], *, apply: bool) -> bool:
        """Whether a session's names hold it; with `apply` they are those that `name` gives them: what is heard of the
        session later goes by the same."""
        row = self._db.one("redact_session", id=number)
        clean = None if row is None else tuple(None if each is None else name(each) for each in row)
        if clean is None or clean == tuple(row or ()):
            return False
        if apply:
            self._db.run(
                "redact_set_session", id=number,
                **dict(zip(("name", "worktree", "cwd", "branch"), clean, strict=True)),
            )  # fmt: skip
        return True

    # -- changes --

    def _found(self, entity: UUID) -> Found | None:
        changes = self._chain.of(entity)
        bad = tuple(change for change in changes if self._holds(change))
        return Found(entity, bad, fold(changes)) if bad else None

    def _again(self, found: Found) -> dict[str, Any]:
        """The patch that names the changes which held it, and writes again what they wrote and what still holds."""
        emptied = {change.id for change in found.changes}
        before = {name for change in found.changes for name in (change.patch or {}).get("redacted", ())}
        patch: dict[str, Any] = {"redacted": sorted(before | {id.hex for id in emptied})}
        for name, write in found.state.writes.items():
            if write.change in emptied:
                patch[name] = self._clean(write.value)
        return patch

    def _replace(self, kind: EntityKind, found: Found, patch: Mapping[str, Any], body: str | None) -> Change:
        change = self._chain.append(kind, found.entity, "redact", patch, body=body)
        for each in found.changes:
            self._db.run("redact_body", seq=each.seq)
        return change

    def _holds(self, change: Change) -> bool:
        if change.patch is None:
            return False
        body = change.body
        if (body is not None and self._redact(body) != body) or self._clean(change.patch) != change.patch:
            return True
        quotes = self._db.all("redact_quotes", change=change.seq)
        return any(self._redact(row[0]) != row[0] for row in quotes)

    def _clean(self, value: Any) -> Any:
        """A value of a patch with every text in it redacted."""
        if isinstance(value, str):
            return self._redact(value)
        if isinstance(value, list):
            return [self._clean(each) for each in value]
        if isinstance(value, dict):
            return {name: self._clean(each) for name, each in value.items()}
        return value

    def _clean_names(self, value: Any) -> Any:
        """A value with every name in it redacted, too."""
        if isinstance(value, list):
            return [self._clean_names(each) for each in value]
        if isinstance(value, dict):
            return {self._redact(name): self._clean_names(each) for name, each in value.items()}
        return value

    def _cited(self, cited: Mapping[str, Any]) -> dict[str, Any]:
        """A piece of evidence that names its quote as it is now."""
        found = dict(cited)
        row = None if found["quote"] is None else self._db.one("care_text_by_hash", hash=bytes.fromhex(found["quote"]))
        if row is not None:
            quote = self._redact(row[0])
            self._db.keep_text(quote)
            found["quote"] = self._db.digest(quote.encode()).hex()
        return found

    # -- events and packs --

    def event(self, number: int, *, apply: bool) -> bool:
        """Whether an event holds it; with `apply` it is taken out."""
        row = self._db.one("redact_event", id=number)
        if row is None:
            return False
        text, given, detail, searched, old_text, old_given = row
        clean = tuple(None if each is None else self._redact(each) for each in (text, given))
        cleaned = None if detail is None else self._clean_names(self._clean(json.loads(detail)))
        same = detail is None or cleaned == json.loads(detail)
        if clean == (text, given) and same:
            return False
        if apply:
            self._db.run(
                "redact_set_event",
                id=number,
                text=None if clean[0] is None else self._db.keep_text(clean[0]),
                input=None if clean[1] is None else self._db.keep_text(clean[1]),
                detail=detail if same else json.dumps(cleaned, ensure_ascii=False, separators=(",", ":")),
                terms=terms_of(clean[0]) if searched and clean[0] is not None else None,
            )
            for old in {old_text, old_given} - {None}:
                self._db.one("drop_unused_text", id=old)
        return True

    def pack(self, number: int, *, apply: bool) -> bool:
        """Whether a pack that was delivered holds it; with `apply` it is taken out."""
        row = self._db.one("redact_pack", id=number)
        if row is None or self._redact(row[0]) == row[0]:
            return False
        if apply:
            self._db.run("empty_pack", id=number, text=self._db.keep_text(self._redact(row[0])))
            self._db.one("drop_unused_text", id=row[1])
        return True
