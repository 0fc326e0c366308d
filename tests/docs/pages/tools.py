"""docs/reference/tools.md, out of the table of tools."""

from collections.abc import Iterator

from holdfast.edge.bridge import NEGOTIATED, STATELESS
from holdfast.tools.table import INSTRUCTIONS, PROFILES, TOOLS, Param, Tool

_PROFILES = {
    "agent": "what an agent needs while it works; the default, and what the Claude Code plugin offers",
    "admin": "looking after what is kept",
    "memory": "short facts by category, for those who come from claude-memory-mcp",
    "all": "all of them",
}


def page() -> str:
    lines = [
        "# Tools",
        "",
        "What `holdfast mcp` offers an agent program over MCP (versions " + ", ".join([*STATELESS, *NEGOTIATED]) + ").",
        "`--tools` takes profiles and names, with commas between them.",
        "",
        "| profile | tools | what for |",
        "|---|---|---|",
        *(f"| `{name}` | {len(tools)} | {_PROFILES[name]} |" for name, tools in PROFILES.items()),
        "",
        "A note goes by its number (12) or its id. Numbers beyond their bounds are brought to the nearest; arguments",
        "that a tool does not know are passed over. What goes wrong is a result with `isError` that says what to do.",
        "",
        "A tool works on the project of the folder that the host tells: by the call's own `_meta`, CLAUDE_PROJECT_DIR,",
        "the roots that it has open, or the folder in which it started the server; `project`, `--project` and",
        "HOLDFAST_PROJECT come before that. Where none of them means one project, the tool asks for `project` (fields:",
        "`error_code`, `unknown_project` or `ambiguous_project`, and `available_projects`); what has scope personal",
        "needs none.",
        "",
        "What is saved is an agent's word (`trust: agent`), and comes from what was asked last in the session: that of",
        "`session_id`, else the host's. Nothing is saved of a session, project or time that is not to be recorded.",
        "",
        "Where the host names the session (Claude Code, goose), a call speaks for that one, or for one that the",
        "same agent registered with `mem_session_start`; another `session_id` is refused. Where it names none,",
        "`session_id` may be any session of the project. A session of another project than that of the host's folder",
        "is never spoken for; where the host tells no folder, `project` is believed. What only an agent says was asked",
        "(`mem_save_prompt`) is shown to later sessions as its word.",
        "",
        "Whatever a tool asks for, an agent asks for. It changes notes of the project that it works in, and",
        "personal ones; a note of another project it reads when `project` names that one. Standing instructions are",
        "their owner's, as are his verdicts; what is quarantined nobody else writes anew; and what an agent changes of",
        "a note's body, title, type or scope makes it no more trusted than an agent. Of the relations of a note three",
        "are told, and how many more there are. ([Why](../explanation/memory.md#taking-back).)",
        "",
        "The answer is text. Where fields are named, they are in `structuredContent`, with the text as `result`.",
        "`project_source` says how the project is known: by what the call named (`explicit`), a session that was begun",
        "in it (`session`), HOLDFAST_PROJECT or `--project` (`name`), its `remote`, its `git` folder or its `path`.",
        "",
        "What the server tells a model of itself (some hosts pass on the first 240 characters):",
        "",
        f"> {INSTRUCTIONS[0][1]}",
    ]
    for name in ("agent", "admin", "memory"):
        lines += ["", f"## Profile `{name}`"]
        for tool in PROFILES[name]:
            lines += _tool(TOOLS[tool])
    return "\n".join(lines) + "\n"


