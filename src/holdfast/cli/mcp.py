"""`holdfast mcp`: the tools of holdfast for an agent program, over MCP on standard input and output."""

import os
import sys

import click

from .. import __version__
from ..edge import launch
from ..paths import Home

__all__ = ["command"]


@click.command("mcp")
@click.option(
    "--tools", default="agent", metavar="PROFILE|NAME,…", help="agent (default), memory, admin, all, or names."
)
@click.option("--project", help="The name of the project, whatever the folder.")
def command(tools: str, project: str | None) -> None:
    """Serve holdfast's tools over MCP, for an agent program that starts this command.

    Without --tools these are the ones that an agent needs while it works; `all` adds those that delete, merge and
    read secrets. This process becomes the bridge, which is small; the daemon does the work.
    """
    home = Home.find()
    home.make()
    launch.install(home.bin, __version__)
    sys.stdout.flush()
    named = [] if project is None else [f"--project={project}"]
    os.execv(home.bin / "bridge", ["bridge", f"--tools={tools}", *named])  # noqa: S606  # this process becomes it
