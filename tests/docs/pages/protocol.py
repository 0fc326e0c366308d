"""docs/reference/protocol.md, out of the words themselves: what an agent is told of its memory, and what that costs."""

import json
import re
from pathlib import Path

from holdfast.recall.pack import NUDGE, PROTOCOL, assemble, nudge, tokens_of
from holdfast.settings import SETTINGS
from holdfast.tools.table import INSTRUCTIONS, PROFILES, TOOLS, schema

_SKILL = Path(__file__).parents[3] / "plugins" / "claude-code" / "skills" / "memory" / "SKILL.md"
_COMMANDS = _SKILL.parents[2] / "commands"
_CALL = re.compile(r"Bash\(([^():]+)|(?<![\w(])(mem_\w+)")
_ABOUT = """\
What the agent of a session is told of its memory: when to save, when to search, how to close, and how to go on after
a compaction. Tokens are estimated, four characters each; the words of a session stand in a fence, which is counted.
"""
_WHEN = """\
It comes with a prompt, behind what else is given with it, when all of these hold:

- The session is *long*: {nudge_prompts} prompts or more came before this one (`inject.nudge_prompts`), or
  {nudge_calls} calls of tools (`inject.nudge_calls`), not counting those of sub-agents.
- *Nothing was saved* since the session began: neither did its agent keep, revise or sum up anything, nor did somebody
  keep a note of this project, or one for all projects, on the command line. What rules drew does not count, nor what
  was imported, nor what the agent of another session saved.
- It was not said in this session before, unless it did not arrive. A compaction or a resume brings no second one.
- It is not said *in a row*: after a long session that was reminded in vain, the next long session of the project is
  left alone (`inject.nudge_rest`: {nudge_rest}). A save ends that, by the agent of the session that was reminded, or
  on the command line.
- There is room for it in what a session may cost (`inject.tokens_session`).

`holdfast config set inject.nudge false` ends it. It is added at the end of the conversation, so that no prompt cache
is broken, and costs nothing where something was saved.
"""
_NUDGED = ("nudge_prompts", "nudge_calls", "nudge_rest")
_WHO = {"secret": b"", "session": ""}


def page() -> str:
    head, body = _SKILL.read_text("utf-8").split("---\n", 2)[1:]
    told = next(line for line in head.splitlines() if line.startswith("description: "))
    schemas = json.dumps([schema(TOOLS[name]) for name in PROFILES["agent"]], ensure_ascii=False)
    packs = {
        place: assemble([], place=place, budget=1_000, protocol=True, **_WHO).text  # type: ignore[arg-type]
        for place in PROTOCOL
    }
    lines = [
        "# The Memory Protocol",
        "",
        _ABOUT,
        "| what | when | bytes | tokens | setting |",
        "|---|---|---|---|---|",
        _row("the schemas of the 13 tools", "each session", schemas, ""),
        _row("what the server tells of itself", "each session", INSTRUCTIONS[0][1], ""),
        _row("the description of the skill", "each session", told, ""),
        _row("the words at the start", "a session's start, also after `/clear`", packs["session-start"], "protocol"),
        _row("the words after a compaction", "then", packs["compact"], "protocol"),
        _row("the skill", "when the agent opens it", body, ""),
        _row("the nudge", "at most once in a session", nudge(**_WHO).text, "nudge"),  # type: ignore[arg-type]
        "",
        "## At a session's start",
        "",
        f"> {PROTOCOL['session-start']}",
        "",
        "## After a compaction",
        "",
        f"> {PROTOCOL['compact']}",
        "",
        "## The nudge",
        "",
        f"> {NUDGE}",
        "",
        _WHEN.format(**{name: SETTINGS[f"inject.{name}"].default for name in _NUDGED}),
        "## The skill",
        "",
        *(f"> {line}".rstrip() for line in body.strip().splitlines()),
        "",
        "## The commands",
        "",
        "For the person at the keyboard. Each is a prompt that the plugin brings; the agent carries it out.",
        "",
        "| command | what it does | uses |",
        "|---|---|---|",
        *map(_command, sorted(_COMMANDS.glob("*.md"))),
        "",
    ]
    return "\n".join(lines)


def _command(path: Path) -> str:
    head = path.read_text("utf-8").split("---\n", 2)[1]
    told = dict(line.partition(": ")[::2] for line in head.splitlines())
    hint = told.get("argument-hint", "").strip('"').replace("|", "\\|")
    allowed = told["allowed-tools"].replace("mcp__plugin_holdfast_memory__", "").replace("${CLAUDE_PLUGIN_DATA}/", "")
    uses = ", ".join(
        f"`{each}`" for each in dict.fromkeys(" ".join(filter(None, found)) for found in _CALL.findall(allowed))
    )
    return f"| `/holdfast:{path.stem}{' ' if hint else ''}{hint}` | {told['description']} | {uses} |"


def _row(what: str, when: str, text: str, setting: str) -> str:
    named = f"`inject.{setting}`" if setting else ""
    return f"| {what} | {when} | {len(text.encode()):,} | {tokens_of(text):,} | {named} |"
