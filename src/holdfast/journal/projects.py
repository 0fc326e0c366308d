"""Which project a working folder belongs to: a name, else a remote, else a git folder, else a path.

Nothing is stored or cached here. The rules, and why they are so: docs/explanation/projects.md.
"""

from __future__ import annotations

import ntpath
import os
import posixpath
import re
import stat
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ..guard import safe_name
from .remote import canonical_remote
from .repository import Checkout, git, look, root_commit
from .untrusted import mode_of

__all__ = ["Identity", "continues", "identify", "is_common", "is_shared", "label_of"]

_LABEL = 100
_SHARED = ("/tmp", "/var/tmp")  # noqa: S108  # only compared
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_USER = re.compile(r"\A[^/]*@")
_CREDENTIALS = re.compile(r"\A[^/\\@]*:[^/\\]*@")


@dataclass(frozen=True, slots=True)
class Identity:
    """A project, as it shows on this machine now. All texts are printable.

    key: `name:label`, `remote:github.com/acme/app`, `git:/common/dir`, or `path:/folder`; equal keys, one project.
        "" for a folder that all users share: that is none.
    folder: the top of the checkout, else the folder that the path names; "" when nobody said one.
    hints: weaker names of the same project, `git:…`, `path:…`, `root:<first commit>`. They are no keys: by `continues`
        they tell that a key seen for the first time is a known project that was renamed or given a remote. To be
        recorded anew each time, since a first commit comes after the first session.
    """

    key: str
    label: str
    checkout: Checkout | None
    folder: str
    hints: tuple[str, ...]

    @property
    def worktree(self) -> str | None:
        """The git folder of its working tree, as it can be stored."""
        return safe_name(str(self.checkout.worktree)) if self.checkout else None

    @property
    def specific(self) -> bool:
        """Whether it is one project, not a folder of many (the home folder, a temporary one) or none."""
        if not self.key.startswith("path:"):
            return self.key != ""
        return self.folder != "" and not is_common(Path(self.folder))


def identify(cwd: str, *, named: str | None = None, project_dir: str | None = None) -> Identity:
    """The project of a session that works in `cwd`.

    named: HOLDFAST_PROJECT. project_dir: the folder the host calls the project's (CLAUDE_PROJECT_DIR).
    Never fails: a folder that is gone, belongs to another system or is no folder at all has its path.
    """
    working, hosts = _folder(cwd), _folder(project_dir or "")
    if hosts is not None and is_common(Path(hosts)):
        hosts = None
    checkout = _checkout(working) or _checkout(hosts)
    folder = str(checkout.root) if checkout else hosts or working or ""
    name = label_of(named or "")
    if name:
        return Identity(_stored(f"name:{name.casefold()}"), _stored(name), checkout, _stored(folder), ())
    if checkout is None:
        key = "" if folder and is_shared(Path(folder)) else _stored(f"path:{folder}")
        return Identity(key, _stored(_label_of_folder(folder)), None, _stored(folder), ())
    weaker = [f"git:{checkout.common_dir}", f"path:{checkout.root}"]
    if checkout.remote is None:
        key = weaker.pop(0)
        label = _label_of_repository(checkout.common_dir if checkout.linked else checkout.root)
    elif checkout.remote.startswith("/"):
        key, label = f"git:{checkout.remote}", _label_of_repository(Path(checkout.remote))
    else:
        key, label = f"remote:{checkout.remote}", label_of(checkout.remote)
    if key.startswith("git:"):
        root = root_commit(checkout)
        weaker += [f"root:{root}"] if root else []
    hints = tuple(_stored(hint) for hint in weaker)
    return Identity(_stored(key), _stored(label or "unknown"), checkout, _stored(folder), hints)


def continues(found: Identity, key: str, hints: Collection[str]) -> bool:
    """Whether `found`, whose key is new, is the known project `key` that was last recorded with `hints`.

    So it is when it lies where that project lay, unless another history begins there now; or when neither has a remote,
    both begin with the same commit, and the place of the known one is gone: renamed. While that place is there, the
    two are a copy, a fork or a template's children, and stay apart. If more than one project fits, take none.
    """
    roots = {hint for hint in hints if hint.startswith("root:")}
    if key in found.hints:
        return not roots or bool(roots & _roots(found))
    place = key.removeprefix("git:")
    # An escaped name, or one with something hidden, cannot be looked for: whether it is gone is unknown.
    gone = place != key and "\\" not in place and "[redacted:" not in place and not Path(place).exists()
    return gone and bool(roots.intersection(found.hints))


