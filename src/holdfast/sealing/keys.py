"""Where the master key comes from: HOLDFAST_KEY, else the system's keyring when asked for, else a file in the home.

The key that is current is the one whose fingerprint the store knows. While the store holds records of one key, none
takes its place unasked.
"""

import contextlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from ..errors import Refused
from .cipher import SALT_BYTES, USUAL, Cost, derive, fingerprint

__all__ = ["Key", "Keys", "Known", "refuse_weak"]

_DIGITS: Final = 64
_LEAST: Final = 12  # characters of a passphrase
_MEANT: Final = 32  # hexadecimal digits alone, more than these, are meant as a key and not as a passphrase
_VARIED: Final = {"digits": 8, "characters": 5}  # different ones; 64 drawn digits have fewer once in 10^18 times
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_CURRENT, _NEXT = "key", "key.next"
_GIVEN: Final = "key.given"  # a file that says that the key comes from HOLDFAST_KEY; it holds none


@dataclass(frozen=True, slots=True)
class Known:
    """What a store knows of its key. bound: it holds records that only this key opens.

    salt, cost: of a key that is derived from a passphrase; None and the default while there is none.
    """

    store: str
    fingerprint: bytes | None = None
    bound: bool = False
    salt: bytes | None = None
    cost: Cost = USUAL


@dataclass(frozen=True, slots=True)
class Key:
    """A master key. source: HOLDFAST_KEY, keyring or file. salt: of one that was derived."""

    raw: bytes = field(repr=False)
    source: str
    salt: bytes | None = None
    cost: Cost = USUAL

    @property
    def fingerprint(self) -> bytes:
        return fingerprint(self.raw)


class _Slots(Protocol):
    """Two places for a key: the current one, and the one that a rotation is about to make current."""

    source: str

    def get(self, name: str) -> bytes | None: ...
    def put(self, name: str, key: bytes) -> None: ...
    def promote(self) -> None: ...
    def remove(self, name: str) -> None: ...


