"""What the owner puts right: what the agent did or said, and what it shall be instead."""

import re
from collections.abc import Iterator, Sequence

from ..memory import Draft, Evidence
from .commands import command_of
from .event import Drawn, Happened, gist
from .prose import lasting, stands_alone

__all__ = ["RULE", "drawn_of"]

RULE = "correction/1"
_LONGEST = 300
_THING = r"[`\w][^,.;!?]{0,60}?"
_NO = r"(?:(?:no+|nope|nah|wait|stop|hmm|hey|sorry|actually|well)[,.!:\s]+)*"
_PUTS_RIGHT = re.compile(r"^(?:no+|nope|nah|wait|stop|actually)\b", re.I)  # what else is long is a task to do
_REPLACED = re.compile(
    rf"""^{_NO}(?:please\ )?(?:let'?s\ |you\ should\ |we\ should\ |just\ )?(?:use|run|call|import|write|prefer
    |go\ with|take)\ (?P<new>{_THING})
    (?:,?\ (?:and\ )?not\ |\ instead\ of\ |\ rather\ than\ )(?:(?:use|run|call)\ )?(?P<old>{_THING}(?:\ (?:for|in
    |when|because)\ [^?]*)?)[.!;]?$""",
    re.I | re.X,
)
_DONT = re.compile(
    rf"""^{_NO}(?:please\ )?(?:don'?t|do\ not|stop)\ (?P<old>[^,.;?]{{5,100}})[,;]\ (?:but\ )?
    (?P<new>(?:use|run|call|write|put|import|keep|prefer|rely\ on|go\ through)\ [^?]{{3,140}}?)[.!;]?$""",
    re.I | re.X,
)
_WRONG = re.compile(
    r"""^(?:no[,.!]?\ )?(?:that'?s|that\ is|this\ is|you'?re|you\ are)\ (?:wrong|not\ (?:right|correct|true)
    |incorrect|mistaken)[,:.;–—-]+\s*
    (?P<new>(?:the|our|we|an?|all|only|every|each|(?-i:(?!I\b)[A-Z`]\S*))\ (?!can\b|see\b)[^?]{10,200}?)[.!;]?$""",
    re.I | re.X,
)
_SHOULD = re.compile(
    r"""^(?:no[,.]?\ )?(?P<new>(?:the\ |our\ |all\ )?[`\w][\w`'./ -]{2,50}?\ (?:should|must)
    \ (?:be|have|use|go|come|return|live|hold)
    \ [^,.;?]{2,80},?\ (?:and\ )?not\ [^,.;?]{2,80}?)[.!;]?$""",
    re.I | re.X,
)
_SAID = re.compile(
    r"""^(?:but\ )?i\ (?:already\ )?(?:said|told\ you|asked\ you|asked\ for)\ (?P<verb>not\ to\ |to\ |that\ )?
    (?P<new>[^?"“']{6,160}?)[.!;]?$""",
    re.I | re.X,
)
_INSTEAD = re.compile(rf"^{_NO}(?:please\ )?use\ (?P<new>[`\w][\w.`-]*)(?:\ instead)?[.!;]?$", re.I)
# How things are done; other verbs tell a task that is still to do ("I told you to fix the tests").
_CONVENTION = re.compile(r"^(?:use|keep|prefer|avoid|leave|answer|only|never|always)\b", re.I)
_VAGUE = re.compile(
    r"^(?:it|this|that|them|these|those|something|anything|everything|what|the same|one|another)\b", re.I
)
# Programs that stand for one another: naming one puts the other one right.
_FAMILIES = tuple(
    frozenset(each.split())
    for each in (
        "npm pnpm yarn bun", "npx bunx pnpx", "pip uv poetry pipenv pdm conda", "virtualenv venv uv conda",
        "grep rg ag", "find fd", "docker podman", "make just task mise", "jest vitest mocha", "pytest unittest",
        "black ruff", "flake8 pylint ruff", "eslint biome", "prettier biome", "mypy pyright", "gradle gradlew mvn mvnw",
        "merge rebase",
    )
)  # fmt: skip


def drawn_of(event: Happened, sentences: Sequence[str], earlier: Sequence[Happened]) -> Iterator[Drawn]:
    """sentences: of what the owner typed in this event; earlier: what happened before it.

    Where nothing was said or done before, there is nothing to put right.
    """
    if not any(each.kind in ("reply", "tool") for each in earlier):
        return
    for nth, (said, body) in enumerate(_corrections(sentences, earlier)):
        good = lasting(said) and stands_alone(body, after=2, strict=True)
        draft = Draft(
            body=body, kind="preference", trust="owner", importance=0.7, evidence=(Evidence(event.number, gist(said)),)
        )
        worth = 0.75 if good else 0.2
        yield Drawn(
            draft, RULE, event.name, nth, worth, "The owner put right what the agent did, in words of their own."
        )


def _corrections(sentences: Sequence[str], earlier: Sequence[Happened]) -> Iterator[tuple[str, str]]:
    for said in sentences:
        if len(said) > _LONGEST or said.endswith("?"):
            continue
        if found := _REPLACED.match(said) or _DONT.match(said):
            new, old = found["new"].strip(), found["old"].strip()
            if _VAGUE.match(new) or _VAGUE.match(old):
                continue
            if found.re is _DONT:
                yield said, f"Do not {old}; {new}."
            elif _PUTS_RIGHT.match(said) or len(new.split()) + len(old.split()) <= 6 or " not " in said:
                yield said, f"Use {new}, not {old}."
        elif (found := _WRONG.match(said) or _SHOULD.match(said)) and not _VAGUE.match(found["new"]):
            yield said, _sentence(found["new"])
        elif found := _SAID.match(said):
            new = found["new"].strip()
            verb = (found["verb"] or "").strip()
            if verb == "not to":
                yield said, f"Do not {new}."
            elif _CONVENTION.match(new):
                yield said, _sentence(new)
        elif found := _INSTEAD.match(said):
            new = found["new"].strip("`").rstrip(".")
            old = _sibling(new, earlier)
            if old is not None:
                yield said, f"Use `{new}`, not `{old}`."


def _sibling(program: str, earlier: Sequence[Happened]) -> str | None:
    """The program of the same sort that the agent ran since the prompt before."""
    family = {each for known in _FAMILIES if program in known for each in known} - {program}
    if not family:
        return None
    for event in reversed(earlier[-60:]):
        if event.kind == "prompt":
            return None
        command = command_of(event)
        if command is not None:
            used = next((word for word in re.findall(r"[\w-]+", command) if word in family), None)
            if used is not None:
                return str(used)
    return None


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + "."
