"""The rules of the house, held by tests rather than by memory."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "holdfast"
MODULES = sorted(SOURCE.rglob("*.py"))
_FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
_OF_A_MACHINE = re.compile(r"(?<![\w~.$}])/root/|registry\.npmjs|pypi\.org/simple")


def _names(module: Path) -> str:
    return str(module.relative_to(ROOT))


@pytest.mark.parametrize("module", MODULES, ids=_names)
def test_a_module_is_short_and_named_by_its_noun(module: Path) -> None:
    assert len(module.read_text("utf-8").splitlines()) <= 600
    assert module.stem not in _FORBIDDEN_NAMES


@pytest.mark.parametrize("module", MODULES, ids=_names)
def test_a_module_says_what_it_is_and_what_it_offers(module: Path) -> None:
    tree = ast.parse(module.read_text("utf-8"))
    assert ast.get_docstring(tree), "a module begins with what it is"
    public = [
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"
    ]
    if public and module.name not in ("__main__.py", "bridge.py", "hook.py", "redact.py"):
        assert any(isinstance(node, ast.Assign) and _target(node) == "__all__" for node in tree.body), public


def _target(node: ast.Assign) -> str:
    return node.targets[0].id if isinstance(node.targets[0], ast.Name) else ""


_SQL = re.compile(r"\s*(?:SELECT\s.+\sFROM|INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\b")


def _sql_in(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.match(node.value):
            yield node.value


@pytest.mark.parametrize("module", [each for each in MODULES if "store" not in each.parts], ids=_names)
def test_sql_stays_in_the_store(module: Path) -> None:
    assert list(_sql_in(module)) == []


@pytest.mark.parametrize("name", ["hook", "bridge", "frame", "spool", "launch"])
def test_the_edge_imports_the_standard_library_only(name: str) -> None:
    tree = ast.parse((SOURCE / "edge" / f"{name}.py").read_text("utf-8"))
    for node in ast.walk(tree):
        found = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            found.append(node.module or "")
        for module in found:
            top = module.split(".")[0]
            assert top in sys.stdlib_module_names or top in ("redact", "spool"), f"edge/{name}.py imports {module}"


def test_no_file_holds_a_path_of_the_machine_it_was_made_on_or_a_registrys_address() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    this = Path(__file__).resolve()
    found = []
    for name in filter(None, tracked.split("\0")):
        path = ROOT / name
        if path.resolve() == this or not path.is_file() or path.stat().st_size > 2_000_000:
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{name}: {match.group()}" for match in _OF_A_MACHINE.finditer(text)]
    assert found == []


def test_no_statement_goes_by_two_names() -> None:
    from holdfast.store.statements import STATEMENTS

    named: dict[str, list[str]] = {}
    for name, sql in STATEMENTS.items():
        plain = re.sub(r":\w+", ":", re.sub(r"--[^\n]*", "", sql))
        named.setdefault(" ".join(plain.lower().split()).rstrip("; "), []).append(name)
    assert [names for names in named.values() if len(names) > 1] == []


def test_every_statement_is_used() -> None:
    from holdfast.store.statements import STATEMENTS

    code = "\n".join(module.read_text("utf-8") for module in MODULES)
    made = tuple(re.findall(r'f"(\w+_)\{', code))  # names put together from a beginning and a table
    unused = [name for name in STATEMENTS if f'"{name}"' not in code and not name.startswith(made)]
    assert unused == []
