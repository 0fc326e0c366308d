"""`holdfast search`, `recent` and `show`: what is remembered, and what was said."""

import re
import time
from typing import Any

import click

from .client import READING, ask, whose
from .output import (
    ago,
    bold,
    columns,
    counted,
    dim,
    for_people,
    json_option,
    judge_of,
    note,
    one_line,
    plain,
    say,
    tell,
    tell_more,
    when,
    width,
)
from .place import place_options, project_option
from .times import moment

__all__ = ["recent", "search", "show"]


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("-n", "--limit", default=10, show_default=True, help="How many at the most.")
@click.option("--kind", "kinds", multiple=True, help="Only of this kind, or saved under this word (repeatable).")
@click.option("--memories", "only", flag_value="memories", help="Only memories.")
@click.option("--turns", "only", flag_value="turns", help="Only what was said in sessions.")
@click.option("--as-of", help="Memories as they were then: 2026-01-31, or an age such as 30d.")
@click.option("--explain", is_flag=True, help="With what made up each score.")
@place_options
@json_option
def search(words: tuple[str, ...], as_of: str | None, as_json: bool, **options: Any) -> None:
    """Find memories, and what was said in sessions, by WORDS; the best first.

    Looks in the project of this folder, and in what you keep for all projects.
    """
    asked = {**options, "words": " ".join(words), "kinds": list(options["kinds"])}
    then = {} if as_of is None else {"as_of": moment(as_of)}
    say(
        _in_this_process("search", asked | then) if then else ask("search", asked, timeout=READING),
        as_json,
        _render_hits,
    )


def _in_this_process(operation: str, asked: dict[str, Any]) -> Any:
    """The past has no index: what takes long must not make the daemon slow."""
    from ..operations import offline
    from ..paths import Home
    from .client import told

    ask("ping", timeout=READING)  # so that there is a store
    return offline.answer(Home.find(), operation, told(asked))


def _render_hits(answer: dict[str, Any]) -> None:
    if not answer["hits"]:
        note("nothing found")
    now, room = time.time_ns() // 1_000_000, width()
    for hit in answer["hits"]:
        title = one_line(hit["title"])
        if hit["type"] == "memory":
            memory = hit["memory"]
            tell(f"{bold('#' + str(memory['number']))} {title} {dim(f'({_about(memory, now)})')}")
        else:
            tell(f"{bold('e' + str(hit['event']))} {hit['kind']} {dim('(' + ago(hit['at'], now) + ')')}")
        said = for_people(hit["snippet"], hit["memory"]["number"]) if hit["type"] == "memory" else hit["snippet"]
        snippet = one_line(said, room - 4 if room else 0)
        if not snippet.rstrip("…").startswith(title.rstrip("…")) or len(snippet) > len(title) + 1:
            tell(f"    {snippet}")
        if "parts" in hit:
            tell(f"    {dim(_parts(hit))}")
    tell_more(answer["more"])
    if "explained" in answer:
        _render_explained(answer["explained"])


def _parts(hit: dict[str, Any]) -> str:
    """`0.83 of lexical 1.20 + neighbours 0.31, × recency 1.10; covers 67 % of what was asked`."""
    parts = {name: value for name, value in hit["parts"].items() if value}
    added = [f"{name} {parts[name]:.2f}" for name in _ADDED if name in parts]
    factors = [f"× {name} {value:.2f}" for name, value in parts.items() if name not in (*_ADDED, "coverage")]
    told = ", ".join([" + ".join(added), *factors])
    return f"{hit['score']:.2f} of {told}; covers {parts.get('coverage', 0):.0%} of what was asked"


_ADDED = ("lexical", "neighbours", "session", "files")


def _render_explained(explained: dict[str, Any]) -> None:
    tell()
    tell(f"{dim('asked for')}  {one_line(' '.join(explained['words'])) or '-'}")
    tell(f"{dim('left out')}   {one_line(' '.join(explained['dropped'])) or '-'}")
    tell(f"{dim('given unasked')} from {explained['threshold']:.2f} on")
    from .giving import LEGEND

    tell(dim(LEGEND))


def _about(memory: dict[str, Any], now: int) -> str:
    said = [memory["kind"]]
    if memory["scope"] == "personal":
        said.append("personal")
    elif memory["project_label"]:
        said.append(one_line(memory["project_label"]))
    said += [word for word in ("pinned", "standing") if memory[word]]
    if not memory["alive"]:
        said.append("forgotten")
    said += _annotation(memory)
    return ", ".join([*said, ago(memory["revised"], now)])


