"""Where holdfast keeps its files: one folder, `~/.holdfast`, moved by HOLDFAST_HOME."""

import os
from dataclasses import dataclass
from pathlib import Path

from .errors import StoreError, Unavailable

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


@dataclass(frozen=True, slots=True)
class Home:
    """The folder and the files in it."""

    folder: Path

    @classmethod
    def find(cls) -> "Home":
        """HOLDFAST_HOME, else `~/.holdfast`. Raises StoreError when neither can be."""
        named = os.environ.get("HOLDFAST_HOME")
        if named:
            return cls(Path(named).expanduser().absolute())
        home = os.environ.get("HOME")
        if not home:
            raise StoreError("there is no home folder", why="HOME is not set", fix="set HOLDFAST_HOME to a folder")
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
        """Raises Unavailable when the folder is there and its user cannot enter or read it, with what lets him in."""
        for folder in (*reversed(self.folder.parents), self.folder):
            if not folder.is_dir():  # what is not there can be made
                return
            if os.access(folder, os.X_OK) and (folder != self.folder or os.access(folder, os.R_OK | os.W_OK)):
                continue
            import shlex  # heavy, and hardly ever needed

            mine = folder.stat().st_uid == os.getuid()
            raise Unavailable(
                f"{folder} cannot be entered",
                why=f"its mode is {folder.stat().st_mode & 0o777:03o}"
                + ("" if mine else "; it belongs to another user"),
                fix=f"chmod u+rwx {shlex.quote(str(folder))}" if mine else "point HOLDFAST_HOME elsewhere",
            )

    def make(self) -> None:
        """Create the folder, for its owner's eyes only."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.folder.stat().st_uid == os.getuid():
            self.folder.chmod(0o700)
