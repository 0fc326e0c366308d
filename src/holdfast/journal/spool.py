"""Frames that hooks had to keep on disk: read oldest first, removed once they are in the journal."""

import contextlib
from dataclasses import replace
from pathlib import Path

from ..edge.frame import Frame, parse_header

__all__ = ["Spool"]

_ABANDONED = 3_600.0  # seconds


class Spool:
    """The spool folder of a home."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def waiting(self) -> list[Path]:
        """The kept frames, oldest first."""
        with contextlib.suppress(OSError):
            return sorted(path for path in self._folder.iterdir() if path.suffix == ".frame")
        return []

    def frame(self, path: Path) -> Frame | None:
        """A kept frame; None for one that cannot be read. Raises FileNotFoundError when it is gone meanwhile."""
        try:
            head, _, body = path.read_bytes().partition(b"\n")
        except IsADirectoryError:
            return None
        frame = parse_header(head)
        return None if frame is None else replace(frame, body=body)

    def done(self, path: Path) -> None:
        """Remove a frame that is in the journal."""
        path.unlink(missing_ok=True)

    def set_aside(self, path: Path) -> None:
        """Keep a frame that cannot be taken where it holds up nobody; `status` counts these."""
        with contextlib.suppress(OSError):
            path.rename(path.with_suffix(".failed"))

    def sweep(self, now: float) -> int:
        """Remove what a hook began and could not finish (a full disk, a kill) an hour ago or longer; how many.

        now: Unix seconds. Whoever was writing it has given up long since, and its host was told nothing.
        """
        removed = 0
        with contextlib.suppress(OSError):
            for path in self._folder.iterdir():
                if path.suffix == ".part" and now - path.stat().st_mtime > _ABANDONED:
                    path.unlink(missing_ok=True)
                    removed += 1
        return removed
