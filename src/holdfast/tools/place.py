"""Which project a call is about: the one it names, else that of the folder the host tells; never all by accident."""

from collections.abc import Mapping
from typing import Any

from ..errors import HoldfastError, NotFound, Refused
from ..operations.telling import HOST as AGENTS_OWN
from .call import Call

__all__ = ["ProjectUnclear", "here", "known_by", "place", "place_named"]


class ProjectUnclear(HoldfastError):
    """A project must be said. fields: what programs read (engram's `error_code` and `available_projects`)."""

    code = "usage"

    def __init__(self, kind: str, what: str, available: list[str], *, why: str = "", fix: str = "") -> None:
        known = f"projects: {', '.join(available) or 'none yet'}"
        super().__init__(what, why=f"{why}; {known}" if why else known, fix=fix)
        self.fields: dict[str, Any] = {"error_code": kind, "available_projects": available}


async def place(call: Call, session: str = "") -> dict[str, Any]:
    """The arguments by which operations know the project; where the host tells none, that of a session which its agent
    registered. Raises ProjectUnclear."""
    named = str(call.get("project") or "").strip()
    if named:
        return await _named(call, named)
    if call.get("all_projects"):
        return {"all_projects": True}
    if call.hints.named or call.get("scope") == "personal":  # what is personal stands beside every project
        return {}
    if len(call.hints.folders) > 1:
        if of_session := await _of_session(call, session):
            return of_session
        labels = [(await here(call, folder))["label"] for folder in call.hints.folders]
        raise ProjectUnclear(
            "ambiguous_project", "which project?", labels, why="the host has several folders open", fix="give `project`"
        )
    found = await here(call)
    if found["specific"]:
        return {}
    if of_session := await _of_session(call, session):
        return of_session
    raise ProjectUnclear(
        "unknown_project", "which project?", await _available(call),
        why=f"{found['folder']} is shared by all users of this machine, so it is no project"
        if found["source"] == "none"
        else f"the host tells no project's folder ({found['folder'] or 'none at all'})",
        fix="give `project`; or scope personal for what holds everywhere, all_projects to search everywhere",
    )  # fmt: skip


async def place_named(call: Call) -> dict[str, Any]:
    """The project that a call names, for what is asked of one note; nothing when it names none."""
    return await place(call) if call.get("project") else {}


async def known_by(call: Call, where: Mapping[str, Any]) -> dict[str, Any]:
    """What engram puts around a reply: which project it is about, how that is known, and the folder that says so."""
    if "project" in where:
        label = (await call.ask("projects.show", **where))["label"]
        return _told(label, "explicit" if call.get("project") else "session", None)
    it = await call.ask("projects.current", **where)
    source = "explicit" if call.get("project") else it["source"]
    return _told(it["label"] if it["specific"] else None, source, it["folder"] or None)


def _told(project: str | None, source: str, path: str | None) -> dict[str, Any]:
    return {"project": project, "project_source": source, "project_path": path}


async def _named(call: Call, named: str) -> dict[str, Any]:
    try:
        return {"project": str((await call.ask("projects.show", project=named))["number"])}
    except NotFound:
        for folder in call.hints.folders:  # nothing was kept of it yet
            if (await here(call, folder))["label"].casefold() == named.casefold():
                return {"cwd": folder}
        raise ProjectUnclear(
            "unknown_project", f"no project is called {named!r:.60}", await _available(call),
            fix="leave `project` out for that of this folder",
        ) from None  # fmt: skip


async def _of_session(call: Call, name: str) -> dict[str, Any]:
    try:
        told = await call.ask("session.spoken", session=name) if name else None
    except Refused:  # nothing of it is to be kept
        return {}
    if told is None or told["host"] != AGENTS_OWN or told["project"] is None:
        return {}
    return {"project": str(told["project"])}


async def here(call: Call, folder: str | None = None) -> dict[str, Any]:
    """The project of a folder, else of the call's own, and how it is known."""
    where = {} if folder is None else {"cwd": folder}
    found: dict[str, Any] = await call.ask("projects.current", **where)
    return found


async def _available(call: Call) -> list[str]:
    return [each["label"] for each in (await call.ask("projects.list"))["projects"]][:30]
