"""What a session leaves to the next one: its skeleton, from what was asked, done, run and said."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ..memory import Draft, Evidence
from .commands import command_of, commits_of, failed, passed, runs_of
from .confided import without_confided
from .edits import is_edit
from .event import Happened, gist, turns_of
from .failures import still_failing
from .happened import decided
from .prose import request, without_blocks
from .standing import standing_instructions

__all__ = ["HandOff", "checkpoint", "hand_off", "summary", "told"]

_READING: Final = frozenset({"Read", "NotebookRead"})
_MOST = 12
_SHORT = 200
# What is looked at, so that a session of any events is done with in no time: calls of the shell, turns, requests and
# words of the owner, the last of each; characters of a reply.
_CALLS: Final = 160
_LOOKED_AT: Final = 500  # calls of the shell among which those are
_TURNS: Final = 12
_ASKED: Final = 16
_HEARD: Final = 24
_REPLY: Final = 4_000
_PATH: Final = 160  # characters shown of a path
_SUMMARY = 900  # characters: one that fits beside other notes into a prompt's pack
_NOTHING = "…"  # stands for a request of which nothing may be told
_WORTH_TELLING = 200  # characters of replies in a session that only talked


@dataclass(frozen=True, slots=True)
class HandOff:
    """The skeleton of a session, oldest first within each part; texts are short and on one line.

    requests: what was asked, verbatim; done: what each turn that did something came to; commands: (what was run, its
    last outcome: ok, failed); failing: (command, telling line); before: what the host's own summary said of the part
    before a compaction. events: numbers of the events that it comes from. at: Unix ms of the last one.
    """

    at: int
    requests: tuple[str, ...]
    investigated: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    commands: tuple[tuple[str, str], ...] = ()
    commits: tuple[tuple[str, str], ...] = ()
    failing: tuple[tuple[str, str | None], ...] = ()
    open_ends: tuple[str, ...] = ()
    last_reply: str | None = None
    before: str | None = None
    decided: tuple[str, ...] = ()
    events: tuple[int, ...] = ()
    root: str = ""


def hand_off(events: Sequence[Happened]) -> HandOff | None:
    """What the events of one session, in order, leave to the next; None when nothing worth handing over happened."""
    asked = [each for each in events if each.asks]
    replies = [each for each in events if each.kind == "reply" and each.agent is None and each.text]
    edits = [each for each in events if is_edit(each)]
    calls = _calls(events)
    committed = {each.number: told for each in calls if (told := commits_of(each))}
    commits = tuple(dict.fromkeys(commit for told in committed.values() for commit in told))[-_MOST:]
    commands = _commands(calls)
    if not asked or not (
        edits or commits or commands or sum(len(each.text or "") for each in replies) >= _WORTH_TELLING
    ):
        return None
    files = _last(file for each in edits for file in each.files)
    reads = _last(file for each in events if each.tool in _READING for file in each.files)
    done, told_in_done = _done(events, committed)
    summaries = [each for each in events if each.kind == "summary" and each.text]
    ends = [asked[0].number, asked[-1].number, *(each.number for each in replies[-1:])]
    return HandOff(
        at=max(each.at for each in events),
        requests=_requests(events, _SHORT),
        investigated=tuple(each for each in reads if each not in files),
        done=done,
        files=files,
        commands=commands[-_MOST:],
        commits=commits,
        failing=tuple((gist(command, 120), line and gist(line, _SHORT)) for command, line in still_failing(calls)[-3:]),
        open_ends=_open_ends(events, asked, replies),
        last_reply=_plain(replies[-1].text or "") if replies and not told_in_done else None,
        before=_plain(summaries[-1].text or "") if summaries else None,
        decided=_decided(events),
        root=_root(events, [*files, *reads]),
        events=tuple(dict.fromkeys(ends)),
    )


def told(hand_off: HandOff, limit: int = 1_400) -> str:
    """The hand-off in short lines with labels, whole lines within `limit` characters, what matters most kept first."""
    it = hand_off
    latest = it.requests[-4:]
    lines: list[tuple[int, str]] = []  # (how soon it is left out, line), in the order in which they are read
    if len(it.requests) > len(latest):
        lines.append((3, f"First asked: {it.requests[0]}"))
    lines += [(0 if nth == len(latest) - 1 else 5 - nth, f"Asked: {each}") for nth, each in enumerate(latest)]
    lines += [(3, f"Decided: {each}") for each in it.decided]
    lines += [(2 + len(it.done) - nth, f"Done: {each}") for nth, each in enumerate(it.done)]
    if it.files:
        lines.append((2, "Files: " + ", ".join(_shown(each, it.root) for each in it.files[-8:])))
    lines += [(3, f"Commit: {name} {subject}") for name, subject in it.commits[-5:]]
    lines += [(1, f"Failing: {command}" + (f" – {line}" if line else "")) for command, line in it.failing]
    lines += [(1, f"Open: {each}") for each in it.open_ends]
    good = [command for command, outcome in it.commands if outcome == "ok"]
    if good:
        lines.append((6, "Passed: " + "; ".join(good[-4:])))
    if it.investigated:
        lines.append((7, "Read: " + ", ".join(_shown(each, it.root) for each in it.investigated[-6:])))
    if it.last_reply:
        lines.append((4, f"Last said: {it.last_reply}"))
    if it.before:
        lines.append((8, f"Before: {it.before}"))
    return _fitting(lines, limit)


def checkpoint(events: Sequence[Happened], limit: int) -> str:
    """What a session needs to go on after a compaction: asked, decided, in flight, files, failing; within `limit`."""
    asked = [each for each in events if each.asks]
    replies = [each for each in events if each.kind == "reply" and each.agent is None and each.text]
    lines = [(0 if nth == 0 else 3 + nth, f"Asked: {each}") for nth, each in enumerate(_requests(events, 300)[:-5:-1])]
    lines.reverse()
    lines += [(2, f"Decided: {each}") for each in _decided(events)]
    lines += [(1, f"In flight: {each}") for each in _open_ends(events, asked, replies)]
    files = _last(file for each in events if is_edit(each) for file in each.files)
    if files:
        root = _root(events, files)
        lines.append((1, "Files: " + ", ".join(_shown(each, root) for each in files)))
    for command, line in still_failing(_calls(events))[-3:]:
        lines.append((1, f"Failing: {gist(command, 120)}" + (f" – {gist(line, _SHORT)}" if line else "")))
    return _fitting(lines, limit)


def summary(hand_off: HandOff) -> Draft:
    """The memory of a finished session."""
    tasks = [each for each in hand_off.requests if not standing_instructions(each)]
    title = gist(f"Session: {(tasks or hand_off.requests)[0]}", 100)
    return Draft(
        body=told(hand_off, _SUMMARY), title=title, kind="summary", trust="tool", importance=0.4,
        evidence=tuple(Evidence(number) for number in hand_off.events),
    )  # fmt: skip


def _requests(events: Sequence[Happened], limit: int) -> tuple[str, ...]:
    """What was asked, each once; of a word of assent, the question that it answers, or nothing."""
    found: dict[str, None] = {}
    asked = [each for each in events if each.asks]
    looked_at = {id(each) for each in (*asked[:2], *asked[-_ASKED:])}
    said_before = ""
    for event in events:
        if event.kind == "reply" and event.agent is None:
            said_before = event.text or ""
        elif id(event) in looked_at:
            said = request(event.text or "", limit)
            if len(said) < 15 and (question := _question(said_before)) is not None:
                said = f"{said} (to: {question})"
            if len(said) >= 8:
                found.pop(said, None)
                found[said] = None
            said_before = ""
        elif event.asks:
            said_before = ""
    return tuple(found) or tuple(request(each.text or "", limit) or _NOTHING for each in asked[-1:])


def _calls(events: Sequence[Happened]) -> list[Happened]:
    """The last calls of the shell that committed, or checked the code base."""
    found: list[Happened] = []
    for event in [each for each in events if each.tool == "Bash"][: -_LOOKED_AT - 1 : -1]:
        command = command_of(event)
        if command is not None and ("commit" in command or any(run.check for run in runs_of(command))):
            found.append(event)
            if len(found) == _CALLS:
                break
    return found[::-1]


def _decided(events: Sequence[Happened]) -> tuple[str, ...]:
    owned = [nth for nth, each in enumerate(events) if each.owned][-_HEARD:]
    events = events[max(0, owned[0] - 1) :] if owned else ()
    return tuple(gist(each.draft.body.removeprefix("Decided: ").split("\n")[0], _SHORT) for each in decided(events))[
        -6:
    ]


def _last(files: Iterable[str]) -> tuple[str, ...]:
    """The files touched last, in the order in which they were last touched."""
    found: dict[str, None] = {}
    for file in files:
        found.pop(file, None)
        found[file] = None
    return tuple(found)[-_MOST:]


_AT_THE_TOP = re.compile(
    r"^(/.+?)/(?:\.github/.*|\.git\w+|CLAUDE(?:\.local)?\.md|AGENTS\.md|README\.md|CHANGELOG\.md|go\.mod|Makefile|pyproject\.toml"
    r"|Cargo\.toml|package\.json|Gemfile|pom\.xml|build\.gradle)$"
)


def _root(events: Sequence[Happened], files: Sequence[str]) -> str:
    """The folder of the code base, when a file that lies at the top of one gives it away."""
    named = {file for each in events for file in each.files if len(file) <= 2 * _PATH}
    tops = {found[1] for file in named if (found := _AT_THE_TOP.match(file))}
    return next((each for each in sorted(tops, key=len) if all(file.startswith(each + "/") for file in files)), "")


def _shown(path: str, root: str) -> str:
    """A path on one line, from the folder of the code base on; one outside of it by its last four parts, and seen to
    be cut. A name may hold line ends, and would else pass for lines of the hand-off."""
    plain = " ".join(path.replace("\\", "/").rstrip("/").split())
    parts = plain.split("/")
    if root and plain.startswith(root + "/"):
        plain = plain[len(root) + 1 :]
    elif plain.startswith("/") and len(parts) > 5:
        plain = "…/" + "/".join(parts[-4:])
    return plain if len(plain) <= _PATH else "…" + plain[1 - _PATH :]


def _commands(events: Sequence[Happened]) -> tuple[tuple[str, str], ...]:
    """What checked the code base, with its last outcome."""
    found: dict[str, str] = {}
    for event in events:
        command = command_of(event)
        runs = [] if command is None else [run for run in runs_of(command) if run.check]
        if not runs:
            continue
        outcome = "failed" if failed(event, runs) else "ok" if passed(event, runs) else None
        if outcome is not None:
            name = gist(" && ".join(" ".join([run.name, *run.arguments]).replace("\xa0", " ") for run in runs), 100)
            found.pop(name, None)
            found[name] = outcome
    return tuple(found.items())


# Words that announce, agree or cheer, and say nothing of what was done.
_ANNOUNCED = re.compile(
    r"""^(?:let\ me|now,?\ (?:let|i)|i'll|i\ will|i\ need\ to|i'm\ going|next,|first,|perfect|great|excellent|good
      |here'?s|(?:done|fixed|committed|pushed|updated|yes)[.!]?$|all\ (?:done|fixed|good)
      |you'?re\ (?:absolutely\ )?right|looking\ at|i\ see\b|ok(?:ay)?\b|sure\b|absolutely|got\ it
      |all\ (?:the\ |\d+\ )?(?:tests|checks|changes|unit|linting?|green|clean)\b|everything\ |both\ pass
      |(?:the\ )?tests?\ (?:and\ lint(?:er)?\ )?(?:all\ )?pass|(?:the\ )?(?:build|lint(?:er)?)\ (?:is|pass)
      |the\ (?:fix|implementation|changes?)\ (?:is|are)\ (?:now\ )?complete)""",
    re.I | re.X,
)
_RULES: Final = " \t-*_━─═|#`"  # what lines are drawn with
# Code stays as it is: `__init__` is no emphasis.
_MARKS = re.compile(
    r"(?P<code>`[^`]*`)|[✅✓☑✔🎉🚀❌]\ufe0f?\s*|\*\*|(?<!\w)__(?=[^\s_][^_\n]{0,200}__(?!\w))|(?<=[^\W_])__(?![\w.])|^#{1,6}\s+"
    r"|^\s*(?:[-*+•]|\d{1,2}[.)])\s+"
)
_LABEL = re.compile(r"^done\s*(?:[:.!,]|[–—-](?=\s))\s+", re.I)  # which the hand-off puts there itself
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*\"])")


def _unmarked(text: str) -> str:
    return _MARKS.sub(lambda match: match["code"] or "", text)


def _done(events: Sequence[Happened], committed: Collection[int]) -> tuple[tuple[str, ...], bool]:
    """What each turn that changed something came to: the first telling words of its last reply; and whether the last
    turn is among them."""
    found: list[str] = []
    told_of_last = False
    looked_at = 0
    for nth, turn in enumerate(reversed(turns_of(events))):
        texts = [each.text for each in turn if each.kind == "reply" and each.agent is None and each.text]
        if not texts or not any(is_edit(each) or each.number in committed for each in turn):
            continue
        looked_at += 1
        outcome = _outcome(texts[-1])
        if outcome is not None:
            found.append(outcome)
            told_of_last = told_of_last or nth == 0
        if looked_at == _TURNS:
            break
    return tuple(dict.fromkeys(found[::-1]))[-6:], told_of_last


def _lines(reply: str) -> Iterator[str]:
    """The lines of a reply that say something, without code and the boxes that teach."""
    boxed = False
    for line in without_confided(without_blocks(reply[:_REPLY])).splitlines():
        if "★ Insight" in line:
            boxed = True
        elif not line.strip(_RULES):
            boxed = boxed and "─" not in line
        elif not boxed:
            yield line.strip()


def _outcome(reply: str) -> str | None:
    said: list[str] = []
    for line in _lines(reply):
        if line.startswith(("#", "|", ">")):
            continue
        for sentence in _SENTENCE.split(_unmarked(line)):
            plain = _LABEL.sub("", _unmarked(sentence).strip())
            if plain and not _ANNOUNCED.match(plain) and not plain.endswith(("?", ":")):
                said.append(plain)
        if sum(map(len, said)) >= 160:
            break
    joined = " ".join(each if each[-1] in ".!;…" else f"{each};" for each in said)
    return gist(joined, 240).rstrip(";") if said else None


def _plain(text: str, limit: int = 320) -> str:
    return gist(" ".join(_unmarked(line) for line in _lines(text)), limit)


def _open_ends(events: Sequence[Happened], asked: Sequence[Happened], replies: Sequence[Happened]) -> tuple[str, ...]:
    found = [*_todos(events)]
    last = next((each for each in reversed(events) if each.kind in ("prompt", "reply", "interrupt", "error")), None)
    if last is not None and last.kind == "interrupt":
        found.append("the owner stopped the agent before it was done")
    elif last is not None and last.kind == "error":
        found.append("the model could not be reached")
    elif asked and (not replies or replies[-1].number < asked[-1].number):
        found.append("the last request has no answer")
    if replies and asked and replies[-1].number > asked[-1].number:
        question = _question(replies[-1].text or "")
        if question is not None:
            found.append(f"the agent asked: {question}")
    return tuple(found)


def _question(text: str) -> str | None:
    """The question that a reply ends with."""
    lines = [line.strip() for line in without_confided(text[-2_000:]).splitlines() if line.strip()]
    if not lines or not lines[-1].rstrip("*_ ").endswith("?"):
        return None
    return gist(_unmarked(_SENTENCE.split(lines[-1])[-1]), _SHORT)


_TODO = re.compile(r'"content":"((?:[^"\\]|\\.){1,300})","status":"(in_progress|pending)"')


def _todos(events: Sequence[Happened]) -> list[str]:
    """What the agent's last list of tasks had not finished, as far as it was kept."""
    last = next(
        (each for each in reversed(events) if each.tool == "TodoWrite" and each.input and each.agent is None), None
    )
    if last is None:
        return []
    told = (without_confided(_unescaped(found[1])) for found in _TODO.finditer((last.input or "")[:8_000]))
    return [f"to do: {gist(each, 120)}" for each in told if each][:4]


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


def _fitting(lines: list[tuple[int, str]], limit: int) -> str:
    kept: set[int] = set()
    left = limit
    for nth in sorted(range(len(lines)), key=lambda nth: (lines[nth][0], nth)):
        size = len(lines[nth][1]) + 1
        if size <= left + 1:
            kept.add(nth)
            left -= size
    return "\n".join(lines[nth][1] for nth in sorted(kept))
