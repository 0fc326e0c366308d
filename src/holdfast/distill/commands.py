"""Shell commands as rules see them: what was run, whether it failed, and which line tells why."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from .event import Happened

__all__ = ["Run", "command_of", "commits_of", "failed", "passed", "runs_of", "telling_line"]

_LOOKED_AT = 1_000  # characters of a command
_OUTPUT = 8_000  # characters of its output
_MOST_RUNS = 8  # programs of a command line
_PART = 300  # characters of one
# Blanks around a part are stripped from it, not looked for here: a long row of them would be searched again and again.
_PARTS = re.compile(r"&&|\|\||;|\n|\|")
_NOISE = re.compile(r"\d?>&\d|&>\s*\S+|\d?>{1,2}\s*\S+|<<.*\Z", re.S)
_BEFORE = re.compile(
    r"^(?:(?:sudo|time|env|exec|nice|command|timeout\s+\S+|(?:uv|poetry|pipenv|pdm|hatch|rye)\s+run|bundle\s+exec|npx"
    r"|bunx|pnpm\s+exec"
    r"|yarn\s+dlx|\w+=\S*)\s+)+"
)
_PATH = re.compile(r"^(?:\S*/)?(?=[\w.-]+(?:\s|$))")
# What checks a code base, named by program and verb.
_CHECKS = re.compile(
    r"""^(?P<name>
        go\ (?:test|build|vet|generate|run) | cargo\ (?:test|build|check|clippy|run|nextest\ run)
      | (?:npm|pnpm|yarn|bun)\ (?:run\ )?(?:[\w:.-]{0,40}?(?:test|build|lint|check|types?|tsc|format|fmt|e2e
      |compile)[\w:.-]{0,40}|ci|install)
      | (?:make|gmake|just|task|rake|tox|nox|invoke|mise\ run|mise|moon\ run|nx|turbo(?:\ run)?|earthly)(?=\ [\w+]|$)
      | python[\d.]*\ -m\ (?:pytest|unittest|mypy|compileall|build|ruff|flake8|pylint|pyright|tox|nox)
      | python[\d.]*\ manage\.py\ (?:test|check|migrate)
      | pytest | mypy | pyright | ruff(?:\ check|\ format)? | flake8 | pylint | black | eslint | tsc | vue-tsc
      | jest | vitest(?:\ run)? | mocha
      | playwright\ test | cypress\ run | prettier | biome\ (?:check|ci|lint)
      | (?:gradle|gradlew|mvn|mvnw|sbt|lein|ant) | dotnet\ (?:test|build|run) | swift\ (?:test|build) | xcodebuild
      | rspec | rubocop | rails\ test | phpunit | phpstan | composer\ (?:test|install) | mix\ (?:test|compile|credo)
      | ctest | cmake | ninja | meson\ test | bazel\ (?:test|build) | golangci-lint\ run | gofmt | shellcheck | hadolint
      | terraform\ (?:plan|validate|apply) | helm\ lint | docker\ (?:build|compose\ (?:up|build)) | alembic\ \w+
    )(?:\s|$)""",
    re.X,
)
_SCRIPT = re.compile(
    r"^(?:bash |sh |\./|python[\d.]* )\S{0,120}?(?:test|check|build|lint|verify|ci)[\w.-]{0,40}(?:\s|$)"
)
_TRIVIAL = re.compile(
    r"^(?:ls|cat|grep|rg|ag|find|fd|cd|test|\[|which|type|git|gh|glab|curl|wget|mkdir|rmdir|sed|awk|echo|printf|kill"
    r"|pkill|sleep|diff|head"
    r"|tail|wc|rm|cp|mv|touch|tree|stat|file|jq|yq|ps|export|source|\.|true|false|for|while|if|sort|xargs|tee|pwd"
    r"|lsof|ssh|du|df"
    r"|command|until|case|set)\b"
)


@dataclass(frozen=True, slots=True)
class Run:
    """One program of a command line. check: tests, builds or looks over a code base; name: program and verb."""

    name: str
    arguments: tuple[str, ...]
    check: bool

    def covers(self, other: "Run") -> bool:
        """Whether it runs at least what the other ran: the same, or without what narrowed the other down."""
        if self.name != other.name:
            return False
        mine, theirs = _narrowing(self.arguments), _narrowing(other.arguments)
        return set(mine) <= set(theirs)


def _narrowing(arguments: tuple[str, ...]) -> tuple[str, ...]:
    quiet = {
        "-v",
        "-vv",
        "-q",
        "--verbose",
        "-x",
        "--tb=short",
        "-count=1",
        "--color=never",
        "-s",
        "--no-cache",
        "./...",
    }
    return tuple(each for each in arguments if each not in quiet)


def command_of(event: Happened) -> str | None:
    """The command line of a shell call; None for other events."""
    return _command(event.input) if event.kind == "tool" and event.tool == "Bash" and event.input else None


@lru_cache(128)  # asked for several times of each call
def _command(given: str) -> str | None:
    fields = _decoded(given)
    if isinstance(fields, dict) and isinstance(fields.get("command"), str):
        return fields["command"][:_LOOKED_AT].strip() or None
    found = re.match(r'\{"command":"((?:[^"\\]|\\.){1,1000})', given[:2_000])  # cut off in the middle
    return found[1].replace("\\n", "\n").replace('\\"', '"') if found else None


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
_SEPARATING = re.compile(r"[\s|&;<>]+")


@lru_cache(256)
def runs_of(command: str) -> tuple[Run, ...]:
    """The programs of a command line that tell something by succeeding, in order."""
    found: list[Run] = []
    plain = _STRING.sub(lambda quoted: _SEPARATING.sub("\xa0", quoted[0][1:-1]), command[:_LOOKED_AT])
    for part in _PARTS.split(_NOISE.sub("", plain)):
        if len(found) == _MOST_RUNS:
            break
        plain = _BEFORE.sub("", part.strip().lstrip("(")[:_PART])
        plain = _PATH.sub("", plain, count=1) if not plain.startswith("./") else plain
        if not plain or _TRIVIAL.match(plain):
            continue
        check = _CHECKS.match(plain)
        if check is not None:
            name, rest = check["name"], plain[check.end() :].split(" ")
            if re.fullmatch(
                r"(?:make|gmake|just|task|rake|tox|nox|invoke|mise run|mise|moon run|nx|turbo(?: run)?|earthly)", name
            ):
                targets = [each for each in rest if not each.startswith("-")][:1]
                name, rest = " ".join([name, *targets]), [each for each in rest if each not in targets]
            found.append(Run(name, tuple(filter(None, rest)), True))
        else:
            words = plain.split(" ")
            found.append(Run(words[0], tuple(filter(None, words[1:])), _SCRIPT.match(plain) is not None))
    return tuple(found)


# What a check prints when it fails: at the beginning of a line, or anywhere.
_SIGNS: Final = ("FAIL", "fail", "rror", "panic:", "***", "Traceback")
_FAILING = re.compile(
    r"""^(?:--- FAIL|FAIL\b|FAILED\b|[ \t]*\d+\ failed|Tests:[ \t]+[1-9]\d*\ failed|error(?:\[E\d+\])?:
      |npm\ (?:ERR!|error)|BUILD\ FAILED|make(?:\[\d+\])?:\ \*\*\*|Traceback\ \(most|panic:|Found\ [1-9]\d*\ errors?\b
      |test\ result:\ FAILED)
      |[ ][1-9]\d*\ (?:failed|errors?)\b[^\n=]{0,80}=+[ \t\r]*$|Test\ Suites:[ \t]+[1-9]\d*\ failed
      |:\d+:\d+:\ (?:fatal\ )?error|\berror\ TS\d|\bERROR\ task\ failed|\[(?:build|setup)\ failed\]""",
    re.X | re.M,
)


def _shows_failure(text: str) -> bool:
    text = text[:_OUTPUT]
    return any(sign in text for sign in _SIGNS) and _FAILING.search(text) is not None


def failed(event: Happened, runs: Sequence[Run]) -> bool:
    """Whether a shell call failed: by its status, or by what a check printed into a pipe that hid its status."""
    if event.status == "failed":
        # Of a line that did other things too, only what a check printed shows that it was the check.
        alone = all(run.check for run in runs) and len(runs) >= _started(command_of(event) or "")
        return alone or not any(run.check for run in runs) or _shows_failure(event.text or "")
    if event.status != "ok" or not event.text or not any(run.check for run in runs):
        return False
    return _shows_failure(event.text)


_SETTING_OUT = re.compile(r"^(?:cd|export|source|set|pwd|echo|head|tail|tee|grep|wc|sort|cat|sed|awk)\b|^\w+=|^$")


def _started(command: str) -> int:
    """How many programs of a command line may fail it."""
    plain = _STRING.sub('""', command[:_LOOKED_AT])
    return sum(not _SETTING_OUT.match(part.strip()) for part in _PARTS.split(_NOISE.sub("", plain)))


def passed(event: Happened, runs: Sequence[Run]) -> bool:
    return event.status == "ok" and not failed(event, runs)


_WRONG = (
    r"(?i:expected|want(?:ed)?\b|should|must|unexpected|error|fail|cannot|can't|could not|invalid|mismatch|no such"
    r"|missing|undefined"
    r"|not found|denied|refused|duplicate|unknown|unable|not |already|timeout|timed out|conflict|required|overflow"
    r"|null|nil\b)"
)
# How plainly a line tells what was wrong; the first of these that any line matches has the telling line.
_TELLING: Final = tuple(
    re.compile(each)
    for each in (
        r"^(?:E\s+)?(?:[\w.]+(?:Error|Exception)|panic|Fatal error)\b:?\s+\S",
        r"^\s*(?:error(?:\[E\d+\])?|fatal error):\s+\S",
        r"\berror TS\d+:|^\S+\(\d+,\d+\): error|^\S+:\d+:\d+: (?:fatal )?error:",
        rf"^\s*[\w./-]+:\d+(?::\d+)?:\s.*{_WRONG}",
        rf"^\s*(?:Error|ERROR|npm (?:ERR!|error)|make(?:\[\d+\])?: \*\*\*|fatal:|[\w-]+: )\s*.*{_WRONG}",
        r"^\s*(?:--- FAIL|FAILED|✕|✗|●|×)[: ]\s*\S",
    )
)
_RULED = re.compile(r"^[\s=\-_*#~+|]*$")
_EMPTY = re.compile(  # it failed because it failed
    r"(?i)^(?:exit (?:code|status) \d+|error: exit status|\[?[\w:.-]*\]? ?error task failed|error:?\s+not equal:?"
    r"|error trace:|error:\s*$"
    r"|npm (?:err!|error) (?:code|errno|a complete log|lifecycle|command failed|path)"
    r"|make(?:\[\d+\])?: \*\*\* .*error \d+$|fail\s+\S+\s+[\d.]+s$)"
    r"|\bINFO\b|\bDEBUG\b|hook output:|Hook [\w-]+ output:|^\s*=== "
)


def telling_line(output: str) -> str | None:
    """The line of a failed command's output that says most plainly what was wrong; None when none does."""
    lines = [line.strip() for line in output[:_OUTPUT].splitlines()[:400] if not _RULED.match(line)]
    lines = [line for line in lines if len(line) < 400 and not _EMPTY.search(line)]
    for pattern in _TELLING:
        for line in lines:
            if pattern.search(line):
                return line
    return None


_COMMITTED = re.compile(
    r"^\[(?P<branch>[^\]\s]{1,250})(?: \([^)\n]{0,40}\))? (?P<hash>[0-9a-f]{7,40})\] (?P<subject>.+)$", re.M
)
_MESSAGE = re.compile(r"""-[a-z]{0,8}m\s{0,4}["'](?P<subject>[^"'\n]{3,200})""")
_COMMITTING = re.compile(r"\bgit\b.*?\bcommit\b", re.S)


def commits_of(event: Happened) -> list[tuple[str, str]]:
    """(short hash, subject) of the commits that a shell call made, as git told them."""
    if not event.text or not event.input or "commit" not in event.input:
        return []
    command = command_of(event)
    if command is None or "git" not in command or "commit" not in command:
        return []
    told = [(found["hash"], found["subject"].strip()) for found in _COMMITTED.finditer(event.text[:_OUTPUT])]
    if told or event.status != "ok":
        return told
    # A quiet commit says nothing; the log that was asked for in the same breath does.
    subject = _message(command)
    if not subject or subject not in event.text[:_OUTPUT]:
        return []
    logged = re.search(
        rf"^(?:\* )?([0-9a-f]{{7,40}}) (?:\([^)\n]{{0,200}}\) )?{re.escape(subject)}$", event.text[:_OUTPUT], re.M
    )
    return [(logged[1], subject)] if logged else []


def _message(command: str) -> str:
    """The first line of the message that a command line commits with; "" when it shows none."""
    said = _MESSAGE.search(command, command.find("commit"))
    if said is None:
        return ""
    start = max(command.rfind(sign, 0, said.start()) for sign in "|;&") + 1
    return said["subject"].strip() if _COMMITTING.search(command[start : said.start()]) else ""
