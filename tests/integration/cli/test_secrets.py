"""`holdfast secrets`, and `remember` of what is to be sealed."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration.cli.commands import Commands
from tests.processes import wait_for

SECRET = "Tr0ub4dor&3-horse"
BODY = f"the staging database: password: {SECRET} on host b"
pytestmark = pytest.mark.requirement("memory-mcp:secrets")


def keep(holdfast: Commands, body: str = BODY, *more: str, **env: str) -> int:
    told = holdfast.json("remember", "--seal", *more, stdin=body.encode(), env=env)
    assert told["sealed"] is True
    return int(told["memory"]["number"])


def daemon(holdfast: Commands) -> int:
    return int((holdfast.home / "lock").read_text().split()[0])


def test_what_is_sealed_is_listed_told_and_noted(holdfast: Commands) -> None:
    number = keep(holdfast, BODY, "--title", "staging")
    assert f"#{number}  staging  assignment" in holdfast("secrets", "list")
    assert holdfast("secrets", "get", str(number)) == BODY + "\n"
    assert holdfast.json("secrets", "get", str(number)) == {"number": number, "content": BODY}
    for asked in (("show", str(number)), ("search", "staging"), ("pack", "--session-start"), ("history", str(number))):
        assert SECRET not in holdfast(*asked)
    said = holdfast("secrets", "audit", str(number))
    assert said.count("read") == 2
    assert "command line" in said


def test_on_a_terminal_it_is_asked_first(holdfast: Commands) -> None:
    number = keep(holdfast)
    holdfast.environment["NO_COLOR"] = "1"
    assert SECRET in holdfast.on_a_terminal("secrets", "get", str(number), "--yes")
    ours, its = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "holdfast", "secrets", "get", str(number)], cwd=holdfast.project, stdin=its, stdout=its,
        stderr=its, env=holdfast.variables(),
    ) as command:  # fmt: skip
        os.close(its)
        os.write(ours, b"n\n")
        said = b""
        with contextlib.suppress(OSError):  # Linux says so at the end
            while read := os.read(ours, 4096):
                said += read
    os.close(ours)
    assert command.returncode == 1
    assert b"Show what memory 1 holds sealed" in said
    assert SECRET.encode() not in said


def test_what_was_taken_out_for_good_is_said_with_how_to_keep_it(holdfast: Commands) -> None:
    done = holdfast.run("remember", stdin=BODY.encode())
    assert "taken out for good (assignment)" in done.err
    assert "--seal" in done.err
    assert "is not sensitive" in holdfast.error("secrets", "get", "1", code=1)


def test_what_is_to_be_sealed_and_holds_no_known_secret_is_not_kept_in_clear(holdfast: Commands) -> None:
    said = holdfast.error("remember", "--seal", stdin=b"the safe opens with 4711 sesame", code=1)
    assert "no secret was recognised in it" in said
    assert "--sensitive seals all of it" in said
    assert holdfast.json("recent")["memories"] == []
    number = keep(holdfast)
    said = holdfast.error("revise", str(number), "-", "--seal", stdin=b"4711 sesame", code=1)
    assert "no secret was recognised" in said
    assert holdfast("secrets", "get", str(number)) == BODY + "\n"
    holdfast("remember", "--seal", "--sensitive", stdin=b"4711 sesame")
    assert holdfast("secrets", "get", "2") == "4711 sesame\n"


def test_a_sealed_note_without_a_title_has_one_that_says_when_and_bothers_nobody(holdfast: Commands) -> None:
    told = [holdfast.run("remember", "--sensitive", stdin=said) for said in (b"4711 sesame", b"0815 abracadabra")]
    assert re.match(r"#1 remembered: sealed note of \d{4}-\d\d-\d\d\n", told[0].out)
    assert "it has no title to find it by: holdfast revise 2 --title" in told[1].err
    assert "may disagree" not in told[1].err
    assert holdfast.json("conflicts", "list")["relations"] == []
    assert "sealed note" not in holdfast("pack", "--session-start")
    holdfast("revise", "1", "--title", "the door of the shed")
    assert "#1 the door of the shed" in holdfast("pack", "--session-start")
    holdfast("revise", "2", "the gate stands open now", "--not-sensitive")
    assert "#2 the gate stands open now (" in holdfast("recent")
    holdfast("revise", "2", "-", "--sensitive", stdin=b"0815 abracadabra")
    assert "#2 sealed note of " in holdfast("recent")


def test_that_two_notes_had_a_secret_makes_them_no_candidates(holdfast: Commands) -> None:
    keep(holdfast, "password: Xk29fj3lQm")
    keep(holdfast, "password: Rt57gh2wPz")
    assert holdfast.json("conflicts", "list")["relations"] == []


def test_a_person_is_told_the_command_that_gives_what_is_sealed(holdfast: Commands) -> None:
    holdfast("remember", "--sensitive", "--title", "the shed", stdin=b"4711 sesame")
    keep(holdfast)
    assert "[sealed: holdfast secrets get 1]" in (shown := holdfast("show", "1"))
    assert "all of it; the original has 11 bytes: holdfast secrets get 1" in shown
    assert f"(assignment); the original has {len(BODY)} bytes: holdfast secrets get 2" in holdfast("show", "2")
    for asked in (("search", "shed"), ("history", "1"), ("show", "1")):
        assert "secret_get" not in holdfast(*asked)
        assert "holdfast secrets get 1" in holdfast(*asked)


def test_a_new_key_is_drawn_or_given(holdfast: Commands) -> None:
    number = keep(holdfast)
    before = (holdfast.home / "key").read_text()
    assert stat.S_IMODE((holdfast.home / "key").stat().st_mode) == 0o600
    assert "nobody was there to be asked" in holdfast.error("secrets", "rotate-key", code=1)
    assert "1 record under the new key" in holdfast("secrets", "rotate-key", "--yes")
    assert (holdfast.home / "key").read_text() != before
    assert holdfast("secrets", "get", str(number)) == BODY + "\n"
    holdfast("secrets", "rotate-key", "--given", "--yes", stdin=b"correct horse battery\n")
    assert not (holdfast.home / "key").exists()
    assert holdfast("secrets", "get", str(number)) == BODY + "\n"
    assert "there is no new key" in holdfast.error("secrets", "rotate-key", "--given", "--yes", code=2)


def test_what_cannot_be_rotated_is_told_before_anybody_is_asked(holdfast: Commands) -> None:
    assert "nothing is sealed" in holdfast.error("secrets", "rotate-key", code=1)
    keep(holdfast)
    assert "HOLDFAST_KEY is too short" in holdfast.error("secrets", "rotate-key", "--given", code=1, stdin=b"sesame\n")
    (holdfast.home / "key").rename(holdfast.root / "key")
    assert "the key to the sealed secrets is not here" in holdfast.error("secrets", "rotate-key", code=1)


def test_a_key_from_the_environment_reaches_the_daemon_and_none_of_its_children(holdfast: Commands) -> None:
    key = "0123456789abcdef" * 4
    number = keep(holdfast, BODY, HOLDFAST_KEY=key)
    assert not (holdfast.home / "key").exists()
    assert holdfast("secrets", "get", str(number)) == BODY + "\n"  # the daemon has it; the command need not
    nice = holdfast.root / "bin" / "nice"  # by which the daemon has large transcripts read
    nice.parent.mkdir()
    told = holdfast.root / "told"
    nice.write_text(f"#!/bin/sh\nenv > {told}.new\nmv {told}.new {told}\n")
    nice.chmod(0o755)
    holdfast("serve", "--stop")
    path = f"{nice.parent}{os.pathsep}{os.environ['PATH']}"
    holdfast("serve", env={"HOLDFAST_KEY": key, "PATH": path})
    transcript = holdfast.root / "s1.jsonl"
    transcript.write_bytes(b" " * 5_000_000)
    holdfast.hook("Stop", transcript_path=str(transcript))
    wait_for(told.exists, "the process that reads the transcript")
    assert "HOLDFAST_WORKER=1" in told.read_text()
    assert key not in told.read_text()
    assert holdfast("secrets", "get", str(number)) == BODY + "\n"


def test_a_daemon_that_a_hook_started_says_that_it_has_no_key_and_what_to_do(holdfast: Commands) -> None:
    number = keep(holdfast, BODY, HOLDFAST_KEY="correct horse battery")
    os.kill(daemon(holdfast), signal.SIGKILL)
    holdfast.environment["HOLDFAST_KEY"] = "correct horse battery"  # as where the agent program was started
    holdfast.hook("UserPromptSubmit", prompt="hello", prompt_id="p")
    wait_for(lambda: "prompt" in holdfast("timeline"), "the daemon")
    assert b"HOLDFAST_KEY" not in Path(f"/proc/{daemon(holdfast)}/environ").read_bytes()
    said = holdfast.error("secrets", "get", str(number), code=1)
    assert "no HOLDFAST_KEY (one that a hook started never is)" in said
    assert "holdfast serve --restart" in said
    said = holdfast.error("remember", "--seal", stdin=b"password: an0ther-Secret!", code=1)
    assert "is not here" in said
    assert not (holdfast.home / "key").exists()
    holdfast("serve", "--restart")
    assert holdfast("secrets", "get", str(number)) == BODY + "\n"


def test_a_key_that_was_given_and_is_lost_is_never_replaced_by_another(holdfast: Commands) -> None:
    key = {"HOLDFAST_KEY": "correct horse battery"}
    holdfast("serve", env=key)
    done = holdfast.run("config", "set", "inject.prompt", "true")  # starts the daemon anew, and has no such variable
    assert "HOLDFAST_KEY" in done.err
    said = holdfast.error("remember", "--seal", stdin=BODY.encode(), code=1)
    assert "it came from HOLDFAST_KEY, and this daemon was given none" in said
    assert "holdfast serve --restart" in said
    assert not (holdfast.home / "key").exists()
    links = holdfast.json("doctor", code=1)["links"]
    link = next(each for each in links if each["name"] == "secrets")
    assert (link["state"], "HOLDFAST_KEY" in link["why"], "serve --restart" in link["fix"]) == ("broken", True, True)
    assert "it ran already" in holdfast.run("serve", env=key).err
    assert holdfast.run("serve", "--restart", env=key).err == ""
    number = keep(holdfast)
    assert holdfast("secrets", "get", str(number)) == BODY + "\n"
    holdfast("secrets", "rotate-key", "--yes")  # from now on holdfast keeps a key itself
    holdfast("serve", "--restart")
    assert holdfast("secrets", "get", str(number)) == BODY + "\n"


def test_status_says_that_something_is_sealed_whose_key_is_not_here(holdfast: Commands) -> None:
    key = {"HOLDFAST_KEY": "correct horse battery"}
    keep(holdfast, **key)
    assert holdfast.json("status")["problems"] == []
    said = holdfast.run("config", "set", "inject.prompt", "true").err
    assert "the key to the sealed secrets is not here" in said
    assert "with HOLDFAST_KEY set to the right key: holdfast serve --restart" in said
    (problem,) = holdfast.json("status")["problems"]
    assert problem.startswith("the key to the sealed secrets is not here\nwhy: ")
    assert "holdfast serve --restart" in holdfast("status")
    holdfast("serve", "--stop")
    assert "the key to the sealed secrets is not here" in holdfast("status")
    holdfast("serve", env=key)
    assert holdfast.json("status")["problems"] == []


def test_a_wrong_key_that_stands_before_the_file_is_told_with_the_cure(holdfast: Commands) -> None:
    number = keep(holdfast)
    holdfast("serve", "--restart", env={"HOLDFAST_KEY": "another horse battery"})
    said = holdfast.error("secrets", "get", str(number), code=1)
    assert "fix: without HOLDFAST_KEY, as the file holds the right one: holdfast serve --restart" in said
    holdfast("serve", "--restart")
    assert holdfast("secrets", "get", str(number)) == BODY + "\n"


def test_secrets_stored_before_are_counted_then_sealed(holdfast: Commands) -> None:
    holdfast.remember("a note without any")
    assert "nothing stands in clear" in holdfast("secrets", "migrate")
    told = holdfast.json("secrets", "migrate", "--apply")
    assert (told["memories"], told["looked"], told["applied"]) == ([], 2, True)


def test_doctor_tries_the_key(holdfast: Commands) -> None:
    def link() -> dict[str, str]:
        found = holdfast.json("doctor", code=1)  # no host is connected here
        return next(each for each in found["links"] if each["name"] == "secrets")

    keep(holdfast)
    assert (link()["state"], link()["what"]) == ("ok", "1 secret sealed; the key: file")
    path = holdfast.home / "key"
    path.chmod(0o644)
    assert link()["what"] == f"others can read {path}"
    holdfast.run("doctor", "--repair")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.rename(path.with_name("key.away"))
    assert link()["state"] == "broken"
    assert "the key to the sealed secrets is not here" in link()["what"]


def test_saving_and_serving_load_no_cryptography(holdfast: Commands) -> None:
    holdfast("remember", "we release on Fridays")
    holdfast("search", "Fridays")
    holdfast("secrets", "list")
    maps = Path(f"/proc/{daemon(holdfast)}/maps").read_text()
    assert "apsw" in maps
    assert "cryptography" not in maps
    keep(holdfast)
    assert "cryptography" in Path(f"/proc/{daemon(holdfast)}/maps").read_text()
