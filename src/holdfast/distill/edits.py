"""What an edit changed, in a few words."""

import json
import re

from .event import EDITING, Happened, gist

__all__ = ["change_of", "is_edit", "short_path"]

_LINE = 90  # characters shown of a line


def is_edit(event: Happened) -> bool:
    return event.kind == "tool" and event.tool in EDITING and event.status in ("ok", None)


def short_path(path: str) -> str:
    """The last two parts of a path, which tell most; on one line."""
    return " ".join("/".join(path.replace("\\", "/").rstrip("/").split("/")[-2:]).split())


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


_SAYS_NOTHING = re.compile(
    r"^(?://|#(?!\s*(?:include|define|\[))|/\*|\*|--\s|<!--|[\[\](){};,]*$|import\b|from\b|\"[\w./-]+\"$|(?:else|end"
    r"|fi|done)\b)"
)


def _first_difference(old: list[str], new: list[str]) -> tuple[str, str] | None:
    """The first lines that differ; comments, imports and lone brackets only where nothing else does."""
    old = [line.strip() for line in old if line.strip()]
    new = [line.strip() for line in new if line.strip()]
    gone, came = [line for line in old if line not in new], [line for line in new if line not in old]
    telling = (
        [line for line in gone if not _SAYS_NOTHING.match(line)],
        [line for line in came if not _SAYS_NOTHING.match(line)],
    )
    if any(telling):
        gone, came = telling
    if not gone and not came:
        return None
    return gist(gone[0], _LINE) if gone else "", gist(came[0], _LINE) if came else ""
