"""What the hook client does when it cannot deliver: make the payload small and safe, and keep it on disk.

Copied beside the hook client with the guard (`redact.py`), and loaded by it only then. One file a frame, written
whole or not at all; the daemon drains them. Standard library only.
"""

import json
import os

__all__ = ["FOLDER", "keep", "own_tool", "shrink"]

FOLDER = "spool"
WRITTEN = ("prompt", "last_assistant_message", "compact_summary", "tool_input")  # by a person or the agent


def own_tool(name: object) -> bool:
    """Whether a host calls one of our tools so, whatever it calls our server: nothing of such a call is kept, since it
    may hold what is to be sealed. The tools of other memories that are called alike are taken for ours.
    """
    called = isinstance(name, str) and name.startswith("mcp__")
    return called and str(name).rpartition("__")[2].startswith(("mem_", "memory_", "secret_get"))


def shrink(body: bytes) -> bytes:
    """The payload with every string guarded and cut to head and tail, and without what our own tools were given and
    answered; b"" when it is not a JSON object."""
    try:
        payload = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return b""
    if not isinstance(payload, dict):
        return b""
    import redact  # lies beside the launcher; the package has it as guard.redact

    if own_tool(payload.get("tool_name")):
        payload = {name: value for name, value in payload.items() if name not in ("tool_input", "tool_response")}
    cleaned = redact.clean_json(payload, written_keys=WRITTEN)
    return json.dumps(cleaned, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def keep(head: bytes, body: bytes) -> None:
    """Write one frame into the spool of the current folder, guarded, durable once this returns."""
    frame = head + shrink(body)
    nonce = next(field for field in head.split(b"\0") if field.startswith(b"nonce="))[6:].decode()
    at = next(field for field in head.split(b"\0") if field.startswith(b"at="))[3:].decode()
    try:
        folder = os.open(FOLDER, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        os.makedirs(FOLDER, 0o700, exist_ok=True)  # another hook may make it at the same moment
        folder = os.open(FOLDER, os.O_RDONLY | os.O_DIRECTORY)
    try:
        name = f"{int(at):015d}-{nonce}"
        file = os.open(f"{name}.part", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
        try:
            view = memoryview(frame)
            while view:
                view = view[os.write(file, view) :]
            os.fsync(file)
        finally:
            os.close(file)
        os.rename(f"{name}.part", f"{name}.frame", src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
    finally:
        os.close(folder)
