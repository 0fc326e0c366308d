"""What a session is given, and where: at its start, with a prompt, after a compaction. Reads only."""

import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from .distill.confided import without_confided
from .handoffs import Asker, HandOffs, plain_words
from .hosts.claude_code.memories import Said, Sentences, already_said, claude_md
from .memory import Trust, says_nothing
from .recall.choice import Known, choose, whose_instead
from .recall.delivery import Deliveries, Given
from .recall.find import THRESHOLD, Found, find
from .recall.nudge import is_due
from .recall.pack import Item, LeftOut, Pack, assemble, note, nudge
from .recall.query import Question
from .recall.serving import contested, in_force, serving
from .settings import Settings
from .store.care.retention import OPEN_MS
from .store.database import Database, Row
from .store.log import Log
from .withdrawn import ASKED, Withdrawn, Words

__all__ = ["NUDGE_SETTING", "SETTING", "Asker", "Giving"]

# place -> the setting that switches it on
SETTING: Final = {
    "session-start": "inject.session_start",
    "prompt": "inject.prompt",
    "compact": "inject.compaction",
}
NUDGE_SETTING: Final = "inject.nudge"

_logger = logging.getLogger("holdfast")
_INDEX: Final = 12  # notes in the index
_SHORT: Final = 200  # characters up to which a note stands whole in the index
_LOOKED_AT: Final = 60  # hits from which a prompt's items are chosen
_OF_ONE: Final = 6  # notes of one session's agent in the index, while others wait
_PINNED_BY_OTHERS: Final = 12  # notes that somebody else than the user pinned, or wrote before they were
_SEEN: Final = 300  # notes that are looked through for others
_FOREIGN_LISTED: Final = 5  # notes that nobody here wrote (imported, from tools), in the index


@dataclass(frozen=True, slots=True)
class _Context:
    """What a session has before it: what it was given, and since when (Unix ms) the words of which sessions."""

    given: Given
    sessions: Mapping[int, int]

    def says(self, found: Found) -> bool:
        """Whether something that was said stands there anyway."""
        since = None if found.session is None else self.sessions.get(found.session)
        return since is not None and found.at >= since


