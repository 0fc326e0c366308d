"""`holdfast doctor`: the chain link by link, and putting right what can be."""

import contextlib
import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.integration.cli.commands import Commands
from tests.processes import wait_for

FAKE = '''#!{python}
"""What Claude Code does with a plugin, as far as holdfast's setup sees it."""
import json, os, pathlib, shutil, sys
if sys.argv[1:] == ["--version"]:
    print("2.1.197 (Claude Code)")
    sys.exit()
folder = pathlib.Path(os.environ["HOME"]) / ".claude" / "plugins"
folder.mkdir(parents=True, exist_ok=True)
listed = folder / "installed_plugins.json"
cache = folder / "cache" / "holdfast" / "holdfast" / "0.1.0"
match sys.argv[2:]:
    case ["marketplace", "add", source]:
        (folder / "known_marketplaces.json").write_text(json.dumps({{"holdfast": source}}))
    case ["install", name]:
        source = json.loads((folder / "known_marketplaces.json").read_text())["holdfast"]
        shutil.copytree(source, cache, dirs_exist_ok=True)
        listed.write_text(json.dumps({{"plugins": {{name: []}}}}))
    case ["uninstall", name]:
        listed.write_text(json.dumps({{"plugins": {{}}}}))
        (cache / ".orphaned_at").write_text("0")
    case ["marketplace", "remove", "holdfast"]:
        (folder / "known_marketplaces.json").write_text("{{}}")
    case other:
        sys.exit(f"unknown: {{other}}")
'''


