"""What is kept of a tool call, the same from a hook payload and from a transcript line.

The allowlist is a setting; what it names is kept with input and output. Of Read, Glob and Grep the path stays, of
any other tool its name and 200 characters of input. Whatever failed keeps its error. Inputs never depend on the
outcome, so that both sources give the same text in any order.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...edge.spool import own_tool
from ...guard import clean, clean_json, clip, strip_own

__all__ = ["PATH_ONLY", "Call", "Outcome", "call_of", "outcome_of", "shown_text"]

PATH_ONLY: Final = frozenset({"Read", "Glob", "Grep", "LS", "NotebookRead"})
EDITING: Final = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit"})
OTHER_LIMIT: Final = 200  # characters of input kept of a tool that is on no list
PLANNING: Final = frozenset({"TodoWrite", "TaskCreate", "TaskUpdate"})
PLAN_LIMIT: Final = 4_000  # of the agent's list of tasks: what is open goes into the hand-off
WHOLE_LIMIT: Final = 24_000  # characters of an input with many parts
_DENIED: Final = (
    "The user doesn't want to proceed",
    "The user doesn't want to take",
    "Permission to use",
    "Claude requested permissions to",
)
_PATHS: Final = ("file_path", "notebook_path", "path")
_LINE_ENDS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Call:
    """What is kept of a call: its input as compact JSON, and the files it names."""

    tool: str
    input: str | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended: ok, failed, denied or interrupted, and what is kept of its output."""

    status: str
    text: str | None
    detail: Mapping[str, Any]


def call_of(tool: str, given: Any, kept: frozenset[str]) -> Call:
    """What is kept of a call of `tool` with the input `given` (decoded JSON, unguarded)."""
    if own_tool(tool):
        return Call(tool, None, {})
    fields = given if isinstance(given, dict) else {}
    files = [_path(fields[name]) for name in _PATHS if isinstance(fields.get(name), str)]
    detail: dict[str, Any] = {"files": files} if files else {}
    if tool in PATH_ONLY and tool not in kept:
        if isinstance(fields.get("pattern"), str):
            detail["pattern"] = clean(fields["pattern"], written=True)[:OTHER_LIMIT]
        return Call(tool, None, detail)
    # The host drops or adds switches between what the model sent and what a hook sees.
    switches = (False, None) if tool in kept else (False, None, True)
    given = {name: value for name, value in fields.items() if not any(value is each for each in switches)}
    cleaned: Any = clean_json({"tool_input": _without_own(given)}, written_keys=("tool_input",))
    text = json.dumps(cleaned["tool_input"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if tool in kept:
        return Call(tool, text if len(text) <= WHOLE_LIMIT else clip(text), detail)
    return Call(tool, text[: PLAN_LIMIT if tool in PLANNING else OTHER_LIMIT], detail)


def _path(given: str) -> str:
    """A path, guarded and on one line: it is told among other lines."""
    return _LINE_ENDS.sub(" ", clean(given, written=True))


def outcome_of(tool: str | None, kept: frozenset[str], *, response: Any, content: Any, error: bool) -> Outcome:
    """How a call of `tool` ended; of one of our own no word is kept, since an error may repeat what is to be sealed.

    response: the tool's own result (hook: tool_response, transcript: toolUseResult); None where there is none.
    content: what the model was shown (transcript: the tool_result's content; hook: the error), or None.
    """
    shown = _shown(content)
    if own_tool(tool):
        return Outcome(_failure(shown) if error else "ok", None, {})
    if error:
        return Outcome(_failure(shown), shown_text(shown), {})
    detail: dict[str, Any] = {}
    if isinstance(response, dict):
        if response.get("interrupted") is True:
            return Outcome("interrupted", shown_text(_output(tool, response, shown) or ""), detail)
        if isinstance(response.get("persistedOutputSize"), int):
            detail["output_bytes"] = response["persistedOutputSize"]
    if tool is None or tool not in kept:
        return Outcome("ok", None, detail)
    output = _output(tool, response, shown)
    return Outcome("ok", None if output is None else shown_text(output), detail)


def shown_text(text: str) -> str:
    """What a program printed, guarded, without what we injected."""
    return clean(strip_own(text), written=False)


def _without_own(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return strip_own(value)
    if depth > 64:  # the guard leaves out what is deeper
        return value
    if isinstance(value, dict):
        return {name: _without_own(item, depth + 1) for name, item in value.items()}
    return [_without_own(item, depth + 1) for item in value] if isinstance(value, list) else value


def _output(tool: str | None, response: Any, shown: str) -> str | None:
    if isinstance(response, dict):
        if isinstance(response.get("stdout"), str):
            parts = [response["stdout"], response.get("stderr")]
            return "\n".join(shown_text(part) for part in parts if isinstance(part, str) and part)
        patch = response.get("structuredPatch")
        if isinstance(patch, list):
            return _patch(patch)
    if tool in EDITING:
        return None  # the input says it all; what the model is told differs between sources
    return shown or None


def _patch(hunks: list[Any]) -> str:
    lines = []
    for hunk in hunks:
        if not isinstance(hunk, dict):
            continue
        lines.append(
            f"@@ -{hunk.get('oldStart')},{hunk.get('oldLines')} +{hunk.get('newStart')},{hunk.get('newLines')} @@"
        )
        told = hunk.get("lines")
        lines.extend(line for line in (told if isinstance(told, list) else ()) if isinstance(line, str))
    return "\n".join(lines)


def _shown(content: Any) -> str:
    if isinstance(content, str):
        text = content
    elif isinstance(content, list):
        text = "\n".join(
            block["text"] if isinstance(block.get("text"), str) else f"[{block.get('type', 'block')}]"
            for block in content
            if isinstance(block, dict)
        )
    else:
        return ""
    inner = text.strip()
    if inner.startswith("<tool_use_error>") and inner.endswith("</tool_use_error>"):
        return inner.removeprefix("<tool_use_error>").removesuffix("</tool_use_error>")
    return text


def _failure(shown: str) -> str:
    if shown.startswith(_DENIED):
        return "denied"
    if shown.startswith(("[Request interrupted", "[Tool call interrupted")):
        return "interrupted"
    return "failed"
