"""`holdfast hook HOST EVENT < payload.json`: what a host's hook does, by hand and visibly."""

import os
import subprocess
import sys

import click

from .. import __version__
from ..edge import launch
from ..errors import NotFound
from ..hosts.claude_code.payload import HOST
from ..paths import Home

__all__ = ["command"]


@click.command("hook")
@click.argument("host")
@click.argument("event")
def command(host: str, event: str) -> None:
    """Hand the payload on standard input to the daemon as HOST would on EVENT, and print its answer.

    With HOLDFAST_DEBUG=1 it tells on standard error what it does.
    """
    if host != HOST:
        raise NotFound(f"no adapter knows the host {host!r}", fix=f"holdfast hook {HOST} {event}")
    home = Home.find()
    home.make()
    launch.install(home.bin, __version__)
    environment = {**os.environ, "HOLDFAST_HOME": str(home.folder)}
    sys.exit(subprocess.run([home.bin / "hook", host, event], env=environment, check=False).returncode)
