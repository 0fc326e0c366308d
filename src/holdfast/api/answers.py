"""The shapes of what HTTP answers, as OpenAPI tells them. Times are Unix ms; any shape may gain more fields."""

from typing import Any, Literal

from pydantic import BaseModel

__all__ = [
    "Failure",
    "Found",
    "Health",
    "History",
    "Memories",
    "Pack",
    "Projects",
    "Saved",
    "Sessions",
    "Shown",
    "Status",
    "Timeline",
    "Undone",
]


class Problem(BaseModel):
    code: str
    what: str
    why: str
    fix: str


class Failure(BaseModel):
    """What every failed call answers."""

    error: Problem


class Health(BaseModel):
    """proof: HMAC-SHA-256 of the challenge under the token, when there was a challenge."""

    status: Literal["ok"]
    proof: str | None = None


class Tie(BaseModel):
    """A relation as one of its memories has it. direction: which of the two it is; other: the other's number."""

    relation: str | None
    status: Literal["pending", "judged", "orphaned"]
    direction: Literal["source", "target"]
    other: int | None
    judgment_id: str


class Memory(BaseModel):
    """sealed: it holds something that is kept encrypted, which HTTP does not give. relations: at most three, what takes
    its place and what contests it first; more_relations: how many more supersede, contest or are superseded by it."""

    number: int
    id: str
    project: int | None
    project_label: str | None
    kind: str
    label: str | None
    title: str
    body: str
    files: list[str]
    tags: list[str]
    scope: str
    importance: float
    pinned: bool
    standing: bool
    topic_key: str | None
    trust: str
    alive: bool
    erased: bool
    created: int
    revised: int
    revision: int
    repeats: int
    relations: list[Tie]
    more_relations: int
    sealed: bool


class Memories(BaseModel):
    """more: how many there are beside these."""

    memories: list[Memory]
    more: int


class Candidate(BaseModel):
    id: int
    title: str
    score: float
    judgment_id: str


class Saved(BaseModel):
    """change: its id, for undo; null when nothing changed. folded: the words were known already.

    sealed, secrets: of what was written, whether a secret of it is kept encrypted, and which kinds were found.
    candidates: memories that may disagree with it, when it was asked to `detect` them.
    """

    memory: Memory
    folded: bool
    change: str | None
    sealed: bool | None = None
    secrets: list[str] | None = None
    candidates: list[Candidate] | None = None


class Shown(BaseModel):
    """A memory with its evidence, or (by e345) an event with its session."""

    type: Literal["memory", "event"]


class Hit(BaseModel):
    """A memory, or an event that was said in a turn."""

    type: Literal["memory", "turn"]
    title: str | None
    snippet: str | None
    at: int
    score: float
    memory: Memory | None = None
    event: int | None = None
    session: str | None = None


class Found(BaseModel):
    """more: whether there are more, or how many."""

    hits: list[Hit]
    more: bool | int


class Edit(BaseModel):
    name: str
    before: Any
    after: Any


class Step(BaseModel):
    change: str
    at: int
    device: str
    cause: str
    subject: str | None
    edits: list[Edit]
    holds: bool
    undone_by: str | None
    erased: bool


class History(BaseModel):
    memory: Memory
    steps: list[Step]


class Undone(BaseModel):
    undone: str
    change: str | None
    cause: str
    at: int
    entity_kind: str
    entity: str
    reverted: list[str]
    memory: Memory | None


class Session(BaseModel):
    number: int
    host: str
    name: str
    project: int | None
    project_label: str | None
    started: int
    heard: int
    ended: int | None
    events: int
    first_prompt: str | None


class Sessions(BaseModel):
    sessions: list[Session]
    more: int


class Event(BaseModel):
    id: int
    kind: str
    at: int
    tool: str | None
    status: str | None
    input: str | None
    text: str | None
    detail: dict[str, Any]
    prompt: str | None
    agent: str | None
    trust: str
    erased: bool


class Timeline(BaseModel):
    """earlier: how many events of the session came before these; null when these lie around one event."""

    session: Session | None
    events: list[Event]
    earlier: int | None


class Pack(BaseModel):
    """text: what a session would be given, null when nothing."""

    text: str | None
    tokens: int


class Status(BaseModel):
    version: str
    memories: int
    sessions: int
    events: int
    projects: int
    problems: list[str]


class Project(BaseModel):
    number: int
    id: str
    label: str
    merged_into: int | None
    ignored: bool
    created: int
    heard: int
    memories: int
    sessions: int
    keys: list[str]


class Projects(BaseModel):
    projects: list[Project]
