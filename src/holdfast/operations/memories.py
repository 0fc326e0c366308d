"""Operations that write memories, and what happened to one."""

import contextlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from ..clock import day
from ..drawing import said_summary_id
from ..errors import Refused, UsageError
from ..guard import find, hide_private
from ..ids import derived
from ..memory import (
    SCOPES,
    SENSITIVE,
    Draft,
    Memory,
    Revision,
    Saved,
    Step,
    kept,
    title_of,
    unnamed,
    untitled,
)
from ..safe import LIMIT, Hidden, hide
from ..store.log import Undone
from .attribution import evidence_of
from .context import NOWHERE, SESSION_LIMIT, Arguments, Context, Operation, Takes, whose
from .projects import withheld
from .reach import of_project, refuse_changing_elsewhere, refuse_reading_elsewhere, refuse_writing_elsewhere
from .relating import detected, pair, related, ties

__all__ = ["OPERATIONS", "REF", "shown", "shown_all", "step_shown"]

REF = Takes(str, "a memory: its number (12 or #12), its id, or the first 8 digits or more of that", needed=True)


def shown(context: Context, memory: Memory) -> dict[str, Any]:
    """A memory as every surface shows it (JSON-ready)."""
    return shown_all(context, [memory])[0]


def shown_all(context: Context, memories: Sequence[Memory]) -> list[dict[str, Any]]:
    """Memories as every surface shows them (JSON-ready). Times are Unix ms."""
    numbers = sorted({memory.project for memory in memories if memory.project is not None})
    sealed = context.safe.among([memory.number for memory in memories])
    labels: dict[Any, str] = (
        dict(context.database.all("shown_project_labels", numbers=json.dumps(numbers))) if numbers else {}
    )
    related_to = ties(context, [memory.number for memory in memories])
    return [
        {
            "number": memory.number,
            "id": str(memory.id),
            "project": memory.project,
            "project_label": labels.get(memory.project),
            "kind": memory.kind,
            "label": memory.label,
            "title": memory.title,
            "body": memory.body,
            "files": list(memory.files),
            "tags": list(memory.tags),
            "scope": memory.scope,
            "importance": memory.importance,
            "pinned": memory.pinned,
            "standing": memory.standing,
            "topic_key": memory.topic_key,
            "trust": memory.trust,
            "alive": memory.alive,
            "erased": memory.erased,
            "created": memory.created,
            "revised": memory.revised,
            "revision": memory.revision,
            "repeats": memory.repeats,
            "sealed": memory.number in sealed,
            **related_to.get(memory.number, {"relations": [], "more_relations": 0}),
        }
        for memory in memories
    ]


def _saved(context: Context, saved: Saved) -> dict[str, Any]:
    return {
        "memory": shown(context, saved.memory),
        "folded": saved.folded,
        "change": None if saved.change is None else str(saved.change),
    }


def _look(context: Context, arguments: Arguments) -> None:
    """Look at the caller's folders; have the key at hand when something is to be sealed."""
    context.look(arguments)
    _check_sealed(arguments)
    if arguments.get("sensitive") or (arguments.get("seal") and _found(arguments)):
        context.unlock(make=True)


def _unlock_again(context: Context, arguments: Arguments) -> None:
    """Have the key at hand if there is one: whether it is needed shows when the memory is looked at."""
    context.look(arguments)
    if "body" in arguments:
        _check_sealed(arguments)
        with contextlib.suppress(Refused):
            context.unlock(make=bool(arguments.get("sensitive") or (arguments.get("seal") and _found(arguments))))


def _check_sealed(arguments: Arguments) -> None:
    """Raises Refused where something was to be sealed and there is nothing: it must not pass for kept sealed."""
    if arguments.get("must_seal") and not arguments.get("sensitive") and not _found(arguments):
        raise Refused(
            "no secret was recognised in it, so nothing was sealed, and nothing was kept",
            why="--seal seals what the rules know as a secret; the rest is kept in clear",
            fix="--sensitive seals all of it; without either it is kept in clear",
        )


def _found(arguments: Arguments) -> bool:
    return len(arguments["body"]) <= LIMIT and bool(find(hide_private(arguments["body"], written=True)))


