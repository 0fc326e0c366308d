"""Other users, other programs and hostile folders of the same machine; full, locked and skewed things."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from tests.faults.home import Fixture
from tests.processes import wait_for

from holdfast.edge.frame import Frame, call, encode

ROOT = os.getuid() == 0


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Fixture]:
    home = Fixture(tmp_path / "home", tmp_path / "project")
    yield home
    home.close()


def test_nothing_of_the_home_is_open_to_others_whatever_the_umask(home: Fixture) -> None:
    old = os.umask(0)
    try:
        home.tell("Stop", last_assistant_message="spooled by the hook")
        wait_for(lambda: home.texts("reply"), "the reply in the journal")
        home.signal(signal.SIGSTOP)
        home.tell("Stop", last_assistant_message="spooled again")
    finally:
        os.umask(old)

    for path in [home.folder, *home.folder.rglob("*")]:
        mode = stat.S_IMODE(path.lstat().st_mode)
        assert mode & 0o077 == 0, f"{path} has mode {mode:o}"


@pytest.mark.parametrize("silent", ["in its frame", "at its answer"])
def test_a_client_that_says_or_takes_nothing_more_keeps_no_daemon_from_leaving(home: Fixture, silent: str) -> None:
    home.start()
    home.tell("SessionStart", source="startup")
    for nth in range(250):  # more than a socket holds
        assert home.ask("remember", body=f"note {nth}: " + " ".join(f"word{nth}x{each}" for each in range(110)))
    now = time.time_ns() // 1_000_000
    asked = json.dumps({"cwd": str(home.project), "at": now, "limit": 250}).encode()
    frame = encode(Frame("cli", "recent", "n", now, str(home.project), "0", {}, asked))
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(home.folder / "socket"))
        client.sendall(frame if silent == "at its answer" else frame[:-10])
        assert client.recv(1) == b"+"
        if silent == "at its answer":
            client.shutdown(socket.SHUT_WR)
            assert client.recv(1)
        home.signal(signal.SIGTERM)
        wait_for(lambda: home.daemon is None, "the daemon to leave")

        home.tell("Stop", last_assistant_message="said to the next one")
        wait_for(lambda: home.texts("reply"), "the reply in the journal")


def open_the_way(folder: Path) -> None:
    """Let others enter a folder, and those above it that are ours."""
    ours = Path(tempfile.gettempdir())
    for each in (folder, *folder.parents):
        if ours in each.parents:
            each.chmod(0o755)


@pytest.mark.skipif(not ROOT, reason="needs a second user")
def test_another_user_can_neither_ask_nor_read(home: Fixture, tmp_path: Path) -> None:
    home.start()
    open_the_way(tmp_path)  # only the home is closed
    code = (
        "import socket, sys\n"
        "for attempt in (lambda: open(sys.argv[1] + '/holdfast.db'),"
        " lambda: socket.socket(socket.AF_UNIX).connect(sys.argv[1] + '/socket')):\n"
        "    try:\n        attempt()\n    except PermissionError:\n        continue\n    sys.exit('it was let in')\n"
    )

    done = subprocess.run(
        ["/usr/bin/python3", "-c", code, str(home.folder)], user=65534, group=65534, extra_groups=[],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not ROOT, reason="needs a second user")
def test_a_caller_with_another_user_id_is_not_answered_even_when_the_modes_are_lost(home: Fixture) -> None:
    home.start()
    open_the_way(home.folder)
    (home.folder / "socket").chmod(0o777)
    code = (
        "import socket, sys\nc = socket.socket(socket.AF_UNIX)\nc.connect(sys.argv[1])\n"
        "try:\n    c.sendall(sys.stdin.buffer.read())\n    c.shutdown(1)\n    answer = c.recv(1)\n"
        "except OSError:\n    answer = b''\nsys.exit('it was answered' if answer else 0)\n"
    )
    frame = encode(Frame("cli", "ping", "00", 0, "/", "0", {}, b"{}"))

    done = subprocess.run(
        ["/usr/bin/python3", "-c", code, str(home.folder / "socket")], input=frame, user=65534, group=65534,
        extra_groups=[], capture_output=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr.decode()


def test_the_daemon_listens_on_no_network(home: Fixture) -> None:
    process = home.start()

    inodes = {name for name in home.opened() if name.startswith("socket:")}
    listed = "".join(Path(f"/proc/{process}/net/{kind}").read_text() for kind in ("tcp", "tcp6", "udp", "udp6"))
    assert inodes
    assert not [inode for inode in inodes if f" {inode.strip('socket:[]')} " in listed]


def test_modules_that_lie_in_the_working_folder_are_not_loaded(home: Fixture) -> None:
    for name in ("sitecustomize", "usercustomize", "json", "re", "redact", "spool", "hook", "apsw", "holdfast"):
        (home.project / f"{name}.py").write_text(f"open({str(home.project / 'owned')!r}, 'a').write({name!r})\n")
    hostile = {"PYTHONPATH": str(home.project), "PYTHONSTARTUP": str(home.project / "json.py")}

    home.hook("Stop", home.payload("Stop", last_assistant_message="x" * 300_000), env=hostile)
    wait_for(lambda: home.texts("reply"), "the reply in the journal")

    assert not (home.project / "owned").exists()


def test_a_daemon_inherits_nothing_from_the_host_that_started_it(home: Fixture) -> None:
    read, write = os.pipe()
    os.set_inheritable(write, True)
    try:
        subprocess.run(
            [home.folder / "bin" / "hook", "claude-code", "SessionStart"],
            input=json.dumps(home.payload("SessionStart", source="startup")).encode(),
            env={"HOLDFAST_HOME": str(home.folder), "PATH": os.defpath, "ANTHROPIC_API_KEY": "not-for-you"},
            capture_output=True,
            pass_fds=(write,),
            check=True,
            cwd=home.project,
        )
        wait_for(lambda: home.ask("ping"), "the daemon")
        process = home.daemon
        environment = Path(f"/proc/{process}/environ").read_bytes()

        assert b"not-for-you" not in environment
        assert str(Path(f"/proc/self/fd/{write}").readlink()) not in home.opened()
        assert Path(f"/proc/{process}/cwd").readlink() == Path("/")
        assert os.getsid(process or 0) == process
    finally:
        os.close(read)
        os.close(write)


def test_a_frame_of_another_wire_is_not_answered_and_the_hook_keeps_its_copy(home: Fixture) -> None:
    home.start()
    client = home.folder / "bin" / "hook.py"
    client.write_text(client.read_text().replace("holdfast/1", "holdfast/2"))
    shutil.rmtree(client.parent / "__pycache__")

    home.tell("Stop", last_assistant_message="from the future")

    assert len(home.spooled) == 1
    with pytest.raises((EOFError, ConnectionResetError)):
        _ask_raw(home, b"holdfast/2\0host=cli\0event=ping\0at=1\n")
    assert home.ask("ping")


def _ask_raw(home: Fixture, raw: bytes) -> bytes:
    import socket

    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(home.folder / "socket"))
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(100)
    if not answer:
        raise EOFError
    return answer


@pytest.mark.parametrize(
    "raw",
    [b"", b"\n", b"\0" * 70_000, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"holdfast/1\0at=x\n", b"holdfast/1"],
)
def test_what_is_no_frame_is_not_answered_and_harms_nobody(home: Fixture, raw: bytes) -> None:
    home.start()

    with pytest.raises((EOFError, ConnectionResetError, BrokenPipeError)):
        _ask_raw(home, raw)

    assert home.ask("ping")


def test_a_store_locked_by_another_program_makes_hooks_spool_and_is_caught_up_with(home: Fixture) -> None:
    home.start()
    other = apsw.Connection(str(home.folder / "holdfast.db"))
    other.execute("BEGIN IMMEDIATE")

    home.tell("Stop", prompt_id="p", last_assistant_message="told while it was locked")
    assert len(home.spooled) == 1

    other.execute("ROLLBACK")
    other.close()
    home.tell("SessionEnd", reason="other")
    wait_for(lambda: home.texts("reply") == ["told while it was locked"] and not home.spooled, "the reply, once")


@pytest.mark.skipif(not ROOT or sys.platform != "linux", reason="mounts a small file system")
def test_a_full_disk_is_said_and_nothing_is_lost_once_there_is_space_again(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(small)], check=True)
    home = Fixture(small / "home", tmp_path / "project")
    try:
        home.start()
        home.tell("Stop", prompt_id="a", last_assistant_message="before")
        ballast = small / "ballast"
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(b"\0" * 4096):
                    pass
            except OSError:
                pass

        done = [
            home.hook("Stop", home.payload("Stop", prompt_id=f"p{n}", last_assistant_message="x" * 5000))
            for n in range(30)
        ]
        assert {(each.returncode, each.stdout, each.stderr) for each in done} == {(0, b"", b"")}
        assert home.ask("ping")

        ballast.unlink()
        home.tell("Stop", prompt_id="z", last_assistant_message="after")
        wait_for(lambda: {"before", "after"} <= set(home.texts("reply")), "what was told before and after")
    finally:
        home.close()
        subprocess.run(["umount", "-l", str(small)], check=False)


@pytest.mark.skipif(not ROOT or sys.platform != "linux", reason="mounts a small file system")
def test_a_home_on_a_read_only_file_system_is_called_that(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(small)], check=True)
    home = Fixture(small / "home", tmp_path / "project")
    environment = {**os.environ, "HOLDFAST_HOME": str(home.folder)}
    try:
        subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
        for command in ("recent", "doctor"):
            done = subprocess.run(
                [sys.executable, "-m", "holdfast", command], env=environment, cwd=home.project, capture_output=True,
                text=True, timeout=60, check=False,
            )  # fmt: skip
            assert done.returncode == 1
            assert f"{home.folder} cannot be written" in done.stdout + done.stderr
            assert "why: it is on a read-only file system" in done.stdout + done.stderr
            assert "its mode is" not in done.stdout + done.stderr
    finally:
        home.close()
        subprocess.run(["umount", "-l", str(small)], check=False)


@pytest.mark.skipif(shutil.which("faketime") is None, reason="needs faketime")
def test_a_clock_ten_years_off_keeps_the_order_of_changes(home: Fixture) -> None:
    home.start()
    first = home.ask("remember", body="said in the present")
    home.signal(signal.SIGKILL)
    home.children.append(
        subprocess.Popen(
            ["faketime", "-f", "-10y", sys.executable, "-m", "holdfast.daemon"],
            env={**os.environ, "HOLDFAST_HOME": str(home.folder)},
            start_new_session=True,
        )
    )
    wait_for(lambda: home.ask("ping"), "the daemon of the past")

    second = home.ask("remember", body="said ten years before, afterwards")

    assert second["memory"]["created"] >= first["memory"]["created"]


def test_a_thousand_clients_at_once_are_all_answered(home: Fixture) -> None:
    (home.folder / "config.toml").write_text("[inject]\nnudge = false\n")
    home.start()
    frames = [
        Frame(
            "claude-code",
            "UserPromptSubmit",
            f"{nth:016x}",
            1_800_000_000_000 + nth,
            "/",
            "0",
            {},
            json.dumps(home.payload("UserPromptSubmit", prompt=f"asked {nth}", prompt_id=f"p{nth}")).encode(),
        )
        for nth in range(1_000)
    ]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(64) as threads:
        answers = list(threads.map(lambda frame: call(home.folder / "socket", frame), frames))

    assert answers == [b""] * 1_000
    assert len(home.texts("prompt")) == 1_000
