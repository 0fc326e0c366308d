"""docs/reference/secret-rules.md, from the table of rules."""

from holdfast.guard import RULES, TOOL_LIMIT, WORDS_LIMIT, Rule


def page() -> str:
    head, tail = TOOL_LIMIT
    wide_head, wide_tail = WORDS_LIMIT
    rows = "\n".join(f"| `{rule.id}` | {rule.words} | {told_by(rule)} |" for rule in RULES)
    return f"""# Secret rules

What these rules find is replaced by `[redacted:<rule>]` before anything is written to disk. What they are worth, and
what they miss, stands in [Secrets](../explanation/secrets.md).

| rule | what it hides | looked for when one of these occurs (in any case) |
|---|---|---|
{rows}

Kept of a tool's input or output: the first {head:,} and the last {tail:,} characters; of a prompt or a reply: the first
{wide_head:,} and the last {wide_tail:,}. A line between the two says how many characters were left out of how many.
"""


def told_by(rule: Rule) -> str:
    if rule.anchors == ("",):
        return "a run of 20 characters"
    marks = [anchor.replace("|", "\\|") for anchor in rule.anchors]
    return ", ".join(f"`{mark}`" for mark in marks)
