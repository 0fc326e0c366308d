"""What a folder tells about the repository it lies in, with nothing of that repository being run.

A checkout is read from its files, as gitrepository-layout(5), git-worktree(1) and git-config(1)
describe them: that needs no git, takes less than a millisecond, and leaves a hostile configuration
(`core.fsmonitor`, hooks, filters, aliases, includes) nothing to start. Git itself is asked through
`git` alone, where only git knows: the root commit, and whether the user vouches for a repository
that belongs to somebody else (`safe.directory`).

The second half is the `.holdfast` file, by which a repository may ask for less to be kept.
"""

from __future__ import annotations

import fnmatch
import os
import posixpath
import re
import shutil
import signal
import stat
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

POLICY_FILE = ".holdfast"
POLICY_BYTES = 16 * 1024


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
    if not Path(folder).is_absolute() or not stat.S_ISDIR(_mode(start)):
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
    if _mode(checkout.common_dir / "shallow"):
        return None
    said = git(checkout.root, "rev-list", "--first-parent", "--max-parents=0", "-n1", "HEAD")
    return said.strip() if said and re.fullmatch(r"[0-9a-f]{40,64}\s*", said) else None


# ------------------------------------------------------------------------------ asking git

# What these print comes from the object store and HEAD. Commands that compare or convert working
# files (status, diff, add, ls-files -m, cat-file --textconv) run the repository's filters, which
# no option turns off, so they are not here.
_COMMANDS = frozenset({"rev-list", "rev-parse"})
_GUARDS = (
    *("--no-pager", "--no-optional-locks"),
    *("-c", "core.fsmonitor=", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never"),
    *("-c", "credential.helper=", "-c", "core.askPass=", "-c", "core.sshCommand=false"),
)


def git(folder: Path, command: str, *args: str, seconds: float = 0.5) -> str | None:
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
        said, _ = process.communicate(timeout=seconds)
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
    if not stat.S_ISREG(_mode(dot_git)):
        return _by_layout(dot_git)
    text = (_read(dot_git, 8192) or b"").decode(errors="surrogateescape")
    if not text.startswith("gitdir: "):
        return _NOWHERE
    git_dir = _resolved(place / text[8:].rstrip("\r\n"))
    if git_dir is None:
        return _NOWHERE
    found = _by_layout(git_dir)
    if found is None and git_dir.parent.name == "worktrees" and not _mode(git_dir):
        # Pruned: git forgot this working tree, but where it belonged is still written here.
        main = _by_layout(git_dir.parent.parent)
        found = main and _Found(git_dir, main.common_dir)
    return found or _NOWHERE


def _by_layout(git_dir: Path) -> _Found | None:
    """`git_dir` with its common folder, when the two look like a git folder."""
    if not _mode(git_dir / "HEAD", follow=False):
        return None
    named = _read(git_dir / "commondir", 8192)
    text = "." if named is None else named.decode(errors="surrogateescape").rstrip("\r\n")
    real, common = _resolved(git_dir), _resolved(git_dir / text)
    if real is None or common is None:
        return None
    inside = (_mode(common / name) for name in ("objects", "refs"))
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
    head = (_read(git_dir / "HEAD", 8192) or b"").decode(errors="surrogateescape").strip()
    return head.removeprefix("ref: refs/heads/") if head.startswith("ref: refs/heads/") else None


def _remote(root: Path, found: _Found, seen: set[Path]) -> str | None:
    """The canonical remote: origin, else the only one, else the branch's, else the first by name.

    A remote on this machine counts as long as a repository is there, and then stands for what
    that one stands for: the clone of a clone is the same project. `seen` ends circles.
    """
    seen.add(found.common_dir)
    raw = _read(found.common_dir / "config", 1024 * 1024)
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
    text = unquote(url[7:]) if url.startswith("file://") else url
    if not text or "://" in text or _SCP.fullmatch(text) or not text.isprintable():
        return None
    for place in (root / text, root / f"{text}.git"):
        real = _resolved(place)
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
    value, blank, quoted = "", "", False
    while piece := _PIECE.match(text, at):
        part, at = piece[0], piece.end()
        if piece[1] is not None:
            return (value, at) if not quoted else ("", -1)
        if part == '"':
            quoted = not quoted
        elif part in ("#", ";") and not quoted:
            at = _end(_COMMENT, text, at)
        elif part.isspace() and not quoted:
            blank += part if value else ""
        else:
            value, blank = value + blank + _ESCAPES.get(part, part), ""
    return "", -1


def _mode(path: Path, *, follow: bool = True) -> int:
    """The mode of a file, 0 when there is none that we may see."""
    try:
        return path.stat(follow_symlinks=follow).st_mode
    except (OSError, ValueError):
        return 0


def _resolved(path: Path) -> Path | None:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return None


def _read(path: Path, limit: int) -> bytes | None:
    """A regular file of at most `limit` bytes. A pipe or a device would hold us up for ever."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (OSError, ValueError):
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        try:
            content = file.read(limit + 1)
        except OSError:
            return None
    return content if len(content) <= limit else None


# ------------------------------------------------------------------------ canonical remotes

_PORTS = {
    "https": 443,
    "git+https": 443,
    "http": 80,
    "git+http": 80,
    "ssh": 22,
    "git+ssh": 22,
    "ssh+git": 22,
    "git": 9418,
}
_FOLDED = frozenset({"github.com", "gitlab.com", "bitbucket.org", "codeberg.org"})
_SSH_OVER_443 = {
    "ssh.github.com:443": "github.com",
    "altssh.gitlab.com:443": "gitlab.com",
    "altssh.bitbucket.org:443": "bitbucket.org",
}
# [user[:password]@]host:path, where no slash stands before the colon (git-clone(1)).
_SCP = re.compile(r"(?:[^/]*@)?(\[[0-9A-Fa-f:.]+\]|[^:/@\[\]]{2,}):(?!:)(.*)", re.DOTALL)
# user:password@host/path, which git takes for a path on a host `user`.
_NO_SCHEME = re.compile(r"[^/]*:[^/]+@(?=[^/:@]+(?:/|\Z))")
_HELPER = re.compile(r"([A-Za-z0-9]+)::")


def canonical_remote(url: str) -> str | None:
    """`host/path`, the same for all spellings of an address; None when it names no other machine.

    No scheme (but one that only a helper knows stays: `codecommit://app`), no user, no password,
    no query, no default port, no `.git`. Paths of the big public hosts are compared in lower case,
    as those hosts do.
    """
    url = url.strip()
    if helper := _HELPER.match(url):
        url = url[helper.end() :] if helper[1] not in ("ext", "fd") else ""
        if "://" not in url:
            return None
    if hidden := "://" not in url and _NO_SCHEME.match(url):
        url = f"ssh://{url[hidden.end() :]}"
    if not url.isprintable():
        return None
    if "://" in url:
        return _of_url(url)
    scp = _SCP.fullmatch(url)
    return _joined(scp[1], scp[2]) if scp else None


def _of_url(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if not host or scheme == "file":
        return None
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _PORTS.get(scheme):
        host = f"{host}:{port}"
    joined = _joined(host, unquote(parts.path))
    return joined if scheme in _PORTS else f"{scheme}://{joined or host}"


def _joined(host: str, path: str) -> str | None:
    host = host.lower().removeprefix("www.")
    host = _SSH_OVER_443.get(host, host).rstrip(".")
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    if parts and parts[-1].endswith(".git"):
        parts[-1:] = [parts[-1][:-4]] if len(parts[-1]) > 4 else []
    joined = "/".join(parts)
    if host in _FOLDED:
        joined = joined.lower()
    return f"{host}/{joined}" if host and joined and joined.isprintable() else None


# --------------------------------------------------------------------- the file `.holdfast`


@dataclass(frozen=True, slots=True)
class Policy:
    """What a repository asks not to be done with it. It can only reduce.

    `ignore` are globs as in gitignore(5), without negation, compared without regard to case;
    what lies below a folder that matches is ignored too. `warnings` are sentences for the user.
    """

    root: Path
    capture: bool = True
    inject: bool = True
    ignore: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def ignores(self, path: str) -> bool:
        """Whether the contents of `path` (absolute, or relative to the root) are not to be kept."""
        if not self.ignore:
            return False
        lexical = posixpath.normpath(path.replace("\\", "/"))
        ways = {posixpath.relpath(posixpath.join(self.root, lexical), self.root)}
        # Through a link, an ignored file has a second name.
        real, root = _resolved(self.root / lexical), _resolved(self.root)
        if real and root:
            ways.add(posixpath.relpath(real, root))
        return any(_covers(glob, way) for way in ways if way.split("/")[0] != ".." for glob in self.ignore)


def read_policy(root: Path) -> Policy:
    """The policy in `.holdfast` at the top of a checkout; what it may not say becomes a warning."""
    file, real_root = _resolved(root / POLICY_FILE), _resolved(root)
    if file is None or real_root is None or not stat.S_ISREG(_mode(file)):
        return Policy(root)
    if not file.is_relative_to(real_root):
        return _without(root, "is a link that leaves the repository")
    raw = _read(file, POLICY_BYTES)
    if raw is None:
        return _without(root, f"cannot be read, or is larger than {POLICY_BYTES // 1024} KB")
    try:
        said = tomllib.loads(raw.decode("utf-8-sig").replace("\r\n", "\n"))
    except (ValueError, RecursionError):
        return _without(root, "is not valid TOML")
    warnings: list[str] = []
    switches = {"capture": True, "inject": True}
    ignore: list[str] = []
    for key, value in said.items():
        if key in switches and isinstance(value, bool):
            switches[key] = value
        elif key in switches:
            warnings.append(f"{POLICY_FILE}: {key} must be true or false; it is ignored.")
        elif key == "ignore":
            globs = value if isinstance(value, list) else [value]
            ignore = [glob for glob in globs if _is_glob(glob)][:200]
            if len(ignore) < len(globs):
                warnings.append(
                    f"{POLICY_FILE}: {len(globs) - len(ignore)} of {len(globs)} entries of ignore "
                    "cannot be used (a path inside the repository, no '!', no '..') and are ignored."
                )
        else:
            warnings.append(f"{POLICY_FILE}: {key[:40]!a} cannot be set by a repository; it is ignored.")
    return Policy(root, switches["capture"], switches["inject"], tuple(ignore), tuple(warnings))


def _without(root: Path, why: str) -> Policy:
    return Policy(root, warnings=(f"{POLICY_FILE} {why}; nothing of it is applied.",))


def _is_glob(glob: object) -> bool:
    return (
        isinstance(glob, str)
        and len(glob) <= 500
        and not glob.startswith("!")
        and glob.strip("/") != ""
        and ".." not in glob.split("/")
    )


def _covers(glob: str, path: str) -> bool:
    """Whether a glob matches a path or a folder above it, in time linear in both."""
    pieces = glob.casefold().strip("/").split("/")
    if "/" not in glob.rstrip("/"):
        pieces.insert(0, "**")
    parts = path.casefold().split("/")
    reached = {0}
    for piece in pieces:
        if piece == "**":
            reached = set(range(min(reached), len(parts) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(parts) and fnmatch.fnmatchcase(parts[at], piece)}
        if not reached:
            return False
    return True
