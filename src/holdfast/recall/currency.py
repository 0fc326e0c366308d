"""Which of two notes still holds, when the newer one says nearly the same with another value."""

import functools
import re
from typing import TYPE_CHECKING, Final

from ..store.terms import tokens_of

if TYPE_CHECKING:
    from .rank import Candidate, Weights

__all__ = ["Note"]

_HOUR: Final = 3_600_000  # ms
_ALIKE: Final = 0.7  # of the shorter note's words, how many the other must have
_TURNED: Final = 0.5  # the same, where the newer one says itself that something changed
# Words that join, and those that tell that something is no longer as it was.
_JOINS: Final = frozenset(
    tokens_of(
        "a an and are as at be been by for from has have i in is it its of on or our so that the their them then there "
        "these this those to was we were will with you your do does use used uses"
    )
)
_TURNS: Final = frozenset({  # as they are written: what drops or moves something does so still
    "now", "instead", "anymore", "longer", "changed", "switched", "moved", "replaced", "renamed", "dropped",
    "became", "since", "migrated", "upgraded", "downgraded", "superseded", "formerly", "previously", "obsolete",
    "deprecated", "ahora", "ya", "jetzt", "stattdessen", "maintenant", "désormais",
})  # fmt: skip
_TURN_STEMS: Final = frozenset(tokens_of(" ".join(sorted(_TURNS))))
_WRITTEN = re.compile(r"\w+")


class Note:
    """What a memory says, for comparing."""

    def __init__(self, of: "Candidate", weights: "Weights") -> None:
        words = frozenset((*tokens_of(of.title), *of.words))
        self._of = of
        self.at = of.at
        self.trusted = of.trusted
        self.words = frozenset(word for word in words if not word[0].isdigit()) - _JOINS - _TURN_STEMS
        self.values = words - self.words
        named = (*words, *tokens_of(of.extra))
        self.asked = frozenset(weights.forms[word] for word in named if word in weights.forms) - weights.little

    @functools.cached_property
    def turns(self) -> bool:
        """Whether it tells that something changed."""
        return not _TURNS.isdisjoint(_WRITTEN.findall(f"{self._of.title}\n{self._of.body}".casefold()))

    def outdates(self, older: "Note") -> bool:
        """Whether this note, the newer one, says nearly what `older` does with another value, or all of it and more.

        Not where the older one speaks of something asked for that this one does not name: the two are about two
        things. Nor where both were written within an hour and neither tells of a change: those are a list. And what is
        less trusted outdates nothing: an agent says by a verdict that what its owner said holds no more.
        """
        if self.trusted < older.trusted or not older.asked <= self.asked:
            return False
        less = min(len(self.words), len(older.words))
        shared = len(self.words & older.words)
        if less < 2 or shared < 2:
            return False
        if self.words <= older.words and self.values <= older.values:
            return False
        if self.turns:
            return shared >= _TURNED * less
        return shared >= _ALIKE * less and self.at - older.at > _HOUR
