"""`holdfast remember`: a note by hand."""

import sys
from typing import Any

import click

from ..errors import UsageError
from .client import ask
from .output import json_option, say

__all__ = ["command"]


@click.command("remember")
@click.argument("text", nargs=-1)
@click.option("--kind", default="note", show_default=True, help="decision, bugfix, discovery, preference, fact, …")
@click.option("--title", help="A title; made from the first line when it is missing.")
@click.option("--file", "files", multiple=True, help="A file it speaks of (repeatable).")
@click.option("--tag", "tags", multiple=True, help="A tag (repeatable).")
@click.option("--always", "standing", is_flag=True, help="It always holds: given to every session.")
@click.option("--personal", is_flag=True, help="For all my projects.")
@click.option("--pin", "pinned", is_flag=True, help="Keep it at hand.")
@click.option("--topic", "topic_key", help="A stable key: saving under it again revises the note.")
@click.option("--project", help="A project's label or number, instead of this folder's.")
@json_option
def command(text: tuple[str, ...], as_json: bool, personal: bool, **options: Any) -> None:
    """Keep TEXT, or standard input, as a note (at most 1,400 characters)."""
    body = " ".join(text)
    if not body:
        if sys.stdin.isatty():
            raise UsageError("there is nothing to remember", fix='holdfast remember "we release on Fridays"')
        body = sys.stdin.read()
    answer = ask("remember", {**options, "body": body, "scope": "personal" if personal else "project"})
    say(answer, as_json, _render)


def _render(answer: dict[str, Any]) -> None:
    memory = answer["memory"]
    if answer["folded"]:
        click.echo(f"#{memory['number']} says so already ({memory['title']})")
    else:
        click.echo(f"#{memory['number']} remembered: {memory['title']}")
