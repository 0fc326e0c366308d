"""The command line: one table of commands, each loaded when it is called."""

import importlib
import sys
from typing import Any, Final

import click

from ..errors import HoldfastError
from .output import say_error

__all__ = ["COMMANDS", "cli", "main"]

# command -> (module that holds a click command of that name, one line of help); the order is that of `--help`
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "setup": ("setup", "Connect an agent program to holdfast, or disconnect it."),
    "status": ("status", "Show what was last heard, stored and delivered."),
    "remember": ("remember", "Keep a note."),
    "serve": ("serve", "Start, stop or restart the daemon."),
    "hook": ("hook", "Hand one hook payload over by hand, from standard input."),
    "import": ("importing", "Read past transcripts of an agent program."),
}


class _Table(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f".{COMMANDS[cmd_name][0]}", __package__)
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, help_) in COMMANDS.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            if near:
                raise click.UsageError(f"{error.message} Did you mean '{near[0]}'?", ctx) from None
            raise


@click.group(cls=_Table, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="holdfast", prog_name="holdfast", message="%(prog)s %(version)s")
def cli() -> None:
    """The memory of coding agents: what was asked, tried, decided and learned comes back when it matters.

    Every command takes --json. Exit status: 0 done, 1 not found or refused, 2 wrong usage.
    """


def main() -> None:
    """Run the command line; errors of ours are told in one shape."""
    try:
        cli.main(standalone_mode=True)
    except HoldfastError as error:
        say_error(error, as_json="--json" in sys.argv[1:])
        sys.exit(error.exit_status)
    except BrokenPipeError:  # the reader of our output had enough
        sys.exit(0)
