"""The domain: what a memory is and the rules that it keeps. Pure; knows no store."""

from .change import NO_HEADER, Change, EntityKind, decoded, encoded
from .draft import BODY_LIMIT, TITLE_LIMIT, USUAL_IMPORTANCE, Draft, Revision, checked, clean_key, title_of
from .history import Edit, Step, steps
from .kinds import KINDS, LABELS, kind_of
from .memory import SCOPES, TRUSTS, Evidence, Memory, Origin, Saved, Scope, Trust
from .registers import MEMORY_REGISTERS, PROJECT_REGISTERS, State, Write, fold, write_of
from .undo import Plan, plan, undone_by
from .withheld import SENSITIVE, kept, told
from .wording import FILLERS, NEAR, Wording, says, wording

__all__ = [
    "BODY_LIMIT",
    "FILLERS",
    "KINDS",
    "LABELS",
    "MEMORY_REGISTERS",
    "NEAR",
    "NO_HEADER",
    "PROJECT_REGISTERS",
    "SCOPES",
    "SENSITIVE",
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
    "kept",
    "kind_of",
    "plan",
    "says",
    "steps",
    "title_of",
    "told",
    "undone_by",
    "wording",
    "write_of",
]
