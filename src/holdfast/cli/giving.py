"""`holdfast pack` and `stats`: what a session would be given and why, and what was given."""

import time
from typing import Any

import click

from ..errors import UsageError
from .client import READING, ask, whose
from .output import bold, counted, dim, json_option, note, one_line, plain, say, tell, width
from .place import project_option

__all__ = ["LEGEND", "pack", "stats"]


@click.command("pack")
@click.argument("prompt", nargs=-1)
@click.option("--session-start", "place", flag_value="session-start", help="What a new session would be given.")
@click.option("--compact", "place", flag_value="compact", help="What --session would be given after a compaction.")
@click.option("--session", help="As that session: s3, or the host's id of it. What it was given is left out.")
@click.option("--tokens", type=int, help="Tokens at the most, instead of the setting.")
@click.option("-n", "--limit", type=int, help="Items at the most, instead of the setting.")
@click.option("--explain", is_flag=True, help="Show the score of each item, and what was left out and why.")
@project_option
@json_option
def pack(prompt: tuple[str, ...], place: str | None, as_json: bool, explain: bool, **options: Any) -> None:
    """Show the block that would be sent with PROMPT, or (--session-start) to a new session of this folder.

    Nothing is sent and nothing noted. An empty answer means that nothing kept here matters enough for it.
    """
    if prompt and place is not None:
        raise UsageError("either PROMPT, or --session-start, or --compact")
    if not prompt and place is None:
        raise UsageError("what would be asked?", fix='holdfast pack "the prompt", or holdfast pack --session-start')
    if place == "compact" and not options["session"]:
        raise UsageError("which session would be compacted?", fix="holdfast pack --compact --session s3")
    asked = {**options, "place": place or "prompt", "explain": explain, "trust": whose()}
    if prompt:
        asked["prompt"] = " ".join(prompt)
    say(ask("pack", asked, timeout=READING), as_json, lambda it: _render_pack(it, explain))


def _render_pack(it: dict[str, Any], explain: bool) -> None:
    if it["text"]:
        tell(plain(it["text"]))
    else:
        note("nothing would be given")
    if it["withheld"]:
        note(f"and it is not given: {it['withheld']['why']} (fix: {it['withheld']['fix']})")
    if not explain:
        return
    if it["items"]:
        said = f"({counted(len(it['items']), 'item')}, about {it['tokens']} tokens)"
        tell(f"\n{bold('given')} {dim(said)}")
    for each in it["items"]:
        tell(f"  {each['ref']:<7} {each['section']:<10} {each['tokens']:>4} tokens{_scored(each)}")
    if it["left_out"]:
        tell(f"\n{bold('left out')}")
    for each in it["left_out"]:
        tell(f"  {each['ref']:<7} {each['reason']}{_scored(each)}")
        tell(dim(f"          {one_line(each['text'].removeprefix('- '), max(40, width() - 10) if width() else 110)}"))
    if any(each["parts"] for each in (*it["items"], *it["left_out"])):
        tell(f"\n{dim(LEGEND)}")


LEGEND = (
    "relevance: 0 to 1. lexical: how much of what was asked its words say; neighbours, session, files: what stands "
    "beside it; these are added up. The others are factors: kept (a note), trust, recency, outdated, superseded. "
    "coverage: the share of what was asked that its own words cover"
)


def _scored(item: dict[str, Any]) -> str:
    if not item["parts"]:
        return ""
    parts = ", ".join(f"{name} {value:.2f}" for name, value in item["parts"].items() if value)
    return dim(f"  relevance {item['relevance']:.2f} ({parts})")


@click.command("stats")
@click.option("--days", default=14, show_default=True, help="How many days, today included.")
@click.option("--here", is_flag=True, help="Of this folder's project only.")
@project_option
@json_option
def stats(as_json: bool, **options: Any) -> None:
    """Show by day what was captured, drawn, given and arrived, and how many tokens that took."""
    shift = time.localtime().tm_gmtoff
    say(ask("stats", {**options, "shift": shift}, timeout=READING), as_json, _render_stats)


_COLUMNS = (
    ("captured", "events captured"), ("drawn", "memories drawn"), ("kept", "kept by hand"), ("given", "packs given"),
    ("arrived", "arrived"), ("lost", "lost"), ("tokens", "tokens given"),
)  # fmt: skip
_BARS = "▏▎▍▌▋▊▉█"
_BAR = 8  # characters


def _render_stats(it: dict[str, Any]) -> None:
    days, totals = it["days"], it["totals"]
    if not any(totals.values()):
        note(f"nothing happened in the last {len(days)} days")
        return
    most = {name: max(day[name] for day in days) for name in ("captured", "tokens")}
    tell(bold(
        f"{'day':<10}  {'captured':<{_BAR + 8}} {'drawn':>6} {'kept':>5} {'given':>6} {'arrived':>8} {'lost':>5}  "
        f"tokens given"
    ))  # fmt: skip
    first = next(nth for nth, day in enumerate(days) if any(day[name] for name, _ in _COLUMNS))
    if first:
        tell(dim(f"({first} days without anything)"))
    for day in days[first:]:
        tell(
            f"{day['day']:<10}  {_bar(day['captured'], most['captured'])} {day['captured']:>7} {day['drawn']:>6} "
            f"{day['kept']:>5} {day['given']:>6} {day['arrived']:>8} {day['lost']:>5}  "
            f"{_bar(day['tokens'], most['tokens'])} {day['tokens']:>6}"
        )
    tell(dim("; ".join(f"{totals[name]:,} {said}" for name, said in _COLUMNS)))


def _bar(value: int, most: int) -> str:
    """A bar of eighths of a character."""
    eighths = 0 if not value else max(1, round(8 * _BAR * value / most))
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (_BARS[rest - 1] if rest else "")).ljust(_BAR)
