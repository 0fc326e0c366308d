"""Reading transcripts whatever becomes of the file meanwhile."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.recordings.replay import World
from tests.unit.hosts.made_up import Lines, events, said

from holdfast.errors import Refused
from holdfast.hosts.claude_code.transcript import Reader, Told
from holdfast.journal import tail
from holdfast.journal.events import Lines as Seen
from holdfast.journal.tail import Batch, Position, next_batch


@dataclass
class Collector:
    """A reader that keeps the lines it is given."""

    lines: list[tuple[str, int, int]]

    def read(self, line: Mapping[str, Any], seen: Seen) -> Told:
        self.lines.append((str(line.get("n", line["type"])), seen.start, seen.stop))
        return Told()

    def state(self) -> dict[str, Any]:
        return {"read": len(self.lines)}


class Tailed:
    """A file that is read on and on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.position = Position(1)
        self.bad = 0

    def read(self, chunk: int = 4_096) -> list[str]:
        """The lines that are new since the last time."""
        found: list[tuple[str, int, int]] = []
        while True:
            batch = next_batch(self.path, self.position, lambda _: Collector(found), chunk=chunk)
            self.position = batch.position
            self.bad += batch.bad_lines
            if batch.finished:
                return [name for name, _, _ in found]


def line(n: object, **more: object) -> bytes:
    return json.dumps({"type": "x", "n": n, **more}).encode() + b"\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "session.jsonl"


def test_bytes_that_arrive_one_by_one_are_lines_once_each_is_whole(file: Path) -> None:
    tailed, found = Tailed(file), []
    content = line(1, text="ä {}\\n") + line(2) + b"\n" + line(3)
    file.write_bytes(b"")
    for at in range(len(content)):
        with file.open("ab") as growing:
            growing.write(content[at : at + 1])
        found += tailed.read()
    assert found == ["1", "2", "3"]
    assert tailed.bad == 0


@given(st.lists(st.text(max_size=60), min_size=1, max_size=20), st.integers(1, 300))
def test_any_size_of_reads_gives_the_same_lines_at_the_same_places(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], chunk: int
) -> None:
    path = tmp_path_factory.mktemp("t") / "s.jsonl"
    raws = [json.dumps({"type": "x", "n": n, "text": text}, ensure_ascii=False) for n, text in enumerate(texts)]
    content = b"".join(raw.encode("utf-8", "surrogatepass") + b"\n" for raw in raws)
    path.write_bytes(content)
    found: list[tuple[str, int, int]] = []
    position = Position(1)
    while not (batch := next_batch(path, position, lambda _: Collector(found), chunk=chunk)).finished:
        position = batch.position
    assert [content[start:stop] for _, start, stop in found] == [part + b"\n" for part in content.split(b"\n")[:-1]]
    assert [name for name, _, _ in found] == [str(n) for n in range(len(texts))]
    assert [start for _, start, _ in found] == [0, *(stop for _, _, stop in found[:-1])]


def test_a_last_line_without_its_end_is_read_when_it_is_a_whole_object(file: Path) -> None:
    """Transcripts that were copied or kept in git often lack the last newline."""
    tailed = Tailed(file)
    file.write_bytes(line(1) + line(2).rstrip() + b" ")
    assert tailed.read() == ["1", "2"]
    with file.open("ab") as growing:
        growing.write(b"\n" + line(3)[:-3])
    assert tailed.read() == []
    with file.open("ab") as growing:
        growing.write(line(3)[-3:])
    assert tailed.read() == ["3"]
    assert tailed.bad == 0


def test_a_half_line_whose_last_part_looks_whole_is_not_read(file: Path) -> None:
    tailed = Tailed(file)
    file.write_bytes(line(1) + b'{"type":"x","n":2,"content":[{"type":"text","n":"inner"}')
    assert tailed.read() == ["1"]
    with file.open("ab") as growing:
        growing.write(b"]}\n")
    assert tailed.read() == ["2"]


def test_a_file_that_was_cut_and_grew_again_is_read_from_its_start(file: Path) -> None:
    tailed = Tailed(file)
    file.write_bytes(line(1) + line(2))
    assert tailed.read() == ["1", "2"]
    os.truncate(file, len(line(1)))
    assert tailed.read() == ["1"]
    with file.open("ab") as growing:
        growing.write(line("new"))
    assert tailed.read() == ["new"]


def test_a_long_file_that_was_cut_behind_its_beginning_is_read_from_its_start(file: Path) -> None:
    tailed = Tailed(file)
    lines = [line(n, text="x" * 1_000) for n in range(10)]
    file.write_bytes(b"".join(lines))
    assert len(tailed.read()) == 10
    os.truncate(file, sum(map(len, lines[:6])))
    assert tailed.read() == [str(n) for n in range(6)]


