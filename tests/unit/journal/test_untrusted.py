"""Files of strangers: read when they are files, and nothing is left open when they are not."""

import os
from pathlib import Path

from holdfast.journal.untrusted import read_file


def _open() -> int:
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def test_what_is_no_file_is_not_read_and_leaves_nothing_open(tmp_path: Path) -> None:
    (tmp_path / "folder.md").mkdir()
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "large.md").write_bytes(b"x" * 11)
    before = _open()
    for name in ("folder.md", "pipe.md", "large.md", "none.md", "a\0b"):
        assert read_file(tmp_path / name, 10) is None
    assert _open() == before


def test_a_link_is_followed_only_when_it_may_be(tmp_path: Path) -> None:
    (tmp_path / "file.md").write_text("text")
    (tmp_path / "link.md").symlink_to("file.md")
    assert read_file(tmp_path / "link.md", 10) == b"text"
    assert read_file(tmp_path / "link.md", 10, follow=False) is None
    assert read_file(tmp_path / "file.md", 10, follow=False) == b"text"
