"""How the owner likes it done ("I prefer pathlib to os.path", "please answer in German")."""

import re
from collections.abc import Iterator, Sequence

from ..memory import Draft, Evidence
from .event import Drawn, Happened, gist
from .prose import lasting, stands_alone

__all__ = ["RULE", "drawn_of"]

RULE = "preference/1"
_LONGEST = 300
_PREFER = re.compile(
    r"""^(?:personally,?\ |for\ me,?\ |in\ general,?\ )?i\ (?:(?:generally|usually|really|strongly|much|always
    |personally)\ )?
    (?:prefer\ (?!not\ to\ say)|like\ my\ |(?:don'?t\ like|do\ not\ like|like|hate)\ (?:it\ )?when\ )""",
    re.I | re.X,
)
# Of the agent's manner: whatever the project is, it holds.
_MANNER = re.compile(
    r"""^(?:please\ )?(?:(?:always\ )?(?:answer|reply|respond|write\ to\ me|talk\ to\ me
    |speak)\ (?:to\ me\ )?(?:only\ )?in\ [A-Z]?[a-zé]+
      |keep\ (?:your\ |the\ |all\ )?(?:answers|replies|responses|explanations|summaries)\ [^,]{3,40}
      |(?:don'?t|do\ not|no|stop\ using|avoid|never\ use)\ (?:use\ |using\ |any\ )?emojis?\b[^,]{0,40}
      |(?:be|stay)\ (?:more\ )?(?:brief|concise|terse|short|direct)\ (?:in|when|with)\b[^,]{3,60}
      |call\ me\ [A-Z]\w+
      |(?:antworte|schreib)\ (?:mir\ )?(?:bitte\ )?(?:immer\ )?auf\ [A-Z]\w+
      |responde\ (?:siempre\ )?en\ [a-zé]+
      |réponds\ (?:toujours\ )?en\ [a-zéç]+)[.!]?$""",
    re.I | re.X,
)
# A bare imperative is of the task at hand, unless it is about all that is ever written of a sort.
_CONVENTION = re.compile(
    r"""^(?:please\ )?(?:
        use\ (?P<new>THING)\ (?:for|in)\ (?:all\ )?(?:the\ )?WRITTEN
      | (?:write|keep)\ (?:all\ )?(?:the\ )?WRITTEN\ in\ (?!(?:this|that|the|here|a|an)\b)\w+
      | (?:don'?t|do\ not)\ use\ (?P<old>THING)\ (?:for|in)\ (?:all\ |any\ )?(?:WRITTEN
        |(?:unit\ |integration\ )?tests|code)
    )[.!]?$""".replace(
        "THING",
        r"(?!(?:an?|the|that|this|these|those|it|them|my|your|our|one|both|some|such)\b)[`\w][\w`./@+#-]*"
        r"(?:\ [`\w][\w`./@+#-]*){0,2}?",
    ).replace(
        "WRITTEN",
        r"(?:commit\ (?:messages|subjects|titles)|branch\ names|(?:pr|pull\ request)\ (?:titles|descriptions)"
        r"|(?:code\ )?comments|docstrings|(?:log|error)\ messages|variable\ names|identifiers|file\ ?names"
        r"|changelog\ entries)",
    ),
    re.I | re.X,
)
_LANGUAGE_NOT = re.compile(
    r"\bin (?:json|yaml|markdown|detail|full|one|two|a|the|this|that|chat|order|short|code|plain|text)\b", re.I
)
_PERSONAL = re.compile(
    r"\b(?:answers?|repl(?:y|ies)|responses?|explanations?|emojis?|tone|language|summaries|when you|you to|short"
    r"|concise|my (?:answers|code reviews?))\b",
    re.I,
)
_CHOICE = re.compile(
    r"^.{0,40}\bprefer\s+(?:the\s+)?(?:#?\d|option|first|second|third|latter|former|version|approach|plan|it\b|that\b"
    r"|this\b|your\b|what\b|how\b|[a-d]\b)",
    re.I,
)


def drawn_of(event: Happened, sentences: Sequence[str]) -> Iterator[Drawn]:
    """sentences: of what the owner typed in this event."""
    nth = 0
    for said in sentences:
        manner = _MANNER.match(said) is not None and not _LANGUAGE_NOT.search(said)
        convention = _CONVENTION.match(said) is not None
        if not (manner or convention or _PREFER.match(said)) or said.endswith("?") or not 12 <= len(said) <= _LONGEST:
            continue
        good = manner or convention or (not _CHOICE.match(said) and stands_alone(said, after=2))
        personal = manner or (not convention and _PERSONAL.search(said) is not None)
        draft = Draft(
            body=said.rstrip(" ;"), kind="preference", trust="owner", scope="personal" if personal else "project",
            importance=0.7, evidence=(Evidence(event.number, gist(said)),),
        )  # fmt: skip
        worth = 0.85 if good and lasting(said) else 0.2
        about = "how the agent shall speak, in all projects" if personal else "how things are done in this project"
        yield Drawn(draft, RULE, event.name, nth, worth, f"A preference in the owner's own words, about {about}.")
        nth += 1
