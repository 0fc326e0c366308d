"""For which session a call speaks: its own; for another one only where no host says which its own is.

Whoever speaks for a session writes what the next one starts with, so none is spoken for out of another project.
"""

from ..errors import Refused
from .call import Call
from .place import here

__all__ = ["speaking"]


async def speaking(call: Call, named: str = "") -> str:
    """The session that a call speaks for: `named`, else its `session_id`, else its own. Raises Refused."""
    session, own = named or call.session, call.hints.session
    if session == own:
        return session
    it = await call.ask("session.spoken", session=session)
    if call.hints.hosted and it["by"] != own:
        raise Refused(
            f"this call cannot speak for the session {session[:80]!r}", why=f"its own is {own!r}, as the host says",
            fix="leave the session out, or give that id; mem_session_start registers another one for this agent",
        )  # fmt: skip
    if it["project"] is not None and it["project"] not in await _projects(call, it["project"]):
        raise Refused(
            f"the session {session[:80]!r} is one of the project {it['project_label']}",
            why="this call comes from elsewhere", fix="leave the session out, or call from a folder of that project",
        )  # fmt: skip
    return session


async def _projects(call: Call, otherwise: int) -> set[int | None]:
    """The projects of the folders that the host tells. Of none: that which the call names, or `otherwise`."""
    found = [await here(call, folder) for folder in call.hints.folders]
    numbers = {each["number"] for each in found if each["specific"]}
    if numbers or not call.get("project"):
        return numbers or {otherwise}
    return {(await call.ask("projects.show", project=call["project"]))["number"]}
