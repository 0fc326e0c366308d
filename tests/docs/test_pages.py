"""Pages that list what is in a table are made from it; what they link to exists."""

import re
import subprocess
from pathlib import Path

import pytest
from tests.docs.generate import REFERENCE, generated

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    if (ROOT / name).is_file()
)
_LINK = re.compile(r"(?<!`)\[[^\]\n]+\]\(([^)\s]+)\)")


@pytest.mark.parametrize("name", generated())
def test_a_generated_page_is_current(name: str) -> None:
    assert (REFERENCE / name).read_text("utf-8") == generated()[name], "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_links_to_exists(page: Path) -> None:
    for target in _LINK.findall(page.read_text("utf-8")):
        if "://" in target or target.startswith("#"):
            continue
        assert (page.parent / target.partition("#")[0]).exists(), target


_TEST = re.compile(r"`(tests/[\w/.]+\.py)(?:::(\w+))?`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_tests_that_a_page_names_exist(page: Path) -> None:
    for file, name in _TEST.findall(page.read_text("utf-8")):
        assert (ROOT / file).is_file(), file
        assert f"def {name}(" in (ROOT / file).read_text("utf-8") if name else True, f"{file}::{name}"
