"""A hook payload of Claude Code → drafts of events."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...edge.frame import Frame
from ...journal.events import Draft, Hook, SessionFacts
from .tools import call_of, outcome_of
from .words import digest, is_notification, said, summary_of, written

__all__ = ["Heard", "hear", "hook_of"]

HOST = "claude-code"
_NAME = 80  # characters kept of the name of a kind of sub-agent


@dataclass(frozen=True, slots=True)
class Heard:
    """What one payload says: of its session, what happened, and which files tell more."""

    facts: SessionFacts
    drafts: tuple[Draft, ...]
    prompt: str | None = None
    transcript: str | None = None
    agent_transcript: str | None = None


def hear(event: str, payload: Mapping[str, Any], frame: Frame, kept: frozenset[str]) -> Heard | None:
    """What a payload says; None when it is not one that we keep (unknown event, no session, foreign shape)."""
    session = _text(payload, "session_id")
    if not session or _text(payload, "hook_event_name") not in (event, None):
        return None
    hook = Hook(frame.nonce, frame.at)
    prompt = _text(payload, "prompt_id")
    entry = frame.environment.get("CLAUDE_CODE_ENTRYPOINT")
    attended = (
        None if entry is None else entry == "cli" and frame.environment.get("CLAUDE_CODE_SESSION_ATTENDED") != "0"
    )
    facts = SessionFacts(
        host=HOST,
        name=session,
        at=frame.at,
        cwd=_text(payload, "cwd") or frame.cwd or None,
        project_dir=frame.environment.get("CLAUDE_PROJECT_DIR"),
        named=frame.environment.get("HOLDFAST_PROJECT"),
        attended=attended,
        ended=(_text(payload, "reason") or "other") if event == "SessionEnd" else None,
        alive=event != "SessionEnd",
    )
    make = _MAKERS.get(event)
    if make is None:
        return None
    drafts = make(_Told(session, hook, prompt, attended is True, payload, kept))
    return Heard(
        facts,
        tuple(drafts),
        prompt=prompt,
        transcript=_text(payload, "transcript_path"),
        agent_transcript=_text(payload, "agent_transcript_path") if _text(payload, "agent_type") else None,
    )


@dataclass(frozen=True, slots=True)
class _Told:
    session: str
    hook: Hook
    prompt: str | None
    attended: bool
    payload: Mapping[str, Any]
    kept: frozenset[str]

    def draft(self, kind: str, *keys: str, **fields: Any) -> Draft:
        fields.setdefault("prompt", self.prompt)
        fields.setdefault("agent", _text(self.payload, "agent_id"))
        return Draft(
            kind=kind, at=self.hook.at, keys=(*keys, f"hook:{self.hook.nonce}"), seen=self.hook,
            session=self.session, **fields,
        )  # fmt: skip

    def boundary(self, kind: str, value: str) -> Draft:
        """Boundaries have no name of the host's: what another install fires within a second is the same one."""
        name = f"{kind}:{self.session}:{value}"
        keys = (f"{name}:a{self.hook.at // 2000}", f"{name}:b{(self.hook.at + 1000) // 2000}")
        return self.draft(kind, *keys, detail=_BOUNDARY_DETAIL[kind](value))


_BOUNDARY_DETAIL = {
    "start": lambda value: {"source": value},
    "end": lambda value: {"reason": value},
    "compaction": lambda value: {"trigger": value},
}


def _start(told: _Told) -> list[Draft]:
    return [told.boundary("start", _text(told.payload, "source") or "startup")]


def _end(told: _Told) -> list[Draft]:
    return [told.boundary("end", _text(told.payload, "reason") or "other")]


