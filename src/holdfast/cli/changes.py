"""`holdfast forget`, `undo`, `history`, `pin` and `unpin`: changes of memories, and taking them back."""

import re
from typing import Any

import click

from ..errors import HoldfastError, Refused, UsageError
from .client import LONG, READING, ask, whose
from .output import bold, confirm, dim, for_people, hint, json_option, note, one_line, say, tell, when
from .place import place_options, project_option
from .progress import counting
from .times import moment

__all__ = ["forget", "history", "pin", "undo", "unpin"]

_SOURCES = ("owner", "agent", "tool", "imported")
_LISTED = 20  # memories that are shown before they are forgotten
_MANY = 100  # memories, from which on a bar shows how far it is


def _each(operation: str, refs: tuple[str, ...]) -> list[dict[str, Any]]:
    """Do it to each; what was done before an error is told with it."""
    done: list[dict[str, Any]] = []
    for ref in refs:
        try:
            done.append(ask(operation, {"ref": ref, "trust": whose()}))
        except HoldfastError as error:
            if len(refs) > 1:
                error.what = f"{ref}: {error.what}"
            _tell_done(error, done, " before it")
            raise
    return done


def _all(operation: str, refs: tuple[str, ...], *, hidden: bool) -> list[dict[str, Any]]:
    """Do it to all that came from somewhere; those for which it is refused are told at the end. hidden: no bar."""
    done: list[dict[str, Any]] = []
    refused: list[tuple[str, Refused]] = []
    with counting(operation, len(refs), hidden=hidden or len(refs) < _MANY) as step:
        for ref in refs:
            try:
                done.append(ask(operation, {"ref": ref, "trust": whose()}))
            except Refused as error:
                refused.append((ref, error))
            step(1)
    if refused:
        first = refused[0][1]
        numbers = ", ".join(f"#{ref}" for ref, _ in refused[:_LISTED])
        more = f" and {len(refused) - _LISTED} more" if len(refused) > _LISTED else ""
        first.what = f"refused for {numbers}{more}; of the first: {first.what}"
        _tell_done(first, done)
        raise first
    return done


def _tell_done(error: HoldfastError, done: list[dict[str, Any]], when_: str = "") -> None:
    if done:
        numbers = ", ".join(f"#{each['memory']['number']}" for each in done[:_LISTED])
        more = f" and {len(done) - _LISTED} more" if len(done) > _LISTED else ""
        error.also(f"{numbers}{more}{when_}: done")


def _say(done: list[dict[str, Any]], as_json: bool, verb: str, unchanged: str, next_: str = "") -> None:
    def render(_: Any) -> None:
        for each in done:
            memory = each["memory"]
            said = verb if each["change"] else unchanged
            tell(f"{bold('#' + str(memory['number']))} {said}: {one_line(memory['title'])}")
        if next_ and any(each["change"] for each in done):
            hint(next_)

    say({"done": done}, as_json, render)


