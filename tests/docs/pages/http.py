"""docs/reference/http.md, out of the table of routes."""

from typing import Any

from pydantic import BaseModel

from holdfast.api.application import DEPTH, VALUES
from holdfast.api.errors import STATUSES
from holdfast.api.gate import BODY_LIMIT, OPEN
from holdfast.api.routes import ROOT, ROUTES, Route
from holdfast.api.server import CONNECTIONS
from holdfast.operations import Takes


def page() -> str:
    lines = [
        "# HTTP",
        "",
        "Closed until asked for: `holdfast serve --tcp`, `holdfast open`, or the setting `http.listen`. Then on",
        "127.0.0.1 alone; the port and the token are in `http.json` in the home folder. How to use it:",
        "[Use the HTTP API](../howto/use-the-http-api.md).",
        "",
        f"All paths begin with `{ROOT}`. The same, as OpenAPI 3.1: `{ROOT}/openapi.json`. Times are Unix milliseconds.",
        "",
        "- Every call brings the token: `Authorization: Bearer TOKEN`, or `X-API-Key: TOKEN`. Only these need none:",
        f"  {', '.join(f'`{path}`' for path in sorted(OPEN))}.",
        "- `Host` is `127.0.0.1`, `localhost` or `[::1]` with the port, `Origin` the same or missing; no CORS.",
        "- What is written is `application/json` in UTF-8; a `POST` without anything to say sends `{}`.",
        f"- A body has at most {BODY_LIMIT // 1024 // 1024} MB, {DEPTH} levels and {VALUES:,} values.",
        f"- {CONNECTIONS} connections are open at a time.",
        "- A `GET` changes nothing. A call about a project names it by `project` (label or number) or `cwd` (a folder",
        "  of it); a question that names none is about all projects.",
        "",
        "## Routes",
        "",
        "| call | what it does | takes | operation |",
        "|---|---|---|---|",
        *(_row(route) for route in ROUTES),
        "",
        "**Bold** is needed. With `GET` it comes in the query, lists as repeated names; else in the body.",
        "",
        "## What the arguments are",
        "",
    ]
    for route in ROUTES:
        told = _told(route)
        if told:
            lines += [f"### {route.method} {route.path}", "", *told, ""]
    lines += [
        "## Failures",
        "",
        'All in one shape, `{"error": {"code", "what", "why", "fix"}}`.',
        "",
        "| status | code | when |",
        "|---|---|---|",
        *(f"| {status} | `{code}` | {meaning} |" for code, (status, meaning) in STATUSES.items()),
        "",
    ]
    return "\n".join(lines)


def _row(route: Route) -> str:
    takes = ", ".join(f"**`{name}`**" if needed else f"`{name}`" for name, needed, _ in _arguments(route))
    operation = f"`{route.operation}`" if route.operation else ""
    return f"| `{route.method} {route.path}` | {route.help} | {takes} | {operation} |"


def _told(route: Route) -> list[str]:
    return [f"- `{name}`: {said}" for name, _, said in _arguments(route)]


def _arguments(route: Route) -> list[tuple[str, bool, str]]:
    """Name, whether it is needed, and what it is."""
    if route.name == "health":
        return [("challenge", False, "hex; the answer's `proof` is its HMAC-SHA-256 under the token")]
    if route.body is not None:
        return _fields(route.body)
    if not (route.reads or route.method in ("POST", "PATCH")):
        return []
    return [(name, takes.needed, _bounded(takes)) for name, takes in route.takes().items()]


def _fields(model: type[BaseModel]) -> list[tuple[str, bool, str]]:
    return [
        (field.serialization_alias or name, field.is_required(), field.description or "as `prompt`")
        for name, field in model.model_fields.items()
    ]


def _bounded(takes: Takes) -> str:
    bounds: list[Any] = [each for each in (takes.least, takes.most) if each is not None]
    said = f"{takes.help}; one of {', '.join(f'`{each}`' for each in takes.among)}" if takes.among else takes.help
    return f"{said} ({' to '.join(f'{each:g}' for each in bounds)})" if len(bounds) == 2 and max(bounds) < 1e9 else said
