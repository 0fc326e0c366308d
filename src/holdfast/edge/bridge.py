"""The MCP bridge: JSON-RPC over standard input and output on one side, frames to the daemon on the other.

This file is copied into `<home>/bin`, where the launcher `bridge` (`launch.py`) runs it beside the hook client. It
lives as long as its host's session, so it imports little: what tools there are stands in `tools.json` beside it, and
all that a tool does happens in the daemon. It holds no connection while nothing is asked; a daemon that left is started
again.

It speaks MCP 2024-11-05 to 2025-11-25, which begin with `initialize`, and 2026-07-28, in which each request says its
own version.
"""

import _thread
import posix
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable
    from typing import Any, Protocol

    Json = dict[str, Any]

    class Hook(Protocol):
        """The module of the hook client."""

        VERSION: str
        DAEMON: tuple[str, ...]
        HOME: bytes
        Silent: type[Exception]

        def folder(self) -> bytes: ...

        def variables(self, names: tuple[bytes, ...]) -> dict[bytes, bytes]: ...

        def header(
            self, host: bytes, event: bytes, nonce: bytes, cwd: bytes, environment: dict[bytes, bytes]
        ) -> bytes: ...

        def ask(self, frame: bytes, patience: float, acknowledge: float) -> bytes: ...

        def start_daemon(self) -> None: ...

    def loads(data: bytes) -> Any:
        """The value that JSON text holds. Raises ValueError and RecursionError."""

    def dumps(value: Any) -> str:
        """A value as JSON, on one line. Raises TypeError."""


else:
    import _signal

    try:  # what `json` itself is made of: with its regular expressions it is as large as all the rest
        from _json import encode_basestring_ascii, make_encoder, make_scanner
    except ImportError:
        from json import dumps, loads
    else:

        class _Reading:
            strict = True
            object_hook = object_pairs_hook = None
            parse_float, parse_int, parse_constant = float, int, float

        _scan = make_scanner(_Reading())

        def loads(data):
            text = data.decode().strip(" \t\r\n")
            try:
                value, end = _scan(text, 0)
            except (StopIteration, SystemError):  # the latter when it cannot find the class of its own errors
                raise ValueError("no JSON") from None
            if end != len(text):
                raise ValueError("more than one value")
            return value

        def dumps(value):
            written = make_encoder({}, _unwritable, encode_basestring_ascii, None, ":", ",", False, False, True)
            return "".join(written(value, 0))

        def _unwritable(value):
            raise TypeError(type(value).__name__)


NEGOTIATED = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")  # by `initialize`; the newest first
STATELESS = ("2026-07-28",)
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
SERVER_KEY = "io.modelcontextprotocol/serverInfo"
ENVIRONMENT = (  # what the daemon may know of the host's environment
    b"CLAUDE_PROJECT_DIR",
    b"CLAUDE_CODE_SESSION_ID",
    b"HOLDFAST_IGNORE",
    b"HOLDFAST_PROJECT",
)
THREADS = 16  # calls that are made at once; more wait for their turn
LONGEST = 16 * 1024 * 1024  # bytes of one message
ANSWER = 120.0  # seconds for the daemon to answer
START = 20.0  # seconds for one to come up
LIVES = 1.0  # seconds for it to show that it lives, once the host is gone
AGAIN = 3.0  # seconds after which one that has not come up is started once more
KEPT_FRESH = 3_600_000  # ms for which a list of tools may be kept

PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS = -32700, -32600, -32601, -32602
UNSUPPORTED_VERSION = -32022
USAGE = "usage: bridge [--tools=agent|memory|admin|all|NAME,…] [--project NAME]"
HELP = "Serves holdfast's tools over MCP on standard input and output: holdfast mcp --help"


class Wrong(Exception):
    """What JSON-RPC calls an error: code, message, data."""

    def __init__(self, code: int, message: str, data: "Any" = None) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message} if data is None else {
            "code": code, "message": message, "data": data,
        }  # fmt: skip


