"""The domain: what a memory is and the rules that it keeps. Pure; knows no store."""

from .change import NO_HEADER, Change, EntityKind, decoded, encoded
from .draft import BODY_LIMIT, TITLE_LIMIT, USUAL_IMPORTANCE, Draft, Revision, checked, clean_key, title_of
from .history import Edit, Step, steps
from .kinds import KINDS, LABELS, is_kind, kind_of
from .memory import SCOPES, TRUSTS, Evidence, Memory, Origin, Saved, Scope, Trust
from .registers import MEMORY_REGISTERS, PROJECT_REGISTERS, RELATION_REGISTERS, State, Write, fold, write_of
from .relation import (
    ACTORS,
    STATUSES,
    TEXT_LIMIT,
    VERDICTS,
    End,
    Relation,
    Verdict,
    checked_verdict,
    judgment_id,
    relation_id,
    relation_range,
    successors,
)
from .topics import FAMILIES, suggested_topic
from .undo import Plan, plan, undone_by
from .withheld import SENSITIVE, kept, told
from .wording import FILLERS, NEAR, Wording, says, wording

__all__ = [
    "ACTORS",
    "BODY_LIMIT",
    "FAMILIES",
    "FILLERS",
    "KINDS",
    "LABELS",
    "MEMORY_REGISTERS",
    "NEAR",
    "NO_HEADER",
    "PROJECT_REGISTERS",
    "RELATION_REGISTERS",
    "SCOPES",
    "SENSITIVE",
    "STATUSES",
    "TEXT_LIMIT",
    "TITLE_LIMIT",
    "TRUSTS",
    "USUAL_IMPORTANCE",
    "VERDICTS",
    "Change",
    "Draft",
    "Edit",
    "End",
    "EntityKind",
    "Evidence",
    "Memory",
    "Origin",
    "Plan",
    "Relation",
    "Revision",
    "Saved",
    "Scope",
    "State",
    "Step",
    "Trust",
    "Verdict",
    "Wording",
    "Write",
    "checked",
    "checked_verdict",
    "clean_key",
    "decoded",
    "encoded",
    "fold",
    "is_kind",
    "judgment_id",
    "kept",
    "kind_of",
    "plan",
    "relation_id",
    "relation_range",
    "says",
    "steps",
    "successors",
    "suggested_topic",
    "title_of",
    "told",
    "undone_by",
    "wording",
    "write_of",
]
