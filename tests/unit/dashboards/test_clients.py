"""A server on a real socket: slow, odd and greedy clients are cut or refused, others are served meanwhile."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import uvicorn

from dashboards.patience import Impatient
from dashboards.serve import application, configuration

HEAD_S, LIFE_S, WAIT_S = 0.4, 1.2, 60.0
GET = b"GET /index.html HTTP/1.1\r\nHost: a\r\n"


class Hasty(Impatient):
    """The same with less patience, to test it in time."""

    head_s, life_s = HEAD_S, LIFE_S


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home") / "releases" / "2021-06-30-aaaaaaaaaaaa" / "site"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("<p>here</p>", encoding="utf-8")
    (folder / "large.bin").write_bytes(bytes(range(256)) * 100_000)
    (folder.parents[2] / "secret.key").write_text("secret", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def port(site: Path) -> Iterator[int]:
    config = configuration(application(lambda: site), "127.0.0.1", 0)
    assert config.http is Impatient
    config.http = Hasty
    server = uvicorn.Server(config)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield int(listener.getsockname()[1])
    server.should_exit = True
    thread.join(WAIT_S)


def connect(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=WAIT_S)
    made.settimeout(WAIT_S)
    return made


def everything(client: socket.socket) -> bytes:
    """What the server says until it closes."""
    said = b""
    try:
        while part := client.recv(65536):
            said += part
    except ConnectionResetError:
        pass
    return said


def ask(port: int, request: bytes) -> bytes:
    with connect(port) as client:
        client.sendall(request)
        return everything(client)


def is_served(port: int) -> bool:
    """Whether a well-behaved client gets its page; asked again where a busy machine made it look slow."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        with suppress(OSError):
            if b"here" in ask(port, GET + b"Connection: close\r\n\r\n"):
                return True
    return False


def test_a_client_that_never_ends_its_request_is_cut_while_others_are_served(port: int) -> None:
    slow = [connect(port) for _ in range(20)]
    for client in slow:
        client.sendall(GET + b"X-Slow: ")
    assert is_served(port)
    start = time.monotonic()
    assert [everything(client) for client in slow] == [b""] * len(slow)
    assert time.monotonic() - start < WAIT_S
    for client in slow:
        client.close()


def test_a_client_that_says_nothing_is_cut(port: int) -> None:
    with connect(port) as client:
        assert everything(client) == b""


def test_a_client_that_reads_drop_by_drop_is_cut(port: int) -> None:
    with connect(port) as client:
        client.sendall(b"GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        client.recv(1024)
        time.sleep(LIFE_S + 0.5)  # nothing is read meanwhile: that is the client which is tried
        assert is_served(port)
        assert len(everything(client)) < 256 * 100_000


@pytest.mark.parametrize(
    "request_bytes",
    [
        GET + b"X-Large: " + b"a" * 1_000_000 + b"\r\n\r\n",
        GET + b"X: y\r\n" * 200_000 + b"\r\n",
        b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ids=["one huge header", "many headers", "a huge path"],
)
def test_huge_requests_are_refused(request_bytes: bytes, port: int) -> None:
    try:
        said = ask(port, request_bytes)
    except (BrokenPipeError, ConnectionResetError):
        said = b""
    assert said == b"" or said.startswith(b"HTTP/1.1 4")
    assert is_served(port)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"FOO /index.html HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"POST /index.html HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
        b"GET http://elsewhere.example/secret.key HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET /../secret.key HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET /..%2f..%2f..%2fsecret.key HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET /%ff%fe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET /index.html\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        GET + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
    ],
)
def test_odd_requests_get_no_file_and_harm_nobody(request_bytes: bytes, port: int) -> None:
    said = ask(port, request_bytes)
    assert said == b"" or said.startswith((b"HTTP/1.1 4", b"HTTP/1.1 200"))
    assert b"secret" not in said
    assert b"Traceback" not in said
    assert is_served(port)


def test_a_websocket_is_not_opened(port: int) -> None:
    upgrade = b"Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Key: AAAA\r\n\r\n"
    assert not ask(port, GET + upgrade).startswith(b"HTTP/1.1 101")