class Bridge:
    """One host, from its first message to the end of its input."""

    def __init__(
        self, hook: "Hook", manifest: "Json", tools: str, project: str | None, write: "Callable[[bytes], None]"
    ) -> None:
        """hook: the hook client's module, which knows the daemon. Raises KeyError: there is no tool of that name."""
        self._hook, self._write_out = hook, write
        offered = {tool["name"]: tool for tool in manifest["tools"]}
        names = [name for part in tools.split(",") if part for name in manifest["profiles"].get(part, [part])]
        self._tools = {name: offered[name] for name in dict.fromkeys(names)}
        self._instructions = next((text for name, text in manifest["instructions"] if name in self._tools), "")
        self._server = {"name": "holdfast", "version": hook.VERSION}
        name = b"mcp-" + posix.urandom(6).hex().encode()  # of the session, where the host has none for it
        self._environment = {b"HOLDFAST_BRIDGE": name, **hook.variables(ENVIRONMENT)}
        if project is not None:
            self._environment[b"HOLDFAST_PROJECT"] = project.encode("utf-8", "surrogateescape")
        self._cwd = hook.folder()
        self._roots: list[str] = []
        self._has_roots = False
        self._asked = 0  # how often the host was asked for its roots
        self._lock = _thread.allocate_lock()
        self._running: dict[Any, bool] = {}  # request -> whether its answer is still wanted
        self._waiting: list[tuple[Any, str, Json, Any, bool]] = []  # of these, the calls that no thread has taken yet
        self._threads = 0
        self._starting = 0.0  # when a daemon was started that has not answered yet

    # -- messages --

    def serve(self, read: "Callable[[int], bytes]") -> None:
        """Answer until the input ends, then finish what runs, unless the daemon hangs: what it was sent it will read
        when it goes on."""
        parts: list[bytes] = []
        size = 0
        while True:
            chunk = read(1 << 16)
            if not chunk:
                break
            *lines, rest = chunk.split(b"\n")
            for line in lines:
                if size <= LONGEST:
                    self._line(b"".join([*parts, line]))
                else:
                    self._refuse(None, INVALID_REQUEST, f"a message has at most {LONGEST:,} bytes")
                parts, size = [], 0
            size += len(rest)
            parts = [*parts, rest] if size <= LONGEST else []
        if size:
            self._line(b"".join(parts))
        look = time.monotonic() + LIVES / 2
        while self._running:
            time.sleep(0.005)
            if time.monotonic() > look:
                if self._hangs():
                    return
                look = time.monotonic() + LIVES

    def _line(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            message = loads(line)
        except (ValueError, RecursionError):
            self._refuse(None, PARSE_ERROR, "that is not JSON")
            return
        if isinstance(message, list) and message:  # a batch of 2025-03-26: its answers go out one by one
            for each in message:
                self._message(each)
        else:
            self._message(message)

    def _message(self, message: "Any") -> None:
        if not isinstance(message, dict):
            self._refuse(None, INVALID_REQUEST, "a message is an object")
            return
        method, id = message.get("method"), message.get("id")
        params = message.get("params")
        if not isinstance(method, str):
            if "result" in message or "error" in message:
                self._answered(id, message.get("result"))
            else:
                self._refuse(id if type(id) in (int, str) else None, INVALID_REQUEST, "there is no method")
        elif "id" not in message:
            self._notified(method, params if isinstance(params, dict) else {})
        elif type(id) not in (int, str):
            self._refuse(None, INVALID_REQUEST, "an id is a text or a whole number")
        elif params is not None and not isinstance(params, dict):
            self._refuse(id, INVALID_PARAMS, "params is an object")
        else:
            self._request(id, method, params or {})

    def _request(self, id: "Any", method: str, params: "Json") -> None:
        try:
            stateless = self._stateless(params)
            if method == "tools/call":
                self._begin(id, params, stateless)
                return
            result = self._result(method, params)
        except Wrong as wrong:
            self._send({"jsonrpc": "2.0", "id": id, "error": wrong.error})
            return
        if stateless:
            result = {"resultType": "complete", "_meta": {SERVER_KEY: self._server}, **result}
            if method != "ping":
                result |= {"ttlMs": KEPT_FRESH, "cacheScope": "private"}
        self._send({"jsonrpc": "2.0", "id": id, "result": result})

    def _result(self, method: str, params: "Json") -> "Json":
        if method == "initialize":
            asked = params.get("protocolVersion")
            capabilities = params.get("capabilities")
            self._has_roots = isinstance(capabilities, dict) and "roots" in capabilities
            return {
                "protocolVersion": asked if asked in NEGOTIATED else NEGOTIATED[0],
                "capabilities": {"tools": {}},
                "serverInfo": self._server,
                "instructions": self._instructions,
            }
        if method == "server/discover":
            return {
                "supportedVersions": [*STATELESS, *NEGOTIATED],
                "capabilities": {"tools": {}},
                "instructions": self._instructions,
            }
        if method == "tools/list":
            return {"tools": list(self._tools.values())}
        if method == "ping":
            return {}
        empty = {
            "resources/list": "resources",
            "resources/templates/list": "resourceTemplates",
            "prompts/list": "prompts",
        }
        if method in empty:
            return {empty[method]: []}
        raise Wrong(NO_METHOD, f"there is no method {method!r}")

    @staticmethod
    def _stateless(params: "Json") -> bool:
        """Whether a request says its own version, as those of 2026-07-28 do."""
        meta = params.get("_meta")
        asked = meta.get(VERSION_KEY) if isinstance(meta, dict) else None
        if asked is None or asked in NEGOTIATED:
            return False
        if asked not in STATELESS:
            told = {"supported": [*STATELESS, *NEGOTIATED], "requested": str(asked)}
            raise Wrong(UNSUPPORTED_VERSION, f"version {asked!r} is not spoken here", told)
        return True

    def _notified(self, method: str, params: "Json") -> None:
        if method == "notifications/cancelled" and type(params.get("requestId")) in (int, str):
            with self._lock:
                if params["requestId"] in self._running:
                    self._running[params["requestId"]] = False
        elif method in ("notifications/initialized", "notifications/roots/list_changed") and self._has_roots:
            self._asked += 1
            self._send({"jsonrpc": "2.0", "id": f"roots-{self._asked}", "method": "roots/list"})

    def _answered(self, id: "Any", result: "Any") -> None:
        """The host answers what it was asked: the folders that it has open."""
        roots = result.get("roots") if isinstance(result, dict) else None
        if id == f"roots-{self._asked}" and isinstance(roots, list):
            self._roots = [each["uri"] for each in roots if isinstance(each, dict) and isinstance(each.get("uri"), str)]

    # -- calls --

    def _begin(self, id: "Any", params: "Json", stateless: bool) -> None:
        name, given = params.get("name"), params.get("arguments")
        if not isinstance(name, str) or not (given is None or isinstance(given, dict)):
            raise Wrong(INVALID_PARAMS, "tools/call takes the name of a tool, and an object of arguments")
        with self._lock:
            if id in self._running:
                raise Wrong(INVALID_REQUEST, "a request of this id is being answered")
            self._running[id] = True
            self._waiting.append((id, name, given or {}, params.get("_meta"), stateless))
            if self._threads == THREADS:
                return
            self._threads += 1
        try:
            _thread.start_new_thread(self._work, ())
        except RuntimeError:  # the machine has no more of them: this one does it
            self._work()

    def _work(self) -> None:
        """Make the calls that wait, until none does."""
        while True:
            with self._lock:
                if not self._waiting:
                    self._threads -= 1
                    return
                call = self._waiting.pop(0)
                if not self._running[call[0]]:
                    del self._running[call[0]]
                    continue
            self._call(*call)

    def _call(self, id: "Any", name: str, given: "Json", meta: "Any", stateless: bool) -> None:
        try:
            if name in self._tools:
                answer = self._ask(self._frame(name, {"arguments": given, "meta": meta, "roots": self._roots}))
            else:
                known = ", ".join(self._tools)
                answer = _failed(f"there is no tool {name!r} here; there are: {known}")
        except Exception as error:  # whatever it is, the host is told
            answer = _failed(_reason(error))
        if stateless:
            told = dumps({"resultType": "complete", "_meta": {SERVER_KEY: self._server}})
            answer = told[:-1].encode() + b"," + answer[1:]
        with self._lock:
            wanted = self._running.pop(id)
            if wanted:
                self._write_out(b'{"jsonrpc":"2.0","id":' + dumps(id).encode() + b',"result":' + answer + b"}\n")
        self._starting = 0.0

    def _frame(self, tool: str, body: "Json") -> bytes:
        nonce = posix.urandom(16).hex().encode()
        return self._hook.header(b"mcp", tool.encode(), nonce, self._cwd, self._environment) + dumps(body).encode()

    def _ask(self, frame: bytes) -> bytes:
        """The daemon's answer; one that does not run is started, and asked again if it dies over the question. The
        frame's nonce stays the same, by which it knows what it has stored already."""
        deadline = time.monotonic() + START
        started = 0.0
        lost = False
        while True:
            try:
                posix.chdir(self._hook.HOME)  # where the socket is
                return self._hook.ask(frame, ANSWER, ANSWER)
            except (FileNotFoundError, ConnectionRefusedError):
                now = time.monotonic()
                if now > deadline:
                    raise
                if now - started > AGAIN:
                    self._hook.start_daemon()
                    started = self._starting = now
            except BlockingIOError:  # so many knock that no more may wait
                if time.monotonic() > deadline:
                    raise
            except (ConnectionResetError, BrokenPipeError, self._hook.Silent) as error:
                if lost or "in time" in str(error):
                    raise
                lost = True
            time.sleep(0.01)

    def _hangs(self) -> bool:
        """Whether the daemon is there and does not even show that it lives; one that was just started may take long."""
        now = time.monotonic()
        if self._starting and now - self._starting < START:
            return False
        while True:
            try:
                posix.chdir(self._hook.HOME)
                self._hook.ask(self._frame("", {}), LIVES, LIVES)
            except TimeoutError:
                return True
            except BlockingIOError:
                if time.monotonic() > now + LIVES:
                    return True
                time.sleep(0.01)
            except (OSError, self._hook.Silent):
                return False
            else:
                return False

    # -- answers --

    def _refuse(self, id: "Any", code: int, message: str) -> None:
        self._send({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})

    def _send(self, message: "Json") -> None:
        line = dumps(message).encode() + b"\n"
        with self._lock:
            self._write_out(line)


def _failed(text: str) -> bytes:
    return dumps({"content": [{"type": "text", "text": text}], "isError": True}).encode()


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError) or "in time" in str(error):
        return (
            f"holdfast did not answer within {ANSWER:.0f} s. What was to be saved may have been: search for it before "
            "you save it again. The user can run `holdfast serve --restart`."
        )
    return f"holdfast cannot be reached ({error}). Go on without it; the user can run `holdfast doctor`."


