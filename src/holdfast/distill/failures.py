"""A command that failed and later passed, with what was changed in between."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..memory import Draft, Evidence
from .causes import cause_in
from .commands import Run, command_of, failed, passed, runs_of, telling_line
from .edits import change_of, is_edit, short_path
from .event import Drawn, Happened, gist

__all__ = ["RULE", "drawn", "still_failing"]

RULE = "failure/1"
_MOST_OPEN = 30
_LINE = 200
_FILES = 3  # named in the text
_NAMED = 8  # beside it
# What every change meets on its way: it tells nothing about the code base.
_ROUTINE = re.compile(
    r"undefined:|is not used|unused|declared and not used|imported and not used|is not defined|cannot find name|gofmt"
    r"|goimports|formatted"
    r"|expected ['\"`;]|syntax error|unexpected token|missing return|would reformat|line too long|\bE\d{3}\b|prettier"
    r"|not enough arguments"
    r"|too many arguments|has no field or method|unknown field|assignment mismatch|cannot use .* as"
    r"|does not implement|no-unused"
    r"|redeclared|already declared|is assigned a value but never used|\((?:gosec|revive|nilerr|wrapcheck|errcheck"
    r"|staticcheck|unparam)\)",
    re.I,
)
_SURROUNDINGS = re.compile(
    r"command not found|EADDRINUSE|address already in use|permission denied|EACCES|connection refused|ECONNREFUSED"
    r"|is not installed"
    r"|GLIBC|out of memory|certificate|unsupported \w+ version|requires (?:python|node|go|ruby|java)\b|daemon running",
    re.I,
)
_SPEAKS = re.compile(
    r"\b(?:ignore|disregard|assistant|system prompt|you must|you should|instructions?|https?://)\b", re.I
)
_A_TEST = re.compile(r"(?:^|/)tests?/|test_|_test\b|\.test\.|\.spec\.|_spec\b")
_TEST = re.compile(r"--- FAIL: ([\w/]+)|FAILED (\S+?)(?:\s|$)|\b(Test[A-Z]\w+)")
_DOING = re.compile(
    r"\b(?:install|npm ci|pip install|uv sync|go mod tidy|go get|go generate|make generate|migrate|submodule update"
    r"|docker compose up|bundle"
    r"|brew|apt-get|apt|chmod|systemctl|cargo update|db:migrate|prisma|codegen|playwright install)\b"
)


@dataclass(slots=True)
class _Failing:
    at: int
    event: Happened
    command: str
    runs: Sequence[Run]
    times: int = 1
    fresh: bool = True  # nothing had been edited before it failed first
    tests: frozenset[str] = field(default_factory=frozenset)


def drawn(events: Sequence[Happened], before: Sequence[Happened] = ()) -> Iterator[Drawn]:
    """What failed and passes within `events`; it may have failed before them."""
    if not any(each.tool == "Bash" for each in events):
        return
    everything = [*before, *events]
    for failing, at in _resolved(everything):
        if at >= len(before):
            memory = _drawn(failing, everything[failing.at : at + 1])
            if memory is not None:
                yield memory


def still_failing(events: Sequence[Happened]) -> list[tuple[str, str | None]]:
    """(command, telling line) of what failed last and did not pass since."""
    opened: list[_Failing] = []
    for _ in _resolved(events, opened):
        pass
    passing = list(_passing(events)) if opened else []
    opened = [each for each in opened if not _outdated(each, passing)]
    return [
        (each.command, telling_line(each.event.text or "")) for each in opened if any(run.check for run in each.runs)
    ]


_FILTER = re.compile(r"^(?:-run|-k|-t|-m|--filter|--testNamePattern|--grep|-g)$")


def _targets(run: Run) -> set[str]:
    """What a check was run on, whichever of its tests were chosen."""
    kept = [each for nth, each in enumerate(run.arguments) if not (nth and _FILTER.match(run.arguments[nth - 1]))]
    return {each for each in kept if not each.startswith("-")}


def _passing(events: Sequence[Happened]) -> Iterator[tuple[int, list[tuple[str, set[str]]]]]:
    """Place of each call in which checks passed, and (name, targets) of these."""
    for at, event in enumerate(events):
        command = command_of(event)
        runs = [] if command is None else [run for run in runs_of(command) if run.check]
        if runs and passed(event, runs):
            yield at, [(run.name, _targets(run)) for run in runs]


def _outdated(failing: _Failing, passing: Sequence[tuple[int, list[tuple[str, set[str]]]]]) -> bool:
    """Whether the same checks of the same place passed later, if with other tests chosen."""
    failed_on = [(run.name, _targets(run)) for run in failing.runs]
    return any(
        at > failing.at and all(any(name == other and on <= targets for name, on in by) for other, targets in failed_on)
        for at, by in passing
    )


def _resolved(events: Sequence[Happened], opened: list[_Failing] | None = None) -> Iterator[tuple[_Failing, int]]:
    """Each failure with the place of the call that passed; `opened` ends as the list of those that did not."""
    opened = [] if opened is None else opened
    edited = False
    for at, event in enumerate(events):
        edited = edited or is_edit(event)
        command = command_of(event)
        runs: Sequence[Run] = () if command is None else runs_of(command)
        checks = [run for run in runs if run.check]
        runs = checks or runs
        if not runs or command is None:
            continue
        if failed(event, runs):
            tests = frozenset(next(filter(None, each)) for each in _TEST.findall((event.text or "")[:4_000]))
            known = next((each for each in opened if _same(each.runs, runs)), None)
            if known is not None:
                known.at, known.event, known.command, known.tests = at, event, command, tests
                known.times += 1
            else:
                opened.append(_Failing(at, event, command, runs, 1, not edited, tests))
                del opened[:-_MOST_OPEN]
        elif passed(event, runs):
            for each in [each for each in opened if _covers(runs, command, each)]:
                opened.remove(each)
                yield each, at


def _same(first: Sequence[Run], second: Sequence[Run]) -> bool:
    return [run.name for run in first] == [run.name for run in second] and all(
        one.covers(other) or other.covers(one) for one, other in zip(first, second, strict=True)
    )


def _covers(runs: Sequence[Run], command: str, failing: _Failing) -> bool:
    if all(any(run.covers(other) for run in runs) for other in failing.runs):
        return True
    names = {run.name for run in runs}
    return (
        bool(failing.tests)
        and all(run.name in names for run in failing.runs)
        and any(test in command for test in failing.tests)
    )


def _drawn(failing: _Failing, between: Sequence[Happened]) -> Drawn | None:
    line = telling_line(failing.event.text or "")
    if line is None or _SPEAKS.search(line):
        return None
    edits = [each for each in between if is_edit(each)]
    named = next(
        ((c, each) for each in reversed(between) if each.kind == "reply" and (c := cause_in(each.text or ""))), None
    )
    if named is not None and not _related(named[0], line):
        named = None
    cause = None if named is None else named[0]
    files = tuple(dict.fromkeys(file for each in edits for file in each.files))
    if edits:
        cured, quote, cure = _by_edits(edits, files)
    else:
        doing = [each for each in between if (said := command_of(each)) and each.status == "ok" and _DOING.search(said)]
        if len(doing) != 1 or doing[0] is between[-1]:
            return None
        cured = quote = f"running `{gist(command_of(doing[0]) or '', 120)}`"
        cure = doing[0]
    body = f"`{_shown(failing.runs)}` failed: `{gist(line, _LINE)}`."
    if cause is not None:
        body += f"\nCause: {cause}"
    body += f"\nIt passed after {cured}."
    title = gist(cause, 100) if cause else None
    words_of = [each for nth, each in enumerate(edits) if _names_first(edits[:nth], each, files[:_NAMED])]
    words_of += [] if named is None else [named[1]]
    cited = [Evidence(failing.event.number, gist(line)), Evidence(cure.number, gist(quote))]
    cited += [Evidence(each.number) for each in (*words_of, between[-1]) if each is not cure]
    worth, reasons = _worth(failing, line, cause, edits)
    draft = Draft(
        body=body, kind="bugfix", trust="tool", files=files[:_NAMED],
        title=title,
        evidence=tuple(cited),
    )  # fmt: skip
    return Drawn(draft, RULE, failing.event.name, 0, worth, f"A command failed and passed later: {reasons}.")


def _shown(runs: Sequence[Run]) -> str:
    """What ran, without folders, pipes and redirections."""
    return gist(" && ".join(" ".join([run.name, *run.arguments]) for run in runs).replace("\xa0", " "), 100)


def _names_first(earlier: Sequence[Happened], edit: Happened, files: Sequence[str]) -> bool:
    """Whether an edit is the first to name one of these files."""
    return any(file in files and not any(file in each.files for each in earlier) for file in edit.files)


def _by_edits(edits: list[Happened], files: tuple[str, ...]) -> tuple[str, str, Happened]:
    """What was changed, in words; the change to be quoted, and the edit that made it."""
    named = [f"`{short_path(file)}`" for file in files[:_FILES]]
    told = ", ".join(named) + (f" and {len(files) - _FILES} more" if len(files) > _FILES else "")
    changes = [(change, each) for each in edits if (change := change_of(each)) is not None]
    if not changes:
        return f"changing {told}", told, edits[0]
    (old, new), edit = changes[0]
    shown = f"`{old}` → `{new}`" if old and new else f"`{new}` was added" if new else f"`{old}` was removed"
    return f"changing {told}: {shown}", shown, edit


_WORD = re.compile(r"[A-Za-z]{4,}")


def _related(cause: str, *others: str) -> bool:
    """Whether a cause speaks of what failed: the beginnings of two words are the same. Else it was about another."""
    words = {word[:5].casefold() for word in _WORD.findall(cause)} - _COMMON
    return any(word[:5].casefold() in words for text in others for word in _WORD.findall(text))


_COMMON = frozenset(
    """this that with when which test tests code line file files from does doesn have error fail fails faile""".split()  # noqa: SIM905
)


def _worth(failing: _Failing, line: str, cause: str | None, edits: list[Happened]) -> tuple[float, str]:
    """That something failed and passed later is how all work goes; it is worth keeping for its cause, or when the
    fault lay outside of the code."""
    around = not edits or _SURROUNDINGS.search(line) is not None
    worth, reasons = 0.25, []
    for holds, more, reason in (
        (cause is not None, 0.35, "the agent named the cause"),
        (around, 0.3, "the fault lay in the surroundings"),
        (failing.times > 1, 0.1, f"it had failed {failing.times} times"),
        (failing.fresh, 0.1, "nothing had been changed before it failed"),
        (
            bool(edits) and all(_A_TEST.search(file) for each in edits for file in each.files),
            -0.1,
            "only tests were changed",
        ),
        (len(edits) > 6, -0.2, "many edits lie between"),
        (_ROUTINE.search(line) is not None, -0.3, "the error is one that any change meets"),
    ):
        if holds:
            worth += more
            reasons.append(reason)
    return max(0.0, min(1.0, round(worth, 2))), ", ".join(reasons) or "nothing more is known"
