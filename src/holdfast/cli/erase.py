"""`holdfast erase`: the one thing that nothing brings back, so it asks first."""

import re
from typing import Any

import click

from ..errors import HoldfastError, UsageError
from .client import LONG, ask, whose
from .output import confirm, counted, json_option, note, one_line, plain, say, tell, when

__all__ = ["erase"]

_LISTED = 10  # places that are named
_SHOWN = 20  # memories that are shown before they are erased


@click.command("erase")
@click.argument("refs", metavar="[ID]…", nargs=-1)
@click.option("--event", help="An event: its text, and the memories drawn from it.")
@click.option("--session", help="A session: the texts of all its events, and the memories drawn from them.")
@click.option("--keep-memories", is_flag=True, help="Leave those memories, without what they quote.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@json_option
def erase(
    refs: tuple[str, ...], event: str | None, session: str | None, keep_memories: bool, yes: bool, as_json: bool
) -> None:
    """Remove memories (12), events (e345) or sessions (s3) for good: texts, versions, quotes, index, deliveries.

    It cannot be undone. Reading its transcript again does not bring it back. Where the words of a memory stand
    elsewhere, and copies of the store that still hold it, are named.
    """
    named = [_named(ref) for ref in refs]
    named += [{name: value} for name, value in (("event", event), ("session", session)) if value is not None]
    if not named:
        raise UsageError("erase what?", fix="holdfast erase ID, or --event N, or --session S")
    if keep_memories and any("ref" in each for each in named):
        raise UsageError("--keep-memories goes with --event or --session")
    previews = [ask("erase.preview", {**each, "trust": whose()}, timeout=LONG) for each in named]
    if not (yes or as_json or keep_memories):
        _show(previews)
    confirm(f"Erase {' and '.join(_about(each, keep_memories) for each in previews)} for good?", yes=yes,
            as_json=as_json)  # fmt: skip
    kept = {"keep_memories": True} if keep_memories else {}
    done = _each(named, kept, [_about(each, keep_memories) for each in previews])
    copies = {path for each in named for path in ask("erase.copies", each, timeout=LONG)["copies"]}
    told: dict[str, Any] = {
        name: [number for each in done for number in each[name]] for name in ("memories", "changed", "events")
    } | {name: sum(each[name] for each in done) for name in ("texts", "packs")}  # fmt: skip
    told["changed"] = [number for number in told["changed"] if number not in told["memories"]]
    gone = {*(f"#{number}" for number in told["memories"]), *(f"e{number}" for number in told["events"])}
    elsewhere = {it["ref"]: it for each in previews for it in each.get("elsewhere", ()) if it["ref"] not in gone}
    told |= {"settled": all(each["settled"] for each in done), "copies": sorted(copies)}
    told |= {"elsewhere": list(elsewhere.values())}
    one = {name: value for name, value in previews[0].items() if name != "elsewhere"} if len(named) == 1 else {}
    say({**told, **one}, as_json, _render)


def _each(named: list[dict[str, str]], kept: dict[str, bool], about: list[str]) -> list[dict[str, Any]]:
    """Erase each; what was erased before an error is told with it."""
    done: list[dict[str, Any]] = []
    for each in named:
        try:
            done.append(ask("erase", {**each, **kept, "trust": whose()}, timeout=LONG))
        except HoldfastError as error:
            if len(named) > 1:
                error.what = f"{about[len(done)]}: {error.what}"
            if done:
                error.also(f"{', '.join(about[: len(done)])} before it: erased")
            raise
    return done


def _named(ref: str) -> dict[str, str]:
    if re.fullmatch(r"[eE]\d{1,6}", ref):
        return {"event": ref}
    return {"session": ref} if re.fullmatch(r"[sS]\d{1,6}", ref) else {"ref": ref}


def _about(preview: dict[str, Any], keep_memories: bool) -> str:
    if "memory" in preview:
        memory = preview["memory"]
        return f"memory #{memory['number']} ({one_line(memory['title'], 80) or 'erased already'})"
    drawn = ""
    if preview["drawn"] and not keep_memories:
        numbers = [each["number"] for each in preview["drawn"]]
        drawn = _memories(numbers) if len(numbers) <= _SHOWN else counted(len(numbers), "memory")
        drawn = f" with {drawn} drawn from it"
    if "event" in preview:
        event = preview["event"]
        return f"event e{event['id']} ({event['kind']} of {when(event['at'])}){drawn}"
    session = preview["session"]
    about = f"{counted(session['events'], 'event')}, {when(session['started'])}"
    return f"session s{session['number']} ({about}){drawn}"


def _show(previews: list[dict[str, Any]]) -> None:
    """Say which memories go along, by their titles, and of which only versions."""
    drawn = {each["number"]: each for preview in previews for each in preview.get("drawn", ())}
    parts = {each["number"]: each for preview in previews for each in preview.get("parts", ())}
    lines = [f"#{each['number']} {one_line(each['title'], 100)}{_from(each)}" for each in drawn.values()]
    lines += [
        f"#{each['number']} {one_line(each['title'], 100)} (stays as it stands {_in(each['stands'])}; "
        "only its versions from here go)" for number, each in parts.items() if number not in drawn
    ]  # fmt: skip
    for line in lines[:_SHOWN]:
        note(line)
    if len(lines) > _SHOWN:
        note(f"… and {len(lines) - _SHOWN} more")


def _from(drawn: dict[str, Any]) -> str:
    """Which other sessions go with a memory."""
    others = [each for each in drawn["from"] if each != drawn["began"]]
    said = [f"began {_in(drawn['began'])}"] if drawn["began"] else []
    said += [f"was said in {', '.join(others)} too"] if others else []
    return f" ({', '.join(said)}: that goes as well)" if said else ""


def _in(place: str) -> str:
    return place if place == "elsewhere" else f"in {place}"


def _memories(numbers: list[int]) -> str:
    return f"{'memory' if len(numbers) == 1 else 'memories'} {', '.join(f'#{number}' for number in numbers)}"


def _render(it: dict[str, Any]) -> None:
    if not it["memories"] and not it["events"]:
        tell("it was erased already")
    else:
        parts = [_memories(it["memories"]) if it["memories"] else ""]
        parts += [counted(len(it["events"]), "event") if it["events"] else ""]
        beside = f"{counted(it['texts'], 'text')}, {counted(it['packs'], 'delivery')}"
        tell(f"erased: {', '.join(filter(None, parts))} ({beside})")
    if it["changed"]:
        tell(f"without what came from there, in older versions: {_memories(it['changed'])}")
    if not it["settled"]:
        tell("its last traces leave the disk when the process that reads the store now is done")
    if it["elsewhere"]:
        places = [f"{each['ref']} ({each['kind']})" for each in it["elsewhere"]]
        more = f" and {len(places) - _LISTED} more" if len(places) > _LISTED else ""
        tell(f"the same words still stand in {', '.join(places[:_LISTED])}{more}; to remove these too:")
        tell(f"  holdfast erase {' '.join(each['ref'].removeprefix('#') for each in it['elsewhere'][:_LISTED])}")
    if it["copies"]:
        tell("copies that still hold it (remove them yourself when it has to go there too):")
        for path in it["copies"]:
            tell(f"  {plain(path)}")
