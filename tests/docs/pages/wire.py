"""docs/reference/wire.md, out of the module that speaks it."""

import inspect

from holdfast.edge import frame, hook
from holdfast.operations import OPERATIONS


def page() -> str:
    lines = [
        "# The wire",
        "",
        inspect.cleandoc(frame.__doc__ or ""),
        "",
        f"A header has at most {frame.HEADER_LIMIT:,} bytes, a body {frame.BODY_LIMIT:,}.",
        "",
        "## What the hook client tells of its environment",
        "",
        *(f"- `{name.decode()}`" for name in hook.ENVIRONMENT),
        "",
        "## Operations",
        "",
        "With `host=cli`, the event names an operation and the body is a JSON object of its arguments. The answer is",
        '`{"ok": …}` or `{"error": {"code", "what", "why", "fix"}}`.',
        "",
        "| operation | what it does |",
        "|---|---|",
        *(f"| `{name}` | {operation.help} |" for name, operation in sorted(OPERATIONS.items())),
        "",
    ]
    return "\n".join(lines)
