"""`holdfast serve`: the daemon, by hand. Hooks and commands start it by themselves."""

import os
import time
from typing import Any

import click

from ..errors import UsageError
from .client import ask, opened
from .client import stop as stop_daemon
from .output import json_option, note, say

__all__ = ["command"]


@click.command("serve")
@click.option("--stop", is_flag=True, help="Stop the daemon.")
@click.option("--restart", is_flag=True, help="Stop it and start it anew.")
@click.option("--foreground", is_flag=True, help="Run it in this terminal, until Ctrl-C.")
@click.option("--tcp/--no-tcp", default=None, help="Open HTTP on 127.0.0.1, or close it.")
@click.option("--port", type=click.IntRange(0, 65_535), help="The port for --tcp; 0: any that is free.")
@json_option
def command(stop: bool, restart: bool, foreground: bool, tcp: bool | None, port: int | None, as_json: bool) -> None:
    """Start the daemon; hooks and commands do so by themselves when they need it.

    It listens on no port until --tcp asks for one; the setting `http.listen` asks for it at each start.
    """
    if port is not None and not tcp:
        raise UsageError("--port goes with --tcp", fix="holdfast serve --tcp --port N")
    if tcp is not None and (stop or foreground):
        raise UsageError("--tcp and --no-tcp go with neither --stop nor --foreground")
    if foreground:
        from ..daemon import main

        raise SystemExit(main())
    stopped = stop_daemon() if stop or restart else None
    if stop:
        say({"stopped": stopped}, as_json, lambda _: click.echo("stopped" if stopped else "no daemon was running"))
        return
    began = time.time_ns() // 1_000_000
    answer = ask("ping")
    if os.environ.get("HOLDFAST_KEY") and answer["started"] < began:
        note("it ran already, with the key that it was started with; to give it this one: holdfast serve --restart")
    if tcp is not None:
        it = opened(port) if tcp else ask("http.close")
        say(it, as_json, _say_open if tcp else _say_closed)
        return
    say(
        answer,
        as_json,
        lambda it: click.echo(f"holdfast {it['version']} serves {it['home']} (process {it['process']})"),
    )


def _say_open(it: dict[str, Any]) -> None:
    click.echo(f"HTTP is open on {it['address']}; the token is in {it['file']}")


def _say_closed(it: dict[str, Any]) -> None:
    click.echo("HTTP was not open" if it["closed"] is None else "HTTP is closed")
