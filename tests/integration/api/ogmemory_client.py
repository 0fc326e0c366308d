"""A client written for oGMemory: what the scripts of its Claude Code plugin send, where from, and what they print.

`python ogmemory_client.py compose | add_session_message | after_turn`, a hook's payload on standard input. It uses the
standard library only, ends with 0 whatever happens, and speaks of failures on standard error.
"""

import json
import os
import sys
import urllib.request
from pathlib import Path
from typing import Any

URL = os.environ.get("OG_MEMORY_URL", "http://127.0.0.1:8090").rstrip("/")
KEY = os.environ.get("OG_AUTH_API_KEY")
ACCOUNT = os.environ.get("OG_MEMORY_ACCOUNT_ID", "acct-demo")
USER = os.environ.get("OG_MEMORY_USER_ID", "u-claude")
AGENT = os.environ.get("OG_MEMORY_AGENT_ID", "claude-code")
TOOLS = ("Write", "Edit", "MultiEdit", "Bash", "NotebookEdit")
SECTIONS = (
    ("Profile", "identityContext"),
    ("Archives", "episodicContext"),
    ("Session", "sessionContext"),
    ("Working Set", "retrievedEvidence"),
    ("Memory Message", "memoryUserMessage"),
)


def identity(session: str) -> dict[str, str]:
    return {"accountId": ACCOUNT, "userId": USER, "agentId": AGENT, "sessionId": session}


def post(path: str, body: dict[str, Any], seconds: float) -> Any:
    headers = {"Content-Type": "application/json"}
    if KEY:
        headers |= {"X-API-Key": KEY, "X-Account-ID": ACCOUNT, "X-User-ID": USER}
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), headers, method="POST")
    with urllib.request.urlopen(request, timeout=seconds) as answer:
        return json.loads(answer.read())


def compose(told: dict[str, Any]) -> None:
    prompt = told.get("prompt", "")
    if len(prompt) < 4 or prompt.startswith("/"):
        return
    answer = post("/api/v1/compose", {**identity(told["session_id"]), "prompt": prompt}, 30)
    parts = [f"## {title}\n{answer[name]}" for title, name in SECTIONS if answer.get(name)]
    if parts:
        text = "[memory]\n" + "\n\n".join(parts)[:9_500]
        output = {"hookSpecificOutput": {"hookEventName": "UserPromptSubmit", "additionalContext": text}}
        print(json.dumps(output))


def cut(value: Any, limit: int = 10_000) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit} more characters)"


def add_session_message(told: dict[str, Any]) -> None:
    if told["tool_name"] not in TOOLS:
        return
    lines = (
        f"[tool] {told['tool_name']}",
        f"tool_input: {cut(told['tool_input'])}",
        f"tool_response: {cut(told['tool_response'])}",
    )
    session = told["session_id"]
    post(f"/api/v1/sessions/{session}/messages", {**identity(session), "role": "tool", "content": "\n".join(lines)}, 8)


def after_turn(told: dict[str, Any]) -> None:
    transcript = Path(told["transcript_path"])
    sidecar = Path(f"{transcript}.ingest-offset")
    offset = int(sidecar.read_text()) if sidecar.exists() else 0
    content = transcript.read_bytes()
    messages = [message for line in content[offset:].splitlines() if (message := spoken(line)) is not None]
    if messages:
        body = {**identity(told["session_id"]), "messages": messages, "hook_event_name": told["hook_event_name"]}
        post("/api/v1/after_turn", body, 10)
    sidecar.write_text(str(len(content)))


def spoken(line: bytes) -> dict[str, str] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if entry.get("type") not in ("user", "assistant") or entry.get("isSidechain") or entry.get("isApiErrorMessage"):
        return None
    content = entry["message"]["content"]
    if isinstance(content, list):
        content = "\n".join(block["text"] for block in content if block.get("type") == "text")
    return {"role": entry["message"]["role"], "content": content} if content.strip() else None


if __name__ == "__main__":
    name = sys.argv[1]
    try:
        {"compose": compose, "add_session_message": add_session_message, "after_turn": after_turn}[name](
            json.load(sys.stdin)
        )
    except Exception as error:
        print(f"[call_{name}] {error}", file=sys.stderr)
