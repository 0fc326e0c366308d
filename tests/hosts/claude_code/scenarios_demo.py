"""The recorded session of the demo: a small piece of work in a little repository, as people do it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.hosts.claude_code.driver import ClaudeCode
from tests.hosts.claude_code.scenarios_ui import happened
from tests.hosts.claude_code.script import Json, Reply, call, say, use

PARSE_FIRST = '''\
def parse(text: str) -> int:
	"""The seconds in a duration such as `90s` or `1h30m`."""
	match = re.match(r"(\\d+)([smh])", text)
	if match is None:
		raise ValueError(f"not a duration: {text!r}")
	number, unit = match.groups()
	return int(number) * UNITS[unit]
'''
PARSE_ALL = '''\
def parse(text: str) -> int:
	"""The seconds in a duration such as `90s` or `1h30m`."""
	parts = PART.findall(text)
	if not parts or "".join(number + unit for number, unit in parts) != text:
		raise ValueError(f"not a duration: {text!r}")
	return sum(int(number) * UNITS[unit] for number, unit in parts)
'''
UNITS = 'UNITS = {"s": 1, "m": 60, "h": 3600}\n'
PART = 'PART = re.compile(r"(\\d+)([smh])")\n'
FILES = {
    "durations/__init__.py": f'"""Durations as people write them."""\n\nimport re\n\n{UNITS}\n\n{PARSE_FIRST}',
    "tests/__init__.py": "",
    "tests/test_durations.py": """\
import unittest

from durations import parse


class Durations(unittest.TestCase):
	def test_one_unit(self) -> None:
		self.assertEqual(parse("90s"), 90)

	def test_several_units(self) -> None:
		self.assertEqual(parse("1h30m"), 5400)

	def test_what_is_left_over_is_refused(self) -> None:
		with self.assertRaises(ValueError):
			parse("1h30")
""",
    "CHANGELOG.md": "# Changelog\n\n## 0.1.0\n\n- Durations of one unit.\n",
    "README.md": "# durations\n\nReads `90s`, `5m` and `1h30m`.\n\n    python3 -m unittest\n",
}
FIXED = """\
`parse("1h30m")` gave 3600 because `re.match` reads only the first part, so the minutes were dropped silently.

- `durations/__init__.py`: `parse` now reads every part with one compiled pattern and adds them up; anything left \
over, as in `1h30`, is a `ValueError`.
- I decided against one pattern with optional groups for each unit: it would fix the order of the units, and every \
new unit would need a group of its own.

All three tests pass with `python3 -m unittest`. CHANGELOG.md is untouched, as you asked."""
DAYS = """\
Durations know days now: `parse("2d")` is 172800 and `parse("1d12h")` is 129600.

- `durations/__init__.py`: `d` joins `UNITS`, and the pattern is built from its keys, so that the two cannot differ.
- `tests/test_durations.py`: a test for days, and one that `1w` is refused, with your reason beside it.

All five tests pass. CHANGELOG.md still lacks the line about days, which is yours to write."""


def make_project(folder: Path) -> None:
    """The repository, one commit old, with a test that fails."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "user.name", "u")
    git(folder, "config", "user.email", "u@example.com")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "Durations of one unit")
    git(folder, "remote", "add", "origin", "https://example.com/u/durations.git")


def git(folder: Path, *args: str) -> str:
    return subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True, text=True).stdout


def run(command: str, description: str) -> Json:
    return use("Bash", command=command, description=description)


def demo(claude: ClaudeCode) -> None:
    """Two typed sessions: a bug found and fixed, then a feature that follows from it."""
    allowed = ("--allowedTools", "Bash,Read,Edit,Write")
    claude.env["PYTHONDONTWRITEBYTECODE"] = "1"
    claude.model.script(fixing(claude))
    with claude.interactive(*allowed) as terminal:
        for number, (asked, end) in enumerate(
            (
                ("always use tabs here, and the changelog is written by hand", "leave CHANGELOG"),
                ("the tests of durations fail, find out why and fix it", "as you asked"),
                ("good, commit it", "Committed"),
            )
        ):
            terminal.submit(asked)
            terminal.answered(end)
            happened(claude, "Stop", number + 1)
        terminal.leave()
    claude.model.script(extending(claude))
    with claude.interactive(*allowed) as terminal:
        terminal.submit("durations should know days too. no weeks though: for half of our users a week has five days")
        terminal.answered("yours to write")
        happened(claude, "Stop", 4)
        terminal.leave()


def fixing(claude: ClaudeCode) -> list[Reply]:
    module = str(claude.project / "durations" / "__init__.py")
    return [
        say("Understood: I indent with tabs in this project, and leave CHANGELOG.md to you."),
        call(
            run("git log --oneline | head -5 && ls -R . | head -30", "Look around"),
            use("Read", file_path=module),
            text="I start with the code and the failing test.",
        ),
        call(use("Read", file_path=str(claude.project / "tests" / "test_durations.py"))),
        call(run("make test", "Run the tests")),
        call(
            run("python3 -m unittest 2>&1", "Run the tests with unittest"),
            text="There is no Makefile; the README names unittest.",
        ),
        call(
            use("Edit", file_path=module, old_string=PARSE_FIRST, new_string=PARSE_ALL),
            use("Edit", file_path=module, old_string=UNITS, new_string=UNITS + PART),
            text="`re.match` stops after the first part, so `1h30m` loses its minutes.",
        ).after_thinking("findall over a compiled pattern; what is left over must be refused."),
        call(run("python3 -m unittest 2>&1", "Run the tests again")),
        say(FIXED),
        call(run("git commit -q -am 'Read every part of a duration' && git log --oneline", "Commit")),
        say('Committed as "Read every part of a duration".'),
    ]


def extending(claude: ClaudeCode) -> list[Reply]:
    module = str(claude.project / "durations" / "__init__.py")
    tests = str(claude.project / "tests" / "test_durations.py")
    old_test = '\t\tself.assertEqual(parse("1h30m"), 5400)\n'
    new_test = f"""{old_test}
	def test_days(self) -> None:
		self.assertEqual(parse("1d12h"), 129600)

	def test_weeks_are_refused(self) -> None:
		# For half of the users a week has five days.
		with self.assertRaises(ValueError):
			parse("1w")
"""
    days = 'UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}\n'
    pattern = "PART = re.compile(rf\"(\\d+)([{''.join(UNITS)}])\")\n"
    return [
        call(use("Read", file_path=module), use("Read", file_path=tests)),
        call(
            use("Edit", file_path=module, old_string=UNITS + PART, new_string=days + pattern),
            use("Edit", file_path=tests, old_string=old_test, new_string=new_test),
            text="The pattern and the table must agree, so I build one from the other.",
        ),
        call(run("python3 -m unittest 2>&1 && git diff --stat", "Run the tests")),
        say(DAYS),
    ]
