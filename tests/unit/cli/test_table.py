"""The table of commands: every command there, with help, JSON and at most two levels."""

from collections.abc import Iterator

import click
import pytest

from holdfast.cli import COMMANDS, SECTIONS, cli
from holdfast.operations import OPERATIONS


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    with click.Context(group) as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            if isinstance(command, click.Group):
                yield from leaves(command, (*path, name))
            else:
                yield (*path, name), command


LEAVES = dict(leaves(cli))


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_explains_itself_and_its_options(path: tuple[str, ...]) -> None:
    command = LEAVES[path]

    assert len(path) <= 2
    assert (command.help or "").strip()
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert (parameter.help or "").strip(), parameter.name


@pytest.mark.parametrize("name", ["projects", "import", "config"])
def test_the_help_of_a_group_cuts_no_line(name: str) -> None:
    group = cli.get_command(click.Context(cli), name)
    assert isinstance(group, click.Group)

    lines = group.get_help(click.Context(group, info_name=name, terminal_width=80)).splitlines()[1:]

    assert [line for line in lines if line.endswith("...")] == []


def test_the_help_promises_json_of_those_that_have_it() -> None:
    assert "Every command but hook and mcp takes --json" in (cli.help or "")


@pytest.mark.parametrize("path", [path for path in LEAVES if path not in (("hook",), ("mcp",))], ids=" ".join)
def test_every_command_answers_in_json_when_asked(path: tuple[str, ...]) -> None:
    assert "--json" in {option for parameter in LEAVES[path].params for option in parameter.opts}


def test_every_command_stands_in_a_section_of_the_help() -> None:
    assert {command.section for command in COMMANDS.values()} == set(SECTIONS)


def test_every_operation_explains_itself_and_its_arguments() -> None:
    for operation in OPERATIONS.values():
        assert operation.help
        assert not (operation.apart and operation.alone), operation.name
        for name, takes in operation.takes.items():
            assert takes.help, f"{operation.name}.{name}"
