"""How HTTP says that something went wrong: one shape, `{"error": {"code", "what", "why", "fix"}}`, and its status."""

import json
from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from ..errors import HoldfastError

__all__ = ["STATUSES", "Answer", "Rejected", "broken", "failure", "status_of"]

# code -> status and what it means (the page of the HTTP surface is made from this table)
STATUSES: Final[Mapping[str, tuple[int, str]]] = {
    "usage": (400, "the call itself is wrong"),
    "unauthorized": (401, "the token is missing or wrong"),
    "forbidden": (403, "`Host` or `Origin` is not this server's own"),
    "not_found": (404, "nothing has that id or name, or there is no such route"),
    "method": (405, "the route has no such method"),
    "timeout": (408, "the body did not arrive in time"),
    "refused": (409, "a rule forbids it"),
    "too_large": (413, "the body is too long"),
    "media_type": (415, "the body is not `application/json`"),
    "error": (500, "something failed inside; the log has it"),
    "unavailable": (503, "the store cannot be reached or written now"),
    "store": (503, "the store file is damaged, newer, or foreign"),
}


class Answer(Response):
    """JSON, whatever characters are in it: halves of them are replaced."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


class Rejected(HoldfastError):
    """A call that HTTP itself turns away; `code` is one of STATUSES."""

    def __init__(self, code: str, what: str, *, why: str = "", fix: str = "") -> None:
        super().__init__(what, why=why, fix=fix)
        self.code = code


def broken() -> HoldfastError:
    """What is told of a failure that nobody foresaw: nothing of its text, which may be anything."""
    return HoldfastError("the call failed inside the daemon", fix="see `holdfast logs`; please report it")


def status_of(error: HoldfastError) -> int:
    return STATUSES.get(error.code, STATUSES["error"])[0]


def failure(error: HoldfastError) -> Answer:
    """The answer that tells an error."""
    status = status_of(error)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return Answer({"error": error.as_dict()}, status, headers)
