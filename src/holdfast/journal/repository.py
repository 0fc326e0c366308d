"""What a folder tells about the repository it lies in, with nothing of that repository being run.

A checkout is read from its files, as gitrepository-layout(5), git-worktree(1) and git-config(1)
describe them: that needs no git, takes less than a millisecond, and leaves a hostile configuration
(`core.fsmonitor`, hooks, filters, aliases, includes) nothing to start. Git itself is asked through
`git` alone, where only git knows: the root commit, and whether the user vouches for a repository
that belongs to somebody else (`safe.directory`).
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .remote import canonical_remote, path_of
from .untrusted import mode_of, read_file, resolved

__all__ = ["Checkout", "ConfigEntry", "config_entries", "git", "look", "root_commit"]


@dataclass(frozen=True, slots=True)
class Checkout:
    """One working tree of a repository (of a bare repository: the repository itself).

    `worktree` is the real path of the working tree's own git folder: unique on this machine, the
    same after `git worktree move`. `remote` is canonical (`github.com/acme/app`); an absolute path
    instead when the repository was cloned from one on this machine that has no remote of its own:
    that one's common folder.
    """

    root: Path
    common_dir: Path
    worktree: str
    remote: str | None
    branch: str | None

    @property
    def linked(self) -> bool:
        """Whether this is an additional working tree, made by `git worktree add`."""
        return self.worktree != str(self.common_dir)


def look(folder: str | Path) -> Checkout | None:
    """The checkout that `folder` lies in; None when there is none, or no such folder any more.

    Also None: a relative name, a `.git` file that points nowhere, and a repository of another
    owner that git, asked, refuses as dubious.
    """
    try:
        start = Path(folder).resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        return None
    if not Path(folder).is_absolute() or not stat.S_ISDIR(mode_of(start)):
        return None
    bare: _Found | None = None
    for place in (start, *start.parents):
        found = _by_dot_git(place)
        if found is not None:
            return _checkout(place, found) if found.common_dir.name else None
        # Bare repositories count only where no working tree is around them: a clone can carry
        # folders that look like one as ordinary files, with a remote of its author's choice.
        bare = bare or _by_layout(place)
    return _checkout(bare.git_dir, bare) if bare else None


def root_commit(checkout: Checkout) -> str | None:
    """The commit that the first-parent history of HEAD begins with, in at most 500 ms.

    None without commits, without git, or in a shallow clone, whose history begins anywhere.
    """
    if mode_of(checkout.common_dir / "shallow"):
        return None
    said = git(checkout.root, "rev-list", "--first-parent", "--max-parents=0", "-n1", "HEAD")
    return said.strip() if said and re.fullmatch(r"[0-9a-f]{40,64}\s*", said) else None


# ------------------------------------------------------------------------------ asking git

# What these print comes from the object store and HEAD. Commands that compare or convert working
# files (status, diff, add, ls-files -m, cat-file --textconv) run the repository's filters, which
# no option turns off, so they are not here.
_SECONDS = 0.5  # that a command may take
_COMMANDS = frozenset({"rev-list", "rev-parse"})
_GUARDS = (
    *("--no-pager", "--no-optional-locks"),
    *("-c", "core.fsmonitor=", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never"),
    *("-c", "credential.helper=", "-c", "core.askPass=", "-c", "core.sshCommand=false"),
)


def git(folder: Path, command: str, *args: str) -> str | None:
    """What one harmless git command prints about the repository at `folder`, or None.

    None stands for every failure: no git, refused, not a repository, or not done in time; then
    all processes it started are killed. ValueError for a command that is not known as harmless.
    """
    if command not in _COMMANDS:
        raise ValueError(f"git {command} may run what a repository configures: not called")
    # A relative entry of PATH would find a program of the repository.
    search = os.environ.get("PATH", os.defpath).split(os.pathsep)
    path = os.pathsep.join(entry for entry in search if Path(entry).is_absolute())
    program = shutil.which("git", path=path)
    if program is None:
        return None
    kept = {name: os.environ[name] for name in ("HOME", "XDG_CONFIG_HOME") if name in os.environ}
    try:
        process = subprocess.Popen(
            [program, "-C", str(folder), *_GUARDS, command, *args],
            cwd="/",
            env=kept
            | {
                "PATH": path,
                "LC_ALL": "C",
                "GIT_CEILING_DIRECTORIES": str(folder.parent),
                "GIT_NO_LAZY_FETCH": "1",
                "GIT_NO_REPLACE_OBJECTS": "1",
                "GIT_OPTIONAL_LOCKS": "0",
                "GIT_PAGER": "cat",
                "GIT_TERMINAL_PROMPT": "0",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError):
        return None
    try:
        said, _ = process.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None
    finally:
        if process.stdout:
            process.stdout.close()
    return said.decode(errors="surrogateescape") if process.returncode == 0 else None


# --------------------------------------------------------------------- reading the layout


class _Found(NamedTuple):
    git_dir: Path
    common_dir: Path


_NOWHERE = _Found(Path(), Path())


def _by_dot_git(place: Path) -> _Found | None:
    """The repository whose working tree begins at `place`; `_NOWHERE` when its link is broken."""
    dot_git = place / ".git"
    if not stat.S_ISREG(mode_of(dot_git)):
        return _by_layout(dot_git)
    text = (read_file(dot_git, 8192) or b"").decode(errors="surrogateescape")
    if not text.startswith("gitdir: "):
        return _NOWHERE
    git_dir = resolved(place / text[8:].rstrip("\r\n"))
    if git_dir is None:
        return _NOWHERE
    found = _by_layout(git_dir)
    if found is None and git_dir.parent.name == "worktrees" and not mode_of(git_dir):
        # Pruned: git forgot this working tree, but where it belonged is still written here.
        main = _by_layout(git_dir.parent.parent)
        found = main and _Found(git_dir, main.common_dir)
    return found or _NOWHERE


def _by_layout(git_dir: Path) -> _Found | None:
    """`git_dir` with its common folder, when the two look like a git folder."""
    if not mode_of(git_dir / "HEAD", follow=False):
        return None
    named = read_file(git_dir / "commondir", 8192)
    text = "." if named is None else named.decode(errors="surrogateescape").rstrip("\r\n")
    real, common = resolved(git_dir), resolved(git_dir / text)
    if real is None or common is None:
        return None
    inside = (mode_of(common / name) for name in ("objects", "refs"))
    return _Found(real, common) if all(map(stat.S_ISDIR, inside)) else None


def _checkout(root: Path, found: _Found) -> Checkout | None:
    places = (root, root / ".git", found.git_dir)
    if not all(map(_own, places)) and git(root, "rev-parse", "--git-dir") is None:
        return None
    return Checkout(
        root=root,
        common_dir=found.common_dir,
        worktree=str(found.git_dir),
        remote=_remote(root, found, set()),
        branch=_branch(found.git_dir),
    )


def _own(path: Path) -> bool:
    """The test of git since CVE-2022-24765: what another user made may have been made for us."""
    try:
        return path.lstat().st_uid == os.geteuid()
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _branch(git_dir: Path) -> str | None:
    head = (read_file(git_dir / "HEAD", 8192) or b"").decode(errors="surrogateescape").strip()
    return head.removeprefix("ref: refs/heads/") if head.startswith("ref: refs/heads/") else None


def _remote(root: Path, found: _Found, seen: set[Path]) -> str | None:
    """The canonical remote: origin, else the only one, else the branch's, else the first by name.

    A remote on this machine counts as long as a repository is there, and then stands for what
    that one stands for: the clone of a clone is the same project. `seen` ends circles.
    """
    seen.add(found.common_dir)
    raw = read_file(found.common_dir / "config", 1024 * 1024)
    urls: dict[str, str] = {}
    of_branch: dict[str, str] = {}
    for entry in config_entries((raw or b"").decode(errors="surrogateescape")):
        if (entry.section, entry.key) == ("remote", "url") and entry.name is not None:
            urls.setdefault(entry.name, entry.value)
        elif (entry.section, entry.key) == ("branch", "remote") and entry.name is not None:
            of_branch[entry.name] = entry.value
    tracked = of_branch.get(_branch(found.git_dir) or "")
    for name in sorted(urls, key=lambda name: (name != "origin", name != tracked, name)):
        remote = canonical_remote(urls[name]) or _remote_here(urls[name], root, seen)
        if remote is not None:
            return remote
    return None


def _remote_here(url: str, root: Path, seen: set[Path]) -> str | None:
    """What a remote that is a path stands for, when a repository is there."""
    text = path_of(url)
    if text is None:
        return None
    for place in (root / text, root / f"{text}.git"):
        real = resolved(place)
        if real is None:
            continue
        target = _by_dot_git(real) or _by_layout(real)
        if target is None or target is _NOWHERE or target.common_dir in seen or len(seen) > 4:
            continue
        mine = all(map(_own, (real, target.git_dir)))
        return (_remote(real, target, seen) if mine else None) or str(target.common_dir)
    return None


class ConfigEntry(NamedTuple):
    """`section` and `key` in lower case; `name` is the part in quotes, None without."""

    section: str
    name: str | None
    key: str
    value: str


_HEADER = re.compile(r'\s*\[([A-Za-z0-9-]+)(?:\.([A-Za-z0-9.-]*)|\s+"((?:[^"\\\n]|\\.)*)")?\]')
_KEY = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]*)[ \t]*(=?)[ \t]*")
_SKIP = re.compile(r"(?:\s|[#;][^\n]*(?:\n|\Z))*")
_PIECE = re.compile(r'\\(?:[ntb"\\\n]|\Z)|"|[#;]|[^\S\n]+|[^\s\\"#;]+|(\n|\Z)')
_COMMENT = re.compile(r"[^\n]*")
_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\b": "\b", '\\"': '"', "\\\\": "\\", "\\\n": "", "\\": ""}


def config_entries(text: str) -> Iterator[ConfigEntry]:
    """The entries of one git config file, in order; the rest from its first error on is left out.

    Includes are not followed: git-config(1) lets them name any file.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    section, name, at = "", None, 0
    while (at := _end(_SKIP, text, at)) < len(text):
        if header := _HEADER.match(text, at):
            section = header[1].lower()
            quoted = header[3]
            # `[section.name]`, the old form, is compared in lower case.
            name = header[2].lower() if header[2] is not None else quoted
            if quoted is not None:
                name = re.sub(r"\\(.)", r"\1", quoted)
            at = header.end()
        elif key := _KEY.match(text, at):
            value, at = _value(text, key.end()) if key[2] else ("", key.end())
            if at < 0:
                return
            yield ConfigEntry(section, name, key[1].lower(), value)
        else:
            return


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int) -> tuple[str, int]:
    """The value that starts at `at`, and where it ends; -1 when it is broken."""
    value: list[str] = []
    blank, quoted = "", False
    while piece := _PIECE.match(text, at):
        part, at = piece[0], piece.end()
        if piece[1] is not None:
            return ("".join(value), at) if not quoted else ("", -1)
        if part == '"':
            quoted = not quoted
        elif part in ("#", ";") and not quoted:
            at = _end(_COMMENT, text, at)
        elif part.isspace() and not quoted:
            blank += part if value else ""
        else:
            value += [each for each in (blank, _ESCAPES.get(part, part)) if each]
            blank = ""
    return "", -1
