"""The launcher, whatever becomes of the daemon: exit 0, silent, nothing lost, nothing twice, nothing leaked."""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.faults.home import Fixture
from tests.processes import wait_for

SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Fixture]:
    home = Fixture(tmp_path / "home", tmp_path / "project")
    yield home
    home.close()


def prompt(home: Fixture, text: str, prompt_id: str | None = None) -> bytes:
    return home.tell("UserPromptSubmit", prompt=text, prompt_id=prompt_id or f"id of {text}")


def test_the_first_hook_starts_the_daemon_and_is_answered(home: Fixture) -> None:
    home.start()
    home.ask("remember", body="we release on Fridays")
    home.signal(signal.SIGKILL)

    answer = json.loads(home.tell("SessionStart", source="startup"))

    assert "we release on Fridays" in answer["hookSpecificOutput"]["additionalContext"]
    assert home.daemon is not None
    assert home.spooled == []


def test_a_capture_hook_without_a_daemon_spools_starts_one_and_is_drained(home: Fixture) -> None:
    answer = home.tell("Stop", prompt_id="p", last_assistant_message="all done")

    assert answer == b""
    wait_for(lambda: home.texts("reply") == ["all done"], "the spooled reply in the journal")
    wait_for(lambda: home.spooled == [], "an empty spool")


def test_a_daemon_that_cannot_be_started_costs_no_event(home: Fixture) -> None:
    launcher = home.folder / "bin" / "hook"
    launcher.write_text(launcher.read_text().replace(f"('{sys.executable}', '-E'", "('/nowhere/python', '-E'"))

    assert home.tell("Stop", prompt_id="p", last_assistant_message="all done") == b""
    assert home.tell("SessionStart", source="startup") == b""
    assert len(home.spooled) == 2

    home.start()
    wait_for(lambda: home.texts("reply") == ["all done"], "the spooled reply in the journal")


def test_a_hung_daemon_does_not_hold_the_host_up_and_nothing_is_lost(home: Fixture) -> None:
    home.start()
    home.signal(signal.SIGSTOP)

    for nth in range(3):
        assert prompt(home, f"asked {nth}") == b""
    assert len(home.spooled) == 3

    home.signal(signal.SIGCONT)
    prompt(home, "asked 3")
    wait_for(lambda: sorted(home.texts("prompt")) == [f"asked {nth}" for nth in range(4)], "all four prompts, once")


def test_a_payload_that_arrives_and_is_spooled_too_is_one_event(home: Fixture) -> None:
    home.start()
    home.signal(signal.SIGSTOP)
    prompt(home, "once")  # the frame lies in the socket's queue, its copy in the spool

    home.signal(signal.SIGCONT)

    wait_for(lambda: home.spooled == [] and home.texts("prompt"), "the drained spool")
    home.tell("SessionEnd", reason="other")
    assert home.texts("prompt") == ["once"]


def test_what_a_hung_daemon_would_have_given_it_gives_later(home: Fixture) -> None:
    home.start()
    home.ask("remember", body="the release goes out on Fridays")
    home.signal(signal.SIGSTOP)
    assert prompt(home, "on which day does the release go out?") == b""  # it gave up

    home.signal(signal.SIGCONT)
    wait_for(lambda: home.spooled == [] and home.texts("prompt"), "the drained spool")
    assert b"on Fridays" in prompt(home, "so on which day does the release go out?")


def test_a_killed_daemon_is_followed_by_another_and_keeps_what_it_acknowledged(home: Fixture) -> None:
    home.start()
    for nth in range(5):
        prompt(home, f"asked {nth}")
        home.signal(signal.SIGKILL)
    prompt(home, "asked last")

    wait_for(lambda: home.spooled == [], "an empty spool")
    assert home.texts("prompt") == [*(f"asked {nth}" for nth in range(5)), "asked last"]


def test_a_daemon_killed_at_any_moment_loses_nothing_that_hooks_were_told_of(home: Fixture) -> None:
    asked = [f"asked {nth}" for nth in range(24)]

    def disturb() -> int:
        kills = 0
        while not done:
            process = home.daemon
            if process is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
                    kills += 1
            time.sleep(0.03)
        return kills

    done: list[bool] = []
    with ThreadPoolExecutor(3) as threads:
        disturbed = threads.submit(disturb)
        try:
            for _ in threads.map(lambda text: prompt(home, text), asked):
                pass
        finally:
            done.append(True)
    assert disturbed.result() > 0

    home.tell("SessionStart", source="resume")
    wait_for(lambda: home.spooled == [], "an empty spool")
    assert sorted(home.texts("prompt")) == sorted(asked)


