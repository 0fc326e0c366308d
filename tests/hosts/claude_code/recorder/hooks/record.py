"""A hook that keeps what it was given: one file a call, in the folder RECORDER_FOLDER.

The first line is JSON (arrival in ms, event, some variables); all after it are the exact bytes of stdin.
RECORDER_CONTEXT, when set, is handed back as additional context at the events of RECORDER_CONTEXT_EVENTS.
"""

import json
import os
import sys
import time
from pathlib import Path

VARIABLES = ("CLAUDE_PROJECT_DIR", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SESSION_ATTENDED")


def main() -> None:
    at = time.time_ns()
    event = sys.argv[1]
    payload = sys.stdin.buffer.read()
    folder = os.environ.get("RECORDER_FOLDER")
    if folder:
        env = {name: os.environ[name] for name in VARIABLES if name in os.environ}
        header = {"at": at // 1_000_000, "event": event, "env": env}
        path = Path(folder, f"{at}-{os.getpid()}.part")
        path.write_bytes(json.dumps(header).encode() + b"\n" + payload)
        path.rename(path.with_suffix(".hook"))
    context = os.environ.get("RECORDER_CONTEXT")
    events = os.environ.get("RECORDER_CONTEXT_EVENTS", "SessionStart,UserPromptSubmit").split(",")
    if context and event in events:
        answer = {"hookEventName": event, "additionalContext": context}
        print(json.dumps({"hookSpecificOutput": answer}))


main()
