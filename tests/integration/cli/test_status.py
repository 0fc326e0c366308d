"""`holdfast status`: one look that tells whether everything works."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.cli.commands import Commands, prompt_line
from tests.processes import wait_for

from holdfast import __version__
from holdfast.edge import launch


def set_up(holdfast: Commands) -> Path:
    """What setup leaves with the host; the host's folder."""
    folder = holdfast.user / ".claude"
    link = folder / "plugins" / "data" / "holdfast-holdfast" / "hook"
    link.parent.mkdir(parents=True)
    link.symlink_to(launcher(holdfast))
    (folder / "plugins" / "installed_plugins.json").write_text(json.dumps({"plugins": {"holdfast@holdfast": []}}))
    return folder


def launcher(holdfast: Commands) -> Path:
    """What the host calls."""
    launch.install(holdfast.home / "bin", __version__)
    return holdfast.home / "bin" / "hook"


def switch(file: Path, on: bool) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"enabledPlugins": {"holdfast@holdfast": on}}))


@pytest.fixture
def full_disk(holdfast: Commands) -> Iterator[Path]:
    """The home lies on a small disk; the path of a file that fills it once it is made."""
    if os.getuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a disk")
    holdfast.home.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", str(holdfast.home)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    yield holdfast.home / "thesis.odt"
    holdfast.close()
    subprocess.run(["umount", "-l", str(holdfast.home)], check=True)


def fill(file: Path) -> None:
    with file.open("wb", buffering=0) as out:
        try:
            while out.write(b"\0" * 4096):
                pass
        except OSError:
            pass


def test_status_starts_no_daemon_and_makes_no_folder(holdfast: Commands) -> None:
    told = holdfast.json("status")

    assert told["daemon"] is None
    assert told["memories"] == 0
    assert told["problems"] == []
    assert not holdfast.home.exists()
    assert "not running" in holdfast("status")


def test_status_tells_what_was_heard_stored_and_kept(holdfast: Commands) -> None:
    holdfast.session()
    holdfast.remember("a note")

    told = holdfast.json("status")

    assert told["daemon"]["process"] == holdfast.daemon
    assert (told["memories"], told["sessions"], told["events"], told["projects"]) == (1, 1, 5, 1)
    assert (told["heard"]["host"], told["heard"]["event"]) == ("claude-code", "SessionEnd")
    assert told["stored"]["kind"] == "end"
    assert told["spool"] == {"queued": 0, "failed": 0}
    assert told["store"]["bytes"] > 0
    assert told["paused"] is None


def test_status_tells_the_same_of_the_store_when_no_daemon_runs(holdfast: Commands) -> None:
    holdfast.session()
    holdfast.remember("a note")
    told = holdfast.json("status")
    holdfast("serve", "--stop")

    offline = holdfast.json("status")

    assert offline["daemon"] is None
    assert holdfast.daemon is None
    for name in ("memories", "sessions", "events", "projects", "deliveries", "store"):
        assert offline[name] == told[name]
    assert (offline["heard"], offline["stored"]["event"]) == (told["heard"], told["stored"]["event"])
    assert offline["stored"]["at"] == offline["heard"]["at"]


def test_status_counts_deliveries_by_receipt(holdfast: Commands) -> None:
    holdfast.remember("a note")
    assert b"a note" in holdfast.hook("SessionStart", source="startup")

    deliveries = holdfast.json("status")["deliveries"]

    assert deliveries["by_receipt"] == {"sent": 1}
    assert (deliveries["last"]["place"], deliveries["last"]["receipt"]) == ("session-start", "sent")
    assert "not yet seen in the transcript" in holdfast("status")


def test_status_tells_of_a_daemon_that_hangs(holdfast: Commands) -> None:
    holdfast.remember("a note")
    process = holdfast.daemon
    assert process is not None
    os.kill(process, signal.SIGSTOP)
    try:
        told = holdfast.json("status")
        searched = holdfast.error("search", "note", code=1)
    finally:
        os.kill(process, signal.SIGCONT)

    assert (told["daemon"]["process"], told["daemon"]["answers"]) == (process, False)
    assert searched.startswith(f"waiting for the daemon (process {process}) …\n")
    assert f"the daemon (process {process}) did not answer within 5 s" in searched
    assert "fix: restart it: holdfast serve --restart" in searched
    assert "did not answer" in told["problems"][0]


