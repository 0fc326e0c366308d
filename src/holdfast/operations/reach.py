"""How far an agent reaches: it writes to the notes of the project that it works in, and to personal ones; it reads
those of another project when it names that one. A person, and who calls from no folder (HTTP), names what he means."""

from ..errors import Refused
from ..memory import Memory
from .context import Arguments, Context, whose

__all__ = ["of_project", "refuse_changing_elsewhere", "refuse_reading_elsewhere", "refuse_writing_elsewhere"]


def refuse_writing_elsewhere(context: Context, arguments: Arguments, *memories: Memory) -> None:
    """Raises Refused when an agent would write to memories of a project that it does not work in."""
    for memory in memories:
        refuse_changing_elsewhere(context, arguments, f"memory #{memory.number}", of_project(memory))


def refuse_changing_elsewhere(context: Context, arguments: Arguments, what: str, project: int | None) -> None:
    """Raises Refused when an agent would change what is kept of a project that it does not work in."""
    if whose(arguments) == "owner" or "cwd" not in arguments:
        return
    if project is None or project in _own(context, arguments):
        return
    raise Refused(
        f"{what} belongs to the project {_label(context, project)}",
        why="an agent writes to the notes of the project that it works in, and to no others",
        fix="ask the user to do it, or save what concerns this project as a note here",
    )


def refuse_reading_elsewhere(context: Context, arguments: Arguments, what: str, project: int | None) -> None:
    """Raises Refused when an agent would read what is kept of another project without having named it.

    What is asked for without a trust, its owner asks for.
    """
    if arguments.get("trust", "owner") == "owner" or "cwd" not in arguments or arguments.get("all_projects"):
        return
    if project is None or project in _own(context, arguments):
        return
    if arguments.get("project") and project in context.log.family(context.project_named(arguments["project"])):
        return
    label = _label(context, project)
    raise Refused(
        f"{what} belongs to the project {label}", why="what is kept elsewhere is read when its project is named",
        fix=f"give `project`: {label}",
    )  # fmt: skip


def of_project(memory: Memory) -> int | None:
    """The project that a memory is kept from others for; None of what is personal."""
    return None if memory.scope == "personal" else memory.project


def _own(context: Context, arguments: Arguments) -> set[int]:
    """The projects that a call may be about: those of its folders; where none is a project's, the one that it names."""
    found: set[int] = set()
    folders = context.folders(arguments)
    for each in folders:
        number = context.capture.journal.projects.find(each)
        if number is not None:
            found.update(context.log.family(number))
    if arguments.get("project") and not any(each.specific for each in folders):
        found.update(context.log.family(context.project_named(arguments["project"])))
    return found


def _label(context: Context, project: int) -> str:
    row = context.database.one("project_row", id=project)
    return str(project) if row is None else str(row[2])
