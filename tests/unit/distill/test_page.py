"""The page that lists the rules, held to their table and to what they do."""

import re
from pathlib import Path

import pytest
from tests.unit.distill.happenings import Session

from holdfast.distill.happened import RULES, draw

_PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "drawing.md"
_ROW = re.compile(r"^\| `(\w+/\d)` \| ([^|]+) \| ([^|]+) \|$", re.M)
_ROWS = _ROW.findall(_PAGE.read_text("utf-8"))


def test_the_page_lists_the_rules_as_they_are() -> None:
    assert {rule: what for rule, what, _ in _ROWS} == dict(RULES)


def _session(rule: str, example: str) -> Session:
    session = Session().owner("install what is needed, please").agent("I did.")
    if rule == "failure/1":
        session.bash("npm test", "npm ERR! missing: left-pad@1.3.0", "failed").bash("npm ci", "added 1 package")
        return session.bash("npm test", "3 passing")
    if rule == "choice/1":
        session.agent(
            "Where should the settings be stored?\n1. In a file - next to the data\n2. In the database of the user"
        )
        return session.owner(example)
    if rule in ("learnings/1", "insight/1", "cause/1"):
        return session.owner("go on").agent(example.replace(" / ", "\n")).edit("/r/a.py").bash("make test", "ok")
    return session.owner(example)


@pytest.mark.parametrize(("rule", "example"), [(rule, example) for rule, _, example in _ROWS])
def test_the_example_of_a_rule_is_drawn_by_it(rule: str, example: str) -> None:
    assert [each.rule for each in draw(_session(rule, example).events)] == [rule]
