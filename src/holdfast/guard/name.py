"""Names – of folders, branches, remotes, sessions – as they may be stored: without secrets, and still distinct."""

import functools
import hashlib

from .redact import redact

__all__ = ["safe_name"]


@functools.lru_cache(maxsize=10_000)
def safe_name(name: str) -> str:
    """The name without secrets. Two names that differ stay two: a few signs of a hash stand for what was hidden."""
    kept = redact(name)
    if kept == name:
        return name
    return f"{kept}~{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"
