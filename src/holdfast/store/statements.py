"""Named SQL statements, read from the `.sql` files beside this module.

A block begins with `-- name: what_it_does`; everything up to the next block is its statement.
"""

from importlib.resources import files

__all__ = ["STATEMENTS", "parse"]


def parse(source: str) -> dict[str, str]:
    """The statements of one file, by name. Raises ValueError on a name given twice."""
    found: dict[str, str] = {}
    name = None
    for line in source.splitlines():
        if line.startswith("-- name:"):
            name = line.removeprefix("-- name:").strip()
            if name in found:
                raise ValueError(f"statement {name!r} is defined twice")
            found[name] = ""
        elif name is not None and not line.lstrip().startswith("--"):
            found[name] += line + "\n"
    return {name: sql.strip() for name, sql in found.items()}


def _load() -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted(files(__package__).joinpath("sql").iterdir(), key=lambda each: each.name):
        for name, sql in parse(file.read_text("utf-8")).items():
            if name in found:
                raise ValueError(f"statement {name!r} is defined twice")
            found[name] = sql
    return found


STATEMENTS = _load()
