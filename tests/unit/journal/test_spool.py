"""Draining what hooks had to keep on disk."""

import os
import sys
from importlib import import_module
from pathlib import Path

import pytest
from tests.recordings.replay import World
from tests.unit.hosts.made_up import START, events, hook, said

from holdfast.edge import spool as edge
from holdfast.edge.frame import Frame, encode
from holdfast.journal.spool import Spool


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which a client spools."""
    monkeypatch.setitem(sys.modules, "redact", import_module("holdfast.guard.redact"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def frames(spool: Spool) -> list[tuple[Path, Frame | None]]:
    """What is kept, in its order."""
    return [(path, spool.frame(path)) for path in spool.waiting()]


def keep(text: str, *, at: int = START, nonce: str = "ab") -> None:
    call = hook("UserPromptSubmit", at=at, turn="p", prompt=text)
    frame = Frame("claude-code", call.event, nonce, at, "/w\né", "1", {"CLAUDE_CODE_ENTRYPOINT": "cli"})
    edge.keep(encode(frame), call.body)


def test_what_a_client_kept_is_the_frame_that_it_would_have_sent(home: Path) -> None:
    keep("go")
    ((path, frame),) = frames(Spool(home / "spool"))
    assert frame is not None
    assert (frame.event, frame.nonce, frame.at, frame.cwd) == ("UserPromptSubmit", "ab", START, "/w\né")
    assert frame.environment == {"CLAUDE_CODE_ENTRYPOINT": "cli"}
    assert b'"prompt":"go"' in frame.body
    assert path.stat().st_mode & 0o777 == 0o600
    assert (home / "spool").stat().st_mode & 0o777 == 0o700


def test_two_clients_that_make_the_folder_at_once_both_keep_their_frames(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mkdir = os.mkdir

    def after_another(path: str, mode: int = 0o777) -> None:
        monkeypatch.undo()
        monkeypatch.setitem(sys.modules, "redact", import_module("holdfast.guard.redact"))
        monkeypatch.chdir(home)
        keep("the other's", nonce="ab")
        mkdir(path, mode)

    monkeypatch.setattr(os, "mkdir", after_another)
    keep("ours", nonce="cd")

    assert len(frames(Spool(home / "spool"))) == 2


def test_frames_come_oldest_first_whatever_their_nonces(home: Path) -> None:
    for at, nonce in ((START + 2, "aa"), (START, "ff"), (START + 1, "00"), (999, "zz")):
        keep(nonce, at=at, nonce=nonce)
    assert [frame.nonce for _, frame in frames(Spool(home / "spool")) if frame] == ["zz", "ff", "00", "aa"]


def test_a_frame_that_was_taken_is_gone_and_may_be_gone_already(home: Path) -> None:
    keep("go")
    spool = Spool(home / "spool")
    (path,) = spool.waiting()
    spool.done(path)
    spool.done(path)
    assert spool.waiting() == []


def test_half_a_frame_waits_for_nobody(home: Path) -> None:
    """A client that was killed leaves a `.part`."""
    (home / "spool").mkdir()
    (home / "spool" / "000-aa.part").write_bytes(b"holdfast/1")
    assert frames(Spool(home / "spool")) == []


@pytest.mark.parametrize("content", [b"", b"\n", b"holdfast/1\0at=x\n{}", b"holdfast/9\0at=1\n{}", os.urandom(200)])
def test_what_is_no_frame_is_named_and_can_be_set_aside(home: Path, content: bytes) -> None:
    (home / "spool").mkdir()
    (home / "spool" / "000-aa.frame").write_bytes(content)
    spool = Spool(home / "spool")
    ((path, frame),) = frames(spool)
    assert frame is None
    spool.set_aside(path)
    spool.set_aside(path)
    assert spool.waiting() == []
    assert [each.suffix for each in (home / "spool").iterdir()] == [".failed"]


def test_no_folder_is_an_empty_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "none")
    assert (spool.waiting(), frames(spool)) == ([], [])


def test_a_secret_never_reaches_the_disk_and_a_long_text_only_in_part(home: Path) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    keep(f"token {secret} " + "x" * 300_000 + " <private>mine</private>")
    (path,) = Spool(home / "spool").waiting()
    raw = path.read_bytes()
    assert secret.encode() not in raw
    assert b"mine" not in raw
    assert len(raw) < 100_000


@pytest.mark.parametrize("body", [b"", b"not JSON", b"[1]", b"\xff", b"[" * 100_000])
def test_what_is_no_payload_is_kept_as_nothing(home: Path, body: bytes) -> None:
    assert edge.shrink(body) == b""


def test_a_payload_that_was_made_small_is_made_no_smaller(home: Path) -> None:
    body = hook("UserPromptSubmit", prompt="x" * 300_000, tool_response={"stdout": "y" * 50_000}).body
    once = edge.shrink(body)
    assert edge.shrink(once) == once


def test_the_same_frame_kept_twice_is_told_by_an_error_and_not_by_damage(home: Path) -> None:
    keep("go")
    (path,) = Spool(home / "spool").waiting()
    before = path.read_bytes()
    keep("go")
    assert [each.read_bytes() for each in Spool(home / "spool").waiting()] == [before]


def test_a_drained_frame_tells_the_journal_what_the_hook_would_have(home: Path, place: World) -> None:
    keep("always use tabs")
    for _, frame in frames(Spool(home / "spool")):
        assert frame is not None
        with place.database.transaction():
            place.capture.hook(place.capture.understand_and_look(frame))
    assert said(events(place)) == [("prompt", "always use tabs")]
    assert place.rows("SELECT trust FROM events") == [("owner",)]


def test_what_was_begun_and_given_up_is_removed_and_what_is_being_written_stays(tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(b"")
    (tmp_path / "b.frame").write_bytes(b"")
    began = (tmp_path / "a.part").stat().st_mtime

    assert Spool(tmp_path).sweep(began + 60) == 0
    assert Spool(tmp_path).sweep(began + 7200) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["b.frame"]


def test_a_folder_that_is_called_like_a_frame_is_none(home: Path) -> None:
    spool = Spool(home / "spool")
    (home / "spool" / "x.frame").mkdir(parents=True)

    ((path, frame),) = frames(spool)
    assert frame is None
    spool.set_aside(path)

    assert (spool.waiting(), path.with_suffix(".failed").is_dir()) == ([], True)
