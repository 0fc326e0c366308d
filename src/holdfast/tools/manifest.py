"""What the bridge serves without asking the daemon: the table of tools as JSON. `make docs` writes it."""

import json
import sys
from pathlib import Path

from .table import INSTRUCTIONS, PROFILES, TOOLS, schema

__all__ = ["FILE", "rendered"]

FILE = Path(__file__).with_name("manifest.json")


def rendered() -> str:
    """The content of the file: {"instructions", "profiles", "tools"}."""
    shape = {"instructions": INSTRUCTIONS, "profiles": PROFILES, "tools": [schema(tool) for tool in TOOLS.values()]}
    return json.dumps(shape, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    sys.exit(0 if FILE.write_text(rendered(), "utf-8") else 1)
