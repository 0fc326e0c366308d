"""A line of a Claude Code transcript → drafts of events, facts of its session, and receipts of what we gave.

A reader goes through one file in order and remembers little between two reads (`state`): the prompt that the last
line belonged to, the names of the tools whose results are still to come, and words that wait for the agent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ...guard import clean
from ...journal.events import Draft, Lines, SessionFacts
from ...journal.tail import ReceiptNote
from .payload import HOST
from .queue import Queue, key_of
from .tools import call_of, outcome_of, shown_text
from .words import (
    command_of,
    digest,
    is_notification,
    said,
    shell_input,
    shell_output,
    summary_of,
    text_of,
    written,
)

__all__ = ["Reader", "Told"]

_MARK = re.compile(r"\[holdfast ([0-9a-f]{16,64})\]")
_OURS = ("SessionStart", "UserPromptSubmit")  # hooks by which we give something
_PENDING_LIMIT = 200
_INTERRUPTED = "[Request interrupted by user"
# What the host says in the person's place when a hook stops a prompt or a turn.
_OF_HOOKS = ("Operation stopped by hook", "Stop hook feedback:")
_SKIPPED = ("<local-command-stdout>", "<local-command-stderr>", "<local-command-caveat>", "No response requested.")


@dataclass(frozen=True, slots=True)
class Told:
    """What one line says."""

    facts: SessionFacts | None = None
    drafts: tuple[Draft, ...] = ()
    receipts: tuple[ReceiptNote, ...] = ()


@dataclass(slots=True)
class Reader:
    """Reads the lines of one file in order."""

    kept: frozenset[str]
    prompt: str | None = None
    tools: dict[str, str] = field(default_factory=dict)
    queue: Queue = field(default_factory=Queue)

    @classmethod
    def resumed(cls, kept: frozenset[str], state: Mapping[str, Any] | None) -> "Reader":
        state = state or {}
        queue = Queue.load(state.get("queue") or [])
        return cls(kept, state.get("prompt"), dict(state.get("tools") or {}), queue)

    def state(self) -> dict[str, Any]:
        """What must be remembered until the next read (JSON)."""
        return {"prompt": self.prompt, "tools": self.tools, "queue": self.queue.dump()}

    def read(self, line: Mapping[str, Any], seen: Lines) -> Told:
        """What a decoded line says; nothing for the kinds of lines that we do not keep."""
        session = line.get("sessionId")
        if not isinstance(session, str) or not session:
            return Told()
        at = _millis(line.get("timestamp"))
        if at is None:
            return Told()
        told = _Line(self, line, seen, session, at)
        kind = line.get("type")
        if kind == "user":
            drafts = told.user()
        elif kind == "assistant":
            drafts = [*told.unseen(), *told.assistant()]
        elif kind == "attachment":
            return replace(told.attachment(), facts=told.facts())
        elif kind == "system" and line.get("subtype") == "compact_boundary":
            drafts = [*told.unseen(), *told.boundary()]
        else:
            if kind == "queue-operation" and self.prompt is None:  # newer versions write it again, as an attachment
                self.queue.follow(line, at, seen)
            return Told()
        return Told(told.facts(), tuple(drafts))

    def called(self, call_id: str, tool: str) -> None:
        self.tools[call_id] = tool
        while len(self.tools) > _PENDING_LIMIT:
            del self.tools[next(iter(self.tools))]


@dataclass(slots=True)
class _Line:
    reader: Reader
    line: Mapping[str, Any]
    seen: Lines
    session: str
    at: int

    def facts(self) -> SessionFacts:
        entry = self.line.get("entrypoint")
        return SessionFacts(
            host=HOST,
            name=self.session,
            at=self.at,
            cwd=_str(self.line.get("cwd")),
            attended=None if not isinstance(entry, str) else entry == "cli",
            version=_str(self.line.get("version")),
            branch=_str(self.line.get("gitBranch")),
        )

    def draft(self, kind: str, *keys: str, block: int = 0, **fields: Any) -> Draft:
        uuid = _str(self.line.get("uuid"))
        name = f"line:{uuid}" if uuid else f"line:{self.session}:{self.seen.sha256.hex()}"
        fields.setdefault("prompt", self.reader.prompt)
        return Draft(
            kind=kind, at=self.at, keys=(name if block == 0 else f"{name}:{block}", *keys), seen=self.seen,
            session=self.session, agent=self.agent, **fields,
        )  # fmt: skip

    @property
    def agent(self) -> str | None:
        return _str(self.line.get("agentId")) if self.line.get("isSidechain") is True else None

    def user(self) -> list[Draft]:
        line = self.line
        message = line.get("message")
        content = message.get("content") if isinstance(message, dict) else None
        prompt = _str(line.get("promptId"))
        if prompt:
            self.reader.prompt = prompt
            self.reader.queue = Queue()
        results = [
            block
            for block in (content if isinstance(content, list) else ())
            if isinstance(block, dict) and block.get("type") == "tool_result"
        ]
        if results:
            return [self.result(block, nth, len(results)) for nth, block in enumerate(results)]
        raw = text_of(content)
        if raw is None:
            return []
        if line.get("isCompactSummary") is True:
            text = said(summary_of(raw))
            if text is None:
                return []
            key = f"summary:{self.session}:{prompt}:{digest(text)}"
            return [self.draft("summary", key, text=text, join="text")]
        if (command := shell_input(raw)) is not None:
            return [self.draft("shell", input=clean(command, written=True), trust=self.trust(), prompt=prompt)]
        if (output := shell_output(raw)) is not None:
            parent = _str(line.get("parentUuid"))
            keys = (f"line:{parent}",) if parent else ()
            return [self.draft("shell", *keys, text=shown_text(output), trust=self.trust(), prompt=prompt)]
        if (command := command_of(raw)) is not None:
            return self.asked("command", command, prompt)
        if line.get("isMeta") is True or raw.lstrip().startswith(_SKIPPED):
            return []
        if raw.startswith(_OF_HOOKS) and not line.get("promptSource") and not line.get("origin"):
            return []
        if raw.startswith(_INTERRUPTED):
            return [self.draft("interrupt", trust="owner")]
        return self.spoken(raw, prompt, line.get("origin"), queued=line.get("promptSource") == "queued")

    def spoken(self, raw: str, prompt: str | None, origin: Any, *, queued: bool) -> list[Draft]:
        if is_notification(raw):
            text = written(raw)
            key = f"notification:{self.session}:{digest(text)}"
            return [self.draft("notification", key, text=text, prompt=None, join="text")]
        kind = origin.get("kind") if isinstance(origin, dict) else None
        return self.asked("prompt", raw, prompt, owner=kind in (None, "human"), queued=queued)

    def asked(
        self, kind: str, raw: str, prompt: str | None, *, owner: bool = True, queued: bool = False
    ) -> list[Draft]:
        text = said(raw)
        if text is None:
            return []
        keys = (f"{kind}:{self.session}:{prompt}:{digest(text)}",) if prompt and self.agent is None else ()
        trust = self.trust() if owner else "agent"
        detail = {"queued": True} if queued else {}
        return [self.draft(kind, *keys, text=text, trust=trust, prompt=prompt, join="text", detail=detail)]

    def trust(self) -> str:
        """owner: typed by a person in an attended session; what does not say so is not taken for it."""
        alone = self.line.get("isSidechain") in (None, False) and not self.line.get("agentId")
        return "owner" if self.line.get("entrypoint") == "cli" and alone else "agent"

    def result(self, block: Mapping[str, Any], nth: int, count: int) -> Draft:
        call_id = _str(block.get("tool_use_id")) or ""
        tool = self.reader.tools.pop(call_id, None)
        outcome = outcome_of(
            tool, self.reader.kept, response=self.line.get("toolUseResult") if count == 1 else None,
            content=block.get("content"), error=block.get("is_error") is True,
        )  # fmt: skip
        keys = (f"tool:{self.session}:{call_id}",) if call_id else ()
        # What a killed session left open is closed at its resume, under the prompt that comes next.
        prompt = None if self.line.get("toolDenialKind") == "interrupted" else self.reader.prompt
        return self.draft(
            "tool", *keys, block=nth, tool=tool, status=self.status(outcome.status), text=outcome.text, trust="tool",
            detail=outcome.detail, prompt=prompt,
        )  # fmt: skip

    def status(self, status: str) -> str:
        """2.1.197 tells a permission refused with Esc and a running tool stopped with Esc in the same words."""
        stopped = self.line.get("toolUseResult") == "User rejected tool use" and "toolDenialKind" in self.line
        if status == "denied" and stopped and self.line.get("toolDenialBeforeRun") is not True:
            return "interrupted"
        return status

    def assistant(self) -> list[Draft]:
        message = self.line.get("message")
        content = message.get("content") if isinstance(message, dict) else None
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        if not isinstance(content, list):
            return []
        drafts = []
        for nth, block in enumerate(content):
            if not isinstance(block, dict):
                continue
            if block.get("type") == "text" and isinstance(block.get("text"), str):
                text = said(block["text"].strip())  # as hooks tell it
                if text is None or text == "No response requested.":
                    continue
                failed = self.line.get("isApiErrorMessage") is True
                drafts.append(
                    self.draft(
                        "error" if failed else "reply",
                        block=nth,
                        text=text,
                        trust="tool" if failed else "agent",
                        join="text",
                    )
                )
            elif block.get("type") == "tool_use" and isinstance(block.get("name"), str):
                drafts.append(self.call(block, nth))
        return drafts

    def call(self, block: Mapping[str, Any], nth: int) -> Draft:
        call_id = _str(block.get("id")) or ""
        call = call_of(block["name"], block.get("input"), self.reader.kept)
        if call_id:
            self.reader.called(call_id, call.tool)
        keys = (f"tool:{self.session}:{call_id}",) if call_id else ()
        return self.draft("tool", *keys, block=nth, tool=call.tool, input=call.input, trust="tool", detail=call.detail)

    def boundary(self) -> list[Draft]:
        about = self.line.get("compactMetadata")
        trigger = about.get("trigger") if isinstance(about, dict) else None
        detail = {"trigger": trigger} if isinstance(trigger, str) else {}
        return [self.draft("compaction", join="kind", detail=detail, prompt=None)]

    def attachment(self) -> Told:
        attached = self.line.get("attachment")
        if not isinstance(attached, dict):
            return Told()
        if attached.get("type") == "queued_command":
            return Told(drafts=tuple(self.queued(attached)))
        if str(attached.get("type", "")).startswith("hook_"):
            return Told(receipts=tuple(self.receipts(attached)))
        return Told()

    def unseen(self) -> list[Draft]:
        """Words that went to the agent in mid-turn and stand in no other line (older versions)."""
        drafts = []
        for entry in self.reader.queue.unseen() if self.agent is None else ():
            drafts += [
                replace(draft, at=entry.at, seen=entry.seen, keys=(key_of(self.session, entry),))
                for draft in self.spoken(entry.text, None, {"kind": "unknown"}, queued=True)
            ]
        return drafts

    def queued(self, attached: Mapping[str, Any]) -> list[Draft]:
        """Words typed while the agent worked; nothing else in the transcript shows them."""
        raw = text_of(attached.get("prompt"))
        if raw is None:
            return []
        self.reader.queue.shown(raw)
        origin = attached.get("origin")
        if attached.get("commandMode") not in (None, "prompt", "task-notification"):
            return []
        return self.spoken(raw, None, origin, queued=True)

    def receipts(self, attached: Mapping[str, Any]) -> list[ReceiptNote]:
        name = attached.get("hookEvent") or attached.get("hookName")
        if isinstance(name, str) and name.partition(":")[0] not in _OURS:  # marks in what others print
            return []
        texts = attached.get("content")
        found: dict[str, bool] = {}
        for text in texts if isinstance(texts, list) else [texts]:
            if not isinstance(text, str):
                continue
            for mark in _MARK.findall(text):
                whole = f"[/holdfast {mark}]" in text
                found[mark] = found.get(mark, False) or whole
        return [ReceiptNote(mark, self.session, whole) for mark, whole in found.items()]


def _str(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _millis(value: Any) -> int | None:
    if not isinstance(value, str):
        return None
    try:
        return int(datetime.fromisoformat(value).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
