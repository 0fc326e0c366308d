"""A Messages API on the loopback that answers from a script and keeps every request it got."""

from __future__ import annotations

import json
import select
import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from types import TracebackType
from typing import Any, cast

from tests.hosts.claude_code.script import (
    ApiError,
    Json,
    Part,
    Reply,
    Request,
    Script,
    kind_of,
    say,
)

SUMMARY = "<analysis>\nAll was read.\n</analysis>\n\n<summary>\nThe user asked; the agent worked.\n</summary>"
TITLE = json.dumps({"title": "Scripted session", "isNewTopic": False, "branch": "scripted"})


class Model:
    """A scripted model. `with Model([...]) as model:` listens on `model.url` until the block ends.

    `main` answers the main loop, `agents` the sub-agents by a marker in their first words,
    `summary` every compaction; all else (titles, topics, counts) gets a harmless answer.
    """

    def __init__(
        self,
        main: Script = (),
        *,
        agents: Mapping[str, Script] | None = None,
        summary: str = SUMMARY,
    ) -> None:
        self.requests: list[Request] = []
        self.summary = summary
        self.compacting: Callable[[], object] = lambda: None  # called before a compaction is answered
        self.stopped = threading.Event()
        self.script(main, agents=agents)
        # Ids are as unique as the real ones: two sessions never share one.
        self._tag = uuid.uuid4().hex[:12]
        self._numbers = count(1)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.model = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def script(self, main: Script = (), *, agents: Mapping[str, Script] | None = None) -> None:
        """Replaces what is left of the script."""
        self.main = Part(main)
        self.agents = {marker: Part(part) for marker, part in (agents or {}).items()}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def main_requests(self) -> list[Request]:
        return self.of_kind("main")

    def of_kind(self, kind: str) -> list[Request]:
        return [request for request in list(self.requests) if request.kind == kind]

    def saw(self, text: str) -> bool:
        """Whether this text reached the model in any request of the main loop."""
        return any(text in request.text for request in self.main_requests())

    def answer(self, path: str, body: Json) -> Reply | ApiError:
        kind, marker = kind_of(body, list(self.agents))
        request = Request(kind, path, body, marker)
        self.requests.append(request)
        if kind == "compact":
            self.compacting()
            return say(self.summary)
        if kind == "side":
            return say(TITLE)
        return (self.agents[marker] if marker else self.main).answer(request)

    def message(self, reply: Reply, body: Json) -> Json:
        """The whole Message object of a reply."""
        number = f"{self._tag}{next(self._numbers):04d}"
        blocks = [
            {"id": f"toolu_{number}{index:02d}", **block} if block["type"] == "tool_use" else block
            for index, block in enumerate(reply.blocks)
        ]
        calls = any(block["type"] == "tool_use" for block in blocks)
        return {
            "id": f"msg_{number}",
            "type": "message",
            "role": "assistant",
            "model": body.get("model", ""),
            "content": blocks,
            "stop_reason": "tool_use" if calls else "end_turn",
            "stop_sequence": None,
            "usage": {
                "input_tokens": reply.input_tokens,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 0,
                "output_tokens": 10,
            },
        }

    def __enter__(self) -> Model:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    model: Model
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._json(200, {})

    def do_GET(self) -> None:
        self._json(404, _error("not_found_error", self.path))

    def do_POST(self) -> None:
        model = cast(_Server, self.server).model
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        path = self.path.partition("?")[0]
        if path == "/v1/messages/count_tokens":
            self._json(200, {"input_tokens": 100})
            return
        if path != "/v1/messages":
            self._json(404, _error("not_found_error", path))
            return
        answer = model.answer(path, body)
        if isinstance(answer, ApiError):
            self._json(answer.status, _error(answer.type, answer.message))
        elif answer.gate is not None and not self._wait(answer.gate, model.stopped):
            self.close_connection = True
        elif body.get("stream"):
            self._stream(model.message(answer, body))
        else:
            self._json(200, model.message(answer, body))

    def _wait(self, gate: threading.Event, stopped: threading.Event) -> bool:
        """Until the gate opens; false when the client went away first."""
        while not gate.wait(0.02):
            readable, _, _ = select.select([self.connection], [], [], 0)
            if stopped.is_set() or (readable and not self.connection.recv(1, socket.MSG_PEEK)):
                return False
        return True

    def _json(self, status: int, value: Json) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("request-id", f"req_{uuid.uuid4().hex}")
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(data)

    def _stream(self, message: Json) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("request-id", f"req_{uuid.uuid4().hex}")
        self.end_headers()
        with suppress(OSError):
            for event in _events(message):
                data = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.write(b"0\r\n\r\n")


def _error(kind: str, message: str) -> Json:
    return {"type": "error", "error": {"type": kind, "message": message}}


def _events(message: Json) -> Iterator[Json]:
    """The server-sent events of one message."""
    start = {**message, "content": [], "stop_reason": None}
    yield {"type": "message_start", "message": start}
    for index, block in enumerate(message["content"]):
        empty, deltas = _pieces(block)
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": message["stop_reason"], "stop_sequence": None},
        "usage": message["usage"],
    }
    yield {"type": "message_stop"}


def _pieces(block: Json) -> tuple[Json, list[Json]]:
    """How a content block opens, and what is added to it."""
    if block["type"] == "text":
        return {"type": "text", "text": ""}, [{"type": "text_delta", "text": block["text"]}]
    if block["type"] == "thinking":
        return {"type": "thinking", "thinking": "", "signature": ""}, [
            {"type": "thinking_delta", "thinking": block["thinking"]},
            {"type": "signature_delta", "signature": block["signature"]},
        ]
    given = json.dumps(block["input"])
    return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": given}]
