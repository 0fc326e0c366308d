"""`holdfast open`: let HTTP in, and show its page."""

import os
import sys
from typing import Any

import click

from .client import ask, opened
from .output import json_option, note, say

__all__ = ["command"]


@click.command("open")
@click.option("--print", "only_print", is_flag=True, help="Only print the address.")
@json_option
def command(only_print: bool, as_json: bool) -> None:
    """Open HTTP on 127.0.0.1 and print its address; a browser, where there is one, shows how to ask. No viewer yet.

    It stays open until the daemon leaves, or `holdfast serve --no-tcp`.
    """
    ask("ping")  # a daemon of another version makes way for its successor
    it = opened()
    say(it, as_json, _say)
    if not (only_print or as_json) and sys.stdout.isatty() and _has_screen():
        import webbrowser

        if not webbrowser.open(it["address"]):
            note("no browser could be started")


def _say(it: dict[str, Any]) -> None:
    click.echo(it["address"])


def _has_screen() -> bool:
    """Whether a browser would have a window; one in the terminal would take it over."""
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
