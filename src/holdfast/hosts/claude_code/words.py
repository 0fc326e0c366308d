"""How Claude Code writes what is not plain conversation: commands, `!` lines, notifications, summaries."""

import hashlib
import re
from typing import Any

from ...guard import WORDS_LIMIT, clean, strip_own

__all__ = [
    "command_of",
    "digest",
    "is_notification",
    "said",
    "shell_input",
    "shell_output",
    "summary_of",
    "text_of",
    "written",
]

_OUTPUT_BEGINS = re.compile(r"<bash-std(?:out|err)>")
_OUTPUT_ENDS = re.compile(r"</bash-std(?:out|err)>")
_NOTIFICATION = re.compile(r"\s*<(?:task|agent|shell|bash)-notification>")  # older versions: agent-notification


def digest(text: str) -> str:
    """A short name for a text, for keys."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


def written(text: str) -> str:
    """What a person or the agent wrote, guarded, without what we injected."""
    return clean(strip_own(text), written=True, limit=WORDS_LIMIT)


def said(text: str) -> str | None:
    """Like `written`; None when nothing is left."""
    kept = written(text)
    return kept if kept.strip() else None


def text_of(content: Any) -> str | None:
    """The text of a message's content: a string, or blocks of which the text counts; None without any."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    parts = []
    for block in content:
        if not isinstance(block, dict):
            continue
        if block.get("type") == "text" and isinstance(block.get("text"), str):
            parts.append(block["text"])
        elif block.get("type") == "image":
            parts.append("[image]")
    return "\n".join(parts) if parts else None


def is_notification(text: str) -> bool:
    """Whether a text that was submitted as a prompt is what a background task reports."""
    return _NOTIFICATION.match(text) is not None


def command_of(text: str) -> str | None:
    """`/name arguments` when the text is a slash command as a transcript writes it."""
    if not text.lstrip().startswith(("<command-name>", "<command-message>")):
        return None
    name = _between(text, "command-name")
    if name is None:
        return None
    rest = (_between(text, "command-args") or "").strip()
    name = name.strip()
    label = name if name.startswith("/") else "/" + name
    return f"{label} {rest}".rstrip()


def shell_input(text: str) -> str | None:
    text = text.lstrip()
    command = _between(text, "bash-input") if text.startswith("<bash-input>") else None
    return None if command is None else command.strip()


def shell_output(text: str) -> str | None:
    if not text.lstrip().startswith(("<bash-stdout>", "<bash-stderr>")):
        return None
    parts: list[str] = []
    at = 0
    while begins := _OUTPUT_BEGINS.search(text, at):
        ends = _OUTPUT_ENDS.search(text, begins.end())
        if ends is None:
            break
        parts.append(text[begins.end() : ends.start()])
        at = ends.end()
    return "\n".join(part for part in parts if part)


def summary_of(text: str) -> str:
    """The summary itself, out of a PostCompact payload or out of the transcript's continuation message."""
    inner = _between(text, "summary")
    if inner is not None:
        return inner.strip()
    text = _without(text, "analysis")
    if text.startswith("This session is being continued"):
        _, found, rest = text.partition("Summary:\n")
        text = rest if found else text
        for ending in (
            "\n\nIf you need specific details from before compaction",
            "\n\nPlease continue the conversation",
        ):
            text = text.partition(ending)[0]
        text = _without(text, "system-reminder", blanks=True)
    return text.strip()


# With `re` these would try each tag that nothing closes against all that follows it.


def _between(text: str, tag: str) -> str | None:
    """What stands in the first `<tag>…</tag>`."""
    start = text.find(f"<{tag}>")
    begin = start + len(tag) + 2
    end = text.find(f"</{tag}>", begin) if start >= 0 else -1
    return None if end < 0 else text[begin:end]


def _without(text: str, tag: str, *, blanks: bool = False) -> str:
    """The text without each `<tag>…</tag>`, and without the blanks behind it."""
    parts: list[str] = []
    at = 0
    while (start := text.find(f"<{tag}>", at)) >= 0 and (end := text.find(f"</{tag}>", start)) >= 0:
        parts.append(text[at:start])
        at = end + len(tag) + 3
        while blanks and text[at : at + 1].isspace():
            at += 1
    return "".join([*parts, text[at:]])
