"""Taking in the lines of JSON that a store was written out as."""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import apsw

from ...clock import millis, now_ms
from ...errors import Refused
from ...memory import TRUSTS, encoded
from ..database import Database, translated
from ..terms import terms_of
from .gaps import rebuild_keeping
from .lines import FIELDS, Line, checked, cited, read, refused, unhex, walked, whole
from .patches import fault_in
from .sealed import adopt_key, sealed_row, set_apart

__all__ = ["Imported", "import_"]

_BATCH_SECONDS = 0.015
_ID = re.compile(r"[0-9a-f]{16,64}")  # hashes and ids in a patch are no text
_FOREIGN = "imported"  # the most that the word of another store is trusted
_AHEAD = 24 * 3_600_000  # ms by which the clock of another store may be ahead: ours would follow it
_CAPPED = "capped"  # marks a patch that is the word of another store


@dataclass(slots=True)
class Imported:
    """How many of each were new; `known` were there already; in `cleaned` texts the guard found something to hide.

    believed: whether the file's own trust was taken over. passed: what would have changed something that this store
    has of its own, passed over because it was not.
    """

    believed: bool = False
    passed: int = 0
    lines: int = 0
    projects: int = 0
    sessions: int = 0
    events: int = 0
    changes: int = 0
    sealed: int = 0
    known: int = 0
    cleaned: int = 0


def import_(
    database: Database,
    source: BinaryIO,
    *,
    clean: Callable[[str], str],
    rebuild: Callable[[], None],
    mine: bool | None = None,
    pause: Callable[[], None] = lambda: None,
) -> Imported:
    """Take in what `export` wrote. Twice is once, and after an interruption it is simply begun again.

    What the store knows stays as it is; what was erased here does not come back. Every text goes through `clean`.
    `rebuild` makes the projections of the log anew, at the end. The caller holds the daemon's lock.

    mine: whether the file is believed, as one of the owner's own; None: when it holds this store's secret. Then an
    erasing that it tells of is carried out, and its secret is kept (a store without any content takes it over), so that
    transcripts are recognised in it. Else all of it is trusted as `imported` at the most, and touches nothing that this
    store has of its own; believed later, it says again what it said.

    Raises Refused, naming the line, for anything else than an export; Unavailable when the store cannot be written.
    """
    taking = _Import(database, clean, mine)
    line = read(source, 1)
    if line is None:
        raise refused(1, "the file is empty")
    taking.header(line)
    problem: Refused | None = None
    with translated(database.path):
        number = 2
        going = True
        while going:
            began = time.perf_counter()
            with database.transaction():
                while going and time.perf_counter() - began < _BATCH_SECONDS:
                    try:
                        line = read(source, number)
                        if line is not None:
                            with database.transaction():
                                taking.take(line)
                    except Refused as error:
                        problem = error
                    going = line is not None and problem is None
                    number += 1
            pause()
        taking.done.lines = number - 2 if problem is None else number - 1
        rebuild_keeping(database, rebuild)
        taking.erase_events()
        if taking.emptied:
            with database.transaction():
                database.run("care_empty_erased_packs", empty=database.keep_text(""))
                database.run("care_sweep_texts")
    if problem is not None:
        raise problem
    return taking.done


