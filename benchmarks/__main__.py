"""`python -m benchmarks NAME…`: measure, print the figures, keep them as data."""

import argparse
import json
import platform
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import appending, conflicts, daemon, hooks, http, importing, mcp, poisoning, recall, recall_speed, saving

RESULTS = Path(__file__).with_name("results")


def _hooks(count: int | None) -> Any:
    rows = hooks.measure(count or 200)
    for row in rows:
        print(
            f"{row.what:34} {row.subject_ms:8.2f} ms  {row.times:6.2f}x  p95 {row.times_p95:6.2f}x"
            f"  cpu {row.times_cpu:5.2f}x  (goal {hooks.GOALS.get(row.what, '-')})"
        )
    return [asdict(row) for row in rows]


def _figures(figures: Any, goals: dict[str, str]) -> Any:
    for name, value in asdict(figures).items():
        goal = f"  (goal {goals[name]})" if name in goals else ""
        print(f"{name:24} {value:12,.2f}{goal}")
    return asdict(figures)


def _recall(given: argparse.Namespace) -> Any:
    told = recall.measure(given.set or (), given.locomo)
    return {name: [each if isinstance(each, dict) else asdict(each) for each in rows] for name, rows in told.items()}


def _recall_speed(count: int | None) -> Any:
    costs = recall_speed.measure(count=count or 200)
    for cost in costs:
        print(
            f"{cost.memories:7,} {cost.asked:6} {cost.way:15} found {cost.found:.2f}  cpu {cost.cpu_ms:6.2f} ms"
            f" p95 {cost.cpu_p95_ms:6.2f}  wall {cost.wall_ms:6.2f} p95 {cost.wall_p95_ms:6.2f}"
            f"  eight {cost.eight_ms:6.1f} p95 {cost.eight_p95_ms:6.1f}  (goal {recall_speed.GOALS[cost.asked]})"
        )
    return [asdict(cost) for cost in costs]


def _conflicts() -> Any:
    ways = conflicts.compare()
    for way in ways:
        print(
            f"{way.way:24} {way.half:9} precision {way.precision:.2f}  recall {way.recall:.2f}"
            f"  missed {way.missed:2}  strays {way.strays:3} of {way.proposed}"
        )
    return [asdict(way) for way in ways]


def _poisoning() -> Any:
    rows = poisoning.measure()
    for row in rows:
        print(
            f"{row.source or 'no poison':9} {row.shape:18} {row.notes:6,}  own {row.own:5.1f}  first {row.first:5.1f}"
            f"  poison {row.poison:5.1f}  at start {row.at_start:5.1f}"
        )
    return [asdict(row) for row in rows]


MEASURES: dict[str, Callable[[argparse.Namespace], Any]] = {
    "hooks": lambda given: _hooks(given.count),
    "appending": lambda given: _figures(appending.measure(given.count or 500), appending.GOALS),
    "conflicts": lambda _: _conflicts(),
    "daemon": lambda given: _figures(daemon.measure(given.count or 10), daemon.GOALS),
    "http": lambda given: _figures(http.measure(given.count or 2_000), http.GOALS),
    "importing": lambda given: _figures(importing.measure(given.count or 100_000), importing.GOALS),
    "mcp": lambda given: _figures(mcp.measure(given.count or 200), mcp.GOALS),
    "poisoning": lambda _: _poisoning(),
    "recall": _recall,
    "recall_speed": lambda given: _recall_speed(given.count),
    "saving": lambda given: _figures(saving.measure(given.count or 10_000), saving.GOALS),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="+", choices=[*MEASURES, "all"])
    parser.add_argument("--count", type=int, help="pairs, appends, starts, messages or questions")
    parser.add_argument("--set", type=Path, action="append", help="recall: questions beside our own (JSON, also .gz)")
    parser.add_argument(
        "--locomo", type=Path, help="recall: LoCoMo's locomo10.json (CC BY-NC; not part of this project)"
    )
    given = parser.parse_args()
    for name in MEASURES if "all" in given.names else given.names:
        print(f"── {name}")
        measured = MEASURES[name](given)
        RESULTS.mkdir(exist_ok=True)
        kept = {"python": platform.python_version(), "figures": measured}
        (RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