class Giving:
    """Over one connection."""

    def __init__(self, database: Database, log: Log, settings: Settings) -> None:
        self._db = database
        self._log = log
        self._settings = settings
        self._deliveries = Deliveries(database)
        self._withdrawn = Withdrawn(database)
        self._hand_offs = HandOffs(database, log, self._withdrawn)

    def at_start(self, who: Asker, until: float | None = None) -> Pack:
        """What stands at the beginning: what always holds, where the last session ended, an index of the notes.

        until: when (of time.monotonic) what is left of sessions is told no more: what always holds must not wait.
        """
        notes = [*self._first(who), *self._index(who)]
        left = self._hand_offs.of_others(who, (item.body for item in notes), self._family(who.project), until)
        items, said = self._unsaid([*notes, *left], who)
        if all(item.section == "sessions" for item in items):  # names of sessions alone help nobody
            items = []
        return self._assembled(items, "session-start", who, said)

    def after_compaction(self, who: Asker, until: float | None = None) -> Pack:
        """What a session must not lose: what always holds, and where it stood itself; until: as at its start."""
        notes = [*self._first(who), *self._index(who)]
        items, said = self._unsaid([*notes, *self._hand_offs.of_itself(who, until)], who)
        return self._assembled(items, "compact", who, said)

    def belated(self, who: Asker, until: float | None = None) -> Pack | None:
        """What a session that asks for the first time was not told at its start, or after a compaction, since the host
        had to go on before there was an answer."""
        began = None if who.number is None else self._deliveries.begun_untold(who.number)
        place = {"startup": "session-start", "clear": "session-start", "compact": "compact"}.get(began or "")
        if place is None or not self._settings.on(SETTING[place]):
            return None
        return self.after_compaction(who, until) if place == "compact" else self.at_start(who, until)

    def for_prompt(
        self, who: Asker, text: str, *, beside: Pack | None = None, everything: bool = False, explain: bool = False
    ) -> Pack:
        """What matters for a prompt and the files touched lately, best first.

        beside: what is given with the same prompt. everything: whatever the session was given already, for who asks
        what would be given. explain: with what was found and matters too little, among what is left out.
        """
        question = Question.of(text, files=self._working_set(who))
        context = _Context(Given({}, 0), {}) if everything else self._context(who)
        if beside is not None:
            context = replace(context, given=context.given.with_pack(beside))
        of_others = who.number if context.sessions.get(who.number or 0) == 0 else None
        found = self._fitting(who, question, of_others, explain)
        known = self._known(text, found, context)
        if instead := whose_instead(found, known):
            there = {each.number for each in found if each.type == "memory"}
            more = self._fitting(who, question, of_others, explain, instead)
            found += [each for each in more if each.number not in there]
            known = self._known(text, found, context)
        items, left = choose(found, question, known)
        items, said = self._unsaid(items, who)
        left_over = self._settings.number("inject.tokens_session") - context.given.tokens
        budget = min(self._settings.number("inject.tokens_prompt"), left_over)
        pack = assemble(
            items, place="prompt", secret=self._db.secret, session=who.name, budget=budget,
            limit=self._settings.number("inject.items_prompt"), ceiling=self._settings.number("inject.characters"),
        )  # fmt: skip
        return replace(pack, left_out=(*pack.left_out, *said, *left))

    def _fitting(
        self, who: Asker, question: Question, without: int | None, explain: bool, trusts: Sequence[Trust] | None = None
    ) -> list[Found]:
        """What fits a question, by what is in force. without: a session whose turns are left out; trusts: whose notes,
        and nothing else."""
        found = find(
            self._db, question, family=self._family(who.project), limit=_LOOKED_AT, now=who.at,
            without_session=without, trusts=trusts, types=("memory", "turn") if trusts is None else ("memory",),
            least=0.0 if explain else THRESHOLD,
        )  # fmt: skip
        return [
            replace(each, body=self._without_request(each.number, each.body))
            if each.type == "memory" and each.kind != "summary" and each.relevance >= THRESHOLD
            else each
            for each in _unconfided(in_force(self._db, self._log, found))
        ]

    def nudge(self, who: Asker) -> Pack | None:
        """The words that remind an agent to save, when they are due and there is room for them."""
        if who.number is None or not is_due(self._db, who.number, self._family(who.project), self._settings):
            return None
        pack = nudge(secret=self._db.secret, session=who.name)
        room = self._settings.number("inject.tokens_session") - self._deliveries.given(who.number).tokens
        return pack if pack.tokens <= room else None

    def again(self, who: Asker) -> str:
        """What a resumed session was given at its start, byte for byte: the host drops it then; "" when it changed."""
        return "" if who.number is None else self._deliveries.again(who.number) or ""

    def _assembled(self, items: Sequence[Item], place: str, who: Asker, left: Sequence[LeftOut]) -> Pack:
        pack = assemble(
            items, place=place, secret=self._db.secret, session=who.name,
            budget=self._settings.number("inject.tokens_session_start"),
            limit=self._settings.number("inject.items_session_start"),
            ceiling=self._settings.number("inject.characters"), protocol=self._settings.on("inject.protocol"),
        )  # fmt: skip
        return replace(pack, left_out=(*pack.left_out, *left))

    def _unsaid(self, items: Iterable[Item], who: Asker) -> tuple[list[Item], list[LeftOut]]:
        """Without the notes that the host reads out of its own files."""
        once: dict[int | str, Item] = {}  # what holds instead of two notes stands once
        for item in items:
            once.setdefault(item.ref, item)
        items = list(once.values())
        try:
            said = claude_md(Path(who.folder)) if items and who.folder else Said()
            every = said.own | said.here
            known = {item.ref for item in items if every and item.body and self._read(item, said.own, every)}
        except Exception:  # files of strangers: whatever is wrong with them, the notes are given
            _logger.exception("CLAUDE.md below %s was not read", who.folder)
            known = set()
        kept = [item for item in items if item.ref not in known]
        return kept, [LeftOut(item, "said in CLAUDE.md") for item in items if item.ref in known]

    def _read(self, item: Item, own: Sentences, every: Sentences) -> bool:
        """What always holds, or everywhere, is left out only for the person's own file: others may be a stranger's."""
        if not isinstance(item.ref, int) or not already_said(item.body, every):
            return False
        memory = self._log.get(item.ref)
        lasting = memory.standing or memory.pinned or memory.scope == "personal"
        return not lasting or already_said(item.body, own)

    def within(self, *, tokens: int | None = None, items: int | None = None, protocol: bool = True) -> "Giving":
        """The same under other limits, for every place; protocol: False leaves its words out."""
        changed: dict[str, bool | int] = {} if protocol else {"inject.protocol": False}
        if tokens is not None:
            changed |= dict.fromkeys(("inject.tokens_session_start", "inject.tokens_prompt"), tokens)
            changed["inject.tokens_session"] = max(tokens, self._settings.number("inject.tokens_session"))
        if items is not None:
            changed |= dict.fromkeys(("inject.items_session_start", "inject.items_prompt"), items)
        return Giving(self._db, self._log, self._settings.with_values(changed)) if changed else self

    def asker(self, session: int, at: int) -> Asker:
        """A session of the store as one that asks."""
        row = self._db.one("session_asking", session=session)
        assert row is not None
        name, project, worktree, cwd, attended = row
        return Asker(name, session, project, worktree, at, cwd, attended != 0)

    # -- what was kept --

    def _first(self, who: Asker) -> Iterable[Item]:
        """What always holds, and what is pinned: by others only so many, and of one session's agent only a few."""
        rows = self._db.all("pack_first", family=json.dumps(self._family(who.project)))
        own = [row for row in rows if row[5] == "owner" or row[9] == "standing"]
        others = self._various([row for row in rows if row not in own])[0][:_PINNED_BY_OTHERS]
        for row, disputed in self._in_force([*own, *others]):
            yield self._note(self._unasked(row), section=row[9], attended=who.attended, disputed=disputed)

    def _index(self, who: Asker) -> Iterable[Item]:
        """The latest notes: their titles, and the short ones whole."""
        foreign = self._latest(who, own=False, limit=_FOREIGN_LISTED)
        rows = sorted({*self._latest(who, own=True, limit=_INDEX), *foreign}, key=_written, reverse=True)
        for row, disputed in self._in_force(rows)[:_INDEX]:
            yield self._note(self._unasked(row), section="recent", whole=len(row[4]) <= _SHORT, disputed=disputed)

    def _latest(self, who: Asker, *, own: bool, limit: int) -> list[Row]:
        asked = 2 * limit  # some may say nothing
        while True:
            rows = self._written_last(who, asked, own=own)
            various, more = self._various(_telling(rows))
            if len(various) >= limit or len(rows) < asked:
                return [*various, *more][:limit]
            if asked > _SEEN:  # of one session's agent: what the user wrote himself comes before it
                others = set(_telling(self._written_last(who, limit, own=own, owner=True))) - {*various}
                return [*various, *sorted(others, key=_written, reverse=True), *more][:limit]
            asked *= 4

    def _written_last(self, who: Asker, limit: int, *, own: bool, owner: bool = False) -> set[Row]:
        rows = set(self._db.all("pack_personal", own=own, owner=owner, limit=limit))
        of_project = ("pack_owned" if owner else "pack_recent") if own else "pack_foreign"
        for each in self._family(who.project):
            rows.update(self._db.all(of_project, project=each, limit=limit))
        return rows

    def _various(self, rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
        """The notes, and those of which there are more than enough: what the agent of one session noted."""
        of: dict[int, set[int | None]] = {}
        for number, session in self._db.all("sessions_of_memories", numbers=json.dumps([row[0] for row in rows])):
            of.setdefault(number, set()).add(session)
        listed: Counter[int | None] = Counter()
        parts: tuple[list[Row], list[Row]] = ([], [])
        for row in rows:
            enough = False
            for session in of.get(row[0], (None,)) if row[5] == "agent" else ():
                enough = enough or listed[session] >= _OF_ONE
                listed[session] += 1
            parts[enough].append(row)
        return parts

    def _in_force(self, rows: Sequence[Row]) -> list[tuple[Row, str]]:
        """The notes, instead of a superseded one what holds, and what is to be said of each. Nothing becomes a standing
        instruction so, nor how the user likes it unless he said it."""
        served = serving(self._db, (row[0] for row in rows))
        kept: dict[int, Row] = {}
        for row in rows:
            state = served.get(row[0])
            if state is None or state.instead is None:
                kept.setdefault(row[0], row)
            elif row[9] != "standing":
                for other in self._db.all("pack_note", number=state.instead, section=row[9]):
                    own = other[5] == "owner" or row[9] != "profile"
                    kept.setdefault(other[0], other if own else (*other[:9], "recent"))
        if kept.keys() - {row[0] for row in rows}:
            served = serving(self._db, kept)
        return [(row, contested(served.get(number))) for number, row in kept.items()]

    def _unasked(self, row: Row) -> Row:
        """A note without the request that it repeats, when that was taken back."""
        return (*row[:4], self._without_request(row[0], row[4]), *row[5:])

    def _without_request(self, number: int, body: str) -> str:
        if f"\n{ASKED}" in body:
            for _, session in self._db.all("sessions_of_memories", numbers=json.dumps([number])):
                body = self._withdrawn.of(session).without_request(body)
        return body

    def _note(self, row: Row, *, section: str, whole: bool = True, attended: bool = False, disputed: str = "") -> Item:
        number, revision, kind, title, body, trust, revised, files, created = row[:9]
        more = ""
        if section in ("standing", "profile") and attended and self._deliveries.new(number, created):
            origin = self._log.origin(self._log.get(number))
            if origin is not None:
                more = f"new, heard in what the user typed; the user takes it back with `holdfast forget {number}`"
        text = note(
            number, kind=kind, title=title if whole else "", body=body if whole else title, trust=trust, at=revised,
            files=json.loads(files) if whole else (),
            more=", ".join(filter(None, (more, disputed))),
        )  # fmt: skip
        return Item(number, revision, section, text, body, whole, why="new" if more else "")

    # -- what matters for a prompt --

    def _known(self, text: str, found: Sequence[Found], context: _Context) -> Known:
        """What is known of the session that asks, and of what was found for it."""
        numbers = [each.number for each in found if each.type == "memory"]
        memories = self._log.many(numbers)
        served = serving(self._db, numbers)
        given = dict(context.given.items)
        for number in self._summing_up([ref for ref in given if str(ref).startswith("s")], numbers):
            given[number] = 1 << 30
        here: set[int | str] = {*self._drawn_from(context.sessions, numbers)}
        here |= {f"e{each.number}" for each in found if each.type == "turn" and context.says(each)}
        sessions: dict[int, set[int]] = {}
        for number, session in self._db.all("sessions_of_memories", numbers=json.dumps(numbers)):
            sessions.setdefault(number, set()).add(session)
        return Known(
            text, given, frozenset(here), self._taken_back(found, sessions),
            {each.number: each.files for each in memories},
            {each.number: frozenset(it.event for it in each.evidence if it.event is not None) for each in memories},
            {number: frozenset(of) for number, of in sessions.items()},
            {number: contested(served.get(number)) for number in numbers},
        )  # fmt: skip

    def _taken_back(self, found: Sequence[Found], sessions: Mapping[int, set[int]]) -> frozenset[int | str]:
        """Those of what was found whose words became a memory that was taken back; of notes only what sums up."""
        words: dict[int, Words] = {}
        refs: set[int | str] = set()
        for each in found:
            if each.relevance < THRESHOLD or (each.type == "memory" and each.kind != "summary"):
                continue
            own = [each.session] if each.type == "turn" else sessions.get(each.number, ())
            for session in own:
                if session is None:
                    continue
                if session not in words:
                    words[session] = self._withdrawn.of(session)
                if each.type == "memory" and words[session].stand_in(f"{each.title}\n{each.body}"):
                    refs.add(each.number)
                elif each.type == "turn" and words[session].hold(each.number, each.body):
                    refs.add(f"e{each.number}")
        return frozenset(refs)

    def _context(self, who: Asker) -> _Context:
        """What the session has before it: a copy has what its parent had."""
        given = self._deliveries.given(who.number)
        parents = self._parents(who)
        for parent in parents:
            given = Given({**self._deliveries.given(parent).items, **given.items}, given.tokens)
        own = [] if who.number is None else [who.number]
        return _Context(given, {each: self._since(each) for each in (*own, *parents)})

    def _parents(self, who: Asker) -> list[int]:
        """The sessions of which this one is a copy; while its transcript does not show that, the likely one."""
        started = None if who.number is None else self._db.one("session_started_from", session=who.number)
        if started is not None and started[0] not in ("fork", "resume"):
            return []
        known = [int(row[0]) for row in self._db.all("copied_from", session=who.number)]
        if known:
            return known
        family = json.dumps(self._family(who.project))
        if started is None:  # an older host tells a fork's start under its parent's name
            row = self._db.one(
                "session_resumed_last", family=family, session=who.number, worktree=who.worktree,
                since=who.at - OPEN_MS,
            )  # fmt: skip
            return [] if row is None else [int(row[0])]
        rows = self._db.all("sessions_before", family=family, session=who.number, limit=8)
        return [row[0] for row in rows if row[2] == who.worktree][:1]

    def _since(self, session: int) -> int:
        """Since when a session has its words in its context, Unix ms; 0: all of them."""
        row = self._db.one("context_since", session=session)
        return 0 if row is None else int(row[0])

    def _drawn_from(self, sessions: Iterable[int], numbers: Sequence[int]) -> set[int]:
        """Those of these memories that came from what the sessions said since they were last compacted."""
        found: set[int] = set()
        for session in sessions:
            rows = self._db.all("memories_in_context", numbers=json.dumps(numbers), session=session)
            found |= {int(row[0]) for row in rows}
        return found

    def _summing_up(self, handed_over: Sequence[int | str], numbers: Sequence[int]) -> set[int]:
        """Those of these memories that sum up a session whose hand-off (s3) was given: they say the same."""
        sessions = json.dumps([int(str(ref)[1:]) for ref in handed_over])
        return {int(row[0]) for row in self._db.all("summaries_of", numbers=json.dumps(numbers), sessions=sessions)}

    def _working_set(self, who: Asker) -> tuple[str, ...]:
        if who.number is None:
            return ()
        named: dict[str, None] = {}
        for (files,) in self._db.all("touched_files", session=who.number):
            for file in json.loads(files):
                named[str(file)] = None
        return tuple(named)[:20]

    def _family(self, project: int | None) -> list[int]:
        return [] if project is None else self._log.family(project)


def _unconfided(found: Iterable[Found]) -> list[Found]:
    """What was said, and what sums it up, without words that confide a password: whoever searches finds those."""
    kept = []
    for each in found:
        if each.type == "turn" or each.kind == "summary":
            title, body = without_confided(each.title), without_confided(each.body)
            if not plain_words(body.removeprefix("Asked:")):
                continue
            each = replace(each, title=title, body=body)
        kept.append(each)
    return kept


def _telling(rows: Iterable[Row]) -> list[Row]:
    """Those that say something, the last written first."""
    return sorted((row for row in rows if not says_nothing(row[3], row[4])), key=_written, reverse=True)


def _written(row: Row) -> tuple[int, int]:
    return row[6], row[0]
