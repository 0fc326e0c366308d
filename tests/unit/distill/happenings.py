"""Events of a made-up session, in the order in which they are made."""

import itertools
import json
from typing import Any

from holdfast.distill.happened import Happened

__all__ = ["Session"]


class Session:
    """Makes events; `events` is what happened so far."""

    def __init__(self) -> None:
        self.events: list[Happened] = []
        self._numbers = itertools.count(1)

    def _add(self, kind: str, **fields: Any) -> "Session":
        number = next(self._numbers)
        self.events.append(Happened(number, f"line:{number}", kind, 1_000 * number, **fields))
        return self

    def owner(self, text: str, **fields: Any) -> "Session":
        return self._add("prompt", text=text, trust="owner", **fields)

    def script(self, text: str) -> "Session":
        return self._add("prompt", text=text, trust="agent")

    def command(self, text: str) -> "Session":
        return self._add("command", text=text, trust="owner")

    def agent(self, text: str, **fields: Any) -> "Session":
        return self._add("reply", text=text, trust="agent", **fields)

    def bash(self, command: str, output: str = "", status: str = "ok") -> "Session":
        given = json.dumps({"command": command})
        return self._add("tool", tool="Bash", input=given, text=output, status=status, trust="tool")

    def edit(self, path: str, old: str = "a", new: str = "b", **fields: Any) -> "Session":
        given = json.dumps({"file_path": path, "new_string": new, "old_string": old})
        fields.setdefault("status", "ok")
        detail = {"files": [path]}
        return self._add("tool", tool="Edit", input=given, trust="tool", detail=detail, **fields)

    def tool(self, name: str, text: str | None = None, files: tuple[str, ...] = (), **fields: Any) -> "Session":
        detail = {"files": list(files)} if files else {}
        return self._add("tool", tool=name, text=text, status="ok", trust="tool", detail=detail, **fields)

    def other(self, kind: str, text: str | None = None, **fields: Any) -> "Session":
        return self._add(kind, text=text, **fields)