def test_a_daemon_without_room_for_a_connection_loses_nothing_and_lets_others_in_later(home: Fixture) -> None:
    process = home.start()
    prompt(home, "before")
    limits = resource.prlimit(process, resource.RLIMIT_NOFILE)
    resource.prlimit(process, resource.RLIMIT_NOFILE, (3, limits[1]))

    prompt(home, "without room")
    assert home.spooled
    resource.prlimit(process, resource.RLIMIT_NOFILE, limits)

    wait_for(lambda: home.ask("ping") is not None, "the daemon to let somebody in")
    prompt(home, "after")
    wait_for(lambda: sorted(home.texts("prompt")) == ["after", "before", "without room"], "each prompt once")
    assert home.daemon == process


def test_eight_daemons_started_at_once_leave_one_owner(home: Fixture) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda nth: prompt(home, f"asked {nth}"), range(8)))

    assert answers == [b""] * 8
    wait_for(lambda: len(home.texts("prompt")) == 8 and not home.spooled, "all prompts in the journal")
    owner = home.daemon
    wait_for(lambda: len(_daemons_of(home)) == 1, "one daemon")
    assert _daemons_of(home) == [owner]


def _daemons_of(home: Fixture) -> list[int]:
    from tests.faults.home import _serving

    return _serving(home.folder)


def test_a_stale_socket_lock_and_a_foreign_process_number_are_no_obstacle(home: Fixture) -> None:
    home.start()
    home.signal(signal.SIGKILL)
    (home.folder / "lock").write_text(f"{os.getpid()} 0.0.1\n")  # a number that now belongs to somebody else
    assert (home.folder / "socket").exists()

    home.tell("SessionStart", source="startup")

    wait_for(lambda: home.daemon not in (None, os.getpid()), "a new daemon")


def test_a_newer_program_on_disk_takes_over_without_losing_a_hook(home: Fixture, tmp_path: Path) -> None:
    import shutil

    import holdfast

    package = tmp_path / "site" / "holdfast"
    shutil.copytree(Path(holdfast.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    plugins = Path(holdfast.__file__).parents[2] / "plugins"
    if plugins.is_dir():
        shutil.copytree(plugins, package / "plugins")
    process = subprocess.Popen(
        [sys.executable, "-c", _UNDER.format(site=package.parent)],
        env={**os.environ, "HOLDFAST_HOME": str(home.folder)}, start_new_session=True,
    )  # fmt: skip
    wait_for(lambda: home.ask("ping"), "the old daemon")
    old = home.ask("ping")
    init = package / "__init__.py"
    init.write_text(init.read_text().replace(holdfast.__version__, "99.0.0"))

    for nth in range(4):
        prompt(home, f"asked {nth}")

    wait_for(lambda: (home.ask("ping") or old)["process"] != old["process"], "the successor")
    wait_for(lambda: sorted(home.texts("prompt")) == [f"asked {nth}" for nth in range(4)], "every prompt")
    assert process.wait(20) == 0


_UNDER = "import sys; sys.path.insert(0, {site!r}); from holdfast.daemon import main; sys.exit(main())".replace(
    "{site!r}", "'{site}'"
)


def test_two_installs_firing_the_same_hook_are_one_event_and_one_answer(home: Fixture) -> None:
    home.start()
    home.ask("remember", body="we release on Fridays")
    payload = home.payload("SessionStart", source="startup")

    with ThreadPoolExecutor(2) as threads:
        answers = [done.stdout for done in threads.map(lambda _: home.hook("SessionStart", payload), range(2))]

    assert sorted(answer != b"" for answer in answers) == [False, True]
    prompt(home, "same", "one id")
    prompt(home, "same", "one id")
    wait_for(lambda: home.texts("prompt") and not home.spooled, "the prompt in the journal")
    assert [kind for _, kind, _ in home.events()] == ["start", "prompt"]


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"null", b"[]", b"42", b'"text"', b"{", b"\xff\xfe\x00", b"{}", b'{"session_id": 5}',
        b'{"session_id": "s", "hook_event_name": "UserPromptSubmit"}',
        b'{"session_id": "s", "hook_event_name": "UserPromptSubmit", "prompt": ["a"]}',
        b'{"session_id": "s", "hook_event_name": "PostToolUse", "tool_name": {}, "tool_input": 3}',
        b'{"session_id": null, "hook_event_name": null, "cwd": []}',
        b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    ],
    ids=lambda raw: raw[:40].decode("latin-1"),
)  # fmt: skip
@pytest.mark.parametrize("up", [True, False], ids=["daemon up", "daemon down"])
def test_a_payload_that_makes_no_sense_changes_nothing(home: Fixture, raw: bytes, up: bool) -> None:
    if up:
        home.start()

    for event in ("UserPromptSubmit", "PostToolUse", "NoSuchEvent"):
        done = home.hook(event, None, raw=raw)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")

    wait_for(lambda: home.ask("ping"), "the daemon to live")
    wait_for(lambda: home.spooled == [], "an empty spool")
    assert [kind for _, kind, _ in home.events() if kind != "start"] == []


