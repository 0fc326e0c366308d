"""docs/reference/commands.md, out of the table of commands."""

import inspect
from collections.abc import Iterator

import click

from holdfast.cli import COMMANDS, SECTIONS, cli


def page() -> str:
    lines = [
        "# Commands",
        "",
        "Every command takes `--help`, and every command but `hook` and `mcp` `--json`. A memory goes by its number",
        "(`12`; `#12` too, but a shell takes `#` for a comment), its id, or the first 8 digits of that; an event by",
        "`e345`; a session by `s3` or the id that its host gave it.",
        "Commands are about the project of the folder that they are called in, unless `--project` or `--all-projects`",
        "says otherwise.",
        "",
        "Exit status: 0 done (an empty search too), 1 not found or refused, 2 wrong usage, 130 interrupted. Errors go",
        'to standard error in words; with `--json`, to standard output as `{"error": {"code", "what", "why", "fix"}}`.',
    ]
    with click.Context(cli, info_name="holdfast") as context:
        for section in SECTIONS:
            lines += ["", f"## {section}"]
            for name, command in COMMANDS.items():
                if command.section == section:
                    found = cli.get_command(context, name)
                    assert found is not None
                    lines += _command(found, context, name)
    return "\n".join(lines) + "\n"


def _command(command: click.Command, parent: click.Context, name: str) -> Iterator[str]:
    with click.Context(command, info_name=name, parent=parent) as context:
        usage = " ".join(command.collect_usage_pieces(context))
        yield from ("", f"### `{context.command_path}`", "", f"    {context.command_path} {usage}", "")
        yield inspect.cleandoc(command.help or "")
        options = [
            record
            for parameter in command.get_params(context)
            if isinstance(parameter, click.Option) and (record := parameter.get_help_record(context))
            and not {"--help", "--json"} & set(parameter.opts)
        ]  # fmt: skip
        if options:
            yield ""
            yield from (f"- `{names}`: {text}" for names, text in options)
        if isinstance(command, click.Group):
            for each in command.list_commands(context):
                found = command.get_command(context, each)
                assert found is not None
                yield from _command(found, context, each)
