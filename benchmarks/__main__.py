"""`python -m benchmarks NAME…`: measure, print the figures, keep them as data."""

import argparse
import json
import platform
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import appending, daemon, hooks, importing, saving

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


MEASURES: dict[str, Callable[[int | None], Any]] = {
    "hooks": _hooks,
    "appending": lambda count: _figures(appending.measure(count or 500), appending.GOALS),
    "daemon": lambda count: _figures(daemon.measure(count or 10), daemon.GOALS),
    "saving": lambda count: _figures(saving.measure(count or 10_000), saving.GOALS),
    "importing": lambda count: _figures(importing.measure(count or 100_000), importing.GOALS),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="+", choices=[*MEASURES, "all"])
    parser.add_argument("--count", type=int, help="pairs, appends, starts or messages")
    given = parser.parse_args()
    for name in MEASURES if "all" in given.names else given.names:
        print(f"── {name}")
        measured = MEASURES[name](given.count)
        RESULTS.mkdir(exist_ok=True)
        kept = {"python": platform.python_version(), "figures": measured}
        (RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