def _keep(context: Context, arguments: Arguments, hidden: Hidden, saved: Saved) -> dict[str, Any]:
    """Seal what was hidden; what the caller is told of it."""
    if hidden.original is not None and not saved.folded:
        actor = arguments.get("actor") or whose(arguments)
        context.safe.keep(saved.memory.id, hidden, actor=actor, at=arguments["at"])
    return {"sealed": hidden.original is not None, "secrets": list(hidden.kinds)}


def _remember(context: Context, arguments: Arguments) -> Any:
    draft = Draft(
        body=arguments["body"],
        title=arguments.get("title"),
        kind=arguments.get("kind") or "note",
        files=tuple(arguments.get("files") or ()),
        tags=tuple(arguments.get("tags") or ()),
        scope=arguments.get("scope") or "project",
        importance=arguments.get("importance", 0.5),
        pinned=bool(arguments.get("pinned")),
        standing=bool(arguments.get("standing")),
        topic_key=arguments.get("topic_key"),
        trust=whose(arguments),
        keywords=tuple(arguments.get("keywords") or ()),
    )
    of_project = draft.scope != "personal"
    number = context.project(arguments) if of_project else context.project_if_any(arguments)
    if "session" in arguments:
        draft = replace(draft, evidence=evidence_of(context, arguments, number or NOWHERE))
    # What is sent again under its nonce is the same memory; a topic key says itself which that is.
    again = derived("said", arguments["nonce"]) if "nonce" in arguments and draft.topic_key is None else None
    hidden = hide(draft, sensitive=bool(arguments.get("sensitive")), seal=bool(arguments.get("seal")))
    if hidden.draft.body == SENSITIVE and not (draft.title or "").strip():
        hidden = replace(hidden, draft=replace(hidden.draft, title=untitled(day(arguments["at"]))))
    saved = context.log.remember(hidden.draft, number, id=again)
    if draft.topic_key is not None and saved.memory.revision > 1:
        refuse_writing_elsewhere(context, arguments, saved.memory)
    told = _keep(context, arguments, hidden, saved)
    found = {}
    if arguments.get("detect"):
        is_new = not saved.folded or saved.memory.id == again  # also when it is sent again
        found = detected(context, saved.memory if is_new else None)
    return {
        **_saved(context, saved),
        **told,
        **found,
        "withheld": withheld(context, arguments, number) if of_project and number else None,
        "unrecorded": withheld(context, arguments, number, "capture") if of_project and number else None,
    }


def _refuse_elsewhere(context: Context, undone: Undone, arguments: Arguments) -> None:
    """Who takes back "the latest change" does not mean one in another project. Refused, it is not taken back."""
    family = context.family(context.place(arguments))
    for memory in _written_by(context, undone):
        if family is None or of_project(memory) in (None, *family):
            continue
        about = f"#{memory.number} ({memory.title})" if undone.relation is None else undone.relation.judgment_id
        raise Refused(
            "the latest change is one in another project",
            why=f"it is the {undone.cause} of {about} in {shown(context, memory)['project_label']}",
            fix=f"to take it back all the same: holdfast undo {str(undone.undone)[:18]}",
        )


def _written_by(context: Context, undone: Undone) -> list[Memory]:
    """The memories that the undone change was about: one, or the two of a verdict."""
    if undone.relation is not None:
        return pair(context, undone.relation)
    return [] if undone.memory is None else [undone.memory]


_PLAIN = ("body", "title", "kind", "importance", "scope", "standing", "topic_key")


def _revise(context: Context, arguments: Arguments) -> Any:
    _within(context, arguments)
    _refuse_summary(context, arguments)
    fields = Revision()
    for name in _PLAIN:
        if name in arguments:
            fields[name] = arguments[name]  # type: ignore[literal-required]
    if "files" in arguments:
        fields["files"] = tuple(arguments["files"])
    if "tags" in arguments:
        fields["tags"] = tuple(arguments["tags"])
    if "topic_key" in fields and not fields["topic_key"]:
        fields["topic_key"] = None
    hidden = _hidden(context, arguments, fields)
    saved = context.log.revise(arguments["ref"], whose=whose(arguments), **fields)
    told = {"sealed": context.safe.has(saved.memory.id), "secrets": []}
    if hidden is not None:
        told = _keep(context, arguments, hidden, saved)
    return {**_saved(context, saved), **told}


