"""Stored text as it may be shown to a model: it cannot pass for what a host, its user or holdfast itself says."""

import re

__all__ = ["one_line", "safe"]

# Control, direction and invisible characters: also those with which hidden text can be written (U+E0000…), line ends
# that are none to us, and half characters.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff\ufe00-\ufe0f\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# `\s` is any blank of Unicode, and a line end: a host, a model or our own joining of lines may take them for one.
_FENCE = re.compile(r"\[\s*(?:(/)\s*)?holdfast\b", re.I)
# Tags by which a host or a model's trainer tells who speaks.
_TAG = re.compile(
    r"<(?=\s+[a-z]{1,20}-(?:reminder|notification|hook)(?![a-z])|(?:\s*/\s*)?(?:antml:)?(?:system|user|assistant|human|function|tool|invoke|parameter|thinking|"
    r"command|local-command|bash-(?:input|std)|teammate|channel|[a-z]{1,20}-(?:reminder|notification|hook))(?![a-z]))",
    re.I,
)


def safe(text: str) -> str:
    """Stored text as it may stand in a pack or in what a tool says: no control or direction characters, no fences, no
    host's tags."""
    text = _CONTROL.sub("", text)
    text = _FENCE.sub(r"(\1holdfast", text)
    return _TAG.sub("‹", text)


def one_line(text: str, limit: int = 0) -> str:
    """The beginning of a text, safe, on one line of at most `limit` characters (0: all of it)."""
    # joined first: what two lines hold apart must be seen together
    line = safe(" ".join(_CONTROL.sub("", text[: 4 * limit] if limit else text).split()))
    return line if not limit or len(line) <= limit else line[: limit - 1].rstrip() + "…"
