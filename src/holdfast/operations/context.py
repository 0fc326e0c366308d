"""What an operation works with, what an operation is, and how what it is given is checked."""

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from ..capture import Capture
from ..clock import Clock, now_ms
from ..errors import HoldfastError, NotFound, Refused, UsageError
from ..guard import clean
from ..journal.ingest import Looked
from ..journal.projects import Identity
from ..memory import TRUSTS, Trust
from ..paths import Home
from ..safe import Safe
from ..sealing import Keys
from ..settings import Settings
from ..store.database import Database
from ..store.log import Log

__all__ = [
    "COMMON",
    "NAME_LIMIT",
    "NOWHERE",
    "SESSION_LIMIT",
    "Arguments",
    "Context",
    "Door",
    "Life",
    "Operation",
    "Takes",
    "arguments_in",
    "no_project",
    "whose",
]

Arguments = Mapping[str, Any]
NAME_LIMIT: Final = 1_000  # characters of what a project may be called by: a label, number, address or folder
SESSION_LIMIT: Final = 200  # of a host's name for a session
NOWHERE: Final = 0  # the project of a folder in which nothing was ever heard or kept: personal notes only


class Door(Protocol):
    """What HTTP comes in by (api/door.py)."""

    def state(self) -> dict[str, Any] | None: ...

    async def open(self, port: int | None) -> dict[str, Any]: ...

    async def close(self, *, for_good: bool = False) -> dict[str, Any]: ...


@dataclass(slots=True)
class Life:
    """What a running daemon knows of itself.

    heard: the last hook call, {"host", "event", "at"}. refused: why the latest write was not saved.
    late: how many hooks were answered without notes because finding them took too long.
    """

    home: Home
    leave: Callable[[], None]
    started: int = 0
    heard: dict[str, Any] | None = None
    refused: HoldfastError | None = None
    late: int = 0
    door: Door | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of a running service, over one connection. `life` is None in a process that is no daemon.

    latest: the event that was stored last since this process began, and when: (number, Unix ms).
    """

    home: Home
    settings: Settings
    database: Database
    log: Log
    capture: Capture
    keys: Keys
    safe: Safe
    identity: Callable[..., Identity]
    latest: Callable[[], tuple[int, int] | None]
    life: Life | None = None

    @classmethod
    def over(
        cls,
        database: Database,
        home: Home,
        settings: Settings,
        life: Life | None = None,
        looked: Looked | None = None,
        *,
        keys: Keys | None = None,
    ) -> "Context":
        """The parts, made over a connection. keys: of a daemon, which alone knows of HOLDFAST_KEY."""
        keys = keys or Keys(home.folder, keyring=lambda: settings.on("secrets.keyring"))
        log = Log(database, Clock(), lambda text: clean(text, written=True))
        capture = Capture(database, log, settings, looked)
        journal = capture.journal
        return cls(
            home,
            settings,
            database,
            log,
            capture,
            keys,
            Safe(database, keys),
            journal.identity,
            lambda: journal.latest,
            life,
        )

    def reading(self, database: Database) -> "Context":
        """The same over another connection, which only reads. What is known of folders and writes is shared."""
        mine = Context.over(database, self.home, self.settings, self.life, self.capture.journal.looked, keys=self.keys)
        return replace(mine, latest=self.latest)

    def unlock(self, *, make: bool = False) -> None:
        """Have the key to sealed secrets at hand, over a connection of its own: called beside the writer.

        Raises Refused when there is none that opens them.
        """
        with contextlib.closing(Database(self.home.store, readonly=True)) as database:
            Safe(database, self.keys).unlock(make=make)

    def project(self, arguments: Arguments) -> int:
        """The project that a write is about, made when it is new: `project` when given, else that of its `cwd`.

        Raises NotFound when nothing has that name, UsageError when several have, Refused where there is none.
        """
        number = self.project_if_any(arguments)
        if number is None:
            said = no_project(self.where(arguments))
            fix = "save it for all projects (--personal), name a project, or work in a folder of your own"
            raise Refused(f"{said} are kept here", fix=fix)
        return number

    def project_if_any(self, arguments: Arguments) -> int | None:
        """The same, for what needs none: None in a folder that is no project."""
        named = arguments.get("project")
        if named:
            return self.project_named(named)
        if _nowhere(arguments):
            raise Refused(
                "the folder that you are in is gone, so there is no telling which project is meant",
                fix="go to another folder, or say it: --project NAME",
            )
        return self.capture.journal.projects.known(self.where(arguments), arguments["at"])

    def place(self, arguments: Arguments) -> int | None:
        """The project that a question is about: None for all of them, NOWHERE for a folder that is not known yet."""
        if arguments.get("all_projects"):
            return None
        named = arguments.get("project")
        if named:
            return self.project_named(named)
        if _nowhere(arguments):
            return NOWHERE
        return self.capture.journal.projects.find(self.where(arguments)) or NOWHERE

    def family(self, place: int | None) -> list[int] | None:
        """A place with all projects that were merged into it; None for all there are."""
        return None if place is None else self.log.family(place)

    def family_json(self, place: int | None) -> str | None:
        """The same as statements take it."""
        return None if place is None else json.dumps(self.log.family(place))

    def look(self, arguments: Arguments) -> None:
        """Look at the caller's folders, which may take git, before the writer needs them."""
        self.folders(arguments)

    def where(self, arguments: Arguments) -> Identity:
        """The code base of the caller's folder, as it showed on disk within the last minute; touches no store."""
        return self.identity(arguments.get("cwd") or "/", named=arguments.get("named"))

    def folders(self, arguments: Arguments) -> list[Identity]:
        """The same of all folders that the caller has open."""
        open_ = (arguments.get("cwd"), *arguments.get("folders", ()))
        return [self.where({**arguments, "cwd": each}) for each in open_]

    def project_named(self, name: str) -> int:
        """The number of the project that goes by a label, a number or a key."""
        plain = name.strip().removeprefix("#")
        number = int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 18 else -1
        rows = self.database.all("projects_named", name=name, number=number)
        if len(rows) > 1 and (number,) in rows:
            rows = [(number,)]
        if len(rows) == 1:
            return self.capture.journal.projects.final(int(rows[0][0]))
        if not rows:
            raise NotFound(f"no project is called {name!r:.60}", fix="see `holdfast projects list`")
        numbers = ", ".join(str(row[0]) for row in rows)
        raise UsageError(
            f"{len(rows)} projects are called {name!r}", why=f"their numbers are {numbers}", fix="give the number"
        )