def _refuse_summary(context: Context, arguments: Arguments) -> None:
    """Raises Refused where an agent would write anew, as any note, what the next session starts with."""
    memory = context.log.get(arguments["ref"])
    if whose(arguments) == "owner" or memory.kind != "summary":
        return
    if any(said_summary_id(str(name)) == memory.id for (name,) in context.database.all("session_names")):
        raise Refused(
            f"memory #{memory.number} is what the agent of a session said that it came to",
            why="the next session starts with it, so its own agent alone says it anew",
            fix="mem_session_summary does, from that session; save what else is to be said as a note of its own",
        )


def _hidden(context: Context, arguments: Arguments, fields: Revision) -> Hidden | None:
    """What a revision hides, put into its fields; None when it leaves the body alone.

    What was sensitive as a whole stays so, and where something was sealed, secrets in the new body are, too.
    """
    memory = context.log.get(arguments["ref"])
    if "body" not in fields or kept(fields["body"]) == kept(memory.body):
        if arguments.get("sensitive"):
            raise UsageError("what is to be sensitive?", fix="give the body with it")
        if "body" in fields:  # written again as it is: whose word it is may change
            fields["body"] = kept(memory.body)
        return None
    sensitive = arguments.get("sensitive", kept(memory.body) == SENSITIVE)
    seal = arguments.get("seal", context.safe.has(memory.id))
    hidden = hide(_given(fields), sensitive=sensitive, seal=seal)
    fields["body"], fields["sealed"] = hidden.draft.body, hidden.draft.sealed
    for name in ("title", "kind", "tags", "files", "topic_key"):
        if name in fields:
            fields[name] = getattr(hidden.draft, name)
    made = memory.title == title_of(memory.body) or unnamed(memory.title, memory.body)
    if made and not fields.get("title"):
        fields["title"] = untitled(day(arguments["at"])) if fields["body"] == SENSITIVE else None
    return hidden


def _given(fields: Revision) -> Draft:
    return Draft(
        body=fields["body"], title=fields.get("title"), kind=fields.get("kind", "note"), tags=fields.get("tags", ()),
        files=fields.get("files", ()), topic_key=fields.get("topic_key"),
    )  # fmt: skip


def _within(context: Context, arguments: Arguments) -> str:
    """The memory that is meant. Raises Refused when it is beyond the caller's reach."""
    ref: str = arguments["ref"]
    refuse_writing_elsewhere(context, arguments, context.log.get(ref))
    return ref


def _forget(context: Context, arguments: Arguments) -> Any:
    return _saved(context, context.log.forget(_within(context, arguments), whose=whose(arguments)))


def _bring_back(context: Context, arguments: Arguments) -> Any:
    return _saved(context, context.log.restore(_within(context, arguments), whose=whose(arguments)))


def _pin(context: Context, arguments: Arguments) -> Any:
    return _saved(context, context.log.pin(_within(context, arguments), whose=whose(arguments)))


def _unpin(context: Context, arguments: Arguments) -> Any:
    return _saved(context, context.log.unpin(_within(context, arguments), whose=whose(arguments)))


def _undo(context: Context, arguments: Arguments) -> Any:
    undone = context.log.undo(arguments.get("change"), memory=arguments.get("ref"), whose=whose(arguments))
    project = None
    if undone.entity_kind == "project":
        row = context.database.one("shown_project_with_id", uuid=undone.entity.bytes)
        project = None if row is None else {"number": row[0], "label": row[1], "ignored": bool(row[2])}
    if "cwd" in arguments and not arguments.keys() & {"change", "ref"}:
        _refuse_elsewhere(context, undone, arguments)
    refuse_writing_elsewhere(context, arguments, *_written_by(context, undone))
    if project is not None:
        refuse_changing_elsewhere(context, arguments, f"the {undone.cause}", int(project["number"]))
    return {
        "change": _hex(undone.change),
        "undone": str(undone.undone),
        "cause": undone.cause,
        "at": undone.at,
        "entity_kind": undone.entity_kind,
        "entity": str(undone.entity),
        "reverted": list(undone.reverted),
        "later": [
            {"register": each.register, "change": str(each.change), "cause": each.cause, "at": each.at}
            for each in undone.later
        ],
        "memory": None if undone.memory is None else shown(context, undone.memory),
        "relation": None if undone.relation is None else related(undone.relation),
        "project": project,
    }


