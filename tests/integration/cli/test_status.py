"""`holdfast status`: one look that tells whether everything works."""

import json
import os
import signal
from pathlib import Path

from tests.integration.cli.commands import Commands, wait_for


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
    for name in ("memories", "sessions", "events", "projects", "stored", "deliveries"):
        assert offline[name] == told[name]


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
    finally:
        os.kill(process, signal.SIGCONT)

    assert (told["daemon"]["process"], told["daemon"]["answers"]) == (process, False)
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
        "set_up": False, "plugin": True, "link": False, "folder": str(holdfast.user / ".claude"),
    }  # fmt: skip

    (plugins / "data" / "holdfast-holdfast" / "hook").symlink_to(Path("/bin/sh"))
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
