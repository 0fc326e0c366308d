"""How changes make a state: each register merges as a whole, the same on every device, in whatever order they come.

The later stamp wins (ties: the larger device). Life is different: a memory is alive when every change that forgot it
is named by one that brought it back, so that a restore never undoes a forget that it had not seen (an observed-remove
flag; Shapiro et al., "A comprehensive study of CRDTs", 2011). An erase is final.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from ..clock import millis
from .change import Change

__all__ = ["MEMORY_REGISTERS", "PROJECT_REGISTERS", "RELATION_REGISTERS", "State", "Write", "fold", "write_of"]

# `text` is kind, label, title, body, files and evidence; `scope` is the scope and the project that it speaks of.
MEMORY_REGISTERS: Final = ("text", "scope", "tags", "importance", "pin", "alive", "standing", "topic", "trust")
PROJECT_REGISTERS: Final = ("label", "merged", "ignored")
# `candidate` is that a pair may disagree, `verdict` what somebody found: so no candidate ever undoes a verdict.
RELATION_REGISTERS: Final = ("ends", "candidate", "verdict")


_REGISTERS: Final = (*MEMORY_REGISTERS, *PROJECT_REGISTERS, *RELATION_REGISTERS)


@dataclass(frozen=True, slots=True)
class Write:
    """What one change wrote into one register.

    origin: the change that first gave this value: itself, or for an undo the one whose value it brought back.
    restores: of a write into `alive`, the forgets that it had seen and takes back.
    """

    seq: int
    change: UUID
    clock: int
    device: UUID
    origin: UUID
    value: Any
    body: str | None = None
    restores: frozenset[UUID] = frozenset()

    @property
    def order(self) -> tuple[int, bytes]:
        return self.clock, self.device.bytes


@dataclass(slots=True)
class State:
    """A memory, project or relation as its changes make it. `writes` has, of each register, the write that holds.

    lives: every write into `alive`, since no single one of them decides.
    created: Unix ms of the first change; `erased`: the stamp of the first erase.
    """

    writes: dict[str, Write] = field(default_factory=dict)
    lives: list[Write] = field(default_factory=list)
    created: int | None = None
    revision: int = 0
    repeats: int = 0
    erased: int | None = None

    def apply(self, change: Change) -> None:
        """Take in one more change, whichever came before."""
        at = millis(change.clock)
        self.created = at if self.created is None else min(self.created, at)
        if change.cause == "erase":
            self.erased = change.clock if self.erased is None else min(self.erased, change.clock)
        patch = change.patch
        if patch is None:
            return
        for name in _REGISTERS:
            if name not in patch:
                continue
            write = write_of(change, name)
            if name == "alive":
                self.lives.append(write)
                self.writes[name] = _life(self.lives)
            elif name not in self.writes or write.order > self.writes[name].order:
                self.writes[name] = write
        self.revision += "text" in patch
        self.repeats += patch.get("repeats", 0)

    def value(self, name: str, default: Any = None) -> Any:
        """What the register holds."""
        write = self.writes.get(name)
        return default if write is None else write.value

    def open_forgets(self) -> list[str]:
        """The forgets that nothing has taken back, as a patch names them: what a restore made now must name."""
        return sorted(write.change.hex for write in _open(self.lives))


def fold(changes: Iterable[Change]) -> State:
    """The state that these changes of one memory, project or relation make."""
    state = State()
    for change in changes:
        state.apply(change)
    return state


def write_of(change: Change, name: str) -> Write:
    """What `change` wrote into the register called `name`. Raises KeyError when it wrote nothing there."""
    patch = change.patch or {}
    origin = patch.get("origins", {}).get(name)
    return Write(
        seq=change.seq,
        change=change.id,
        clock=change.clock,
        device=change.device,
        origin=change.id if origin is None else UUID(hex=origin),
        value=patch[name],
        body=change.body if name == "text" else None,
        restores=frozenset(UUID(hex=each) for each in patch.get("restores", ())) if name == "alive" else frozenset(),
    )


def _open(lives: list[Write]) -> list[Write]:
    taken_back = {forget for write in lives for forget in write.restores}
    return [write for write in lives if not write.value and write.change not in taken_back]


def _life(lives: list[Write]) -> Write:
    """The write that decides: the latest forget still open, else the latest that says alive."""
    return max(_open(lives) or [write for write in lives if write.value] or lives, key=lambda write: write.order)