@click.command("forget")
@click.argument("refs", metavar="[ID]…", nargs=-1)
@click.option("--session", help="All that came from this session (s3).")
@click.option("--source", type=click.Choice(_SOURCES), help="All that is the word of this source.")
@click.option("--since", help="All that was kept since then: 2026-01-31, 2026-01-31T14:00, or an age: 30min, 2d.")
@place_options
@click.option("--back", is_flag=True, help="Bring it back instead.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@json_option
def forget(
    refs: tuple[str, ...], session: str | None, source: str | None, since: str | None, project: str | None,
    all_projects: bool, back: bool, yes: bool, as_json: bool,
) -> None:  # fmt: skip
    """Take memories out of everything that is served. They stay in the store: --back, or `holdfast undo`.

    Of a session, of a source and since a time: what all of these have in common, with what rules drew while one of them
    stood before the agent; it asks first. Sources and times are of this folder's project and of personal memories,
    unless you say otherwise.

    To remove it for good: `holdfast erase`.
    """
    said = {"session": session, "source": source, "since": since, "project": project}
    chosen = {name: value for name, value in said.items() if value is not None}
    if bool(refs) == any(name in chosen for name in ("session", "source", "since")):
        what = "either these, or what came from somewhere" if refs else "forget what?"
        raise UsageError(what, fix="holdfast forget ID…, or --session S, --source …, --since …")
    if session_ref := next((ref for ref in refs if re.fullmatch(r"[sS]\d{1,6}", ref)), None):
        raise UsageError(f"{session_ref} is a session", fix=f"holdfast forget --session {session_ref}")
    operation = "unforget" if back else "forget"
    if refs:
        done = _each(operation, refs)
    else:
        asked = {**chosen, "all_projects": all_projects, "forgotten": back}
        if since is not None:
            asked["since"] = moment(since)
        done = _all(operation, _meant(asked, yes=yes, as_json=as_json), hidden=as_json)
    if back:
        _say(done, as_json, "is back", "was not forgotten")
        return
    which = " ".join(str(each["memory"]["number"]) for each in done if each["change"])
    if len(done) > _LISTED:
        which = " ".join([*(f"--{name} {value}" for name, value in chosen.items()), *["-a"] * all_projects])
    _say(done, as_json, "forgotten", "was forgotten already", f"to bring it back: holdfast forget --back {which}")


def _meant(chosen: dict[str, Any], *, yes: bool, as_json: bool) -> tuple[str, ...]:
    """The memories of a source, shown and asked for. Raises Refused on a no, and where nobody can answer."""
    found = ask("forget.preview", {**chosen, "trust": whose()}, timeout=LONG)["memories"]
    if not found:
        where = "" if chosen["all_projects"] or "session" in chosen else " here; --all-projects looks everywhere"
        note(f"nothing of that is forgotten{where}" if chosen["forgotten"] else f"nothing is kept of that{where}")
        return ()
    if not (yes or as_json):
        for each in found[:_LISTED]:
            beside = dim(" (drawn while another of these was given)") if each["derived"] else ""
            tell(f"{bold('#' + str(each['number']))} {one_line(each['title'], 100)}{beside}")
        if len(found) > _LISTED:
            tell(f"… and {len(found) - _LISTED} more")
    what = "this memory" if len(found) == 1 else f"these {len(found)} memories"
    confirm(f"{'Bring back' if chosen['forgotten'] else 'Forget'} {what}?", yes=yes, as_json=as_json)
    return tuple(str(each["number"]) for each in found)


@click.command("pin")
@click.argument("refs", metavar="ID…", nargs=-1, required=True)
@json_option
def pin(refs: tuple[str, ...], as_json: bool) -> None:
    """Keep a memory at hand: sessions are given it before others."""
    _say(_each("pin", refs), as_json, "pinned", "was pinned already")


@click.command("unpin")
@click.argument("refs", metavar="ID…", nargs=-1, required=True)
@json_option
def unpin(refs: tuple[str, ...], as_json: bool) -> None:
    """Let a pinned memory go again."""
    _say(_each("unpin", refs), as_json, "unpinned", "was not pinned")


@click.command("undo")
@click.argument("change", required=False)
@click.option("--memory", "ref", metavar="ID", is_flag=False, flag_value="", help="The latest change of this memory.")
@json_option
def undo(change: str | None, ref: str | None, as_json: bool) -> None:
    """Take back the latest change, or CHANGE (an id that `holdfast history` shows). Undoing an undo does it again."""
    if change is not None and ref is not None:
        raise UsageError("either CHANGE or --memory, not both")
    if ref is not None and not ref.strip():
        raise UsageError("the latest change of which memory?", fix="holdfast undo --memory 12; see `holdfast recent`")
    say(ask("undo", {"change": change, "ref": ref, "trust": whose()}), as_json, _render_undone)


def _render_undone(it: dict[str, Any]) -> None:
    memory = it["memory"]
    if it["entity_kind"] == "relation":
        about = _pair(it["relation"])
    elif memory is None:
        about = (
            f"project {it['project']['number']} {one_line(it['project']['label'])}" if it["project"] else "a project"
        )
    elif memory["erased"] or not memory["title"]:
        about = f"#{memory['number']}"
    else:
        about = f"#{memory['number']} {one_line(memory['title'])}"
    if it["change"]:
        state = ""
        if memory is not None and not memory["alive"]:
            state = " (it is forgotten now)"
        elif it["project"] and "ignored" in it["reverted"]:
            state = " (it is ignored now)" if it["project"]["ignored"] else " (it is recorded)"
        tell(f"undone: {_cause(it['cause'])} of {when(it['at'])}, {about}{state} {dim('(' + it['undone'][:18] + ')')}")
        tell(f"to do it again: holdfast undo {it['change'][:18]}")
    else:
        tell(f"nothing was left to take back of {_cause(it['cause'])} of {when(it['at'])}, {about}")
    for later in it["later"]:
        wrote = f"{_cause(later['cause'])} wrote it {when(later['at'])}"
        tell(f"  {later['register']} stays: {wrote} ({later['change'][:18]})")


def _pair(relation: dict[str, Any] | None) -> str:
    """A verdict by the two memories that it was about, and how they stand now."""
    if relation is None:
        return "two memories that are no pair any more"
    one, other = (f"#{relation[name]['number'] or '?'}" for name in ("source", "target"))
    verdict = relation["relation"]
    return f"{one} and {other} ({verdict.replace('_', ' ') if verdict else 'they wait for a verdict'} now)"


@click.command("history")
@click.argument("ref", metavar="ID")
@project_option
@json_option
def history(ref: str, project: str | None, as_json: bool) -> None:
    """Show what happened to a memory, newest first."""
    say(ask("history", {"ref": ref, "project": project, "trust": whose()}, timeout=READING), as_json, _render_history)


def _render_history(answer: dict[str, Any]) -> None:
    memory = answer["memory"]
    tell(bold(f"#{memory['number']} {one_line(memory['title'])}".rstrip()))
    for step in answer["steps"]:
        marks = ["undone"] if step["undone_by"] else []
        marks += ["erased"] if step["erased"] else []
        tell(f"{when(step['at'])}  {_cause(step['cause']):<13} {dim(step['change'][:18])} {' '.join(marks)}".rstrip())
        for edit in step["edits"]:
            if edit["name"] == "alive":
                if edit["before"] is not None:
                    tell(f"    {'brought back' if edit['after'] else 'forgotten'}")
            elif edit["name"] != "evidence" and not (edit["before"] is None and edit["after"] in _USUAL):
                tell(f"    {edit['name']}: {for_people(_change(edit['before'], edit['after']), memory['number'])}")


_USUAL: tuple[Any, ...] = (None, False, "", [], 0.5)  # what a new memory has without being told


def _cause(cause: str) -> str:
    """What was done, by the command that does it: `holdfast restore` is another."""
    return "forget --back" if cause == "restore" else cause


def _change(before: Any, after: Any) -> str:
    return _value(after) if before in (None, [], "") else f"{_value(before)} → {_value(after)}"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return one_line(str(value.get("scope")))
    if isinstance(value, list):
        return one_line(", ".join(map(str, value)), 200) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else one_line(str(value), 200)
