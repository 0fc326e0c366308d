"""What nobody but its owner changes of a memory: told as it is refused."""

from ..errors import Refused
from ..memory import Memory

__all__ = ["name_of", "refuse_quarantined", "refuse_standing", "refuse_taking_away", "refuse_writing_over"]


def name_of(memory: Memory) -> str:
    return f"memory #{memory.number}"


def refuse_standing(whose: str, *, standing: bool) -> None:
    """Raises Refused when anybody but the owner would change what is, or would again be, a standing instruction."""
    if standing and whose != "owner":
        raise Refused(
            "a standing instruction is its owner's", why="it is given to every session, so nobody else may change it",
            fix="ask the user to do it, or to run this command in a terminal",
        )  # fmt: skip


def refuse_writing_over(memory: Memory, whose: str, *, sealed: bool) -> None:
    """Raises Refused when anybody but the owner would write anew what sessions are given first, or what he had
    sealed."""
    if whose == "owner":
        return
    if memory.pinned:
        what = "is pinned"
    elif memory.preferred:
        what = "says what its owner prefers in all projects"
    elif memory.trust == "owner" and sealed:
        what = "holds something that its owner had sealed"
    else:
        return
    raise Refused(
        f"{name_of(memory)} {what}", why="nobody else changes what it says",
        fix="save what is new as a note of its own (mem_judge says how the two relate), or ask the user: "
        f"holdfast revise {memory.number}",
    )  # fmt: skip


def refuse_taking_away(memory: Memory, whose: str) -> None:
    """Raises Refused when anybody but the owner would unpin what he said, or take it or what always holds away."""
    refuse_standing(whose, standing=memory.standing)
    if memory.pinned and memory.trust == "owner" and whose != "owner":
        raise Refused(
            f"what {name_of(memory)} says its owner said, and it is pinned for him",
            why="nobody else takes it from the start of every session",
            fix=f"ask the user: holdfast unpin {memory.number}, or holdfast forget {memory.number}",
        )  # fmt: skip


def refuse_quarantined(memory: Memory, whose: str) -> None:
    """Raises Refused when anybody but the owner would change what is quarantined."""
    if memory.trust == "quarantined" and whose != "owner":
        raise Refused(
            f"{name_of(memory)} is quarantined", why="only its owner can accept what it says",
            fix="save what you know as a note of its own",
        )  # fmt: skip
