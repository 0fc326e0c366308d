"""The lines of an export: which kinds there are, what each says, and what a line must be to be taken in."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from ...errors import Refused

__all__ = [
    "FIELDS",
    "FORMAT",
    "LIMITS",
    "Field",
    "Line",
    "checked",
    "cited",
    "encoded_line",
    "read",
    "refused",
    "unhex",
    "walked",
    "whole",
]

FORMAT: Final = 1
# what is limited -> how much (the format page is made from this table)
LIMITS: Final[Mapping[str, int]] = {
    "bytes of a line": 16 * 1024 * 1024,
    "depth of a line": 16,
    "values of a line": 1_000_000,
    "lines": 50_000_000,
}


@dataclass(frozen=True, slots=True)
class Field:
    """A part of a line. kind: text (guarded when taken in), name (kept as it is), hex, int, number, bool, list, object.

    Every field is present in what we write; one that is not `needed` may be null or left out in what we read.
    """

    kind: str
    says: str
    needed: bool = False


# kind of line -> field -> what it is (the format page is made from this table)
FIELDS: Final[Mapping[str, Mapping[str, Field]]] = {
    "holdfast": {
        "holdfast": Field("int", "the version of this format", True),
        "store": Field("hex", "the store that it came from", True),
        "made": Field("int", "when, Unix ms", True),
        "schema": Field("int", "the schema of that store", True),
        "journal": Field("bool", "whether sessions and events are in it", True),
        "secret": Field("hex", "what the keys and hashes in it were made with", True),
        "others": Field("list", "what keys in it were made with that came from other stores, likewise hexadecimal"),
        "key": Field("object", "of the key to what is sealed: fingerprint, salt, cost; null when nothing is"),
    },
    "project": {
        "uuid": Field("hex", "its id everywhere", True),
        "label": Field("text", "what it is called", True),
        "merged_into": Field("hex", "the id of the project that it went into"),
        "ignored": Field("bool", "whether nothing of it is recorded"),
        "created": Field("int", "Unix ms", True),
        "heard": Field("int", "Unix ms", True),
        "keys": Field("list", "the names by which it is recognised"),
        "hints": Field("list", "weaker names"),
        "changes": Field("list", "its history, oldest first"),
    },
    "session": {
        "host": Field("name", "the agent program", True),
        "name": Field("name", "the id that the host gave the conversation", True),
        "project": Field("hex", "the id of its project"),
        "worktree": Field("text", "the working tree"),
        "cwd": Field("text", "the folder"),
        "attended": Field("bool", "whether a person typed; null when unknown"),
        "host_version": Field("text", "the version of the agent program"),
        "branch": Field("text", "the branch"),
        "started": Field("int", "Unix ms", True),
        "heard": Field("int", "Unix ms", True),
        "ended": Field("int", "Unix ms"),
        "end_reason": Field("text", "why it ended"),
        "ignored": Field("bool", "whether its owner asked that it be not recorded"),
    },
    "event": {
        "session": Field("list", "host and name of its session", True),
        "keys": Field("list", "hashes of the host's names for it: any of them recognises it again", True),
        "kind": Field("name", "what happened", True),
        "at": Field("int", "Unix ms", True),
        "prompt": Field("name", "the host's id of the prompt that it belongs to"),
        "agent": Field("name", "the sub-agent that did it"),
        "tool": Field("name", "the tool"),
        "status": Field("name", "how the tool call came out"),
        "input": Field("text", "what the tool was given"),
        "text": Field("text", "what was said, or what the tool answered"),
        "searched": Field("bool", "whether its text is searched"),
        "detail": Field("object", "what else the host said"),
        "trust": Field("name", "who said it", True),
        "erased": Field("int", "1: its owner erased the text, 2: shed for age or size, 0: neither"),
        "seen": Field("list", "where: {path, host, start, stop, sha256}; without a path in a hook"),
    },
    "memory": {
        "uuid": Field("hex", "its id everywhere", True),
        "now": Field("object", "as it is read today: for reading only, rebuilt from the changes; null when continued"),
        "changes": Field("list", "its history, oldest first; a long one goes on in further lines of the same memory"),
    },
    "relation": {
        "uuid": Field("hex", "its id everywhere, derived from the ids of the two memories", True),
        "now": Field("object", "as it is read today: for reading only, rebuilt from the changes"),
        "changes": Field("list", "its history, oldest first"),
    },
    "sealed": {
        "id": Field("hex", "its id everywhere: the text register of a change names it", True),
        "memory": Field("hex", "the id of its memory", True),
        "store": Field("hex", "the store that sealed it", True),
        "version": Field("int", "of the way of sealing", True),
        "fingerprint": Field("hex", "of the key that wrapped its data key", True),
        "wrapped": Field("name", "the data key, encrypted: nonce and ciphertext in base64", True),
        "nonce": Field("hex", "of the content", True),
        "ciphertext": Field("name", "the content, encrypted: base64", True),
        "kinds": Field("list", "the rules that found a secret in it"),
        "actor": Field("text", "who had it sealed", True),
        "created": Field("int", "Unix ms", True),
    },
    "audit": {
        "at": Field("int", "Unix ms", True),
        "action": Field("name", "sealed, read, refused, rotated", True),
        "memory": Field("hex", "the id of the memory"),
        "actor": Field("text", "who asked", True),
    },
    "change": {
        "id": Field("hex", "its id everywhere", True),
        "device": Field("hex", "the installation that made it", True),
        "device_seq": Field("int", "which of that device's changes it is, from 1", True),
        "clock": Field("int", "hybrid logical clock: Unix ms << 16 | counter", True),
        "cause": Field("name", "what was done", True),
        "subject": Field("hex", "the change that it speaks of"),
        "digest": Field("hex", "keyed hash of the body", True),
        "previous": Field("hex", "hash of the device's header before", True),
        "patch": Field("object", "register -> value; null once erased"),
        "text": Field("text", "the body of the text register"),
        "quotes": Field("object", "hash -> text of each quote that the patch names"),
    },
}

_LINES: Final = ("project", "session", "event", "memory", "relation", "sealed", "audit")
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "text": (str,),
    "name": (str,),
    "hex": (str,),
    "int": (int,),
    "number": (int, float),
    "bool": (bool, int),
    "list": (list,),
    "object": (dict,),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number in the file, its kind (a key of FIELDS), and what it says, checked."""

    number: int
    kind: str
    said: Mapping[str, Any]