def test_another_file_of_the_same_name_is_read_from_its_start(file: Path, tmp_path: Path) -> None:
    tailed = Tailed(file)
    file.write_bytes(line(1) + line(2))
    tailed.read()
    other = tmp_path / "other"
    other.write_bytes(line(3) + line(4))  # as long as the first
    other.replace(file)
    assert tailed.read() == ["3", "4"]


def test_a_file_rewritten_in_place_is_read_from_its_start(file: Path) -> None:
    tailed = Tailed(file)
    file.write_bytes(line(1) + line(2))
    tailed.read()
    inode = file.stat().st_ino
    with file.open("r+b") as same:
        same.write(line(7) + line(8) + line(9))
    assert file.stat().st_ino == inode
    assert tailed.read() == ["7", "8", "9"]


def test_a_rotated_file_goes_on_under_its_old_name_from_the_start(file: Path) -> None:
    tailed = Tailed(file)
    file.write_bytes(line(1))
    tailed.read()
    file.rename(file.with_suffix(".1"))
    with pytest.raises(FileNotFoundError):
        tailed.read()
    file.write_bytes(line(2))
    assert tailed.read() == ["2"]


def test_a_read_that_takes_nothing_new_moves_nothing(file: Path) -> None:
    tailed = Tailed(file)
    file.write_bytes(line(1) + b'{"half')
    tailed.read()
    before = tailed.position
    assert tailed.read() == []
    assert tailed.position.read_to == before.read_to == len(line(1))


def test_a_link_to_a_transcript_is_read_like_the_transcript(place: World, tmp_path: Path) -> None:
    lines = Lines()
    lines.prompt("go")
    path = lines.write(tmp_path)
    link = tmp_path / "link.jsonl"
    link.symlink_to(path)
    place.read_to_end(path)
    place.read_to_end(link)
    assert said(events(place)) == [("prompt", "go")]
    assert place.rows("SELECT count(*) FROM sightings") == [(2,)]


def test_a_link_in_a_circle_or_to_nothing_is_an_error_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").symlink_to(tmp_path / "b.jsonl")
    (tmp_path / "b.jsonl").symlink_to(tmp_path / "a.jsonl")
    with pytest.raises(OSError, match="symbolic links"):
        Tailed(tmp_path / "a.jsonl").read()
    with pytest.raises(OSError, match="directory"):
        Tailed(tmp_path).read()


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_never_ends_is_refused_and_not_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.jsonl"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(Refused, match="is not a file"):
        Tailed(path).read()


def test_a_line_of_ten_megabytes_is_read_whole(file: Path) -> None:
    file.write_bytes(line(1) + line(2, text="x" * 10_000_000) + line(3))
    tailed = Tailed(file)
    assert tailed.read(1_000) == ["1", "2", "3"]
    assert tailed.bad == 0


def test_a_line_over_the_limit_is_left_out_and_said(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "LINE_LIMIT", 50_000)
    file.write_bytes(line(1) + line(2, text="x" * 60_000) + line(3))
    tailed = Tailed(file)
    assert tailed.read(1_000) == ["1", "3"]
    assert tailed.bad == 1
    file.write_bytes(line(1) + line(2, text="x" * 60_000).rstrip())
    assert Tailed(file).read(1_000) == ["1"]


@pytest.mark.parametrize(
    ("content", "found", "bad"),
    [
        (line(1) + b'{"type":"x","n":2,"text":"cut her' + line(3), ["1", "3"], 0),
        (line(1) + line(2).rstrip() + line(3), ["1", "2", "3"], 0),
        (line(1) + b'{"parentUuid":null,"m":{"type":"inner"},"t":"cu' + line(3) + line(4), ["1", "3", "4"], 0),
        (line(1) + b"\0" * 500 + line(2), ["1", "2"], 0),
        (line(1) + b'{"type":"x"\n' + line(2), ["1", "2"], 1),
        (line(1) + b"[1]\nnull\n7\n\"a\"\n{}\n" + line(2), ["1", "2"], 5),
        (line(1) + b"\xff\xfe\xfa\n" + line(2), ["1", "2"], 1),
        (line(1) + b'{"type":"x","n":"\xff\xc3"}\n', ["1", "\ufffd\ufffd"], 0),
        (line(1) + b'{"type":"x","n":"\\ud83d"}\n', ["1", "\ud83d"], 0),
        (b"\xef\xbb\xbf" + line(1) + line(2), ["1", "2"], 0),
        (line(1).replace(b"\n", b"\r\n") + b"\r\n" + line(2).replace(b"\n", b"\r\n"), ["1", "2"], 0),
        (line(1) + b" \t \n\n\n" + line(2), ["1", "2"], 0),
        (line(1) + b'{"type":"x","n":' + b"[" * 100_000 + b"\n" + line(2), ["1", "2"], 1),
        (b'{"torn at the beginning"\n' + line(1), ["1"], 1),
    ],
)  # fmt: skip
def test_damage_costs_no_more_than_the_damaged_line(file: Path, content: bytes, found: list[str], bad: int) -> None:
    file.write_bytes(content)
    tailed = Tailed(file)
    assert tailed.read() == found
    assert tailed.bad == bad


