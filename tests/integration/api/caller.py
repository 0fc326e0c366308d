"""A caller of the HTTP surface that sends just what a test says."""

import http.client
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.cli.commands import Commands
from tests.processes import wait_for

__all__ = ["JSON", "Caller", "Reply", "started_with_pack"]

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Reply:
    """What came back; header names in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of the error that it tells, in the one shape of errors."""
        error = self.json["error"]
        assert set(error) == {"code", "what", "why", "fix"}
        return str(error["code"])


@dataclass(frozen=True)
class Caller:
    """Calls one open door."""

    port: int
    token: str

    @classmethod
    def of(cls, holdfast: Commands) -> "Caller":
        """Open the door of that home, and read where it is."""
        holdfast("serve", "--tcp")
        found = json.loads((holdfast.home / "http.json").read_text())
        return cls(found["port"], found["token"])

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Reply:
        """Send exactly these headers, beside Host (unless given) and the body's length."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, found, answer.read())
        finally:
            connection.close()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """A proper call: with the token, and JSON; `path` is below /api/v1."""
        told = {"Authorization": f"Bearer {self.token}", **headers}
        if body is not None:
            told |= JSON
        sent = None if body is None else json.dumps(body).encode()
        return self.send(method, f"/api/v1{path}", headers=told, body=sent)

    def ok(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        reply = self.call(method, path, body, **headers)
        assert reply.status in (200, 201), (method, path, reply)
        return reply.json


def started_with_pack(holdfast: Commands) -> "subprocess.Popen[bytes]":
    """Start the daemon whose `pack` is made up."""
    holdfast.home.mkdir(mode=0o700, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("pack_daemon.py")], cwd="/", env=holdfast.variables(),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for((holdfast.home / "socket").exists, "the daemon to listen")
    return process
