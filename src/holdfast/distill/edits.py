"""What an edit changed, in a few words."""

import json
from .happened import EDITING, Happened, gist

__all__ = ["change_of", "is_edit", "short_path"]

_LINE = 90  # characters shown of a line


def is_edit(event: Happened) -> bool:
    return event.kind == "tool" and event.tool in EDITING and event.status in ("ok", None)


def short_path(path: str) -> str:
    """The last two parts of a path, which tell most."""
    return "/".join(path.replace("\\", "/").rstrip("/").split("/")[-2:])


def change_of(event: Happened) -> tuple[str, str] | None:
    """The first line that an edit altered, as it was and as it is; either may be empty. None when nothing tells."""
    if event.text and "@@" in event.text[:20]:
        return _of_patch(event.text[:6_000])
    if event.tool == "Edit" and event.input:
        try:
            given = json.loads(event.input)
        except (ValueError, RecursionError):
            return None
        if isinstance(given, dict):
            old, new = given.get("old_string"), given.get("new_string")
            if isinstance(old, str) and isinstance(new, str):
                return _first_difference(old[:6_000].splitlines(), new[:6_000].splitlines())
    return None


def _of_patch(patch: str) -> tuple[str, str] | None:
    old: list[str] = []
    new: list[str] = []
    for line in patch.splitlines()[1:]:
        if line.startswith("-"):
            old.append(line[1:])
        elif line.startswith("+"):
            new.append(line[1:])
        elif old or new:
            break
    return _first_difference(old, new)


def _first_difference(old: list[str], new: list[str]) -> tuple[str, str] | None:
    old = [line.strip() for line in old if line.strip()]
    new = [line.strip() for line in new if line.strip()]
    while old and new and old[0] == new[0]:
        old, new = old[1:], new[1:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    if not old and not new:
        return None
    return gist(old[0], _LINE) if old else "", gist(new[0], _LINE) if new else ""
