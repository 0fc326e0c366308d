"""docs/reference/figures.md, out of the measured data; `plots` are its pictures."""

import json
from pathlib import Path
from typing import Any

from benchmarks.plot import Bar, bars

RESULTS = Path(__file__).parents[3] / "benchmarks" / "results"
_GOALS = {"capture hook": 1.1, "prompt hook": 1.5, "session start, 10,000 memories": 1.5, "daemon down": 2.5}


def _figures(name: str) -> Any:
    return json.loads((RESULTS / f"{name}.json").read_text("utf-8"))["figures"]


def page() -> str:
    names = ("hooks", "appending", "daemon", "saving", "importing")
    hooks, appending, daemon, saving, importing = map(_figures, names)
    lines = [
        "# Figures",
        "",
        "Each figure was taken with `python -m benchmarks NAME` on a shared machine with two cores; the data is in",
        "`benchmarks/results/`. A time is given as a ratio to a floor that was run in turn with it, because absolute",
        "times there drift by half. Measure again on yours: `python -m benchmarks all`.",
        "",
        "Missed so far: the capture hook by a few hundredths; the median append, of which the disk's sync is a third;",
        "and the bulk import by more than half: there the search index writes out what it holds for each event",
        "instead of for each batch, and each event costs several statements.",
        "",
        "## Hooks",
        "",
        "The installed launcher as a whole process, over `python -I -S -c pass` on the same interpreter; medians.",
        "",
        "![Hooks over a bare interpreter](hooks.svg)",
        "",
        "| what | times the floor | p95 | CPU | goal | ms here |",
        "|---|---|---|---|---|---|",
    ]
    for row in hooks:
        floor = row["floor_ms"]
        goal = {**_GOALS, "10 MB of input": 10.0}.get(row["what"])
        lines.append(
            f"| {row['what']} | {row['subject_ms'] / floor:.2f} | {row['subject_p95_ms'] / floor:.2f} "
            f"| {row['subject_cpu_ms'] / row['floor_cpu_ms']:.2f} | {f'≤ {goal}' if goal else '≤ 200 ms'} "
            f"| {row['subject_ms']:.1f} |"
        )
    lines += [
        "",
        "A hung daemon costs the 50 ms that it has to show that it lives, then the guarding and keeping of a copy.",
        "A prompt hook gives no notes yet; what it will cost with recall in it is not measured here.",
        "",
        "## Appends through the daemon",
        "",
        "One event a frame, answered when it is on disk; the floor is one synced SQLite transaction of the same text.",
        "",
        "| what | here | goal |",
        "|---|---|---|",
        f"| floor, ms | {appending['floor_ms']:.2f} | |",
        f"| one client, p50, ms | {appending['p50_ms']:.2f} | ≤ 0.6 |",
        f"| one client, p95, ms | {appending['p95_ms']:.2f} | |",
        f"| eight clients, per second | {appending['eight_per_second']:,.0f} | ≥ 2,000 |",
        f"| eight clients, worst, ms | {appending['eight_worst_ms']:.0f} | ≤ 100 |",
        "",
        "## The daemon",
        "",
        "| what | here | goal |",
        "|---|---|---|",
        f"| from its start to its first answer, ms | {daemon['ready_ms']:.0f} | ≤ 250 |",
        f"| memory with 10,000 notes, frames only, MB | {daemon['memory_mb']:.0f} | ≤ 45 |",
        f"| CPU when idle, % | {daemon['idle_cpu_percent']:.2f} | ≤ 0.05 |",
        "",
        "## Saving",
        "",
        f"Into a store of {saving['memories']:,.0f} notes, in one process; the floor is one synced SQLite transaction of",
        "the same text. Medians.",
        "",
        "| what | here | CPU | goal |",
        "|---|---|---|---|",
        f"| floor, ms | {saving['floor_ms']:.2f} | {saving['floor_cpu_ms']:.2f} | |",
        f"| a note, ms | {saving['plain_ms']:.2f} | {saving['plain_cpu_ms']:.2f} | |",
        f"| a note that is compared with those there are, ms | {saving['detected_ms']:.2f} "
        f"| {saving['detected_cpu_ms']:.2f} | ≤ 8 |",
        "",
        "## Bulk import",
        "",
        f"{importing['turns']:,} made-up messages in {importing['megabytes']:.0f} MB of transcripts, by",
        "`holdfast import claude-code --all`; the floor is FTS5 inserts of the same texts in one transaction.",
        "",
        "| what | here | goal |",
        "|---|---|---|",
        f"| floor, CPU seconds | {importing['floor_cpu_seconds']:.2f} | |",
        f"| command and daemon, CPU seconds | {importing['cpu_seconds']:.1f} | ≤ 9 for 100,000 |",
        f"| wall, seconds | {importing['wall_seconds']:.1f} | |",
        f"| the same again (nothing new), seconds | {importing['again_wall_seconds']:.1f} | |",
        "",
    ]
    return "\n".join(lines)


def plots() -> dict[str, str]:
    """File name beside the page -> SVG."""
    rows = [row for row in _figures("hooks") if row["what"] in _GOALS]
    found = [Bar(row["what"], row["subject_ms"] / row["floor_ms"], _GOALS[row["what"]]) for row in rows]
    return {"hooks.svg": bars("Hooks over a bare interpreter", found, unit="×", floor=1.0)}
