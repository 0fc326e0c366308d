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

_COMMAND = re.compile(r"<command-name>\s*(.*?)\s*</command-name>", re.S)
_ARGUMENTS = re.compile(r"<command-args>(.*?)</command-args>", re.S)
_SUMMARY = re.compile(r"<summary>(.*?)</summary>", re.S)
_ANALYSIS = re.compile(r"<analysis>.*?</analysis>", re.S)
_BASH_INPUT = re.compile(r"<bash-input>(.*?)</bash-input>", re.S)
_BASH_OUTPUT = re.compile(r"<bash-std(?:out|err)>(.*?)</bash-std(?:out|err)>", re.S)
_NOTIFICATION = re.compile(r"\s*<(?:task|agent|shell|bash)-notification>")  # older versions: agent-notification
_REMINDER = re.compile(r"<system-reminder>.*?</system-reminder>\s*", re.S)


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
    name = _COMMAND.search(text)
    if name is None:
        return None
    arguments = _ARGUMENTS.search(text)
    rest = arguments.group(1).strip() if arguments else ""
    label = name.group(1) if name.group(1).startswith("/") else "/" + name.group(1)
    return f"{label} {rest}".rstrip()


def shell_input(text: str) -> str | None:
    match = _BASH_INPUT.match(text.lstrip())
    return match.group(1).strip() if match else None


def shell_output(text: str) -> str | None:
    if not text.lstrip().startswith(("<bash-stdout>", "<bash-stderr>")):
        return None
    return "\n".join(part for part in _BASH_OUTPUT.findall(text) if part)


def summary_of(text: str) -> str:
    """The summary itself, out of a PostCompact payload or out of the transcript's continuation message."""
    inner = _SUMMARY.search(text)
    if inner:
        return inner.group(1).strip()
    text = _ANALYSIS.sub("", text)
    if text.startswith("This session is being continued"):
        _, found, rest = text.partition("Summary:\n")
        text = rest if found else text
        for ending in (
            "\n\nIf you need specific details from before compaction",
            "\n\nPlease continue the conversation",
        ):
            text = text.partition(ending)[0]
        text = _REMINDER.sub("", text)
    return text.strip()
