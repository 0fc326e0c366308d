from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..store.database import Database
from ..store.search import search
from .query import Question

THRESHOLD = 0.3


@dataclass(frozen=True, slots=True)
class Found:
    type: Literal["memory", "turn"]
    number: int
    kind: str
    title: str
    body: str
    trust: str
    at: int
    project: int | None
    session: int | None
    revision: int
    relevance: float
    parts: Mapping[str, float]


def find(
    database: Database,
    question: Question,
    *,
    family: Sequence[int] | None,
    limit: int = 20,
    types: tuple[str, ...] = ("memory", "turn"),
    now: int,
    quarantined: bool = False,
    team: bool = False,
    without_session: int | None = None,
) -> list[Found]:
    found = []
    for hit in search(
        database, question.text, project=family[0] if family else None, everywhere=family is None, limit=limit
    ):
        if hit.kind == "memory":
            row = database.connection.execute(
                "select m.kind,m.title,t.body,m.trust,m.revised,m.revision from memories m join texts t on t.id=m.body where m.id=?",
                (hit.id,),
            ).fetchone()
            found.append(
                Found(
                    "memory",
                    hit.id,
                    row[0],
                    row[1],
                    row[2],
                    row[3],
                    row[4],
                    hit.project,
                    None,
                    row[5],
                    0.5,
                    {"lexical": 0.5},
                )
            )
        else:
            row = database.connection.execute(
                "select e.kind,t.body,e.trust,e.at,e.session from events e join texts t on t.id=e.text where e.id=?",
                (hit.id,),
            ).fetchone()
            if row[4] != without_session:
                found.append(
                    Found(
                        "turn",
                        hit.id,
                        row[0],
                        row[0],
                        row[1],
                        row[2],
                        row[3],
                        hit.project,
                        row[4],
                        0,
                        0.5,
                        {"lexical": 0.5},
                    )
                )
    return found
