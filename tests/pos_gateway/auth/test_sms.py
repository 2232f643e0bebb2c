"""Codes are posted to a federation's SMS gateway, and a slow gateway delays nobody."""

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from pos_gateway.auth.sms import BackgroundSender, Outbox, Webhook
from pos_gateway.settings import SettingInvalid, Settings
from tests.support.sign_in_methods import NOW

WANG_PHONE = "13800138000"


class Mobile(HTTPServer):
    """An SMS gateway that keeps the posted messages and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Posted)
        self.status = 200
        self.posted: list[tuple[str, Any]] = []


class _Posted(BaseHTTPRequestHandler):
    server: Mobile

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append((self.headers["Content-Type"], json.loads(body)))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mobile() -> Iterator[Mobile]:
    server = Mobile()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_message_is_posted_as_json(mobile: Mobile) -> None:
    Webhook(f"http://127.0.0.1:{mobile.server_port}/").send(WANG_PHONE, "验证码 123456")

    expected = {"phone": WANG_PHONE, "text": "验证码 123456"}
    assert mobile.posted == [("application/json", expected)]


@pytest.mark.parametrize("status", [302, 500])
def test_what_the_gateway_refuses_is_in_the_log_without_the_message(
    mobile: Mobile, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    mobile.status = status

    Webhook(f"http://127.0.0.1:{mobile.server_port}/").send(WANG_PHONE, "123456")

    assert len(mobile.posted) == 1
    assert WANG_PHONE not in caplog.text
    assert "123456" not in caplog.text
    assert f"answers {status}" in caplog.text


def test_a_gateway_out_of_reach_is_in_the_log_without_its_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    Webhook("http://127.0.0.1:9/?key=of-the-federation").send(WANG_PHONE, "123456")

    assert "out of reach" in caplog.text
    assert "of-the-federation" not in caplog.text


class Slow:
    """A sender that waits until it may send."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.sent: list[str] = []

    def send(self, phone: str, text: str) -> None:
        self.may.wait(10)
        self.sent.append(phone + text)


def test_who_asks_does_not_wait_for_what_is_sent() -> None:
    slow = Slow()
    aside = BackgroundSender(slow)

    aside.send(WANG_PHONE, "!")
    assert slow.sent == []
    slow.may.set()
    aside.close()

    assert slow.sent == [WANG_PHONE + "!"]


def test_too_many_that_wait_are_dropped(caplog: pytest.LogCaptureFixture) -> None:
    slow = Slow()
    aside = BackgroundSender(slow)
    with caplog.at_level(logging.CRITICAL):
        for _ in range(1_001):
            aside.send(WANG_PHONE, "!")
    slow.may.set()
    aside.close()

    assert len(slow.sent) == 1_000


def test_a_full_disk_stops_no_sender(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    aside = BackgroundSender(Outbox(tmp_path / "missing" / "outbox", lambda: NOW))

    aside.send(WANG_PHONE, "!")
    aside.close()

    assert "a message was not sent" in caplog.text


@pytest.mark.parametrize("named", ["HONGKA_SENDER", "HONGKA_OIDC_ISSUER"])
@pytest.mark.parametrize("address", ["http://sms.example.org", "ftp://x", "inbox", "https"])
def test_addresses_outside_this_machine_need_tls(named: str, address: str) -> None:
    with pytest.raises(SettingInvalid):
        Settings.read({named: address})


@pytest.mark.parametrize("address", ["https://sms.example.org/send", "http://127.0.0.1:9/"])
def test_settings_name_a_gateway_for_messages(address: str) -> None:
    assert Settings.read({"HONGKA_SENDER": address}).sender == address
    assert Settings.read({}).sender == "outbox"


def test_the_settings_read_back_as_they_were() -> None:
    chosen = {"HONGKA_SENDER": "https://sms.example.org", "HONGKA_DEMONSTRATION": "yes"}
    chosen |= {f"HONGKA_OIDC_{one}": "https://a.example" for one in ("ISSUER", "CLIENT_ID")}
    chosen |= {"HONGKA_OIDC_CLIENT_SECRET": "s"}
    settings = Settings.read(chosen)

    assert Settings.read(settings.environment) == settings
    assert chosen.items() <= settings.environment.items()
