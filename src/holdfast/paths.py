"""Where holdfast keeps its files: one folder, `~/.holdfast`, moved by HOLDFAST_HOME."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from .errors import Refused, StoreError, Unavailable

__all__ = ["FILES", "Home"]

# name in the folder -> what it is (the files page of the reference is made from this table)
FILES = {
    "holdfast.db": "the store: one SQLite file (with `-wal` and `-shm` while the daemon runs)",
    "key": "the key to sealed secrets, unless HOLDFAST_KEY or the keyring has it; no copy of the store holds it",
    "key.given": "says that the key comes from HOLDFAST_KEY, so that a daemon without it makes none; it holds no key",
    "key.next": "the next key, while one takes the other's place",
    "config.toml": "your settings, where they differ from the defaults",
    "socket": "the Unix socket on which the daemon listens; readable by you only",
    "http.json": "while HTTP is open: its address and the token that lets one in; readable by you only",
    "http.token": "with `http.listen`: the token that stays the same from one opening to the next",
    "lock": "held by the daemon for life; names its process",
    "bin/hook": "the launcher that hosts call; rewritten by each daemon that finds it outdated",
    "bin/hook.py": "the hook client, which the launcher loads",
    "bin/spool.py": "what the launcher loads when it must keep an event on disk",
    "bin/redact.py": "the rules that hide secrets, for the launcher",
    "bin/bridge": "what agent programs call for holdfast's tools (MCP)",
    "bin/bridge.py": "the bridge between MCP and the daemon",
    "bin/holdfast": "the command line, for what the plugin's own commands run",
    "bin/tools.json": "the tools that the bridge offers",
    "spool/": "events that no daemon could take yet, one file each, already guarded",
    "backups/": "copies of the store",
    "hosts/": "the plugin that Claude Code loads",
    "log": "what the daemon has to say; kept under 1 MB",
}

_BESIDE = ("holdfast.db", "holdfast-", "config.toml", ".config.toml", "key.", "log")  # by repairs and cut writes
_MARKS = ("holdfast.db", "bin/hook", "bin/hook.py", "hosts/claude-code", "key.given")  # no other program's
_ELSEWHERE = "point HOLDFAST_HOME at a folder that is empty, or not there yet"


@dataclass(frozen=True, slots=True)
class Home:
    """The folder and the files in it."""

    folder: Path

    @classmethod
    def find(cls) -> "Home":
        """HOLDFAST_HOME, else `~/.holdfast`. Raises StoreError when neither can be."""
        named = os.environ.get("HOLDFAST_HOME")
        if named:
            folder = Path(named).expanduser()
            if not folder.is_absolute():
                raise StoreError(
                    f"HOLDFAST_HOME is {named}, which is another folder wherever you stand",
                    why="what is kept would be scattered", fix="begin it with / or ~",
                )  # fmt: skip
            return cls(folder)
        home = os.environ.get("HOME")
        if not home or not os.path.lexists(home):
            raise StoreError(
                "there is no home folder", why=f"HOME is {home}, which is not there" if home else "HOME is not set",
                fix="set HOLDFAST_HOME to a folder",
            )  # fmt: skip
        return cls(Path(home).absolute() / ".holdfast")

    @property
    def store(self) -> Path:
        return self.folder / "holdfast.db"

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def socket(self) -> Path:
        return self.folder / "socket"

    @property
    def http(self) -> Path:
        return self.folder / "http.json"

    @property
    def http_token(self) -> Path:
        return self.folder / "http.token"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    @property
    def spool(self) -> Path:
        return self.folder / "spool"

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    @property
    def hosts(self) -> Path:
        return self.folder / "hosts"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def check(self) -> None:
        """Raises Refused when the folder is not ours to use, and Unavailable when it is there and its user cannot enter
        or read it, with what lets him in."""
        for folder in (*reversed(self.folder.parents), self.folder):
            if not folder.is_dir():
                if os.path.lexists(folder):
                    what = "a link that leads nowhere" if folder.is_symlink() else "a file"
                    raise Refused(f"{folder} is {what}, not a folder", why="holdfast's home is a folder",
                                  fix=_ELSEWHERE)  # fmt: skip
                return  # what is not there can be made
            if os.access(folder, os.X_OK) and (folder != self.folder or os.access(folder, os.R_OK | os.W_OK)):
                continue
            raise _closed(folder)
        self._refuse_anothers()

    def foreign(self) -> list[str]:
        """The names in the folder that are not ours."""
        ours = {name.split("/")[0] for name in FILES}
        return sorted(
            path.name
            for path in self.folder.iterdir()
            if path.name not in ours and (path.is_dir() or not path.name.startswith(_BESIDE))
        )

    def _refuse_anothers(self) -> None:
        """HOLDFAST_HOME may name any folder: one that was there before us, for something else, is left as it is."""
        if self.folder.name == ".holdfast" or any(os.path.lexists(self.folder / mark) for mark in _MARKS):
            return
        if foreign := self.foreign():
            some = ", ".join(foreign[:3]) + (", …" if len(foreign) > 3 else "")
            raise Refused(f"{self.folder} is not a home of holdfast", why=f"it holds something else: {some}",
                          fix=_ELSEWHERE)  # fmt: skip
        if self.folder.stat().st_mode & stat.S_ISVTX:
            raise Refused(f"{self.folder} is no folder of your own", why="every user can write there", fix=_ELSEWHERE)

    def make(self) -> None:
        """Create the folder, for its owner's eyes only. Raises Refused when it is there, and is not a home of ours."""
        self.check()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.folder.stat().st_uid == os.getuid():
            self.folder.chmod(0o700)


def _closed(folder: Path) -> Unavailable:
    import shlex  # heavy, and hardly ever needed

    status = folder.stat()
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return Unavailable(
            f"{folder} cannot be written", why="it is on a read-only file system",
            fix="make that writable (mount -o remount,rw), or point HOLDFAST_HOME elsewhere",
        )  # fmt: skip
    mine = status.st_uid == os.getuid()
    return Unavailable(
        f"{folder} cannot be entered",
        why=f"its mode is {status.st_mode & 0o777:03o}" + ("" if mine else "; it belongs to another user"),
        fix=f"chmod u+rwx {shlex.quote(str(folder))}" if mine else "point HOLDFAST_HOME elsewhere",
    )