def _annotation(memory: dict[str, Any], *, whole: bool = False) -> list[str]:
    """What is told of a memory's relations beside it: `superseded by #12 (you judged)`, `may disagree with #7`.

    whole: also of those that hold beside it, and with the reasons.
    """
    told = []
    for tie in memory["relations"]:
        other, said = f"#{tie['other']}", ""
        if tie["status"] == "pending":
            told.append(f"may disagree with {other}")
        elif tie["status"] == "judged" and tie["relation"] == "conflicts_with":
            said = f"disagrees with {other}"
        elif tie["status"] == "judged" and tie["relation"] == "supersedes":
            said = f"{'supersedes' if tie['direction'] == 'source' else 'superseded by'} {other}"
        elif tie["status"] == "judged" and tie["relation"] == "scoped" and whole:
            said = f"holds beside {other}, each in its own case"
        if said:
            why = f": {one_line(tie['reason'])}" if whole and tie["reason"] else ""
            told.append(f"{said} ({judge_of(tie['by'])} judged{why})")
    if memory["more_relations"]:
        told.append(f"and {memory['more_relations']} more such")
    return told


@click.command("recent")
@click.option("-n", "--limit", default=20, show_default=True, help="How many at the most.")
@click.option("--kind", "kinds", multiple=True, help="Only of this kind, or saved under this word (repeatable).")
@click.option("--forgotten", is_flag=True, help="The forgotten ones too.")
@place_options
@json_option
def recent(as_json: bool, **options: Any) -> None:
    """List memories, the latest written first: those of this folder's project, and personal ones.

    Without what sessions did, unless --kind summary asks for it; `holdfast status` counts all, of all projects.
    """
    asked = {**options, "kinds": list(options["kinds"])}
    nothing = f"no {' or '.join(asked['kinds'])} here" if asked["kinds"] else "nothing is kept here yet"
    say(ask("recent", asked, timeout=READING), as_json, lambda answer: _render_recent(answer, nothing))


def _render_recent(answer: dict[str, Any], nothing: str) -> None:
    if not answer["memories"]:
        note(nothing)
    now = time.time_ns() // 1_000_000
    for memory in answer["memories"]:
        tell(f"{bold('#' + str(memory['number']))} {one_line(memory['title'])} {dim(f'({_about(memory, now)})')}")
    tell_more(answer["more"])


@click.command("show")
@click.argument("ref", metavar="ID")
@click.option("--evidence", is_flag=True, help="With the turn around what it came from.")
@project_option
@json_option
def show(ref: str, evidence: bool, project: str | None, as_json: bool) -> None:
    """Show a memory (12) or an event (e345) whole, and where it came from.

    Of a session (s3) what it was given; of such a delivery (d7) its very words; of a pair (rel-…) both memories.
    An agent reads what is kept of another project when it names that one.
    """
    from .conflicts import render_pair

    named, asked = ref.strip(), {"project": project, "trust": whose()}
    if re.fullmatch(r"[sS]\d{1,18}", named):
        say(ask("sessions.show", {"session": named, **asked}, timeout=READING), as_json, _render_session)
    elif re.fullmatch(r"[dD]\d{1,6}", named):  # more digits may begin the id of a memory
        say(ask("deliveries.show", {"ref": named, **asked}, timeout=READING), as_json, _render_delivery)
    elif named.casefold().startswith("rel-"):
        say(ask("conflicts.show", {"judgment_id": named, **asked}, timeout=READING), as_json, render_pair)
    else:
        answer = ask("show", {"ref": ref, "evidence": evidence, **asked}, timeout=READING)
        say(answer, as_json, _render_event if answer["type"] == "event" else _render_memory)


def _render_memory(it: dict[str, Any]) -> None:
    tell(f"{bold('#' + str(it['number']))} {bold(one_line(it['title']))}")
    if it["erased"]:
        tell(f"erased {when(it['revised'])}")
        return
    states = [word for word in ("pinned", "standing") if it[word]] + ([] if it["alive"] else ["forgotten"])
    place = "personal" if it["scope"] == "personal" else f"{it['scope']} {it['project_label'] or '?'}"
    rows = [
        ("kind", it["kind"] if not it["label"] else f"{it['kind']} ({it['label']})"),
        ("scope", place),
        ("trust", it["trust"]),
        ("state", ", ".join(states)),
        ("topic", it["topic_key"] or ""),
        ("tags", ", ".join(it["tags"])),
        ("files", ", ".join(it["files"])),
        ("kept", when(it["created"])),
        ("revised", f"{when(it['revised'])} ({it['revision']} versions)" if it["revision"] > 1 else ""),
        ("said", f"{it['repeats'] + 1} times" if it["repeats"] else ""),
        ("drawn", _drawn(it["drawn"])),
        ("sealed", _sealed(it)),
        ("beside", "; ".join(_annotation(it, whole=True))),
        ("id", it["id"]),
    ]
    for name, value in rows:
        if value:
            tell(dim(name.ljust(8)) + " " + one_line(value))
    tell()
    tell(plain(for_people(it["body"], it["number"])))
    for evidence in it["evidence"]:
        tell()
        _render_evidence(evidence)