@pytest.fixture
def claude(holdfast: Commands) -> Path:
    """A program that takes and gives back a plugin as Claude Code does; on the PATH."""
    folder = holdfast.root / "programs"
    folder.mkdir()
    program = folder / "claude"
    program.write_text(FAKE.format(python=sys.executable))
    program.chmod(0o755)
    holdfast.environment["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return program


@pytest.fixture
def installed(holdfast: Commands, claude: Path) -> Commands:
    holdfast("setup", "claude-code")
    return holdfast


def walked(holdfast: Commands, *more: str, code: int, **named: Any) -> dict[str, Any]:
    """The links by name."""
    told = holdfast.json("doctor", *more, code=code, **named)
    assert told["ok"] is (code == 0)
    return {link["name"]: link for link in told["links"]} | {"": told}


def asked(store: Path, sql: str) -> Any:
    """The first value of an SQL statement."""
    with contextlib.closing(sqlite3.connect(store)) as connection, connection:
        return connection.execute(sql).fetchall()[0][0]


def broken(links: dict[str, Any]) -> list[str]:
    return [name for name, link in links.items() if name and not link["ok"]]


def test_a_whole_chain_is_ok_and_says_so(installed: Commands) -> None:
    installed.remember("a note")

    links = walked(installed, code=0)

    assert broken(links) == []
    assert "reached the daemon" in links["hook"]["what"]
    assert "given 1 item, " in links["pack"]["what"]
    assert "a note was saved, given and seen in a transcript" in links["canary"]["what"]
    assert "1 memory, 0 events" in links["store"]["what"]
    for path, sha256 in links[""]["files"].items():
        assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == sha256
    assert {Path(path).name for path in links[""]["files"]} == {
        "hook",
        "hook.py",
        "bridge",
        "bridge.py",
        "holdfast",
        "spool.py",
        "redact.py",
        "tools.json",
        "hooks.json",
        ".mcp.json",
    }
    assert sum(line.startswith("ok ") for line in installed("doctor").splitlines()) == len(links) - 1


def test_knocking_stores_nothing(installed: Commands) -> None:
    walked(installed, code=0)

    told = installed.json("status")

    assert (told["sessions"], told["events"], told["heard"]) == (0, 0, None)
    assert told["spool"] == {"queued": 0, "failed": 0}


def test_a_host_that_is_not_set_up_is_told(holdfast: Commands, claude: Path) -> None:
    assert claude.exists()
    links = walked(holdfast, code=1)

    assert broken(links) == ["claude code"]
    assert links["claude code"]["fix"] == "holdfast setup claude-code"
    said = holdfast("doctor", code=1)
    assert "fix: holdfast setup claude-code" in said


def test_a_link_that_is_gone_is_told(installed: Commands) -> None:
    (installed.user / ".claude" / "plugins" / "data" / "holdfast-holdfast" / "hook").unlink()

    assert broken(walked(installed, code=1)) == ["claude code"]
    links = walked(installed, "--repair", code=0)

    assert "the plugin reaches the launcher again" in links[""]["repaired"]
    assert "the store: nothing is wrong" in links[""]["repaired"]


def test_setup_for_another_home_leads_the_plugin_there(installed: Commands) -> None:
    other = installed.root / "other"
    hook = installed.user / ".claude" / "plugins" / "data" / "holdfast-holdfast" / "hook"
    env = {"HOLDFAST_HOME": str(other)}
    try:
        link = walked(installed, code=1, env=env)["claude code"]
        assert (link["what"], link["fix"]) == (
            f"{hook} leads to another home: {installed.home}", "holdfast setup claude-code"
        )  # fmt: skip
        assert not installed.json("status", env=env)["claude_code"]["set_up"]
        walked(installed, "--repair", code=1, env=env)
        assert hook.resolve() == installed.home / "bin" / "hook"  # a look at a home takes nothing from another

        said = installed("setup", "claude-code", env=env)

        assert f"which led to {installed.home}" in said
        assert {path.resolve() for path in hook.parent.iterdir()} == {
            other / "bin" / name for name in ("hook", "bridge", "holdfast")
        }
        assert broken(walked(installed, code=0, env=env)) == []
        assert installed.json("status", env=env)["claude_code"]["set_up"]
        assert installed("setup", "claude-code", env=env).startswith("already set up")
    finally:
        installed("serve", "--stop", env=env)


@pytest.mark.parametrize("program", ["/bin/true", "/bin/false", "/bin/pwd", "/nowhere/claude", "/etc/passwd"])
def test_a_program_that_is_not_claude_code_is_told_before_anything_is_done(holdfast: Commands, program: str) -> None:
    said = holdfast.error("setup", "claude-code", "--program", program, code=1)

    assert f"{program} " in said
    assert "fix: name Claude Code's own" in said
    assert list(holdfast.user.iterdir()) == []


def test_a_plugin_that_was_disabled_is_told(installed: Commands) -> None:
    settings = installed.user / ".claude" / "settings.json"
    settings.write_text(json.dumps({"enabledPlugins": {"holdfast@holdfast": False}}))

    links = walked(installed, code=1)

    assert broken(links) == ["claude code"]
    assert links["claude code"]["fix"] == "claude plugin enable holdfast@holdfast"
    assert links["claude code"]["what"] == "the plugin is disabled"
    assert installed.json("setup", "claude-code")["disabled"]["fix"] == "claude plugin enable holdfast@holdfast"
    assert f"disabled, {settings} says so" in installed.run("setup", "claude-code").err


def test_what_a_repository_asks_in_vain_is_noted(installed: Commands) -> None:
    subprocess.run(["git", "init", "-q", installed.project], check=True)
    (installed.project / ".holdfast").write_text("server = 'https://example.org'\n")

    link = walked(installed, code=0)["project"]

    assert link["state"] == "note"
    assert "'server' cannot be set by a repository" in link["what"]


def switch_off(holdfast: Commands) -> None:
    holdfast("config", "set", "inject.session_start", "false")


def ignore(holdfast: Commands) -> None:
    holdfast("projects", "ignore", "workshop")


def ask_for_nothing(holdfast: Commands) -> None:
    (holdfast.project / ".holdfast").write_text("inject = false\n")


def pause(holdfast: Commands) -> None:
    holdfast("pause")


@pytest.mark.parametrize(
    ("withhold", "why"),
    [
        (switch_off, "inject.session_start is off"),
        (ignore, "the project workshop is ignored"),
        (ask_for_nothing, ".holdfast says inject = false"),
        (pause, "recording is paused"),
    ],
)
def test_a_pack_that_nobody_would_be_given_is_told_so(
    installed: Commands, withhold: Callable[[Commands], None], why: str
) -> None:
    subprocess.run(["git", "init", "-q", installed.project], check=True)
    installed.remember("a note")
    withhold(installed)

    link = walked(installed, code=0)["pack"]

    assert (link["state"], link["what"]) == ("note", "a session of this folder would be given nothing")
    assert why in link["why"]
    assert link["fix"]
    assert installed.hook("SessionStart", source="startup") == b""


def test_a_server_that_bears_the_name_of_ours_is_told(installed: Commands) -> None:
    file = installed.project / ".mcp.json"
    file.write_text(json.dumps({"mcpServers": {"plugin_holdfast_memory": {"command": "python3"}}}))

    link = walked(installed, code=0)["tools"]

    assert (link["state"], str(file) in link["what"]) == ("note", True)


def test_a_changed_plugin_is_told(installed: Commands) -> None:
    (hooks,) = (installed.user / ".claude" / "plugins" / "cache").rglob("hooks.json")
    hooks.write_text("{}")

    links = walked(installed, code=1)

    assert broken(links) == ["plugin"]
    assert str(hooks) in links["plugin"]["what"]


def test_a_launcher_that_was_changed_is_told_and_repaired(installed: Commands) -> None:
    installed("serve")
    launcher = installed.home / "bin" / "hook"
    launcher.write_text("#!/bin/sh\nexit 0\n")

    links = walked(installed, code=1)
    assert broken(links) == ["launcher", "hook"]

    assert broken(walked(installed, "--repair", code=0)) == []


def test_files_that_others_can_read_are_told_and_repaired(installed: Commands) -> None:
    installed.remember("a note")
    (installed.home / "holdfast.db").chmod(0o644)
    installed.home.chmod(0o755)

    assert broken(walked(installed, code=1)) == ["folder"]
    walked(installed, "--repair", code=0)

    assert (installed.home / "holdfast.db").stat().st_mode & 0o777 == 0o600
    assert installed.home.stat().st_mode & 0o777 == 0o700


def test_a_damaged_store_is_told_and_repaired(installed: Commands) -> None:
    for number in range(60):
        installed.hook("UserPromptSubmit", prompt=f"prompt {number} " + "x" * 3_000, prompt_id=f"p{number}")
    installed.remember("the ladder has ten rungs")
    installed("serve", "--stop")
    store = installed.home / "holdfast.db"
    asked(store, "PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(store.read_bytes())
    root = asked(store, "SELECT rootpage FROM sqlite_schema WHERE name = 'events_session'")
    size = 4096
    content[(root - 1) * size : root * size] = os.urandom(size)
    store.write_bytes(content)

    assert "store" in broken(walked(installed, code=1))
    links = walked(installed, "--repair", code=0)

    assert any("damaged file is kept" in line for line in links[""]["repaired"])
    assert installed.json("search", "ladder")["hits"]


def test_events_that_were_set_aside_are_told_and_tried_again(installed: Commands) -> None:
    installed("serve")
    frame = installed.home / "spool" / "000000000000001-aa.failed"
    frame.parent.mkdir(exist_ok=True, mode=0o700)
    payload = {"session_id": "s", "hook_event_name": "UserPromptSubmit", "prompt": "kept late", "cwd": "/w"}
    header = b"holdfast/1\0v=0\0host=claude-code\0event=UserPromptSubmit\0nonce=aa\0at=1\0cwd=/w\n"
    frame.write_bytes(header + json.dumps(payload).encode())
    frame.chmod(0o600)

    assert broken(walked(installed, code=1)) == ["spool"]
    walked(installed, "--repair", code=0)

    wait_for(lambda: installed.json("search", "late", "-a")["hits"], "the event in the journal")
    assert not frame.exists()


def test_a_pause_is_told(installed: Commands) -> None:
    installed("pause")

    links = walked(installed, code=0)

    assert broken(links) == []
    assert (links["recording"]["state"], links["recording"]["fix"]) == ("note", "holdfast pause --off")
    assert "note   recording" in installed("doctor")


def test_what_did_not_arrive_is_told(installed: Commands) -> None:
    installed.remember("a note")
    installed.hook("SessionStart", source="startup")
    installed("serve", "--stop")
    asked(installed.home / "holdfast.db", "UPDATE deliveries SET receipt = 'cut' RETURNING 1")

    links = walked(installed, code=1)

    assert broken(links) == ["transcript"]
    assert "the host cut" in links["transcript"]["why"]


def test_a_daemon_that_hangs_is_told(installed: Commands) -> None:
    installed("serve")
    process = installed.daemon
    assert process is not None
    os.kill(process, signal.SIGSTOP)
    try:
        links = walked(installed, code=1)
    finally:
        os.kill(process, signal.SIGCONT)

    assert [name for name in links if name and links[name]["state"] == "broken"] == ["daemon"]
    assert "did not answer" in links["daemon"]["what"]
    for name in ("store", "hook", "recording", "project", "pack", "transcript"):
        assert (links[name]["state"], links[name]["what"]) == ("untried", "not tried: see daemon")
        assert (links[name]["why"], links[name]["fix"]) == ("", "")
    assert not list((installed.home / "spool").glob("*"))  # nobody knocked in vain


def test_a_store_that_cannot_be_opened_is_the_one_cause(installed: Commands) -> None:
    installed.remember("a note")
    installed("serve", "--stop")
    (installed.home / "holdfast.db").write_bytes(b"this is no database at all, but a text of some length" * 40)

    links = walked(installed, code=1)
    said = installed("doctor", code=1)

    assert [name for name in links if name and links[name]["state"] == "broken"] == ["store"]
    assert (links["hook"]["state"], links["hook"]["what"]) == ("untried", "not tried: see store")
    assert "-      hook" in said
    assert said.index("broken store") < said.index("-      hook")
    assert said.count("fix: ") == 1


def test_a_text_that_is_damaged_is_no_answer_but_an_error(installed: Commands) -> None:
    installed.remember("the ladder has ten rungs")
    installed("serve", "--stop")
    store = installed.home / "holdfast.db"
    asked(store, "PRAGMA wal_checkpoint(TRUNCATE)")
    store.write_bytes(store.read_bytes().replace(b"has ten rungs", b"has \xff\xfe\xfd rungs"))

    for command in (("search", "ladder"), ("recent",), ("show", "1")):
        assert "holdfast.db is damaged" in installed.error(*command, code=1)


def test_doctor_does_not_send_to_doctor(installed: Commands) -> None:
    installed.remember("a note")
    installed("backup")
    installed("serve", "--stop")
    (installed.home / "socket").mkdir()  # so that no daemon comes up

    done = installed.run("doctor", "--repair")

    assert "broken daemon" in done.out
    assert "see `holdfast logs`" in done.out
    assert "run `holdfast doctor`" not in done.out + done.err
    assert "repair: the store: nothing is wrong" in done.out


def test_uninstall_takes_setup_back_and_keeps_the_notes(installed: Commands) -> None:
    installed.remember("a note")
    process = installed.daemon

    steps = installed.json("uninstall", "--dry-run")["steps"]
    assert installed.daemon == process
    done = installed.json("uninstall")

    assert done["traces"] == []
    assert installed.daemon is None
    assert not (installed.home / "bin").exists()
    assert len(done["steps"]) >= len(steps)
    assert [path for path in (installed.user / ".claude").rglob("*") if "holdfast" in path.name] == []
    assert installed.json("status")["memories"] == 1
    assert installed("uninstall").startswith("it was not set up, nothing was to be done.")


def test_what_claude_code_keeps_of_us_is_named(installed: Commands) -> None:
    folder = installed.user / ".claude"
    (folder / "plugins" / "marketplaces" / "holdfast").mkdir(parents=True)
    (folder / "settings.json").write_text('{"enabledPlugins": {"holdfast@holdfast": false}}')

    said = installed("uninstall")

    assert f"left by Claude Code: {folder}/plugins/marketplaces/holdfast\n" in said
    assert f"left by Claude Code: {folder}/settings.json\n" in said


@pytest.mark.parametrize("command", [["uninstall"], ["setup", "claude-code", "--remove"]])
def test_who_takes_the_hooks_away_is_told_of_sessions_that_still_call_them(
    installed: Commands, command: list[str]
) -> None:
    assert "restart them" not in installed.run(*command, "--dry-run").err
    assert "Claude Code sessions that are open still call its hooks" in installed.run(*command).err
    assert installed.run(*command).err == ""


def test_what_a_host_calls_is_listed_for_who_asks_for_more(installed: Commands) -> None:
    assert "SHA-256" not in installed("doctor")
    assert f"  {installed.home}/bin/hook\n" in installed("doctor", "--verbose")


def test_where_there_is_no_claude_code_the_fix_is_to_install_it(holdfast: Commands) -> None:
    holdfast.environment["PATH"] = "/usr/bin:/bin"
    link = walked(holdfast, code=1)["claude code"]
    assert link["what"] == "Claude Code was not found"
    assert link["fix"].startswith("install Claude Code, then: holdfast setup claude-code")


def test_purge_asks_and_then_leaves_nothing(installed: Commands) -> None:
    installed.remember("a note")

    assert "say it with --yes" in installed.error("uninstall", "--purge", code=1)
    assert installed.home.exists()
    done = installed.json("uninstall", "--purge", "--yes")

    assert (done["purged"], done["traces"], done["transcripts"]) == (True, [], None)
    assert not installed.home.exists()
    assert [path for path in installed.user.rglob("*") if "holdfast" in path.name] == []


def test_purge_says_what_goes_and_what_stays_with_claude_code(installed: Commands) -> None:
    installed.remember("a note")
    installed("remember", "--seal", stdin=b"password: Xk29fj3lQm")
    installed("backup")
    installed("serve", "--stop")
    transcripts = installed.user / ".claude" / "projects"
    transcripts.mkdir()

    said = installed.error("uninstall", "--purge", code=1)
    done = installed("uninstall", "--purge", "--yes")

    assert "2 notes, 1 sealed secret and the only key to them, 1 backup?" in said
    assert "holdfast left nothing" in done
    assert "transcripts still hold what was said" in done
    assert str(transcripts) in done


def test_purge_removes_no_folder_that_holds_other_things(holdfast: Commands) -> None:
    holdfast.remember("a note")
    (holdfast.home / "thesis.odt").write_text("years of work")

    assert "thesis.odt" in holdfast.error("uninstall", "--purge", "--yes", code=1)
    assert (holdfast.home / "thesis.odt").exists()


def test_texts_that_are_gone_are_told_without_a_repair(installed: Commands) -> None:
    installed.remember("the ladder has ten rungs")
    installed("serve", "--stop")
    with contextlib.closing(sqlite3.connect(installed.home / "holdfast.db")) as store:
        store.execute("DELETE FROM texts")
        store.commit()

    assert "store" in broken(walked(installed, code=1))


@pytest.mark.parametrize("name", [".git", "holdfast-checkout", "logbook"])
def test_purge_takes_no_folder_for_ours_by_its_name(holdfast: Commands, name: str) -> None:
    holdfast.remember("a note")
    (holdfast.home / name).mkdir()
    (holdfast.home / name / "HEAD").write_text("years of work")

    assert name in holdfast.error("uninstall", "--purge", "--yes", code=1)
    assert (holdfast.home / name / "HEAD").exists()


@pytest.mark.parametrize("umask", [0o022, 0o000])
def test_all_that_setup_makes_is_its_owners_alone(holdfast: Commands, claude: Path, umask: int) -> None:
    settings = holdfast.user / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text("{}")
    settings.chmod(0o644)
    before = os.umask(umask)
    try:
        holdfast("setup", "claude-code")
    finally:
        os.umask(before)

    assert list((holdfast.home / "backups").glob("*/settings.json"))
    made = [holdfast.home, *holdfast.home.rglob("*")]
    assert [str(path) for path in made if path.stat().st_mode & 0o077] == []
    assert broken(walked(holdfast, code=0)) == []


def test_setup_says_and_does_only_what_is_missing(installed: Commands) -> None:
    copies = sorted((installed.home / "backups").glob("*"))

    assert installed.json("setup", "claude-code")["steps"] == []
    assert installed("setup", "claude-code").startswith("already set up")
    assert sorted((installed.home / "backups").glob("*")) == copies

    (installed.user / ".claude" / "plugins" / "data" / "holdfast-holdfast" / "hook").unlink()
    (step,) = installed.json("setup", "claude-code")["steps"]
    assert "launcher" in step
    assert installed.json("status")["claude_code"]["set_up"] is True

    (hooks,) = (installed.user / ".claude" / "plugins" / "cache").rglob("hooks.json")
    hooks.write_text("{}")
    said = installed("setup", "claude-code")
    assert "copy the host's settings aside" in said
    assert "claude plugin install" in said
    assert broken(walked(installed, code=0)) == []


def test_setup_without_the_host_changes_nothing(holdfast: Commands) -> None:
    nowhere = {"PATH": str(holdfast.root)}

    assert "Claude Code was not found" in holdfast.error("setup", "claude-code", code=1, env=nowhere)
    assert not holdfast.home.exists()


def test_setup_that_was_done_can_be_done_again(installed: Commands) -> None:
    installed("setup", "claude-code")

    assert installed.json("status")["claude_code"]["set_up"] is True
    installed("setup", "claude-code", "--remove")
    assert installed.json("status")["claude_code"]["set_up"] is False
