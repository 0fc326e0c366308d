"""Made-up sessions of Claude Code: transcript lines and hook payloads of the form that real ones have."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.recordings.replay import Call, World

START = 1_790_000_000_000  # Unix ms of the first line
SESSION = "11111111-2222-4333-8444-555555555555"


def name_of(text: str) -> str:
    """A UUID made from a text."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, ascii(text)))


class Lines:
    """The lines of one transcript, each a second after the one before. `old`: of a version without promptId."""

    def __init__(self, session: str = SESSION, *, entrypoint: str = "cli", old: bool = False, **common: Any) -> None:
        self.session, self.old = session, old
        self.entrypoint = entrypoint
        self.common = common
        self.lines: list[dict[str, Any]] = []
        self.turn = ""
        self._count = 0

    def add(self, type: str, **fields: Any) -> dict[str, Any]:
        self._count += 1
        at = datetime.fromtimestamp((START + 1_000 * self._count) / 1_000, UTC)
        line = {
            "type": type,
            "sessionId": self.session,
            "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "cwd": "/home/u/made-up",
            "version": "2.1.5" if self.old else "2.1.328",
            "gitBranch": "main",
            "isSidechain": False,
            **({} if self.old else {"entrypoint": self.entrypoint}),
            **({} if type == "queue-operation" else {"uuid": name_of(f"{self.session} {self._count}")}),
            **self.common,
            **fields,
        }
        self.lines.append(line)
        return line

    def user(self, content: Any, **fields: Any) -> dict[str, Any]:
        return self.add("user", message={"role": "user", "content": content}, **fields)

    def prompt(self, text: Any, **fields: Any) -> dict[str, Any]:
        self.turn = name_of(f"{self.session} turn {self._count}")
        of_a_person = {} if self.old else {"promptId": self.turn, "promptSource": "typed", "origin": {"kind": "human"}}
        return self.user(text, **{**of_a_person, **fields})

    def say(self, *texts: str, **fields: Any) -> dict[str, Any]:
        blocks = [{"type": "text", "text": text} for text in texts]
        return self.add("assistant", message={"role": "assistant", "content": blocks}, **fields)

    def call(self, tool: str, given: dict[str, Any], id: str = "toolu_1") -> dict[str, Any]:
        block = {"type": "tool_use", "id": id, "name": tool, "input": given}
        return self.add("assistant", message={"role": "assistant", "content": [block]})

    def result(
        self, content: Any, response: Any = None, *, id: str = "toolu_1", error: bool = False, **fields: Any
    ) -> dict[str, Any]:
        block = {"type": "tool_result", "tool_use_id": id, "content": content, "is_error": error}
        of_turn = {} if self.old else {"promptId": self.turn}
        return self.user([block], toolUseResult=response, **of_turn, **fields)

    def raw(self, *, escaped: bool = False) -> bytes:
        lines = (json.dumps(line, ensure_ascii=escaped) for line in self.lines)
        return b"".join(line.encode("utf-8", "surrogatepass") + b"\n" for line in lines)

    def write(self, folder: Path) -> Path:
        path = folder / f"{self.session}.jsonl"
        path.write_bytes(self.raw())
        return path

    def told(self, place: World, folder: Path) -> list[dict[str, Any]]:
        """What the journal holds once these lines were read."""
        place.read_to_end(self.write(folder))
        return events(place)


def hook(event: str, *, at: int = START, turn: str | None = None, entrypoint: str = "cli", **payload: Any) -> Call:
    """One hook call of the session."""
    shape = {"session_id": SESSION, "hook_event_name": event, "cwd": "/home/u/made-up", **payload}
    if turn is not None:
        shape["prompt_id"] = turn
    return Call(at, event, shape, {"CLAUDE_CODE_ENTRYPOINT": entrypoint, "CLAUDE_PROJECT_DIR": "/home/u/made-up"})


def events(place: World) -> list[dict[str, Any]]:
    """The events of a store, oldest first."""
    names = ("kind", "agent", "tool", "status", "input", "text", "trust", "prompt", "detail", "session")
    rows = place.rows(
        "SELECT e.kind, e.agent, e.tool, e.status, i.body, t.body, e.trust, e.prompt, e.detail, s.name FROM events e"
        " JOIN sessions s ON s.id = e.session"
        " LEFT JOIN texts i ON i.id = e.input LEFT JOIN texts t ON t.id = e.text ORDER BY e.at, e.id"
    )
    found = [dict(zip(names, row, strict=True)) for row in rows]
    for event in found:
        event["detail"] = json.loads(event["detail"] or "{}")
    return found


def said(found: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    """Kind and text of each event."""
    return [(event["kind"], event["text"]) for event in found]
