"""Tools by which an agent tells of its session, and of what the user asked."""

from .call import Call, Reply
from .place import known_by, place
from .speaking import speaking

__all__ = ["end", "prompt", "start", "summary"]


async def start(call: Call) -> Reply:
    """mem_session_start."""
    directory = call.get("directory")
    where = {"cwd": directory} if directory and not call.get("project") else await place(call)
    by = call.hints.session if call.hints.hosted else None
    it = await call.ask("session.begin", session=call["id"], by=by, **where)
    text = "is tracked already" if it["known"] else f"started in {it['project_label'] or 'no project'}"
    return Reply(f"Session {call['id']!r} {text}.", it)


async def end(call: Call) -> Reply:
    """mem_session_end: with a summary, that is saved first."""
    lines, session = [], await speaking(call, call["id"])
    if call.get("summary"):
        lines.append((await _summed_up(call, session, call["summary"])).text)
    it = await call.ask("session.end", session=session)
    state = "had ended already" if it["ended_before"] else "ends when its host says so" if it["tracked"] else "ended"
    return Reply("\n".join([*lines, f"Session {call['id']!r} {state}."]), it)


async def summary(call: Call) -> Reply:
    """mem_session_summary."""
    return await _summed_up(call, await speaking(call), call["content"])


async def _summed_up(call: Call, session: str, content: str) -> Reply:
    where = await place(call, session)
    it = await call.ask("session.summarise", session=session, body=content, **where)
    memory = it["memory"]
    done = "Revised" if it["again"] else "Saved"
    lines = [f"{done} the summary of this session, #{memory['number']}; the next session here starts with it."]
    if it["event"] is not None:
        lines.append(f"The note holds its first {len(memory['body']):,} characters; all of it is e{it['event']}.")
    fields = {"id": memory["number"], "sync_id": memory["id"], "session_id": it["session"]}
    return Reply("\n".join(lines), {**fields, **await known_by(call, where)})


async def prompt(call: Call) -> Reply:
    """mem_save_prompt."""
    where, session = await place(call, call.session), await speaking(call)
    it = await call.ask("session.prompt", session=session, body=call["content"], nonce=call.nonce, **where)
    text = "Recorded" if it["new"] else "Recorded before"
    return Reply(f"{text}: e{it['event']}.", {**it, **await known_by(call, where)})