class _Import:
    def __init__(self, database: Database, clean: Callable[[str], str], mine: bool | None) -> None:
        self._db = database
        self._guard = clean
        self._mine = mine
        self._own_sessions: dict[int, bool] = {}
        self._device = bytes(database.value("SELECT value FROM meta WHERE name = 'device'")).hex()
        self.done = Imported()
        self._places: dict[bytes, int] = {}
        self.emptied = False
        self.erased: list[int] = []  # known events that a believed file says were erased

    def header(self, line: Line) -> None:
        secret = line.said["secret"]
        self.done.believed = secret == self._db.secret if self._mine is None else self._mine
        if not self.done.believed:
            return
        others = [unhex(1, each) for each in _strings(1, line.said["others"])]
        with self._db.transaction():
            row = self._db.one("care_untouched")
            if row is not None and row[0] and len(secret) == len(self._db.secret):
                self._db.run("put_meta", name="secret", value=secret)
                self._db.secret = secret
            for each in (secret, *others):
                self._recognise(each)
        if line.said["key"] is not None:
            with self._db.transaction():
                adopt_key(self._db, line.said["key"])

    def _recognise(self, secret: bytes) -> None:
        """Know from now on what a store with that secret gave its keys to."""
        if secret in (self._db.secret, *self._db.others) or len(secret) != len(self._db.secret):
            return
        self._db.run("put_meta", name=f"secret:{self._db.digest(secret).hex()}", value=secret)
        self._db.others = (*self._db.others, secret)

    def take(self, line: Line) -> None:
        """One line. Raises Refused with nothing of it taken, when the caller rolls back."""
        kinds = {
            "project": self._project, "session": self._session, "event": self._event, "memory": self._logged,
            "relation": self._logged, "sealed": self._sealed, "audit": self._audit,
        }  # fmt: skip
        try:
            kinds[line.kind](line)
        except apsw.ConstraintError as error:
            raise refused(line.number, "what it says cannot be true of a store") from error

    def _clean(self, text: str) -> str:
        text = whole(text)
        cleaned = self._guard(text)
        self.done.cleaned += cleaned != text
        return cleaned

    def _no_later_than_now(self, found: dict[str, Any], *names: str) -> None:
        """A time to come would keep the word of another store the last one said for good."""
        if not self.done.believed:
            now = now_ms()
            found |= {name: min(found[name], now) for name in names if found[name] is not None}

    def _cleaned(self, kind: str, said: Mapping[str, Any]) -> dict[str, Any]:
        """The line with every text guarded; objects as they are stored; what is not said of yes or no is no."""
        found = dict(said)
        for name, field in FIELDS[kind].items():
            value = found[name]
            if field.kind == "text" and value is not None:
                found[name] = self._clean(value)
            elif field.kind == "bool":
                found[name] = None if value is None else int(bool(value))
        return found

    # -- projects and sessions --

    def _project(self, line: Line) -> None:
        number, found = line.number, self._cleaned("project", line.said)
        if len(found["uuid"]) != 16:
            raise refused(number, "the id of its project is none")
        keys, hints = (_strings(number, found.pop(name)) for name in ("keys", "hints"))
        changes = found.pop("changes") or []
        self._no_later_than_now(found, "created", "heard")
        here = [bytes(row[0]) for key in keys if (row := self._db.one("care_project_of_key", key=key))]
        if not self.done.believed:
            # Names that are new here would tie what this store comes to know by them to other code bases.
            found["merged_into"] = found["ignored"] = None
            keys, hints = [], []
            here = here if len(set(here)) == 1 else []
        if found["merged_into"] is None and here and here[0] != found["uuid"]:
            found["merged_into"] = here[0]  # this store knows that code base under another id
        new = self._db.one("project_by_uuid", uuid=found["uuid"]) is None
        self._count("projects", new)
        self._db.run(
            "care_import_project", **{**found, "ignored": found["ignored"] or 0, "believed": self.done.believed}
        )
        if not (new or self.done.believed):
            return
        for key in keys:
            self._db.run("care_import_project_key", key=key, uuid=found["uuid"])
        for hint in hints:
            self._db.run("care_import_project_hint", hint=hint, uuid=found["uuid"])
        for change in changes:
            self._change(number, "project", found["uuid"], change)

    def _session(self, line: Line) -> None:
        found = self._cleaned("session", line.said)
        self._no_later_than_now(found, "started", "heard", "ended")
        self._db.run("care_import_session", **{**found, "ignored": found["ignored"] or 0})
        self._count("sessions", self._db.connection.changes() > 0)

    def _count(self, what: str, new: bool) -> None:
        if new:
            setattr(self.done, what, getattr(self.done, what) + 1)
        else:
            self.done.known += 1

    # -- events --

    def _event(self, line: Line) -> None:
        number, found = line.number, self._cleaned("event", line.said)
        names = _strings(number, found.pop("session"))
        row = self._db.one("session_by_name", host=names[0], name=names[1]) if len(names) == 2 else None
        if row is None:
            raise refused(number, "its session does not come before it")
        found["session"] = int(row[0])
        keys = [unhex(number, key) for key in found.pop("keys")]
        seen = found.pop("seen") or []
        self._no_later_than_now(found, "at")
        if not self.done.believed:
            found["trust"] = _lesser(found["trust"])
        if found["erased"]:
            found["input"] = found["text"] = found["detail"] = None
        event = self._known(found, keys)
        if event is None and not self.done.believed and self._own_session(found["session"]):
            self.done.passed += 1
            return
        self._count("events", event is None)
        if event is None:
            event = self._insert_event(found)
        elif not self.done.believed:
            return
        elif found["erased"] == 1:
            self._db.run("care_believe_trust", id=event, trust=found["trust"])
            self.erased.append(event)
        elif self._db.one("care_event_erased", id=event) is None:
            self._db.run("care_believe_event", id=event, **self._event_row(found))
        for key in keys:
            self._db.run("insert_key", key=key, event=event)
        for each in seen:
            self._sighting(number, event, each)

    def _own_session(self, session: int) -> bool:
        """Whether something was heard in a session that no other store told of."""
        if session not in self._own_sessions:
            self._own_sessions[session] = self._db.one("care_own_session", session=session) is not None
        return self._own_sessions[session]

    def _known(self, found: Mapping[str, Any], keys: list[bytes]) -> int | None:
        for key in keys:
            row = self._db.one("event_by_key", key=key)
            if row is not None:
                return int(row[0])
        if keys:
            return None
        hashes = {
            name: None if found[name] is None else self._db.digest(found[name].encode()) for name in ("text", "input")
        }
        same = {name: found[name] for name in ("session", "at", "kind", "agent", "tool")}
        row = self._db.one("care_event_without_keys", **same, **hashes)
        return None if row is None else int(row[0])

    def _insert_event(self, found: dict[str, Any]) -> int:
        self._db.run("care_import_event", **self._event_row(found))
        return self._db.last_id()

    def _event_row(self, found: dict[str, Any]) -> dict[str, Any]:
        text, given, detail = (found[name] for name in ("text", "input", "detail"))
        return {
            **found,
            "terms": terms_of(text) if found["searched"] and text is not None else None,
            "text": None if text is None else self._db.keep_text(text),
            "input": None if given is None else self._db.keep_text(given),
            "detail": None
            if detail is None
            else json.dumps(walked(detail, self._clean), ensure_ascii=False, separators=(",", ":")),
            "erased": found["erased"] or 0,
        }

    def erase_events(self) -> None:
        """Erase here what was erased there. At the end: begun again, an import comes by all of it once more."""
        wanted = json.dumps(self.erased)
        with self._db.transaction():
            left = [(row[0], row[1]) for row in self._db.all("care_erase_events", events=wanted)]
            if not left:
                return
            self._db.run("erase_quotes", events=wanted)
            refs = {f"{letter}{number}" for row in left for letter, number in zip("es", row, strict=True)}
            for delivery, _ in self._db.all("packs_with", refs=json.dumps(sorted(refs))):
                self._db.run("empty_pack", id=delivery, text=self._db.keep_text(""))
        self.emptied = True

    def _sighting(self, number: int, event: int, said: object) -> None:
        if not isinstance(said, dict):
            raise refused(number, "where it was seen is not told")
        path, host, hashed = (said.get(name) for name in ("path", "host", "sha256"))
        start, stop = said.get("start"), said.get("stop")
        if not isinstance(start, int) or not isinstance(stop, int) or max(abs(start), abs(stop)) >= 2**63:
            raise refused(number, "where it was seen is not told")
        sha256 = unhex(number, hashed) if hashed else None
        if not self.done.believed:
            return  # a file would be read as a transcript, a hook pass for one that was heard here
        if isinstance(path, str) and isinstance(host, str):
            self._db.run("care_import_file", host=whole(host), path=whole(path))
        path = whole(path) if isinstance(path, str) else None
        self._db.run("care_import_sighting", event=event, path=path, start=start, stop=stop, sha256=sha256)

    # -- the log --

    def _logged(self, line: Line) -> None:
        """A memory or a relation: what is known of it are its changes."""
        for change in line.said["changes"] or []:
            self._change(line.number, line.kind, line.said["uuid"], change)

    def _sealed(self, line: Line) -> None:
        found = self._cleaned("sealed", line.said)
        if not self.done.believed and self._db.one("care_own", entity=found["memory"]):
            return
        if self._db.one("care_record_went", memory=found["memory"], id=found["id"]) is None:
            row = sealed_row(line.number, found)
            if not self.done.believed and self._db.one("care_own_key", fingerprint=row["fingerprint"]):
                row["fingerprint"] = set_apart(self._db, row["fingerprint"])
            self._count("sealed", self._db.one("care_sealed", id=row["id"]) is None)
            self._db.run("care_import_sealed", **row, believed=self.done.believed)

    def _audit(self, line: Line) -> None:
        if self.done.believed:  # else nobody here asked for anything
            self._db.run("care_import_audit", **self._cleaned("audit", line.said))

    def _change(self, number: int, kind: str, entity: bytes, said: object) -> None:
        change = checked(number, "change", said)
        if self.done.believed and change["patch"] is not None and _CAPPED not in change["patch"]:
            self._make_way(kind, entity, change)
        if self._db.one("care_change_known", id=change["id"]):
            self.done.known += 1
            return
        if self._db.one("care_change_in_place", device=change["device"], device_seq=change["device_seq"]):
            raise refused(
                number,
                f"change {change['id'].hex()} takes the place of another one of the same device: "
                "one of the two stores was put back to an earlier state and then written",
            )
        if fault := fault_in(kind, entity, change):
            raise refused(number, f"{fault} is nothing that a store would have written")
        if not self.done.believed:
            if millis(change["clock"]) > now_ms() + _AHEAD:
                raise refused(number, "it was made in the future")
            own = change["device"].hex() == self._device  # and nothing that this store knows of
            lost = kind == "memory" and not _begins(change) and self._db.one("care_entity", entity=entity) is None
            if own or lost or change["patch"] is None or self._touches_own(kind, entity, change["patch"]):
                self.done.passed += 1  # without a patch it erases, or was erased there
                return
        erasing = change["cause"] == "erase"
        bare = not erasing and self._db.one("care_entity_erased", entity=entity) is not None
        patch, text, quotes = change["patch"], change["text"], change.pop("quotes") or {}
        if bare:
            patch = text = None
        if patch is not None:
            patch = self._patch(patch, quotes)
        self._db.run(
            "log_append",
            **{
                **change,
                "entity_kind": kind,
                "entity": entity,
                "patch": None if patch is None else encoded(patch),
                "text": None if text is None else self._db.keep_text(self._clean(text)),
            },
        )
        if (seq := self._places.pop(change["id"], None)) is not None:
            self._db.run("care_put_seq", id=change["id"], seq=seq)
        self._count("changes", True)
        if change["cause"] == "redact":
            self.emptied = True
            self._db.run("care_empty_redacted", entity=entity)
            self._db.run("sealed_drop_unnamed", memory=entity, keep=b"")
        if erasing:
            self.emptied = True
            self._db.run("erase_bodies", entity=entity)
            self._db.run("sealed_erase", memory=entity)

    def _patch(self, patch: dict[str, Any], quotes: Mapping[str, Any]) -> dict[str, Any]:
        """The patch, guarded, naming its quotes by the hashes that they have in this store."""
        guarded: dict[str, Any] = walked(patch, lambda text: text if _ID.fullmatch(text) else self._clean(text))
        foreign = guarded.pop(_CAPPED, None) is not None
        if not self.done.believed:
            guarded.pop("redacted", None)
            guarded = _capped(guarded)
        elif foreign:
            guarded[_CAPPED] = True
        for each in cited(guarded):
            quote = quotes.get(str(each.get("quote")))
            if isinstance(quote, str):
                kept = self._clean(quote)
                self._db.keep_text(kept)
                each["quote"] = self._db.digest(kept.encode()).hex()
            here = each.get("device") == self._device
            if here and not (self.done.believed and self._has_event(each.get("event"))):
                each["event"] = None  # this store was put back to a time before it, or never said so
        return guarded

    def _touches_own(self, kind: str, entity: bytes, patch: Mapping[str, Any] | None) -> bool:
        """Whether a change is one of what this store has of its own, or of a pair with such a memory."""
        if kind == "project":
            return True  # a project of the file's own is called as its line says
        ends: list[str] = []
        if kind == "relation":
            row = None if "ends" in (patch or {}) else self._db.one("care_ends", entity=entity)
            ends = (patch or {}).get("ends") or (json.loads(row[0]) if row is not None else [])
            if not ends:
                return True
        return any(self._db.one("care_own", entity=each) for each in (entity, *map(bytes.fromhex, ends)))

    def _make_way(self, kind: str, entity: bytes, change: Mapping[str, Any]) -> None:
        """Take out what other stores have said in the name of a change that is believed: under its id or in its place,
        and, where it is the one that a memory began with, all that they said of that memory and its pairs."""
        begins = kind == "memory" and _begins(change)
        named = {name: change[name] for name in ("id", "device", "device_seq")}
        for seq, id, said_of in self._db.all("care_foreign", **named, entity=entity if begins else b""):
            for statement in ("care_forget_registers", "forget_evidence", "care_forget_change"):
                self._db.run(statement, change=seq)
            if bytes(said_of) == entity:
                self._places[bytes(id)] = seq  # said again, it comes where it came
            else:
                self._db.run("care_forget_memory", entity=said_of)
            self.emptied = True

    def _has_event(self, number: object) -> bool:
        return isinstance(number, int) and self._db.one("event_exists", id=number) is not None