def test_status_tells_of_a_store_that_cannot_be_opened(holdfast: Commands) -> None:
    holdfast.home.mkdir(mode=0o700)
    (holdfast.home / "holdfast.db").write_bytes(b"this is no database at all, but a text of some length" * 40)
    holdfast.run("serve")

    told = holdfast.json("status")

    assert told["memories"] is None
    assert told["daemon"]["answers"] is True
    assert "damaged" in told["problems"][0]
    assert "holdfast doctor --repair" in holdfast("status")
    assert "damaged" in holdfast.error("recent", code=1)
    assert holdfast.json("serve", "--stop")["stopped"] == told["daemon"]["process"]


def test_status_tells_what_waits_and_what_was_set_aside(holdfast: Commands) -> None:
    spool = holdfast.home / "spool"
    spool.mkdir(parents=True, mode=0o700)
    for name in ("1.frame", "2.frame", "3.failed"):
        (spool / name).write_text("no frame")

    told = holdfast.json("status")

    assert told["spool"] == {"queued": 2, "failed": 1}
    assert "holdfast doctor" in holdfast("status")


def test_status_tells_of_settings_that_are_wrong(holdfast: Commands) -> None:
    holdfast.home.mkdir(mode=0o700)
    (holdfast.home / "config.toml").write_text("[daemon]\nidle_minutes = 'soon'\n[demon]\nx = 1\n")

    problems = " ".join(holdfast.json("status")["problems"])

    assert "daemon.idle_minutes cannot be 'soon'" in problems
    assert "demon.x" in problems


def test_status_tells_whether_claude_code_is_set_up(holdfast: Commands) -> None:
    assert holdfast.json("status")["claude_code"]["set_up"] is False
    plugins = holdfast.user / ".claude" / "plugins"
    (plugins / "data" / "holdfast-holdfast").mkdir(parents=True)
    (plugins / "installed_plugins.json").write_text(json.dumps({"plugins": {"holdfast@holdfast": []}}))

    assert holdfast.json("status")["claude_code"] == {
        "set_up": False, "plugin": True, "link": False, "folder": str(holdfast.user / ".claude"), "disabled": None,
    }  # fmt: skip

    link = plugins / "data" / "holdfast-holdfast" / "hook"
    link.symlink_to("/bin/sh")
    assert holdfast.json("status")["claude_code"]["set_up"] is False
    assert "its link to this home is not: holdfast setup claude-code" in holdfast("status")

    link.unlink()
    link.symlink_to(launcher(holdfast))
    assert holdfast.json("status")["claude_code"]["set_up"] is True


def test_a_pause_shows_in_status_and_nothing_is_recorded_meanwhile(holdfast: Commands) -> None:
    holdfast.remember("a note")

    holdfast("pause")
    assert holdfast.json("status")["paused"] == {"until": None}
    assert holdfast.hook("SessionStart", "quiet", source="startup") == b""
    holdfast.hook("UserPromptSubmit", "quiet", prompt="do not keep this", prompt_id="p")
    assert holdfast.json("status")["heard"]["event"] == "UserPromptSubmit"

    assert "recording again" in holdfast("pause", "--off")
    assert holdfast.json("search", "keep", "--turns")["hits"] == []
    assert holdfast.json("status")["paused"] is None
    assert holdfast.json("status")["events"] == 0
    assert "was not paused" in holdfast("pause", "--off")


def test_a_pause_for_a_time_ends_by_itself(holdfast: Commands) -> None:
    until = holdfast.json("pause", "--for", "2s")["paused"]["until"]
    assert until is not None

    wait_for(lambda: holdfast.json("status")["paused"] is None, "the end of the pause")
    holdfast.session()


