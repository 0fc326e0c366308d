"""Operations that find memories and what was said, and show one whole."""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from ..errors import NotFound, UsageError
from ..hosts.claude_code.payload import HOST
from ..memory import KINDS, SENSITIVE, TRUSTS, Memory, is_kind, kept, kind_of
from ..recall.find import THRESHOLD, Found, find
from ..recall.query import Question
from ..recall.rank import RANKING
from ..store.database import Row
from ..store.supersession import instead
from .context import NOWHERE, Arguments, Context, Operation, Takes
from .memories import shown, shown_all
from .reach import of_project, refuse_reading_elsewhere
from .sessions import SESSION, event_number, event_shown, session_named, sessions_shown, turn

__all__ = ["OPERATIONS"]

_EVENT = re.compile(r"[eE]\d{1,18}")
_WORD = re.compile(r"\w+")
_PIECE = re.compile(r"[^\W_]+(?:[_\-./'][^\W_]+)*")
_EXCERPT: Final = 160  # characters
_MANY = 1_000  # hits that are looked through when a kind is asked for


def _search(context: Context, arguments: Arguments) -> Any:
    words = arguments["words"]
    if not words.strip():
        raise UsageError("search for what?", fix="holdfast search WORDS")
    limit = arguments.get("limit", 10)
    place = _place(context, arguments)
    only, label = arguments.get("only"), arguments.get("type")
    kinds, labels = _kinds([*(arguments.get("kinds") or ()), *([label] if label else ())])
    if only == "turns" and (kinds or labels or "as_of" in arguments):
        raise UsageError(
            "--turns goes with neither --kind nor --as-of",
            why="these two ask for memories",
            fix="leave one of them out",
        )
    if "as_of" in arguments:
        return _as_of(context, arguments, place, kinds, labels)
    chosen = bool(kinds or labels)
    wanted = ("memory", "turn") if only is None and not chosen else ("turn",) if only == "turns" else ("memory",)
    question = Question.of(words, prefix=True)
    found = find(
        context.database, question, family=context.family(place), types=wanted, now=arguments["at"],
        limit=_MANY if chosen else limit + 1, without_session=_asking(context, arguments),
    )  # fmt: skip
    if chosen:
        memories = context.log.many([each.number for each in found])
        called = {each.number for each in memories if _called(each, kinds, labels)}
        found = [each for each in found if each.number in called]
    found = _superseded_last(context, found)
    more, found = len(found) > limit, found[:limit]  # how many more would cost as much as finding them
    answer = {"hits": _hits(context, found, question, bool(arguments.get("explain"))), "more": more}
    return {**answer, "explained": _explained(question)} if arguments.get("explain") else answer


def _place(context: Context, arguments: Arguments) -> int | None:
    """The project that is looked in; for what is personal none need be."""
    return NOWHERE if arguments.get("personal") else context.place(arguments)


def _superseded_last(context: Context, found: Sequence[Found]) -> list[Found]:
    """What was found, with what a verdict has superseded worth less."""
    gone = instead(context.database, (each.number for each in found if each.type == "memory"))
    weighed = [
        replace(each, relevance=each.relevance * RANKING.outdated, parts={**each.parts, "superseded": RANKING.outdated})
        if each.type == "memory" and each.number in gone and "outdated" not in each.parts
        else each
        for each in found
    ]
    return sorted(weighed, key=lambda each: -each.relevance)


def _hits(context: Context, found: Iterable[Found], question: Question, explain: bool) -> list[dict[str, Any]]:
    """Hits as they are answered, with all that is told of the memory or of the turn's session."""
    found = list(found)
    memories = context.log.many([each.number for each in found if each.type == "memory"])
    details = {each["number"]: each for each in shown_all(context, memories)}
    sessions = json.dumps([each.session for each in found if each.type == "turn"])
    names: dict[int | None, str] = dict(context.database.all("shown_session_names", numbers=sessions))
    asked = {term.word.casefold() for term in question.terms} | {term.text for term in question.terms}
    hits = []
    for each in found:
        said: dict[str, Any] = {
            "type": each.type, "title": each.title, "snippet": _excerpt(each.body, asked), "at": each.at,
            "score": round(each.relevance, 4),
        }  # fmt: skip
        if explain:
            said["parts"] = dict(each.parts)
        if each.type == "memory":
            if each.number in details:
                hits.append({**said, "memory": details[each.number]})
        else:
            told = {"session": names[each.session], "kind": each.kind, "project": each.project}
            hits.append({**said, "event": each.number, **told})
    return hits


