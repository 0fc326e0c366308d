"""Operations on projects."""

import json
from typing import Any
from uuid import UUID

from ..errors import NotFound
from ..journal.policy import POLICY_FILE, read_policy
from ..store.database import Row
from .context import NAME_LIMIT, Arguments, Context, Operation, Takes, no_project

__all__ = ["OPERATIONS", "withheld"]


def _list(context: Context, arguments: Arguments) -> Any:
    found = [_shown(row) for row in context.database.all("shown_projects", id=None)]
    if not arguments.get("merged"):
        found = [each for each in found if each["merged_into"] is None]
    return {"projects": found}


def _show(context: Context, arguments: Arguments) -> Any:
    number = context.place(arguments)
    found = {} if not number else _one(context, number)
    if not found and (said := no_project(context.where(arguments))):
        raise NotFound(f"{said} are kept and given here", fix="see `holdfast projects list`")
    if not found:
        raise NotFound("nothing was heard of this folder yet", fix="see `holdfast projects list`")
    merged = [{"number": row[0], "label": row[1]} for row in context.database.all("shown_merged_projects", id=number)]
    return {**found, "merged": merged}


def _current(context: Context, arguments: Arguments) -> Any:
    """The project of the caller's folder, also one that nothing was kept of yet.

    source: by what it is known (name, remote, git, path; "none": it is none); specific: whether the folder is that of
        one project.
    """
    found = context.where(arguments)
    source = found.key.partition(":")[0] or "none"
    number = context.capture.journal.projects.find(found)
    row = None if number is None else context.database.one("project_row", id=number)
    return {
        "label": found.label if row is None else row[2],
        "number": number,
        "source": source,
        "folder": found.folder,
        "specific": found.specific,
    }


def _one(context: Context, number: int) -> dict[str, Any]:
    row = context.database.one("shown_projects", id=number)
    return {} if row is None else _shown(row)


def _shown(row: Row) -> dict[str, Any]:
    number, uuid, label, merged_into, ignored, created, heard, memories, sessions, keys = row
    return {
        "number": number,
        "id": str(UUID(bytes=bytes(uuid))),
        "label": label,
        "merged_into": merged_into,
        "ignored": bool(ignored),
        "created": created,
        "heard": heard,
        "memories": memories,
        "sessions": sessions,
        "keys": json.loads(keys),
    }


def _answer(context: Context, number: int, change: UUID | None) -> dict[str, Any]:
    return {"project": _one(context, number), "change": None if change is None else str(change)}


def _rename(context: Context, arguments: Arguments) -> Any:
    number = context.project(arguments)
    return _answer(context, number, context.log.projects.rename(number, arguments["label"]))


def _merge(context: Context, arguments: Arguments) -> Any:
    number, into = context.project(arguments), context.project_named(arguments["into"])
    change = context.log.projects.merge(number, into)
    return {**_answer(context, number, change), "into": _one(context, into)}


def _ignore(context: Context, arguments: Arguments) -> Any:
    number = context.project(arguments)
    return _answer(context, number, context.log.projects.ignore(number, True))


def _unignore(context: Context, arguments: Arguments) -> Any:
    number = context.project(arguments)
    return _answer(context, number, context.log.projects.ignore(number, False))


def withheld(context: Context, arguments: Arguments, number: int, what: str = "inject") -> dict[str, str] | None:
    """Why the sessions of a project are given nothing (`inject`), or not recorded (`capture`): {"why", "fix"}.

    It is ignored, or a `.holdfast` says so: that of the caller's folder, unless a project was named. None when neither.
    """
    row = context.database.one("project_row", id=number)
    if row is not None and row[4]:
        return {"why": f"the project {row[2]} is ignored", "fix": f"holdfast projects unignore {number}"}
    checkout = None if arguments.get("project") else context.where(arguments).checkout
    if checkout is None or getattr(read_policy(checkout.root), what):
        return None
    file = checkout.root / POLICY_FILE
    return {"why": f"{file} says {what} = false", "fix": "take that line away, if you want notes here"}


OPERATIONS = (
    Operation(
        "projects.list", "all projects, the one heard last first", _list,
        {"merged": Takes(bool, "those merged into others too")}, apart=True,
    ),
    Operation("projects.show", "one project", _show, apart=True),
    Operation("projects.current", "which project the caller's folder is, and how that is known", _current, apart=True),
    Operation(
        "projects.rename", "give a project another label", _rename,
        {"label": Takes(str, "the new label, at most 120 characters", needed=True)},
        before=Context.look,
    ),
    Operation(
        "projects.merge", "treat a project as a part of another", _merge,
        {"into": Takes(str, "the project that takes it in: a label or number", needed=True, long=NAME_LIMIT)},
        before=Context.look,
    ),
    Operation("projects.ignore", "keep nothing of a project from now on", _ignore, before=Context.look),
    Operation("projects.unignore", "keep what happens in it again", _unignore, before=Context.look),
)  # fmt: skip
