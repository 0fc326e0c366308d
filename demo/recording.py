"""The recorded work: what hooks were told and what the transcript holds, in the order in which it happened."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = ["FOLDER", "Moment", "Recording"]

FOLDER = Path(__file__).parents[1] / "tests" / "recordings" / "claude-code" / "demo"
_RECORDED_PROJECT = "/home/u/project"
_RECORDED_HOME = "/home/u"


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened: a hook call (event, payload), or a line that the host wrote (file, line)."""

    at: int
    event: str | None = None
    payload: Any = None
    environment: dict[str, str] | None = None
    file: Path | None = None
    line: str = ""

    def write(self) -> None:
        """Append the line to its file, dated now."""
        assert self.file is not None
        told = json.loads(self.line)
        if "timestamp" in told:
            told["timestamp"] = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(told, ensure_ascii=False) + "\n")


class Recording:
    """The recording, moved into another folder. What the host writes is dated when it is written."""

    def __init__(self, project: Path, home: Path) -> None:
        self._project, self._home = project, home
        self._hooks = [json.loads(line) for line in (FOLDER / "hooks.jsonl").read_text("utf-8").splitlines()]
        self.slug = re.sub(r"[^A-Za-z0-9]", "-", str(project))

    def moments(self) -> Iterator[Moment]:
        """Everything, oldest first."""
        yield from sorted([*self._called(), *self._written()], key=lambda moment: moment.at)

    def _called(self) -> Iterator[Moment]:
        for hook in self._hooks:
            payload = json.loads(self._moved(json.dumps(hook["payload"])))
            environment = {name: self._moved(value) for name, value in (hook.get("env") or {}).items()}
            yield Moment(int(hook["at"]), hook["event"], payload, environment)

    def _written(self) -> Iterator[Moment]:
        folder = self._home / ".claude" / "projects" / self.slug
        for file in sorted((FOLDER / "transcripts").rglob("*.jsonl")):
            at = 0
            for line in file.read_text("utf-8").splitlines():
                told = json.loads(line)
                if isinstance(told.get("timestamp"), str):
                    at = max(at, int(datetime.fromisoformat(told["timestamp"]).timestamp() * 1000))
                text = self._moved(json.dumps(told, ensure_ascii=False))
                yield Moment(at, file=folder / file.name, line=text)

    def _moved(self, text: str) -> str:
        return (
            text.replace(re.sub(r"[^A-Za-z0-9]", "-", _RECORDED_PROJECT), self.slug)
            .replace(_RECORDED_PROJECT, str(self._project))
            .replace(_RECORDED_HOME + "/.claude", str(self._home / ".claude"))
        )
