"""Where a store may lie: a local file system, in a folder of one's own."""

import os
import re
from pathlib import Path

from ..errors import StoreError

__all__ = ["NETWORK_FILE_SYSTEMS", "check_place", "file_system_of", "flush_folder"]

# WAL needs memory shared between processes; over a network it corrupts silently (sqlite.org/wal.html).
NETWORK_FILE_SYSTEMS = frozenset(
    [
        "9p",
        "afpfs",
        "afs",
        "auristorfs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "fuse.ceph",
        "fuse.ceph-fuse",
        "fuse.davfs",
        "fuse.davfs2",
        "fuse.gcsfuse",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.smbnetfs",
        "fuse.sshfs",
        "fuse.vmhgfs-fuse",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "orangefs",
        "prl_fs",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
        "vboxsf",
        "vmhgfs",
        "webdav",
    ]
)


_ESCAPED = re.compile(r"\\([0-7]{3})")  # blanks and the like in /proc/self/mounts


def file_system_of(path: Path, mounts: str = "/proc/self/mounts") -> str | None:
    """The type of the file system that holds `path`, links followed; None where it cannot be told."""
    try:
        lines = Path(mounts).read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return None
    real = os.path.realpath(path)
    best, kind = "", None
    for line in lines:
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        point = _ESCAPED.sub(lambda match: chr(int(match.group(1), 8)), parts[1])
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):  # of two on one point the later one covers the other
            best, kind = point, parts[2]
    return kind


def check_place(path: Path, mounts: str = "/proc/self/mounts") -> None:
    """Raises StoreError when a store at `path` could not be trusted, OSError when its folder cannot be looked into."""
    folder = path.parent
    kind = file_system_of(path, mounts)
    if kind in NETWORK_FILE_SYSTEMS:
        raise StoreError(
            f"{folder} is on a network file system ({kind})",
            why="SQLite's write-ahead log needs memory shared on one machine; over a network it loses data silently",
            fix="point HOLDFAST_HOME at a local disk; use `holdfast export` to carry memories over",
        )
    for place in (folder, path):
        if os.getuid() != 0 and place.exists() and place.stat().st_uid not in (os.getuid(), 0):
            raise StoreError(
                f"{place} belongs to another user",
                why="what you work on would be readable to them",
                fix="point HOLDFAST_HOME at a folder of your own",
            )


def flush_folder(folder: Path) -> None:
    """Make the names in a folder durable, as fsync(2) asks for after a rename."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
