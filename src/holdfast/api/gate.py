"""What every request must pass before it is routed: Host, Origin, token, kind and size of the body.

Host: a page of another site whose name was made to point here (DNS rebinding) still sends its own name. Origin, token
and the JSON content type: no page can make a browser send these unasked, and nobody is told otherwise (no CORS).
"""

import asyncio
import hmac
import logging
from collections.abc import Iterable
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import HoldfastError
from .errors import Rejected, broken, failure

__all__ = ["BODY_LIMIT", "OPEN", "Gate"]

BODY_LIMIT: Final = 8 * 1024 * 1024  # bytes
OPEN: Final = frozenset({"/", "/api/v1/health"})  # what needs no token; it tells nothing
_BODY_TIME = 10.0  # seconds for a body to arrive
_READS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_HOW_TO_ENTER = 'send "Authorization: Bearer TOKEN" (or X-API-Key); the token is in http.json in holdfast\'s folder'
_logger = logging.getLogger("holdfast.api")

_ALWAYS: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (
        b"content-security-policy",
        b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
]


class Gate:
    """An ASGI application in front of another."""

    def __init__(self, app: ASGIApp, *, port: int, token: str) -> None:
        self._app = app
        self._hosts = frozenset(f"{name}:{port}".encode() for name in ("127.0.0.1", "localhost", "[::1]"))
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message = {**message, "headers": [*message["headers"], *_ALWAYS]}
            await send(message)

        try:
            body = await self._admitted(scope, receive)
            await self._app(scope, _replayed(body, receive), guarded)
        except HoldfastError as error:
            await failure(error)(scope, receive, guarded)
        except Exception:
            _logger.exception("a request failed")
            if not begun:
                await failure(broken())(scope, receive, guarded)

    async def _admitted(self, scope: Scope, receive: Receive) -> bytes:
        """The body of a request that may come in. Raises Rejected."""
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        host = _only(headers, b"host")
        if host is None or host.lower() not in self._hosts:
            raise Rejected(
                "forbidden", "this server is not called that", why="`Host` is none of its own names",
                fix="call it by the address that `holdfast status` tells",
            )  # fmt: skip
        origins = [value for name, value in headers if name == b"origin"]
        if any(origin.lower() != b"http://" + host.lower() for origin in origins):
            raise Rejected("forbidden", "pages of other origins may not call this server")
        reads = scope["method"] in _READS
        if not (reads and scope["path"] in OPEN) and not self._has_token(headers):
            raise Rejected("unauthorized", "the token is missing or wrong", fix=_HOW_TO_ENTER)
        return b"" if reads else await _body(scope, headers, receive)

    def _has_token(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        found = False
        for name, value in headers:
            if name == b"authorization" and value[:7].lower() == b"bearer ":
                found |= hmac.compare_digest(value[7:].strip(), self._token)
            elif name == b"x-api-key":
                found |= hmac.compare_digest(value.strip(), self._token)
        return found


def _only(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> bytes | None:
    found = [value for name, value in headers if name == wanted]
    return found[0] if len(found) == 1 else None


async def _body(scope: Scope, headers: list[tuple[bytes, bytes]], receive: Receive) -> bytes:
    """The whole body of a write. A POST without one must say all the same that it would be JSON: no form can."""
    announced = _only(headers, b"content-length") or b"0"
    size = int(announced) if announced.isdigit() else 0
    chunked = any(name == b"transfer-encoding" for name, _ in headers)
    kind = (_only(headers, b"content-type") or b"").split(b";")[0].strip().lower()
    if (size or chunked or scope["method"] == "POST") and kind != b"application/json":
        raise Rejected("media_type", "the body is not JSON", fix='send "Content-Type: application/json"')
    too_large = Rejected("too_large", f"the body has more than {BODY_LIMIT} bytes", fix="send it in parts")
    if size > BODY_LIMIT:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_TIME):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Rejected("usage", "the body ended early")
                body += message.get("body", b"")
                if len(body) > BODY_LIMIT:
                    raise too_large
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise Rejected("timeout", f"the body did not arrive within {_BODY_TIME:.0f} s") from None


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Give what was read once more, then what comes."""
    given = False

    async def again() -> Any:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
