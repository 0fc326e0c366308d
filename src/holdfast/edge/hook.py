"""The hook client: one host event in, one answer out; on any failure a spooled copy, never an error.

This file is copied into `<home>/bin`, where the launcher (`launch.py`) imports it for every event of every host, so it
imports next to nothing itself: even `socket` doubles its time. The wire is described in `frame.py`. `spool.py` and the
guard lie beside it and are loaded only when they must be.
"""

import posix
import sys
import time

import _socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

VERSION = "0"  # these three are told by the launcher
DAEMON: tuple[str, ...] = ()  # argv that starts the daemon
HOME = b""  # the folder that holds the socket

WIRE = b"holdfast/1"
ENVIRONMENT = (  # what the daemon may know of the host's environment
    b"CLAUDE_PROJECT_DIR",
    b"CLAUDE_CODE_ENTRYPOINT",
    b"CLAUDE_CODE_SESSION_ATTENDED",
    b"HOLDFAST_PROJECT",
    b"HOLDFAST_AUTO_APPROVE",
)
KEPT = (b"HOME", b"PATH", b"LANG", b"LC_ALL", b"TZ", b"USER", b"TMPDIR", b"XDG_CONFIG_HOME")  # for the daemon
WAITING = ("SessionStart", "UserPromptSubmit", "PermissionRequest")  # events whose answer matters
LARGE = 256 * 1024  # bytes of a payload that this process makes small before it sends it
ACKNOWLEDGE = 0.05  # seconds for the daemon to show that it lives
ANSWER = 0.15  # seconds for its answer; at a session's start, and when it must be started first:
PATIENCE = 1.0


class Silent(Exception):
    """Nobody listens, or who listens is silent."""


def folder() -> bytes:
    try:
        return posix.getcwdb()
    except OSError:  # the folder is gone
        return b""


def variables(names: tuple[bytes, ...]) -> dict[bytes, bytes]:
    return {name: posix.environ[name] for name in names if posix.environ.get(name)}


def header(host: bytes, event: bytes, nonce: bytes, cwd: bytes, environment: dict[bytes, bytes]) -> bytes:
    fields = [
        WIRE, b"v=" + VERSION.encode(), b"host=" + host, b"event=" + event, b"nonce=" + nonce,
        b"at=%d" % (time.time_ns() // 1000000), b"cwd=" + cwd,
        *(name + b"=" + value for name, value in environment.items()),
    ]  # fmt: skip
    return b"\0".join(fields).replace(b"\\", b"\\\\").replace(b"\n", b"\\n") + b"\n"


def read_all(number: int) -> bytes:
    chunks: list[bytes] = []
    while True:
        chunk = posix.read(number, 1 << 20)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)


def ask(frame: bytes, patience: float, acknowledge: float = ACKNOWLEDGE) -> bytes:
    """Send one frame and return the answer's bytes. Raises Silent or OSError."""
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        connection.settimeout(acknowledge)
        connection.connect(b"socket")
        if len(frame) <= 65536:
            connection.sendall(frame)
            connection.shutdown(_socket.SHUT_WR)
            received = connection.recv(65536)
        else:  # a hung daemon must show before we push more than the socket holds
            end = frame.index(b"\n") + 1
            connection.sendall(frame[:end])
            received = connection.recv(1)
            if received:
                connection.settimeout(patience)
                connection.sendall(memoryview(frame)[end:])
                connection.shutdown(_socket.SHUT_WR)
        if received[:1] != b"+":
            raise Silent("refused" if received else "closed")
        deadline = time.monotonic() + patience
        while True:
            length, found, answer = received[1:].partition(b"\n")
            if found and len(answer) >= int(length):
                return answer[: int(length)]
            left = deadline - time.monotonic()
            if left <= 0:
                raise Silent("no answer in time")
            connection.settimeout(left)
            chunk = connection.recv(1 << 20)
            if not chunk:
                raise Silent("closed before its answer")
            received += chunk
    finally:
        connection.close()


def start_daemon() -> None:
    """Start the daemon in a session of its own: nothing of the host's is inherited."""
    environment = {name: value for name, value in posix.environ.items() if name in KEPT}
    null = [(posix.POSIX_SPAWN_OPEN, number, "/dev/null", 2, 0) for number in (0, 1, 2)]
    environment[b"HOLDFAST_HOME"] = HOME
    posix.posix_spawn(DAEMON[0], DAEMON, environment, file_actions=null, setsid=True)


def beside(name: str) -> "ModuleType":
    """A module that lies beside this file."""
    return __import__(name)


def deliver(host: str, event: str, body: bytes, say: "Callable[[str], None]") -> bytes:
    """The answer to one event; what could not be delivered is spooled under the same nonce."""
    nonce = posix.urandom(8).hex().encode()
    head = header(host.encode(), event.encode(), nonce, folder(), variables(ENVIRONMENT))
    posix.chdir(HOME)
    if len(body) > LARGE:
        body = beside("spool").shrink(body)
    patience = PATIENCE if event == "SessionStart" else ANSWER
    try:
        return ask(head + body, patience)
    except (FileNotFoundError, ConnectionRefusedError, ConnectionResetError, BrokenPipeError) as error:
        say(f"nobody listens ({error}); starting the daemon")  # reset: one is dying; two cannot serve at once
        try:
            start_daemon()
        except Exception as problem:  # whatever it is (no more processes, a program that is gone): keep the event
            say(f"the daemon cannot be started ({problem}); spooled")
            beside("spool").keep(head, body)
            return b""
    except (Silent, OSError, ValueError) as error:
        say(f"no answer ({error}); spooled")
        beside("spool").keep(head, body)
        return b""
    if event in WAITING:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            time.sleep(0.005)
            try:
                left = deadline - time.monotonic()
                return ask(head + body, left, left)
            except (FileNotFoundError, ConnectionRefusedError):
                continue
            except (Silent, OSError, ValueError) as error:
                say(f"no answer ({error})")
                break
    say("spooled")
    beside("spool").keep(head, body)
    return b""


def main(argv: list[str]) -> None:
    if len(argv) != 3 or argv[1].startswith("-"):
        posix.write(2, b"usage: hook HOST EVENT < payload.json\n")
        return
    host, event = argv[1], argv[2]
    debug = posix.environ.get(b"HOLDFAST_DEBUG") == b"1"

    def say(text: str) -> None:
        if debug:
            posix.write(2, f"[holdfast {event}] {text}\n".encode("utf-8", "replace"))

    body = read_all(0)
    if posix.environ.get(b"HOLDFAST_IGNORE") == b"1":
        say("ignored (HOLDFAST_IGNORE=1)")
        if event == "SessionStart":  # so that its transcript is never read either
            deliver(host, "Ignored", body, say)
        return
    answer = deliver(host, event, body, say)
    say(f"{len(body)} bytes in, {len(answer)} bytes out")
    if answer:
        posix.write(1, answer)


def run(version: str, daemon: tuple[str, ...], home: str) -> None:
    """What the launcher does: one event, whatever happens exit status 0."""
    global VERSION, DAEMON, HOME  # noqa: PLW0603  # told once, before anything else
    try:
        VERSION, DAEMON = version, daemon
        HOME = home.encode("utf-8", "surrogateescape")  # not from the environment: a repository may set that
        main(sys.argv)
    except BaseException as error:  # a hook must never disturb its host
        if posix.environ.get(b"HOLDFAST_DEBUG") == b"1":
            posix.write(2, f"[holdfast] {error!r}\n".encode("utf-8", "replace"))
    posix._exit(0)
