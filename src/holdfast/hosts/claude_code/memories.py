"""Claude Code's own notes: its memory files as memories, and what a CLAUDE.md says already.

Both are only ever read. Memory files lie in `projects/<slug>/memory`: an index (MEMORY.md) and one file per memory,
with a head of `name`, `description` and `type` (user, feedback, project, reference); older ones wrote all into the
index.
"""

import functools
import itertools
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from ...ids import derived
from ...journal.untrusted import mode_of, read_file, resolved
from ...memory import BODY_LIMIT, NEAR, TITLE_LIMIT, Draft, kind_of, wording

__all__ = ["Note", "Said", "Sentences", "already_said", "claude_md", "listed", "memory_text", "notes_of", "sentences"]

MEMORY_FILES: Final = 200  # of one folder
MEMORY_FILE_SIZE: Final = 128 * 1024
CLAUDE_MD_FILES: Final = 5
CLAUDE_MD_SIZE: Final = 64 * 1024  # bytes of all of them together; more is not looked at, and may be given twice
CLAUDE_MD_SENTENCES: Final = 2_000
CLAUDE_MD_IMPORTS: Final = 20
_MOST_NOTES = 100  # of one file
_LABEL: Final = 60  # characters
_INDEX: Final = "MEMORY.md"

_HEAD = re.compile(r"\A---[ \t]*\n(?P<head>(?:[^\n]*\n){0,40}?)---[ \t]*(?:\n|\Z)")
_FIELD = re.compile(r"^[ \t]*(name|description|type)[ \t]*:[ \t]*(\S[^\n]*)$", re.M)
_POINTER = re.compile(r"^[ \t]*[-*+][ \t]+(?:\*\*)?\[[^\]\n]*\]\([^)\n]*\.md\)[^\n]*$", re.M)
_HEADING = re.compile(r"^(#{1,6})[ \t]+(\S[^\n]*)$")
_BULLET = re.compile(r"^(?:[-*+•]|\d{1,3}[.)])\s+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Note:
    """A memory that Claude Code wrote down. id: the same whenever it is read again, so that reading revises it."""

    id: UUID
    draft: Draft


def notes_of(path: str, text: str) -> list[Note]:
    """What a memory file holds, as memories that can stand alone, none longer than a memory may be.

    path: of the file; its last three parts (`<slug>/memory/<name>.md`) are what it is known by.
    """
    known_by = path.replace("\\", "/").split("/")[-3:]
    head = _HEAD.match(text)
    fields = {name: value.strip("\"' \t") for name, value in _FIELD.findall(head["head"])} if head else {}
    body = text[head.end() :] if head else text
    if known_by[-1] == _INDEX:
        body = _POINTER.sub("", body)
    label = fields.get("type", "")[:_LABEL] or None
    title = _title(fields.get("description") or fields.get("name") or "")
    found: dict[UUID, Note] = {}
    counted: dict[str, int] = {}
    for heading, part in _parts(body, title):
        if all(_HEADING.match(line) for line in part.splitlines() if line.strip()):
            continue
        nth = counted[heading] = counted.get(heading, -1) + 1
        draft = Draft(
            body=part, title=_title(": ".join(filter(None, (title, heading)))) or None, kind=kind_of(label or "note"),
            label=label, trust="imported",
        )  # fmt: skip
        id = derived("claude-code memory", *known_by, heading, str(nth))
        found[id] = Note(id, draft)
        if len(found) >= _MOST_NOTES:
            break
    return list(found.values())


def listed(folder: Path) -> list[tuple[str, int, int]] | None:
    """(name, bytes, ns) of the memory files in a folder, by name: regular files, no links. None when it is not there,
    cannot be read, or leads out of the folder that it stands in."""
    real, beside = resolved(folder), resolved(folder.parent)
    if real is None or beside is None or not real.is_relative_to(beside):
        return None
    try:
        with os.scandir(real) as entries:
            found = [
                (entry.name, entry.stat(follow_symlinks=False))
                for entry in entries
                if entry.name.endswith(".md") and entry.is_file(follow_symlinks=False)
            ]
    except OSError:
        return None
    return sorted((name, status.st_size, status.st_mtime_ns) for name, status in found)


def memory_text(folder: Path, name: str) -> str | None:
    """The text of a memory file; None of one that is too large, a link or none that we may read."""
    raw = read_file(folder / name, MEMORY_FILE_SIZE, follow=False)
    return None if raw is None else raw.decode("utf-8", "replace")


_IMPORT = re.compile(r"^@([\w./-]{1,200}\.md)[ \t]*$", re.M)

Sentences = frozenset[tuple[str, ...]]  # the words of each that say something


@dataclass(frozen=True, slots=True)
class Said:
    """What Claude Code is told in a folder. own: by the person's own CLAUDE.md; here: by files in the folder, which
    may be a stranger's."""

    own: Sentences = frozenset()
    here: Sentences = frozenset()


def claude_md(folder: Path) -> Said:
    """What Claude Code is given in a folder: its CLAUDE.md files, what they import, and the person's own.

    A link in the folder counts only when it leads to a file in it.
    """
    configured = os.environ.get("CLAUDE_CONFIG_DIR")
    own = (Path(configured) if configured else Path.home() / ".claude") / "CLAUDE.md"
    wanted = [own, folder / "CLAUDE.md", folder / ".claude" / "CLAUDE.md", folder / "CLAUDE.local.md"]
    seen: set[Path] = set()
    said: dict[bool, set[tuple[str, ...]]] = {True: set(), False: set()}
    size, number, imports = CLAUDE_MD_SIZE, CLAUDE_MD_SENTENCES, CLAUDE_MD_IMPORTS  # what is left of each
    while wanted and number and len(seen) < CLAUDE_MD_FILES:
        path = wanted.pop(0)
        if not mode_of(path):  # the usual case, and cheaper to tell than where it leads
            continue
        real = resolved(path)
        if real is None or real in seen or (path != own and not _inside(real, folder)):
            continue
        try:
            status = real.stat()
        except (OSError, ValueError):
            continue
        if not stat.S_ISREG(status.st_mode) or status.st_size > size:
            continue
        found, names = _told(real, status.st_size, status.st_mtime_ns, number)
        seen.add(real)
        size, number = size - status.st_size, number - len(found)
        said[path == own] |= found
        if path != own:
            wanted += [path.parent / name for name in names[:imports]]
            imports -= len(names[:imports])
    return Said(frozenset(said[True]), frozenset(said[False]))


def _inside(real: Path, folder: Path) -> bool:
    top = resolved(folder)
    return top is not None and real.is_relative_to(top)


@functools.lru_cache(maxsize=16)
def _told(path: Path, size: int, changed: int, most: int) -> tuple[Sentences, tuple[str, ...]]:  # noqa: ARG001
    """What a CLAUDE.md says, at most so many sentences, and the names that it imports. It is read again when its size
    or the time of its last change (ns) is another."""
    raw = read_file(path, size)
    if raw is None:
        return frozenset(), ()
    text = _shown(raw.decode("utf-8", "replace"))
    names = (found[1] for found in itertools.islice(_IMPORT.finditer(text), CLAUDE_MD_IMPORTS))
    return frozenset(_worded(itertools.islice(_lines(text), most))), tuple(names)


def _shown(text: str) -> str:
    """A text without its HTML comments and fenced code."""
    parts, at = list[str](), 0
    while (start := text.find("<!--", at)) >= 0:
        parts.append(text[at:start])
        stop = text.find("-->", start)
        at = stop + 3 if stop >= 0 else len(text)
    parts.append(text[at:])
    lines, fence = list[str](), ""
    for line in "\n".join(parts).splitlines():
        mark = line.lstrip()[:3]
        if fence:
            fence = "" if mark == fence else fence
        elif mark in ("```", "~~~"):
            fence = mark
        else:
            lines.append(line)
    return "\n".join(lines)


_EMPHASIS: Final = frozenset(("always", "please", "remember", "here", "must", "should"))
_TURNING: Final = frozenset(
    ("not", "no", "never", "none", "nothing", "without", "avoid", "except", "unless", "only", "instead", "but")
)
_FEWEST = 3  # words of substance; fewer stand in many lines


def already_said(body: str, said: Sentences) -> bool:
    """Whether each sentence of a memory is one of these: its words, in order, at least NEAR of the other's, with no
    other negation or limit among them."""
    wanted = sentences(body) if len(body) <= BODY_LIMIT else ()
    return bool(wanted) and all(
        len(words) >= _FEWEST and (words in said or any(_within(words, each) for each in said)) for words in wanted
    )


def sentences(text: str) -> Sentences:
    """The words of each sentence of a text, without those that only stress it."""
    return frozenset(_worded(_lines(text)))


def _worded(lines: Iterable[str]) -> Iterator[tuple[str, ...]]:
    return filter(None, map(_words, lines))


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield from _SENTENCE.split(line.strip())


def _words(sentence: str) -> tuple[str, ...]:
    if len(sentence) > BODY_LIMIT:  # no memory is as long
        return ()
    return tuple(word for word in wording("", sentence).words if word.casefold() not in _EMPHASIS)


def _within(words: Sequence[str], line: Sequence[str]) -> bool:
    if not NEAR * len(line) <= len(words) <= len(line):
        return False
    rest = iter(line)
    if not all(word in rest for word in words):
        return False
    return [word for word in line if word in _TURNING] == [word for word in words if word in _TURNING]


def _title(text: str) -> str:
    line = " ".join(text.split())
    if len(line) <= TITLE_LIMIT:
        return line
    return line[: TITLE_LIMIT - 1].rpartition(" ")[0] + "…"


def _parts(body: str, title: str) -> Iterator[tuple[str, str]]:
    """(heading, text) of a file's memories: all of it when that is short enough, else section by section, a long one
    in several, each with its heading."""
    whole = body.strip()
    if not whole:
        return
    if len(whole) <= BODY_LIMIT:
        yield "", whole
        return
    for heading, section in _sections(whole):
        lead = ": ".join(dict.fromkeys(filter(None, (title[:200], heading[:200]))))
        for text in _packed(_pieces(section), BODY_LIMIT - len(lead) - 2 if lead else BODY_LIMIT):
            yield heading, f"{lead}\n{text}" if lead else text


def _sections(text: str) -> Iterator[tuple[str, str]]:
    heading, lines = "", list[str]()
    for line in text.split("\n"):
        found = _HEADING.match(line)
        if found is None:
            lines.append(line)
            continue
        if "".join(lines).strip():
            yield heading, "\n".join(lines).strip()
        heading, lines = found[2].strip("#* \t"), []
    if "".join(lines).strip():
        yield heading, "\n".join(lines).strip()


def _pieces(section: str) -> Iterator[str]:
    """Paragraphs and top bullets (with what is indented under them); sentences and words of what is too long."""
    piece: list[str] = []
    for line in section.split("\n"):
        if piece and (not line.strip() or _BULLET.match(line)):
            yield from _cut("\n".join(piece))
            piece = []
        if line.strip():
            piece.append(line.rstrip())
    if piece:
        yield from _cut("\n".join(piece))


def _cut(piece: str) -> Iterator[str]:
    most = BODY_LIMIT // 2
    if len(piece) <= most:
        yield piece
        return
    for sentence in _SENTENCE.split(piece):
        while len(sentence) > most:
            start = sentence[:most].rpartition(" ")[0] or sentence[:most]
            yield start
            sentence = sentence[len(start) :].lstrip()
        if sentence:
            yield sentence


def _packed(pieces: Iterable[str], limit: int) -> Iterator[str]:
    held = ""
    for piece in pieces:
        joined = f"{held}\n{piece}" if held else piece
        if len(joined) > limit and held:
            yield held
            joined = piece
        held = joined
    if held:
        yield held
