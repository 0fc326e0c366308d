"""Standing instructions: what its owner says shall always hold ("always use tabs here").

Only text that a person typed in an attended session counts, and of it only prose: no code, no quotes, no pastes. A
host that does not mark pastes mixes them into the text, so what is long without its marked pastes is not looked at.
"""

import re
from typing import Final

__all__ = ["RULE", "standing_instructions"]

RULE: Final = "standing/1"
_MOST_LINES = 6  # of a text without its marked pastes: a longer one may be a paste
_MOST_CHARACTERS = 600
_SENTENCE_LIMIT = 300
_PASTE = re.compile(r"<pasted_content\b([^<>]{0,200}>)?")
_CODE_OR_TAG = re.compile(r"```|~~~|<(\w[\w-]*)")
_CLOSING = re.compile(r"</(\w[\w-]*)>")
_QUOTED = re.compile(r"^[ \t]*(?:>|\||\+|[-*]\s*\[).*$", re.M)
_SENTENCE = re.compile(r"(?<=[.!;])\s+|\n+|,\s+(?=and (?:always|never|from now on)\b)", re.I)
_LEAD = re.compile(r"^(?:(?:and|also|ok(?:ay)?|so|please|note|hint|btw|by the way|one more thing)[\s,:]+)+", re.I)
# What follows tells what was or is ("never worked", "always fails", "never mind"), and not what to do.
_TOLD = r"""(?!-|\ mind\b|\ (?:is|are|am|was|were|has|had|been|did|does|found|thought|knew|saw|got|went|came
  |made|took|said|told|seen|heard)\b|\ (?!embed\b)[a-z]+(?:[^\Wsu]s|[^\We]ed)\b)"""
_STANDING = re.compile(
    rf"""^(?:
        always\b{_TOLD} | never\b{_TOLD} | from\ now\ on\b(?!,?\ (?:it|this|that|they|there)\b)
      | (?:please\s+)?(?:don'?t|do\ not)\s+ever\b
      | in\ this\ (?:repo|repository|project|code\s?base)[\s,:]+
        (?:(?:we\ )?(?:always|never)\b{_TOLD}|we\ (?:use|don'?t)\b)
      | we\ (?:always|never)\b{_TOLD}
      | remember(?:\ that|:)\s
    )""",
    re.I | re.X,
)
_OPEN = re.compile(r"\?\s*$")  # a question instructs nobody


def standing_instructions(text: str) -> list[str]:
    """The sentences of `text` that say what shall always hold, in order, each at most 300 characters."""
    plain = _QUOTED.sub("", _without_blocks(_without_pastes(text)))
    if len(plain) > _MOST_CHARACTERS or plain.strip().count("\n") >= _MOST_LINES:
        return []
    found: dict[str, None] = {}
    for sentence in _SENTENCE.split(plain):
        said = _LEAD.sub("", sentence.strip()).strip()
        if _STANDING.match(said) and not _OPEN.search(said) and len(said) <= _SENTENCE_LIMIT and " " in said:
            found[said] = None
    return list(found)


def _without_pastes(text: str) -> str:
    """Without what is marked as pasted. Only the host's own mark ends it: that repeats the id of its beginning, which
    whoever wrote the pasted text could not know. Of marks without an id the last one does."""
    parts: list[str] = []
    at = 0
    while begins := _PASTE.search(text, at):
        parts.append(text[at : begins.start()])
        closing = f"</pasted_content{begins[1]}"
        named = begins[1] is not None and begins[1].strip() != ">"
        end = text.find(closing, begins.end()) if named else text.rfind("</pasted_content>", begins.end())
        if end < 0:
            return " ".join(parts)
        at = end + len(closing) if named else end + len("</pasted_content>")
    return " ".join([*parts, text[at:]])


def _without_blocks(text: str) -> str:
    """Without code, and without what stands between a tag and the last one that closes it: one before may have been
    written to look like the end. In time that grows with the text, whatever it is."""
    last = {found[1]: found.end() for found in _CLOSING.finditer(text)}
    parts: list[str] = []
    at = look = 0
    while found := _CODE_OR_TAG.search(text, look):
        look = found.end()
        if found[1] is None:
            end = text.find(found[0], look)
            stop = len(text) if end < 0 else end + len(found[0])
        else:
            stop = last.get(found[1], 0)
        if stop > look:
            parts.append(text[at : found.start()])
            at = look = stop
    return " ".join([*parts, text[at:]])
