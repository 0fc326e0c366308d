"""A host of the bridge that speaks JSON-RPC line by line, also badly."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.faults.home import Fixture
from tests.processes import wait_for

__all__ = ["Peer", "beside", "variables"]


def variables(home: Fixture, **more: str) -> dict[str, str]:
    """What the bridge finds in its environment."""
    path = os.environ.get("PATH", os.defpath)
    return {"PATH": path, "HOME": str(home.folder.parent), "HOLDFAST_HOME": str(home.folder), **more}


@dataclass
class Peer:
    """One running bridge. reading: whether its answers are read."""

    process: "subprocess.Popen[bytes]"
    reading: bool = True
    answers: list[Any] = field(default_factory=list)
    _sent: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if self.reading:
            threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.answers.append(json.loads(line))

    def raw(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, method: str, **params: Any) -> int:
        """Send a request; its id."""
        with self._lock:
            self._sent += 1
            number = self._sent
            message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            self.raw(json.dumps(message).encode() + b"\n")
        return number

    def notify(self, method: str, **params: Any) -> None:
        self.raw(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode() + b"\n")

    def answer(self, id: Any) -> Any:
        """The answer to a request, once it is there."""
        wait_for(lambda: any(each.get("id") == id for each in list(self.answers)), f"the answer to {id}", 60.0)
        return next(each for each in list(self.answers) if each.get("id") == id)

    def ask(self, method: str, **params: Any) -> Any:
        return self.answer(self.send(method, **params))

    def call(self, tool: str, /, **arguments: Any) -> Any:
        """The result of a tool."""
        return self.ask("tools/call", name=tool, arguments=arguments)["result"]

    def text(self, tool: str, /, **arguments: Any) -> str:
        """What a tool says, which does not fail."""
        result = self.call(tool, **arguments)
        assert not result["isError"], result
        return str(result["content"][0]["text"])

    def end(self) -> int:
        """Close its input; its exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(60)


@contextmanager
def beside(home: Fixture, *arguments: str, reading: bool = True, **environment: str) -> Iterator[Peer]:
    """A bridge that ends with the block."""
    process = subprocess.Popen(
        [home.folder / "bin" / "bridge", *arguments], cwd=home.project, env=variables(home, **environment),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Peer(process, reading)
    finally:
        process.kill()
        process.wait(30)
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            stream.close()