@pytest.mark.parametrize("up", [True, False], ids=["daemon up", "daemon down"])
def test_ten_megabytes_keep_head_tail_and_true_length(home: Fixture, up: bool) -> None:
    if up:
        home.start()
    output = "first line\n" + "x" * 10_000_000 + "\nlast line"

    home.tell(
        "PostToolUse", tool_name="Bash", tool_use_id="t1", tool_input={"command": "yes"},
        tool_response={"stdout": output, "stderr": ""},
    )  # fmt: skip

    wait_for(lambda: home.texts("tool"), "the tool call in the journal")
    (kept,) = home.texts("tool")
    assert kept.startswith("first line")
    assert kept.endswith("last line")
    assert f"{len(output):,}" in kept
    assert len(kept) < 20_000


@pytest.mark.parametrize("up", [True, False], ids=["daemon up", "daemon hung"])
def test_a_secret_reaches_no_file(home: Fixture, up: bool) -> None:
    home.start()
    if not up:
        home.signal(signal.SIGSTOP)
    home.tell("UserPromptSubmit", prompt=f"use the token {SECRET} please", prompt_id="p1")
    home.tell(
        "PostToolUse", tool_name="Bash", tool_use_id="t1", tool_input={"command": f"export GITHUB_TOKEN={SECRET}"},
        tool_response={"stdout": f"{SECRET}\n" * 50_000, "stderr": ""},
    )  # fmt: skip

    def found() -> list[str]:
        return [
            str(path) for path in home.folder.rglob("*") if path.is_file() and SECRET[4:].encode() in path.read_bytes()
        ]

    assert found() == []
    home.signal(signal.SIGCONT)
    wait_for(lambda: len(home.events()) == 2 and not home.spooled, "both events in the journal")
    assert found() == []
    assert "please" in home.texts("prompt")[0]


def test_private_words_are_not_kept_even_in_the_spool(home: Fixture) -> None:
    home.start()
    home.signal(signal.SIGSTOP)
    prompt(home, "call <private>Anna on 555-0199</private> today")

    assert b"555-0199" not in b"".join(path.read_bytes() for path in home.spooled)
    home.signal(signal.SIGCONT)
    prompt(home, "and <private>unclosed 555-0199")
    wait_for(lambda: len(home.texts("prompt")) == 2, "both prompts")
    assert not any("555-0199" in text for text in home.texts("prompt"))


def test_an_ignored_process_is_not_recorded_by_hook_or_transcript(home: Fixture) -> None:
    home.start()

    for event, fields in (("SessionStart", {"source": "startup"}), ("UserPromptSubmit", {"prompt": "hidden"})):
        done = home.hook(event, home.payload(event, **fields), env={"HOLDFAST_IGNORE": "1"})
        assert (done.returncode, done.stdout) == (0, b"")
    prompt(home, "told without the variable")
    home.tell("SessionStart", "another", source="startup")

    wait_for(lambda: home.events() and not home.spooled, "the other session in the journal")
    assert [(session, kind) for session, kind, _ in home.events()] == [("another", "start")]


