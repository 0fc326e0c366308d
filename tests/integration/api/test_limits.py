"""What is too much: bytes, depth, count, patience, connections."""

import json
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.integration.api.caller import JSON, Caller, Reply
from tests.integration.cli.commands import Commands
from tests.processes import wait_for

from holdfast.api.application import DEPTH, VALUES
from holdfast.api.gate import BODY_LIMIT
from holdfast.api.routes import ROOT
from holdfast.api.server import CONNECTIONS
from holdfast.hosts.ogmemory import MOST


def posted(door: Caller, body: bytes, path: str = f"{ROOT}/after_turn") -> Reply:
    return door.send("POST", path, headers={"X-API-Key": door.token, **JSON}, body=body)


def memory(process: int) -> int:
    """What a process holds now, in MB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) // 1024


def test_a_body_that_says_it_is_too_long_is_not_waited_for(door: Caller) -> None:
    with socket.create_connection(("127.0.0.1", door.port), timeout=60) as connection:
        head = f"POST {ROOT}/after_turn HTTP/1.1\r\nHost: 127.0.0.1:{door.port}\r\nX-API-Key: {door.token}\r\n"
        connection.sendall(f"{head}Content-Type: application/json\r\nContent-Length: {BODY_LIMIT + 1}\r\n\r\n".encode())

        assert b" 413 " in connection.recv(4_096).split(b"\r\n")[0]


def test_a_body_that_only_turns_out_to_be_too_long_is_refused(door: Caller) -> None:
    with socket.create_connection(("127.0.0.1", door.port), timeout=60) as connection:
        head = f"POST {ROOT}/after_turn HTTP/1.1\r\nHost: 127.0.0.1:{door.port}\r\nX-API-Key: {door.token}\r\n"
        connection.sendall(f"{head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        for _ in range(BODY_LIMIT // 0x100000 + 1):
            connection.sendall(chunk)
        connection.sendall(b"0\r\n\r\n")

        assert b" 413 " in connection.recv(4_096).split(b"\r\n")[0]


def test_a_body_of_many_megabytes_is_kept_and_others_are_answered_meanwhile(holdfast: Commands) -> None:
    door = Caller.of(holdfast)
    messages = [{"role": "user", "content": f"{nth} " + "words and more " * 60} for nth in range(6_000)]
    body = json.dumps({"sessionId": "s1", "messages": messages}).encode()
    assert 5_000_000 < len(body) < BODY_LIMIT

    assert posted(door, body).json["stored"] == 6_000
    assert posted(door, body).json == {"status": "completed", "stored": 0, "known": 6_000, "recorded": True}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[" * 1_000_000, "not JSON"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "not JSON"),
        (b'{"messages":' + b"[" * DEPTH + b"]" * DEPTH + b"}", "too deep"),
        (json.dumps({"sessionId": "s", "messages": [{"a": list(range(VALUES))}]}).encode(), "too many values"),
        (json.dumps({"sessionId": "s", "messages": [{}] * (MOST + 1)}).encode(), "messages"),
        (b'{"sessionId": "s", "messages": [], "x": ' + b"9" * 5_000 + b"}", "not JSON"),
    ],
)
def test_a_body_that_is_built_to_hold_us_up_is_wrong_usage(
    shared: Commands, door: Caller, body: bytes, said: str
) -> None:
    reply = posted(door, body)

    assert (reply.status, reply.code) == (400, "usage")
    assert said in reply.json["error"]["what"]
    assert shared.daemon is not None
    assert memory(shared.daemon) < 400


def test_a_head_that_never_ends_is_refused(door: Caller) -> None:
    with socket.create_connection(("127.0.0.1", door.port), timeout=60) as connection:
        connection.sendall(f"GET {ROOT}/health HTTP/1.1\r\nX-Long: {'x' * 100_000}".encode())

        assert b" 400 " in connection.recv(4_096).split(b"\r\n")[0]


def test_more_connections_than_there_is_room_for_are_hung_up_on_and_hooks_are_served(holdfast: Commands) -> None:
    door = Caller.of(holdfast)
    with ExitStack() as stack:
        held = [
            stack.enter_context(socket.create_connection(("127.0.0.1", door.port), timeout=60))
            for _ in range(CONNECTIONS + 10)
        ]

        assert held[-1].recv(1) == b""
        assert held[0].send(b"G") == 1
        assert holdfast.remember("a note") == 1
    wait_for(lambda: _answered(door), "room for another connection")


def _answered(door: Caller) -> bool:
    try:
        return door.send("GET", f"{ROOT}/health").status == 200
    except OSError:
        return False
