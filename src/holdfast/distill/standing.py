"""Standing instructions: what its owner says shall always hold ("always use tabs here").

Only text that a person typed in an attended session counts, and of it only prose: no code, no quotes, no pastes. A
host that does not mark pastes mixes them into the text, so what is long without its marked pastes is not looked at.
"""

import re
from collections.abc import Iterator
from typing import Final

from ..memory import Draft, Evidence
from .event import QUOTE_LIMIT, Drawn, Happened, gist
from .prose import lasting, stands_alone, typed

__all__ = ["RULE", "drawn_of", "standing_instructions"]

RULE: Final = "standing/1"
_SENTENCE_LIMIT = 300
# What follows tells what was or is ("never worked", "always fails", "never mind"), and not what to do.
_TOLD = r"""(?!-|\ mind\b|\ (?:an?|the|this|that|there|so|too|again|good|great|nice|easy|possible|true|just|when|if
  |because|since|my|your|our|his|their|its|one|same|more|less)\b
  |\ (?:is|are|am|was|were|has|had|been|did|does|found|thought|knew|saw|got|went|came
  |made|took|said|told|seen|heard)\b|\ (?!embed\b)[a-z]+(?:[^\Wsu]s|[^\We]ed)\b)"""
_HERE = r"in\ (?:this|our)\ (?:repo|repository|project|code\s?base|monorepo)"
_NAMED = r"[`\w][\w./@+#`-]*(?:\ [`\w][\w./@+#`-]*){0,2}"  # up to three words
_STANDING = re.compile(
    rf"""^(?:
        always\b{_TOLD} | never\b{_TOLD}
      | from\ now\ on\b(?!,?\ (?:it|this|that|they|there|i|i'll|i'm)\b)
      | (?:going\ forward|in\ (?:the\ )?future),?\ (?:please\ )?(?:always|never|don'?t|do\ not|use|run|write|keep
          |put|ask|avoid|prefer|you\ (?:must|should))\b
      | (?:please\s+)?(?:don'?t|do\ not)\s+ever\b
      | you\ (?:must|should|need\ to|have\ to)\ (?:always|never)\b{_TOLD}
      | (?:whenever|every\ time|each\ time)\ you\ [^,]{{3,80}},\ (?!(?:it|this|that|there|i|you)\b)
      | {_HERE}[\s,:]+
        (?:(?:we\ )?(?:always|never)\b{_TOLD}|we\ (?:use|don'?t|want\ to\ (?:use|keep|commit))\b)
      | we\ (?:always|never)\b{_TOLD}
      | we\ (?:only\ )?use\ {_NAMED},?\ (?:and\ )?(?:not|never|instead\ of|rather\ than)\ {_NAMED}
        (?:\ (?:here|for|{_HERE})\b[^,]*)?[.!;]?$
      | we\ (?:don'?t|do\ not)\ use\ {_NAMED}(?:\ here|\ {_HERE})?,\ (?:but|we\ use)\ {_NAMED}[.!;]?$
      | use\ {_NAMED},?\ (?:and\ )?(?:not|never|instead\ of|rather\ than)\ {_NAMED}\ (?:{_HERE}|here)[.!;]?$
      | use\ {_NAMED}(?:\ here|\ {_HERE})?,?\ (?:from\ now\ on|going\ forward)[.!;]?$
      | remember(?:\ that|\ this:|:)\s(?!(?:bug|pr|issue|time|thing|day|one|error|test|file|discussion|conversation)\b)
      | (?:a\ partir\ de\ ahora|de\ ahora\ en\ adelante|recuerda\ que|ab\ jetzt|ab\ sofort|merk(?:e)?\ dir[:,]
          |à\ partir\ de\ maintenant|désormais|dorénavant|souviens-toi\ que|retiens\ que)\s
      | (?:siempre|nunca)\ (?:us(?:a|es|ar)|utili(?:za|ces|zar)|ejecut(?:a|es|ar)|hagas|toques|edites|borres)\b
      | (?:immer|nie|niemals)\ [^,]{{2,80}}\ (?:verwenden|benutzen|nutzen|schreiben|ausführen|pushen|committen|ändern
          |anfassen|löschen|antworten)[.!]?$
      | (?:toujours|ne\ jamais)\ (?:utiliser|écrire|lancer|modifier|toucher|supprimer|répondre|pousser)\b
    )""",
    re.I | re.X,
)
_FACT = re.compile(r"^(?:remember|recuerda|merke?|souviens|retiens)\b", re.I)
_OPEN = re.compile(r"\?\s*$")  # a question instructs nobody


def standing_instructions(text: str) -> list[str]:
    """The sentences of `text` that say what shall always hold, in order, each at most 300 characters."""
    found: dict[str, None] = {}
    for said in typed(text):
        if _STANDING.match(said) and not _OPEN.search(said) and len(said) <= _SENTENCE_LIMIT and " " in said:
            found[said] = None
    return list(found)


def drawn_of(event: Happened) -> Iterator[Drawn]:
    """The standing instructions of a prompt; worth little when they cannot stand alone or do not last."""
    if not event.owned or event.text is None:
        return
    for nth, said in enumerate(standing_instructions(event.text)):
        alone, lasts = stands_alone(said, after=2, strict=True), lasting(said)
        fact = _FACT.match(said) is not None
        draft = Draft(
            body=said.rstrip(" ;"), kind="fact" if fact else "preference", standing=True, trust="owner",
            importance=0.8, evidence=(Evidence(event.number, gist(said, QUOTE_LIMIT)),),
        )  # fmt: skip
        worth = 0.95 if alone and lasts else 0.2
        reason = "asked for in the owner's own words" if fact else "said in the owner's own words to hold from then on"
        if not alone:
            reason = "points at something that is not in the sentence"
        elif not lasts:
            reason = "is about this moment or task only"
        yield Drawn(draft, RULE, event.name, nth, worth, f"A standing instruction: {reason}.")
