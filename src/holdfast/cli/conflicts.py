"""`holdfast conflicts`: memories that may disagree, and what was found of them."""

from typing import Any

import click

from ..memory import VERDICTS
from .client import READING, ask, whose
from .output import (
    bold,
    columns,
    counted,
    dim,
    for_people,
    hint,
    json_option,
    judge_of,
    note,
    one_line,
    plain,
    say,
    tell,
    tell_more,
    when,
)
from .place import place_options, project_option
from .progress import counting

__all__ = ["conflicts", "render_pair"]


@click.group("conflicts")
def conflicts() -> None:
    """Show pairs of memories that may disagree, and say how they stand to each other. A pair goes by rel-…."""


@conflicts.command("list")
@click.option("--status", type=click.Choice(["pending", "judged", "orphaned"]), help="Only those of one status.")
@click.option("-n", "--limit", default=20, show_default=True, help="How many at the most.")
@place_options
@json_option
def list_(as_json: bool, **options: Any) -> None:
    """List the pairs of this folder's project, and personal ones; what waits for a verdict first."""
    say(ask("conflicts.list", options, timeout=READING), as_json, _render_list)


def _render_list(answer: dict[str, Any]) -> None:
    if not answer["relations"]:
        note("no two memories are known to disagree here")
        return
    columns((it["judgment_id"], _state(it), _said(it, titles=True)) for it in answer["relations"])
    tell_more(answer["more"])
    if any(it["judgment_status"] == "pending" for it in answer["relations"]):
        hint("to say how two stand to each other: holdfast conflicts judge rel-… --relation VERDICT")


def _state(it: dict[str, Any]) -> str:
    if it["judgment_status"] == "judged":
        return f"{judge_of(it['marked_by_kind'])} judged"
    return "one is forgotten" if it["judgment_status"] == "orphaned" else "pending"


def _end(end: dict[str, Any]) -> str:
    return f"#{end['number'] or '?'} {one_line(end['title'], 50)}".rstrip()


@conflicts.command("show")
@click.argument("judgment", metavar="ID")
@project_option
@json_option
def show(judgment: str, project: str | None, as_json: bool) -> None:
    """Show a pair (rel-…) whole: both memories, and every verdict on them; or all pairs of a memory (12)."""
    asked = {"project": project, "trust": whose()}
    if judgment.strip().casefold().startswith("rel-"):
        say(ask("conflicts.show", {"judgment_id": judgment, **asked}, timeout=READING), as_json, render_pair)
        return
    memory = ask("show", {"ref": judgment, **asked}, timeout=READING)
    pairs = [
        ask("conflicts.show", {"judgment_id": tie["judgment_id"], **asked}, timeout=READING)
        for tie in memory.get("relations", ())
    ]
    say({"relations": pairs}, as_json, lambda _: _render_pairs(judgment, pairs))


def _render_pairs(ref: str, pairs: list[dict[str, Any]]) -> None:
    if not pairs:
        note(f"no memory is known to disagree with {ref}")
    for nth, pair in enumerate(pairs):
        if nth:
            tell()
        render_pair(pair)


def render_pair(it: dict[str, Any]) -> None:
    tell(f"{bold(it['judgment_id'])} {_said(it)}")
    for name in ("source", "target"):
        end = it[name]
        tell()
        state = "" if end["alive"] else dim(" (forgotten)" if end["title"] else " (gone)")
        told = f", {end['trust']}, {when(end['revised'])}" if "body" in end else ""
        tell(f"{bold('#' + str(end['number'] or '?'))} {one_line(end['title'])}{dim(told)}{state}")
        if "body" in end:
            tell(plain(for_people(end["body"], end["number"])))
    tell()
    for name in ("reason", "evidence"):
        if it[name]:
            tell(f"{dim(name.ljust(9))} {one_line(it[name])}")
    if it["relation"]:
        sure = "" if it["confidence"] == 1 else f", {it['confidence']:.0%} sure"
        name = one_line(it["marked_by_actor"])
        who = judge_of(it["marked_by_kind"]) + ("" if name in ("owner", "agent") else f" ({name})")
        tell(f"{dim('judged'.ljust(9))} {when(it['judged'])} by {who}{sure}")
    if it["score"] is not None:
        tell(f"{dim('alike'.ljust(9))} {it['score']:.2f}")
    for step in it["history"]:
        verdict = next((edit["after"] for edit in step["edits"] if edit["name"] == "verdict"), None)
        what = verdict["relation"] if verdict else step["cause"]
        tell(f"{dim(when(step['at']))}  {what}  {dim(step['change'][:18])}{' undone' if step['undone_by'] else ''}")


