"""`holdfast import`: past transcripts, read in this process and taken by the daemon in small steps; and exports."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import click

from ..errors import HoldfastError, NotFound, Refused
from ..paths import Home
from .client import ask, listening, stop, whose
from .output import counted, json_option, note, plain, say, size, tell
from .progress import progress
from .times import moment

__all__ = ["importing"]


@click.group("import")
def importing() -> None:
    """Read what was before: past transcripts of an agent program, or an export of holdfast."""


@importing.command("claude-code")
@click.option("--project", "folder", type=click.Path(path_type=Path), help="The transcripts of one project's folder.")
@click.option("--all", "every", is_flag=True, help="The transcripts of all projects.")
@click.option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="One transcript (repeatable); not for an agent.",
)
@click.option("--since", help="Only files written since: 2026-01-31, or 30d, 12h.")
@click.option("--dry-run", is_flag=True, help="Say how much there is to read, and read nothing.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@json_option
def claude_code(
    folder: Path | None, every: bool, files: tuple[Path, ...], since: str | None, dry_run: bool, quiet: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Read Claude Code's past transcripts, sub-agents included.

    Those of this folder's project, unless told otherwise. Interrupt it at any time: called again it goes on where it
    was. What is known already is not taken twice. What is no transcript is left out and named; the exit status is 1
    when nothing else was there.
    """
    from ..hosts.claude_code import history
    from ..settings import Settings

    after = 0.0 if since is None else moment(since) / 1000
    if files:
        _for_its_owner("what a transcript shows as typed is kept as the user's own words, and any file can say so")
    for file in files:
        if not file.is_file():
            raise _no_file(file, "name a `.jsonl` file from `~/.claude/projects`")
    chosen = history.files_of(files=files, folder=folder, every=every, after=after)
    if dry_run:  # where there is nothing, that is the answer
        told: dict[str, Any] = dict(_planned(chosen))
        more = ""
        if not (files or folder or every):
            told["all"] = whole = _planned(history.files_of(files=(), folder=None, every=True, after=after))
            more = f"; with --all {_to_read(whole)}" if whole["files"] > told["files"] else ""
        say(told, as_json, lambda _: tell(f"{_to_read(told)}{more}"))
        return
    if not chosen:
        raise NotFound(
            "there are no transcripts to read",
            why=f"nothing matches below {history.projects_folder()}",
            fix="try --all, or name a file with --file",
        )
    kept = frozenset(Settings.load(Home.find().config).words("capture.tools"))
    summary = _Summary(sum(path.stat().st_size for path in chosen))
    try:
        with progress(
            "reading transcripts", summary.bytes, hidden=quiet or as_json or not sys.stderr.isatty()
        ) as advance:
            for path in chosen:
                _one(path, kept, summary, advance)
        for beside in sorted({path.resolve().parent for path in chosen}):
            if (beside / "memory").is_dir():
                _notes(beside, summary)
        _draw(summary)
    except KeyboardInterrupt:
        note(f"\ninterrupted: {summary.said()}. Nothing is lost; called again it goes on from here.")
        raise click.exceptions.Exit(130) from None
    if summary.refused and len(summary.refused) == len(chosen):
        raise Refused(
            summary.refused[0] if len(chosen) == 1 else f"none of {len(chosen)} files is a transcript",
            why="" if len(chosen) == 1 else "; ".join(summary.refused[:3]),
            fix="give a `.jsonl` file from `~/.claude/projects`",
        )
    if not quiet:
        say(summary.as_dict(), as_json, lambda _: summary.render())


def _no_file(file: Path, fix: str) -> NotFound:
    return NotFound(f"{file} is a folder, not a file" if file.is_dir() else f"there is no file {file}", fix=fix)