def _roots(found: Identity) -> set[str]:
    listed = {hint for hint in found.hints if hint.startswith("root:")}
    if not listed and found.checkout is not None:
        listed = {f"root:{root_commit(found.checkout)}"}
    return listed


def label_of(name_or_path: str) -> str:
    """The last part of a name, path or address, at most 100 printable characters; "" when there is none.

    Windows paths are taken apart by the rules of Windows on every system, as codemem does. Credentials go.
    """
    text = unicodedata.normalize("NFC", name_or_path).strip()
    if "://" in text or "@" in text:
        scheme, _, rest = (canonical_remote(text) or text).rpartition("://")
        text = (_USER if scheme else _CREDENTIALS).sub("", rest, count=1)
    if _WINDOWS.match(text) or ("\\" in text and "/" not in text):
        text = ntpath.normpath(text).replace("\\", "/")
    else:
        text = posixpath.normpath(text)
    for part in reversed(text.split("/")):
        label = "".join(character for character in part if character.isprintable()).strip()[:_LABEL].strip()
        if label not in ("", ".", "..", "?"):
            return label
    return ""


def _label_of_folder(folder: str) -> str:
    if folder and folder == str(_home()):
        return "~"
    return label_of(folder) or _printable(folder)[:_LABEL] or "unknown"


def _label_of_repository(place: Path) -> str:
    """A git folder's label is that of the folder it serves: `app/.git`, `app/.bare` and `app.git` are all app."""
    if place.name in (".git", ".bare"):
        place = place.parent
    return label_of(place.name.removesuffix(".git"))


def _folder(text: str) -> str | None:
    """An absolute, real path; None when `text` names no place."""
    if os.name != "nt" and _WINDOWS.match(text):
        path = ntpath.normpath(text).replace("\\", "/")
        return path[:1].upper() + path[1:]
    normal = posixpath.normpath(text.strip()) if text.strip() else "."
    if normal == "." or not Path(text).is_absolute():
        return None if normal == "." else normal
    try:
        return str(Path(text).resolve())
    except (OSError, RuntimeError, ValueError):
        return normal


def _checkout(folder: str | None) -> Checkout | None:
    """The checkout around a folder, if it is one that a person would name.

    A repository at the home folder, above it, or in the temporary folder (dotfiles, a forgotten `git init`) is not
    the project of everything below: it counts at its top, and in folders of which it tracks something.
    """
    checkout = look(folder) if folder else None
    if folder is None or checkout is None or not is_common(checkout.root) or folder == str(checkout.root):
        return checkout
    inside = Path(folder).relative_to(checkout.root).as_posix()
    tracked = git(checkout.root, "rev-parse", "--verify", "--quiet", f"HEAD:{inside}")
    return checkout if tracked else None


def is_common(folder: Path) -> bool:
    """Whether a folder holds projects rather than being one."""
    home = _home()
    temporary = Path(os.environ.get("TMPDIR") or _SHARED[0]).resolve()
    return folder in (home, temporary) or folder in home.parents or is_shared(folder)


def is_shared(folder: Path) -> bool:
    """Whether everybody on this machine may put things into a folder, so that it belongs to no work of one's own."""
    mode = mode_of(folder)
    everybody = bool(mode & stat.S_IWOTH and mode & stat.S_ISVTX)
    return everybody or folder in {Path(name).resolve() for name in _SHARED}


def _home() -> Path:
    try:
        return Path.home().resolve()
    except (OSError, RuntimeError):
        return Path("/")


def _stored(name: str) -> str:
    """A name that can be stored and shown, without secrets."""
    return safe_name(_printable(name))


def _printable(text: str) -> str:
    """`text` with all that a terminal or a database could stumble over escaped, so that it stays distinct."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
