"""What an operation works with, and what an operation is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..capture import Capture
from ..errors import UsageError
from ..journal.spool import Spool
from ..paths import Home
from ..settings import Settings
from ..store.database import Database
from ..store.log import Log

__all__ = ["Arguments", "Context", "Operation"]

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of a running service."""

    home: Home
    settings: Settings
    database: Database
    log: Log
    capture: Capture
    spool: Spool
    leave: Callable[[], None]

    def project(self, arguments: Arguments) -> int | None:
        """The project that a call is about: `project` (a label or number) when given, else that of its `cwd`.

        None: every project (`all_projects`). Raises UsageError when the name fits none or several.
        """
        if arguments.get("all_projects"):
            return None
        named = arguments.get("project")
        if named:
            return self.project_named(str(named))
        identity = self.capture.journal.identity(str(arguments.get("cwd") or "/"), named=arguments.get("named"))
        return self.capture.journal.projects.known(identity, int(arguments["at"]))

    def project_named(self, name: str) -> int:
        """The number of the project that goes by a label, a number or a key."""
        rows = self.database.all("projects_named", name=name, number=int(name) if name.isdigit() else -1)
        if len(rows) == 1:
            return self.capture.journal.projects.final(int(rows[0][0]))
        if not rows:
            raise UsageError(f"no project is called {name!r}", fix="see `holdfast projects list`")
        numbers = ", ".join(str(row[0]) for row in rows)
        raise UsageError(
            f"{len(rows)} projects are called {name!r}", why=f"their numbers are {numbers}", fix="give the number"
        )


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the daemon does when asked.

    run: from context and arguments (JSON object) to a JSON-ready answer, inside a transaction of the writer.
    apart: in a thread of its own, with a connection of its own and no transaction (long reading).
    """

    name: str
    help: str
    run: Callable[[Context, Arguments], Any]
    apart: bool = False
