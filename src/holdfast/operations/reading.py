"""Operations by which the import command hands over what it read of transcripts."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..hosts.claude_code.payload import HOST
from ..journal.tail import Batch
from .context import Arguments, Context, Operation

__all__ = ["OPERATIONS"]


def _position(context: Context, arguments: Arguments) -> Any:
    return asdict(context.capture.tails.position(HOST, Path(arguments["path"])))


def _take(context: Context, arguments: Arguments) -> Any:
    return {"new": context.capture.batch(Batch.load(arguments["batch"]))}


OPERATIONS = (
    Operation("import.position", "where to read on in a transcript", _position),
    Operation("import.take", "take what was read of a transcript", _take),
)
