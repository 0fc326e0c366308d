"""`holdfast config`: the settings, in a file whose comments stay as they are."""

import contextlib
import os
from pathlib import Path
from typing import Any

import click

from ..errors import HoldfastError, Refused, UsageError
from ..paths import Home
from ..settings import SETTINGS, Setting, Settings
from .client import READING, ask, listening, stop
from .output import bold, columns, dim, json_option, note, plain, say, tell

__all__ = ["config"]


@click.group("config")
def config() -> None:
    """List, get, set or unset settings. They lie in `config.toml` in the home folder; a variable wins over it."""


@config.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List all settings: value, where it comes from, what it is for."""
    home = Home.find()
    settings = Settings.load(home.config)
    found = {name: _shown(settings, setting) for name, setting in SETTINGS.items()}
    told = {"path": str(home.config), "settings": found, "problems": list(settings.problems)}
    say(told, as_json, _render_list)


def _shown(settings: Settings, setting: Setting) -> dict[str, Any]:
    value = settings[setting.name]
    return {
        "value": list(value) if isinstance(value, tuple) else value,
        "default": list(setting.default) if isinstance(setting.default, tuple) else setting.default,
        "source": settings.source(setting.name),
        "variable": setting.variable,
        "help": setting.help,
    }


def _render_list(it: dict[str, Any]) -> None:
    columns(
        (name, _written(each["value"]), "" if each["source"] == "default" else f"({each['source']})", each["help"])
        for name, each in it["settings"].items()
    )
    for problem in it["problems"]:
        note(f"problem: {problem}")


@config.command("get")
@click.argument("name")
@json_option
def get(name: str, as_json: bool) -> None:
    """Print the value of a setting."""
    setting = _setting(name)
    it = _shown(Settings.load(Home.find().config), setting)
    say({"name": name, **it}, as_json, lambda _: tell(plain(_written(it["value"]))))


@config.command("set")
@click.argument("name")
@click.argument("value")
@json_option
def set_(name: str, value: str, as_json: bool) -> None:
    """Set a setting. Lists are written with commas. A running daemon is restarted, as it reads them when it starts."""
    setting = _setting(name)
    parsed = setting.parse(value)
    home = Home.find()
    document = _document(home.config)
    _put(document, name, list(parsed) if isinstance(parsed, tuple) else parsed)
    _write(home, document)
    _say(home, setting, as_json)


@config.command("unset")
@click.argument("name")
@json_option
def unset(name: str, as_json: bool) -> None:
    """Let a setting have its default again."""
    setting = _setting(name)
    home = Home.find()
    document = _document(home.config)
    if _take(document, name):
        _write(home, document)
    _say(home, setting, as_json)


def _setting(name: str) -> Setting:
    if name not in SETTINGS:
        import difflib

        near = difflib.get_close_matches(name, SETTINGS, n=3, cutoff=0.4) or [
            each for each in SETTINGS if name in each.split(".")
        ]
        meant = f"did you mean {' or '.join(near)}?" if near else ""
        raise UsageError(f"there is no setting {name!r}", why=meant, fix="see `holdfast config list`")
    return SETTINGS[name]


def _document(file: Path) -> Any:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(file.read_text("utf-8"))
    except FileNotFoundError:
        return tomlkit.document()
    except (TOMLKitError, ValueError) as error:
        raise Refused(f"{file} cannot be read", why=str(error), fix="put it right in an editor, or remove it") from None


def _put(document: Any, name: str, value: Any) -> None:
    import tomlkit

    *folders, last = name.split(".")
    place = document
    for folder in folders:
        if folder not in place:
            place[folder] = tomlkit.table()
        place = place[folder]
        if not hasattr(place, "items"):
            raise Refused(f"{folder} is a value in config.toml, where a table belongs", fix="remove it from the file")
    place[last] = value


def _take(document: Any, name: str) -> bool:
    *folders, last = name.split(".")
    place = document
    for folder in folders:
        place = place.get(folder) if hasattr(place, "get") else None
        if place is None:
            return False
    if not hasattr(place, "items") or last not in place:
        return False
    del place[last]
    return True


def _write(home: Home, document: Any) -> None:
    """The whole file or nothing; through a link, as those who keep their settings elsewhere have them."""
    import tomlkit

    home.make()
    file = home.config.resolve()
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            out.write(tomlkit.dumps(document))
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _say(home: Home, setting: Setting, as_json: bool) -> None:
    it = _shown(Settings.load(home.config), setting)
    restarted, problem = _restart()
    told = {"name": setting.name, **it, "restarted": restarted}

    def render(_: Any) -> None:
        tell(f"{bold(setting.name)} {plain(_written(it['value']))} {dim('(' + it['source'] + ')')}")
        if it["source"] == "environment":
            note(f"{setting.variable} is set, and wins over the file")
        if restarted:
            note("the daemon was restarted, so it holds now")
            _say_key()
        elif problem:
            note(f"the daemon still has the old value: holdfast serve --restart ({problem})")

    say(told, as_json, render)


def _restart() -> tuple[bool, str]:
    """Whether a daemon ran and was restarted; and why not, if it ran and could not be."""
    if not listening():
        return False, ""
    try:
        stop()
        ask("ping")
    except HoldfastError as error:
        return False, error.what
    return True, ""


def _say_key() -> None:
    """Say when the new daemon has not the key that the one before it was given."""
    with contextlib.suppress(HoldfastError):
        if problem := ask("secret.list", timeout=READING)["key"]["problem"]:
            note(f"{problem['what']}: {problem['fix']}")


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, list) else str(value)
