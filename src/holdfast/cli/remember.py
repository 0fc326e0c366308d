"""`holdfast remember` and `revise`: memories by hand."""

import sys
from typing import Any

import click

from ..errors import Refused, UsageError
from .client import ask, whose
from .output import bold, hint, json_option, note, one_line, say, tell
from .place import project_option

__all__ = ["remember", "revise"]


@click.command("remember")
@click.argument("text", nargs=-1)
@click.option("--kind", default="note", show_default=True, help="decision, bugfix, discovery, preference, fact, …")
@click.option("--title", help="A title; made from the first line when it is missing.")
@click.option("--file", "files", multiple=True, help="A file it speaks of (repeatable).")
@click.option("--tag", "tags", multiple=True, help="A tag (repeatable).")
@click.option("--always", "standing", is_flag=True, help="It always holds: given to every session.")
@click.option("--personal", is_flag=True, help="For all my projects.")
@click.option("--pin", "pinned", is_flag=True, help="Keep it at hand.")
@click.option("--topic", "topic_key", help="A stable key: saving under it again revises the memory.")
@click.option("--importance", type=float, help="From 0 to 1; 0.5 when it is missing.")
@click.option(
    "--seal", is_flag=True, help="Keep what is recognised as a secret in it encrypted, for `holdfast secrets get`."
)
@click.option("--sensitive", is_flag=True, help="Keep all of it encrypted; give a title to find it by.")
@project_option
@json_option
def remember(text: tuple[str, ...], as_json: bool, personal: bool, **options: Any) -> None:
    """Keep TEXT, or standard input, as a memory (at most 1,400 characters).

    With --seal or --sensitive, give the text on standard input: what a command is called with can be seen by others.
    """
    body = _text(text)
    if body is None and (options["seal"] or options["sensitive"]):
        body = click.prompt("What shall be sealed (it is not shown)", hide_input=True, err=True)
    if body is None:
        raise UsageError("there is nothing to remember", fix='holdfast remember "we release on Fridays"')
    if options["seal"] or options["sensitive"]:
        _something(body)
    if options["standing"]:
        _must_be_asked()
    answer = ask(
        "remember",
        {
            **_listed(options), "body": body, "scope": "personal" if personal else "project", "trust": whose(),
            "detect": True, "must_seal": options["seal"],
        },
    )  # fmt: skip
    say(answer, as_json, _render_kept)


def _render_kept(answer: dict[str, Any]) -> None:
    memory = answer["memory"]
    name = bold(f"#{memory['number']}")
    if answer["folded"]:
        tell(f"{name} says so already: {one_line(memory['title'])}")
    else:
        tell(f"{name} {'remembered' if memory['revision'] == 1 else 'revised'}: {one_line(memory['title'])}")
    if answer["sealed"]:
        tell(f"sealed; to read it: holdfast secrets get {memory['number']}")
        from ..memory import unnamed  # heavy, and hardly ever needed

        if unnamed(memory["title"], memory["body"]):
            note(f"it has no title to find it by: holdfast revise {memory['number']} --title WORDS")
    elif answer["secrets"]:
        note(f"taken out for good ({', '.join(answer['secrets'])}); to keep a secret encrypted: --seal")
    for it in answer["candidates"]:
        title = one_line(it["title"]).rstrip(".")
        note(f"may disagree with #{it['id']} {title}: holdfast conflicts show {it['judgment_id']}")
    if it := answer["withheld"]:
        note(f"kept; but {it['why']}, so no session is given it: {it['fix']}")
    elif it := answer["unrecorded"]:
        note(f"kept; but {it['why']}, so nothing else is recorded here: {it['fix']}")
    if not answer["folded"]:
        hint("to take it back: holdfast undo")


@click.command("revise")
@click.argument("ref", metavar="ID")
@click.argument("text", nargs=-1)
@click.option("--kind", help="Another kind.")
@click.option("--title", help='Another title; "" makes it from the first line again.')
@click.option("--file", "files", multiple=True, help="The files it speaks of, instead of those before (repeatable).")
@click.option("--no-files", is_flag=True, help="It speaks of no file.")
@click.option("--tag", "tags", multiple=True, help="Its tags, instead of those before (repeatable).")
@click.option("--no-tags", is_flag=True, help="It has no tags.")
@click.option("--always/--not-always", "standing", default=None, help="Whether it always holds.")
@click.option("--personal/--no-personal", "personal", default=None, help="For all my projects, or for its own only.")
@click.option("--topic", "topic_key", help='Its stable key; "" for none.')
@click.option("--importance", type=float, help="From 0 to 1.")
@click.option("--seal/--no-seal", default=None, help="Keep secrets found in TEXT encrypted; as before without it.")
@click.option("--sensitive/--not-sensitive", default=None, help="Keep all of TEXT encrypted; as before without it.")
@json_option
def revise(
    ref: str, text: tuple[str, ...], as_json: bool, no_files: bool, no_tags: bool, personal: bool | None, **options: Any
) -> None:
    """Write a memory anew: with TEXT (- for standard input), and what else is named. The rest stays.

    What it was before stays in `holdfast history`, and `holdfast undo` brings it back.
    """
    asked = {name: value for name, value in _listed(options).items() if value is not None and value != []}
    if text:
        asked["body"] = _text(text)
        asked["must_seal"] = bool(options["seal"])
        if options["seal"] or options["sensitive"]:
            _something(asked["body"])
    if no_files:
        asked["files"] = []
    if no_tags:
        asked["tags"] = []
    if personal is not None:
        asked["scope"] = "personal" if personal else "project"
    if asked.get("standing"):
        _must_be_asked()
    if not asked:
        raise UsageError("what shall be written anew?", fix=f'holdfast revise {ref} "the new text"')
    say(ask("revise", {**asked, "ref": ref, "trust": whose()}), as_json, _render_revised)


def _render_revised(answer: dict[str, Any]) -> None:
    memory = answer["memory"]
    said = "revised" if answer["change"] else "is so already"
    tell(f"{bold('#' + str(memory['number']))} {said}: {one_line(memory['title'])}")
    if answer["change"]:
        hint("to take it back: holdfast undo")


def _text(words: tuple[str, ...]) -> str | None:
    """The words; standard input when there are none, or a dash. None when nobody pipes anything in."""
    if words and words != ("-",):
        return " ".join(words)
    if sys.stdin.isatty() and not words:
        return None
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def _something(body: str | None) -> None:
    """Raises Refused when there is nothing to seal; what it says leads no secret onto the command line."""
    if not (body or "").strip():
        raise Refused(
            "there is nothing to seal", why="what came in on standard input is empty",
            fix="give it on standard input, or run the same in a terminal, which asks for it and does not show it",
        )  # fmt: skip


def _listed(options: dict[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in options.items()}


def _must_be_asked() -> None:
    """Raises Refused when an agent calls: a page that talked it into one command would hold for ever."""
    if whose() == "agent":
        raise Refused(
            "an agent cannot make a standing instruction", why="it is given to every session, so its owner must say it",
            fix="save it without --always, or ask the user to type it, or to run this command in a terminal",
        )  # fmt: skip
