"""The tools over a store in this process, called as the bridge calls them."""

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from holdfast.edge.frame import Frame
from holdfast.errors import UsageError
from holdfast.operations import OPERATIONS, Context
from holdfast.paths import Home
from holdfast.settings import Settings
from holdfast.store.database import Database
from holdfast.tools.answering import answer

__all__ = ["Answer", "Desk", "Operated"]

Operated = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Answer:
    """What a tool answered."""

    text: str
    failed: bool
    fields: Mapping[str, Any]


@dataclass
class Desk:
    """A store, a project's folder, and what the host tells beside a call. `operations` stand before the real ones."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    operations: dict[str, Operated] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    roots: list[str] = field(default_factory=list)
    meta: dict[str, Any] = field(default_factory=dict)
    at: int = 1_800_000_000_000

    def __post_init__(self) -> None:
        self.project = self.folder / "workshop"
        self.project.mkdir(parents=True)
        self.cwd = str(self.project)
        home = Home(self.folder)
        self.context = Context.over(Database(home.store), home, Settings.load(home.config, {}))

    async def ask(self, name: str, arguments: Mapping[str, Any]) -> Any:
        self.asked.append((name, arguments))
        if name in self.operations:
            return self.operations[name](arguments)
        operation = OPERATIONS.get(name)
        if operation is None:
            raise UsageError(f"there is no operation {name!r}")
        checked = operation.checked(arguments)
        if operation.alone:
            return operation.run(self.context, checked)
        with self.context.database.transaction():
            return operation.run(self.context, checked)

    def __call__(self, tool: str, /, *, nonce: str | None = None, **arguments: Any) -> Answer:
        """Call a tool; each call is a minute later than the one before."""
        self.at += 60_000
        body = {"arguments": arguments, "meta": self.meta, "roots": self.roots}
        frame = Frame(
            "mcp", tool, nonce or os.urandom(8).hex(), self.at, self.cwd, "0",
            {"HOLDFAST_BRIDGE": "mcp-1", **self.environment}, json.dumps(body).encode(),
        )  # fmt: skip
        told = json.loads(asyncio.run(answer(frame, self.ask)))
        (content,) = told["content"]
        fields = told.get("structuredContent", {})
        assert fields.get("result", content["text"]) == content["text"]
        return Answer(content["text"], told["isError"], fields)

    def close(self) -> None:
        self.context.database.close()
