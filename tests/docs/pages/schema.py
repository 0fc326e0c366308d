"""docs/reference/schema.md, out of the migrations."""

import re

from holdfast.journal.events import KINDS
from holdfast.store.database import APPLICATION_ID, SCHEMA_VERSION, migrations


def page() -> str:
    lines = [
        "# Schema",
        "",
        f"One SQLite file, `holdfast.db`; schema version {SCHEMA_VERSION} (`user_version`), application id",
        f"`{APPLICATION_ID:#x}`. The log and the journal are the truth; memories, registers, evidence and the search",
        "indexes are projections of them. Times are Unix milliseconds, ids of other devices are 16 bytes.",
        "",
        "Read it, if you like, with any SQLite; write it only through holdfast.",
        "",
        "## Kinds of events",
        "",
        "| kind | what it is |",
        "|---|---|",
        *(f"| `{kind}` | {what} |" for kind, what in KINDS.items()),
        "",
    ]
    for number, sql in migrations():
        lines += [f"## Migration {number:04}", "", "```sql", re.sub(r"\n{3,}", "\n\n", sql.strip()), "```", ""]
    return "\n".join(lines)
