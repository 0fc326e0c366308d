"""Commands and the daemon: started when needed, killed in between, asked by many at once."""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.integration.cli.commands import Commands
from tests.processes import wait_for

from holdfast.edge.frame import Frame, call


def test_serve_starts_stops_and_restarts(holdfast: Commands) -> None:
    first = holdfast.json("serve")["process"]
    assert holdfast.json("serve")["process"] == first == holdfast.daemon

    second = holdfast.json("serve", "--restart")["process"]

    assert second != first
    assert holdfast.json("serve", "--stop") == {"stopped": second}
    assert holdfast.json("serve", "--stop") == {"stopped": None}
    wait_for(lambda: holdfast.daemon is None, "the daemon to be gone")


def test_what_was_kept_survives_a_killed_daemon(holdfast: Commands) -> None:
    for number in range(5):
        holdfast.remember(f"note number {number} of the series")
        holdfast.kill()

    assert len(holdfast.json("recent")["memories"]) == 5


def test_a_daemon_killed_while_many_write_loses_nothing_that_was_acknowledged(holdfast: Commands) -> None:
    holdfast("serve")

    def keep(number: int) -> str | None:
        text = f"item {'abcdefghijklmnop'[number]} of the list of {number * 7919}"
        return text if holdfast.run("remember", text).code == 0 else None

    with ThreadPoolExecutor(4) as pool:
        kept = [pool.submit(keep, number) for number in range(16)]
        wait_for(lambda: any(each.done() for each in kept), "the first note")
        holdfast.kill()
        acknowledged = {each.result() for each in kept} - {None}

    assert acknowledged
    assert acknowledged <= {each["body"] for each in holdfast.json("recent", "-n", "100")["memories"]}


def test_commands_that_start_at_once_share_one_daemon(holdfast: Commands) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: holdfast.json("serve")["process"], range(8)))

    assert len(set(answers)) == 1


def test_many_commands_at_once_are_all_answered(holdfast: Commands) -> None:
    def work(number: int) -> int:
        words = ["alder", "birch", "cedar", "elder", "larch", "maple", "rowan", "aspen"]
        holdfast("remember", f"the {words[number]} grows by the {words[-number - 1]} since {number * 7919}")
        return len(holdfast.json("search", words[number])["hits"])

    with ThreadPoolExecutor(8) as pool:
        assert min(pool.map(work, range(8))) >= 1

    numbers = [each["number"] for each in holdfast.json("recent")["memories"]]
    assert sorted(numbers) == list(range(1, 9))


def test_a_question_is_answered_while_another_takes_long(holdfast: Commands) -> None:
    holdfast.session()
    process = holdfast.daemon

    with ThreadPoolExecutor(4) as pool:
        backups = [pool.submit(holdfast.json, "backup", f"b{number}.db") for number in range(3)]
        assert holdfast.json("remember", "meanwhile")["change"]
        assert all(each.result()["bytes"] > 0 for each in backups)

    assert holdfast.daemon == process


def test_a_daemon_that_does_not_answer_is_replaced_by_a_restart(holdfast: Commands) -> None:
    holdfast.remember("a note")
    process = holdfast.daemon
    assert process is not None
    os.kill(process, signal.SIGSTOP)

    new = holdfast.json("serve", "--restart")["process"]

    assert new == holdfast.daemon != process
    assert holdfast.json("recent")["memories"]


def ask(holdfast: Commands, operation: str, body: bytes) -> dict[str, object]:
    frame = Frame("cli", operation, "00", 1, "/", "0", {}, body)
    answer: dict[str, object] = json.loads(call(holdfast.home / "socket", frame))
    return answer


@pytest.mark.parametrize(
    ("operation", "body", "said"),
    [
        ("frobnicate", b"{}", "there is no operation"),
        ("remember", b"{}", "remember needs body"),
        ("remember", b"[]", "not an object"),
        ("remember", b"{", "not JSON"),
        ("remember", b"\xff\xfe", "not JSON"),
        ("remember", b'{"body": 7}', "body cannot be that"),
        ("remember", b'{"body": "x", "files": "a"}', "a list of texts"),
        ("remember", b'{"body": "x", "files": [1]}', "a list of texts"),
        ("remember", b'{"body": "x", "scope": "world"}', "it is one of: project, personal, team"),
        ("remember", b'{"body": "x", "importance": NaN}', "at least 0"),
        ("remember", b'{"body": "x", "trust": "god"}', "it is one of: owner"),
        ("remember", b'{"body": "x", "colour": "red"}', "takes no 'colour'"),
        ("show", b"{}", "show needs ref"),
        ("show", b'{"ref": 1}', "ref cannot be 1"),
        ("search", b'{"words": "x", "limit": true}', "a whole number"),
        ("search", b'{"words": "x", "limit": 1000000}', "at most 1000"),
        ("search", b'{"words": "x", "at": -1}', "at least 0"),
        ("import.take", b'{"batch": {}}', "no batch"),
        ("import.take", b'{"batch": {"drafts": 7}}', "no batch"),
    ],
)
def test_an_operation_called_wrongly_is_a_usage_error(
    holdfast: Commands, operation: str, body: bytes, said: str
) -> None:
    holdfast("serve")

    answer = ask(holdfast, operation, body)

    error = answer["error"]
    assert isinstance(error, dict)
    assert error["code"] == "usage"
    assert said in f"{error['what']} {error['why']}"
