"""One form for the many ways to write the address of a remote repository; credentials never survive it."""

import re
from urllib.parse import unquote, urlsplit

__all__ = ["canonical_remote", "path_of"]

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


def path_of(url: str) -> str | None:
    """The path that a remote names on this machine; None for an address of any other kind."""
    text = unquote(url[7:]) if url.startswith("file://") else url
    return None if not text or "://" in text or _SCP.fullmatch(text) or not text.isprintable() else text


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
