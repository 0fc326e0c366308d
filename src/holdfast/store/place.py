"""Where a store may lie: a local file system, in a folder of one's own."""

import os
from pathlib import Path

from ..errors import StoreError

__all__ = ["NETWORK_FILE_SYSTEMS", "check_place", "file_system_of"]

# WAL needs memory shared between processes; over a network it corrupts silently (sqlite.org/wal.html).
NETWORK_FILE_SYSTEMS = frozenset(
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
        "afs",
        "ncpfs",
        "9p",
        "ceph",
        "glusterfs",
        "lustre",
        "fuse.sshfs",
        "fuse.s3fs",
        "fuse.rclone",
        "webdav",
    ]
)


def file_system_of(path: Path, mounts: str = "/proc/self/mounts") -> str | None:
    """The type of the file system that holds `path`; None where it cannot be told."""
    try:
        lines = Path(mounts).read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    real = os.path.realpath(path)
    best, kind = "", None
    for line in lines:
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        point = parts[1].encode().decode("unicode_escape")
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, parts[2]
    return kind


def check_place(path: Path) -> None:
    """Raises StoreError when a store at `path` could not be trusted."""
    folder = path.parent
    kind = file_system_of(folder)
    if kind in NETWORK_FILE_SYSTEMS:
        raise StoreError(
            f"{folder} is on a network file system ({kind})",
            why="SQLite's write-ahead log needs memory shared on one machine; over a network it loses data silently",
            fix="point HOLDFAST_HOME at a local disk; use `holdfast export` to carry memories over",
        )
    if folder.is_dir() and folder.stat().st_uid not in (os.getuid(), 0) and os.getuid() != 0:
        raise StoreError(
            f"{folder} belongs to another user",
            why="what you work on would be readable to them",
            fix="point HOLDFAST_HOME at a folder of your own",
        )
