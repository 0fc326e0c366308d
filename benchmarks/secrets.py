"""How much of what is secret the guard finds, what it hides by mistake, and what it costs.

    python -m benchmarks.secrets [DIR] [--seeds N] [--hits]

Recall is measured on made-up secrets of every shape, in the places where they turn up. DIR holds real transcripts
(`*.jsonl`, `*.jsonl.gz`: each string of their JSON is one text) or sources (`*.py`, `*.md`, …: each file is one);
`--hits` prints each distinct thing that would be hidden there, for a person to judge.
"""

import argparse
import gzip
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.unit.guard.made_up import everywhere, remains

from holdfast.guard import RULES, clean, find, redact

SOURCES = frozenset(".py .js .ts .json .md .txt .rst .toml .yaml .yml .cfg .html .go .rs .c .h .sh .lock".split())  # noqa: SIM905


def recall(seeds: int) -> None:
    whole: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for seed in range(seeds):
        for secret, _, text in everywhere(seed):
            whole[secret.rule] += 1
            missed[secret.rule] += bool(remains(secret, redact(text)))
    print(f"{'rule':18} {'texts':>8} {'hidden':>8} {'recall':>8}")
    for rule in RULES:
        if count := whole[rule.id]:
            print(f"{rule.id:18} {count:8,} {count - missed[rule.id]:8,} {1 - missed[rule.id] / count:8.2%}")
    total, lost = whole.total(), missed.total()
    print(f"{'all':18} {total:8,} {total - lost:8,} {1 - lost / total:8.3%}\n")


def texts(folder: Path) -> Iterator[str]:
    """Each different text once."""
    seen: set[str] = set()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            for text in strings(path):
                if text not in seen:
                    seen.add(text)
                    yield text


def strings(path: Path) -> Iterator[str]:
    if path.name.endswith((".jsonl", ".jsonl.gz")):
        with gzip.open(path, "rt", errors="replace") if path.suffix == ".gz" else path.open(errors="replace") as lines:
            for line in lines:
                yield from leaves(line)
    elif path.suffix in SOURCES:
        yield path.read_text(errors="replace")


def leaves(line: str) -> Iterator[str]:
    try:
        stack = [json.loads(line)]
    except ValueError:
        yield line  # cut, or not JSON: a text as well
        return
    while stack:
        value = stack.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            stack += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            stack += value


def alarms(folder: Path, *, shown: bool) -> None:
    hits: Counter[tuple[str, str]] = Counter()
    before: dict[tuple[str, str], str] = {}
    count = size = 0
    spent = 0.0
    for text in texts(folder):
        started = time.perf_counter()
        spans = find(text)
        spent += time.perf_counter() - started
        count += 1
        size += len(text)
        for start, end, name in spans:
            hit = (name, text[start:end])
            hits[hit] += 1
            before.setdefault(hit, text[max(0, start - 60) : start])
    if shown:
        for (name, value), times in sorted(hits.items()):
            print(f"{name} ×{times}  {before[name, value]!r} » {value[:120]!r}")
    print(f"{count:,} different texts, {size:,} characters, {spent * 1e6 / (size / 1024):.0f} µs per KB")
    print(f"{len(hits):,} different hits, {hits.total():,} in all: {dict(Counter(name for name, _ in hits))}\n")


def cost() -> None:
    prose = "The quick brown fox jumps over a lazy dog, and nobody minds at all.\n" * 120
    code = "def total(rows):\n    return sum(row.amount * row.factor for row in rows if row.active)\n" * 95
    words = "The password and the token of each user; a secret, the keys, sk-learn.\n" * 115
    full = "export DB_PASSWORD=hunter2\nAuthorization: Bearer 0a1b2c3d4e5f6a7b8c9d\n" * 115
    for name, text in (("prose, no anchor", prose), ("code, no anchor", code), ("anchors", words), ("secrets", full)):
        print(f"{name:18} {best(text, 50):8.1f} µs per KB")
    huge = code * 1_250
    started = time.perf_counter()
    clean(huge, written=False)
    print(f"{'cut':18} {(time.perf_counter() - started) * 1e3:8.1f} ms for one text of {len(huge):,} characters")


def best(text: str, times: int) -> float:
    """µs per KB, the best of some runs: what the work costs, not what else the machine does."""
    spent = []
    for _ in range(times):
        started = time.perf_counter()
        find(text)
        spent.append(time.perf_counter() - started)
    return min(spent) * 1e6 / (len(text) / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.secrets")
    parser.add_argument("folder", nargs="?", type=Path, metavar="DIR")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--hits", action="store_true")
    given = parser.parse_args()
    recall(given.seeds)
    if given.folder:
        alarms(given.folder, shown=given.hits)
    cost()


if __name__ == "__main__":
    main()
