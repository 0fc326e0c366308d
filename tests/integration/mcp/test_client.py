"""The bridge as the official MCP client sees it, in every era of the protocol that the client speaks."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from mcp.client.client import Client
from mcp.client.stdio import stdio_client
from mcp.types import ListRootsResult, Root
from tests.faults.home import Fixture
from tests.integration.mcp.peer import variables

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
