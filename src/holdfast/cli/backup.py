"""`holdfast backup` and `restore`: copies of the store's file."""

from pathlib import Path
from typing import Any

import click

from ..errors import NotFound, UsageError
from ..paths import Home
from .client import ask, listening, stop
from .output import columns, confirm, json_option, note, plain, say, size, tell, when

__all__ = ["backup", "restore"]

_LONG = 3_600.0  # seconds


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--list", "listed", is_flag=True, help="List the copies that there are.")
@json_option
def backup(file: Path | None, listed: bool, as_json: bool) -> None:
    """Copy the store to FILE, or into the folder of backups. Work goes on meanwhile; the copy is checked.

    A copy made so stays until you remove it. It is as private as the store itself.
    """
    if listed:
        if file is not None:
            raise UsageError("either FILE or --list, not both")
        from ..operations import offline

        say(offline.backups(Home.find()), as_json, _render_list)
        return
    asked: dict[str, Any] = {}
    if file is not None:
        target = file.absolute()
        asked["file"] = str(target / f"holdfast-{_today()}.db" if target.is_dir() else target)
    done = ask("backup", asked, timeout=_LONG)
    say(done, as_json, lambda it: tell(f"{plain(it['path'])} ({size(it['bytes'])})"))


def _today() -> str:
    import time

    return time.strftime("%Y%m%d-%H%M%S")


def _render_list(answer: dict[str, Any]) -> None:
    if not answer["backups"]:
        note("there is no backup yet: holdfast backup")
        return
    columns(
        (when(it["made"]), size(it["bytes"]), "automatic" if it["automatic"] else "by hand", it["path"])
        for it in answer["backups"]
    )


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@json_option
def restore(file: Path, yes: bool, as_json: bool) -> None:
    """Put the copy FILE in the store's place. What was there is kept beside it.

    To bring back one forgotten memory: `holdfast forget --back ID`, or `holdfast undo`.
    """
    if not file.is_file():
        memory = f"; a forgotten memory comes back with `holdfast forget --back {file}`" if _is_ref(str(file)) else ""
        what = f"{file} is a folder, not a file" if file.is_dir() else f"there is no file {file}"
        raise NotFound(what, fix=f"list the backups: holdfast backup --list{memory}")
    from ..operations import offline

    offline.must_be_a_copy(file.absolute())
    confirm(f"Put {file} in the place of the store? What was kept since then is put aside, and what was erased since "
            "then is back.", yes=yes, as_json=as_json)  # fmt: skip
    home = Home.find()
    ran = listening()
    try:
        with offline.alone(home, stop):
            done = offline.restore(home, file.absolute())
    finally:
        if ran:
            ask("ping")
    say(done, as_json, lambda it: _render_restored(file, it))


def _is_ref(text: str) -> bool:
    return text.lstrip("#").isdigit()


def _render_restored(file: Path, it: dict[str, Any]) -> None:
    tell(f"the store is that of {plain(str(file))} again")
    if it["replaced"]:
        tell(f"what was there before is kept as {plain(it['replaced'])}")
