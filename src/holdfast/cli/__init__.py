"""The command line: one table of commands, each loaded when it is called."""

import importlib
import sys
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from ..errors import HoldfastError, Unavailable, UsageError, from_system
from .output import note, say_error

__all__ = ["COMMANDS", "SECTIONS", "Command", "cli", "main", "run"]


class Command(NamedTuple):
    """One command: the section of the help that it stands in, where it is made (module:name), and one line of help."""

    section: str
    made: str
    help: str


SECTIONS: Final = ("See", "Keep", "Take back", "Projects and privacy", "Carry and care", "Connect")

# The order is that of `--help`; the page of commands is made from this table.
COMMANDS: Final[dict[str, Command]] = {
    "status": Command("See", "status:status", "Show what was last heard, stored and delivered."),
    "search": Command("See", "finding:search", "Find memories, and what was said in sessions."),
    "recent": Command("See", "finding:recent", "List memories, the latest first."),
    "show": Command("See", "finding:show", "Show a memory or an event whole, and where it came from."),
    "sessions": Command("See", "sessions:sessions", "List the latest sessions."),
    "timeline": Command("See", "sessions:timeline", "Show what happened in a session, in order."),
    "pack": Command("See", "giving:pack", "Show what a session would be given, and why."),
    "stats": Command("See", "giving:stats", "Show what was captured, drawn, given and arrived, by day."),
    "remember": Command("Keep", "remember:remember", "Keep a memory."),
    "revise": Command("Keep", "remember:revise", "Write a memory, or parts of it, anew."),
    "pin": Command("Keep", "changes:pin", "Keep a memory at hand."),
    "unpin": Command("Keep", "changes:unpin", "Let a pinned memory go again."),
    "conflicts": Command("Keep", "conflicts:conflicts", "Show memories that may disagree, and judge them."),
    "forget": Command("Take back", "changes:forget", "Take a memory out of what is served, or bring it back."),
    "undo": Command("Take back", "changes:undo", "Take back the latest change, or another one."),
    "history": Command("Take back", "changes:history", "Show what happened to a memory."),
    "erase": Command("Take back", "erase:erase", "Remove a memory, an event or a session for good."),
    "secrets": Command("Projects and privacy", "secrets:secrets", "List, read or rotate what is kept sealed."),
    "projects": Command("Projects and privacy", "projects:projects", "List, show, rename, merge or ignore projects."),
    "pause": Command("Projects and privacy", "pause:pause", "Record nothing for a while."),
    "import": Command("Carry and care", "importing:importing", "Read past transcripts, or an export."),
    "export": Command("Carry and care", "exporting:export", "Write the store as lines of JSON."),
    "backup": Command("Carry and care", "backup:backup", "Copy the store, or list the copies."),
    "restore": Command("Carry and care", "backup:restore", "Put a copy in the store's place."),
    "doctor": Command("Carry and care", "doctor:doctor", "Walk the whole chain and say what is broken."),
    "logs": Command("Carry and care", "logs:logs", "Show what the daemon has to say."),
    "config": Command("Carry and care", "config:config", "List, get, set or unset settings."),
    "setup": Command("Connect", "setup:command", "Connect an agent program to holdfast, or disconnect it."),
    "uninstall": Command("Connect", "uninstall:uninstall", "Disconnect every agent program; with --purge, remove all."),
    "serve": Command("Connect", "serve:command", "Start, stop or restart the daemon."),
    "open": Command("Connect", "open:command", "Open HTTP on this machine, and print its address."),
    "mcp": Command("Connect", "mcp:command", "Serve holdfast's tools to an agent program, over MCP on stdio."),
    "hook": Command("Connect", "hook:command", "Hand one hook payload over by hand, from standard input."),
}


class _Table(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].made.partition(":")
        command: click.Command = getattr(importlib.import_module(f".{module}", __package__), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section in SECTIONS:
            with formatter.section(section):
                formatter.write_dl([(name, each.help) for name, each in COMMANDS.items() if each.section == section])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            if near and "Did you mean" not in error.message:
                raise click.UsageError(f"{error.message} Did you mean '{near[0]}'?", ctx) from None
            raise


@click.group(cls=_Table, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="holdfast", prog_name="holdfast", message="%(prog)s %(version)s")
def cli() -> None:
    """The memory of coding agents: what was asked, tried, decided and learned comes back when it matters.

    Every command but hook and mcp takes --json. Exit status: 0 done, 1 not found or refused, 2 wrong usage.
    """


def run(arguments: list[str]) -> int:
    """Run one command; its exit status. Errors are told in one shape, in words or (--json) as JSON."""
    as_json = "--json" in arguments
    try:
        code = cli.main(arguments, prog_name="holdfast", standalone_mode=False)
    except HoldfastError as error:
        say_error(error, as_json=as_json)
        return error.exit_status
    except click.UsageError as error:
        if not as_json:
            error.show()
            return 2
        say_error(UsageError(error.format_message(), fix=_usage(error)), as_json=True)
        return 2
    except click.ClickException as error:
        say_error(HoldfastError(error.format_message()), as_json=as_json)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        note("interrupted")
        return 130
    except BrokenPipeError:  # the reader of our output had enough
        _close_output()
        return 0
    except OSError as error:
        say_error(_of_system(error), as_json=as_json)
        return 1
    return code if isinstance(code, int) else 0


def main() -> None:
    """The command line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def _usage(error: click.UsageError) -> str:
    return "" if error.ctx is None else f"see `{error.ctx.command_path} --help`"


def _of_system(error: OSError) -> HoldfastError:
    if error.filename is not None:
        return from_system(Path(str(error.filename)), error)
    try:
        Path.cwd()
    except FileNotFoundError:
        return Unavailable("the folder that you are in is gone", fix="go to another folder")
    try:
        sys.stdout.flush()
    except OSError as output:
        _close_output()
        return Unavailable(
            "the answer could not be written", why=output.strerror or "", fix="look where standard output goes"
        )
    return Unavailable("a file could not be read or written", why=error.strerror or str(error), fix="holdfast doctor")


def _close_output() -> None:
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the interpreter complains at its end