class Keys:
    """The keys of one home. Safe for several threads; a passphrase is put through Argon2id once."""

    def __init__(self, folder: Path, *, keyring: Callable[[], bool], given: str | None = None) -> None:
        """given: what HOLDFAST_KEY held. keyring: whether the system's keyring is asked before the file."""
        self.given = given
        self._folder, self._keyring = folder, keyring
        self._derived: dict[tuple[str, bytes], bytes] = {}
        self._salt = os.urandom(SALT_BYTES)  # of the first key that this process derives for a store without one
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Note that a key is given, so that a later daemon without it makes none of its own."""
        if self.given is not None:
            with contextlib.suppress(OSError):  # a folder that cannot be written in keeps no key either
                _private(self._folder / _GIVEN, "the key comes from HOLDFAST_KEY\n")

    @property
    def elsewhere(self) -> bool:
        """Whether the key came from HOLDFAST_KEY before, and does not now."""
        return self.given is None and (self._folder / _GIVEN).exists()

    def current(self, known: Known, *, make: bool = False) -> Key:
        """The key of a store; with `make` a new one where it has none yet.

        Raises Refused: there is none, it is not that of the records, or HOLDFAST_KEY cannot be used.
        """
        with self._lock:
            if self.given is not None:
                if not known.bound:  # records under a weak key stay readable, so that another one can take its place
                    refuse_weak(self.given)
                return self._checked(self._from_given(self.given, known), known)
            slots = self._slots(known)
            found = [Key(raw, slots.source) for name in (_CURRENT, _NEXT) if (raw := slots.get(name)) is not None]
            for key in found:
                if key.fingerprint == known.fingerprint:
                    return key
            if found and (known.bound or not self.elsewhere):
                return self._checked(found[0], known)
            left = None if isinstance(slots, _Files) else _Files(self._folder).get(_CURRENT)
            if left is not None and fingerprint(left) == known.fingerprint:  # until a rotation moves it to the keyring
                return Key(left, _Files.source)
            if known.bound or self.elsewhere or not make:
                raise self._missing(known, slots)
            slots.put(_CURRENT, os.urandom(32))
            raw = slots.get(_CURRENT)  # another process may have been faster
            assert raw is not None
            return Key(raw, slots.source)

    def settle(self, known: Known) -> None:
        """Finish a rotation that was interrupted, or take back one that the store never heard of."""
        if self.given is not None or known.fingerprint is None:
            return
        with self._lock:
            slots = self._slots(known)
            waiting = slots.get(_NEXT)
            if waiting is None:
                return
            if fingerprint(waiting) == known.fingerprint:
                slots.promote()
            else:
                current = slots.get(_CURRENT)
                if current is not None and fingerprint(current) == known.fingerprint:
                    slots.remove(_NEXT)

    def prepare(self, known: Known, given: str | None) -> Key:
        """The key to rotate to: from what is given, else a drawn one, which lies beside the current one from now on."""
        with self._lock:
            if given is not None:
                refuse_weak(given)
                return self._from_given(given, Known(known.store, salt=os.urandom(SALT_BYTES)))
            slots = self._slots(known)
            raw = os.urandom(32)
            slots.remove(_NEXT)  # of a rotation that the store never heard of: `settle` came before
            slots.put(_NEXT, raw)
            return Key(raw, slots.source)

    def adopt(self, known: Known, given: str | None) -> None:
        """The store knows the key that `prepare` made: it is current from now on, and the one before it goes."""
        with self._lock:
            self.given = given
            self.begin()
            slots = self._slots(known)
            if given is None:
                (self._folder / _GIVEN).unlink(missing_ok=True)
                slots.promote()
                if not isinstance(slots, _Files):
                    _Files(self._folder).remove(_CURRENT)
            else:
                slots.remove(_CURRENT)
                slots.remove(_NEXT)

    def _slots(self, known: Known) -> _Slots:
        return _Ring(known.store) if self._keyring() else _Files(self._folder)

    def _from_given(self, given: str, known: Known) -> Key:
        if len(given) == _DIGITS and _HEX.issuperset(given):
            return Key(bytes.fromhex(given), "HOLDFAST_KEY")
        salt = known.salt or self._salt
        if (given, salt) not in self._derived:
            self._derived = {(given, salt): derive(given, salt, known.cost)}
        return Key(self._derived[given, salt], "HOLDFAST_KEY", salt, known.cost)

    def _checked(self, key: Key, known: Known) -> Key:
        if known.bound and key.fingerprint != known.fingerprint:
            raise Refused(
                f"the key from {key.source} is not the one that the secrets were sealed with",
                why=f"it is {key.fingerprint.hex()[:8]}, theirs is {(known.fingerprint or b'').hex()[:8]}",
                fix=self._cure(known),
            )
        return key

    def _cure(self, known: Known) -> str:
        """What to do about a wrong key: a HOLDFAST_KEY may stand before the right one."""
        if self.given is not None:
            for slots in {each.source: each for each in (_Files(self._folder), self._slots(known))}.values():
                with contextlib.suppress(Refused):
                    raw = slots.get(_CURRENT)
                    if raw is not None and fingerprint(raw) == known.fingerprint:
                        return (
                            f"without HOLDFAST_KEY, as the {slots.source} holds the right one: holdfast serve --restart"
                        )
        return _FIX

    def _missing(self, known: Known, slots: _Slots) -> Refused:
        if self.elsewhere and not known.bound:
            return Refused(
                "the key to seal secrets with is not here",
                why="it came from HOLDFAST_KEY, and this daemon was given none: what started it had no such variable",
                fix=f"{_RESTART}; or, to let holdfast make a key and keep it itself: remove {self._folder / _GIVEN}",
            )
        if not known.bound:
            return Refused("nothing was sealed yet, so there is no key")
        return Refused(
            "the key to the sealed secrets is not here",
            why=f"this daemon was given no HOLDFAST_KEY (one that a hook started never is), and the {slots.source} "
            "holds none",
            fix=_FIX,
        )


_RESTART: Final = "with HOLDFAST_KEY set to the right key: holdfast serve --restart"
_FIX: Final = (
    f"{_RESTART}; or put the file `key` back into the home folder; or, where the keyring has it: "
    "holdfast config set secrets.keyring true"
)


def refuse_weak(given: str) -> None:
    """Raises Refused for a HOLDFAST_KEY that anybody guesses, or that is no key although it was meant as one."""
    said = given.strip()
    draw = "draw one: openssl rand -hex 32"
    if len(said) < _LEAST:
        raise Refused(
            "HOLDFAST_KEY is too short", why=f"it is {_DIGITS} hexadecimal digits or at least {_LEAST} characters",
            fix=draw,
        )  # fmt: skip
    digits = _HEX.issuperset(said)
    if digits and len(said) > _MEANT and (len(said) != _DIGITS or said != given):
        blanks = "" if said == given else ", with blanks around it"
        raise Refused(
            "HOLDFAST_KEY is not whole", why=f"it is {len(said)} hexadecimal digits{blanks}; a key is {_DIGITS}",
            fix=f"give all of it and nothing else, or {draw}",
        )  # fmt: skip
    kind = "digits" if digits and len(said) == _DIGITS else "characters"
    if len(set("".join(said.split()).casefold())) < _VARIED[kind]:
        raise Refused(
            "HOLDFAST_KEY is too easily guessed", why=f"it has fewer than {_VARIED[kind]} different {kind}", fix=draw
        )


def _private(path: Path, text: str) -> None:
    """Write a file for its owner's eyes only."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as out:
        out.write(text)