def write(data: bytes) -> None:
    """To standard output; the process ends when nobody reads it any more."""
    view = memoryview(data)
    try:
        while view:
            view = view[posix.write(1, view) :]
    except OSError:
        posix._exit(0)


def options(arguments: list[str]) -> "tuple[str, str | None]":
    """(--tools, --project). Raises ValueError."""
    given: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        name, equals, value = rest.pop(0).partition("=")
        if name not in ("--tools", "--project") or not (equals or rest):
            raise ValueError(name)
        given[name] = value if equals else rest.pop(0)
    return given.get("--tools") or "agent", given.get("--project")


def run(hook: "Hook", version: str, daemon: tuple[str, ...], home: str, arguments: list[str]) -> None:
    """What the launcher does."""
    # Python's own way of being interrupted is deaf to what comes right before a read: that waits on for its host.
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    hook.VERSION, hook.DAEMON = version, daemon
    hook.HOME = home.encode("utf-8", "surrogateescape")
    if "--help" in arguments or "-h" in arguments:
        write(f"{USAGE}\n{HELP}\n".encode())
        posix._exit(0)
    try:
        tools, project = options(arguments)
        with open(home + "/bin/tools.json", "rb") as file:
            manifest = loads(file.read())
        bridge = Bridge(hook, manifest, tools, project, write)
    except ValueError:
        _leave(USAGE, 2)
    except KeyError as error:
        _leave(f"there is no tool {error}; {USAGE}", 2)
    except OSError as error:
        _leave(f"{error}; run `holdfast doctor --repair`", 1)
    try:
        _thread.stack_size(1 << 20)
        bridge.serve(lambda size: posix.read(0, size))
    except OSError:
        pass
    posix._exit(0)


def _leave(text: str, code: int) -> None:
    posix.write(2, f"holdfast: {text}\n".encode("utf-8", "replace"))
    posix._exit(code)
