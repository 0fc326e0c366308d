"""What a driven Claude Code was given, as its model saw it, and what holdfast knows of it."""

import re
from collections.abc import Sequence

from tests.hosts.claude_code.script import Request
from tests.hosts.holdfast import Holdfast

__all__ = ["arrived", "ended", "left_over", "long", "pack_with", "packs", "section"]

_PACK = re.compile(r"\[holdfast ([0-9a-f]{16})\]\n.*?\[/holdfast \1\]", re.S)


def packs(request: Request) -> list[str]:
    """The whole packs in a request, in order."""
    return [found[0] for found in _PACK.finditer(request.text)]


def left_over(request: Request) -> str:
    """What the model was sent without the packs."""
    return _PACK.sub("", request.text)


def pack_with(request: Request, text: str) -> str:
    """The one pack of a request that holds a text."""
    (found,) = [pack for pack in packs(request) if text in pack]
    return found


def section(pack: str, heading: str) -> list[str]:
    """The lines below a heading, to the next empty line."""
    lines = pack.splitlines()
    if heading not in lines:
        return []
    rest = lines[lines.index(heading) + 1 : -1]
    return rest[: rest.index("")] if "" in rest else rest


def long(note: str) -> str:
    """A note too long to stand whole in an index, so that a prompt may still be given it."""
    return (
        f"{note} Nobody wrote that down in any of the pages that people read before they begin to work on it, so it is "
        "told here at some length, for all those who come later and would have to learn it once more by themselves."
    )


def ended(holdfast: Holdfast, count: int) -> None:
    """Until so many sessions are known to be over, and no hook waits for the daemon to hear it."""
    holdfast.until(
        lambda: (
            sum(each["ended"] is not None for each in holdfast.json("sessions", "--all-projects")["sessions"]) == count
            and holdfast.json("status")["spool"]["queued"] == 0
        ),
        f"the end of {count} sessions",
    )


def arrived(holdfast: Holdfast, wanted: Sequence[int]) -> None:
    """Until so many packs have arrived in the sessions, by number from 1, and nothing is waited for or was cut.

    On a machine that is busy a hook may give up before its answer: that pack is missing, and its notes come later.
    """

    def told() -> list[dict[str, int]]:
        sessions = holdfast.json("sessions", "--all-projects")["sessions"]
        return [each["given"]["by_receipt"] for each in sorted(sessions, key=lambda each: int(each["number"]))]

    def settled() -> bool:
        found = told()
        return [each.get("arrived", 0) for each in found] == list(wanted) and not any(
            receipt in each for each in found for receipt in ("sent", "cut", "unknown")
        )

    try:
        holdfast.until(settled, f"{wanted} packs to arrive")
    except AssertionError as error:
        error.add_note(f"What became of them: {told()}")
        raise
