"""The launcher's files, and what the hook client loads."""

import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from holdfast.edge import launch

FILES = {"hook", "bridge", "holdfast", "hook.py", "bridge.py", "redact.py", "spool.py", "tools.json"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "bin"


def run(file: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([file, *arguments], input=stdin, capture_output=True, check=False, timeout=60)


def test_what_was_installed_is_whole_private_and_up_to_date(folder: Path) -> None:
    assert set(launch.install(folder, "1")) == FILES
    assert launch.outdated(folder, "1") == []
    assert launch.install(folder, "1") == []
    assert {path.name for path in folder.iterdir() if path.is_file()} == FILES
    for launcher in launch.LAUNCHERS:
        assert (folder / launcher).stat().st_mode & 0o777 == 0o700
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "hook").read_bytes().startswith(b"#!")


@pytest.mark.parametrize("damage", ["cut", "changed", "gone"])
def test_a_file_that_is_not_as_it_should_be_is_named_and_written_anew(folder: Path, damage: str) -> None:
    launch.install(folder, "1")
    file = folder / "spool.py"
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-20] + (b"" if damage == "cut" else b"#" * 20))
    assert launch.outdated(folder, "1") == ["spool.py"]
    assert launch.install(folder, "1") == ["spool.py"]
    assert launch.outdated(folder, "1") == []


def test_another_version_writes_the_launcher_anew_and_nothing_else(folder: Path) -> None:
    launch.install(folder, "1")
    assert launch.outdated(folder, "2") == ["hook", "bridge"]


def test_another_interpreter_writes_the_launcher_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    launch.install(folder, "1")
    monkeypatch.setattr(launch, "_interpreter", lambda: "/usr/bin/another-python")
    assert launch.outdated(folder, "1") == list(launch.LAUNCHERS)


@pytest.mark.parametrize("name", ["my python", "it's", "p" * 140, 'q"$(x)`'])
def test_an_interpreter_at_any_path_is_found(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    python = tmp_path / name / "python3"
    python.parent.mkdir()
    python.symlink_to(os.path.realpath(sys.executable))
    monkeypatch.setattr(launch, "_interpreter", lambda: str(python))
    launch.install(folder, "1")
    done = run(folder / "hook")
    assert (done.returncode, done.stderr) == (0, b"usage: hook HOST EVENT < payload.json\n")
    assert b'"pong"' in run(folder / "bridge", stdin=b'{"jsonrpc": "2.0", "id": "pong", "method": "ping"}').stdout


def test_the_launcher_runs_through_a_link_from_elsewhere(folder: Path, tmp_path: Path) -> None:
    launch.install(folder, "1")
    link = tmp_path / "link"
    link.symlink_to(folder / "hook")
    assert run(link, "--help").stderr.startswith(b"usage:")


def imported(*command: str | Path, stdin: bytes = b"") -> tuple[set[str], bytes]:
    """The modules that a fresh interpreter loads, and what it printed."""
    done = subprocess.run(
        [os.path.realpath(sys.executable), "-X", "importtime", "-IS", *command],
        input=stdin, capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    return set(re.findall(r"\|\s+([\w.]+)$", done.stderr.decode(), re.MULTILINE)), done.stdout


def test_the_hook_client_imports_next_to_nothing(folder: Path) -> None:
    """Each import here is paid for by every event of every session; even `socket` doubles the client's time."""
    launch.install(folder, "1")
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(folder.parent / "socket"))
    server.listen()
    asked = bytearray()

    def serve() -> None:
        with server, server.accept()[0] as connection:
            while chunk := connection.recv(65_536):
                asked.extend(chunk)
            connection.sendall(b"+6\nanswer")

    daemon = threading.Thread(target=serve, daemon=True)
    daemon.start()
    bare, _ = imported("-c", "pass")
    used, printed = imported(folder / "hook", "claude-code", "SessionStart", stdin=b'{"session_id": "s"}')
    daemon.join(30)

    assert printed == b"answer"
    assert asked.endswith(b'\n{"session_id": "s"}')
    assert used - bare == {"_socket", "hook"}
