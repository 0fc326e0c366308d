"""`holdfast serve`: the daemon, by hand. Hooks and commands start it by themselves."""

import time

import click

from ..errors import HoldfastError, Unavailable
from .client import ask
from .output import json_option, say

__all__ = ["command"]

_PATIENCE = 15.0  # seconds for a daemon to finish what runs


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
    stopped = _stop() if stop or restart else None
    if stop:
        say({"stopped": stopped}, as_json, lambda _: click.echo("stopped" if stopped else "no daemon was running"))
        return
    answer = ask("ping")
    say(
        answer,
        as_json,
        lambda it: click.echo(f"holdfast {it['version']} serves {it['home']} (process {it['process']})"),
    )


def _stop() -> int | None:
    """The process that was stopped; None when none ran. Raises Unavailable when it does not leave."""
    try:
        process: int = ask("stop", start=False)["process"]
    except Unavailable as error:
        if "does not run" in error.what:
            return None
        raise
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            ask("ping", start=False, timeout=2.0)
        except HoldfastError:
            return process
        time.sleep(0.02)
    raise Unavailable(f"process {process} does not leave", fix=f"kill {process}")