def encoded_line(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def read(source: BinaryIO, number: int) -> Line | None:
    """The next line, the `number`th; None at the end. Raises Refused, naming the line and never what it holds."""
    limit = LIMITS["bytes of a line"]
    raw = source.readline(limit + 1)
    if not raw:
        return None
    if number > LIMITS["lines"]:
        raise refused(number, f"there are more than {LIMITS['lines']} lines")
    if len(raw) > limit:
        raise refused(number, f"it is longer than {limit} bytes")
    if raw.count(b",") > LIMITS["values of a line"] or raw.count(b"[") + raw.count(b"{") > LIMITS["values of a line"]:
        raise refused(number, f"it holds more than {LIMITS['values of a line']} values")
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        raise refused(number, "it is not JSON" if raw.endswith(b"\n") else "it is cut short") from None
    if not isinstance(said, dict) or _depth(said, LIMITS["depth of a line"]) < 0:
        raise refused(number, f"it is not an object of at most {LIMITS['depth of a line']} levels")
    if number == 1:
        if said.get("holdfast") != FORMAT:
            newer = isinstance(said.get("holdfast"), int)
            raise refused(1, f"it is of format {said['holdfast']}" if newer else "it is not the header of an export")
        return Line(1, "holdfast", checked(1, "holdfast", said))
    if len(said) != 1 or (kind := next(iter(said))) not in _LINES:
        raise refused(number, f"it is neither of {', '.join(_LINES)}")
    return Line(number, kind, checked(number, kind, said[kind]))


def checked(number: int, kind: str, said: object) -> dict[str, Any]:
    """Every field of that kind of line, None where it says nothing; hex as bytes. Raises Refused."""
    if not isinstance(said, dict):
        raise refused(number, f"its {kind} is not an object")
    found: dict[str, Any] = {}
    for name, field in FIELDS[kind].items():
        value = said.get(name)
        if value is None and field.needed:
            raise refused(number, f"its {kind} has no {name}")
        if value is not None:
            if not isinstance(value, _KINDS[field.kind]) or (isinstance(value, bool) and field.kind != "bool"):
                raise refused(number, f"{name} of its {kind} is not of kind {field.kind}")
            if isinstance(value, int) and abs(value) >= 2**63:
                raise refused(number, f"{name} of its {kind} is too large")
            if field.kind == "hex":
                value = unhex(number, value)
            elif isinstance(value, str):
                value = whole(value)
        found[name] = value
    return found


def unhex(number: int, value: object) -> bytes:
    """The bytes of a hexadecimal string of at most 64 bytes. Raises Refused."""
    try:
        found = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        found = b""
    if not 1 <= len(found) <= 64:
        raise refused(number, "what should be hexadecimal digits is not")
    return found


def whole(text: str) -> str:
    """A string that can be stored: JSON can spell halves of characters."""
    return text.encode("utf-8", "replace").decode("utf-8")


def walked(value: Any, change: Callable[[str], str]) -> Any:
    """A value from JSON with every string changed, keys left as they are."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [walked(each, change) for each in value]
    if isinstance(value, dict):
        return {whole(name): walked(each, change) for name, each in value.items()}
    return value


def cited(patch: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The evidence that a patch names."""
    text = (patch or {}).get("text")
    named = text.get("evidence") if isinstance(text, dict) else None
    return [each for each in named if isinstance(each, dict)] if isinstance(named, list) else []


def refused(number: int, why: str) -> Refused:
    nothing = "nothing was taken in: name a file that `holdfast export FILE` wrote"
    again = "export it again; what stands before that line was taken in, and importing again adds nothing twice"
    return Refused(f"line {number} cannot be imported", why=why, fix=nothing if number == 1 else again)


def _depth(value: object, left: int) -> int:
    """How many levels are left below the deepest; negative when there are too many."""
    if not isinstance(value, dict | list):
        return left
    if left == 0:
        return -1
    inner = value.values() if isinstance(value, dict) else value
    return min((_depth(each, left - 1) for each in inner), default=left - 1)
