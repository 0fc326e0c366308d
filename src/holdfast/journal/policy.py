"""The file `.holdfast`, by which a repository may ask for less to be kept, and for nothing else."""

import fnmatch
import posixpath
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path

from .untrusted import mode_of, read_file, resolved

__all__ = ["POLICY_BYTES", "POLICY_FILE", "Policy", "read_policy"]

POLICY_FILE = ".holdfast"
POLICY_BYTES = 16 * 1024


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
        real, root = resolved(self.root / lexical), resolved(self.root)
        if real and root:
            ways.add(posixpath.relpath(real, root))
        return any(_covers(glob, way) for way in ways if way.split("/")[0] != ".." for glob in self.ignore)


def read_policy(root: Path) -> Policy:
    """The policy in `.holdfast` at the top of a checkout; what it may not say becomes a warning."""
    file, real_root = resolved(root / POLICY_FILE), resolved(root)
    if file is None or real_root is None or not stat.S_ISREG(mode_of(file)):
        return Policy(root)
    if not file.is_relative_to(real_root):
        return _without(root, "is a link that leaves the repository")
    raw = read_file(file, POLICY_BYTES)
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