def _begins(change: Mapping[str, Any]) -> bool:
    """Whether a memory can begin with a change."""
    return "scope" in (change["patch"] or {}) and change["cause"] in ("remember", "redact")


def _lesser(trust: object) -> str:
    """A trust, as far as the word of another store goes."""
    known = trust in TRUSTS and TRUSTS.index(str(trust)) > TRUSTS.index(_FOREIGN)
    return str(trust) if known else _FOREIGN


def _of_others(verdict: dict[str, Any]) -> dict[str, Any]:
    """A verdict as that of an agent, who says where it comes from."""
    return {**verdict, "kind": "agent", "actor": f"{_FOREIGN}: {verdict['actor']}"[:200]}


def _capped(patch: dict[str, Any]) -> dict[str, Any]:
    """A patch without what only the owner of this store may say, and what that was."""
    changed: dict[str, Any] = {}
    if "text" in patch or "trust" in patch:
        changed["trust"] = _lesser(patch.get("trust"))
    changed |= {name: False for name in ("pin", "standing") if patch.get(name)}
    if patch.get("verdict") is not None:
        changed["verdict"] = _of_others(patch["verdict"])
    if (patch.get("was") or {}).get("verdict") is not None:
        changed["was"] = {**patch["was"], "verdict": _of_others(patch["was"]["verdict"])}
    return {**patch, **changed, _CAPPED: True}


def _strings(number: int, value: object) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise refused(number, "a list of names holds something else")
    return [whole(each) for each in value]
