"""Operations that open and close HTTP. Like those on the daemon itself they need no store."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from ..errors import Unavailable
from .context import Arguments, Door, Life, Takes

__all__ = ["LISTENING"]

_PORT = Takes(int, "a port, 0 for any that is free", least=0, most=65_535)


async def _open(life: Life, arguments: Arguments) -> dict[str, Any]:
    port = arguments.get("port")
    return await _door(life).open(None if port is None else _PORT.checked("port", port))


async def _close(life: Life, _: Arguments) -> dict[str, Any]:
    return await _door(life).close()


def _door(life: Life) -> Door:
    if life.door is None:
        raise Unavailable("this process opens no HTTP")
    return life.door


# name -> what it does: let HTTP in on a port of 127.0.0.1, or no longer
LISTENING: Final[Mapping[str, Callable[[Life, Arguments], Awaitable[dict[str, Any]]]]] = {
    "http.open": _open,
    "http.close": _close,
}