def _said(it: dict[str, Any], *, titles: bool = False) -> str:
    """`#12 supersedes #7`; of a pair that nobody judged that it may disagree."""
    one, other = (_end(it[name]) if titles else f"#{it[name]['number'] or '?'}" for name in ("source", "target"))
    gone = ", of which one is not served" if it["judgment_status"] == "orphaned" and not titles else ""
    return f"{one} {_WORDS[it['relation']]} {other}{gone}"


_WORDS = {  # a verdict, as it is said of two memories
    None: "may disagree with",
    "related": "is related to",
    "compatible": "goes together with",
    "scoped": "holds in another case than",
    "conflicts_with": "disagrees with",
    "supersedes": "supersedes",
    "not_conflict": "does not disagree with",
}


@conflicts.command("judge")
@click.argument("judgment", metavar="ID")
@click.option("--relation", required=True, type=click.Choice(list(VERDICTS)), help="How they stand to each other.")
@click.option("--source", metavar="MEMORY", help="Which of the two supersedes; the newer one when it is not said.")
@click.option("--reason", help="Why.")
@click.option("--evidence", help="What shows it.")
@click.option("--confidence", type=click.FloatRange(0, 1), help="How sure, from 0 to 1.")
@json_option
def judge(judgment: str, as_json: bool, **options: Any) -> None:
    """Say how the two memories of a pair stand to each other. A later verdict takes the place of an earlier one.

    A superseded memory is given to no session any more; of two that conflict both are given, each with a word on it.
    """
    asked = {"judgment_id": judgment, "trust": whose(), **options}
    say(ask("conflicts.judge", asked), as_json, _render_judged)


def _render_judged(it: dict[str, Any]) -> None:
    tell(f"judged: {_said(it)}")
    hint("to take it back: holdfast undo")


@conflicts.command("scan")
@click.option(
    "-n", "--limit", default=500, show_default=True, help="How many memories are looked at, the latest first."
)
@click.option("--apply", is_flag=True, help="Note what is found, so that it waits for a verdict.")
@place_options
@json_option
def scan(limit: int, apply: bool, as_json: bool, **options: Any) -> None:
    """Look for pairs that may disagree among the memories that there are; notes nothing without --apply."""
    looked, found, after = 0, [], None
    with counting("looking", limit, hidden=as_json) as step:
        while looked < limit:
            asked = {**options, "apply": apply, "after": after, "limit": min(100, limit - looked)}
            answer = ask("conflicts.scan", asked, timeout=READING)
            looked, after = looked + answer["looked"], answer["next"]
            found += answer["candidates"]
            step(answer["looked"])
            if after is None:
                break
    say({"looked": looked, "candidates": found, "next": after, "applied": apply}, as_json, _render_scan)


def _render_scan(answer: dict[str, Any]) -> None:
    for pair in answer["candidates"]:
        tell(
            f"{pair['judgment_id'] or 'candidate'}  {pair['score']:.2f}  {_end(pair['newer'])} may disagree with "
            f"{_end(pair['older'])}"
        )
    tell(f"{counted(answer['looked'], 'memory')} looked at, {counted(len(answer['candidates']), 'candidate')}")
    if answer["candidates"] and not answer["applied"]:
        hint("nothing was noted: --apply")
    if answer["next"] is not None:
        note("there are more memories: --limit")


@conflicts.command("stats")
@place_options
@json_option
def stats(as_json: bool, **options: Any) -> None:
    """Count the pairs by status and by verdict."""
    say(ask("conflicts.stats", options, timeout=READING), as_json, _render_stats)


def _render_stats(answer: dict[str, Any]) -> None:
    columns([*((name, f"{count}") for name, count in answer["statuses"].items())])
    found = [(f"  {name}", f"{count}") for name, count in answer["relations"].items() if count]
    if found:
        columns(found)
