"""The tools of claude-memory-mcp, with its reply texts: short facts by category, with keywords and importance.

There a user's memories are one space, whatever the folder: so they are kept with scope personal, and a recall finds
them beside those of the folder's project.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from ..clock import day
from ..errors import NotFound, Refused
from ..guard import one_line
from .call import Call, Reply
from .wording import echoed, relation_lines, told, word

__all__ = ["count", "delete", "list_", "recall", "secret", "store"]

_BETWEEN: Final = re.compile(r"[\s,;、，；]+")  # keywords
_MANY: Final = 1_000  # that are looked through for a category


async def store(call: Call) -> Reply:
    """memory_store. The keywords are searched, never shown."""
    keywords = [word for word in _BETWEEN.split(call["expanded_keywords"]) if word]
    it = await call.ask(
        "remember", body=call["content"], kind=call["category"], scope="personal", importance=call["importance"],
        tags=[tag.strip() for tag in call.get("tags", "").split(",") if tag.strip()] or None, keywords=keywords or None,
        seal=True, sensitive=call.get("force_sensitive") or None, session=call.session, nonce=call.nonce,
    )  # fmt: skip
    memory = it["memory"]
    number, category = memory["number"], _category(memory)
    lines = [f"Stored memory #{number} in category '{word(category)}' with importance {call['importance']}"]
    if it["folded"]:
        lines = [f"Memory #{number} says so already; counted once more"]
    if it["sealed"]:
        what = "It" if call.get("force_sensitive") else f"A secret in it ({', '.join(it['secrets'])})"
        lines.append(f"{what} is sealed: secret_get(id={number}) gives it back")
    return Reply("\n".join(lines), {"id": number, "category": category, "importance": call["importance"]})


async def recall(call: Call) -> Reply:
    """memory_recall."""
    limit, order = call["limit"], call["sort_by"]
    category = call.get("category")
    words = f"{call['context']} {call['expanded_query']}"
    it = await call.ask(
        "search", words=words, only="memories", limit=_MANY if category or order != "relevance" else limit,
    )  # fmt: skip
    found = [hit["memory"] for hit in it["hits"] if category is None or _is(hit["memory"], category)]
    if order == "importance":
        found = sorted(found[: 5 * limit], key=lambda each: -each["importance"])
    elif order == "recency":
        found = sorted(found[: 5 * limit], key=lambda each: -each["revised"])
    if not found:
        return Reply(f"No memories found matching: {echoed(call['context'])}")
    return Reply("\n".join([f"Found {len(found[:limit])} memories (by {order}):", *map(_told, found[:limit])]))


async def list_(call: Call) -> Reply:
    """memory_list."""
    category = call.get("category")
    it = await call.ask("recent", limit=_MANY if category else call["limit"])
    found = [each for each in it["memories"] if category is None or _is(each, category)][: call["limit"]]
    if not found:
        where = "yet" if category is None else f"in category '{echoed(category)}'"
        return Reply(f"No memories stored {where}")
    return Reply("\n".join([f"Recent memories ({len(found)} shown):", *map(_told, found)]))


async def delete(call: Call) -> Reply:
    """memory_delete. It can be brought back by the user."""
    named = call["id"].removeprefix("#")
    try:
        known = await call.ask("show", ref=call["id"], all_projects=True)
        if known["type"] != "memory" or not known["alive"]:
            raise NotFound("it was deleted before")
        await call.ask("forget", ref=call["id"])
    except NotFound:
        return Reply(f"Memory #{named} not found")
    return Reply(f"Deleted memory #{known['number']}: {one_line(known['body'][:50])}...")


async def secret(call: Call) -> Reply:
    """secret_get."""
    try:
        it = await call.ask("secret.get", ref=call["id"], actor="agent")
    except Refused:
        known = await call.ask("show", ref=call["id"])
        if known["sealed"] or known["erased"]:
            raise
        return Reply(f"Memory #{known['number']} is not sensitive; memory_recall shows it whole")
    return Reply(it["content"], exact=True)


async def count(call: Call) -> Reply:
    """memory_count."""
    it = await call.ask("count")
    kinds = ", ".join(f"{number} {kind}" for kind, number in it["by_kind"].items())
    return Reply(f"{it['memories']} memories ({it['forgotten']} forgotten)" + (f": {kinds}" if kinds else ""), it)


def _category(memory: Mapping[str, Any]) -> str:
    return str(memory["label"] or memory["kind"])


def _is(memory: Mapping[str, Any], category: str) -> bool:
    asked, own = category.strip().casefold(), _category(memory).casefold()
    return asked == memory["kind"] or _singular(asked) == _singular(own)


def _singular(category: str) -> str:
    """`decisions` asks for what is a decision, too."""
    return re.sub("ies$", "y", category).removesuffix("s")


def _told(memory: Mapping[str, Any]) -> str:
    content = told(memory["body"])
    if memory["sealed"] and "secret_get" in content:  # all of it: the title alone tells what it is
        content = f"{word(memory['title'])} {content}"
    elif memory["sealed"]:
        content += f" [SENSITIVE - use secret_get(id={memory['number']})]"
    head = f"#{memory['number']} [{word(_category(memory))}] (importance: {memory['importance']:.1f}) {content}"
    tags = f"Tags: {', '.join(map(word, memory['tags']))} | " if memory["tags"] else ""
    return "\n  ".join([head, f"{tags}Stored: {day(memory['created'])}", *relation_lines(memory)])
