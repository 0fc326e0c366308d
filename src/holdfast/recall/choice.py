"""What of all that fits a prompt is given with it: each thing once, the telling first, and why not the rest."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..clock import day
from ..guard import one_line
from ..memory import Trust
from .find import THRESHOLD, Found
from .pack import Item, LeftOut, note
from .query import Question

__all__ = ["Known", "choose", "whose_instead"]

_TURNS: Final = 2  # things said in earlier sessions, in one pack
_FOREIGN: Final = 2  # notes that nobody here wrote (imported, from tools), in one pack
_HERE: Final[tuple[Trust, ...]] = ("owner", "agent")  # who wrote what was written here
_FLOOD: Final = 20  # notes of one source that crowd out no others
_OF_ONE: Final = 3  # notes of one session's agent, before those of others
_QUOTE: Final = 280  # characters of a thing said
_TELLING: Final = 40  # characters under which a thing said tells nothing
_ITSELF: Final = 0.2  # what a thing said must say by itself, beside those around it
_ECHO: Final = 0.8  # share of a thing's words that stand in the prompt, from which it only repeats it
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a session and of what was found.

    given: ref -> revision of what stands in its context. here: memories and turns that came from its own words.
    withdrawn: those with words of which a memory was made that was taken back.
    files, cites, sessions, more: of a memory, the files it names, the events it cites, the sessions it came from, and
    what is to be said of it beside.
    """

    prompt: str = ""
    given: Mapping[int | str, int] = field(default_factory=dict)
    here: frozenset[int | str] = frozenset()
    withdrawn: frozenset[int | str] = frozenset()
    files: Mapping[int, Sequence[str]] = field(default_factory=dict)
    cites: Mapping[int, frozenset[int]] = field(default_factory=dict)
    sessions: Mapping[int, frozenset[int]] = field(default_factory=dict)
    more: Mapping[int, str] = field(default_factory=dict)


def choose(found: Sequence[Found], question: Question, known: Known) -> tuple[list[Item], list[LeftOut]]:
    """The items to be given, and the others with the reason; the best first, what sums up a session last."""
    chosen: list[tuple[Found, Item]] = []
    left: list[LeftOut] = []
    asked = _words(known.prompt)
    for each in sorted(found, key=_telling):
        item = _item(each, question, known)
        reason = _against(each, item, known, asked) or _beside(each, known, [other for other, _ in chosen])
        if reason:
            left.append(LeftOut(item, reason))
        else:
            chosen.append((each, item))
    chosen.sort(key=lambda pair: (_sums_up(pair[0]), -pair[0].relevance))
    crowding = _crowding([each for each, _ in chosen], known)
    chosen.sort(key=lambda pair: pair[1].ref in crowding)
    left.sort(key=lambda each: -each.item.relevance)
    return [item for _, item in chosen], left


def _telling(each: Found) -> int:
    """What is looked at first: notes, then answers; a summary stands for what was asked in its session."""
    if each.type == "memory":
        return 2 if _sums_up(each) else 0
    return 3 if each.kind == "prompt" else 1


def _against(each: Found, item: Item, known: Known, asked: frozenset[str]) -> str:
    """Why something is not given, whatever else is."""
    if each.relevance < THRESHOLD:
        return f"below the threshold ({each.relevance:.2f} < {THRESHOLD:.2f})"
    if item.ref in known.given and known.given[item.ref] >= item.revision:
        return "given before"
    if item.ref in known.here:
        return "said in this session"
    if item.ref in known.withdrawn:
        return "a note that came from it was forgotten, erased or quarantined"
    if each.type == "memory":
        return ""
    if len(each.body.strip()) < _TELLING or each.parts.get("lexical", 0.0) < _ITSELF:
        return "it tells nothing by itself"
    words = _words(each.body)
    return "it only repeats the prompt" if len(words & asked) >= _ECHO * len(words) else ""


