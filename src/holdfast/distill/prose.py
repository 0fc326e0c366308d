"""Reading what people and agents write: sentences of prose, and whether one of them can stand alone."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from ..memory import FILLERS
from .confided import without_confided
from .event import Happened, gist

__all__ = [
    "lasting",
    "mentions",
    "paragraphs",
    "request",
    "request_of",
    "spoken",
    "stands_alone",
    "typed",
    "without_blocks",
    "without_pastes",
]

_MOST_LINES = 6  # of a text without its marked pastes: a longer one may be a paste
_MOST_CHARACTERS = 600
_REQUEST: Final = 20_000  # characters of what was asked that are looked at
_HEAD, _TAIL = 8_000, 12_000  # characters of what an agent said that are looked at
_PASTE = re.compile(r"<pasted_content\b([^<>]{0,200}>)?")
_CODE_OR_TAG = re.compile(r"```|~~~|<(\w[\w-]*)")
_CLOSING = re.compile(r"</(\w[\w-]*)>")
_QUOTED = re.compile(r"^[ \t]*(?:>|\||\+|[-*]\s*\[).*$", re.M)
# A quotation of more than one sentence, or one that nobody closed: its sentences are somebody else's.
_QUOTATION = re.compile(
    r"""“[^”]*(?:”|\Z)|«[^»]*(?:»|\Z)|„[^“”]*(?:[“”]|\Z)|(?<!\w)"[^"]*(?:"|\Z)
      |(?<!\w)'(?=\w)(?:[^']|(?<=\w)'(?=\w))*(?:'|\Z)""",
    re.X,
)
_SENTENCE = re.compile(r"(?<=[.!;?])\s+|\n+|,\s+(?=and (?:always|never|from now on)\b)", re.I)
_LEAD = re.compile(
    r"^(?:(?:and|also|but|ok(?:ay)?|so|no(?=,)|wait|actually|please|note|hint|btw|by the way|one more thing)[\s,:]+)+",
    re.I,
)
_WITHHELD = re.compile(r"^(?:\[private\]\s*)+")  # what the owner marked as private before it
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_OWN_LIST = re.compile(
    r"""^(?:(?:and|also|please|ok|so|some|two|three|four|a\ few|my|our|the|these|here\ are|follow|general|new)\s+)*
    (?:remember|notes?|rules?|conventions?|guidelines?|preferences|requirements|from\ now\ on|going\ forward
      |in\ (?:this|the|our)\ (?:repo|repository|project|code\s?base)|things?\ to\ (?:remember|keep\ in\ mind)
      |for\ (?:this\ project|the\ future))\b[^.!?]{0,60}:$""",
    re.I | re.X,
)


@lru_cache(maxsize=256)  # each rule asks for the same text
def typed(text: str) -> tuple[str, ...]:
    """The sentences of what a person typed, in order: no code, no quotes, no pastes.

    None of a long text: where a host does not mark pastes, it may be one. Only a list under words of its owner
    ("rules: …") counts as theirs; what follows another line with a colon is what somebody or something said.
    """
    plain = _QUOTED.sub("", without_blocks(without_pastes(text)))
    if len(plain) > _MOST_CHARACTERS or plain.strip().count("\n") >= _MOST_LINES:
        return ()
    if any(mark in plain for mark in "“«„\"'"):
        plain = _QUOTATION.sub(_short_quotation, plain)
    found = []
    for sentence in _SENTENCE.split(_own(plain)):
        said = _LEAD.sub("", _WITHHELD.sub("", sentence.strip())).strip()
        if said:
            found.append(said)
    return tuple(found)


def _short_quotation(found: re.Match[str]) -> str:
    said = found[0]
    closed = len(said) > 1 and said[-1] in "”»“\"'"
    return said if closed and not re.search(r"[.!?;]\s|\n", said) else " "


def _own(plain: str) -> str:
    """Without what stands under a line that ends in a colon, to the next empty line; bullets off the owner's lists."""
    kept: list[str] = []
    state = ""  # "told": under another's colon; "begun": right after it; "own": in a list of the owner's
    for line in plain.split("\n"):
        stripped = line.strip()
        if not stripped:
            state = "begun" if state == "begun" else ""
        elif state in ("told", "begun"):
            state = "told"
            continue
        elif stripped.endswith(":"):
            state = "own" if _OWN_LIST.match(stripped) else "begun"
        kept.append(_BULLET.sub("", line) if state == "own" else line)
    return "\n".join(kept)


_AGENT_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*\"“])")


def spoken(text: str) -> list[str]:
    """The sentences of what an agent said, in order, without code blocks; of a long text beginning and end."""
    if len(text) > _HEAD + _TAIL:
        text = text[:_HEAD] + "\n" + text[-_TAIL:]
    found: list[str] = []
    for line in without_blocks(text).split("\n"):
        line = line.strip()
        if line and not line.startswith((">", "|", "#")):
            found += _AGENT_SENTENCE.split(_BULLET.sub("", line))
    return found


def paragraphs(text: str) -> list[tuple[str, str]]:
    """(heading, the prose line that follows it) of what an agent said; a line all in bold is a heading, too."""
    if len(text) > _HEAD + _TAIL:
        text = text[:_HEAD] + "\n" + text[-_TAIL:]
    found = []
    heading = ""
    for line in without_blocks(text).split("\n"):
        line = line.strip()
        if line.startswith("#") or (line.startswith("**") and line.rstrip(":").endswith("**") and len(line) < 120):
            heading = line
        elif line and heading:
            if not line.startswith(("|", ">", "-", "*  ", "1.")):
                found.append((heading, " ".join(_AGENT_SENTENCE.split(line)[:2])))
            heading = ""
    return found