def test_a_part_of_a_cut_line_is_not_taken_for_a_line(place: World, tmp_path: Path) -> None:
    """2.1.197 goes on in the line that a crash cut."""
    lines = Lines()
    lines.prompt("one")
    lines.say("never stored", "second block")
    lines.prompt("two")
    first, cut, last = lines.raw().splitlines(keepends=True)
    path = tmp_path / "s.jsonl"
    path.write_bytes(first + cut[: cut.index(b"stored") + len(b'stored"}')] + last)
    place.read_to_end(path)
    assert said(events(place)) == [("prompt", "one"), ("prompt", "two")]


@given(st.binary(max_size=400))
def test_no_bytes_whatever_are_an_error_of_the_program(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("t") / "s.jsonl"
    path.write_bytes(line(1) + content)
    found: list[tuple[str, int, int]] = []
    position = Position(1)
    while not (batch := next_batch(path, position, lambda _: Collector(found), chunk=50)).finished:
        assert batch.position.read_to > position.read_to
        position = batch.position
    assert found[0][0] == "1"


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"type": "session", "messages": [{"type": "user"}]}, indent=2).encode() + b"\n",
        b"# notes\nnot JSON at all\n",
        b"[1, 2]\n[3]\n",
        b'{"no": "type"}\n',
        b"\x7fELF\x02\x01" + b"\x00" * 5_000,  # no line at all
    ],
)
def test_what_is_no_transcript_is_refused_with_a_reason(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(Refused) as refused:
        Tailed(file).read()
    assert str(file) in refused.value.what
    assert "JSON objects" in refused.value.why
    assert "~/.claude/projects" in refused.value.fix


def test_what_a_reader_remembers_goes_with_the_position_and_not_with_another_file(file: Path) -> None:
    states: list[Mapping[str, Any] | None] = []

    def reader(state: Mapping[str, Any] | None) -> Collector:
        states.append(state)
        return Collector([])

    file.write_bytes(line(1))
    position = next_batch(file, Position(1), reader).position
    with file.open("ab") as growing:
        growing.write(line(2))
    next_batch(file, position, reader)
    file.write_bytes(line(3))
    next_batch(file, position, reader)
    assert states == [None, {"read": 1}, None]


def test_a_batch_survives_the_wire(place: World, tmp_path: Path) -> None:
    lines = Lines()
    lines.prompt("go \ud83d é\0")
    lines.call("Bash", {"command": "x"})
    lines.add("attachment", attachment={"type": "hook_success", "content": f"[holdfast {'a' * 16}] x"})
    batch = next_batch(lines.write(tmp_path), Position(1), lambda state: Reader.resumed(place.kept, state))
    assert batch.drafts
    assert batch.receipts
    assert batch.facts
    assert Batch.load(json.loads(json.dumps(batch.dump()))) == batch


@pytest.mark.parametrize("shape", [{}, {"drafts": 5}, {"drafts": [{"seen": {}}]}])
def test_a_batch_of_a_foreign_shape_is_refused(shape: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Batch.load(shape)


def test_a_batch_that_somebody_else_has_read_meanwhile_is_not_taken_twice(place: World, tmp_path: Path) -> None:
    lines = Lines()
    lines.prompt("one")
    path = lines.write(tmp_path)
    with place.database.transaction():
        position = place.capture.tails.position("claude-code", path)
    place.read_to_end(path)
    lines.prompt("two")
    lines.write(tmp_path)
    late = next_batch(path, Position(position.file, position.device, 0, "", 0, 5), lambda _: Reader(place.kept))
    stale = Batch(late.position, 7, late.size, late.facts, late.drafts)
    with place.database.transaction():
        assert place.capture.batch(stale) == 0
    place.read_to_end(path)
    assert said(events(place)) == [("prompt", "one"), ("prompt", "two")]
