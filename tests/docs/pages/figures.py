"""docs/reference/figures.md, out of the measured data; `plots` are its pictures."""

import json
from pathlib import Path
from typing import Any

from benchmarks.plot import Bar, bars

RESULTS = Path(__file__).parents[3] / "benchmarks" / "results"
_GOALS = {
    "capture hook": 1.1,
    "prompt hook, 10,000 memories": 1.5,
    "prompt hook, 100,000 memories": 3.0,
    "session start, 10,000 memories": 1.5,
    "`holdfast search`, 10,000 memories": 10.0,
    "daemon down": 2.5,
}


_OTHER_GOALS = {
    "daemon hung": "≤ 200 ms",
    "prompt hook, 10,000 memories, during an import": "p95 ≤ 1.5 times that alone",
}


def _figures(name: str) -> Any:
    return json.loads((RESULTS / f"{name}.json").read_text("utf-8"))["figures"]


def _missed() -> list[str]:
    """Each goal that is not reached, out of the same data as the tables below."""
    hooks = {row["what"]: row for row in _figures("hooks")}
    times = {what: row["subject_ms"] / row["floor_ms"] for what, row in hooks.items()}
    during = hooks["prompt hook, 10,000 memories, during an import"]
    alone = hooks["prompt hook, 10,000 memories"]
    appending, daemon, saving, tools = (_figures(name) for name in ("appending", "daemon", "saving", "mcp"))
    most = [  # what, here, at the most
        *((f"{what}, times the floor", times[what], goal) for what, goal in _GOALS.items()),
        ("10 MB of input, times the floor", times["10 MB of input"], 10.0),
        ("daemon hung, ms", hooks["daemon hung"]["subject_ms"], 200),
        ("prompt hook during an import, p95 over that alone",
         (during["subject_p95_ms"] / during["floor_ms"]) / (alone["subject_p95_ms"] / alone["floor_ms"]), 1.5),
        ("append, p50, ms", appending["p50_ms"], 0.6),
        ("append, eight clients, worst, ms", appending["eight_worst_ms"], 100),
        ("daemon ready, ms", daemon["ready_ms"], 250),
        ("daemon's memory, MB", daemon["memory_mb"], 45),
        ("idle CPU, %", daemon["idle_cpu_percent"], 0.05),
        ("a save that looks for conflicts, ms", saving["detected_ms"], 8),
        ("bytes of notes and their index, times those of their text", saving["bytes_times"], 2.5),
        ("`initialize`, times the floor", tools["initialize_times"], 2.5),
        ("memory of a bridge, MB", tools["memory_mb"], 10),
        ("bulk import of 100,000, CPU seconds", _figures("importing")["cpu_seconds"], 9),
        ("HTTP beyond its floor, ms", _figures("http")["health_over_ms"], 0.15),
    ]  # fmt: skip
    found = {row["set"]: row for row in _figures("recall")["rows"] if row["way"] == "holdfast"}
    least = [  # what, here, at the least
        ("appends by eight clients, per second", appending["eight_per_second"], 2_000),
        *((f"LoCoMo, R@{k}, in %", found["locomo"][f"at_{k}"], goal) for k, goal in ((5, 72), (10, 82))
          if "locomo" in found),
    ]  # fmt: skip
    lines = ["Goals that are missed so far:", "", "| what | here | goal |", "|---|---|---|"]
    lines += [f"| {what} | {here:.2f} | ≤ {goal} |" for what, here, goal in most if here > goal]
    lines += [f"| {what} | {here:,.1f} | ≥ {goal:,} |" for what, here, goal in least if here < goal]
    return [
        *lines,
        "",
        "Of what a long prompt's hook costs the daemon, three quarters is finding: nearly half of that in the search",
        "index, which weighs about a thousand texts and counts each word, and a sixth in parting the best of them into",
        "words. The rest is understanding, one synced write, and the way through two threads. Of an append, the disk's",
        "sync is a third; in a bulk import more than half is Python's, which reads and guards each message, takes it",
        "and lets the rules read it, and most pages that are written belong to two indexes of hashes, which come in no",
        "order. Of a note of 166 bytes the store keeps a row with its title, its text, its words and several keys, of",
        "which each weighs more than a tenth of that. The goals of recall are for conversations that were not used to",
        "choose the ranking, as these were.",
        "",
    ]