def _planned(chosen: Sequence[Path]) -> dict[str, int]:
    """How much there is, and how much of it was not read yet."""
    from ..operations import offline

    home = Home.find()
    read: dict[str, int] = {}
    if home.store.exists():
        with contextlib.suppress(HoldfastError):  # of an older schema: the import itself brings it to this one
            read = offline.answer(home, "import.read", {})["files"]
    told = dict.fromkeys(("sessions", "files", "bytes", "new_sessions", "new_bytes"), 0)
    for path in chosen:
        amount, session = path.stat().st_size, "subagents" not in path.parts
        left = max(0, amount - read.get(str(path.resolve()), 0))
        told["files"] += 1
        told["bytes"] += amount
        told["new_bytes"] += left
        told["sessions"] += session
        told["new_sessions"] += session and left > 0
    return told


def _to_read(it: Mapping[str, int]) -> str:
    whole = f"{counted(it['sessions'], 'session')}, {size(it['bytes'])}"
    if it["new_bytes"] == it["bytes"]:
        return f"{counted(it['sessions'], 'session')} to read, {size(it['bytes'])}"
    if it["new_bytes"]:
        return (
            f"{counted(it['new_sessions'], 'session')} to read, {size(it['new_bytes'])}; the rest of {whole} is known"
        )
    return f"0 sessions to read: {whole} were read already"


def _for_its_owner(why: str) -> None:
    """Raises Refused when an agent calls: it may have written the file that it names, or been talked into it."""
    if whose() == "agent":
        raise Refused(
            "an agent cannot name a file to import", why=why,
            fix="`holdfast import claude-code` reads Claude Code's own transcripts; or the user runs it in a terminal",
        )  # fmt: skip


@dataclass(slots=True)
class _Summary:
    bytes: int
    files: int = 0
    known: int = 0
    new: int = 0
    notes: int = 0
    drawn: int = 0
    summed_up: int = 0
    bad_lines: int = 0
    refused: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "files": self.files, "known": self.known, "bytes": self.bytes, "new_events": self.new, "notes": self.notes,
            "drawn": self.drawn, "summed_up": self.summed_up, "bad_lines": self.bad_lines, "refused": self.refused,
        }  # fmt: skip

    def said(self) -> str:
        told = f"{counted(self.files - self.known, 'transcript')} read, {counted(self.new, 'new event')}"
        if not self.known:
            return told
        were = "was" if self.known == 1 else "were"
        before = f"{counted(self.known, 'transcript')} {were} read already"
        return before if self.known == self.files else f"{told}; {before}"

    def render(self) -> None:
        drawn = f"{counted(self.drawn, 'note')} drawn from them, {counted(self.summed_up, 'session')} summed up"
        tell(f"{self.said()} ({size(self.bytes)}); {drawn}")
        if self.notes:
            tell(f"{counted(self.notes, 'note')} taken in from Claude Code's memory folders")
        if self.bad_lines:
            left_out = "was left out" if self.bad_lines == 1 else "were left out"
            tell(f"{counted(self.bad_lines, 'line')} could not be read and {left_out}")
        for each in self.refused:
            tell(f"left out: {plain(each)}")


def _one(path: Path, kept: frozenset[str], summary: _Summary, advance: Any) -> None:
    """Read one file to its end. What is wrong with it alone is noted, and does not end the command."""
    known = False
    try:
        for steps, (read, new, bad) in enumerate(_take(path.resolve(), kept)):
            known = steps == 0  # there was nothing but its end
            advance(read)
            summary.new += new
            summary.bad_lines += bad
    except Refused as error:
        ask("import.refused", {"path": str(path.resolve())})
        summary.refused.append(f"{error.what} ({error.why})" if error.why else error.what)
    except OSError as error:
        summary.refused.append(f"{path} cannot be read ({error.strerror or error})")
    else:
        summary.files += 1
        summary.known += known


def _notes(beside: Path, summary: _Summary) -> None:
    """What Claude Code noted itself, a few notes at a time."""
    more = True
    while more:
        answer = ask("import.notes", {"folder": str(beside)})
        summary.notes += answer["changed"]
        more = answer["more"]


