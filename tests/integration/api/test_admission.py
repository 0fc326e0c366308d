"""Who is let in: every route, for callers that must stay outside."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from tests.integration.api.caller import JSON, Caller
from tests.integration.cli.commands import Commands

from holdfast.api.routes import ROOT, ROUTES

PLACES = [
    *((each.method, ROOT + each.path.format(ref="1", session="s1", session_id="s1")) for each in ROUTES),
    ("GET", "/"),
    ("GET", f"{ROOT}/openapi.json"),
    ("GET", f"{ROOT}/no/such/route"),
    ("POST", "/"),
]
OPEN = [("GET", "/"), ("GET", f"{ROOT}/health")]
every_route = pytest.mark.parametrize(("method", "path"), PLACES, ids=lambda each: each)
every_write = pytest.mark.parametrize(
    ("method", "path"), [each for each in PLACES if each[0] != "GET"], ids=lambda each: each
)


@pytest.fixture(autouse=True)
def nothing_changes(shared: Commands, door: Caller) -> Iterator[None]:
    """Whoever is turned away has changed nothing."""
    before = counted(shared.home / "holdfast.db")
    yield
    assert counted(shared.home / "holdfast.db") == before


def counted(store: Path) -> list[int]:
    connection = apsw.Connection(str(store), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return [
            int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # type: ignore[index]
            for table in ("changes", "events", "sessions", "projects", "sightings")
        ]
    finally:
        connection.close()


def body_of(method: str) -> bytes | None:
    return b"{}" if method in ("POST", "PUT", "PATCH") else None


@every_route
@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.2:{port}",
                                  "localhost.:{port}", "{port}", ""])  # fmt: skip
def test_a_foreign_host_is_turned_away(door: Caller, method: str, path: str, host: str) -> None:
    named = {"Host": host.format(port=door.port), "Authorization": f"Bearer {door.token}", **JSON}

    reply = door.send(method, path, headers=named, body=body_of(method))

    assert (reply.status, reply.code) == (403, "forbidden")


@every_route
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1",
                                    "http://localhost:{port}", "http://127.0.0.1:{port}.evil.example"])  # fmt: skip
def test_a_foreign_origin_is_turned_away(door: Caller, method: str, path: str, origin: str) -> None:
    told = {"Origin": origin.format(port=door.port), "Authorization": f"Bearer {door.token}", **JSON}

    reply = door.send(method, path, headers=told, body=body_of(method))

    assert (reply.status, reply.code) == (403, "forbidden")
    assert not [name for name in reply.headers if name.startswith("access-control")]


@every_route
@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer {token}x"},
                                   {"Authorization": "Basic {token}"}, {"Authorization": "{token}"},
                                   {"X-API-Key": "x"}, {"Cookie": "token={token}"}])  # fmt: skip
def test_without_the_token_nobody_comes_in(door: Caller, method: str, path: str, given: dict[str, str]) -> None:
    told = {name: value.format(token=door.token) for name, value in given.items()}

    reply = door.send(method, path, headers={**told, **JSON}, body=body_of(method))

    if (method, path) in OPEN:
        assert reply.status == 200
        assert b"Fridays" not in reply.body
        assert door.token.encode() not in reply.body
    else:
        assert (reply.status, reply.code) == (401, "unauthorized")
        assert reply.headers["www-authenticate"] == "Bearer"


@every_write
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b",
                                  "text/plain; application/json", "application/jsonx", None])  # fmt: skip
def test_what_a_form_could_send_is_turned_away(door: Caller, method: str, path: str, kind: str | None) -> None:
    told = {"Authorization": f"Bearer {door.token}", **({} if kind is None else {"Content-Type": kind})}

    reply = door.send(method, path, headers=told, body=b'{"body": "x", "project": "workshop"}')

    assert (reply.status, reply.code) == (415, "media_type")


@every_route
def test_a_websocket_is_not_opened(door: Caller, method: str, path: str) -> None:
    told = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": "http://evil.example",
    }  # fmt: skip

    assert door.send("GET", path, headers=told).status == 403
    del told["Origin"]
    assert door.send("GET", path, headers=told).status != 101


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
@pytest.mark.parametrize("by", ["Authorization", "X-API-Key"])
def test_its_own_names_and_either_header_of_the_token_are_let_in(door: Caller, name: str, by: str) -> None:
    host = f"{name}:{door.port}"
    token = f"Bearer {door.token}" if by == "Authorization" else door.token

    reply = door.send("GET", f"{ROOT}/memories", headers={"Host": host, "Origin": f"http://{host}", by: token})

    assert reply.status == 200
    assert reply.json["memories"][0]["body"] == "we release on Fridays"


def test_two_hosts_are_none(door: Caller) -> None:
    with socket.create_connection(("127.0.0.1", door.port), timeout=30) as connection:
        host = f"Host: 127.0.0.1:{door.port}\r\n"
        connection.sendall(f"GET /api/v1/health HTTP/1.1\r\n{host}{host}\r\n".encode())
        assert b" 4" in connection.recv(1_000).split(b"\r\n")[0]


@every_route
def test_every_answer_keeps_browsers_on_a_short_lead(door: Caller, method: str, path: str) -> None:
    token = {"Authorization": f"Bearer {door.token}"} if method == "GET" else {"X-API-Key": "wrong"}
    for headers in ({}, token, {"Host": "evil.example"}):
        reply = door.send(method, path, headers=headers)
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in reply.headers["content-security-policy"]
        assert reply.headers["cache-control"] == "no-store"
        assert "set-cookie" not in reply.headers


def test_the_page_loads_nothing_and_runs_nothing(door: Caller) -> None:
    page = door.send("GET", "/").body.decode()

    assert "http.json" in page
    assert "/api/v1/openapi.json" in page
    for word in ("<script", "<style", "<img", "<link", "src=", "style=", "://"):
        assert word not in page


@pytest.mark.parametrize("path", [each[1] for each in PLACES if each[0] == "GET"])
def test_a_get_changes_nothing(door: Caller, path: str) -> None:
    asked = path + ("?words=fridays" if path.endswith("search") else "")

    assert door.call("GET", asked.removeprefix(ROOT)).status in (200, 401, 404)


def test_health_proves_that_it_knows_the_token_and_tells_nothing_else(door: Caller) -> None:
    import hashlib
    import hmac

    challenge = "00112233445566778899aabbccddeeff"
    asked = door.send("GET", f"{ROOT}/health?challenge={challenge}").json
    expected = hmac.new(door.token.encode(), f"holdfast http {challenge}".encode(), hashlib.sha256).hexdigest()

    assert door.send("GET", f"{ROOT}/health").json == {"status": "ok"}
    assert asked == {"status": "ok", "proof": expected}
    assert door.send("GET", f"{ROOT}/health?challenge=x").status == 400
    assert json.dumps(asked).count(door.token) == 0