class _Files:
    source = "file"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> bytes | None:
        path = self._folder / name
        try:
            said = path.read_text("ascii").strip()
            found = bytes.fromhex(said)
        except FileNotFoundError:
            return None
        except ValueError:
            found = b""
        except OSError as error:
            raise Refused(f"{path} cannot be read", why=error.strerror or str(error), fix=f"chmod 600 {path}") from None
        if len(found) != 32:
            raise Refused(f"{path} holds no key", why=f"it is not {_DIGITS} hexadecimal digits", fix=_FIX)
        return found

    def put(self, name: str, key: bytes) -> None:
        """Write a key, whole and durable; one that is there already stays."""
        part = self._folder / f"{name}.part"  # one name: what a crash left is replaced. Only the lock's holder writes
        try:
            part.unlink(missing_ok=True)
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                os.write(handle, key.hex().encode() + b"\n")
                os.fsync(handle)
            finally:
                os.close(handle)
            with contextlib.suppress(FileExistsError):
                os.link(part, self._folder / name)
            part.unlink()
            self._flush()
        except OSError as error:
            part.unlink(missing_ok=True)
            raise Refused(
                f"{self._folder / name} cannot be written", why=error.strerror or str(error),
                fix=f"make room in {self._folder}, or set HOLDFAST_KEY",
            ) from None  # fmt: skip

    def promote(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            (self._folder / _NEXT).replace(self._folder / _CURRENT)
            self._flush()

    def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            (self._folder / name).unlink()
            self._flush()

    def _flush(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class _Ring:
    source = "keyring"

    def __init__(self, store: str) -> None:
        self._store = store

    def get(self, name: str) -> bytes | None:
        said = self._call("get_password", name)
        try:
            found = None if said is None else bytes.fromhex(said)
        except ValueError:
            found = b""
        if found is not None and len(found) != 32:
            raise Refused("the keyring holds something else than a key", fix=f"remove its entry holdfast {name}")
        return found

    def put(self, name: str, key: bytes) -> None:
        self._call("set_password", name, key.hex())

    def promote(self) -> None:
        waiting = self.get(_NEXT)
        if waiting is not None:
            self.put(_CURRENT, waiting)
            self.remove(_NEXT)

    def remove(self, name: str) -> None:
        if self.get(name) is not None:
            self._call("delete_password", name)

    def _call(self, what: str, name: str, *more: str) -> str | None:
        try:
            import keyring
        except ImportError:
            raise Refused(
                "the keyring cannot be used", why="the package `keyring` is not installed",
                fix="in the checkout of holdfast: pipx install --force '.[keyring]' (or uv tool install --force "
                "'.[keyring]'), then: holdfast serve --restart; or: holdfast config set secrets.keyring false",
            ) from None  # fmt: skip
        try:
            said = getattr(keyring, what)("holdfast", f"{name} {self._store}", *more)
        except Exception as error:  # noqa: BLE001  # each system's keyring has errors of its own
            raise Refused(
                "the keyring refuses", why=type(error).__name__,
                fix="unlock it and run `holdfast serve --restart` from your own session",
            ) from None  # fmt: skip
        return None if said is None else str(said)
