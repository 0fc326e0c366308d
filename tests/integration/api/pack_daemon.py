"""The daemon, whose `pack` answers with made-up sections that tell what was asked; a prompt `boom` fails inside."""

import sys
from typing import Any

from holdfast import daemon
from holdfast.operations import OPERATIONS, Arguments, Context, Operation, Takes

_SECTIONS = {
    "session-start": ("hand-off", "sessions", "standing", "pinned", "recent"),
    "prompt": ("relevant",),
}


def _pack(_: Context, arguments: Arguments) -> Any:
    if arguments.get("prompt") == "boom":
        raise RuntimeError("the inside of it")
    place, tokens = arguments["place"], arguments.get("tokens")
    if arguments.get("prompt") == "nothing known":
        return {"text": None, "mark": None, "place": place, "tokens": 0, "items": [], "left_out": [], "sections": []}
    said = f"for {arguments['prompt']!r} of {arguments.get('session')} in {arguments.get('named')}"
    said += "" if tokens is None else f" within {tokens}"
    sections = [{"name": name, "text": f"{name} {said}"} for name in _SECTIONS[place]]
    return {
        "text": "…", "mark": {"session-start": "a" * 16, "prompt": "b" * 16}[place], "place": place, "tokens": 1,
        "items": [], "left_out": [], "sections": sections,
    }  # fmt: skip


if __name__ == "__main__":
    OPERATIONS["pack"] = Operation(
        "pack", "what a session would be given", _pack,
        {"prompt": Takes(str, ""), "place": Takes(str, "", among=("prompt", "session-start", "compact")),
         "session": Takes(str, ""), "tokens": Takes(int, ""), "limit": Takes(int, ""), "explain": Takes(bool, ""),
         "notes": Takes(bool, "")},
        apart=True,
    )  # fmt: skip
    sys.exit(daemon.main())