def _beside(each: Found, known: Known, chosen: Sequence[Found]) -> str:
    """Why something is not given beside what is given already."""
    memories = [other for other in chosen if other.type == "memory"]
    if each.type == "turn":
        if any(each.number in known.cites.get(other.number, ()) for other in memories):
            return "a note that came from it is given"
        summed_up = [other for other in memories if _sums_up(other)]
        if any(each.session in known.sessions.get(other.number, ()) for other in summed_up):
            return "what its session did is given"
        if len(chosen) - len(memories) >= _TURNS:
            return f"{_TURNS} things said are the most"
    if _sums_up(each):
        sessions = known.sessions.get(each.number, frozenset())
        theirs = {session for other in memories for session in known.sessions.get(other.number, ())}
        if sessions & (theirs | {other.session for other in chosen}):
            return "something else of that session is given"
    foreign = sum(other.trust not in _HERE for other in chosen)
    if each.trust not in _HERE and foreign >= _FOREIGN:
        return f"{_FOREIGN} notes of foreign origin are the most"
    return ""


def whose_instead(found: Sequence[Found], known: Known) -> tuple[Trust, ...]:
    """Whose notes have to be asked for by themselves, since those of one source take most of the places; else ()."""
    notes = [each for each in found if each.type == "memory"]
    most = max(_FLOOD, len(notes) / 2)
    if sum(each.trust not in _HERE for each in notes) > most:
        return _HERE
    noted = Counter(
        session for each in notes if each.trust == "agent" for session in known.sessions.get(each.number, (None,))
    )
    return ("owner",) if any(count > most for count in noted.values()) else ()


def _crowding(best: Sequence[Found], known: Known) -> set[int]:
    """The notes that come after all others: those that nobody here wrote, however well they fit, and of an agent that
    saved many in one session, which it may have been talked into, what is beyond a few."""
    noted: Counter[int | None] = Counter()
    found = set()
    for each in best:
        if each.type == "memory" and each.trust not in _HERE:
            found.add(each.number)
        elif each.type == "memory" and each.trust == "agent" and not _sums_up(each):
            sessions: Iterable[int | None] = known.sessions.get(each.number) or (None,)
            if any(noted[session] >= _OF_ONE for session in sessions):
                found.add(each.number)
            noted.update(sessions)
    return found


def _sums_up(each: Found) -> bool:
    return each.type == "memory" and each.kind == "summary"


def _words(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _WORD.findall(text[:20_000]))


def _item(found: Found, question: Question, known: Known) -> Item:
    if found.type == "memory":
        text = note(
            found.number, kind=found.kind, title=found.title, body=found.body, trust=found.trust, at=found.at,
            files=known.files.get(found.number, ()), more=known.more.get(found.number, ""),
        )  # fmt: skip
        why = "sums up" if found.kind == "summary" else ""
        return Item(found.number, found.revision, "relevant", text, found.body, True, found.relevance, found.parts, why)
    quote = one_line(_passage(found.body, {term.text for term in question.terms}), _QUOTE)
    said = "asked" if found.kind == "prompt" else "said by an agent"
    said = "said by the user" if found.trust == "owner" else said
    said = f"imported, {said}" if found.trust == "imported" else said
    text = f"- e{found.number} “{quote}” ({said} in session s{found.session}, {day(found.at)})"
    return Item(f"e{found.number}", 1, "relevant", text, relevance=found.relevance, parts=found.parts)


def _passage(text: str, words: set[str]) -> str:
    """The sentences of a text that hold most of the words, from the best one on."""
    if len(text) <= _QUOTE:
        return text
    sentences = [each for each in _SENTENCE.split(text[:20_000]) if each.strip()]
    held = [sum(word in each.casefold() for word in words) for each in sentences]
    best = max(range(len(sentences)), key=lambda nth: (held[nth], -nth), default=0)
    return ("… " if best else "") + " ".join(sentences[best : best + 6])