def _nowhere(arguments: Arguments) -> bool:
    """Whether the caller's folder is gone, and no variable names the project."""
    return arguments.get("cwd") == "" and not arguments.get("named")


@dataclass(frozen=True, slots=True)
class Takes:
    """One argument of an operation: its JSON type, what it is for, and its bounds.

    private: no error repeats it. long: characters of a text at the most.
    """

    type: type
    help: str
    needed: bool = False
    private: bool = False
    among: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    long: int | None = None

    def checked(self, name: str, value: Any) -> Any:
        """The value. Raises UsageError."""
        if self.type is float and type(value) is int:
            value = float(value)
        if type(value) is not self.type or (
            isinstance(value, list) and not all(isinstance(each, str) for each in value)
        ):
            raise UsageError(
                f"{name} cannot be {'that' if self.private else _short(value)}", why=f"it takes {_TYPES[self.type]}"
            )
        if self.among and value not in self.among:
            raise UsageError(f"{name} cannot be {_short(value)}", why=f"it is one of: {', '.join(self.among)}")
        if self.long is not None and isinstance(value, str) and len(value) > self.long:
            raise UsageError(f"{name} has {len(value):,} characters", why=f"the limit is {self.long:,}")
        if isinstance(value, int | float):
            if self.least is not None and not value >= self.least:
                raise UsageError(f"{name} cannot be {value}", why=f"it is at least {self.least:g}")
            if self.most is not None and not value <= self.most:
                raise UsageError(f"{name} cannot be {value}", why=f"it is at most {self.most:g}")
        return value


_TYPES: Final = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list of texts",
    dict: "an object",
}

# What every operation may be given: where the question comes from, and when.
COMMON: Final[Mapping[str, Takes]] = {
    "cwd": Takes(str, "the folder of the caller: it says which project is meant"),
    "folders": Takes(list, "other folders that the caller has open"),
    "named": Takes(str, "HOLDFAST_PROJECT of the caller"),
    "at": Takes(int, "the caller's time, Unix ms", least=0, most=1 << 52),
    "trust": Takes(str, "whose word it is; an agent's when it is missing", among=TRUSTS),
    "project": Takes(str, "a project's label or number, instead of the folder's", long=NAME_LIMIT),
    "all_projects": Takes(bool, "every project"),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the daemon does when asked.

    run: from context and checked arguments to a JSON-ready answer, inside a transaction of the writer.
    apart: in a thread for reading, with a connection of its own that cannot write, and no transaction.
    alone: in the writer, but with transactions of its own making.
    bulk: one of very many of an import: it lets the hooks that wait go first.
    before: what looks at the disk for it, or is costly, in a thread, so that the writer need not; the arguments that it
        returns, if any, take the place of those that were given.
    takes: its arguments, beside COMMON.
    """

    name: str
    help: str
    run: Callable[[Context, Arguments], Any]
    takes: Mapping[str, Takes] = field(default_factory=dict)
    apart: bool = False
    alone: bool = False
    bulk: bool = False
    before: Callable[[Context, Arguments], Arguments | None] | None = None

    def checked(self, arguments: Arguments) -> dict[str, Any]:
        """The arguments that were given, of the right types; null is as good as absent. Raises UsageError."""
        found: dict[str, Any] = {}
        for name, value in arguments.items():
            takes = self.takes.get(name) or COMMON.get(name)
            if takes is None:
                raise UsageError(
                    f"{self.name} takes no {name!r}", why=f"it takes: {', '.join(self.takes) or 'nothing'}"
                )
            if value is not None:
                found[name] = takes.checked(name, value)
        for name, takes in self.takes.items():
            if takes.needed and name not in found:
                raise UsageError(f"{self.name} needs {name}", why=takes.help)
        found.setdefault("at", now_ms())
        return found


def no_project(where: Identity) -> str:
    """What is said of a folder that is no project; "" of any other."""
    if where.key:
        return ""
    return f"{where.folder} is no project, as every user of this machine can write there: only notes for all projects"


def whose(arguments: Arguments) -> Trust:
    """Who asks: the owner only where a person is known to."""
    trust: Trust = arguments.get("trust", "agent")
    return trust


def arguments_in(body: bytes) -> Arguments:
    """The arguments that a frame carries. Raises UsageError."""
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise UsageError("the arguments are not JSON") from None
    if not isinstance(found, dict):
        raise UsageError("the arguments are not an object")
    return found


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "…"
