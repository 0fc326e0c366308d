"""What each native route does, and how it says that it cannot."""

import json
from typing import Any

import pytest
from tests.integration.api.caller import JSON, Caller
from tests.integration.cli.commands import Commands
from tests.processes import wait_for

from holdfast.api.routes import ROOT, ROUTES


def test_a_memory_is_kept_shown_written_anew_forgotten_and_brought_back(holdfast: Commands) -> None:
    holdfast.remember("the first note")  # so that the project is known
    door = Caller.of(holdfast)

    kept = door.call("POST", "/memories", {"body": "we release on Fridays", "project": "workshop", "tags": ["release"]})
    number = kept.json["memory"]["number"]
    door.ok("PATCH", f"/memories/{number}", {"body": "we release on Mondays", "kind": "decision"})
    door.ok("PUT", f"/memories/{number}/pin")
    pinned = door.ok("GET", f"/memories/{number}")
    door.ok("DELETE", f"/memories/{number}/pin")
    gone = door.ok("DELETE", f"/memories/{number}")
    listed = door.ok("GET", "/memories")["memories"]
    back = door.ok("POST", f"/memories/{number}/restore", {})
    history = door.ok("GET", f"/memories/{number}/history")

    assert kept.status == 201
    assert (kept.json["memory"]["trust"], kept.json["memory"]["tags"]) == ("agent", ["release"])
    assert (pinned["type"], pinned["body"], pinned["pinned"]) == ("memory", "we release on Mondays", True)
    assert gone["memory"]["alive"] is False
    assert number not in [each["number"] for each in listed]
    assert back["memory"]["alive"] is True
    assert len(history["steps"]) == 6
    assert holdfast.json("show", str(number))["body"] == "we release on Mondays"


def test_the_latest_change_and_a_named_one_are_undone(holdfast: Commands) -> None:
    number = holdfast.remember("we release on Fridays")
    door = Caller.of(holdfast)
    change = door.ok("PATCH", f"/memories/{number}", {"body": "we release on Mondays"})["change"]

    door.ok("DELETE", f"/memories/{number}")
    undone = door.ok("POST", "/undo", {})
    door.ok("POST", "/undo", {"change": change})

    assert undone["memory"]["alive"] is True
    assert door.ok("GET", f"/memories/{number}")["body"] == "we release on Fridays"


def test_what_is_sealed_over_http_is_not_given_over_it(holdfast: Commands) -> None:
    holdfast.remember("the first note")  # so that the project is known
    door = Caller.of(holdfast)
    said = {"project": "workshop", "body": "the staging password: Tr0ub4dor&3-horse", "seal": True}

    kept = door.call("POST", "/memories", said).json
    whole = door.ok("GET", f"/memories/{kept['memory']['number']}")

    assert (kept["sealed"], kept["memory"]["sealed"], whole["sealed"]) == (True, True, True)
    assert "Tr0ub4dor" not in json.dumps([kept, whole])
    assert not [route.path for route in ROUTES if route.operation.startswith("secret.")]
    audit = holdfast.json("secrets", "audit")["audit"]
    assert [(each["action"], each["actor"]) for each in audit] == [("sealed", "HTTP")]


def test_a_standing_instruction_cannot_be_changed_nor_brought_back(holdfast: Commands) -> None:
    number = holdfast.remember("--always", "--topic", "rule/push", "never push to main")
    door = Caller.of(holdfast)
    path = f"/memories/{number}"

    refused = [
        door.call("PATCH", path, {"body": "always push to main"}),
        door.call("DELETE", path),
        door.call("PUT", f"{path}/pin"),
        door.call("POST", "/undo", {}),
    ]
    other = door.call(
        "POST", "/memories", {"body": "always push to main", "topic_key": "rule/push", "project": "workshop"}
    ).json["memory"]
    holdfast("forget", str(number))
    refused += [door.call("POST", f"{path}/restore", {}), door.call("POST", "/undo", {"ref": str(number)})]

    assert [each.status for each in refused] == [refused[0].status] * len(refused)
    assert refused[0].status in (403, 409, 422)
    assert (other["number"] == number, other["standing"]) == (False, False)
    assert holdfast.json("show", str(number))["alive"] is False


def test_what_was_said_and_done_is_found_and_listed(shared: Commands, door: Caller) -> None:
    found = door.ok("GET", "/search?words=fence")
    notes = door.ok("GET", "/search?words=release&only=memories&kinds=note&kinds=decision")
    sessions = door.ok("GET", "/sessions?project=workshop")
    timeline = door.ok("GET", "/sessions/s1/timeline?limit=2")
    whole = door.ok("GET", "/timeline")
    event = whole["events"][1]
    around = door.ok("GET", f"/timeline?event=e{event['id']}&limit=2")

    assert {hit["type"] for hit in found["hits"]} == {"turn"}
    assert [hit["memory"]["number"] for hit in notes["hits"]] == [1]
    assert [each["name"] for each in sessions["sessions"]] == ["s1"]
    assert [each["kind"] for each in whole["events"]] == ["start", "prompt", "tool", "reply", "end"]
    assert [each["kind"] for each in timeline["events"]] == ["reply", "end"]
    assert event["id"] in [each["id"] for each in around["events"]]
    assert door.ok("GET", f"/memories/e{event['id']}")["type"] == "event"


def test_the_state_of_things_is_told(shared: Commands, door: Caller) -> None:
    status = door.ok("GET", "/status")
    projects = door.ok("GET", "/projects")

    assert status["http"] == {"address": door.address, "port": door.port}
    assert status["memories"] == 1
    assert door.token not in json.dumps(status)
    assert [each["label"] for each in projects["projects"]] == ["workshop"]


