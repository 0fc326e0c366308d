"""When HTTP is open, where, for how long, and what that costs who never asks for it."""

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration.api.caller import Caller
from tests.integration.cli.commands import Commands
from tests.processes import wait_for

import holdfast as package

HEAVY = ("fastapi", "starlette", "pydantic", "uvicorn", "h11", "anyio")


def listening(process: int) -> set[tuple[str, int]]:
    """The addresses at which a process listens for TCP: (address as the kernel writes it, port)."""
    inodes = set()
    for link in Path(f"/proc/{process}/fd").iterdir():
        try:
            inodes.add(str(link.readlink()))
        except OSError:
            continue
    found = set()
    for kind in ("tcp", "tcp6"):
        for line in Path(f"/proc/{process}/net/{kind}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                address, _, port = fields[1].partition(":")
                found.add((address, int(port, 16)))
    return found


def daemon(holdfast: Commands) -> int:
    process = holdfast.daemon
    assert process is not None
    return process


def loaded(process: int) -> bool:
    """Whether a process has loaded what HTTP needs: a compiled part of it is mapped."""
    return "pydantic_core" in Path(f"/proc/{process}/maps").read_text()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_nothing_listens_and_nothing_is_loaded_until_somebody_asks(holdfast: Commands) -> None:
    holdfast.session()
    holdfast.remember("a note")
    before = daemon(holdfast)
    assert listening(before) == set()
    assert not loaded(before)
    assert holdfast.json("status")["http"] is None

    caller = Caller.of(holdfast)

    assert daemon(holdfast) == before
    assert listening(before) == {("0100007F", caller.port)}
    assert loaded(before)


def test_what_starts_without_http_imports_none_of_it() -> None:
    modules = (
        "holdfast.daemon, holdfast.service, holdfast.api.door, holdfast.cli, holdfast.cli.client, holdfast.cli.open"
    )
    code = f"import sys, {modules}; print([each for each in {HEAVY!r} if each in sys.modules])"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert said == "[]\n"


def test_the_file_with_the_token_is_its_owners_alone_whatever_the_umask(holdfast: Commands) -> None:
    subprocess.run(
        ["sh", "-c", f"umask 000; exec {sys.executable} -m holdfast serve --tcp"],
        cwd=holdfast.project, env=holdfast.variables(), check=True, capture_output=True,
    )  # fmt: skip
    file = holdfast.home / "http.json"
    first = json.loads(file.read_text())

    assert file.stat().st_mode & 0o777 == 0o600
    assert holdfast.home.stat().st_mode & 0o777 == 0o700
    assert len(first["token"]) >= 43  # 32 bytes of chance
    assert first["token"] not in (holdfast.home / "log").read_text()
    assert first["token"] not in Path(f"/proc/{daemon(holdfast)}/cmdline").read_text()
    holdfast("serve", "--no-tcp")
    assert json.loads(_again(holdfast))["token"] != first["token"]


def _again(holdfast: Commands) -> str:
    holdfast("serve", "--tcp")
    return (holdfast.home / "http.json").read_text()


def test_open_and_close_say_what_they_did(holdfast: Commands) -> None:
    it = holdfast.json("serve", "--tcp")
    again = holdfast.json("serve", "--tcp")
    printed = holdfast("open", "--print")

    assert it == again
    assert printed == f"{it['address']}\n"
    assert holdfast("open") == printed  # no terminal: nothing else happens
    assert it["file"] == str(holdfast.home / "http.json")
    assert holdfast.json("status")["http"] == {"address": it["address"], "port": it["port"]}
    assert f"http         open on {it['address']}" in holdfast("status")
    assert holdfast.json("serve", "--no-tcp") == {"closed": it["port"]}
    assert holdfast.json("serve", "--no-tcp") == {"closed": None}
    assert listening(daemon(holdfast)) == set()
    assert not (holdfast.home / "http.json").exists()
    assert "http         closed" in holdfast("status")


def test_a_port_can_be_chosen_and_changed(holdfast: Commands) -> None:
    first, second = free_port(), free_port()

    assert holdfast.json("serve", "--tcp", "--port", str(first))["port"] == first
    assert holdfast.json("serve", "--tcp")["port"] == first
    assert holdfast.json("serve", "--tcp", "--port", str(second))["port"] == second
    assert listening(daemon(holdfast)) == {("0100007F", second)}


def test_a_taken_port_is_a_clear_error_and_whoever_is_there_is_not_talked_to(holdfast: Commands) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        other.settimeout(0)
        port = other.getsockname()[1]

        said = holdfast.error("serve", "--tcp", "--port", str(port), code=1)

        with pytest.raises(BlockingIOError):
            other.accept()
    assert f"HTTP cannot be opened on port {port}" in said
    assert "fix: " in said
    assert not (holdfast.home / "http.json").exists()
    assert holdfast.json("status")["http"] is None


@pytest.mark.parametrize("arguments", [["--port", "1"], ["--tcp", "--stop"], ["--no-tcp", "--foreground"]])
def test_options_that_make_no_sense_together_are_wrong_usage(holdfast: Commands, arguments: list[str]) -> None:
    assert holdfast.json("serve", *arguments, code=2)["error"]["code"] == "usage"


def test_it_closes_with_the_daemon_and_a_new_one_does_not_open_it(holdfast: Commands) -> None:
    Caller.of(holdfast)

    holdfast("serve", "--restart")

    assert not (holdfast.home / "http.json").exists()
    assert listening(daemon(holdfast)) == set()


def test_a_file_that_a_killed_daemon_left_is_taken_away(holdfast: Commands) -> None:
    Caller.of(holdfast)
    holdfast.kill()
    assert (holdfast.home / "http.json").exists()

    holdfast("serve")

    wait_for(lambda: not (holdfast.home / "http.json").exists(), "the file to be gone")


def test_where_it_is_set_to_stay_it_comes_back_with_the_same_token(holdfast: Commands) -> None:
    port = free_port()
    holdfast("config", "set", "http.listen", "true")
    holdfast("config", "set", "http.port", str(port))
    holdfast("serve")
    file = holdfast.home / "http.json"
    wait_for(file.exists, "the door to open")
    first = file.read_text()

    holdfast("serve", "--restart")
    wait_for(file.exists, "the door to open again")

    assert file.read_text() == first
    assert (holdfast.home / "http.token").stat().st_mode & 0o777 == 0o600
    assert Caller(port, json.loads(first)["token"]).ok("GET", "/memories") == {"memories": [], "more": 0}
    holdfast("config", "set", "http.listen", "false")
    assert json.loads(_again(holdfast))["token"] != json.loads(first)["token"]
    assert not (holdfast.home / "http.token").exists()


def test_a_port_that_is_taken_at_the_start_is_logged_and_nothing_else_suffers(holdfast: Commands) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        environment = {"HOLDFAST_HTTP_LISTEN": "true", "HOLDFAST_HTTP_PORT": str(other.getsockname()[1])}

        holdfast("remember", "a note", env=environment)

        wait_for(lambda: "HTTP cannot be opened" in holdfast("logs"), "the log to say so")
        assert holdfast.json("status")["http"] is None


def test_doctor_recognises_the_server_by_its_proof(holdfast: Commands) -> None:
    def link() -> dict[str, str]:
        found = holdfast.run("doctor", "--json")
        return next(each for each in json.loads(found.out)["links"] if each["name"] == "http")

    holdfast("serve")
    assert (link()["state"], link()["what"]) == ("ok", "closed; `holdfast open` opens it")
    caller = Caller.of(holdfast)
    assert (link()["state"], link()["what"]) == ("ok", f"open on {caller.address}, and it is ours")

    file = holdfast.home / "http.json"
    told = json.loads(file.read_text())
    file.write_text(json.dumps({**told, "token": "another"}))
    assert (link()["state"], link()["what"]) == ("broken", f"on port {caller.port} another server answers")
    file.write_text(json.dumps(told))
    file.chmod(0o644)
    assert link()["state"] == "broken"
    file.unlink()
    assert "does not say where" in link()["what"]


def test_a_call_over_http_lets_a_newer_program_take_over(holdfast: Commands, tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(Path(package.__file__).parent, site / "holdfast", ignore=shutil.ignore_patterns("__pycache__"))
    code = f"import sys; sys.path.insert(0, {str(site)!r}); from holdfast.daemon import main; sys.exit(main())"
    holdfast.home.mkdir(mode=0o700)
    with subprocess.Popen([sys.executable, "-c", code], env=holdfast.variables(), cwd="/") as old:
        wait_for((holdfast.home / "socket").exists, "the daemon to listen")
        caller = Caller.of(holdfast)
        init = site / "holdfast" / "__init__.py"
        init.write_text(init.read_text().replace(package.__version__, "99.0.0"))

        assert caller.ok("GET", "/memories") == {"memories": [], "more": 0}

        assert old.wait(30) == 0
    wait_for(lambda: holdfast.daemon not in (None, old.pid), "the successor")
    assert not (holdfast.home / "http.json").exists()