def page() -> str:
    names = ("hooks", "appending", "daemon", "saving", "importing")
    hooks, appending, daemon, saving, importing = map(_figures, names)
    tools = _figures("mcp")
    lines = [
        "# Figures",
        "",
        "Each figure was taken with `python -m benchmarks NAME` on a shared machine with two cores; the data is in",
        "`benchmarks/results/`. A time is given as a ratio to a floor that was run in turn with it, because absolute",
        "times there drift by half. Measure again on yours: `python -m benchmarks all`.",
        "",
        *_missed(),
        "## Hooks",
        "",
        "The installed launcher as a whole process, over `python -I -S -c pass` on the same interpreter; medians.",
        "Beside them stands a command that people type.",
        "",
        "![Hooks over a bare interpreter](hooks.svg)",
        "",
        "| what | times the floor | p95 | CPU | goal | ms here |",
        "|---|---|---|---|---|---|",
    ]
    for row in hooks:
        floor = row["floor_ms"]
        goal = {**_GOALS, "10 MB of input": 10.0}.get(row["what"])
        wanted = f"≤ {goal}" if goal else _OTHER_GOALS[row["what"]]
        lines.append(
            f"| {row['what']} | {row['subject_ms'] / floor:.2f} | {row['subject_p95_ms'] / floor:.2f} "
            f"| {row['subject_cpu_ms'] / row['floor_cpu_ms']:.2f} | {wanted} "
            f"| {row['subject_ms']:.1f} |"
        )
    lines += [
        "",
        "A hung daemon costs the 50 ms that it has to show that it lives, then the guarding and keeping of a copy.",
        "The prompts have 30 to 60 words, each in a session of its own; most are given four or five notes.",
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
        f"| CPU of the daily look after the store, ms | {daemon['daily_cpu_ms']:.0f} | |",
        f"| CPU when idle, % | {daemon['idle_cpu_percent']:.2f} | ≤ 0.05 |",
        "",
        "## Saving",
        "",
        f"Into a store of {saving['memories']:,.0f} notes, in one process; the floor is one synced SQLite transaction",
        "of the same text. Medians.",
        "",
        "| what | here | CPU | goal |",
        "|---|---|---|---|",
        f"| floor, ms | {saving['floor_ms']:.2f} | {saving['floor_cpu_ms']:.2f} | |",
        f"| a note, ms | {saving['plain_ms']:.2f} | {saving['plain_cpu_ms']:.2f} | |",
        f"| a note, compared with others, ms | {saving['detected_ms']:.2f} | {saving['detected_cpu_ms']:.2f} | ≤ 8 |",
        "",
        f"A note's text has {saving['text_bytes']:.0f} bytes there. The notes and their search index take",
        f"{saving['bytes_times']:.1f} times as many (goal ≤ 2.5), the whole store, with the log of changes,",
        f"{saving['bytes_times_with_log']:.1f} times.",
        "",
        "## Tools over MCP",
        "",
        "`python -m benchmarks mcp`. The bridge as its host starts it. `initialize` is timed from its start to its",
        "answer, over the whole run of `python -I -S -c pass`; calls are timed by their host, one after the other,",
        "with 10,000 notes, in turn with their floors. Medians. The floor tells how busy the machine was: alone, it",
        "takes about 7 ms. Each search has a word that stands in every note.",
        "",
        "| what | here | goal |",
        "|---|---|---|",
        f"| floor, ms | {tools['floor_ms']:.0f} | |",
        f"| `initialize`, times the floor | {tools['initialize_times']:.2f} | ≤ 2.5 |",
        f"| memory of a bare interpreter, MB | {tools['memory_floor_mb']:.1f} | |",
        f"| memory of a bridge, MB | {tools['memory_mb']:.1f} | ≤ 10 |",
        f"| of that its own, shared with no other process, MB | {tools['memory_own_mb']:.1f} | |",
        f"| schemas of the default profile, bytes | {tools['schema_bytes']:,} | ≤ 8,192 |",
        f"| one synced SQLite transaction of the same text, ms | {tools['transaction_ms']:.2f} | |",
        f"| mem_save, ms | {tools['save_ms']:.1f} | |",
        f"| mem_save, times that floor | {tools['save_ms'] / tools['transaction_ms']:.1f} | |",
        f"| mem_save, CPU of bridge and daemon, ms | {tools['save_cpu_ms']:.1f} | |",
        f"| a ping, which the bridge answers itself, ms | {tools['ping_ms']:.2f} | |",
        f"| mem_search, ms | {tools['search_ms']:.1f} | |",
        f"| mem_search, CPU of bridge and daemon, ms | {tools['search_cpu_ms']:.1f} | |",
        f"| notes saved, 16 at a time through two bridges, per second | {tools['together_per_second']:.0f} | |",
        f"| 3,000 searches asked at once: seconds for all | {tools['at_once_seconds']:.1f} | |",
        f"| … of which failed | {tools['at_once_failed']} | 0 |",
        f"| the bridge leaves a daemon that hangs, after its host did, ms | {tools['leaving_ms']:,.0f} | ≤ 2,000 |",
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
        *_http(),
    ]
    return "\n".join([*lines, *_recall(), *_recall_speed(), *_poisoning(), *_conflicts()])


