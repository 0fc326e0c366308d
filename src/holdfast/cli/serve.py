"""`holdfast serve`: the daemon, by hand. Hooks and commands start it by themselves."""

import click

from .client import ask
from .client import stop as stop_daemon
from .output import json_option, say

__all__ = ["command"]


@click.command("serve")
@click.option("--stop", is_flag=True, help="Stop the daemon.")
@click.option("--restart", is_flag=True, help="Stop it and start it anew.")
@click.option("--foreground", is_flag=True, help="Run it in this terminal, until Ctrl-C.")
@json_option
def command(stop: bool, restart: bool, foreground: bool, as_json: bool) -> None:
    """Start the daemon; hooks and commands do so by themselves when they need it."""
    if foreground:
        from ..daemon import main

        raise SystemExit(main())
    stopped = stop_daemon() if stop or restart else None
    if stop:
        say({"stopped": stopped}, as_json, lambda _: click.echo("stopped" if stopped else "no daemon was running"))
        return
    answer = ask("ping")
    say(
        answer,
        as_json,
        lambda it: click.echo(f"holdfast {it['version']} serves {it['home']} (process {it['process']})"),
    )
