"""One call of a tool: what it was given, where it comes from, and how it asks the daemon."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from ..edge.frame import Frame
from ..guard import safe

__all__ = ["Call", "Hints", "Reply", "hints_of"]

Ask = Callable[[str, Mapping[str, Any]], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a tool answers: text for the model, and the fields that its contract names, which programs read.

    Some hosts show their model the fields alone, so that `result` among them is always the text. exact: it is given
    as it is; else stored text in it loses what could pass for another voice.
    """

    text: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    failed: bool = False
    exact: bool = False

    def as_json(self) -> bytes:
        """A result of `tools/call`, on one line."""
        text = self.text if self.exact else safe(self.text)
        shape: dict[str, Any] = {"content": [{"type": "text", "text": text}], "isError": self.failed}
        if self.fields:
            shape["structuredContent"] = {"result": text, **_safe(self.fields)}
        return json.dumps(shape, ensure_ascii=False).encode("utf-8", "replace")


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, Mapping):
        return {name: _safe(each) for name, each in value.items()}
    return [_safe(each) for each in value] if isinstance(value, list | tuple) else value


@dataclass(frozen=True, slots=True)
class Hints:
    """What the host tells of where a call comes from.

    folders: that it may be about, the first the likeliest. named: HOLDFAST_PROJECT, or `--project` of the server.
    session: its host's name for it (then `hosted`), or one made for the connection. ignored: nothing of it is to be
        recorded.
    """

    folders: tuple[str, ...] = ()
    named: str | None = None
    session: str = ""
    hosted: bool = False
    ignored: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A call with checked arguments. nonce: the same when it is sent again. at: Unix ms."""

    arguments: Mapping[str, Any]
    hints: Hints
    operate: Ask
    nonce: str
    at: int

    def get(self, name: str, default: Any = None) -> Any:
        return self.arguments.get(name, default)

    def __getitem__(self, name: str) -> Any:
        return self.arguments[name]

    @property
    def session(self) -> str:
        """The session that it belongs to: as the agent says, else as its host does."""
        return str(self.get("session_id") or self.hints.session)

    async def ask(self, operation: str, /, **arguments: Any) -> Any:
        """The answer of an operation; what is None is not told. An agent asks, always. Raises HoldfastError."""
        told = {
            "cwd": self.hints.folders[0] if self.hints.folders else "", "named": self.hints.named, "at": self.at,
            "folders": list(self.hints.folders[1:]) or None, **arguments, "trust": "agent",
        }  # fmt: skip
        return await self.operate(operation, {name: value for name, value in told.items() if value is not None})


_CODEX: Final = "x-codex-turn-metadata"  # {"workspaces": {"/folder": …}}
_GOOSE: Final = ("agent-working-dir", "agent-session-id")


def hints_of(frame: Frame, meta: Any, roots: Any) -> Hints:
    """What a frame of the bridge, a call's `_meta` and the roots of the host say.

    The call's own folder comes first, then the host's project, the folder that the bridge was started in when it
    lies in a root, then the roots, then that folder anyway.
    """
    told = meta if isinstance(meta, dict) else {}
    environment = frame.environment
    turn = told.get(_CODEX)
    workspaces = turn.get("workspaces") if isinstance(turn, dict) else None
    open_ = [path for each in roots if (path := _path(each))] if isinstance(roots, list) else []
    inside = any(frame.cwd == each or frame.cwd.startswith(each.rstrip("/") + "/") for each in open_)
    for folders in (
        [told.get(_GOOSE[0])],
        list(workspaces) if isinstance(workspaces, dict) else [],
        [environment.get("CLAUDE_PROJECT_DIR")],
        [frame.cwd] if inside else [],
        open_,
        [frame.cwd],
    ):
        found = tuple(dict.fromkeys(each for each in folders if isinstance(each, str) and each.startswith("/")))
        if found:
            break
    session = environment.get("CLAUDE_CODE_SESSION_ID") or told.get(_GOOSE[1])
    hosted = isinstance(session, str) and session != ""
    return Hints(
        found, environment.get("HOLDFAST_PROJECT"),
        str(session) if hosted else environment.get("HOLDFAST_BRIDGE", ""), hosted,
        environment.get("HOLDFAST_IGNORE") == "1",
    )  # fmt: skip


def _path(root: Any) -> str:
    """The folder of a `file:` address; "" for any other."""
    try:
        parts = urlsplit(root if isinstance(root, str) else "")
    except ValueError:
        return ""
    return unquote(parts.path) if parts.scheme == "file" else ""
