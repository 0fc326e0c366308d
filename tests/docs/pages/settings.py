"""docs/reference/settings.md, out of the table of settings."""

from holdfast.settings import SETTINGS, Setting, Value


def page() -> str:
    lines = [
        "# Settings",
        "",
        "They lie in `~/.holdfast/config.toml`; an environment variable wins over the file. `holdfast config list`",
        "shows what holds and where it comes from, `holdfast config set NAME VALUE` changes it and keeps the comments",
        "of the file. A daemon reads them when it starts; `config set` restarts one that runs.",
        "",
        "| name | default | what it does | variable |",
        "|---|---|---|---|",
        *(_row(setting) for setting in SETTINGS.values()),
        "",
        "```toml",
        "[backup]",
        "keep = 14",
        "",
        "[capture]",
        'tools = ["Bash", "Write", "Edit"]',
        "```",
        "",
        "Variables that are no settings:",
        "",
        "| variable | what it does |",
        "|---|---|",
        "| `HOLDFAST_HOME` | the home folder, instead of `~/.holdfast`; hooks keep the one that `setup` saw |",
        "| `HOLDFAST_PROJECT` | the name of the project, whatever the folder |",
        "| `HOLDFAST_IGNORE` | `1`: record nothing of the session that is started with it |",
        "| `HOLDFAST_KEY` | the key to sealed secrets, or a passphrase for it; for `holdfast serve` alone |",
        "| `HOLDFAST_AUTO_APPROVE` | `0`: the host asks before each call of holdfast's tools |",
        "| `HOLDFAST_DEBUG` | `1`: the launcher tells on standard error what it does |",
        "| `NO_COLOR` | no colours |",
        "",
    ]
    return "\n".join(lines)


def _row(setting: Setting) -> str:
    what = setting.help + _least(setting.least)
    return f"| `{setting.name}` | `{_written(setting.default)}` | {what} | `{setting.variable}` |"


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _least(least: int | None) -> str:
    return f" (at least {least})" if least else ""
