"""The wire between edges and daemon."""

import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.edge import frame
from holdfast.edge.frame import WIRE, Frame, call, encode, parse_header

names = st.from_regex(r"[A-Z][A-Z_]{0,20}", fullmatch=True)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0")) | st.binary(max_size=20).map(
    lambda raw: raw.replace(b"\0", b"").decode("utf-8", "surrogateescape")
)


def parsed(raw: bytes) -> tuple[Frame | None, bytes]:
    head, _, body = raw.partition(b"\n")
    return parse_header(head), body


@given(texts, texts, texts, st.integers(0, 2**53 - 1), texts, texts, st.dictionaries(names, texts), st.binary())
def test_a_frame_arrives_as_it_was_sent(
    host: str, event: str, nonce: str, at: int, cwd: str, version: str, environment: dict[str, str], body: bytes
) -> None:
    sent = Frame(host, event, nonce, at, cwd, version, environment)
    assert parsed(encode(Frame(host, event, nonce, at, cwd, version, environment, body))) == (sent, body)


@given(st.text())
def test_any_string_can_be_sent_and_none_passes_for_another_field(cwd: str) -> None:
    found, body = parsed(encode(Frame("h", "e", "n", 1, cwd + "\0X=1\nevent=other", "1", {}, b"body")))
    assert found is not None
    assert (found.host, found.event, found.environment, body) == ("h", "e", {}, b"body")


@given(st.binary() | st.lists(st.binary()).map(lambda fields: b"\0".join([WIRE, *fields])))
def test_no_bytes_whatever_raise(line: bytes) -> None:
    found = parse_header(line)
    assert found is None or found.at >= 0


@pytest.mark.parametrize(
    "line",
    [b"", b"GET / HTTP/1.1", b"holdfast/2\0at=1", b"holdfast/1", b"holdfast/1\0at=", b"holdfast/1\0at=-1",
     b"holdfast/1\0at=1e3", b"holdfast/1\0at=" + b"9" * 5_000, b"holdfast/1\0at=9007199254740992"],
)  # fmt: skip
def test_what_is_not_of_this_wire_is_no_frame(line: bytes) -> None:
    assert parse_header(line) is None


@pytest.fixture
def answering(tmp_path: Path) -> Callable[..., Path]:
    """Starts who reads one request whole and sends these bytes back: some first, the others when he may."""

    def start(answer: bytes, first: bytes = b"", then: threading.Event | None = None) -> Path:
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.bind(str(tmp_path / "socket"))
        server.listen()

        def serve() -> None:
            with server, server.accept()[0] as connection:
                while connection.recv(65_536):
                    pass
                connection.sendall(first)
                if then is not None:
                    then.wait(30)
                connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        return tmp_path / "socket"

    return start


FRAME = Frame("cli", "ping", "n", 1, "/", "1", {}, b"{}")


@pytest.mark.parametrize("content", [b"", b"{}", b"\n\n3\n", b"x" * 3_000_000])
def test_an_answer_is_exactly_its_bytes(answering: Callable[..., Path], content: bytes) -> None:
    assert call(answering(b"+%d\n" % len(content) + content), FRAME) == content


@pytest.mark.parametrize("answer", [b"", b"+", b"+5\nabc", b"HTTP/1.1 400\n"])
def test_an_answer_that_is_cut_or_foreign_is_an_error(answering: Callable[..., Path], answer: bytes) -> None:
    with pytest.raises(EOFError):
        call(answering(answer), FRAME)


def test_who_does_not_show_that_he_lives_is_given_up_sooner_than_who_works(
    answering: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, "_LONG", 0.01)
    said: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as hung:
        hung.bind(str(tmp_path / "hung"))
        hung.listen()
        with pytest.raises(TimeoutError):
            call(tmp_path / "hung", FRAME, 1e9, silence=0.1, waiting=lambda: said.append("hung"))
    assert said == ["hung"]  # once

    busy = threading.Event()

    def heard() -> None:
        said.append("busy")
        busy.set()

    path = answering(b"2\nok", first=b"+", then=busy)
    assert call(path, FRAME, silence=60, waiting=heard) == b"ok"
    assert said == ["hung", "busy"]


def test_nobody_listening_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        call(tmp_path / "socket", FRAME)


def test_a_socket_with_a_long_path_is_reached(answering: Callable[..., Path], tmp_path: Path) -> None:
    far = tmp_path / ("d" * 120)
    near = answering(b"+2\nok")
    before = Path.cwd()

    far.mkdir()
    near.rename(far / near.name)

    assert call(far / near.name, FRAME) == b"ok"
    assert Path.cwd() == before