def test_debug_speaks_on_standard_error_and_only_there(home: Fixture) -> None:
    home.start()

    done = home.hook("Stop", home.payload("Stop"), env={"HOLDFAST_DEBUG": "1"})

    assert done.stdout == b""
    assert done.stderr.startswith(b"[holdfast Stop] ")


@pytest.mark.parametrize("broken", ["read-only home", "spool is a file"])
def test_a_home_that_cannot_be_written_disturbs_nobody(home: Fixture, broken: str) -> None:
    home.start()
    home.signal(signal.SIGSTOP)
    if broken == "read-only home":
        (home.folder / "spool").mkdir()
        (home.folder / "spool").chmod(0o500)
    elif broken == "spool is a file":
        (home.folder / "spool").write_text("")

    done = home.hook("Stop", home.payload("Stop", last_assistant_message="x"))

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_hostile_names_reach_no_shell_and_no_file_name(home: Fixture, tmp_path: Path) -> None:
    home.start()
    hostile = f"../../{tmp_path}/owned'\"; touch {tmp_path}/owned; $(touch {tmp_path}/owned)\n\0"

    home.tell("SessionStart", session=hostile, source=hostile)
    home.hook("UserPromptSubmit", {**home.payload("UserPromptSubmit", session=hostile), "cwd": hostile, "prompt": "x"})
    home.hook("Stop", {**home.payload("Stop", session=hostile), "transcript_path": hostile, "agent_transcript_path": 3})

    wait_for(lambda: home.ask("ping"), "the daemon to live")
    assert not (tmp_path / "owned").exists()
    assert (hostile, "prompt", "x") in home.events()


def test_the_environment_of_a_repository_moves_neither_home_nor_settings(home: Fixture, tmp_path: Path) -> None:
    hostile = {"HOLDFAST_HOME": str(tmp_path / "planted"), "HOLDFAST_CAPTURE_TOOLS": "Read"}

    home.hook("Stop", home.payload("Stop", last_assistant_message="kept where setup said"), env=hostile)

    wait_for(lambda: home.texts("reply") == ["kept where setup said"], "the reply in its own home")
    assert not (tmp_path / "planted").exists()
    assert b"HOLDFAST_CAPTURE_TOOLS" not in Path(f"/proc/{home.daemon}/environ").read_bytes()


def test_a_secret_in_a_name_reaches_no_row(home: Fixture) -> None:
    home.start()
    folder = home.project / SECRET
    folder.mkdir()

    home.hook("SessionStart", {**home.payload("SessionStart", source=SECRET), "cwd": str(folder)})
    home.hook("PostToolUse", {**home.payload("PostToolUse", tool_name=SECRET, tool_use_id="t"), "cwd": str(folder)})

    wait_for(lambda: len(home.events()) == 2, "both events")
    assert not [path.name for path in home.folder.glob("holdfast.db*") if SECRET[4:].encode() in path.read_bytes()]


def test_what_a_transcript_gained_while_nobody_read_it_is_read_when_the_daemon_comes_up(
    home: Fixture, tmp_path: Path
) -> None:
    file = tmp_path / "s1.jsonl"
    home.start()
    home.tell("SessionEnd", transcript_path=str(file), reason="other")
    home.signal(signal.SIGKILL)
    say(file, "written last")
    home.start()
    wait_for(lambda: home.texts("reply") == ["written last"], "the last line")

    home.signal(signal.SIGKILL)
    say(file, "and one more")
    home.start()
    wait_for(lambda: home.texts("reply") == ["written last", "and one more"], "what was added since")


def test_a_large_transcript_is_read_also_when_an_agent_started_the_daemon(
    home: Fixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "s1.jsonl"
    for nth in range(90):
        say(file, f"{nth}: {'plank by plank ' * 4_000}")
    assert file.stat().st_size > 5_000_000
    monkeypatch.setenv("CLAUDECODE", "1")
    home.start()

    home.tell("Stop", transcript_path=str(file), last_assistant_message="mended")

    wait_for(lambda: len(home.texts("reply")) >= 90, "all of it")


def say(file: Path, text: str) -> None:
    """A line of the agent's, as the host writes it."""
    message = {"role": "assistant", "content": [{"type": "text", "text": text}]}
    line = {"type": "assistant", "sessionId": "s1", "uuid": text, "message": message}
    with file.open("a") as lines:
        lines.write(json.dumps({**line, "timestamp": "2026-01-01T00:00:00Z"}) + "\n")
