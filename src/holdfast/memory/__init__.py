"""The domain: what a memory is and the rules that it keeps. Pure; knows no store."""

from .change import NO_HEADER, Change, EntityKind, decoded, encoded
from .draft import BODY_LIMIT, TITLE_LIMIT, USUAL_IMPORTANCE, Draft, Revision, checked, clean_key, title_of
from .history import Edit, Step, steps
from .kinds import KINDS, LABELS, kind_of
from .memory import SCOPES, TRUSTS, Evidence, Memory, Origin, Saved, Scope, Trust
from .registers import MEMORY_REGISTERS, PROJECT_REGISTERS, State, Write, fold, write_of
from .topics import FAMILIES, suggested_topic
from .undo import Plan, plan, undone_by
from .wording import FILLERS, NEAR, Wording, says, wording

__all__ = [
    "BODY_LIMIT",
    "FAMILIES",
    "FILLERS",
    "KINDS",
    "LABELS",
    "MEMORY_REGISTERS",
    "NEAR",
    "NO_HEADER",
    "PROJECT_REGISTERS",
    "SCOPES",
    "TITLE_LIMIT",
    "TRUSTS",
    "USUAL_IMPORTANCE",
    "Change",
    "Draft",
    "Edit",
    "EntityKind",
    "Evidence",
    "Memory",
    "Origin",
    "Plan",
    "Revision",
    "Saved",
    "Scope",
    "State",
    "Step",
    "Trust",
    "Wording",
    "Write",
    "checked",
    "clean_key",
    "decoded",
    "encoded",
    "fold",
    "kind_of",
    "plan",
    "says",
    "steps",
    "suggested_topic",
    "title_of",
    "undone_by",
    "wording",
    "write_of",
]