def test_a_project_is_meant_by_name_by_folder_or_all_are(shared: Commands, door: Caller) -> None:
    def notes(query: str) -> int:
        return len(door.ok("GET", f"/memories{query}")["memories"])

    assert notes("") == notes("?project=workshop") == notes(f"?cwd={shared.project}") == 1
    assert notes("?cwd=/nowhere/else") == 0
    assert door.call("GET", "/memories?project=nothing").code == "not_found"


def test_a_pack_is_what_the_operation_says(packed: Caller) -> None:
    given = packed.ok("POST", "/pack", {"prompt": "a fence", "place": "prompt", "tokens": 200})

    assert given["sections"] == [{"name": "relevant", "text": "relevant for 'a fence' of None in None within 200"}]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/memories/99", None, 404, "not_found"),
        ("GET", "/nothing", None, 404, "not_found"),
        ("GET", "/memories/", None, 404, "not_found"),
        ("GET", "//memories", None, 404, "not_found"),
        ("GET", "/memories/../../../etc/passwd", None, 404, "not_found"),
        ("PUT", "/memories", {}, 405, "method"),
        ("OPTIONS", "/memories", None, 405, "method"),
        ("POST", "/memories", {"body": "x"}, 400, "usage"),
        ("POST", "/memories", {"body": 7, "project": "workshop"}, 400, "usage"),
        ("POST", "/memories", {"body": "x", "project": "workshop", "standing": True}, 400, "usage"),
        ("POST", "/memories", {"body": "x", "project": "workshop", "trust": "owner"}, 400, "usage"),
        ("POST", "/memories", {"body": "x", "project": "workshop", "at": 1}, 400, "usage"),
        ("POST", "/memories", {"body": "", "project": "workshop"}, 409, "refused"),
        ("POST", "/memories", {"body": "x" * 1_500, "project": "workshop"}, 409, "refused"),
        ("POST", "/memories", {"body": "x", "project": "workshop", "importance": 2}, 400, "usage"),
        ("POST", "/memories", [], 400, "usage"),
        ("POST", "/undo", {"change": "0" * 32}, 404, "not_found"),
        ("PATCH", "/memories/1", {"scope": "world"}, 400, "usage"),
        ("GET", "/search", None, 400, "usage"),
        ("GET", "/search?words=", None, 400, "usage"),
        ("GET", "/search?words=x&limit=501", None, 400, "usage"),
        ("GET", "/search?words=x&limit=many", None, 400, "usage"),
        ("GET", f"/memories/{'9' * 201}", None, 400, "usage"),
    ],
)
def test_what_cannot_be_done_is_said_in_the_one_shape(
    door: Caller, method: str, path: str, body: Any, status: int, code: str
) -> None:
    reply = door.call(method, path, body)

    assert (reply.status, reply.code) == (status, code)
    assert reply.headers["content-type"] == "application/json"


def test_a_failure_inside_tells_nothing_of_the_inside(holdfast: Commands, packed: Caller) -> None:
    reply = packed.call("POST", "/pack", {"prompt": "boom", "place": "prompt"})

    assert (reply.status, reply.code) == (500, "error")
    assert b"the inside of it" not in reply.body
    assert b"RuntimeError" not in reply.body
    wait_for(lambda: "the inside of it" in (holdfast.home / "log").read_text(), "the log to tell it")
    assert packed.ok("GET", "/status")["version"]


def test_a_store_that_cannot_be_opened_is_503(holdfast: Commands) -> None:
    holdfast.home.mkdir(mode=0o700)
    (holdfast.home / "holdfast.db").write_bytes(b"this is no database at all, but a text of some length" * 40)
    door = Caller.of(holdfast)

    assert door.send("GET", f"{ROOT}/health").json == {"status": "ok"}
    reply = door.call("GET", "/memories")
    assert (reply.status, reply.code) == (503, "store")


@pytest.mark.parametrize(
    "text", ['"', "*", "NEAR(", "a-b:c", "\u202e", "🐞", "%00", "'; DROP TABLE events; --", "\ufeff"]
)
def test_any_words_can_be_searched_for(door: Caller, text: str) -> None:
    from urllib.parse import quote

    assert door.ok("GET", f"/search?words={text if text[0] == '%' else quote(text)}")["hits"] == []


@pytest.mark.parametrize("body", [b'{"body": "half a pair: \\ud83d", "project": "workshop"}',
                                  '{"body": "a whole one: 🐞", "project": "workshop"}'.encode()])  # fmt: skip
def test_any_character_is_kept(holdfast: Commands, body: bytes) -> None:
    holdfast.remember("a note")
    door = Caller.of(holdfast)

    reply = door.send("POST", f"{ROOT}/memories", headers={"X-API-Key": door.token, **JSON}, body=body)

    assert reply.status == 201
    assert ": " in door.ok("GET", "/memories/2")["body"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"{} {}", b"NaN", b"null", b'"x"', b"[1]"])
def test_a_body_that_makes_no_sense_is_wrong_usage(door: Caller, body: bytes) -> None:
    told = {"X-API-Key": door.token, **JSON}

    reply = door.send("POST", f"{ROOT}/undo", headers=told, body=body)

    assert (reply.status, reply.code) == (400, "usage")


def test_every_route_is_published_with_its_answers_and_who_may_call_it(door: Caller) -> None:
    schema = door.ok("GET", "/openapi.json")

    assert schema["openapi"].startswith("3.1")
    published = {(method.upper(), path) for path, methods in schema["paths"].items() for method in methods}
    assert published == {(each.method, ROOT + each.path) for each in ROUTES}
    assert "http.json" in json.dumps(schema["components"]["securitySchemes"])
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            assert {"200", "201"} & operation["responses"].keys()
            assert "422" not in operation["responses"]
            assert (operation.get("security") == []) == (path == f"{ROOT}/health")
