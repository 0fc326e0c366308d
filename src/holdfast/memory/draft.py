"""What a caller wants remembered, and the rules that it must keep."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, TypedDict
from uuid import UUID

from ..errors import Refused
from .kinds import KINDS, kind_of
from .memory import SCOPES, TRUSTS, Evidence, Origin, Scope, Trust

__all__ = ["BODY_LIMIT", "TITLE_LIMIT", "USUAL_IMPORTANCE", "Draft", "Revision", "checked", "clean_key", "title_of"]

BODY_LIMIT: Final = 1_400  # characters; five of these fit what a host passes on (claude-memory-mcp's bound)
TITLE_LIMIT: Final = 120
USUAL_IMPORTANCE: Final = 0.5
DERIVED_TITLE: Final = 80
_LOOKED_AT: Final = 400  # characters of a line that may become a title
LABEL_LIMIT: Final = 60
KEY_LIMIT: Final = 120
QUOTE_LIMIT: Final = 1_400
TAGS: Final = (32, 80)  # how many, how long
FILES: Final = (64, 1_024)
KEYWORDS: Final = (250, 80)  # as many as stand in the 500 characters that claude-memory-mcp takes
EVIDENCE: Final = 16
LINEAGE: Final = 64
FAR_TOO_LONG: Final = 20 * BODY_LIMIT  # not even looked at by the guard

_MARKER = re.compile(r"^(?:#{1,6}\s+|[-*+•>]\s+|\d{1,3}[.)]\s+)+")
_STANDS_FOR = re.compile(r"\[[^\[\]]*\]")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # control, direction


@dataclass(frozen=True, slots=True)
class Draft:
    """A memory to be.

    kind: one of KINDS or any other word, which is then kept as the label.
    title: at most 120 characters; made from the first line of the body when None.
    topic_key: a stable key (`bug/…`): saving with the same key revises the memory that has it.
    importance: from 0 to 1.
    origin: of a draft that a rule drew.
    sealed: the id of the record that holds what the body leaves out.
    keywords: other words by which it is to be found; searched, never shown.
    """

    body: str
    title: str | None = None
    kind: str = "note"
    label: str | None = None
    files: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    scope: Scope = "project"
    importance: float = USUAL_IMPORTANCE
    pinned: bool = False
    standing: bool = False
    topic_key: str | None = None
    trust: Trust = "agent"
    evidence: tuple[Evidence, ...] = ()
    origin: Origin | None = None
    sealed: UUID | None = None
    keywords: tuple[str, ...] = ()


class Revision(TypedDict, total=False):
    """The parts of a memory that can be written anew, as in a Draft; what is left out stays."""

    body: str
    title: str | None
    kind: str
    label: str | None
    files: tuple[str, ...]
    tags: tuple[str, ...]
    scope: Scope
    importance: float
    standing: bool
    topic_key: str | None
    trust: Trust
    evidence: tuple[Evidence, ...]
    sealed: UUID | None


def checked(draft: Draft, clean: Callable[[str], str]) -> Draft:
    """The draft as it may be stored: guarded by `clean`, tidied, within every limit, kind and label told apart.

    Raises Refused, naming the limit and never the content. Nothing is cut.
    """
    body = _body(draft.body, clean)
    title = title_of(body) if draft.title is None else _title(draft.title, clean) or title_of(body)
    kind, label = kind_of(draft.kind), draft.label
    if label is None and draft.kind not in KINDS:
        label = draft.kind
    _one_of("scope", draft.scope, SCOPES)
    _one_of("trust", draft.trust, TRUSTS)
    if draft.standing and draft.trust not in ("owner", "agent"):
        raise Refused(
            f"what comes from {draft.trust} cannot be a standing instruction",
            why="a standing instruction is given to every session without being searched for",
            fix="let the owner save it, or save it without `standing`",
        )
    if not (math.isfinite(draft.importance) and 0 <= draft.importance <= 1):
        raise Refused("importance lies between 0 and 1", fix="give a number such as 0.5")
    return replace(
        draft,
        body=body,
        title=title,
        kind=kind,
        label=_word("label", label, LABEL_LIMIT, clean),
        files=_list("files", draft.files, FILES, clean),
        tags=_list("tags", draft.tags, TAGS, clean),
        importance=float(draft.importance),
        topic_key=clean_key(draft.topic_key, clean),
        evidence=_evidence(draft.evidence, clean),
        origin=_origin(draft.origin, clean),
        keywords=_list("keywords", draft.keywords, KEYWORDS, clean),
    )


def clean_key(key: str | None, clean: Callable[[str], str]) -> str | None:
    """A topic key as it is stored; None when there is none. Raises Refused when it is too long."""
    return _word("topic key", key, KEY_LIMIT, clean)


def title_of(body: str) -> str:
    """A title from the first line of `body` that says something, at most 80 characters."""
    for line in body.splitlines():
        found = _one_line(_MARKER.sub("", line.strip()[:_LOOKED_AT]))
        if any(character.isalnum() for character in found):
            break
    else:
        found = _one_line(body[:_LOOKED_AT])
    if len(found) <= DERIVED_TITLE:
        return found
    start = found[: DERIVED_TITLE - 1]
    return (start.rpartition(" ")[0] or start).rstrip(" ,;:.-–—") + "…"


def _body(text: str, clean: Callable[[str], str]) -> str:
    if len(text) > FAR_TOO_LONG:
        raise _too_long("the body", len(text), BODY_LIMIT)
    body = clean(_storable(text)).strip()
    left = body if body == text.strip() else _STANDS_FOR.sub("", body).strip()  # without what was put in its place
    if not left:
        gone = bool(text.strip())
        raise Refused(
            "there is nothing to remember",
            why="nothing was left once private parts were taken out" if gone else "the body is empty",
            fix='say it in words: holdfast remember "we release on Fridays"',
        )
    if len(body) > BODY_LIMIT:
        raise _too_long("the body", len(body), BODY_LIMIT)
    return body


def _title(text: str, clean: Callable[[str], str]) -> str:
    if len(text) > FAR_TOO_LONG:
        raise _too_long("the title", len(text), TITLE_LIMIT)
    title = _one_line(clean(_storable(text)))
    if len(title) > TITLE_LIMIT:
        raise _too_long("the title", len(title), TITLE_LIMIT)
    return title


def _word(name: str, text: str | None, limit: int, clean: Callable[[str], str]) -> str | None:
    """A short text without blanks around it; None when nothing is left."""
    if text is None:
        return None
    if len(text) > FAR_TOO_LONG:
        raise _too_long(f"the {name}", len(text), limit)
    word = clean(_storable(text)).strip()
    if len(word) > limit:
        raise _too_long(f"the {name}", len(word), limit)
    return word or None


def _list(name: str, given: Iterable[str], bounds: tuple[int, int], clean: Callable[[str], str]) -> tuple[str, ...]:
    count, length = bounds
    found: dict[str, None] = {}
    for text in given:
        word = _word(f"longest of the {name}", text, length, clean)
        if word is not None:
            found[word] = None
        if len(found) > count:
            raise Refused(f"more than {count} {name}", fix=f"name the {count} that matter most")
    return tuple(found)


def _evidence(given: Iterable[Evidence], clean: Callable[[str], str]) -> tuple[Evidence, ...]:
    found: dict[Evidence, None] = {}
    for each in given:
        quote = _word("longest quote of the evidence", each.quote, QUOTE_LIMIT, clean)
        if quote is not None or each.event is not None:
            found[Evidence(each.event, quote)] = None
        if len(found) > EVIDENCE:
            raise Refused(f"more than {EVIDENCE} pieces of evidence", fix=f"name the {EVIDENCE} that matter most")
    return tuple(found)


def _origin(given: Origin | None, clean: Callable[[str], str]) -> Origin | None:
    if given is None:
        return None
    why = _word("reason", given.why, QUOTE_LIMIT, clean) or ""
    return Origin(given.rule, min(1.0, max(0.0, given.worth)), why, given.at, given.lineage[:LINEAGE])


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise Refused(f"no such {name}", why=f"a {name} is one of: {', '.join(allowed)}")


def _too_long(what: str, length: int, limit: int) -> Refused:
    return Refused(
        f"{what} has {length:,} characters; the limit is {limit:,}",
        why="a memory is given to agents whole, so it has to be short; nothing was saved and nothing cut off",
        fix="split it into several memories or shorten it",
    )


def _storable(text: str) -> str:
    """`text` without what UTF-8 cannot hold (lone surrogates)."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _one_line(text: str) -> str:
    """Blanks of every sort as single blanks; no control characters, nothing that turns the writing direction."""
    return " ".join(_UNSEEN.sub("", " ".join(text.split())).split())
