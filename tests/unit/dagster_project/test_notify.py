"""Who hears of a failed run: nobody unless asked; a command or an address; and trouble stops nothing."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from dagster_project import automation, notify
from dagster_project.settings import Settings


def settings(tmp_path: Path, target: str = "") -> Settings:
    return Settings(tmp_path, tmp_path, {notify.ON_FAILURE: target} if target else {})


@pytest.fixture
def chat() -> Iterator[tuple[str, list[Any]]]:
    """A chat service on loopback: its address, and what it was sent."""
    sent: list[Any] = []

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sent.append((self.headers["Content-Type"], json.loads(body)))
            self.send_response(500 if self.path == "/broken" else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", sent
    server.shutdown()


def test_nobody_is_told_unless_somebody_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "_post", lambda *_: pytest.fail("told"))
    monkeypatch.setattr(notify, "_run", lambda *_: pytest.fail("told"))
    assert notify.tell(settings(tmp_path), "words") is None


def test_an_address_gets_the_words_as_chat_services_take_them(
    tmp_path: Path, chat: tuple[str, list[Any]]
) -> None:
    address, sent = chat
    assert notify.tell(settings(tmp_path, address), "two\nlines") is None
    assert sent == [("application/json", {"text": "two\nlines"})]


def test_a_command_gets_the_words_on_its_input(tmp_path: Path) -> None:
    code = f"import sys, pathlib; pathlib.Path({str(tmp_path / 'mail')!r}).write_text(sys.stdin.read())"
    assert notify.tell(settings(tmp_path, f'"{sys.executable}" -c "{code}"'), "words") is None
    assert (tmp_path / "mail").read_text() == "words\n"


@pytest.mark.parametrize(
    "target", ["/nowhere/at/all", "false", "http://127.0.0.1:1/", 'an "unclosed quote', "http://"]
)
def test_trouble_is_said_without_the_target_and_stops_nothing(tmp_path: Path, target: str) -> None:
    trouble = notify.tell(settings(tmp_path, target), "words")
    assert trouble is not None
    assert trouble.startswith("MISCONDUCT_ON_FAILURE could not be used")
    assert target not in trouble


def test_an_answer_that_says_no_is_trouble(tmp_path: Path, chat: tuple[str, list[Any]]) -> None:
    assert notify.tell(settings(tmp_path, f"{chat[0]}/broken"), "words") is not None


def test_the_words_are_headlines_without_rows(tmp_path: Path) -> None:
    lines = ["gate 1 refused: nothing was published\n  a.csv: row 7: unknown label 'x'", ""]
    words = automation.failure_words(settings(tmp_path), "0123456789abcdef", lines)
    assert words.splitlines()[:2] == [
        "misconduct: run 01234567 failed",
        "gate 1 refused: nothing was published",
    ]
    assert "row 7" not in words
    assert "runbook" in words.splitlines()[-1]


def test_a_run_that_died_without_a_word_is_told_as_that(tmp_path: Path) -> None:
    assert "died" in automation.failure_words(settings(tmp_path), "0123456789abcdef", [])