def test_the_newest_word_on_a_pause_counts(holdfast: Commands) -> None:
    holdfast("pause")

    until = holdfast.json("pause", "--for", "1h")["paused"]["until"]

    assert holdfast.json("status")["paused"] == {"until": until}
    assert "no length of time" in holdfast.error("pause", "--for", "soon", code=2)
    assert "not both" in holdfast.error("pause", "--for", "1h", "--off", code=2)


def test_a_plugin_that_was_disabled_is_told_with_what_enables_it(holdfast: Commands) -> None:
    user = set_up(holdfast) / "settings.json"
    switch(user, True)
    assert holdfast.json("status")["claude_code"]["disabled"] is None

    switch(user, False)
    told = holdfast.json("status")["claude_code"]
    assert told["set_up"] is False
    assert told["disabled"] == {"file": str(user), "fix": "claude plugin enable holdfast@holdfast"}
    assert "disabled" in holdfast("status")
    assert "claude plugin enable holdfast@holdfast" in holdfast("status")


@pytest.mark.parametrize(("name", "scope"), [("settings.json", "project"), ("settings.local.json", "local")])
def test_a_project_may_disable_the_plugin_or_enable_it_for_itself(holdfast: Commands, name: str, scope: str) -> None:
    user = set_up(holdfast) / "settings.json"
    switch(user, True)
    file = holdfast.project / ".claude" / name

    switch(file, False)
    told = holdfast.json("status")["claude_code"]
    assert told["disabled"] == {"file": str(file), "fix": f"claude plugin enable holdfast@holdfast --scope {scope}"}
    assert holdfast.json("status", cwd=holdfast.user)["claude_code"]["set_up"] is True

    switch(user, False)
    switch(file, True)
    assert holdfast.json("status")["claude_code"]["set_up"] is True


def test_what_an_import_stored_was_stored_now(holdfast: Commands) -> None:
    transcript = holdfast.user / ".claude" / "projects" / "p" / "s9.jsonl"
    transcript.parent.mkdir(parents=True)
    transcript.write_text(prompt_line("mend the roof", holdfast.project))
    before = time.time_ns() // 1_000_000
    holdfast("import", "claude-code", "--all")

    stored = holdfast.json("status")["stored"]
    assert before <= stored["at"] <= time.time_ns() // 1_000_000
    assert stored["happened"] == 1_767_323_045_000
    assert "of 2026-01-02 03:04, " in holdfast("status")

    holdfast("serve", "--stop")  # nobody knows any more
    assert holdfast.json("status")["stored"]["at"] is None
    assert "that tells of 2026-01-02 03:04" in holdfast("status")


def test_what_is_heard_live_is_heard_and_stored_at_the_same_moment(holdfast: Commands) -> None:
    holdfast.run("serve")
    holdfast.hook("UserPromptSubmit", prompt="mend the fence", prompt_id="p")

    told = holdfast.json("status")

    assert 0 <= told["stored"]["at"] - told["heard"]["at"] < 10_000
    assert ", of " not in holdfast("status")


def test_a_hook_has_one_name_before_and_after_a_restart(holdfast: Commands) -> None:
    holdfast.session()
    heard = holdfast.json("status")["heard"]
    holdfast("serve", "--restart")

    assert holdfast.json("status")["heard"] == heard
    assert heard["event"] == "SessionEnd"

    holdfast.environment["HOLDFAST_IGNORE"] = "1"
    holdfast.hook("SessionStart", "quiet", source="startup")
    assert holdfast.json("status")["heard"]["event"] == "SessionStart"


@pytest.mark.parametrize("running", [True, False])
def test_status_tells_what_a_repository_asks_in_vain(holdfast: Commands, running: bool) -> None:
    subprocess.run(["git", "init", "-q", holdfast.project], check=True)
    if running:
        holdfast.remember("a note")
    (holdfast.project / ".holdfast").write_text("server = 'https://example.org'\ninject = 'no'\n")

    problems = holdfast.json("status")["problems"]

    assert [str(holdfast.project) in each for each in problems] == [True, True]
    assert "'server' cannot be set by a repository" in problems[0]
    assert "inject must be true or false" in problems[1]
    assert holdfast.json("status", cwd=holdfast.user)["problems"] == []


