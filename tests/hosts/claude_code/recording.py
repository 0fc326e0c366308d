"""One recorded session on disk: what the hooks got and what the transcripts hold, fit to be kept.

The machine's paths become those of a user `u`; bulky values that say nothing about the session (copies of
requests, lists of skills) are cut. All other bytes stay as Claude Code wrote them.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.hosts.claude_code.driver import ClaudeCode

RECORDER = Path(__file__).with_name("recorder")
BULKY_LINES = ("api-request", "prompt_snapshot", "prompt-snapshot", "cost-state")
BULKY_ATTACHMENTS = {
    "skill_listing",
    "deferred_tools_delta",
    "agent_listing_delta",
    "environment",
    "model",
    "instructions",
    "session_context",
    "prompt_snapshot",
}
KEEP_OF_A_STORED_OUTPUT = 2_000
"""Characters of a tool-results file that a recording keeps."""


@dataclass(frozen=True, slots=True)
class HookCall:
    """One call of a hook: arrival in ms, the event, some variables, the exact bytes of the payload."""

    at: int
    event: str
    env: dict[str, str]
    raw: str

    @property
    def payload(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.raw)
        return value


def add_recorder(claude: ClaudeCode) -> None:
    """Gives Claude Code the recorder, from a copy whose path names no machine."""
    plugin = claude.home / "recorder"
    shutil.copytree(RECORDER, plugin, ignore=shutil.ignore_patterns("__pycache__"))
    folder = claude.root / "hooks"
    folder.mkdir()
    claude.plugins.append(plugin)
    claude.env["RECORDER_FOLDER"] = str(folder)


def hook_calls(claude: ClaudeCode) -> list[HookCall]:
    """What the recorder saw so far, in order of arrival."""
    calls = []
    for path in sorted((claude.root / "hooks").glob("*.hook")):
        header, _, raw = path.read_text(encoding="utf-8").partition("\n")
        about = json.loads(header)
        calls.append(HookCall(about["at"], about["event"], about["env"], raw.strip()))
    return calls


def save(claude: ClaudeCode, folder: Path) -> None:
    """Writes the recording of everything that this Claude Code did, in place of an older one."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    clean = _Cleaner(claude)
    with (folder / "hooks.jsonl").open("w", encoding="utf-8") as hooks:
        for call in hook_calls(claude):
            event, env = json.dumps(call.event), json.dumps(call.env)
            line = f'{{"at":{call.at},"event":{event},"env":{env},"payload":{call.raw}}}\n'
            hooks.write(clean.text(line))
    projects = claude.config / "projects"
    for path in sorted(path for path in projects.rglob("*") if path.is_file()):
        target = folder / "transcripts" / clean.text(str(path.relative_to(projects)))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(clean.file(path), encoding="utf-8")


class _Cleaner:
    def __init__(self, claude: ClaudeCode) -> None:
        root = str(claude.root.resolve())
        self._paths = (
            (str(claude.project.resolve()), "/home/u/project"),
            (str(claude.home.resolve()), "/home/u"),
            (root, "/home/u"),
            (_slug(str(claude.project.resolve())), "-home-u-project"),
            (_slug(root), "-home-u"),
            (f"/tmp/claude-{os.getuid()}/", "/tmp/claude-1000/"),
            (platform.release(), "6.8.0"),
            (platform.node(), "machine"),
        )

    def text(self, text: str) -> str:
        for machine, told in self._paths:
            text = text.replace(machine, told)
        return text

    def file(self, path: Path) -> str:
        text = self.text(path.read_text(encoding="utf-8"))
        if path.suffix == ".jsonl":
            return "".join(_lighter(line) for line in text.splitlines(keepends=True))
        if "tool-results" in path.parts and len(text) > KEEP_OF_A_STORED_OUTPUT:
            return text[:KEEP_OF_A_STORED_OUTPUT]
        return text


def _slug(path: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "-", path)


def _lighter(line: str) -> str:
    """The line itself, or with its bulky values cut when it is of a bulky sort."""
    try:
        value = json.loads(line)
    except json.JSONDecodeError:
        return line  # a line cut or glued by a crash is kept as it is
    sort = str(value.get("type", ""))
    attachment = value.get("attachment") or {}
    if sort.startswith(BULKY_LINES):
        lighter = {key: _cut(item, 60) for key, item in value.items()}
    elif attachment.get("type") in BULKY_ATTACHMENTS:
        parts = {key: _cut(item, 120) for key, item in attachment.items()}
        lighter = {**value, "attachment": parts}
        if "rendered" in value:
            lighter["rendered"] = _cut(value["rendered"], 120)
    else:
        return line
    end = "\n" if line.endswith("\n") else ""
    return json.dumps(lighter, ensure_ascii=False, separators=(",", ":")) + end


def _cut(value: Any, limit: int) -> Any:
    if len(json.dumps(value)) <= limit:
        return value
    if isinstance(value, str):
        return f"{value[:limit]}…[+{len(value) - limit} chars]"
    if isinstance(value, dict):
        return {key: _cut(item, limit) for key, item in value.items()}
    if isinstance(value, list):
        kept = [_cut(item, limit) for item in value[:1]]
        return kept + ([f"…[+{len(value) - 1} items]"] if len(value) > 1 else [])
    return value


def load(folder: Path) -> Iterator[HookCall]:
    """The hook calls of a saved recording."""
    for line in (folder / "hooks.jsonl").read_text(encoding="utf-8").splitlines():
        value = json.loads(line)
        yield HookCall(value["at"], value["event"], value["env"], json.dumps(value["payload"]))