def _explained(question: Question) -> dict[str, Any]:
    """What was made of the words: those asked for, those left out, and from where on a hit is put into a pack."""
    return {
        "words": list(dict.fromkeys(term.word for term in question.terms)),
        "dropped": list(question.dropped),
        "threshold": THRESHOLD,
    }


def _excerpt(text: str, words: Collection[str]) -> str:
    """At most 160 characters of `text` on one line, from shortly before the first of `words` in it."""
    line = " ".join(text.split())
    if len(line) <= _EXCERPT:
        return line
    at = next((match.start() for match in _PIECE.finditer(line) if match.group().casefold() in words), 0)
    start = max(0, min(at - 40, len(line) - _EXCERPT + 1))
    if start:
        start = line.find(" ", start, at) + 1 or start
    cut = line[start : start + _EXCERPT - 2].rstrip()
    return ("…" if start else "") + cut + ("…" if start + len(cut) < len(line) else "")


def _as_of(
    context: Context, arguments: Arguments, place: int | None, kinds: list[str], labels: list[str]
) -> dict[str, Any]:
    """Memories as they were, by how many of the words they hold: the index knows only the present."""
    asked = {word.casefold() for word in _WORD.findall(arguments["words"])}
    family = context.family(place)
    found: list[tuple[int, Memory]] = []
    for memory in context.log.as_of(arguments["as_of"]):
        elsewhere = family is not None and memory.scope != "personal" and memory.project not in family
        of_another_kind = bool(kinds or labels) and not _called(memory, kinds, labels)
        if elsewhere or of_another_kind or memory.trust == "quarantined":
            continue
        held = {word.casefold() for word in _WORD.findall(f"{memory.title} {memory.body}")}
        if fitting := len(asked & held):
            found.append((fitting, memory))
    found.sort(key=lambda each: (-each[0], -each[1].revised))
    best = found[: arguments.get("limit", 10)]
    hits = [
        {
            "type": "memory",
            "title": each["title"],
            "snippet": _excerpt(each["body"], asked),
            "at": each["revised"],
            "score": float(fitting),
            "memory": each,
        }
        for (fitting, _), each in zip(best, shown_all(context, [memory for _, memory in best]), strict=True)
    ]  # fmt: skip
    return {"hits": hits, "more": len(found) - len(best)}


def _recent(context: Context, arguments: Arguments) -> Any:
    place, forgotten = _place(context, arguments), bool(arguments.get("forgotten"))
    kinds, labels = _kinds(arguments.get("kinds") or ())
    if not labels:
        kinds = kinds or [kind for kind in KINDS if kind != "summary"]  # what sessions did, `sessions` shows better
    asked: dict[str, Any] = {"kinds": kinds, "labels": labels, "include_dead": forgotten}
    found = context.log.recent(place, limit=arguments.get("limit", 20), **asked)
    more = context.log.count(place, **asked) - len(found)
    return {"memories": shown_all(context, found), "more": more}


def _of_source(context: Context, arguments: Arguments) -> Any:
    """What is meant, so that one can be asked whether to forget it: a session's wherever it was kept, else of a
    place."""
    session, source, since = (arguments.get(name) for name in ("session", "source", "since"))
    if session is None and source is None and since is None:
        raise UsageError("which memories?", fix="say the session, the source, or since when")
    everywhere = session is not None and not arguments.get("project")
    rows = context.database.all(
        "shown_memories_of", source=source, since=since,
        session=None if session is None else session_named(context, arguments)["number"],
        family=None if everywhere else context.family_json(context.place(arguments)),
        alive=not arguments.get("forgotten"),
    )  # fmt: skip
    return {"memories": [{"number": row[0], "title": row[1], "derived": bool(row[2])} for row in rows]}


def _show(context: Context, arguments: Arguments) -> Any:
    ref = arguments["ref"].strip()
    if _EVENT.fullmatch(ref):
        row = context.database.one("shown_event", id=event_number(ref))
        if row is not None:
            session = sessions_shown(context, number=row[12])[0]
            refuse_reading_elsewhere(context, arguments, f"event {ref}", session["project"])
            return {
                **event_shown(row),
                "type": "event",
                "session": session,
                "seen": _sightings(context, row),
                "turn": turn(context, row) if arguments.get("evidence") else None,
            }
        if len(ref) < 8:  # else it may begin a memory's id
            raise NotFound(f"there is no event {ref}", fix="see `holdfast timeline`")
    memory = context.log.get(ref)
    refuse_reading_elsewhere(context, arguments, f"memory #{memory.number}", of_project(memory))
    return {
        **shown(context, memory),
        "type": "memory",
        "drawn": _drawn(context, memory),
        "extent": _extent(context, memory),
        "evidence": [
            _evidence(context, each.event, each.quote, whole=bool(arguments.get("evidence")))
            for each in memory.evidence
        ],
    }