def test_settings_that_became_wrong_are_told_while_the_daemon_runs(holdfast: Commands) -> None:
    holdfast.remember("a note")
    (holdfast.home / "config.toml").write_text("[daemon]\nidle_minutes = 'soon'\n")
    said = "daemon.idle_minutes cannot be 'soon': it takes a whole number"

    assert holdfast.json("status")["problems"] == [said]
    assert said in holdfast.run("config", "list").err
    assert "it takes a whole number" in holdfast.error("config", "set", "daemon.idle_minutes", "soon", code=2)

    (holdfast.home / "config.toml").write_text("this is no TOML")
    assert "cannot be read" in holdfast.json("status")["problems"][0]


def test_a_full_disk_is_told_until_something_is_saved_again(holdfast: Commands, full_disk: Path) -> None:
    holdfast.session()
    heard = holdfast.json("status")["heard"]
    fill(full_disk)

    for number in range(30):
        holdfast.hook("UserPromptSubmit", prompt=f"{number} " + "x" * 5_000, prompt_id=f"p{number}")
    told = holdfast.json("status")
    assert "the disk is full" in told["problems"][0]
    assert told["heard"]["at"] > heard["at"]
    links = {link["name"]: link for link in holdfast.json("doctor", code=1)["links"]}
    assert (links["disk"]["state"], links["recording"]["state"]) == ("broken", "broken")
    assert "the disk is full" in links["recording"]["what"]
    holdfast("serve", "--stop")
    assert "are free on the disk" in holdfast.json("status")["problems"][0]

    full_disk.unlink()
    holdfast.hook("UserPromptSubmit", prompt="said in peace", prompt_id="q")
    wait_for(lambda: holdfast.json("status")["problems"] == [], "the end of the problem")


def test_a_save_that_was_refused_is_told_until_one_succeeds(holdfast: Commands, full_disk: Path) -> None:
    holdfast.remember("a note")
    fill(full_disk)
    for _ in range(100):
        done = holdfast.run("remember", "-", stdin=os.urandom(600).hex().encode())
        if done.code:
            break
    assert "the disk is full" in done.err
    assert "the disk is full" in holdfast.json("status")["problems"][0]

    full_disk.unlink()
    assert "the disk is full" in holdfast.json("status")["problems"][0]
    holdfast.remember("another note")
    assert holdfast.json("status")["problems"] == []
    assert "saved again; before that: nothing was saved: the disk is full" in holdfast("logs")


@pytest.mark.skipif(os.getuid() == 0 and shutil.which("setpriv") is None, reason="root may enter every folder")
@pytest.mark.parametrize("running", [True, False])
def test_a_home_that_cannot_be_entered_is_told_with_what_opens_it(holdfast: Commands, running: bool) -> None:
    holdfast.remember("a note")
    if not running:
        holdfast("serve", "--stop")
    process = holdfast.daemon
    holdfast.home.chmod(0)
    try:
        told = json.loads(unprivileged(holdfast, "status", "--json").stdout)
        said = unprivileged(holdfast, "status").stdout
        doctor = unprivileged(holdfast, "doctor")
    finally:
        holdfast.home.chmod(0o700)

    assert told["problems"][0].startswith(f"{holdfast.home} cannot be entered")
    assert f"chmod u+rwx {holdfast.home}" in said
    assert "process" not in said
    assert f"fix: chmod u+rwx {holdfast.home}" in doctor.stdout
    assert (doctor.returncode, doctor.stderr) == (1, "")
    if running:
        assert holdfast.daemon == process


def unprivileged(holdfast: Commands, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A command as a user whom the modes of files hold back."""
    limits = [] if os.getuid() else ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    return subprocess.run(
        [*limits, sys.executable, "-m", "holdfast", *arguments], cwd=holdfast.project, env=holdfast.variables(),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
