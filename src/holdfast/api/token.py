"""Where HTTP is open and by which token one is let in, as a file; and the proof that a server has that token."""

import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CHALLENGE", "Opened", "new_token", "proof", "write_private"]

CHALLENGE = r"[0-9a-f]{16,128}"  # what a caller may ask a proof for
_BYTES = 32  # of chance in a token


@dataclass(frozen=True, slots=True)
class Opened:
    """An open door: its port on 127.0.0.1, and the token that every call must bring."""

    port: int
    token: str

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def write(self, file: Path) -> None:
        write_private(file, json.dumps({"address": self.address, "port": self.port, "token": self.token}) + "\n")

    @classmethod
    def read(cls, file: Path) -> "Opened | None":
        """What a file says; None when there is none, or none that makes sense."""
        try:
            found = json.loads(file.read_text("utf-8"))
            return cls(int(found["port"]), str(found["token"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def new_token() -> str:
    return base64.urlsafe_b64encode(os.urandom(_BYTES)).rstrip(b"=").decode()  # `secrets` would load more


def proof(token: str, challenge: str) -> str:
    """What only who has the token can answer to a challenge (hex), as hex."""
    return hmac.new(token.encode(), f"holdfast http {challenge}".encode(), hashlib.sha256).hexdigest()


def write_private(file: Path, text: str) -> None:
    """Write a file for its owner's eyes only, whole or not at all."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
    part.replace(file)
