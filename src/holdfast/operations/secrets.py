"""Operations on what is kept sealed. Each reading, and each refusal to read, leaves a line in the audit."""

import contextlib
from dataclasses import asdict
from typing import Any
from uuid import UUID

from ..errors import Refused
from ..rescan import Rescan
from .context import Arguments, Context, Operation, Takes
from .memories import REF
from .reach import of_project, refuse_reading_elsewhere

__all__ = ["OPERATIONS"]


def _unlock(context: Context, _: Arguments) -> None:
    """Have the key at hand if there is one. What is wrong with it is said, and noted, when something is asked for."""
    with contextlib.suppress(Refused):
        context.unlock()


def _look(context: Context, arguments: Arguments) -> None:
    _unlock(context, arguments)
    context.look(arguments)


def _get(context: Context, arguments: Arguments) -> Any:
    memory: UUID | None = None
    action = "refused"
    try:
        found = context.log.get(arguments["ref"])
        memory, name = found.id, f"memory #{found.number}"
        if not found.alive and not found.erased:
            raise Refused(f"{name} was forgotten", fix=f"bring it back first: holdfast forget --back {found.number}")
        refuse_reading_elsewhere(context, arguments, name, of_project(found))
        content = context.safe.content(found.id, name)
        action = "read"
    finally:  # and what cannot be noted is not told
        with context.database.transaction():
            context.safe.note(action, memory, actor=arguments["actor"], at=arguments["at"])
    return {"number": found.number, "content": content}


def _list(context: Context, _: Arguments) -> Any:
    return {"secrets": context.safe.listed(), "key": context.safe.key()}


def _audit(context: Context, arguments: Arguments) -> Any:
    memory = context.log.get(arguments["ref"]).id if "ref" in arguments else None
    return {"audit": context.safe.audit(memory, limit=arguments.get("limit", 50))}


def _rotate(context: Context, arguments: Arguments) -> Any:
    actor = arguments.get("actor") or "owner"
    return asdict(context.safe.rotate(arguments.get("key"), actor=actor, at=arguments["at"]))


def _migrate(context: Context, arguments: Arguments) -> Any:
    rescan = Rescan(context.database, context.log, context.safe)
    actor = arguments.get("actor") or "migrate"
    apply = bool(arguments.get("apply"))
    return rescan.step(arguments.get("after"), apply=apply, actor=actor, at=arguments["at"]).as_dict()


OPERATIONS = (
    Operation(
        "secret.get", "what a memory holds sealed", _get,
        {"ref": REF, "actor": Takes(str, "who asks, for the audit", needed=True)}, alone=True, before=_look,
    ),
    Operation("secret.list", "which memories hold something sealed, and how the key is", _list, apart=True),
    Operation(
        "secret.audit", "who asked for secrets, the latest first", _audit,
        {"ref": Takes(str, REF.help), "limit": Takes(int, "how many lines", least=1, most=10_000)}, apart=True,
    ),
    Operation(
        "secret.rotate", "put everything that is sealed under a new key", _rotate,
        {"key": Takes(str, "the new HOLDFAST_KEY; without it the new key is drawn, and kept in the file or keyring",
                      private=True),
         "actor": Takes(str, "who asks, for the audit")},
        alone=True, before=_unlock,
    ),
    Operation(
        "secret.migrate", "look for secrets in what was stored before today's rules, a step at a time", _migrate,
        {"apply": Takes(bool, "seal them and take them out, not only count them"),
         "after": Takes(str, "where to go on: what `next` of the step before said"),
         "actor": Takes(str, "who asks, for the audit")},
        alone=True, before=_unlock,
    ),
)  # fmt: skip
