"""`holdfast sessions` and `timeline`: what happened, in the order of time."""

import re
from typing import Any

import click

from ..errors import UsageError
from .client import READING, ask, whose
from .output import bold, columns, counted, dim, json_option, note, one_line, say, tell, tell_more, when, width
from .place import place_options

__all__ = ["event_line", "sessions", "timeline"]

_DAY = "%Y-%m-%d"


@click.command("sessions")
@click.option("-n", "--limit", default=20, show_default=True, help="How many at the most.")
@place_options
@json_option
def sessions(as_json: bool, **options: Any) -> None:
    """List the sessions of this folder's project, the latest first."""
    say(ask("sessions", options, timeout=READING), as_json, _render_sessions)


def _render_sessions(answer: dict[str, Any]) -> None:
    found = answer["sessions"]
    if not found:
        note("no session was heard here yet")
        return
    room = width()
    columns(
        (
            f"s{it['number']}",
            when(it["started"]),
            it["host"],
            it["project_label"] or "",
            counted(it["events"], "event"),
            "not recorded" if it["ignored"] else "ended" if it["ended"] else "silent" if it["silent"] else "open",
            _given(it["given"]),
            one_line(it["first_prompt"] or "", max(20, room - 100) if room else 80),
        )
        for it in found
    )
    tell_more(answer["more"])


def _given(given: dict[str, Any]) -> str:
    """What the session was given, and what is known to have reached it."""
    if not given["packs"]:
        return "given nothing"
    counts = given["by_receipt"]
    failed = ", ".join(f"{counts[name]} {name}" for name in ("cut", "missing", "unknown") if name in counts)
    return f"{counts.get('arrived', 0)}/{given['packs']} arrived, {given['tokens']} tokens" + (failed and f", {failed}")


@click.command("timeline")
@click.argument("ref", metavar="[ID]", required=False)
@click.option("--session", help="A session: s3, or the host's id of it.")
@click.option("-n", "--limit", default=200, show_default=True, help="How many events at the most, the latest.")
@place_options
@json_option
def timeline(ref: str | None, session: str | None, as_json: bool, **options: Any) -> None:
    """Show what happened in the latest session of this folder's project, in that of ID (s3), or around ID.

    That is an event (e345) or a memory (12): a bare number is a memory; the others are written with their letter.
    """
    if ref is not None and session is not None:
        raise UsageError("either ID or --session, not both")
    asked = {**options, "session": session, "trust": whose()}
    if ref is not None:
        kinds = (("event", r"[eE]\d+"), ("session", r"[sS]\d+"))
        asked[next((kind for kind, form in kinds if re.fullmatch(form, ref.strip())), "ref")] = ref
    say(ask("timeline", asked, timeout=READING), as_json, _render_timeline)


def _render_timeline(answer: dict[str, Any]) -> None:
    session = answer["session"]
    if session is None:
        note("no session was heard here yet")
        return
    label = f" of {one_line(session['project_label'])}" if session["project_label"] else ""
    tell(
        bold(f"session s{session['number']}{label}")
        + dim(f" {one_line(session['host'])} {one_line(session['name'])}, {when(session['started'])}")
    )
    if answer.get("earlier"):
        tell(dim(f"… {counted(answer['earlier'], 'earlier event')}: --limit"))
    if not answer["events"]:
        note("nothing was recorded of it")
    day = when(session["started"], _DAY)
    for event in answer["events"]:
        if day != (day := when(event["at"], _DAY)):
            tell(dim(day))
        tell(("> " if event["id"] == answer.get("event") else "  ") + event_line(event))


def event_line(event: dict[str, Any]) -> str:
    """An event on one line."""
    clock = when(event["at"], "%H:%M:%S")
    name = f"{event['kind']} {one_line(event['tool'])}" if event["tool"] else event["kind"]
    if event["agent"]:
        name += " (sub-agent)"
    if event["status"] and event["status"] != "ok":
        name += f" [{one_line(event['status'])}]"
    said = _said(event)
    room = width()
    head = f"{'e' + str(event['id']):<7} {clock}  {name}"
    return f"{head}: {one_line(said, max(20, room - len(head) - 4) if room else 200)}" if said else head


def _said(event: dict[str, Any]) -> str:
    if event["erased"]:
        return "(erased)"
    if event["kind"] != "tool":
        detail = event["detail"] or {}
        told = ", ".join(f"{name} {value}" for name, value in detail.items() if isinstance(value, str))
        return str(event["text"] or event["input"] or told)
    given = _input(event["input"])
    files = (event["detail"] or {}).get("files") or []
    for said in (given.get("command"), files[0] if files else None, (event["detail"] or {}).get("pattern")):
        if said:
            return str(said)
    return str(event["input"] or "")


def _input(text: str | None) -> dict[str, Any]:
    """A tool's input as it was given; empty when it was shortened and is no JSON any more."""
    import json

    try:
        found = json.loads(text or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
