"""Our own injected text, taken out of what comes back from a host, so that nothing recalled is remembered again."""

import re

__all__ = ["REMOVED", "strip_own"]

_OPENING = re.compile(
    r"(?:^|(?<=additional context: )|(?<=additional context:))[ \t]{0,16}\[holdfast ([0-9a-f]{16,128})\]",
    re.MULTILINE,
)
_LABEL = re.compile(r"[A-Za-z]{1,40}(?::[A-Za-z_-]{1,40})? hook additional context:[ \t]{0,4}\Z")
_LONGEST = 8_000  # characters; no pack of ours is longer
REMOVED = "[holdfast text removed]"
_WRAPPER = "<system-reminder>"
_WRAPPER_END = "</system-reminder>"


def strip_own(text: str) -> str:
    """The text without the fences that holdfast put there, from `[holdfast <mark>]` to `[/holdfast <mark>]`.

    A fence that the host cut, so that its end is missing, hides what follows it as far as a pack reaches, and leaves
    `REMOVED` in its place: anybody can write the beginning of one. A host's wrapper (a hook's label, reminder tags)
    that held nothing else goes as well. A text without a fence is returned as it is.
    """
    if "[holdfast " not in text:
        return text
    parts: list[str] = []
    at = 0
    while found := _OPENING.search(text, at):
        closing = f"[/holdfast {found.group(1)}]"
        end = text.find(closing, found.end())
        before = text[at : found.start()]
        after = min(len(text), found.start() + _LONGEST) if end < 0 else end + len(closing)
        before = _LABEL.sub("", before)
        rest = before.rstrip()
        if rest.endswith(_WRAPPER):
            inner = after
            while inner < len(text) and text[inner].isspace():
                inner += 1
            if inner == len(text) or text.startswith(_WRAPPER_END, inner):
                before = rest.removesuffix(_WRAPPER)
                after = min(len(text), inner + len(_WRAPPER_END))
        if end >= 0 and (not before.strip() or before.endswith("\n")):
            while after < len(text) and text[after] == "\n":
                after += 1
        parts.append(before if end >= 0 else before + REMOVED)
        at = after
    if not parts:
        return text
    parts.append(text[at:])
    return "".join(parts)
