"""The one table of settings: `config.toml` in the home folder, over which an environment variable wins."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .errors import UsageError

__all__ = ["SETTINGS", "Setting", "Settings"]

Value = bool | int | str | tuple[str, ...]
_WANTED: Final = {bool: "true or false", int: "a whole number", str: "a text", tuple: "a list of texts"}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. Its environment variable is HOLDFAST_ and its name in capitals, dots as underscores."""

    name: str
    default: Value
    help: str
    least: int | None = None

    @property
    def variable(self) -> str:
        return "HOLDFAST_" + self.name.upper().replace(".", "_")

    def parse(self, text: str) -> Value:
        """The value that a text means. Raises UsageError."""
        if isinstance(self.default, bool):
            low = text.strip().lower()
            if low in ("1", "true", "yes", "on"):
                return True
            if low in ("0", "false", "no", "off"):
                return False
            raise self._wrong(text, _WANTED[bool])
        if isinstance(self.default, int):
            try:
                return self.check(int(text))
            except ValueError:
                raise self._wrong(text, _WANTED[int]) from None
        if isinstance(self.default, tuple):
            return tuple(part.strip() for part in text.split(",") if part.strip())
        return text

    def check(self, value: object) -> Value:
        """The value as this setting holds it. Raises UsageError when it is of another kind."""
        if isinstance(self.default, tuple) and isinstance(value, list):
            return tuple(str(each) for each in value)
        if type(value) is not type(self.default):
            raise self._wrong(value, _WANTED[type(self.default)])
        if isinstance(value, int) and self.least is not None and value < self.least:
            raise self._wrong(value, f"at least {self.least}")
        return value

    def _wrong(self, value: object, wanted: str) -> UsageError:
        return UsageError(
            f"{self.name} cannot be {value!r}",
            why=f"it takes {wanted}",
            fix=f"holdfast config set {self.name} VALUE",
        )


SETTINGS: Final = {
    setting.name: setting
    for setting in (
        Setting("capture.tools", ("Write", "Edit", "MultiEdit", "Bash", "NotebookEdit"),
                "tools whose calls are kept with input and output"),
        Setting("inject.session_start", True, "give notes when a session starts or resumes"),
        Setting("inject.prompt", True, "give notes with a prompt, when some matter for it"),
        Setting("inject.compaction", True, "give a session its checkpoint after a compaction"),
        Setting("inject.protocol", True, "tell the agent when to save, search and sum up, at a start and a compaction"),
        Setting("inject.nudge", True, "remind the agent of a long session that has saved nothing, once"),
        Setting("inject.nudge_prompts", 10, "prompts that make a session long", 1),
        Setting("inject.nudge_calls", 80, "calls of tools that make a session long, however few its prompts", 1),
        Setting("inject.nudge_rest", 1, "long sessions of a project without a reminder after one that was in vain", 1),
        Setting("inject.tokens_session_start", 1500, "tokens at a session's start or after a compaction, at most", 0),
        Setting("inject.tokens_prompt", 400, "tokens with one prompt, at the most", 0),
        Setting("inject.tokens_session", 6000, "tokens in a session between two compactions, at the most", 0),
        Setting("inject.items_session_start", 40, "items at a session's start, at the most; 0: no limit", 0),
        Setting("inject.items_prompt", 5, "items with one prompt, at the most; 0: no limit", 0),
        Setting("inject.characters", 8000, "characters of one pack, at the most (8,000 is the ceiling)", 0),
        Setting("tools.auto_approve", True, "let holdfast's own tools read and save notes without a question"),
        Setting("retention.days", 0, "days after which the texts of raw events are shed; 0 keeps them", 0),
        Setting("retention.megabytes", 0, "store size above which the oldest raw texts are shed; 0: no limit", 0),
        Setting("backup.keep", 7, "how many automatic backups are kept", 0),
        Setting("http.listen", False, "open HTTP on 127.0.0.1 whenever the daemon runs; else only when asked"),
        Setting("http.port", 0, "the port that HTTP is opened on; 0: any that is free", 0),
        Setting("ogmemory.project", "ogmemory", "the project of oGMemory clients that name none"),
        Setting("secrets.keyring", False, "keep the key to sealed secrets in the system's keyring, not in a file"),
        Setting("daemon.idle_minutes", 30, "minutes without anything to do after which the daemon leaves", 1),
    )
}  # fmt: skip


class Settings:
    """The values in force: environment, else file, else default."""

    def __init__(self, values: Mapping[str, Value], sources: Mapping[str, str], problems: tuple[str, ...] = ()) -> None:
        self._values, self._sources, self.problems = values, sources, problems

    @classmethod
    def load(cls, file: Path, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read them. What the file or environment says wrongly is left at its default and told in `problems`."""
        environment = os.environ if environment is None else environment
        problems: list[str] = []
        told: dict[str, Any] = {}
        try:
            told = _flat(tomllib.loads(file.read_text("utf-8")))
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            problems.append(f"{file} cannot be read: {error}")
        problems += [f"{file}: there is no setting {name!r}" for name in told if name not in SETTINGS]
        values: dict[str, Value] = {}
        sources: dict[str, str] = {}
        for name, setting in SETTINGS.items():
            values[name], sources[name] = setting.default, "default"
            try:
                if name in told:
                    values[name], sources[name] = setting.check(told[name]), "file"
                if setting.variable in environment:
                    values[name], sources[name] = setting.parse(environment[setting.variable]), "environment"
            except UsageError as error:
                problems.append(f"{error.what}: {error.why}")
        return cls(values, sources, tuple(problems))

    def with_values(self, values: Mapping[str, Value]) -> "Settings":
        """These settings with some values changed."""
        return Settings({**self._values, **values}, self._sources, self.problems)

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def number(self, name: str) -> int:
        value = self._values[name]
        assert isinstance(value, int)
        return value

    def on(self, name: str) -> bool:
        return self._values[name] is True

    def words(self, name: str) -> tuple[str, ...]:
        value = self._values[name]
        assert isinstance(value, tuple)
        return value

    def source(self, name: str) -> str:
        """Where the value comes from: default, file or environment."""
        return self._sources[name]


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found