_SETS = {
    "work": "notes and talk of a made-up shop's developers (our own)",
    "coding-dev": "117 real coding sessions; a commit's subject → its session",
    "locomo": "four conversations of LoCoMo; a question → the turns that answer it",
}


def _recall() -> list[str]:
    told = _figures("recall")
    lines = [
        "## How well things are found",
        "",
        "`python -m benchmarks recall [--set FILE] [--locomo FILE]`; only the first set is part of this project, and",
        "all three were used to choose the ranking, so figures on others will be lower. Plain full text is FTS5 with",
        "porter, any of the words, stop words out. R@k: share of a question's answers among the first k, in %; all@k:",
        "questions with all of theirs among them. No model, no embeddings. [How it works](../explanation/recall.md).",
        "",
        "| set | questions | way | R@5 | R@10 | all@5 | all@10 |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in told["rows"]:
        if row["way"] in ("plain full text", "holdfast"):
            lines.append(
                f"| {_SETS[row['set']]} | {row['n']} | {row['way']} | {row['at_5']:.1f} | {row['at_10']:.1f} "
                f"| {row['all_5']:.1f} | {row['all_10']:.1f} |"
            )
    lines += ["", "Ours less plain full text, question by question, with the 95 % interval of a bootstrap:", ""]
    lines += ["| set | k | points | from | to |", "|---|---|---|---|---|"]
    for each in told["differences"]:
        lines.append(
            f"| {each['set']} | {each['k']} | {each['mean']:+.1f} | {each['low']:+.1f} | {each['high']:+.1f} |"
        )
    sets = list(dict.fromkeys(row["set"] for row in told["rows"]))
    unasked = {each["way"]: each for each in told["unasked"] if each["set"] == sets[0]}
    ours = unasked["holdfast"]
    lines += [
        "",
        "Each part of the ranking switched off, other words asked for, plain full text asked otherwise (R@5 / R@10).",
        f"Quiet: of our own set's {ours['noise']} prompts that deserve nothing, those that would be given nothing;",
        f"answered: of its {ours['asked']} questions, those that would be given an answer among the first five.",
        "",
        f"| | {' | '.join(sets)} | quiet | answered |",
        "|---|" + "---|" * (len(sets) + 2),
    ]
    for way in dict.fromkeys(row["way"] for row in told["rows"]):
        found = {row["set"]: row for row in told["rows"] if row["way"] == way}
        cells = [f"{found[name]['at_5']:.1f} / {found[name]['at_10']:.1f}" for name in sets]
        given = unasked.get(way)
        cells += [str(given["noise_given_nothing"]), str(given["answered"])] if given else ["", ""]
        lines.append(f"| {way} | {' | '.join(cells)} |")
    lines += [
        "",
        "Our own set, by the sort of question:",
        "",
        "| sort | questions | plain R@5 | ours R@5 |",
        "|---|---|---|---|",
    ]
    own = [row for row in told["types"] if row["set"].startswith("work: ")]
    for plain, here in zip(own[::2], own[1::2], strict=True):
        name = plain["set"].removeprefix("work: ")
        lines.append(f"| {name} | {plain['n']} | {plain['at_5']:.1f} | {here['at_5']:.1f} |")
    lines += ["", "What shall always hold (*standing*) is given at every start, whether a question finds it or not."]
    nothing, answered, stale = (ours[name] for name in ("noise_given_nothing", "answered", "stale_given"))
    lines += [
        "",
        "What a prompt would be given unasked there:",
        "",
        "| | of | |",
        "|---|---|---|",
        f"| prompts that deserve nothing, given nothing | {ours['noise']} | {nothing} |",
        f"| questions, given an answer among the first five | {ours['asked']} | {answered} |",
        f"| questions about what changed, given what no longer holds | {ours['changed']} | {stale} |",
        "",
    ]
    return lines


def _recall_speed() -> list[str]:
    lines = [
        "## What a question costs",
        "",
        "Made-up notes; one thread. Words: three to six of a note. Prompt: 30 to 60, six of them of the note. Found:",
        "the note is among the first ten. Goals at 100,000: words ≤ 3 ms CPU and found ≥ .97; prompts ≤ 20 ms CPU and",
        "found ≥ .90, p95 of the wall ≤ 20 ms alone and ≤ 80 ms with eight clients.",
        "",
        "| notes | asked | way | found | CPU, ms | p95 | wall p95 | eight clients p95 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in _figures("recall_speed"):
        eight = f"{row['eight_p95_ms']:.0f}" if row["eight_p95_ms"] else ""
        lines.append(
            f"| {row['memories']:,} | {row['asked']} | {row['way']} | {row['found']:.2f} | {row['cpu_ms']:.1f} "
            f"| {row['cpu_p95_ms']:.1f} | {row['wall_p95_ms']:.1f} | {eight} |"
        )
    return [*lines, ""]


def _poisoning() -> list[str]:
    lines = [
        "## A store that one source wrote into",
        "",
        "`python -m benchmarks poisoning`: ten facts of the owner among a thousand notes about other things, each with",
        "a prompt that asks for it, and as many poisoned notes as are told: they say otherwise in the same words, or",
        "repeat the prompt itself with an order. Imported and tools' notes are marked so; an agent's all come from one",
        "session. All in %: prompts that are given the owner's fact, and as the first of all; poison among the notes",
        "given with prompts, and among those that a start lists. A pack has room for five notes, a start for twelve:",
        "where little else fits, a few poisoned ones are a large share.",
        "",
        "| source | shape | notes | own fact given | given first | poison with prompts | poison at the start |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in _figures("poisoning"):
        lines.append(
            f"| {row['source'] or 'none'} | {row['shape']} | {row['notes']:,} | {row['own']:.0f} | {row['first']:.0f} "
            f"| {row['poison']:.0f} | {row['at_start']:.0f} |"
        )
    return [*lines, ""]


def _conflicts() -> list[str]:
    lines = [
        "## Notes that may disagree",
        "",
        "`python -m benchmarks conflicts`: what is proposed as a possible conflict when a note is saved, on 128",
        "made-up pairs in one store, of which a half chose the measure. Wanted are contradictions, updates and",
        "paraphrases of the new note, 37 a half. Precision: wanted of what is proposed. Recall: of contradictions and",
        "updates, proposed. Missed: wanted, and not proposed. At most three are proposed for a note. The plainer rules",
        "ask full text for any word of the new note's title (which finds three for nearly every note), or for two that",
        "are no stop words; 17 of the new notes have titles of their own, the others' are made of",
        "their text.",
        "[How it works](../explanation/conflicts.md).",
        "",
        "| way | half | precision | recall | missed | proposed wrongly |",
        "|---|---|---|---|---|---|",
    ]
    for row in _figures("conflicts"):
        lines.append(
            f"| {row['way']} | {row['half']} | {row['precision']:.2f} | {row['recall']:.2f} | {row['missed']} "
            f"| {row['strays']} of {row['proposed']} |"
        )
    return [*lines, ""]


def _http() -> list[str]:
    calls = _figures("http")
    return [
        "## HTTP",
        "",
        "Calls over one kept connection; the floor is a Starlette route that answers the same, on the same server.",
        "",
        "| what | here | goal |",
        "|---|---|---|",
        f"| floor, ms | {calls['floor_ms']:.2f} | |",
        f"| beyond it: a call that asks nothing of the store, ms | {calls['health_over_ms']:.2f} | ≤ 0.15 |",
        f"| beyond it: a memory read from the store, ms | {calls['memory_over_ms']:.2f} | |",
        f"| the same, p95, whole, ms | {calls['memory_p95_ms']:.2f} | |",
        "",
    ]


def plots() -> dict[str, str]:
    """File name beside the page -> SVG."""
    rows = [row for row in _figures("hooks") if row["what"] in _GOALS]
    found = [Bar(row["what"], row["subject_ms"] / row["floor_ms"], _GOALS[row["what"]]) for row in rows]
    return {"hooks.svg": bars("Hooks over a bare interpreter", found, unit="×", floor=1.0)}
