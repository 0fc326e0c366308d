"""Operations by which an agent tells of its session: that it begins or ends, what it came to, what was asked."""

from dataclasses import replace
from typing import Any, Final

from ..drawing import drawn_summary_id, said_summary_id
from ..errors import NotFound, Refused
from ..guard import clean, safe_name
from ..journal.events import Draft as Event
from ..journal.events import Hook, SessionFacts
from ..journal.taking import Session
from ..memory import BODY_LIMIT, Draft, Evidence, title_of
from .attribution import check_recorded, evidence_of, session_called
from .context import SESSION_LIMIT, Arguments, Context, Operation, Takes
from .memories import shown
from .sessions import sessions_shown

__all__ = ["OPERATIONS"]

HOST: Final = "mcp"  # of sessions that only their agent tells of


def _begin(context: Context, arguments: Arguments) -> Any:
    known = session_called(context, arguments["session"])
    session = _session(context, arguments)
    if known is None or known.host == HOST:
        draft = _event(arguments, "start", f"mcp-start:{arguments['session']}:{arguments['at'] // 2_000}")
        by = {"by": arguments["by"]} if known is None and "by" in arguments else {}
        context.capture.journal.take(session, [replace(draft, detail={"source": "startup", **by})])
    told = sessions_shown(context, number=session.number)[0]
    return {"session": told["name"], "known": known is not None, "project_label": told["project_label"]}


def _spoken(context: Context, arguments: Arguments) -> Any:
    """project, host: None of a session that is not known. by: the session whose agent registered it."""
    known = session_called(context, arguments["session"])
    if known is None:
        return {"host": None, "project": None, "project_label": None, "by": None}
    row = context.database.one("session_registered_by", session=known.number) if known.host == HOST else None
    told = sessions_shown(context, number=known.number)[0]
    project = None if known.project is None else context.capture.journal.projects.final(known.project)
    by = None if row is None else row[0]
    return {"host": known.host, "project": project, "project_label": told["project_label"], "by": by}


def _end(context: Context, arguments: Arguments) -> Any:
    known = session_called(context, arguments["session"])
    if known is None:
        raise NotFound(
            f"there is no session {safe_name(arguments['session'])!r}", fix="mem_session_start registers one"
        )
    told = {"session": safe_name(arguments["session"]), "ended_before": known.ended, "tracked": known.host != HOST}
    if known.host == HOST and not known.ended:
        session = context.capture.journal.session(replace(_facts(context, arguments), ended="told", alive=False))
        draft = _event(arguments, "end", f"mcp-end:{arguments['session']}:{arguments['at'] // 2_000}")
        context.capture.journal.take(session, [replace(draft, detail={"reason": "told"})])
    return told


def _summarise(context: Context, arguments: Arguments) -> Any:
    """again: it was said before. event: where the whole text is, when the memory is too short for it."""
    session, log = _session(context, arguments), context.log
    project = _project(context, arguments, session)
    name, text = arguments["session"], clean(arguments["body"], written=True).strip()
    evidence, body, event = evidence_of(context, arguments, project), text, None
    known = session_called(context, name)
    if len(text) > BODY_LIMIT or (known is not None and known.host == HOST):  # else nothing else tells of the session
        draft = replace(_event(arguments, "summary", f"mcp-summary:{name}:{text}"), text=text)
        taken = _taken(context, session, draft).event
        evidence = (*evidence, Evidence(taken))
    if len(text) > BODY_LIMIT:
        event, body = taken, _beginning(text)
    id, title = said_summary_id(name), f"Session: {title_of(_without_headings(body))}"
    told = {"event": event, "session": safe_name(name)}
    try:
        kept = log.get(id)
    except NotFound:
        first = Draft(body, title, "summary", trust="agent", importance=0.4, evidence=evidence)
        saved = log.remember(first, project, id=id)
        _forget_drawn(context, name)
        return {"memory": shown(context, saved.memory), "again": False, **told}
    if not kept.alive:
        raise Refused("the summary of this session was taken back by its owner", why="it is not kept again")
    saved = log.revise(id, body=body, title=title, evidence=evidence, whose="agent")
    return {"memory": shown(context, saved.memory), "again": True, **told}


def _forget_drawn(context: Context, session: str) -> None:
    """What a rule made of the session gives way to its agent's own words."""
    try:
        drawn = context.log.get(drawn_summary_id(session))
    except NotFound:
        return
    if drawn.alive and drawn.trust == "tool":
        context.log.forget(drawn.id)