def _sealed(it: dict[str, Any]) -> str:
    """How much of it, and how to read that."""
    extent = it["extent"]
    if extent is None:
        return ""
    what = "all of it" if extent["whole"] else f"what was recognised in it ({', '.join(extent['kinds'])})"
    return f"{what}; the original has {counted(extent['bytes'], 'byte')}: holdfast secrets get {it['number']}"


def _drawn(drawn: dict[str, Any] | None) -> str:
    """By which rule, and why it was worth keeping."""
    if drawn is None:
        return ""
    with_ = ", ".join(f"#{number}" for number in drawn["lineage"])
    after = f" (the session had been given {with_})" if with_ else ""
    return f"by {drawn['rule']} (worth {drawn['worth']:.2f}): {drawn['why']}{after}"


def _render_evidence(evidence: dict[str, Any]) -> None:
    if evidence.get("session") is None:
        tell(dim("from") + "     " + ("another device" if evidence["event"] is None else "an event that is gone"))
    else:
        _render_origin(evidence["event"], evidence["kind"], evidence["at"], evidence["session"])
        _render_seen(evidence["seen"])
    if evidence["quote"]:
        tell(dim("quote") + "    " + one_line(evidence["quote"]))
    if evidence.get("turn"):
        _render_turn(evidence["turn"], evidence["event"])


def _render_origin(event: int, kind: str, at: int, session: dict[str, Any]) -> None:
    tell(f"{dim('from')}     e{event} ({kind}, {when(at)}), session s{session['number']} of {session['host']}")


def _render_seen(seen: list[dict[str, Any]]) -> None:
    for each in seen:
        if "hook" in each:
            tell(f"{dim('seen')}     by a hook, {when(each['hook'])}")
        else:
            file = one_line(each["file"] or "a file that is gone")
            tell(f"{dim('seen')}     {file}, bytes {each['start']} to {each['stop']}")


def _render_event(it: dict[str, Any]) -> None:
    tell(f"{bold('e' + str(it['id']))} {it['kind']} {one_line(it['tool'] or '')}".rstrip())
    _render_origin(it["id"], it["kind"], it["at"], it["session"])
    _render_seen(it["seen"])
    tell(f"{dim('trust')}    {it['trust']}")
    if it["erased"]:
        tell("its text was erased")
    for part in (it["input"], it["text"]):
        if part:
            tell()
            tell(plain(part))
    if it["turn"]:
        _render_turn(it["turn"], it["id"])


def _render_session(it: dict[str, Any]) -> None:
    tell(f"{bold('s' + str(it['number']))} {it['host']} {one_line(it['name'])}")
    rows = [
        ("project", it["project_label"] or "none"),
        ("folder", it["cwd"] or ""),
        ("began", when(it["started"])),
        ("ended", when(it["ended"]) if it["ended"] else f"not yet; last heard {when(it['heard'])}"),
        ("asked", it["first_prompt"] or "nothing"),
        ("events", f"{it['events']}: holdfast timeline s{it['number']}" if it["events"] else "none"),
    ]
    for name, value in rows:
        if value:
            tell(dim(name.ljust(8)) + " " + one_line(value, 200))
    if not it["deliveries"]:
        tell(dim("given".ljust(8)) + " nothing")
        return
    tell(dim("given".ljust(8)) + f" {counted(len(it['deliveries']), 'pack')}; its very words: holdfast show d…")
    columns(
        [
            (f"d{each['id']}", when(each["at"]), each["place"], each["receipt"], counted(each["tokens"], "token"),
             " ".join(each["refs"]))
            for each in it["deliveries"]
        ],
        indent="  ",
    )  # fmt: skip


def _render_delivery(it: dict[str, Any]) -> None:
    session = f"session s{it['session']['number']} of {it['session']['host']}"
    tell(f"{bold('d' + str(it['id']))} {it['place']}, {when(it['at'])}, to {session}: {it['receipt']}")
    tell(dim("holds".ljust(8)) + f" {' '.join(it['refs']) or 'nothing'}, {counted(it['tokens'], 'token')}")
    tell()
    tell(plain(it["text"]) if it["text"] else "(its text was erased)")


def _render_turn(events: list[dict[str, Any]], marked: int) -> None:
    from .sessions import event_line

    tell()
    for event in events:
        tell(("> " if event["id"] == marked else "  ") + event_line(event))
