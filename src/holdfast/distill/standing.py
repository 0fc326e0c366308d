"""Standing instructions: what its owner says shall always hold ("always use tabs here").

Only text that a person typed in an attended session counts, and of it only prose: no code, no quotes, no pastes. A
host that does not mark pastes mixes them into the text, so a long text without marks is not looked at.
"""

import re
from typing import Final

__all__ = ["RULE", "standing_instructions"]

RULE: Final = "standing/1"
_MOST_LINES = 6  # of an unmarked text: a longer one may be a paste
_MOST_CHARACTERS = 600
_SENTENCE_LIMIT = 300
_BLOCKS = re.compile(
    r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|<pasted_content\b.*?(?:</pasted_content\b[^>]*>|\Z)",
    re.S,
)
_OPENING = re.compile(r"<(\w[\w-]*)\b[^<>]*>")
_CLOSING = re.compile(r"</(\w[\w-]*)>")
_MARKED = re.compile(r"<pasted_content\b")
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
    marked = _MARKED.search(text) is not None
    plain = _QUOTED.sub("", _without_elements(_BLOCKS.sub(" ", text)))
    if not marked and (len(plain) > _MOST_CHARACTERS or plain.strip().count("\n") >= _MOST_LINES):
        return []
    found: dict[str, None] = {}
    for sentence in _SENTENCE.split(plain):
        said = _LEAD.sub("", sentence.strip()).strip()
        if _STANDING.match(said) and not _OPEN.search(said) and len(said) <= _SENTENCE_LIMIT and " " in said:
            found[said] = None
    return list(found)


def _without_elements(text: str) -> str:
    """Without what stands in `<name>…</name>`. In time that grows with the text, whatever it is."""
    last = {match[1]: match.start() for match in _CLOSING.finditer(text)}
    parts, at = [], 0
    for match in _OPENING.finditer(text):
        if match.start() >= at and last.get(match[1], -1) >= match.end():
            parts += [text[at : match.start()], " "]
            closing = f"</{match[1]}>"
            at = text.index(closing, match.end()) + len(closing)
    return "".join([*parts, text[at:]])
