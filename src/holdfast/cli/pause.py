"""`holdfast pause`: nothing is recorded, and nothing given, until it is over."""

from typing import Any

import click

from ..errors import UsageError
from .client import ask
from .output import json_option, say, tell, when
from .times import length

__all__ = ["pause"]


@click.command("pause")
@click.option("--for", "duration", metavar="TIME", help="For 30min, 1h, 2d; without it until `--off`.")
@click.option("--off", is_flag=True, help="Record again.")
@json_option
def pause(duration: str | None, off: bool, as_json: bool) -> None:
    """Record nothing, and give sessions nothing, until it is over.

    What happens meanwhile is not recorded later either, even when its transcript is read. One folder alone is left
    out by `holdfast projects ignore`, one session by starting it with HOLDFAST_IGNORE=1.
    """
    if off and duration:
        raise UsageError("either --for or --off, not both")
    if off:
        say(ask("pause.end"), as_json, _render_off)
        return
    say(ask("pause", {"for_ms": None if duration is None else length(duration)}), as_json, _render)


def _render(answer: dict[str, Any]) -> None:
    until = answer["paused"]["until"]
    tell(f"paused until {when(until)}" if until else "paused; to go on: holdfast pause --off")


def _render_off(answer: dict[str, Any]) -> None:
    tell("recording again" if answer["was_paused"] else "it was not paused")
