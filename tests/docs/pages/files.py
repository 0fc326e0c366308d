"""docs/reference/files.md, out of the table of files."""

from holdfast.paths import FILES


def page() -> str:
    lines = [
        "# Files",
        "",
        "Everything is in one folder, `~/.holdfast` (moved by `HOLDFAST_HOME`), which its owner alone can read:",
        "folders are 0700, files 0600.",
        "",
        "| in the folder | what it is |",
        "|---|---|",
        *(f"| `{name}` | {what} |" for name, what in FILES.items()),
        "",
        "In Claude Code's own folder, `setup claude-code` adds what Claude Code's plugin commands write, and links to",
        "the launchers: `hook`, `bridge` and `holdfast` in `plugins/data/holdfast-…/`. `holdfast uninstall` takes all",
        "of it away again.",
        "",
    ]
    return "\n".join(lines)