def _history(context: Context, arguments: Arguments) -> Any:
    memory = context.log.get(arguments["ref"])
    refuse_reading_elsewhere(context, arguments, f"memory #{memory.number}", of_project(memory))
    return {
        "memory": shown(context, memory),
        "steps": [step_shown(step) for step in context.log.history(arguments["ref"])],
    }


def step_shown(step: Step) -> dict[str, Any]:
    """A change as every surface shows it (JSON-ready)."""
    return {
        "change": str(step.change),
        "at": step.at,
        "device": str(step.device),
        "cause": step.cause,
        "subject": _hex(step.subject),
        "edits": [{"name": edit.name, "before": edit.before, "after": edit.after} for edit in step.edits],
        "holds": step.holds,
        "undone_by": _hex(step.undone_by),
        "erased": step.erased,
    }


def _hex(uuid: UUID | None) -> str | None:
    return None if uuid is None else str(uuid)


_PARTS = {
    "title": Takes(str, "a title; made from the first line when it is missing"),
    "kind": Takes(str, "decision, bugfix, discovery, preference, fact, … or a word of one's own"),
    "files": Takes(list, "the files that it speaks of"),
    "tags": Takes(list, "tags"),
    "scope": Takes(str, "project, personal (all my projects), or team", among=SCOPES),
    "importance": Takes(float, "from 0 to 1", least=0, most=1),
    "standing": Takes(bool, "it always holds: given without being searched for"),
    "topic_key": Takes(str, "a stable key: saving under it again revises the memory"),
}
_ONE = {"ref": REF}

_SEALING = {
    "sensitive": Takes(bool, "keep none of the body but sealed, to be asked for with secret.get"),
    "seal": Takes(bool, "keep the body sealed, too, when a secret is found in it"),
    "must_seal": Takes(bool, "keep nothing when no secret is found in it"),
    "actor": Takes(str, "who asks, for the audit"),
}

OPERATIONS = (
    Operation(
        "remember", "keep a memory", _remember,
        {"body": Takes(str, "the text, at most 1,400 characters", needed=True, private=True), **_PARTS,
         "pinned": Takes(bool, "keep it at hand"),
         "keywords": Takes(list, "other words to find it by; searched, never shown", private=True),
         "detect": Takes(bool, "look for memories that may disagree with it, which then wait for a verdict"),
         "session": Takes(str, "of an agent's own word: the session, by its host's name for it", long=SESSION_LIMIT),
         "nonce": Takes(str, "the same when a call is sent again, so that nothing is kept twice"),
         **_SEALING},
        before=_look,
    ),
    Operation(
        "revise", "write parts of a memory anew", _revise,
        {"ref": REF, "body": Takes(str, "the text, at most 1,400 characters", private=True), **_PARTS, **_SEALING},
        before=_unlock_again,
    ),
    Operation("forget", "take a memory out of everything that is served", _forget, _ONE, before=Context.look),
    Operation("unforget", "bring a forgotten memory back", _bring_back, _ONE, before=Context.look),
    Operation("pin", "keep a memory at hand", _pin, _ONE, before=Context.look),
    Operation("unpin", "let it go again", _unpin, _ONE, before=Context.look),
    Operation(
        "undo", "take back a change: the latest, one by its id, or the latest of a memory", _undo,
        {"change": Takes(str, "a change: its id, or the first 8 digits or more of that"),
         "ref": Takes(str, REF.help)},
        before=Context.look,
    ),
    Operation("history", "what happened to a memory", _history, {"ref": REF}, apart=True),
)  # fmt: skip
