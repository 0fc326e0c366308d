r"""The wire between edges and the daemon, over a Unix socket of one's own.

Request: one header line, then the body as raw bytes, then the end of the stream.
The header is fields separated by NUL, with `\` written `\\` and a newline `\n`:

    holdfast/1  v=<client version>  host=<host or cli>  event=<event or operation>  nonce=<hex>
    at=<Unix ms>  cwd=<folder>  NAME=<value of an environment variable of the client's table> …

Answer: `+` as soon as the header was read (the daemon lives), then `<length>\n` and that many bytes, which come
only after what was sent is durable. A stream that ends earlier was not acknowledged: the sender keeps its copy.
The call of a tool, of which nobody keeps a copy, is made also when its sender is gone before the `+`.
A header of another wire version is not answered at all.
"""

import contextlib
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["BODY_LIMIT", "HEADER_LIMIT", "WIRE", "Frame", "call", "encode", "parse_header"]

WIRE = b"holdfast/1"
HEADER_LIMIT = 64 * 1024
_ADDRESS = 100  # bytes that the address of a Unix socket has room for, about; a longer path is reached from its folder
BODY_LIMIT = 32 * 1024 * 1024
_LONG = 2.0  # seconds after which who waits is told so


@dataclass(frozen=True, slots=True)
class Frame:
    """One request. `environment` holds the client's variables, `at` its wall clock in Unix ms."""

    host: str
    event: str
    nonce: str
    at: int
    cwd: str
    version: str
    environment: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def parse_header(line: bytes) -> Frame | None:
    """The frame (still without body) that a header line announces; None when it is not of this wire."""
    line = b"\\".join(part.replace(b"\\n", b"\n") for part in line.rstrip(b"\n").split(b"\\\\"))
    wire, *fields = line.split(b"\0")
    if wire != WIRE:
        return None
    values = {}
    for each in fields:
        name, found, value = each.partition(b"=")
        if found:
            values[name.decode("ascii", "replace")] = value.decode("utf-8", "surrogateescape")
    try:
        at = int(values.get("at", ""))
    except ValueError:
        return None
    if not 0 <= at < 1 << 53:
        return None
    return Frame(
        host=values.get("host", ""),
        event=values.get("event", ""),
        nonce=values.get("nonce", ""),
        at=at,
        cwd=values.get("cwd", ""),
        version=values.get("v", ""),
        environment={name: value for name, value in values.items() if name.isupper()},
    )


def encode(frame: Frame) -> bytes:
    """The bytes of a request, header and body."""
    fields = [
        WIRE.decode(),
        f"v={frame.version}",
        f"host={frame.host}",
        f"event={frame.event}",
        f"nonce={frame.nonce}",
        f"at={frame.at}",
        f"cwd={frame.cwd}",
        *(f"{name}={value}" for name, value in frame.environment.items()),
    ]
    head = b"\0".join(_bytes(field) for field in fields).replace(b"\\", b"\\\\").replace(b"\n", b"\\n") + b"\n"
    return head + frame.body


def _bytes(field: str) -> bytes:
    field = field.replace("\0", "")  # which ends a field
    try:
        return field.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return field.encode("utf-8", "replace")


def call(
    socket_path: Path, frame: Frame, timeout: float = 30.0, *, silence: float | None = None,
    waiting: Callable[[], None] | None = None,
) -> bytes:  # fmt: skip
    """Send a frame and return the answer. Raises OSError (nobody listens, time out) and EOFError (cut off).

    silence: seconds without a sign of life, which a daemon gives at once; None: as long as the answer may take.
    waiting: called once when it takes long.
    """
    began = time.monotonic()
    deadline, dead = began + timeout, began + min(timeout, silence or timeout)
    told = began + _LONG if waiting else float("inf")
    with _connect(socket_path, dead - began) as connection:
        connection.sendall(encode(frame))
        connection.shutdown(socket.SHUT_WR)
        received = bytearray()
        while True:
            length, found, answer = received[1:].partition(b"\n")
            if received and not received.startswith(b"+"):
                raise EOFError("the answer is not of this wire")
            if found and len(answer) >= int(length):
                return bytes(answer[: int(length)])
            until = deadline if received else dead
            connection.settimeout(max(0.001, min(until, told) - time.monotonic()))
            try:
                chunk = connection.recv(1 << 20)
            except TimeoutError:
                if waiting is None or time.monotonic() >= until:
                    raise
                told = float("inf")
                waiting()
                continue
            if not chunk:
                raise EOFError("the daemon closed the connection before its answer")
            received += chunk


def _connect(path: Path, timeout: float) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    try:
        if len(str(path).encode()) < _ADDRESS:
            connection.connect(str(path))
        else:
            with contextlib.chdir(path.parent):
                connection.connect(path.name)
    except BaseException:
        connection.close()
        raise
    return connection
