"""Sets of questions with what answers them, and stores that hold what they ask about."""

import gzip
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from holdfast.clock import Clock
from holdfast.journal.events import Draft as Event
from holdfast.journal.events import Hook, SessionFacts
from holdfast.journal.ingest import Journal
from holdfast.memory import Draft
from holdfast.store.database import Database
from holdfast.store.log import Log

__all__ = ["OWN", "Doc", "Library", "Query", "Set", "library", "locomo", "read"]

OWN = Path(__file__).parent / "sets" / "work.json"
_TUNED_ON = ("conv-26", "conv-30", "conv-41", "conv-42")  # the others are never looked at
_KINDS = {"user": "prompt", "assistant": "reply", "tool": "tool"}


@dataclass(frozen=True, slots=True)
class Doc:
    """A text. role: user, assistant, tool (turns), memory (a note). at: Unix ms. more: what else a note has."""

    id: str
    text: str
    role: str
    at: int
    session: str
    more: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Query:
    """A question. gold: the ids of the docs that answer it, or of sessions; stale: of docs that once did."""

    text: str
    gold: tuple[str, ...]
    type: str
    at: int | None
    stale: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Set:
    """name -> docs of a corpus, and its questions; by_session: what is sought are sessions."""

    name: str
    docs: tuple[Doc, ...]
    queries: tuple[Query, ...]
    by_session: bool


def read(path: Path) -> list[Set]:
    """The corpora of a file (JSON, also gzipped): {"docs": {corpus: […]}, "queries": […]}."""
    raw = path.read_bytes()
    told = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    name = path.name.partition(".")[0]
    found = []
    for corpus, each in told["docs"].items():
        docs = tuple(_doc(doc) for doc in each)
        queries = tuple(
            Query(
                query["text"], tuple(query["gold"]), query["type"], _ms(query["time"]) if query.get("time") else None,
                tuple(query.get("stale", ())), tuple(query.get("files", ())),
            )
            for query in told["queries"] if query["corpus"] == corpus
        )  # fmt: skip
        sessions = {doc.session for doc in docs}
        by_session = any(gold in sessions for query in queries for gold in query.gold)
        found.append(Set(name if len(told["docs"]) == 1 else f"{name}/{corpus}", docs, queries, by_session))
    return found


def _doc(told: dict[str, Any]) -> Doc:
    known = {"id", "text", "role", "time", "session"}
    more = {name: value for name, value in told.items() if name not in known}
    return Doc(told["id"], told["text"], told["role"], _ms(told["time"]), told.get("session") or told["id"], more)


def _ms(time: str) -> int:
    moment = datetime.fromisoformat(time)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def locomo(path: Path) -> list[Set]:
    """Four conversations of LoCoMo (Maharana et al. 2024; CC BY-NC, so not part of this project)."""
    found = []
    for each in json.loads(path.read_text("utf-8")):
        if each["sample_id"] not in _TUNED_ON:
            continue
        talk = each["conversation"]
        docs = []
        for name in sorted(
            (name for name in talk if re.fullmatch(r"session_\d+", name)), key=lambda name: int(name[8:])
        ):
            began = datetime.strptime(talk[f"{name}_date_time"], "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)
            for nth, turn in enumerate(talk[name]):
                text = f"{turn['speaker']}: {turn['text']}"
                if turn.get("blip_caption"):
                    text += f" [image: {turn['blip_caption']}]"
                role = "user" if turn["speaker"] == talk["speaker_a"] else "assistant"
                at = int(began.timestamp() * 1000) + nth * 20_000
                docs.append(Doc(turn["dia_id"], text, role, at, name, {}))
        known = {doc.id for doc in docs}
        queries = []
        for asked in each["qa"]:
            gold = dict.fromkeys(re.findall(r"D\d+:\d+", " ".join(asked["evidence"])))
            gold = {id: None for id in gold if id in known}
            if gold and asked["category"] != 5:  # 5: questions that have no answer
                queries.append(Query(asked["question"], tuple(gold), str(asked["category"]), None))
        found.append(Set(f"locomo/{each['sample_id']}", tuple(docs), tuple(queries), False))
    return found


@dataclass(frozen=True, slots=True)
class Library:
    """A store that holds the docs of a set. ids: (memory or turn, its number) -> the doc; last: its latest moment."""

    database: Database
    ids: dict[tuple[str, int], Doc]
    last: int


@contextmanager
def library(docs: tuple[Doc, ...]) -> Iterator[Library]:
    """A store with turns in the journal and notes in the log, all of one project."""
    with TemporaryDirectory() as folder:
        database = Database(Path(folder) / "store.db")
        try:
            yield _filled(database, docs)
        finally:
            database.close()


def _filled(database: Database, docs: tuple[Doc, ...]) -> Library:
    ids: dict[tuple[str, int], Doc] = {}
    journal = Journal(database)
    now = [0]
    log = Log(database, Clock(wall=lambda: now[0]), str)
    with database.transaction():
        facts = SessionFacts("claude-code", "first", 0, named="made up")
        project = journal.session(facts).project
        sessions: dict[str, list[Doc]] = {}
        for doc in docs:
            if doc.role != "memory":
                sessions.setdefault(doc.session, []).append(doc)
        for name, turns in sessions.items():
            session = journal.session(SessionFacts("claude-code", name, turns[0].at, named="made up"))
            for doc in turns:
                owner = "owner" if doc.role == "user" else "agent"
                kind = doc.more.get("kind") or _KINDS[doc.role]
                event = Event(kind, doc.at, (f"{name}/{doc.id}",), Hook(doc.id, doc.at), name, doc.text, trust=owner)
                for taken in journal.take(session, [event]):
                    ids["turn", taken.event] = doc
        for doc in sorted((doc for doc in docs if doc.role == "memory"), key=lambda doc: doc.at):
            now[0] = doc.at
            given: Any = {name: tuple(value) if isinstance(value, list) else value for name, value in doc.more.items()}
            saved = log.remember(Draft(doc.text, **given), project)
            ids["memory", saved.memory.number] = doc
    return Library(database, ids, max(doc.at for doc in docs))
