"""The bridge as the official MCP client sees it, in every era of the protocol that the client speaks."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from mcp.client.client import Client
from mcp.client.stdio import stdio_client
from mcp.types import ListRootsResult, Root
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS
from tests.faults.home import Fixture
from tests.integration.mcp.peer import variables

from holdfast.edge.bridge import NEGOTIATED, STATELESS
from mcp import ClientSession, StdioServerParameters


def server(home: Fixture, *arguments: str) -> StdioServerParameters:
    return StdioServerParameters(
        command=str(home.folder / "bin" / "bridge"), args=list(arguments), env=variables(home), cwd=home.project
    )


def text(result: Any) -> str:
    (content,) = result.content
    return str(content.text)


@pytest.mark.requirement("engram:tools")
@pytest.mark.parametrize("mode", ["legacy", "auto", "2026-07-28"])
def test_the_official_client_lists_calls_and_reads(home: Fixture, mode: str) -> None:
    async def play() -> tuple[Any, ...]:
        async with Client(stdio_client(server(home)), mode=mode) as client:
            tools = await client.list_tools()
            saved = await client.call_tool("mem_save", {"title": "Use tabs", "content": "The linter wants tabs."})
            found = await client.call_tool("mem_search", {"query": "linter"})
            wrong = await client.call_tool("mem_get_observation", {"id": 99})
            return tools, saved, found, wrong, client.protocol_version

    tools, saved, found, wrong, version = asyncio.run(play())

    assert version == ("2025-11-25" if mode == "legacy" else "2026-07-28")
    assert len(tools.tools) == 13
    assert saved.structured_content["id"] == 1
    assert "#1 [note] Use tabs" in text(found)
    assert wrong.is_error


@pytest.mark.requirement("engram:tools")
@pytest.mark.parametrize("version", HANDSHAKE_PROTOCOL_VERSIONS)
def test_the_official_client_works_in_each_version_that_begins_with_a_handshake(
    home: Fixture, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr("mcp.client.session.LATEST_HANDSHAKE_VERSION", version)

    async def play() -> tuple[Any, ...]:
        async with Client(stdio_client(server(home)), mode="legacy") as client:
            tools = await client.list_tools()
            saved = await client.call_tool("mem_save", {"title": "Use tabs", "content": "The linter wants tabs."})
            wrong = await client.call_tool("mem_save", {"title": "Use tabs"})
            return tools, saved, wrong, client.protocol_version

    tools, saved, wrong, spoken = asyncio.run(play())

    assert spoken == version
    assert len(tools.tools) == 13
    assert text(saved).startswith("Saved #1")
    assert "mem_save needs content" in text(wrong)


def test_official_clients_of_every_era_work_at_once_and_see_what_the_others_saved(home: Fixture) -> None:
    modes = ["legacy", "auto", "2026-07-28"] * 2

    async def play(nth: int, mode: str, saved: asyncio.Barrier) -> tuple[str, list[Any], Any]:
        async with Client(stdio_client(server(home)), mode=mode) as client:
            notes = [
                client.call_tool("mem_save", {"title": f"c{nth} n{note}", "content": f"part{nth}x{note} of the barn"})
                for note in range(8)
            ]
            answers = await asyncio.gather(*notes)
            await saved.wait()
            found = await client.call_tool("mem_search", {"query": f"part{(nth + 1) % len(modes)}x7"})
            return client.protocol_version, answers, found

    async def all_of_them() -> list[tuple[str, list[Any], Any]]:
        saved = asyncio.Barrier(len(modes))
        return await asyncio.gather(*(play(nth, mode, saved) for nth, mode in enumerate(modes)))

    told = asyncio.run(all_of_them())

    numbers = [answer.structured_content["id"] for _, answers, _ in told for answer in answers]
    assert sorted(numbers) == list(range(1, 8 * len(modes) + 1))
    assert {version for version, _, _ in told} == {"2025-11-25", "2026-07-28"}
    for nth, (_, _, found) in enumerate(told):
        assert f"c{(nth + 1) % len(modes)} n7" in text(found)


def test_no_version_that_the_official_client_speaks_is_unknown_here() -> None:
    assert {*HANDSHAKE_PROTOCOL_VERSIONS} <= {*NEGOTIATED}
    assert {*MODERN_PROTOCOL_VERSIONS} <= {*STATELESS}


def test_the_official_client_pings_and_is_told_the_instructions(home: Fixture) -> None:
    async def play() -> Any:
        async with stdio_client(server(home)) as (reading, writing), ClientSession(reading, writing) as session:
            told = await session.initialize()
            await session.send_ping()
            return told

    told = asyncio.run(play())

    assert told.server_info.name == "holdfast"
    assert "mem_session_summary" in told.instructions


def test_the_official_client_tells_its_roots(home: Fixture) -> None:
    shed = Path(home.project.parent / "shed")
    shed.mkdir()

    async def roots(context: Any) -> ListRootsResult:
        return ListRootsResult(roots=[Root(uri=shed.as_uri())])  # type: ignore[arg-type]

    async def play() -> Any:
        async with (
            stdio_client(server(home)) as (reading, writing),
            ClientSession(reading, writing, list_roots_callback=roots) as session,
        ):
            await session.initialize()
            for _ in range(200):  # until the answer about the roots has come in
                found = await session.call_tool("mem_suggest_topic_key", {"title": "x"})
                assert not found.is_error
            return await session.call_tool("mem_save", {"title": "A", "content": "kept"})

    assert text(asyncio.run(play())) == "Saved #1 'A' in shed."
