"""Taking what a client of oGMemory sends: each message once, though it names none and sends ranges again."""

from collections.abc import Iterator, Sequence
from typing import Any

from ..errors import UsageError
from ..hosts.ogmemory import HOST, Message, known, messages_of
from ..journal.events import Draft, Hook, SessionFacts
from ..journal.taking import Session
from .context import Arguments, Context, Operation, Takes

__all__ = ["OPERATIONS"]


def _guarded(context: Context, arguments: Arguments) -> Arguments:
    """The same with the messages as they may be stored, and their folder looked at."""
    turn = arguments["turn"]
    messages = messages_of(turn.get("messages"), frozenset(context.settings.words("capture.tools")), arguments["at"])
    if turn.get("one") and not messages:
        raise UsageError("the message says nothing", why="content is empty, or role is none of user, assistant, tool")
    context.capture.look([_facts(context, arguments)])
    return {**arguments, "messages": messages}


def _facts(context: Context, arguments: Arguments) -> SessionFacts:
    named = arguments.get("named")
    if not named and not arguments.get("cwd"):
        named = context.settings["ogmemory.project"]
    return SessionFacts(
        host=HOST, name=arguments["session"], at=arguments["at"], cwd=arguments.get("cwd"), named=named,
        attended=False, alive=True,
    )  # fmt: skip


def _take(context: Context, arguments: Arguments) -> Any:
    journal, name, now = context.capture.journal, arguments["session"], arguments["at"]
    session = journal.session(_facts(context, arguments))
    messages: list[Message] = arguments["messages"]
    drafts = _new(context, session, name, messages, now=now, agent=arguments.get("agent"))
    if arguments["turn"].get("event") == "PreCompact":
        drafts.append(_compaction(name, now))
    taken = journal.take(session, drafts)
    stored = sum(each.new for each in taken if each.draft.kind != "compaction")
    return {"stored": stored, "known": len(messages) - stored if session.recorded else 0, "recorded": session.recorded}


def _new(
    context: Context, session: Session, name: str, messages: Sequence[Message], *, now: int, agent: str | None
) -> list[Draft]:
    """The drafts of what is not known yet; a tool call and what has a time of its own, the journal recognises."""
    order = [int(row[0]) for row in context.database.all("said_in_session", session=session.number)]
    sayings = iter(_sayings(context, name, [each for each in messages if each.ranged], order))
    # Tools are told when they ran, what was asked only at the turn's end: it came before them.
    row = context.database.one("first_tool_since", session=session.number, event=order[-1] if order else 0)
    asked = None if row is None or row[0] is None else min(now, int(row[0]) - 1)
    drafts: list[Draft] = []
    prompt: str | None = None
    for message in messages:
        nth, old = next(sayings) if message.ranged else (0, False)
        if message.kind == "prompt":
            prompt = f"{message.words}-{message.at or nth}"
        if old:
            continue
        at = now if message.at is None else min(message.at, now)
        if message.kind == "prompt" and message.at is None and asked is not None:
            at, asked = asked, None
        drafts.append(message.draft(name, nth, now, at=at, agent=agent, prompt=prompt))
    return drafts


def _sayings(
    context: Context, session: str, messages: Sequence[Message], order: Sequence[int]
) -> Iterator[tuple[int, bool]]:
    """Of each message, which saying of its words it is, and whether that is known. order: the session's events."""
    index = {event: place for place, event in enumerate(order)}
    words = [each.key(session, 0) for each in messages]
    distinct = dict(zip(words, messages, strict=True))
    said = {key: _said_before(context, session, each) for key, each in distinct.items()}
    places = {key: [index[event] for event in events if event in index] for key, events in said.items()}
    which = {key: {event: nth for nth, event in enumerate(events)} for key, events in said.items()}
    often = {key: len(events) for key, events in said.items()}
    old = known([places[key] for key in words], len(order))
    for at, key in enumerate(words):
        if at in old:
            yield which[key][order[old[at]]], True
        else:
            yield often[key], False
            often[key] += 1


def _said_before(context: Context, session: str, message: Message) -> list[int]:
    """The events of a session with the words of a message, in the order in which they were told."""
    found: list[int] = []
    while True:
        keys = context.database.digests(message.key(session, len(found)).encode("utf-8", "replace"))
        row = next((row for key in keys if (row := context.database.one("event_by_key", key=key)) is not None), None)
        if row is None:
            return found
        found.append(int(row[0]))


def _compaction(session: str, now: int) -> Draft:
    name = f"ogmemory:compaction:{session}"
    keys = (f"{name}:a{now // 2000}", f"{name}:b{(now + 1000) // 2000}")
    return Draft(
        kind="compaction", at=now, keys=keys, seen=Hook(keys[0], now), session=session, detail={"trigger": "unknown"}
    )


OPERATIONS = (
    Operation(
        "ogmemory.take", "take the messages of a session that an oGMemory client sends", _take,
        {"session": Takes(str, "the client's id of the session", needed=True),
         "agent": Takes(str, "the client's name for the agent"),
         "turn": Takes(dict, "{messages: [{role, content, created_at}], event, one}", needed=True)},
        before=_guarded,
    ),
)  # fmt: skip
