"""The bridge as a process: JSON-RPC good and bad, daemons that come and go, hosts that vanish."""

import json
import os
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.faults.home import Fixture, wait_for
from tests.integration.mcp.peer import beside, variables

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


def test_a_cancelled_call_is_not_answered(home: Fixture) -> None:
    home.start()
    with beside(home) as peer:
        home.signal(signal.SIGSTOP)
        slow = peer.send("tools/call", name="mem_search", arguments={"query": "x"}, _meta={"progressToken": 1})
        peer.notify("notifications/cancelled", requestId=slow, reason="the user stopped it")
        peer.ask("ping")
        home.signal(signal.SIGCONT)
        peer.text("mem_search", query="y")
        assert peer.end() == 0

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
        peer.text("mem_search", query="nothing yet")
        for nth in range(8):
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


def test_when_no_daemon_comes_up_the_tool_says_so_and_the_bridge_lives(
    home: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = home.folder / "bin" / "bridge"
    launcher.write_text(launcher.read_text().replace("import hook\n", "import hook\nbridge.START = 0.2\n"))
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
