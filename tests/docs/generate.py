"""`python -m tests.docs.generate`: write the generated pages of the reference anew."""

import importlib
import pkgutil
from pathlib import Path

from tests.docs import pages

__all__ = ["REFERENCE", "generated"]

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def generated() -> dict[str, str]:
    """File name below docs/reference -> content, of every page and picture."""
    found: dict[str, str] = {}
    for module in pkgutil.iter_modules(pages.__path__):
        page = importlib.import_module(f"{pages.__name__}.{module.name}")
        found[f"{module.name.replace('_', '-')}.md"] = page.page()
        found |= page.plots() if hasattr(page, "plots") else {}
    return found


if __name__ == "__main__":
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, content in generated().items():
        (REFERENCE / name).write_text(content, "utf-8")
        print(REFERENCE / name)
