"""The one table of routes: which call asks for which operation, and how path, query and body become its arguments."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pydantic import BaseModel

from ..operations import COMMON, OPERATIONS, Takes
from . import answers, ogmemory

__all__ = ["ROOT", "ROUTES", "Route"]

ROOT: Final = "/api/v1"
_MOST: Final = {"limit": 500}  # over HTTP an answer is made whole in memory


@dataclass(frozen=True, slots=True)
class Route:
    """One call.

    path: below ROOT; a `{name}` in it is the argument of that name. What else the operation takes comes from the
        query (GET, DELETE) or from the JSON body.
    place: "reads" for what is asked of a project (all of them, unless `project` or `cwd` is given), "writes" for what
        needs to be told one of the two.
    fixed: arguments that the caller has no say in. hides: those that cannot be given over HTTP.
    body, run: where one operation is not the whole of it, what is given and what is done.
    """

    method: str
    path: str
    name: str
    help: str
    answer: type[BaseModel]
    operation: str = ""
    place: str = ""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    hides: tuple[str, ...] = ()
    body: type[BaseModel] | None = None
    run: ogmemory.Run | None = None
    status: int = 200

    @property
    def in_path(self) -> tuple[str, ...]:
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    @property
    def reads(self) -> bool:
        return self.method == "GET"

    def takes(self) -> dict[str, Takes]:
        """What comes from query or body: name -> what it may be."""
        if not self.operation:
            return {}
        named = OPERATIONS[self.operation].takes
        left_out = {*self.in_path, *self.fixed, *self.hides}
        found = {name: _bounded(name, takes) for name, takes in named.items() if name not in left_out}
        if self.place:
            places = ("cwd", "project", "all_projects") if self.place == "reads" else ("cwd", "project")
            found |= {name: COMMON[name] for name in places if name not in found}
        return found


def _bounded(name: str, takes: Takes) -> Takes:
    return replace(takes, most=_MOST[name]) if name in _MOST else takes


# What is written over HTTP is an agent's word: nobody is seen to attend, so it never becomes a standing instruction
# nor changes one.
_OF_AN_AGENT: Final = {"trust": "agent"}
_SAID: Final = {**_OF_AN_AGENT, "actor": "HTTP"}  # with whose name stands in the audit of what is sealed
_MEMORY: Final = "/memories/{ref}"

ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/health", "health", "whether the server lives", answers.Health),
    Route("GET", "/status", "status", "what was last heard, stored and delivered", answers.Status, "status"),
    Route("GET", "/search", "search", "memories and what was said, by words", answers.Found, "search", "reads"),
    Route("GET", "/memories", "recent", "memories, the latest written first", answers.Memories, "recent", "reads"),
    Route("POST", "/memories", "remember", "keep a memory", answers.Saved, "remember", "writes",
          _SAID, ("standing",), status=201),
    Route("GET", _MEMORY, "show", "one memory whole; by e345 an event", answers.Shown, "show"),
    Route("PATCH", _MEMORY, "revise", "write parts of it anew", answers.Saved, "revise", "",
          _SAID, ("standing",)),
    Route("DELETE", _MEMORY, "forget", "take it out of what is served; it can be restored", answers.Saved, "forget",
          fixed=_OF_AN_AGENT),
    Route("GET", f"{_MEMORY}/history", "history", "what happened to it", answers.History, "history"),
    Route("POST", f"{_MEMORY}/restore", "restore", "bring a forgotten one back", answers.Saved, "unforget",
          fixed=_OF_AN_AGENT),
    Route("PUT", f"{_MEMORY}/pin", "pin", "keep it at hand", answers.Saved, "pin", fixed=_OF_AN_AGENT),
    Route("DELETE", f"{_MEMORY}/pin", "unpin", "let it go again", answers.Saved, "unpin", fixed=_OF_AN_AGENT),
    Route("POST", "/undo", "undo", "take back the latest change, or another one", answers.Undone, "undo",
          fixed=_OF_AN_AGENT),
    Route("GET", "/sessions", "sessions", "the latest sessions", answers.Sessions, "sessions", "reads"),
    Route("GET", "/sessions/{session}/timeline", "timeline", "what happened in a session, in order",
          answers.Timeline, "timeline", hides=("event", "ref")),
    Route("GET", "/timeline", "around", "what happened in the latest session, or around an event or memory",
          answers.Timeline, "timeline", "reads", hides=("session",)),
    Route("POST", "/pack", "pack", "what a session would be given", answers.Pack, "pack", "reads"),
    Route("GET", "/projects", "projects", "all projects, the one heard last first", answers.Projects, "projects.list"),
    Route("POST", "/compose", "compose", "oGMemory: what is known, for a prompt", ogmemory.Composed,
          body=ogmemory.Compose, run=ogmemory.compose),
    Route("POST", "/after_turn", "after_turn", "oGMemory: keep the messages of a turn", ogmemory.Taken,
          body=ogmemory.AfterTurn, run=ogmemory.after_turn),
    Route("POST", "/sessions/{session_id}/messages", "add_message", "oGMemory: keep one message of a session",
          ogmemory.Kept, body=ogmemory.Message, run=ogmemory.add_message),
)  # fmt: skip
