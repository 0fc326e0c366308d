"""The bridge as a process: JSON-RPC good and bad, daemons that come and go, hosts that vanish."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.faults.home import Fixture
from tests.integration.mcp.peer import Peer, beside, variables
from tests.processes import wait_for

from holdfast import __version__

VERSION = "io.modelcontextprotocol/protocolVersion"


def piped(home: Fixture, text: bytes, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """All input at once, then its end."""
    return subprocess.run(
        [home.folder / "bin" / "bridge", *arguments], cwd=home.project, env=variables(home), input=text,
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.requirement("engram:tools")
@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("2024-11-05", "2024-11-05"), ("2025-03-26", "2025-03-26"), ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"), ("2199-01-01", "2025-11-25"), (None, "2025-11-25"), (7, "2025-11-25"),
    ],
)  # fmt: skip
def test_a_version_that_is_known_is_taken_and_else_the_newest_is_told(home: Fixture, asked: object, told: str) -> None:
    with beside(home) as peer:
        result = peer.ask("initialize", protocolVersion=asked, capabilities={}, clientInfo={})["result"]

    assert result["protocolVersion"] == told
    assert result["serverInfo"] == {"name": "holdfast", "version": __version__}
    assert result["capabilities"] == {"tools": {}}
    assert result["instructions"].startswith("Save with mem_save")


def test_what_needs_no_daemon_starts_none(home: Fixture) -> None:
    with beside(home) as peer:
        peer.ask("initialize", protocolVersion="2025-06-18")
        peer.notify("notifications/initialized")
        tools = peer.ask("tools/list")["result"]["tools"]
        assert peer.ask("ping")["result"] == {}
        for method, name in (
            ("resources/list", "resources"), ("resources/templates/list", "resourceTemplates"),
            ("prompts/list", "prompts"),
        ):  # fmt: skip
            assert peer.ask(method)["result"] == {name: []}

    assert len(tools) == 13
    assert not (home.folder / "socket").exists()
    assert home.daemon is None


def test_a_stateless_request_is_answered_in_its_own_form(home: Fixture) -> None:
    meta = {VERSION: "2026-07-28"}
    with beside(home) as peer:
        found = peer.ask("server/discover", _meta=meta)["result"]
        listed = peer.ask("tools/list", _meta=meta)["result"]
        saved = peer.ask("tools/call", name="mem_save", arguments={"title": "t", "content": "c"}, _meta=meta)["result"]
        refused = peer.ask("tools/list", _meta={VERSION: "2199-01-01"})["error"]

    assert found["supportedVersions"][0] == "2026-07-28"
    for result in (found, listed, saved):
        assert result["resultType"] == "complete"
        assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "holdfast"
    assert listed["cacheScope"] == "private"
    assert saved["structuredContent"]["id"] == 1
    assert refused["code"] == -32022
    assert "2026-07-28" in refused["data"]["supported"]


@pytest.mark.parametrize(
    ("line", "code", "id"),
    [
        (b"garbage", -32700, None),
        (b"\xff\xfe\x00", -32700, None),
        (b"{", -32700, None),
        (b"[" * 100_000, -32700, None),
        (b"[]", -32600, None),
        (b"17", -32600, None),
        (b'{"jsonrpc": "2.0", "id": 5}', -32600, 5),
        (b'{"jsonrpc": "2.0", "id": null, "method": "ping"}', -32600, None),
        (b'{"jsonrpc": "2.0", "id": 1.5, "method": "ping"}', -32600, None),
        (b'{"jsonrpc": "2.0", "id": 5, "method": "nothing/like/it"}', -32601, 5),
        (b'{"jsonrpc": "2.0", "id": 5, "method": "ping", "params": [1]}', -32602, 5),
        (b'{"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": {}}', -32602, 5),
        (b'{"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": {"name": "m", "arguments": 3}}', -32602, 5),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_the_next_message_answered(
    home: Fixture, line: bytes, code: int, id: object
) -> None:
    with beside(home) as peer:
        peer.raw(line + b"\n")
        pong = peer.ask("ping")

    assert (peer.answers[0]["error"]["code"], peer.answers[0]["id"]) == (code, id)
    assert pong["result"] == {}
    assert len(peer.answers) == 2


def test_a_message_of_many_megabytes_is_refused_without_keeping_it(home: Fixture) -> None:
    with beside(home) as peer:
        peer.raw(b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"x": "' + b"x" * 40_000_000 + b'"}}\n')
        assert peer.ask("ping", after=True)["id"] == 1
        held = _memory(peer.process.pid)

    assert peer.answers[0]["error"]["code"] == -32600
    assert held < 80


def _memory(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


def test_every_request_of_a_batch_is_answered_and_no_notification(home: Fixture) -> None:
    batch = [
        {"jsonrpc": "2.0", "id": "a", "method": "ping"},
        {"jsonrpc": "2.0", "method": "notifications/progress"},
        3,
        {"jsonrpc": "2.0", "id": "b", "method": "tools/list"},
    ]
    done = piped(home, json.dumps(batch).encode())

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["id"] for each in answers] == ["a", None, "b"]
    assert done.returncode == 0


def test_what_was_asked_before_the_end_of_the_input_is_answered(home: Fixture) -> None:
    lines = [
        {"jsonrpc": "2.0", "id": nth, "method": "tools/call",
         "params": {"name": "mem_save", "arguments": {"title": f"t{nth}", "content": f"text number {nth}"}}}
        for nth in range(5)
    ]  # fmt: skip
    done = piped(home, b"\n".join(json.dumps(line).encode() for line in lines))  # without a last newline

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(each["id"] for each in answers) == [0, 1, 2, 3, 4]
    assert home.ask("status")["memories"] == 5


def test_a_slow_call_holds_up_no_ping(home: Fixture) -> None:
    home.start()
    with beside(home) as peer:
        peer.text("mem_save", title="A", content="first")
        home.signal(signal.SIGSTOP)
        slow = peer.send("tools/call", name="mem_search", arguments={"query": "first"})
        assert peer.ask("ping")["result"] == {}
        assert not any(each.get("id") == slow for each in peer.answers)
        home.signal(signal.SIGCONT)
        assert not peer.answer(slow)["result"]["isError"]


def test_a_call_that_is_cancelled_while_it_is_made_is_not_answered(home: Fixture) -> None:
    with contextlib.chdir(home.folder), socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        listener.listen()
        with beside(home) as peer:
            slow = peer.send("tools/call", name="mem_search", arguments={"query": "x"}, _meta={"progressToken": 1})
            connection, _ = listener.accept()
            peer.notify("notifications/cancelled", requestId=slow, reason="the user stopped it")
            peer.ask("ping")
            connection.recv(65536)
            connection.sendall(b"+2\n{}")
            connection.close()
            wait_for(lambda: threads(peer) == 1, "the call to be over")
            peer.ask("ping")

    assert not any(each.get("id") == slow for each in peer.answers)


def test_a_daemon_that_is_killed_between_calls_is_started_again(home: Fixture) -> None:
    with beside(home) as peer:
        peer.text("mem_save", title="A", content="kept before")
        first = home.daemon
        home.signal(signal.SIGKILL)

        assert "kept before" in peer.text("mem_search", query="kept")

    assert home.daemon not in (None, first)


def test_a_daemon_that_is_killed_over_a_call_keeps_its_note_once(home: Fixture) -> None:
    with beside(home) as peer:
        for nth in range(8):
            peer.text("mem_search", query="is there a daemon?")  # the one before may have answered before it was killed
            saving = peer.send("tools/call", name="mem_save", arguments={"title": f"t{nth}", "content": f"note {nth}"})
            home.signal(signal.SIGKILL)
            assert not peer.answer(saving)["result"]["isError"]

    found = home.ask("recent", limit=50)["memories"]
    assert sorted(each["body"] for each in found) == [f"note {nth}" for nth in range(8)]
    assert {each["repeats"] for each in found} == {0}


def test_a_daemon_that_is_replaced_is_asked_on(home: Fixture) -> None:
    home.start()
    with beside(home) as peer:
        peer.text("mem_save", title="A", content="kept before")
        home.ask("stop")

        assert "kept before" in peer.text("mem_search", query="kept")


def patience(home: Fixture, name: str, seconds: float) -> None:
    """How long the bridges of this home wait for something."""
    launcher = home.folder / "bin" / "bridge"
    launcher.write_text(launcher.read_text().replace("import hook\n", f"import hook\nbridge.{name} = {seconds}\n"))


def test_when_no_daemon_comes_up_the_tool_says_so_and_the_bridge_lives(
    home: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience(home, "START", 0.2)
    launcher = home.folder / "bin" / "bridge"
    lines = launcher.read_text().splitlines()
    lines[-1] = f"bridge.run(hook, '0', ('/bin/false',), {str(home.folder)!r}, sys.argv[1:])"
    launcher.write_text("\n".join(lines) + "\n")
    with beside(home) as peer:
        result = peer.call("mem_search", query="x")
        assert peer.ask("ping")["result"] == {}

    assert result["isError"]
    assert "holdfast doctor" in result["content"][0]["text"]


@pytest.mark.requirement("memory-mcp:offline-queue")
def test_what_two_sessions_save_at_once_all_lands(home: Fixture) -> None:
    home.start()
    with beside(home) as one, beside(home) as other, ThreadPoolExecutor(16) as threads:

        def save(worker: int) -> None:
            for nth in range(12):
                (one if worker % 2 else other).text(
                    "mem_save", title=f"w{worker} n{nth}", content=f"worker {worker} found number {nth * 7919 + worker}"
                )

        list(threads.map(save, range(16)))

    found = home.ask("recent", limit=1_000)["memories"]
    assert {each["title"] for each in found} == {f"w{worker} n{nth}" for worker in range(16) for nth in range(12)}
    assert len(found) == 192


def test_what_two_sessions_save_lands_once_also_when_the_daemon_is_killed_and_replaced_meanwhile(home: Fixture) -> None:
    home.start()
    first = home.daemon
    together = threading.Barrier(17)

    with beside(home) as one, beside(home) as other, ThreadPoolExecutor(16) as threads:

        def save(worker: int) -> None:
            for nth in range(12):
                if nth in (4, 8):
                    together.wait(60)
                (one if worker % 2 else other).text(
                    "mem_save", title=f"w{worker} n{nth}", content=f"worker {worker} found number {nth * 7919 + worker}"
                )

        saving = [threads.submit(save, worker) for worker in range(16)]
        together.wait(60)
        home.signal(signal.SIGKILL)  # the fifth note of each is on its way
        together.wait(60)
        home.ask("stop")
        for each in saving:
            each.result(120)

    found = home.ask("recent", limit=1_000)["memories"]
    assert home.daemon not in (None, first)
    assert sorted(each["title"] for each in found) == sorted(f"w{w} n{nth}" for w in range(16) for nth in range(12))
    assert {each["repeats"] for each in found} == {0}


def threads(peer: Peer) -> int:
    return len(list(Path(f"/proc/{peer.process.pid}/task").iterdir()))


def test_of_a_thousand_calls_at_once_each_is_answered_by_a_few_threads(home: Fixture) -> None:
    home.start()
    with beside(home) as peer:
        home.signal(signal.SIGSTOP)
        asked = [peer.send("tools/call", name="mem_search", arguments={"query": f"c {nth}"}) for nth in range(1_000)]
        assert peer.ask("ping")["result"] == {}
        assert threads(peer) <= 20
        home.signal(signal.SIGCONT)
        wait_for(lambda: len(peer.answers) == len(asked) + 1, "every answer", 300.0)

        assert not [each for each in peer.answers if "error" in each or each["result"].get("isError")]
        wait_for(lambda: threads(peer) == 1, "the threads to end")
        assert not peer.call("mem_search", query="one more")["isError"]


def test_a_call_that_is_cancelled_before_its_turn_is_not_made(home: Fixture) -> None:
    home.start()
    with beside(home) as peer:
        home.signal(signal.SIGSTOP)
        for nth in range(40):
            peer.send("tools/call", name="mem_search", arguments={"query": f"c {nth}"})
        last = peer.send("tools/call", name="mem_save", arguments={"title": "t", "content": "taken back in time"})
        peer.notify("notifications/cancelled", requestId=last)
        peer.ask("ping")
        home.signal(signal.SIGCONT)
        assert peer.end() == 0

    assert home.ask("recent")["memories"] == []


@contextmanager
def crowded(home: Fixture) -> Iterator[None]:
    """A daemon that hangs, with so many who wait for it that no more may."""
    home.signal(signal.SIGSTOP)
    with contextlib.ExitStack() as waiting, contextlib.chdir(home.folder):
        while True:
            connection = waiting.enter_context(socket.socket(socket.AF_UNIX))
            connection.setblocking(False)
            try:
                connection.connect("socket")
            except BlockingIOError:
                break
        yield


def test_a_call_waits_until_the_daemon_has_room_for_it(home: Fixture) -> None:
    home.start()
    with beside(home) as peer:
        with crowded(home):
            saving = peer.send("tools/call", name="mem_save", arguments={"title": "A", "content": "kept in the end"})
            wait_for(lambda: peer.answers or turns(peer) > 100, "some more tries")
            home.signal(signal.SIGCONT)
        assert peer.answer(saving)["result"]["structuredContent"]["id"] == 1


def turns(peer: Peer) -> int:
    """How often the threads of a bridge have slept."""
    found = 0
    for task in Path(f"/proc/{peer.process.pid}/task").iterdir():
        lines = (task / "status").read_text().splitlines()
        found += next(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches:"))
    return found


def test_an_id_that_is_in_use_is_refused_and_its_first_call_answered(home: Fixture) -> None:
    home.start()
    call = {"jsonrpc": "2.0", "id": "same", "method": "tools/call"}
    with beside(home) as peer:
        home.signal(signal.SIGSTOP)
        for title in ("first", "second"):
            params = {"name": "mem_save", "arguments": {"title": title, "content": f"what the {title} says"}}
            peer.raw(json.dumps({**call, "params": params}).encode() + b"\n")
        refused = peer.answer("same")
        home.signal(signal.SIGCONT)
        wait_for(lambda: len(peer.answers) == 2, "the answer to the first")
        found = peer.text("mem_search", query="says")

    assert refused["error"]["code"] == -32600
    assert peer.answers[1]["result"]["structuredContent"]["id"] == 1
    assert "second" not in found


@pytest.mark.parametrize(
    "message",
    [
        {"id": "nobody-asked", "result": {}}, {"id": "roots-1", "result": {"roots": [3, {"uri": 5}]}},
        {"id": None, "error": {"code": 1, "message": "m"}}, {"method": "notifications/cancelled", "params": {}},
        {"method": "notifications/cancelled", "params": {"requestId": 99}},
        {"method": "notifications/cancelled", "params": {"requestId": {}}}, {"method": "tools/list"},
        {"method": "tools/call", "params": {"name": "mem_save", "arguments": {"title": "t", "content": "c"}}},
        {"method": "notifications/roots/list_changed", "params": [1]}, {"method": "no/such/notification"},
    ],
)  # fmt: skip
def test_what_asks_for_nothing_is_not_answered(home: Fixture, message: dict[str, object]) -> None:
    with beside(home) as peer:
        peer.raw(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        peer.ask("ping")
        assert peer.end() == 0

    assert len(peer.answers) == 1
    assert home.daemon is None


@pytest.mark.parametrize(
    "arguments",
    [
        b'{"title": "t", "content": "c", "limit": NaN}',
        b'{"title": "\\ud800 half", "content": "a \\udfff b"}',
        b'{"title": "t", "content": "c", "content": "twice"}',
        b'{"title": "t", "content": "nul \\u0000 in it"}',
        b'{"title": "t", "content": "c", "x": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"title": "t", "content": "c", "x": ' + b"9" * 4_000 + b"}",
        '{"title": "木 👩‍👩‍👧 \\u202e", "content": "ﷺ é"}'.encode(),
    ],
    ids=["no number", "halves", "twice", "nul", "deep", "many digits", "scripts"],
)
def test_odd_arguments_are_answered_and_what_can_be_kept_is(home: Fixture, arguments: bytes) -> None:
    with beside(home) as peer:
        head = b'{"jsonrpc": "2.0", "id": "odd", "method": "tools/call", "params": {"name": "mem_save", "arguments": '
        peer.raw(head + arguments + b"}}\n")
        assert peer.answer("odd")["result"]["structuredContent"]["id"] == 1
        assert "#1 [note]" in peer.text("mem_search", query="t c twice nul half 木 é")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_host_that_sends_it_away_is_obeyed_in_silence(home: Fixture, number: signal.Signals) -> None:
    with beside(home) as peer:
        peer.ask("ping")
        peer.process.send_signal(number)
        assert peer.process.wait(30) == -number
        assert peer.process.stderr is not None
        assert peer.process.stderr.read() == b""


def vanished(peer: Peer) -> None:
    """Both ends of the host are gone, as when it is killed."""
    with Path(os.devnull).open("r+b", buffering=0) as nothing:
        for stream in (peer.process.stdin, peer.process.stdout):
            assert stream is not None
            os.dup2(nothing.fileno(), stream.fileno())


def test_a_host_that_vanishes_over_a_call_leaves_no_bridge_that_waits_for_a_hung_daemon(home: Fixture) -> None:
    home.start()
    with beside(home, reading=False) as peer:
        home.signal(signal.SIGSTOP)
        peer.send("tools/call", name="mem_search", arguments={"query": "x"})
        vanished(peer)

        assert peer.process.wait(60) == 0


def test_while_the_daemon_hangs_the_bridge_leaves_with_its_host_and_what_it_sent_is_kept(home: Fixture) -> None:
    home.start()
    with beside(home) as peer:
        peer.text("mem_save", title="A", content="said before")
        home.signal(signal.SIGSTOP)
        peer.send("tools/call", name="mem_save", arguments={"title": "B", "content": "said to one that hangs"})

        assert peer.end() == 0

    home.signal(signal.SIGCONT)
    wait_for(lambda: len(home.ask("recent")["memories"]) == 2, "the second note")


def test_so_it_does_when_the_daemon_has_no_room_for_its_call(home: Fixture) -> None:
    home.start()
    patience(home, "START", 120)
    with crowded(home), beside(home) as peer:
        peer.send("tools/call", name="mem_search", arguments={"query": "x"})

        assert peer.end() == 0


def test_a_daemon_that_is_slow_but_lives_is_waited_for_after_the_input_has_ended(home: Fixture) -> None:
    looks: list[str] = []
    held: list[socket.socket] = []

    def serve() -> None:
        while len(looks) < 2:
            connection, _ = listener.accept()
            event = next(each for each in connection.recv(65536).split(b"\0") if each.startswith(b"event="))[
                6:
            ].decode()
            connection.sendall(b"+")
            if event:
                held.append(connection)
            else:
                looks.append(event)
                connection.sendall(b"2\n{}")
                connection.close()
        answer = b'{"content":[{"type":"text","text":"at last"}],"isError":false}'
        held[0].sendall(b"%d\n" % len(answer) + answer)
        held[0].close()

    with contextlib.chdir(home.folder), socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        listener.listen()
        threading.Thread(target=serve, daemon=True).start()
        with beside(home) as peer:
            slow = peer.send("tools/call", name="mem_search", arguments={"query": "x"})
            assert peer.end() == 0
            assert peer.answer(slow)["result"]["content"][0]["text"] == "at last"


def test_a_daemon_that_has_just_been_started_is_not_taken_for_one_that_hangs(home: Fixture) -> None:
    patience(home, "LIVES", 0.002)
    call = {"name": "mem_save", "arguments": {"title": "t", "content": "c"}}
    done = piped(home, json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}).encode())

    assert json.loads(done.stdout)["result"]["structuredContent"]["id"] == 1


def test_what_a_host_asked_to_be_saved_before_it_vanished_is_kept(home: Fixture) -> None:
    with beside(home, reading=False) as peer:
        peer.send("tools/call", name="mem_save", arguments={"title": "A", "content": "said in the last moment"})
        vanished(peer)

        assert peer.process.wait(60) == 0

    assert [each["body"] for each in home.ask("recent")["memories"]] == ["said in the last moment"]


def test_a_host_that_vanishes_takes_its_bridge_along(home: Fixture) -> None:
    with beside(home) as peer:
        peer.ask("ping")
        assert peer.end() == 0


def test_a_host_that_reads_no_more_takes_its_bridge_along(home: Fixture) -> None:
    reading, writing = os.pipe()
    with subprocess.Popen(
        [home.folder / "bin" / "bridge"], cwd=home.project, env=variables(home), stdin=subprocess.PIPE, stdout=writing
    ) as bridge:
        os.close(writing)
        os.close(reading)
        assert bridge.stdin is not None
        bridge.stdin.write(b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
        bridge.stdin.flush()

        assert bridge.wait(30) == 0


def test_the_roots_of_the_host_say_which_project(home: Fixture) -> None:
    shed = home.folder.parent / "a shed"
    shed.mkdir()
    with beside(home) as peer:
        peer.ask("initialize", protocolVersion="2025-06-18", capabilities={"roots": {"listChanged": True}})
        peer.notify("notifications/initialized")
        peer.answer("roots-1")
        answer = {"jsonrpc": "2.0", "id": "roots-1", "result": {"roots": [{"uri": shed.as_uri(), "name": "shed"}]}}
        peer.raw(json.dumps(answer).encode() + b"\n")

        assert peer.text("mem_save", title="A", content="kept in the shed").endswith("in a shed.")


def test_folders_that_nobody_asked_for_say_nothing(home: Fixture) -> None:
    shed = home.folder.parent / "a shed"
    shed.mkdir()
    with beside(home) as peer:
        for id in ("roots-1", "else"):
            answer = {"jsonrpc": "2.0", "id": id, "result": {"roots": [{"uri": shed.as_uri()}]}}
            peer.raw(json.dumps(answer).encode() + b"\n")

        assert peer.text("mem_save", title="A", content="kept").endswith(f"in {home.project.name}.")


def test_a_project_can_be_named_for_the_whole_server(home: Fixture) -> None:
    with beside(home, "--project", "the barn") as peer:
        assert peer.text("mem_save", title="A", content="kept").endswith("in the barn.")


@pytest.mark.parametrize(
    ("tools", "names"),
    [
        ("memory", {"memory_store", "memory_recall", "memory_list", "memory_delete", "secret_get", "memory_count"}),
        ("mem_save,mem_search", {"mem_save", "mem_search"}),
    ],
)
def test_only_the_chosen_tools_are_offered_and_answered(home: Fixture, tools: str, names: set[str]) -> None:
    with beside(home, f"--tools={tools}") as peer:
        assert {each["name"] for each in peer.ask("tools/list")["result"]["tools"]} == names
        refused = peer.call("mem_delete", id=1)

    assert refused["isError"]
    assert home.daemon is None


@pytest.mark.parametrize("arguments", [["--tools=nonsense"], ["--frobnicate"], ["--project"]])
def test_wrong_usage_is_told_on_standard_error(home: Fixture, arguments: list[str]) -> None:
    done = piped(home, b"", *arguments)

    assert (done.returncode, done.stdout) == (2, b"")
    assert b"usage: bridge" in done.stderr


def test_help_is_printed_and_nothing_is_served(home: Fixture) -> None:
    done = piped(home, b"", "--help")

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"usage: bridge")


def test_a_home_without_its_manifest_says_what_to_do(home: Fixture) -> None:
    (home.folder / "bin" / "tools.json").unlink()

    done = piped(home, b"")

    assert done.returncode == 1
    assert b"holdfast doctor --repair" in done.stderr


def test_the_command_becomes_the_bridge(home: Fixture) -> None:
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "holdfast", "mcp", "--tools=memory"], cwd=home.project, env=variables(home),
        input=b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}\n', capture_output=True, timeout=60, check=False,
    )  # fmt: skip

    assert len(json.loads(done.stdout)["result"]["tools"]) == 6


@pytest.mark.parametrize(("tools", "said"), [("", "no tool is named"), ("agent,zebra", "there is no tool 'zebra'")])
def test_the_command_says_which_tools_and_profiles_there_are(home: Fixture, tools: str, said: str) -> None:
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "holdfast", "mcp", f"--tools={tools}"], cwd=home.project, env=variables(home),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "profiles: agent, " in done.stderr
    assert "memory_store" in done.stderr
    assert "bridge" not in done.stderr


def test_the_bridge_imports_little(home: Fixture) -> None:
    lines = [
        line.rpartition("|")[2].strip()
        for line in subprocess.run(
            [os.path.realpath("/proc/self/exe"), "-X", "importtime", "-IS", home.folder / "bin" / "bridge"],
            env=variables(home), input=b"", capture_output=True, timeout=60, check=True,
        ).stderr.decode().splitlines()
    ]  # fmt: skip

    heavy = {
        "json",
        "re",
        "asyncio",
        "threading",
        "socket",
        "subprocess",
        "typing",
        "pathlib",
        "dataclasses",
        "logging",
        "redact",
    }
    assert heavy.isdisjoint(lines)
    assert {"hook", "bridge"} <= set(lines)


def test_answers_stay_whole_when_many_are_written_at_once(home: Fixture) -> None:
    home.start()
    with beside(home) as peer:
        peer.text("mem_save", title="A", content="x " * 600)
        started = threading.Barrier(8)

        def asking(_: int) -> int:
            started.wait()
            return sum(len(peer.text("mem_get_observation", id=1)) for _ in range(10))

        with ThreadPoolExecutor(8) as threads:
            assert len(set(threads.map(asking, range(8)))) == 1
        wait_for(lambda: len(peer.answers) == 81, "every answer")
