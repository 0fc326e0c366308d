"""What a change of an export may say: what the log takes apart later must have the shape that the log gave it.

A change stays for ever, and every rebuilding reads it, so one of another shape is refused before it is written.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from ...memory import (
    ACTORS,
    BODY_LIMIT,
    KINDS,
    MEMORY_REGISTERS,
    PROJECT_REGISTERS,
    RELATION_REGISTERS,
    SCOPES,
    TRUSTS,
    VERDICTS,
    relation_id,
)

__all__ = ["LATEST", "fault_in"]

LATEST: Final = 1 << 62  # no stamp reaches it for two thousand years, and those that follow it have room
_PLACES: Final = 1 << 40  # of a device: more changes than anybody makes, and room for those that follow
_MOST: Final = 1 << 31
_LONG: Final = 20 * BODY_LIMIT  # characters of a text: what the guard puts in a secret's place makes it longer
_SHORT: Final = 2_000  # of a title, a label, a tag, a file
_MANY: Final = 1_000
_HASH = re.compile(r"(?:[0-9a-f]{2}){8,64}")
_UUID = re.compile(r"[0-9a-f]{32}")
_REGISTERS: Final = {"memory": MEMORY_REGISTERS, "project": PROJECT_REGISTERS, "relation": RELATION_REGISTERS}
_IDS: Final = {"id": 16, "device": 16, "subject": 16, "digest": 16, "previous": 32}


def fault_in(kind: str, entity: bytes, change: Mapping[str, Any]) -> str:
    """What is wrong with a change (its fields checked, hex as bytes) of a memory, a project or a
    relation; "" when nothing is."""
    if len(entity) != 16:
        return "the id of what was changed"
    for name, length in _IDS.items():
        if change[name] is not None and len(change[name]) != length:
            return name
    if not 0 <= change["clock"] < LATEST:
        return "clock"
    if not 1 <= change["device_seq"] < _PLACES:
        return "device_seq"
    if change["text"] is not None and len(change["text"]) > _LONG:
        return "text"
    patch = change["patch"] or {}
    fault = _fault_in_patch(patch, _REGISTERS[kind])
    if not fault and "ends" in patch and relation_id(*map(UUID, patch["ends"])).bytes != entity:
        return "the pair"
    return fault


def _fault_in_patch(patch: Mapping[str, Any], registers: tuple[str, ...]) -> str:
    for name, value in patch.items():
        fits = _SHAPES.get(name)
        if fits is not None and not fits(value):
            return f"{name} of its patch"
        if name not in registers and any(name in each for each in _REGISTERS.values()):
            return f"{name} of its patch"
    return ""


def _text(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("kind"), str)
        and value["kind"] in KINDS
        and "label" in value
        and _name_or_none(value["label"])
        and _name(value.get("title"))
        and _names(value.get("files"))
        and isinstance(value.get("evidence"), list)
        and len(value["evidence"]) <= _MANY
        and all(map(_cited, value["evidence"]))
        and ("keywords" not in value or _names(value["keywords"]))
        and ("drawn" not in value or _drawn(value["drawn"]))
        and ("said" not in value or _number(value["said"], LATEST >> 16))
        and ("sealed" not in value or (value["sealed"] is not None and _matches(_UUID, value["sealed"])))
    )


def _drawn(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and _name(value.get("rule"))
        and _share(value.get("worth"))
        and _name(value.get("why"))
        and _number(value.get("at"), LATEST >> 16)
        and _restores(value.get("lineage"))
        and len(value["lineage"]) <= _MANY
    )


def _cited(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and {"event", "device", "quote"} <= value.keys()
        and (value["event"] is None or _number(value["event"], LATEST))
        and _matches(_HASH, value["device"])
        and _matches(_HASH, value["quote"])
    )


def _scope(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("scope") in SCOPES
        and "project" in value
        and _matches(_UUID, value["project"])
    )


def _name(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _SHORT


def _name_or_none(value: Any) -> bool:
    return value is None or _name(value)


def _names(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= _MANY and all(map(_name, value))


def _number(value: Any, most: int = _MOST) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < most


def _share(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= 1


def _yes_or_no(value: Any) -> bool:
    return isinstance(value, bool)


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return value is None or (isinstance(value, str) and pattern.fullmatch(value) is not None)


def _origins(value: Any) -> bool:
    return isinstance(value, dict) and all(each is not None and _matches(_UUID, each) for each in value.values())


def _restores(value: Any) -> bool:
    return isinstance(value, list) and all(each is not None and _matches(_UUID, each) for each in value)


def _was(value: Any) -> bool:
    return isinstance(value, dict) and not _fault_in_patch(value, (*PROJECT_REGISTERS, "candidate", "verdict"))


def _ends(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and _restores(value) and value == sorted(set(value))


def _candidate(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and _share(value.get("score")) and _id(value.get("source")))


def _verdict(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict)
        and isinstance(value.get("relation"), str)
        and value["relation"] in VERDICTS
        and value.get("kind") in ACTORS
        and _id(value.get("source"))
        and _share(value.get("confidence"))
        and ("said" not in value or _number(value["said"], LATEST >> 16))
        and _name(value.get("actor"))
        and "session" in value
        and _name_or_none(value["session"])
        and all(name in value and (value[name] is None or _said(value[name])) for name in ("reason", "evidence"))
    )


def _said(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONG


def _id(value: Any) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


_SHAPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "text": _text,
    "scope": _scope,
    "tags": _names,
    "importance": _share,
    "pin": _yes_or_no,
    "alive": _yes_or_no,
    "standing": _yes_or_no,
    "topic": _name_or_none,
    "trust": lambda value: isinstance(value, str) and value in TRUSTS,
    "label": _name,
    "merged": lambda value: _matches(_UUID, value),
    "ignored": _yes_or_no,
    "ends": _ends,
    "candidate": _candidate,
    "verdict": _verdict,
    "repeats": _number,
    "seen": lambda value: isinstance(value, list) and all(_number(each, LATEST) for each in value),
    "origins": _origins,
    "restores": _restores,
    "redacted": _restores,
    "was": _was,
}
