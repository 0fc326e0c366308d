"""What a store keeps sealed: the original of a body that holds a secret, and the key to it.

The body itself is stored without the secret. Nothing here writes an original anywhere but encrypted, and no error
names one.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from .errors import Refused
from .guard import find, hide_private, redact
from .ids import uuid7
from .memory import KINDS, SENSITIVE, Draft, bounded
from .sealing import USUAL, Binding, Cost, Key, Keys, Known, Sealed, Unopened, rewrap, seal, unseal
from .store.database import Database, Row

__all__ = ["LIMIT", "Hidden", "Rotated", "Safe", "hide"]

LIMIT: Final = 28_000  # characters of an original; what no memory may be longer than even before it is guarded
_ACTOR: Final = 120  # characters
_TOKEN = re.compile(r"[^\s\"'`,;:=]+")
_WORD = re.compile(r"\w+")
_DIGITS = re.compile(r"\d+")
_PART: Final = 4  # letters of a word that is known again inside another one
_RUN: Final = 3  # digits that are known again among others
# By these a secret is found, so they stay among its keywords although the body has them; they tell nothing of it.
_NAMES: Final = frozenset((
    "access", "account", "address", "admin", "alarm", "api", "app", "bank", "card", "cellar", "certificate",
    "cert", "client", "cloud", "code", "combination", "config", "credential", "credentials", "database", "db",
    "deploy", "dev", "dns", "door", "email", "fact", "facts", "garage", "garden", "gate", "github", "gitlab",
    "gym", "home", "host", "house", "id", "key", "keys", "license", "locker", "login", "mail", "mfa", "network",
    "note", "number", "office", "otp", "passcode", "passphrase", "password", "passwords", "people", "phone",
    "phrase", "pin", "pins", "preference", "preferences", "prod", "production", "project", "projects", "puk",
    "recovery", "root", "router", "safe", "secret", "secrets", "seed", "server", "service", "sim", "ssh",
    "staging", "storage", "test", "token", "tokens", "totp", "user", "username", "vault", "vpn", "wallet",
    "web", "wifi", "wlan",
))  # fmt: skip
_STANDS_FOR = re.compile(r"\[(?:redacted:[a-z0-9-]*|private)\]")


@dataclass(frozen=True, slots=True)
class Hidden:
    """A draft without its secrets. original: what is to be sealed under `draft.sealed`; None when nothing is.

    kinds: the rules that found a secret in it.
    """

    draft: Draft
    kinds: tuple[str, ...]
    original: str | None = field(default=None, repr=False)


def hide(draft: Draft, *, sensitive: bool, seal: bool) -> Hidden:
    """What of a draft may be stored. sensitive: none of the body; seal: the body without the secrets found in it.

    Without either the draft stays as it is, and the guard takes its secrets out for good. Raises Refused (`bounded`).
    """
    draft = bounded(draft)
    texts = (draft.body, draft.title, draft.kind, draft.label, draft.topic_key)
    if any(text is not None and len(text) > LIMIT for text in texts):  # refused by its own limit
        return Hidden(draft, ())
    original = hide_private(draft.body, written=True).strip()
    found = find(original)
    kinds = tuple(dict.fromkeys(name for _, _, name in found))
    if not _STANDS_FOR.sub("", original).strip() or not (sensitive or (seal and found)):
        return Hidden(draft, kinds)
    body = SENSITIVE if sensitive else redact(original)
    if not _STANDS_FOR.sub("", body).strip():
        body = SENSITIVE  # a secret alone is nothing to read
    values = {original[start:end] for start, end, _ in found}
    if body == SENSITIVE:
        values |= {original, *(line.strip() for line in original.splitlines())}
        values |= {token for token in _TOKEN.findall(original) if any(map(str.isdigit, token))}  # such as a PIN
    without = _without(values - {""})
    title = None if draft.title is None else without(draft.title)
    repeats = _repeats(original if body == SENSITIVE else " ".join(values), title or "")
    return Hidden(
        replace(
            draft,
            body=body,
            title=title,
            kind="note" if draft.kind not in KINDS and repeats(draft.kind) else draft.kind,
            label=None if draft.label is None or repeats(draft.label) else draft.label,
            files=tuple(map(without, draft.files)),
            tags=tuple(tag for tag in draft.tags if not repeats(tag)),
            topic_key=None if draft.topic_key is None else without(draft.topic_key),
            keywords=tuple(word for word in draft.keywords if not repeats(word)),
            sealed=uuid7(),
        ),
        kinds,
        original,
    )


def _without(values: set[str]) -> Callable[[str], str]:
    """What takes these values out of a text that stands beside the body; a short one where it stands alone."""
    longest = sorted(values, key=len, reverse=True)
    each = (re.escape(value) if len(value) >= _PART else rf"(?<!\w){re.escape(value)}(?!\w)" for value in longest)
    pattern = re.compile("|".join(each))

    def taken_out(text: str) -> str:
        return pattern.sub("[sensitive]", text) if longest else text

    return taken_out


def _repeats(secret: str, title: str) -> Callable[[str], bool]:
    """What tells whether a tag or keyword has a word, a part of a word or digits of what is sealed, in whatever digits
    and with whatever between them.

    The words of the title, which are shown anyway, and those that merely name such things are let pass.
    """
    text, openly = _plain(secret), _NAMES.union(_WORD.findall(_plain(title)))
    words = {word for word in _WORD.findall(text) if word not in openly or _DIGITS.search(word)}
    runs = _DIGITS.findall(text)
    digits = "".join(runs)
    told = {run for run in (digits, *runs) if len(run) >= _RUN}

    def repeated(beside: str) -> bool:
        plain = _plain(beside)
        said = _WORD.findall(plain)
        said += ["".join(said)]
        shown = _DIGITS.findall(plain)
        if any(run in digits for run in shown) or any(run in "".join(shown) for run in told):
            return True
        return any(
            word in words or (_long(word) and word in text) or any(_long(each) and each in word for each in words)
            for word in said
            if word not in openly
        )

    return repeated


def _long(word: str) -> bool:
    return len(word) >= _PART or not word.isascii()


def _plain(text: str) -> str:
    """A text without case and accents, `_` as a blank, digits of every script as 0 to 9."""
    bare = (sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in bare).replace("_", " ")


@dataclass(frozen=True, slots=True)
class Rotated:
    """rewrapped: records that the new key opens; left: those of other keys. source: where the new key lies."""

    rewrapped: int
    left: int
    source: str


class Safe:
    """The sealed records of one store, over one connection."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._db = database
        self._keys = keys

    # -- keeping --

    def unlock(self, *, make: bool = False) -> None:
        """Have the key at hand, so that nobody waits for it inside a transaction. Raises Refused."""
        self._keys.current(self._known(), make=make)

    def keep(self, memory: UUID, hidden: Hidden, *, actor: str, at: int) -> None:
        """Seal the original of a draft that was saved as `memory`. Call inside the transaction that saved it.

        Raises Refused when there is no key, or another one than that of the records that are there.
        """
        assert hidden.original is not None
        assert hidden.draft.sealed is not None
        known = self._known()
        key = self._keys.current(known, make=True)
        if key.fingerprint != known.fingerprint or key.salt != known.salt:
            self._remember_key(key)
        binding = Binding(UUID(known.store), memory, hidden.draft.sealed)
        record = seal(key.raw, hidden.original.encode("utf-8", "replace"), binding)
        self._db.run(
            "seal", id=binding.id.bytes, memory=memory.bytes, store=binding.store.bytes, version=binding.version,
            fingerprint=record.fingerprint, wrapped=record.wrapped, nonce=record.nonce, ciphertext=record.ciphertext,
            kinds=json.dumps(hidden.kinds), actor=_name(actor), created=at,
        )  # fmt: skip
        self.note("sealed", memory, actor=actor, at=at)

    # -- asking --

    def content(self, memory: UUID, name: str) -> str:
        """What a memory holds sealed. Raises Refused: nothing is, there is no key, it does not open."""
        row = self._db.one("sealed_of_memory", memory=memory.bytes)
        if row is None:
            raise Refused(f"{name} is not sensitive", why="nothing of it is sealed: what it says is what there is")
        return self._opened(_record(row), name)

    def has(self, memory: UUID) -> bool:
        """Whether a memory holds something sealed."""
        return self._db.one("sealed_of_memory", memory=memory.bytes) is not None

    def among(self, numbers: Sequence[int]) -> set[int]:
        """Which of the memories with these numbers hold something sealed."""
        if self._db.one("sealed_any") is None:
            return set()
        return {int(row[0]) for row in self._db.all("sealed_among", numbers=json.dumps(list(numbers)))}

    def listed(self) -> list[dict[str, Any]]:
        """What is sealed, the newest memory first; JSON-ready, without any content."""
        current = self._known().fingerprint
        return [
            {
                "number": row[0], "id": str(UUID(bytes=bytes(row[1]))), "title": row[2], "kinds": json.loads(row[3]),
                "actor": row[4], "sealed": row[5], "alive": bool(row[7]), "reads": row[8], "last_read": row[9],
                "foreign": bytes(row[6]) != current,
            }
            for row in self._db.all("sealed_list")
        ]  # fmt: skip

    def key(self) -> dict[str, Any]:
        """Of the key: whether it is at hand, where it comes from, and what is wrong; JSON-ready."""
        known = self._known()
        try:
            key = self._keys.current(known)
        except Refused as error:
            problem = error.as_dict() if known.bound or self._keys.elsewhere else None
            return {"needed": known.bound, "source": None, "problem": problem}
        return {"needed": known.bound, "source": key.source, "problem": None}

    # -- the audit --

    def note(self, action: str, memory: UUID | None, *, actor: str, at: int) -> None:
        """Say who did what. Call inside a transaction."""
        self._db.run(
            "audit_add", at=at, action=action, memory=None if memory is None else memory.bytes, actor=_name(actor)
        )

    def audit(self, memory: UUID | None, *, limit: int) -> list[dict[str, Any]]:
        """The latest lines, the newest first; JSON-ready."""
        rows = self._db.all("audit_list", memory=None if memory is None else memory.bytes, limit=limit)
        names = ("line", "at", "action", "number", "title", "actor")
        return [dict(zip(names, row, strict=True)) for row in rows]

    # -- the key --

    def rotate(self, given: str | None, *, actor: str, at: int) -> Rotated:
        """Put every record under a new key: from `given`, else a drawn one. Makes its own transaction.

        Until the store knows the new key the old one stays, and from then on the new one is found beside it.
        """
        known = self._known()
        if not known.bound:
            raise Refused("nothing is sealed", fix="the first secret that is kept makes a key")
        self._keys.settle(known)
        old = self._keys.current(known)
        new = self._keys.prepare(known, given)
        if new.fingerprint == old.fingerprint:
            raise Refused("that is the key that holds now", fix="give another one")
        with self._db.transaction():
            rows = self._db.all("sealed_under", fingerprint=old.fingerprint)
            for row in rows:
                try:
                    record = rewrap(old.raw, _record(row), new.raw)
                except Unopened:
                    raise Refused(
                        "a sealed record was altered, so nothing was rotated",
                        why=f"its memory is {UUID(bytes=bytes(row[1]))}", fix="erase that memory, then rotate again",
                    ) from None  # fmt: skip
                self._db.run(
                    "sealed_rewrap", id=record.binding.id.bytes, fingerprint=record.fingerprint, wrapped=record.wrapped
                )
            self._remember_key(new)
            self.note("rotated", None, actor=actor, at=at)
        self._keys.adopt(known, given)
        self._db.one("empty_the_wal")
        left = self._db.one("sealed_elsewhere", fingerprint=new.fingerprint)
        return Rotated(len(rows), 0 if left is None else int(left[0]), new.source)

    def _opened(self, record: Sealed, name: str) -> str:
        known = self._known()
        if record.fingerprint != known.fingerprint:  # of an import: opened only with the key of its own store
            known = replace(known, fingerprint=record.fingerprint, bound=True)
        key = self._keys.current(known)
        try:
            return unseal(key.raw, record).decode()
        except Unopened:
            raise Refused(
                f"what {name} holds sealed does not open",
                why="the record was altered, or belongs to another memory or store",
                fix="put a backup back with `holdfast restore`, or save the secret again",
            ) from None

    def _known(self) -> Known:
        found: dict[str, Any] = dict(self._db.all("sealed_meta"))
        print_ = found.get("key")
        return Known(
            store=str(UUID(bytes=bytes(found["store"]))),
            fingerprint=print_,
            bound=print_ is not None and self._db.one("sealed_under_any", fingerprint=print_) is not None,
            salt=found.get("key_salt"),
            cost=Cost(**json.loads(found["key_cost"])) if "key_cost" in found else USUAL,
        )

    def _remember_key(self, key: Key) -> None:
        values: dict[str, bytes | str] = {"key": key.fingerprint}
        if key.salt is None:
            for name in ("key_salt", "key_cost"):
                self._db.run("sealed_drop_meta", name=name)
        else:
            values |= {"key_salt": key.salt, "key_cost": key.cost.encoded()}
        for name, value in values.items():
            self._db.run("put_meta", name=name, value=value)


def _name(actor: str) -> str:
    """Who asks, as it may be stored: one line, without secrets, not too long."""
    return redact(" ".join(actor.split()))[:_ACTOR] or "unknown"


def _record(row: Row) -> Sealed:
    """The record in the columns id, memory, store, version, fingerprint, wrapped, nonce, ciphertext."""
    id, memory, store = (UUID(bytes=bytes(each)) for each in row[:3])
    return Sealed(Binding(store, memory, id, row[3]), *(bytes(each) for each in row[4:8]))
