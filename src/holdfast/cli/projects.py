"""`holdfast projects`: the code bases that holdfast knows."""

from typing import Any

import click

from .client import READING, ask
from .output import bold, columns, counted, dim, hint, json_option, note, one_line, say, tell, when

__all__ = ["projects"]


@click.group("projects", invoke_without_command=True)
@json_option
@click.pass_context
def projects(context: click.Context, as_json: bool) -> None:
    """List, show, rename, merge or ignore projects. A project is called by its label or its number.

    Alone it lists them.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_, merged=False, as_json=as_json)


@projects.command("list")
@click.option("--merged", is_flag=True, help="Those merged into others too.")
@json_option
def list_(merged: bool, as_json: bool) -> None:
    """List all projects, the one heard last first."""
    say(ask("projects.list", {"merged": merged}, timeout=READING), as_json, _render_list)


def _render_list(answer: dict[str, Any]) -> None:
    if not answer["projects"]:
        note("no project is known yet")
        return
    found = answer["projects"]
    labels = [it["label"] for it in found]
    columns(
        (
            f"{it['number']}",
            it["label"],
            counted(it["memories"], "memory"),
            counted(it["sessions"], "session"),
            when(it["heard"]),
            "ignored" if it["ignored"] else f"merged into {it['merged_into']}" if it["merged_into"] else "",
            ", ".join(it["keys"]) if labels.count(it["label"]) > 1 else "",
        )
        for it in found
    )


@projects.command("show")
@click.argument("project", required=False)
@json_option
def show(project: str | None, as_json: bool) -> None:
    """Show one project, that of this folder unless it is named."""
    say(ask("projects.show", {"project": project}, timeout=READING), as_json, _render_one)


def _render_one(it: dict[str, Any]) -> None:
    tell(f"{bold(str(it['number']))} {bold(one_line(it['label']))}{' (ignored)' if it['ignored'] else ''}")
    for name, value in (
        ("known as", ", ".join(it["keys"])),
        ("kept", f"{counted(it['memories'], 'memory')}, {counted(it['sessions'], 'session')}"),
        ("first", when(it["created"])),
        ("last", when(it["heard"])),
        ("merged", ", ".join(f"{each['number']} {each['label']}" for each in it["merged"])),
    ):
        if value:
            tell(f"{dim(name.ljust(8))} {one_line(value)}")


@projects.command("rename")
@click.argument("project")
@click.argument("label")
@json_option
def rename(project: str, label: str, as_json: bool) -> None:
    """Give PROJECT another LABEL."""
    answer = ask("projects.rename", {"project": project, "label": label})
    _say(answer, as_json, f"is called {one_line(answer['project']['label'])} now")


@projects.command("merge")
@click.argument("project")
@click.argument("into")
@json_option
def merge(project: str, into: str, as_json: bool) -> None:
    """Treat PROJECT as a part of INTO from now on.

    What is kept of it is found there.
    """
    answer = ask("projects.merge", {"project": project, "into": into})
    _say(answer, as_json, f"is a part of {answer['into']['number']} {one_line(answer['into']['label'])} now")


@projects.command("ignore")
@click.argument("project", required=False)
@json_option
def ignore(project: str | None, as_json: bool) -> None:
    """Record nothing of a project, and give its sessions nothing.

    It is the project of this folder, unless another is named. What was kept of it stays.
    """
    _say(ask("projects.ignore", {"project": project}), as_json, "is ignored from now on; what was kept stays")


@projects.command("unignore")
@click.argument("project", required=False)
@json_option
def unignore(project: str | None, as_json: bool) -> None:
    """Record a project again."""
    _say(ask("projects.unignore", {"project": project}), as_json, "is recorded")


def _say(answer: dict[str, Any], as_json: bool, said: str) -> None:
    def render(_: Any) -> None:
        project = answer["project"]
        tell(f"project {project['number']} {one_line(project['label'])} {said}")
        if answer["change"]:
            hint("to take it back: holdfast undo")

    say(answer, as_json, render)