def _prompt(told: _Told) -> list[Draft]:
    raw = _text(told.payload, "prompt") or ""
    if is_notification(raw):
        text = written(raw)
        key = f"notification:{told.session}:{digest(text)}"
        return [told.draft("notification", key, text=text, prompt=None, join="text")]
    text_ = said(raw)
    if text_ is None:
        return []
    trust = "owner" if told.attended and not _text(told.payload, "agent_id") else "agent"
    kind = "command" if raw.startswith("/") and raw[1:2].isalpha() and "/" not in raw[1:].split()[0] else "prompt"
    key = f"{kind}:{told.session}:{told.prompt or told.hook.nonce}:{digest(text_)}"
    return [told.draft(kind, key, text=text_, trust=trust, join="text")]


def _tool(told: _Told) -> list[Draft]:
    failed = "error" in told.payload and "tool_response" not in told.payload
    name = _text(told.payload, "tool_name")
    call_id = _text(told.payload, "tool_use_id")
    if not name:
        return []
    call = call_of(name, told.payload.get("tool_input"), told.kept)
    outcome = outcome_of(
        name, told.kept, response=told.payload.get("tool_response"),
        content=told.payload.get("error") if failed else None, error=failed,
    )  # fmt: skip
    status = "interrupted" if told.payload.get("is_interrupt") is True else outcome.status
    keys = (f"tool:{told.session}:{call_id}",) if call_id else ()
    return [
        told.draft(
            "tool",
            *keys,
            tool=name,
            status=status,
            input=call.input,
            text=outcome.text,
            trust="tool",
            detail={**call.detail, **outcome.detail},
        )
    ]


def _reply(told: _Told) -> list[Draft]:
    text = said(_text(told.payload, "last_assistant_message") or "")
    if text is None:
        return []
    return [told.draft("reply", f"stop:{told.session}:{told.prompt}:{digest(text)}", text=text, join="text")]


def _failure(told: _Told) -> list[Draft]:
    text = said(_text(told.payload, "last_assistant_message") or _text(told.payload, "error") or "")
    if text is None:
        return []
    key = f"failure:{told.session}:{told.prompt}:{digest(text)}"
    return [told.draft("error", key, text=text, trust="tool", join="text")]


def _report(told: _Told) -> list[Draft]:
    type_ = _text(told.payload, "agent_type")
    if not type_:  # a compaction also fires this event
        return []
    text = said(_text(told.payload, "last_assistant_message") or "")
    if text is None:
        return []
    key = f"report:{told.session}:{_text(told.payload, 'agent_id')}:{digest(text)}"
    return [told.draft("reply", key, text=text, join="text", detail={"agent_type": type_[:_NAME]})]


def _before_compaction(told: _Told) -> list[Draft]:
    draft = told.boundary("compaction", _text(told.payload, "trigger") or "auto")
    return [replace(draft, join="kind", prompt=None)]


def _after_compaction(told: _Told) -> list[Draft]:
    text = said(summary_of(_text(told.payload, "compact_summary") or ""))
    if text is None:
        return []
    key = f"summary:{told.session}:{told.prompt}:{digest(text)}"
    return [told.draft("summary", key, text=text, join="text")]


_MAKERS = {
    "SessionStart": _start,
    "UserPromptSubmit": _prompt,
    "PostToolUse": _tool,
    "PostToolUseFailure": _tool,
    "PreCompact": _before_compaction,
    "PostCompact": _after_compaction,
    "Stop": _reply,
    "StopFailure": _failure,
    "SubagentStop": _report,
    "SessionEnd": _end,
}


_HOOKS = {
    "start": "SessionStart",
    "prompt": "UserPromptSubmit",
    "command": "UserPromptSubmit",
    "notification": "UserPromptSubmit",
    "tool": "PostToolUse",
    "compaction": "PreCompact",
    "summary": "PostCompact",
    "reply": "Stop",
    "error": "StopFailure",
    "end": "SessionEnd",
}


def hook_of(kind: str, agent: str | None) -> str:
    """The hook that tells of events of a kind."""
    return "SubagentStop" if kind == "reply" and agent else _HOOKS.get(kind, kind)


def _text(payload: Mapping[str, Any], name: str) -> str | None:
    value = payload.get(name)
    return value if isinstance(value, str) and value else None