def _extent(context: Context, memory: Memory) -> dict[str, Any] | None:
    """How much of it is sealed: all, or the secrets of these kinds; None when nothing is."""
    row = context.database.one("sealed_extent", memory=memory.id.bytes)
    if row is None:
        return None
    return {"whole": kept(memory.body) == SENSITIVE, "bytes": row[0], "kinds": json.loads(row[1])}


def _drawn(context: Context, memory: Memory) -> dict[str, Any] | None:
    """How a rule came to draw it; None of what somebody wrote."""
    origin = context.log.origin(memory)
    if origin is None:
        return None
    lineage = [context.log.get(each).number for each in origin.lineage]
    return {"rule": origin.rule, "worth": origin.worth, "why": origin.why, "at": origin.at, "lineage": lineage}


def _evidence(context: Context, event: int | None, quote: str | None, *, whole: bool) -> dict[str, Any]:
    row = None if event is None else context.database.one("shown_event", id=event)
    if row is None:
        return {"event": event, "quote": quote}
    told = {
        "event": event,
        "quote": quote,
        "kind": row[1],
        "at": row[2],
        "session": sessions_shown(context, number=row[12])[0],
        "seen": _sightings(context, row),
    }
    return {**told, "turn": turn(context, row)} if whole else told


def _sightings(context: Context, event: Row) -> list[dict[str, Any]]:
    """Where an event (a row of `shown_event`) was seen: {"hook": Unix ms}, or {"file", "start", "stop", "sha256"}
    (bytes); {"imported": True} when that is not said here, since another store told of it."""
    found: list[dict[str, Any]] = []
    for file, path, start, stop, sha256 in context.database.all("shown_sightings", event=event[0]):
        if file == 0:
            found.append({"hook": start})
        else:
            found.append({"file": path, "start": start, "stop": stop, "sha256": sha256.hex() if sha256 else None})
    if not found and event[10] in ("imported", "quarantined"):
        found.append({"imported": True})
    return found


def _called(memory: Memory, kinds: Collection[str], labels: Collection[str]) -> bool:
    return memory.kind in kinds or (memory.label or "").casefold() in labels


def _kinds(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """The kinds among these words, and the others: what was saved under such a word is found by it."""
    names = list(names)
    return [kind_of(each) for each in names if is_kind(each)], [
        each.strip().casefold() for each in names if not is_kind(each)
    ]


def _asking(context: Context, arguments: Arguments) -> int | None:
    """The session that asks, whose own words it has before it; None when it is not known."""
    row = context.database.one("session_by_name", host=HOST, name=arguments.get("without_session") or "")
    return None if row is None else int(row[0])


_LIMIT = Takes(int, "how many at the most", least=1, most=1_000)
_KINDS = Takes(list, "only memories of these kinds, or saved under these words")
_PERSONAL = Takes(bool, "only what is for all projects")

OPERATIONS = (
    Operation(
        "search", "memories and what was said, by words; the best first", _search,
        {"words": Takes(str, "what to look for", needed=True), "limit": _LIMIT, "kinds": _KINDS,
         "type": Takes(str, "only memories of this kind; of a word that is none, those saved under that word"),
         "only": Takes(str, "one sort of hits", among=("memories", "turns")), "personal": _PERSONAL,
         "without_session": Takes(str, "the host's name of the session that asks: its own turns are left out"),
         "as_of": Takes(int, "memories as they were at a moment, Unix ms", least=0, most=1 << 45),
         "explain": Takes(bool, "with what made up each hit's score, and what was made of the words")},
        apart=True,
    ),
    Operation(
        "recent", "memories, the latest written first", _recent,
        {"limit": _LIMIT, "kinds": _KINDS, "personal": _PERSONAL,
         "forgotten": Takes(bool, "the forgotten ones too")},
        apart=True,
    ),
    Operation(
        "forget.preview", "the memories that came from a session or a source, or since a time", _of_source,
        {"session": SESSION, "source": Takes(str, "whose word they are", among=TRUSTS),
         "since": Takes(int, "kept since, Unix ms"), "forgotten": Takes(bool, "those that are forgotten already")},
        apart=True,
    ),
    Operation(
        "show", "one memory or event whole, with where it came from", _show,
        {"ref": Takes(str, "a memory (12, #12, an id) or an event (e345)", needed=True),
         "evidence": Takes(bool, "with the turn around it")},
        apart=True,
    ),
)  # fmt: skip
