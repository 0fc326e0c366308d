"""What must not be stored: private tags, secrets, our own injected text. And how what is stored may be shown."""

from holdfast.guard.name import safe_name
from holdfast.guard.own import strip_own
from holdfast.guard.redact import (
    RULES,
    TOOL_LIMIT,
    WORDS_LIMIT,
    Rule,
    clean,
    clean_json,
    clip,
    find,
    hide_private,
    redact,
)
from holdfast.guard.shown import one_line, safe

__all__ = [
    "RULES",
    "TOOL_LIMIT",
    "WORDS_LIMIT",
    "Rule",
    "clean",
    "clean_json",
    "clip",
    "find",
    "hide_private",
    "one_line",
    "redact",
    "safe",
    "safe_name",
    "strip_own",
]
