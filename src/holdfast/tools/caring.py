"""Tools that look after what is kept."""

from typing import Any

from ..clock import day
from ..errors import HoldfastError, UsageError
from ..guard import one_line
from .call import Call, Reply
from .place import place
from .wording import named, short, word

__all__ = ["current", "delete", "doctor", "merge", "pin", "projects", "review", "stats", "unpin"]


async def delete(call: Call) -> Reply:
    """mem_delete."""
    if not call.get("hard_delete"):
        it = (await call.ask("forget", ref=call["id"]))["memory"]
        return Reply(
            f"Forgot {named(it)}. The user brings it back with `holdfast forget --back {it['number']}`.",
            {"id": it["number"], "hard": False},
        )
    await call.ask("erase", ref=call["id"])
    copies = (await call.ask("erase.copies", ref=call["id"]))["copies"]
    held = f" Older backups still hold it: {', '.join(copies)}" if copies else ""
    return Reply(f"Erased #{call['id'].removeprefix('#')} for good.{held}", {"hard": True, "copies": copies})


async def stats(call: Call) -> Reply:
    """mem_stats."""
    it = await call.ask("status")
    labels = [each["label"] for each in (await call.ask("projects.list"))["projects"]]
    receipts = ", ".join(f"{count} {name}" for name, count in it["deliveries"]["by_receipt"].items()) or "none"
    text = (
        f"{it['memories']} notes ({it['forgotten']} forgotten), {it['sessions']} sessions, {it['events']} events, "
        f"{it['projects']} projects: {', '.join(map(word, labels[:30]))}\n"
        f"Packs of the last {it['deliveries']['days']} days: {receipts}"
    )
    names = ("memories", "forgotten", "sessions", "events", "projects")
    return Reply(text, {"stats": {name: it[name] for name in names} | {"project_labels": labels}})


async def projects(call: Call) -> Reply:
    """mem_list_projects."""
    found = (await call.ask("projects.list"))["projects"]
    lines = [
        f"{word(each['label'])} (number {each['number']}): {each['memories']} notes, {each['sessions']} sessions, "
        f"last heard {day(each['heard'])}" + (", ignored" if each["ignored"] else "")
        for each in found
    ]
    return Reply("\n".join(lines) or "No projects yet.", {"projects": found})


async def current(call: Call) -> Reply:
    """mem_current_project: never fails for want of a project, but says so."""
    named = call.get("project")
    if named:
        where = await place(call)
        it = await call.ask("projects.show" if "project" in where else "projects.current", **where)
        fields = {"project": it["label"], "project_source": "explicit", "number": it["number"]}
        return Reply(f"Project {word(it['label'])}, as asked for.", fields)
    it = await call.ask("projects.current")
    fields = {
        "project": it["label"] if it["specific"] else None, "project_source": it["source"],
        "project_path": it["folder"], "number": it["number"],
    }  # fmt: skip
    if not it["specific"]:
        fields["available_projects"] = [each["label"] for each in (await call.ask("projects.list"))["projects"]]
        folder = one_line(it["folder"] or "the host tells no folder")
        return Reply(f"No project: {folder}. Give `project` to each tool.", fields)
    known = f"number {it['number']}" if it["number"] else "nothing is kept of it yet"
    known = f"Project {word(it['label'])} ({known}), known by its {it['source']}: {one_line(it['folder'] or '')}"
    return Reply(known, fields)


async def merge(call: Call) -> Reply:
    """mem_merge_projects."""
    lines: list[str] = []
    for name in filter(None, (part.strip() for part in call["from"].split(","))):
        try:
            it = await call.ask("projects.merge", project=name, into=call["to"])
        except HoldfastError as error:  # what was done before it stays
            if lines:
                error.also("; ".join(lines))
            raise
        lines.append(f"{word(it['project']['label'])} is part of {word(it['into']['label'])} now")
    if not lines:
        raise UsageError("mem_merge_projects needs from")
    return Reply("; ".join(lines) + ".")


async def pin(call: Call) -> Reply:
    """mem_pin."""
    it = (await call.ask("pin", ref=call["id"]))["memory"]
    return Reply(f"Pinned {named(it)}.")


async def unpin(call: Call) -> Reply:
    """mem_unpin."""
    it = (await call.ask("unpin", ref=call["id"]))["memory"]
    return Reply(f"Unpinned {named(it)}.")


async def review(call: Call) -> Reply:
    """mem_review."""
    if call["action"] == "confirm":
        if not call.get("id"):
            raise UsageError("mem_review needs id", why="confirm is about one note")
        it = (await call.ask("review.confirm", ref=call["id"]))["memory"]
        return Reply(f"Confirmed {named(it)}.", {"id": it["number"]})
    it = await call.ask("review", limit=call["limit"], **await place(call))
    lines: list[str] = []
    for name, heading in _TO_REVIEW.items():
        if it[name]:
            lines += [heading, *(short(each) for each in it[name])]
    return Reply("\n".join(lines) or "Nothing to review.", {name: _numbers(it[name]) for name in _TO_REVIEW})


_TO_REVIEW = {
    "contested": "Contested (judge with mem_judge):",
    "quarantined": "Quarantined (only the user can accept these):",
    "unconfirmed": "Oldest that nobody confirmed (mem_review confirm, mem_update, or ask the user to forget them):",
}


def _numbers(memories: list[dict[str, Any]]) -> list[int]:
    return [each["number"] for each in memories]


async def doctor(call: Call) -> Reply:
    """mem_doctor."""
    it, found = await call.ask("status"), (await call.ask("check"))["findings"]
    lines = [*it["problems"], *(f"{each['where']}: {each['what']}; fix: {each['fix']}" for each in found)]
    if not lines:
        return Reply("All is well: the store, its index, texts and references are whole.", {"ok": True})
    return Reply("\n".join([*lines, "The user can run `holdfast doctor`."]), {"ok": False, "findings": lines})