def _draw(summary: _Summary) -> None:
    """Let rules look at what is new; a session that was looked at is not looked at again."""
    from ..drawing import dump
    from ..operations import offline

    for work in offline.undrawn(Home.find()):
        told = {"session": work.session, "project": work.project, "upto": work.upto}
        memories = [dump(each) for each in work.draw()]
        kept = ask("import.drawn", {"drawn": {**told, "memories": memories}})
        summary.drawn += kept["new"]
        summary.summed_up += kept["summed_up"]


def _take(path: Path, kept: frozenset[str]) -> Iterator[tuple[int, int, int]]:
    """For each step (bytes read, new events, bad lines)."""
    from ..hosts.claude_code.transcript import Reader
    from ..journal.tail import Position, next_batch

    told: dict[str, Any] = {}
    while True:
        position = Position(**(told.get("position") or ask("import.position", {"path": str(path)})))
        batch = next_batch(path, position, lambda state: Reader.resumed(kept, state))
        if batch.finished:
            yield max(0, path.stat().st_size - batch.position.read_to), 0, 0
            return
        told = ask("import.take", {"batch": batch.dump()})
        yield batch.position.read_to - batch.start, told["new"], batch.bad_lines


@importing.command("holdfast")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mine", is_flag=True, help="It is an export of a store of your own: believe all of it.")
@json_option
def holdfast(file: Path, mine: bool, as_json: bool) -> None:
    """Take in what `holdfast export` wrote (- for standard input). Twice is once; what was erased stays erased.

    What comes from another store is kept as imported: none of it is your word, always holds, or changes what is here.
    With --mine, also later, it is believed as if you had said it here.

    The daemon is stopped meanwhile; hooks keep their events in the spool until it is back.
    """
    from ..operations import offline

    _for_its_owner("an export brings standing instructions and the user's own words along, and any file can be one")
    home = Home.find()
    ran = listening()
    try:
        with contextlib.ExitStack() as stack:
            if str(file) == "-":
                source = sys.stdin.buffer
            else:
                if not file.is_file():
                    raise _no_file(file, "make one with `holdfast export FILE`")
                source = stack.enter_context(file.open("rb"))
            stack.enter_context(offline.alone(home, stop))
            total = 0 if source is sys.stdin.buffer else file.stat().st_size
            hidden = as_json or not total or not sys.stderr.isatty()
            advance = stack.enter_context(progress("reading the export", total, hidden=hidden))
            done = offline.import_(home, cast(BinaryIO, _Counted(source, advance)), mine=mine or None)
    except KeyboardInterrupt:
        note("\ninterrupted. Nothing is lost; called again it begins anew, and leaves out what is known.")
        raise click.exceptions.Exit(130) from None
    finally:
        if ran:
            with contextlib.suppress(HoldfastError):
                ask("ping")
    say(done, as_json, _render_taken)


class _Counted:
    """A file that tells how far it was read."""

    def __init__(self, source: BinaryIO, advance: Callable[[int], Any]) -> None:
        self._source, self._advance = source, advance

    def readline(self, limit: int = -1) -> bytes:
        line = self._source.readline(limit)
        self._advance(len(line))
        return line


def _render_taken(it: dict[str, Any]) -> None:
    new = ", ".join(
        counted(it[f"{noun}s"], noun) for noun in ("change", "project", "session", "event") if it[f"{noun}s"]
    )
    tell(f"{counted(it['lines'], 'line')} read; new: {new or 'nothing'}; known already: {it['known']}")
    if it["standing"]:
        noun = "is a standing instruction" if it["standing"] == 1 else "are standing instructions"
        tell(f"{it['standing']} of it {noun}: given to every session from now on. Look at them: holdfast recent")
    if not it["believed"]:
        note(
            "it comes from another store, so all of it is kept as imported. If that is one of your own: "
            "holdfast import holdfast FILE --mine"
        )
    if it["passed"]:
        note(f"{counted(it['passed'], 'entry')} passed over that would have changed what is here")
    if it["cleaned"]:
        tell(f"in {counted(it['cleaned'], 'text')} a secret or a private part was hidden")
