"""Operations by which the import command hands over what it read of transcripts."""

import contextlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..drawing import load
from ..errors import UsageError
from ..hosts.claude_code.payload import HOST
from ..journal.tail import Batch
from ..store.database import Database
from .context import Arguments, Context, Operation, Takes

__all__ = ["OPERATIONS"]


def _position(context: Context, arguments: Arguments) -> Any:
    return asdict(context.capture.tails.position(HOST, Path(arguments["path"])))


def _refused(context: Context, arguments: Arguments) -> None:
    context.capture.tails.drop(Path(arguments["path"]))


def _read(context: Context, _: Arguments) -> Any:
    """How far each transcript was read, in bytes."""
    return {"files": dict(context.database.all("files_read", host=HOST))}


def _take(context: Context, arguments: Arguments) -> Any:
    """How many events were new, and where to read on: elsewhere than behind the batch when another took some."""
    new = context.capture.batch(arguments["batch"])
    reached = context.capture.tails.reached(arguments["batch"].position.file)
    return {"new": new, "position": reached and asdict(reached)}


def _look(context: Context, arguments: Arguments) -> Arguments:
    """The arguments with the batch as one, whose folders were looked at."""
    try:
        batch = Batch.load(arguments["batch"])
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError("that is no batch of a transcript", why=repr(error)) from error
    context.capture.look(batch.facts)
    return {**arguments, "batch": batch}


def _drawn(context: Context, arguments: Arguments) -> Any:
    try:
        drawn = [load(each) for each in arguments["drawn"]["memories"]]
        session, project, upto = (int(arguments["drawn"][name]) for name in ("session", "project", "upto"))
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError("that was not drawn by a rule", why=repr(error)) from error
    kinds = context.capture.drawing.keep(session, project, drawn, upto)
    return {"new": sum(kind != "summary" for kind in kinds), "summed_up": kinds.count("summary")}


def _read_notes(context: Context, arguments: Arguments) -> Arguments:
    """The same with the project of the folder's sessions and what is to be taken in of its notes, read over a
    connection of its own: called beside the writer."""
    folder = Path(arguments["folder"])
    with contextlib.closing(Database(context.home.store, readonly=True)) as database:
        adoption = context.reading(database).capture.adoption
        project = adoption.project_of(folder)
        adopted = None if project is None else adoption.read(folder / "memory", project, arguments["at"])
    return {**arguments, "project": project, "adopted": adopted}


def _adopt(context: Context, arguments: Arguments) -> Any:
    """Some of the notes that Claude Code keeps beside the transcripts of a folder, under the project of their sessions.
    more: whether to ask again."""
    adopted = arguments["adopted"]
    if adopted is None:
        return {"changed": 0, "more": False}
    return {"changed": context.capture.adoption.take(adopted, arguments["project"]), "more": adopted.more}


OPERATIONS = (
    Operation(
        "import.position", "where to read on in a transcript", _position,
        {"path": Takes(str, "the transcript", needed=True)}, bulk=True,
    ),
    Operation(
        "import.refused", "a file is no transcript: it is not looked at again", _refused,
        {"path": Takes(str, "the file", needed=True)}, bulk=True,
    ),
    Operation("import.read", "how far transcripts were read", _read, apart=True),
    Operation(
        "import.take", "take what was read of a transcript", _take,
        {"batch": Takes(dict, "what was read", needed=True)},
        before=_look, bulk=True,
    ),
    Operation(
        "import.notes", "take in some of what Claude Code noted itself, beside its transcripts", _adopt,
        {"folder": Takes(str, "where the transcripts lie", needed=True)}, before=_read_notes, bulk=True,
    ),
    Operation(
        "import.drawn", "keep what rules drew from a session", _drawn,
        {"drawn": Takes(dict, "session, project, upto, memories", needed=True)}, bulk=True,
    ),
)  # fmt: skip