def _prompt(context: Context, arguments: Arguments) -> Any:
    """An agent's report of what it was asked; a host that tells of prompts itself has told it already."""
    known = session_called(context, arguments["session"])
    session = _session(context, arguments)
    check_recorded(context, arguments, _project(context, arguments, session))
    text = clean(arguments["body"], written=True).strip()
    if not text:
        raise Refused("there is nothing to record", why="nothing was left once private parts were taken out")
    if known is not None and known.host != HOST:
        stored = context.database.known_text(text)
        row = None if stored is None else context.database.one("prompt_of_text", session=known.number, text=stored)
        if row is not None:
            return {"event": int(row[0]), "new": False}
    draft = _event(arguments, "prompt", f"mcp-prompt:{arguments['nonce']}")
    taken = _taken(context, session, replace(draft, text=text, detail={"told": True}))
    return {"event": taken.event, "new": taken.new}


def _capture(context: Context, arguments: Arguments) -> Any:
    """left_out: items beyond those that are kept at a time. looked: characters at the end that were looked at."""
    from ..distill.learnings import MOST, TAIL, learnings  # many patterns: not before a daemon answers

    project = context.project(arguments)
    evidence = evidence_of(context, arguments, project)
    tags = (arguments["source"],) if "source" in arguments else ()
    found = learnings(arguments["body"])
    numbers, new = [], 0
    for item in found[:MOST]:
        draft = Draft(item, kind="discovery", label="passive", tags=tags, trust="agent", evidence=evidence)
        saved = context.log.remember(draft, project)
        numbers.append(saved.memory.number)
        new += not saved.folded
    return {
        "extracted": len(numbers), "saved": new, "duplicates": len(numbers) - new, "numbers": numbers,
        "left_out": len(found) - len(numbers), "looked": min(TAIL, len(arguments["body"])),
    }  # fmt: skip


# -- the journal --


def _facts(context: Context, arguments: Arguments) -> SessionFacts:
    name = arguments["session"]
    known = session_called(context, name)
    if known is not None and known.host != HOST:
        return SessionFacts(known.host, name, arguments["at"])
    where = {} if arguments.get("project") else {"cwd": arguments.get("cwd") or None, "named": arguments.get("named")}
    return SessionFacts(HOST, name, arguments["at"], alive=True, attended=None, **where)


def _session(context: Context, arguments: Arguments) -> Session:
    """The session; one that no host tells of is of the project that its agent names first."""
    facts = _facts(context, arguments)
    session = context.capture.journal.session(facts)
    if session.project is None and facts.host == HOST and arguments.get("project"):
        context.database.run("place_session", id=session.number, project=context.project(arguments))
        session = context.capture.journal.session(facts)
    return session


def _project(context: Context, arguments: Arguments, session: Session) -> int:
    if arguments.get("project") or session.project is None:
        return context.project(arguments)
    return session.project


def _event(arguments: Arguments, kind: str, key: str) -> Event:
    seen = Hook(arguments.get("nonce") or "", arguments["at"])
    return Event(kind, arguments["at"], (key,), seen, arguments["session"], trust="agent")


def _taken(context: Context, session: Session, draft: Event) -> Any:
    taken = context.capture.journal.take(session, [draft])
    if not taken:
        raise Refused("nothing is recorded of this session now", fix="the user can look: holdfast status")
    return taken[0]


def _beginning(text: str) -> str:
    """Whole lines from the start of a text, within what a memory holds."""
    start = text[: BODY_LIMIT - 2]
    end = start.rfind("\n")
    return (start[:end] if end > BODY_LIMIT // 2 else start.rpartition(" ")[0] or start).rstrip() + "\n…"


def _without_headings(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#")) or text


_SESSION: Final = Takes(
    str, "the host's name for a session; one that is not known is made", needed=True, long=SESSION_LIMIT
)
_NONCE: Final = Takes(str, "the same when a call is sent again", needed=True)

OPERATIONS = (
    Operation(
        "session.begin", "register a session that no host tells of", _begin,
        {"session": _SESSION, "by": Takes(str, "the session, by its host's name, whose agent registers it")},
        before=Context.look,
    ),
    Operation(
        "session.spoken", "of which project a session is, and whose agent registered it", _spoken,
        {"session": Takes(str, "the host's name for a session", needed=True)}, apart=True,
    ),
    Operation("session.end", "mark such a session as ended", _end, {"session": _SESSION}, before=Context.look),
    Operation(
        "session.summarise", "keep what the agent says that its session came to", _summarise,
        {"session": _SESSION, "body": Takes(str, "the summary", needed=True)}, before=Context.look,
    ),
    Operation(
        "session.prompt", "record what was asked, as the agent tells it", _prompt,
        {"session": _SESSION, "body": Takes(str, "the prompt", needed=True), "nonce": _NONCE}, before=Context.look,
    ),
    Operation(
        "learnings.capture", "keep what a text lists under a heading of learnings", _capture,
        {"session": _SESSION, "body": Takes(str, "the text", needed=True),
         "source": Takes(str, "who listed them, for a tag")},
        before=Context.look,
    ),
)  # fmt: skip
