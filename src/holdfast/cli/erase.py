"""`holdfast erase`: the one thing that nothing brings back, so it asks first."""

from typing import Any

import click

from ..errors import UsageError
from .client import ask
from .output import confirm, counted, json_option, one_line, plain, say, tell, when
from .remember import whose

__all__ = ["erase"]


@click.command("erase")
@click.argument("ref", metavar="[ID]", required=False)
@click.option("--event", help="An event: its text, and the memories drawn from it.")
@click.option("--session", help="A session: the texts of all its events, and the memories drawn from them.")
@click.option("--keep-memories", is_flag=True, help="Leave those memories, without what they quote.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@json_option
def erase(
    ref: str | None, event: str | None, session: str | None, keep_memories: bool, yes: bool, as_json: bool
) -> None:
    """Remove the memory ID, an event or a session for good: texts, all versions, quotes, index, what was delivered.

    It cannot be undone. Reading its transcript again does not bring it back. Copies of the store that still hold it
    are named.
    """
    named = {name: value for name, value in (("ref", ref), ("event", event), ("session", session)) if value is not None}
    if len(named) != 1:
        raise UsageError("erase what?", fix="holdfast erase ID, or --event N, or --session S")
    if ref is not None and keep_memories:
        raise UsageError("--keep-memories goes with --event or --session")
    preview = ask("erase.preview", named)
    confirm(f"Erase {_about(preview)} for good?", yes=yes, as_json=as_json)
    done = ask("erase", {**named, **({"keep_memories": True} if keep_memories else {}), "trust": whose()})
    copies = ask("erase.copies", named)["copies"]
    say({**done, **preview, "copies": copies}, as_json, _render)


def _about(preview: dict[str, Any]) -> str:
    if "memory" in preview:
        memory = preview["memory"]
        return f"memory #{memory['number']} ({one_line(memory['title'], 80) or 'erased already'})"
    if "event" in preview:
        event = preview["event"]
        return f"event e{event['id']} ({event['kind']} of {when(event['at'])})"
    session = preview["session"]
    return f"session s{session['number']} ({counted(session['events'], 'event')}, {when(session['started'])})"


def _render(it: dict[str, Any]) -> None:
    if not it["memories"] and not it["events"]:
        tell("it was erased already")
    else:
        memories = ", ".join(f"#{number}" for number in it["memories"])
        noun = "memory" if len(it["memories"]) == 1 else "memories"
        parts = [f"{noun} {memories}" if memories else "", counted(len(it["events"]), "event") if it["events"] else ""]
        beside = f"{counted(it['texts'], 'text')}, {counted(it['packs'], 'delivery')}"
        tell(f"erased: {', '.join(filter(None, parts))} ({beside})")
    if not it["settled"]:
        tell("its last traces leave the disk when the process that reads the store now is done")
    if it["copies"]:
        tell("copies that still hold it (remove them yourself when it has to go there too):")
        for path in it["copies"]:
            tell(f"  {plain(path)}")
