from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str, *, files: tuple[str, ...] = (), prefix: bool = False) -> "Question":
        return cls(text, tuple(text.split()))
