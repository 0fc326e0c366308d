"""What a host reports, with names and texts that can be stored."""

from dataclasses import replace
from typing import Any, Final, TypeVar

from ..guard import safe_name
from .events import Draft, SessionFacts

__all__ = ["storable"]

_Told = TypeVar("_Told", Draft, SessionFacts)


def storable(told: _Told) -> _Told:
    """With names that can be stored: without secrets, and without half characters, which JSON can hold.

    Texts are guarded by who made the draft; here it is folders, branches, and the host's own ids.
    """
    odd: dict[str, Any] = {}
    names, texts = _STORED[type(told)]
    for name in names:
        value = getattr(told, name)
        if value is not None and (kept := safe_name(_whole(value))) != value:
            odd[name] = kept
    for name in texts:
        value = getattr(told, name)
        if value is not None and (kept := _whole(value)) != value:
            odd[name] = kept
    if detail := getattr(told, "detail", None):
        odd["detail"] = {
            key: safe_name(_whole(each)) if isinstance(each, str) else each for key, each in detail.items()
        }
    return replace(told, **odd) if odd else told


_STORED: Final[dict[type, tuple[tuple[str, ...], tuple[str, ...]]]] = {  # which are names, which are texts
    SessionFacts: (("name", "cwd", "branch", "version", "ended"), ()),
    Draft: (("prompt", "agent", "tool", "status"), ("text", "input")),
}


def _whole(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
