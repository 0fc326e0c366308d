"""Which project a command is about."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = ["place_options", "project_option"]

F = TypeVar("F", bound=Callable[..., Any])

project_option = click.option("--project", help="A project's label or number, instead of this folder's.")


def place_options(command: F) -> F:
    """`--project NAME` and `--all-projects`."""
    everywhere = click.option("-a", "--all-projects", is_flag=True, help="In every project.")
    return project_option(everywhere(command))
