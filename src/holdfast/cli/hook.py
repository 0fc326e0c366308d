"""`holdfast hook HOST EVENT < payload.json`: what a host's hook does, by hand and visibly."""

import os
import subprocess
import sys

import click

from .. import __version__
from ..edge import launch
from ..paths import Home

__all__ = ["command"]


@click.command("hook")
@click.argument("host")
@click.argument("event")
def command(host: str, event: str) -> None:
    """Hand the payload on standard input to the daemon as HOST would on EVENT, and print its answer.

    With HOLDFAST_DEBUG=1 it tells on standard error what it does.
    """
    home = Home.find()
    home.make()
    launch.install(home.bin, __version__)
    environment = {**os.environ, "HOLDFAST_HOME": str(home.folder)}
    sys.exit(subprocess.run([home.bin / "hook", host, event], env=environment, check=False).returncode)
