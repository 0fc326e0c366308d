"""The table of documented features and the tests that show them are held together."""

import ast
import fnmatch
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.documented.requirement import later, together
from tests.requirements import REQUIREMENTS, Requirement

HERE = Path(__file__).parent


def names_in(file: Path) -> list[str]:
    tree = ast.parse(file.read_text("utf-8"))
    found = [
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    machines = [
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.startswith("Test")
    ]
    return found + machines


def marked_in(file: Path) -> Iterator[tuple[str, str]]:
    """(a feature that a test says it shows, the test's name)."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.requirement":
                yield from ((ast.literal_eval(each), node.name) for each in decorator.args)


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_a_documented_feature_is_shown_or_its_absence_is_explained(name: str) -> None:
    requirement: Requirement = REQUIREMENTS[name]
    assert requirement.says
    if requirement.later:
        assert not requirement.tests, "what exists is not for later"
    else:
        assert requirement.tests or requirement.deviation


@pytest.mark.parametrize("name", [name for name, each in REQUIREMENTS.items() if each.tests])
def test_the_tests_that_a_feature_names_exist(name: str) -> None:
    for each in REQUIREMENTS[name].tests:
        file, _, pattern = each.partition("::")
        assert (HERE / file).is_file(), f"{file} does not exist"
        assert fnmatch.filter(names_in(HERE / file), pattern), f"no test of {file} is called {pattern}"


def test_each_line_is_told_once() -> None:
    said = [each.says for each in REQUIREMENTS.values()]

    assert sorted(each for each in said if said.count(each) > 1) == []
    with pytest.raises(ValueError, match="told twice: a:b"):
        together({"a:b": later("a line", "a part")}, {"a:b": later("another line", "a part")})


def test_a_test_that_says_what_it_shows_is_named_by_the_table() -> None:
    unknown = []
    for file in sorted(HERE.rglob("test_*.py")):
        for name, test in marked_in(file):
            told = REQUIREMENTS[name].tests if name in REQUIREMENTS else ()
            place = f"{file.relative_to(HERE)}::{test}"
            if not any(fnmatch.fnmatch(place, each) for each in told):
                unknown.append((name, place))
    assert unknown == []
