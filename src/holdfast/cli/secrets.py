"""`holdfast secrets`: what is kept sealed, and who asked for it."""

import sys
from typing import Any

import click

from ..errors import Refused, UsageError, from_dict
from ..sealing import refuse_weak
from .client import READING, ask, whose
from .output import columns, confirm, counted, json_option, note, one_line, plain, say, tell, when
from .place import project_option
from .progress import counting

__all__ = ["secrets"]

_LONG = 3_600.0  # seconds


@click.group("secrets")
def secrets() -> None:
    """List, read or rotate what is kept sealed. `holdfast remember --seal` keeps something so."""


@secrets.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the memories that hold something sealed, and how the key is."""
    say(ask("secret.list", timeout=READING), as_json, _render_list)


def _render_list(answer: dict[str, Any]) -> None:
    if answer["secrets"]:
        columns(
            (
                f"#{it['number']}",
                one_line(it["title"], 60),
                ", ".join(it["kinds"]) or "sensitive",
                when(it["sealed"]),
                f"read {counted(it['reads'], 'time')}" if it["reads"] else "never read",
                "of another key" if it["foreign"] else "" if it["alive"] else "forgotten",
            )
            for it in answer["secrets"]
        )
    else:
        note("nothing is sealed: holdfast remember --seal")
    key = answer["key"]
    if key["problem"]:
        note(f"{key['problem']['what']}: {key['problem']['fix']}")
    elif key["source"]:
        note(f"the key is in: {key['source']}")


@secrets.command("get")
@click.argument("ref", metavar="ID")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@project_option
@json_option
def get(ref: str, yes: bool, project: str | None, as_json: bool) -> None:
    """Print what the memory ID holds sealed. It is noted that you did."""
    if sys.stdout.isatty():
        confirm(f"Show what memory {ref} holds sealed on this screen?", yes=yes, as_json=as_json)
    asked = {"ref": ref, "project": project, "actor": "command line", "trust": whose()}
    answer = ask("secret.get", asked)
    say(answer, as_json, lambda it: tell(plain(it["content"]) if sys.stdout.isatty() else it["content"]))


@secrets.command("rotate-key")
@click.option("--given", is_flag=True, help="Ask for the new HOLDFAST_KEY (or read it from standard input).")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@json_option
def rotate_key(given: bool, yes: bool, as_json: bool) -> None:
    """Put everything that is sealed under a new key; the old one opens nothing any more.

    The new key is drawn and kept in the file or the keyring, unless it is --given. Copies of the store made before
    stay under the old key.
    """
    held = ask("secret.list", timeout=READING)["key"]
    if held["problem"]:
        raise from_dict(held["problem"])
    if not held["needed"]:
        raise Refused("nothing is sealed", fix="the first secret that is kept makes a key")
    key = _new_key() if given else None
    if key is not None:
        refuse_weak(key)
    confirm(
        "Copies of the store made before this can then only be opened with the old key. Rotate?", yes=yes,
        as_json=as_json,
    )  # fmt: skip
    answer = ask("secret.rotate", {"key": key, "actor": "command line"}, timeout=_LONG)
    say(answer, as_json, _render_rotated)


def _new_key() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("The new HOLDFAST_KEY", hide_input=True, confirmation_prompt=True, err=True))
    key = sys.stdin.readline().rstrip("\n")
    if not key:
        raise UsageError("there is no new key", fix="give it on standard input")
    return key


def _render_rotated(it: dict[str, Any]) -> None:
    tell(f"{counted(it['rewrapped'], 'record')} under the new key, which is in: {it['source']}")
    if it["left"]:
        note(f"{counted(it['left'], 'record')} of other keys left as they are")
    if it["source"] == "HOLDFAST_KEY":
        note("set HOLDFAST_KEY to it wherever `holdfast serve` is called")


_OTHERS = {
    "relations": "judged pair", "events": "event", "packs": "delivered pack", "projects": "project",
    "sessions": "session",
}  # fmt: skip


@secrets.command("migrate")
@click.option("--apply", is_flag=True, help="Seal them and take them out; without it they are only counted.")
@json_option
def migrate(apply: bool, as_json: bool) -> None:
    """Look for secrets in what was stored before today's rules were there.

    What a memory says now is sealed; from its earlier versions, verdicts, events, packs and
    the names of projects and sessions they are removed for good.
    """
    found: dict[str, Any] = {"memories": [], "sealed": 0, **dict.fromkeys((*_OTHERS, "looked"), 0), "applied": apply}
    asked: dict[str, Any] = {"apply": apply, "actor": "command line"}
    step = ask("secret.migrate", asked, timeout=_LONG)
    hidden = as_json or not sys.stderr.isatty()
    with counting("looking", step["total"], hidden=hidden) as advance:
        while True:
            for name in ("memories", "sealed", *_OTHERS, "looked"):
                found[name] += step[name]
            advance(step["looked"])
            if step["next"] is None:
                break
            step = ask("secret.migrate", {**asked, "after": step["next"]}, timeout=_LONG)
    say(found, as_json, _render_migrated)


def _render_migrated(it: dict[str, Any]) -> None:
    if not any(it[name] for name in ("memories", *_OTHERS)):
        tell("nothing stands in clear that today's rules would hide")
        return
    parts = (
        counted(len(it["memories"]), "memory"), *(counted(it[name], noun) for name, noun in _OTHERS.items()),
    )  # fmt: skip
    tell(f"{'taken out of' if it['applied'] else 'secrets stand in clear in'}: {', '.join(parts)}")
    if it["memories"]:
        tell("  " + ", ".join(f"#{number}" for number in it["memories"]))
    if it["applied"]:
        tell(f"{counted(it['sealed'], 'secret')} sealed: holdfast secrets list")
        note("copies of the store made before still hold them: holdfast backup --list")
    else:
        note("to seal them and take them out: holdfast secrets migrate --apply")


@secrets.command("audit")
@click.argument("ref", metavar="[ID]", required=False)
@click.option("-n", "--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="How many lines.")
@json_option
def audit(ref: str | None, limit: int, as_json: bool) -> None:
    """Show who asked for secrets, the latest first; of the memory ID alone when it is named."""
    asked: dict[str, Any] = {"limit": limit} if ref is None else {"limit": limit, "ref": ref}
    say(ask("secret.audit", asked, timeout=READING), as_json, _render_audit)


def _render_audit(answer: dict[str, Any]) -> None:
    if not answer["audit"]:
        note("nobody asked for a secret yet")
        return
    columns(
        (when(it["at"]), it["action"], f"#{it['number']}" if it["number"] else "", it["actor"], it["title"] or "")
        for it in answer["audit"]
    )
