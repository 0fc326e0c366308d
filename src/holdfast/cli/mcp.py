"""`holdfast mcp`: the tools of holdfast for an agent program, over MCP on standard input and output."""

import json
import os
import sys
from typing import Any

import click

from .. import __version__
from ..edge import launch
from ..errors import NotFound, UsageError
from ..paths import Home
from .client import ask

__all__ = ["command"]


@click.command("mcp")
@click.option(
    "--tools", default="agent", metavar="PROFILE|NAME,…", help="agent (default), memory, admin, all, or names."
)
@click.option("--project", help="A project that there is, whatever the folder.")
def command(tools: str, project: str | None) -> None:
    """Serve holdfast's tools over MCP, for an agent program that starts this command.

    Without --tools these are the ones that an agent needs while it works; `all` adds those that delete, merge and
    read secrets. This process becomes the bridge, which is small; the daemon does the work.
    """
    home = Home.find()
    home.make()
    if project is not None:
        _known(project)
    launch.install(home.bin, __version__)
    _check(tools, json.loads((home.bin / "tools.json").read_bytes()))
    sys.stdout.flush()
    named = [] if project is None else [f"--project={project}"]
    os.execv(home.bin / "bridge", ["bridge", f"--tools={tools}", *named])  # noqa: S606  # this process becomes it


def _known(project: str) -> None:
    """Raises NotFound and UsageError: a name that is mistyped would make a project of its own at the first save."""
    try:
        ask("projects.show", {"project": project})
    except NotFound:  # nothing was kept of it yet
        if ask("projects.current")["label"].casefold() != project.strip().casefold():
            raise


def _check(tools: str, manifest: dict[str, Any]) -> None:
    """Raises UsageError when no tool is named, or one that there is not."""
    known = [tool["name"] for tool in manifest["tools"]]
    named = [part for part in tools.split(",") if part]
    unknown = [part for part in named if part not in known and part not in manifest["profiles"]]
    if unknown or not named:
        raise UsageError(
            f"there is no tool {unknown[0]!r}" if unknown else "no tool is named",
            why=f"profiles: {', '.join(manifest['profiles'])}; tools: {', '.join(known)}",
            fix="holdfast mcp --tools=agent, or names with commas between them",
        )