_PLACE = "`project`, `project_source`, `project_path`"
_ROW = (
    "the relation as it is now: `sync_id` (also `judgment_id`), `source_id` and `target_id` (and `source` and `target` "
    "with number and title), `relation`, `judgment_status`, `reason`, `evidence`, `confidence`, `marked_by_actor`, "
    "`marked_by_kind`, `session_id`, `score`, `created`, `judged`"
)
FIELDS = {
    "mem_save": f"`id`, `sync_id`, {_PLACE}, `judgment_required`, `judgment_status` and `judgment_id` (of the first) "
    "when it is, `candidates` (each with `id`, `sync_id`, `title`, `type`, `score`, `judgment_id`, `topic_key` when it "
    "has one), `detection_error` when the looking for candidates failed",
    "mem_judge": _ROW,
    "mem_update": "`id`, `sync_id`, `revision`",
    "mem_session_summary": f"`id`, `sync_id`, `session_id`, {_PLACE}",
    "mem_suggest_topic_key": "`topic_key`",
    "mem_capture_passive": "`extracted`, `saved`, `duplicates`, `numbers`, `left_out`, " + _PLACE,
    "mem_save_prompt": f"`event`, `new`, {_PLACE}",
    "mem_session_start": "`session`, `known`, `project_label`",
    "mem_session_end": "`session`, `ended_before`, `tracked`",
    "mem_compare": _ROW,
    "mem_delete": "`id` and `hard`, or `hard` and `copies`: the older backups that still hold it",
    "mem_stats": "`stats`",
    "mem_list_projects": "`projects`",
    "mem_review": "`contested`, `quarantined`, `unconfirmed`: numbers of notes; `id` of what was confirmed",
    "mem_doctor": "`ok`, `findings` when it is not",
    "mem_current_project": f"{_PLACE}, `number`, `available_projects` where there is none",
    "memory_store": "`id`, `category`, `importance`",
    "memory_count": "`memories`, `forgotten`, `by_kind`",
}
_NOTES = {
    "mem_search": "Below a hit stands what speaks for or against it: `supersedes: #id`, `superseded_by: #id`, "
    "`conflict: contested by #id (pending)`, `conflicts_with: #id`. What was said in sessions stands below the notes. "
    "A `type` finds its kind; a word that is no kind's finds what was saved under that very word.",
    "mem_session_summary": "More than 1,400 characters are kept whole as an event; the note then holds the first of "
    "them.",
    "mem_get_observation": "`include_history` adds what each change took the place of, the latest first.",
    "mem_save_prompt": "What the host's hooks have recorded is not recorded again.",
    "memory_store": "Kept with scope `personal`: there, a user's memories are one space.",
    "mem_capture_passive": "At most 12 of the last 16,000 characters of a text, each of 20 characters or more, as type "
    "`passive`; how many more there are is said.",
    "mem_session_end": "Where the host tells no project, a session that mem_session_start registered says which.",
    "mem_review": "`confirm` counts as saying the note once more.",
}


def _tool(tool: Tool) -> Iterator[str]:
    yield from ("", f"### `{tool.name}`", "", tool.help)
    if tool.name in _NOTES:
        yield _NOTES[tool.name]
    effect = "Only reads." if tool.reads else "Alters or takes away what is there." if tool.destroys else "Saves."
    asks = "Never let through by holdfast: the host decides, which asks unless told otherwise."
    yield from ("", f"{effect} {asks if tool.asks else 'The plugin lets it through without a question.'}")
    if tool.params:
        yield ""
        yield from (_param(each) for each in tool.params)
    if tool.name in FIELDS:
        yield from ("", f"Fields: {FIELDS[tool.name]}.")


def _param(param: Param) -> str:
    told = [param.help] if param.help else []
    if param.among:
        told.append("one of " + ", ".join(f"`{each}`" for each in param.among))
    if param.default:
        told.append(f"default `{param.default}`")
    if param.most is not None:
        told.append(f"from {param.least or 0:g} to {param.most:g}")
    if param.longest:
        told.append(f"at most {param.longest:,} characters")
    if param.aliases:
        told.append("also called " + ", ".join(f"`{each}`" for each in param.aliases))
    kind = {"str": "text", "int": "number", "float": "number", "bool": "true or false"}[param.type.__name__]
    needed = ", needed" if param.needed else ""
    return f"- `{param.name}` ({kind}{needed})" + (f": {'; '.join(told)}" if told else "")
