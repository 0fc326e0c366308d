"""What stands in the place of a body that is kept sealed as a whole."""

import re
from typing import Final

__all__ = ["SENSITIVE", "kept", "told"]

SENSITIVE: Final = "[sensitive: ask with secret_get]"
_TOLD: Final = "[sensitive: ask with secret_get(id={})]"
_ANY = re.compile(r"\[sensitive: ask with secret_get(?:\(id=\d{1,18}\))?\]")


def told(body: str, number: int) -> str:
    """The body as it is shown: with the number, which differs from store to store and is therefore not stored."""
    return _TOLD.format(number) if body == SENSITIVE else body


def kept(body: str) -> str:
    """The body as it is stored."""
    return SENSITIVE if _ANY.fullmatch(body.strip()) else body