def request_of(turn: Sequence[Happened]) -> tuple[str, int] | None:
    """What a turn was asked, in short, and the number of that event; None of no more than a word of assent."""
    asked = next((each for each in turn if each.asks), None)
    if asked is None:
        return None
    plain = " ".join(without_confided(without_blocks(without_pastes(asked.text or "")[:_REQUEST])).split())
    return (gist(plain, 160), asked.number) if len(plain) >= 25 else None


def request(text: str, limit: int) -> str:
    """What a prompt asks, on one line: without what was pasted, and code unless there is nothing else; "" when nothing
    of it may be told."""
    asked = without_pastes(text)[:_REQUEST]
    said = gist(without_confided(without_blocks(asked)), limit) or gist(without_confided(asked), limit)
    return said or ("(only a pasted text)" if text.strip() and not asked.strip() else "")


_POINTING = re.compile(
    r"""\b(?:(?:do|does|did|done|doing|try|fix|make|call|name)\ (?:it|this|that|so|them)|like\ (?:this|that|so)
      |(?:this|that)\ way|as\ (?:above|below|before|i\ said|shown)|above|below
      |the\ (?:following|former|latter|other\ one|same(?=\W*$|[.,;)]|\ (?:as|thing|here|way|for)\b))|(?:first|second
      |third|last|other|previous|next)\ (?:one|option|approach)
      |option\ \w\b|approach\ [a-z0-9]\b)\b""",
    re.I | re.X,
)
_PRONOUN: Final = frozenset(
    (
        "it",
        "its",
        "they",
        "them",
        "their",
        "he",
        "him",
        "his",
        "she",
        "her",
        "this",
        "that",
        "these",
        "those",
        "one",
        "ones",
    )
)
_HERE: Final = frozenset(
    """repo repository project codebase code-base monorepo package module workspace machine team company organization
    app application service library site computer laptop environment account""".split()  # noqa: SIM905
)
# After these, "that" points at a thing; after others it joins two clauses ("remember that", "files that are …").
_TAKES_THAT: Final = frozenset(
    """use using in on for with to of from at do run call push keep like than over edit change touch remove add and or
    by about into put after before delete write without""".split()  # noqa: SIM905
)
# Words that name no thing which a pronoun after them could mean.
_NO_THING: Final = _TAKES_THAT | frozenset(
    """always never must should don't not remember now going forward future have need prefer like want decided said told
    commit merge check test format when whenever every time whoever""".split()  # noqa: SIM905
)
_WORD = re.compile(r"[\w'’./@:+#-]+")


# A thing of which there are many, with nothing that says which.
_WHICH = re.compile(
    r"""\bthe\ (?:test|function|file|button|value|error|output|message|method|class|line|bug|issue|problem|change|plan
      |script|page|option|part|thing|step|ticket|task|field|column|variable|endpoint|component)\b
      (?!\ (?:of|for|in|that|which|called|named|from|with|at|`)|['-])""",
    re.I | re.X,
)


def stands_alone(sentence: str, *, after: int = 3, strict: bool = False) -> bool:
    """Whether a sentence can be understood without what stood before it: nothing in it points at what is not in it.

    after: how many words of substance must precede a pronoun, so that one of them may be what it means.
    strict: whether "the file" points at one, too, when nothing says which.
    """
    if _POINTING.search(sentence) or (strict and _WHICH.search(sentence)):
        return False
    words = _WORD.findall(sentence)
    substance = 0
    for nth, word in enumerate(words):
        plain = word.casefold().strip(".:'’-")
        if plain in _PRONOUN:
            following = words[nth + 1].casefold().strip(".:'’-") if nth + 1 < len(words) else ""
            if plain == "this" and following in _HERE:
                continue
            if plain == "it" and following in ("when", "if", "that"):  # stands for what follows
                continue
            if plain == "that" and following and nth and words[nth - 1].casefold() not in _TAKES_THAT:
                continue
            if plain == "one" and nth and words[nth - 1].casefold() in ("at", "only", "exactly", "least", "most"):
                continue
            if substance < after:
                return False
        elif plain not in FILLERS and plain not in _NO_THING:
            substance += 1
    return True


_PASSING = re.compile(
    r"""\b(?:for\ now|(?<!from\ )(?:right\ )?now(?!\ on)|this\ time|today|tonight|tomorrow|yesterday|at\ the\ moment|yet
      |currently|for\ the\ moment|temporarily|just\ (?:do|show|tell|plan|validate|check|explain|this)
      |(?:for|in|on|to)\ (?:this|that)\ (?:pr|pull\ request|task|commit|branch|function|file|test|change|session
      |issue|ticket
      |case|step|page|class|method|one|component|plan|feature)|don'?t\ (?:fix|change|implement|touch
      |do)\ anything)\b""",
    re.I | re.X,
)


def mentions(text: str, words: Sequence[str]) -> bool:
    """Whether one of these, given in lower case, stands in the first 20,000 characters of a text: in a tenth of the
    time that a pattern takes which looks at no case."""
    low = text[:20_000].lower()
    return any(word in low for word in words)


def lasting(sentence: str) -> bool:
    """Whether a sentence is not about this moment or this task only."""
    return _PASSING.search(sentence) is None


def without_pastes(text: str) -> str:
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


def without_blocks(text: str) -> str:
    """Without code, and without what stands between a tag and the last one that closes it: one before may have been
    written to look like the end. In time that grows with the text, whatever it is."""
    if "<" not in text and "```" not in text and "~~~" not in text:
        return text
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
