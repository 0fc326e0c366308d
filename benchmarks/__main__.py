"""`python -m benchmarks NAME [--pairs N]`: measure, print the table, keep the data."""

import argparse
import json
import platform
from dataclasses import asdict
from pathlib import Path

from .timing import Ratio

RESULTS = Path(__file__).with_name("results")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("name", choices=["hooks"])
    parser.add_argument("--pairs", type=int, default=200)
    given = parser.parse_args()
    from . import hooks

    rows = hooks.measure(given.pairs)
    for row in rows:
        print(
            f"{row.what:34} {row.subject_ms:8.2f} ms  {row.times:6.2f}x  p95 {row.times_p95:6.2f}x"
            f"  cpu {row.times_cpu:5.2f}x  (goal {hooks.GOALS.get(row.what, '-')})"
        )
    _keep(given.name, rows)


def _keep(name: str, rows: list[Ratio]) -> None:
    RESULTS.mkdir(exist_ok=True)
    kept = {"python": platform.python_version(), "rows": [asdict(row) for row in rows]}
    (RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
