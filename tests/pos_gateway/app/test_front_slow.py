"""Clients that are slow, and requests that are too large or name no host, at the front."""

import json
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from flask import Response

from pos_gateway.app import clients
from tests.pos_gateway.app.test_front_waiting import JSON, redeeming, served, validating
from tests.support.app import App
from tests.support.endpoint_table import ADDRESSES
from tests.support.served_front import (
    HOST,
    PATIENCE_SECONDS,
    ServedFront,
    exchange,
    receive,
    request,
    served_front,
)

__all__ = ["served"]

TAKING = sorted({(one.method, one.asked) for one in ADDRESSES if one.method != "GET"})
LENGTH, CHUNKED = ("Content-Length", "5000"), ("Transfer-Encoding", "chunked")


def test_slow_bodies_hold_no_thread_at_any_address(app: App) -> None:
    threads = app.flask.extensions["hongka.front"].settings.threads
    with served_front(app.flask) as served:
        for number, (method, path) in enumerate(TAKING):
            # Given more slow bodies than threads, one half in chunks
            with ExitStack() as stack:
                lines = []
                for length, start in ((LENGTH, b"a"), (CHUNKED, b"5\r\na")) * (threads // 2 + 1):
                    line = stack.enter_context(socket.create_connection((HOST, served.port)))
                    line.sendall(request(method, path, start, [length]))
                    lines.append(line)
                # When others ask for health, a page and a redemption
                asked = [request("GET", "/healthz"), request("GET", "/")]
                asked += [validating(app), redeeming(app, f"cake-{number}")]
                heard = [exchange(served.port, one).status for one in asked]
                # Then they are served while the bodies still wait
                assert heard == [200, 200, 200, 201], path
                assert select.select(lines, [], [], 0)[0] == [], path


def test_a_body_that_comes_too_slowly_is_refused(
    app: App, served: ServedFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "BODY_SECONDS_MAX", 0.2)
    with socket.create_connection((HOST, served.port)) as line:
        line.sendall(redeeming(app, "cake-1")[:-1])
        heard = receive(line)

    assert heard.status == 408
    assert json.loads(heard.body)["reason"] == "body_too_slow"


def test_a_burst_earns_no_silence(served: ServedFront, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "BODY_SECONDS_MAX", 0.2)
    monkeypatch.setattr(clients, "BODY_RATE_LEAST", 1)
    with socket.create_connection((HOST, served.port)) as line:
        line.sendall(request("POST", "/card/sign-in", bytes(60_000), [("Content-Length", "60001")]))

        assert receive(line).status == 408


def test_a_stranger_s_upload_is_not_kept(
    served: ServedFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "HELD_BYTES_MAX", 200_000)

    upload = request("POST", "/desk/members/import", bytes(1_000_000))

    assert exchange(served.port, upload).status == 303


def test_a_client_that_breaks_off_is_no_incident(
    app: App, served: ServedFront, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        with socket.create_connection((HOST, served.port)) as line:
            line.sendall(redeeming(app, "cake-1")[:-1])

    assert exchange(served.port, validating(app)).status == 200
    assert "incident" not in caplog.text


def test_a_long_list_of_languages_is_not_read(served: ServedFront) -> None:
    tags = ",".join(f"x{number}" for number in range(9_000)) + ",en"

    heard = exchange(served.port, request("GET", "/api/v1/x", headers=[("Accept-Language", tags)]))

    assert heard.status == 404
    assert json.loads(heard.body)["title"].isascii() is False


def test_a_reader_who_takes_nothing_is_left(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "SEND_SECONDS_MAX", 0.2)
    ended = threading.Event()

    def pieces() -> Iterator[bytes]:
        try:
            for _ in range(1_000):
                yield bytes(1_000_000)
        finally:
            ended.set()

    app.flask.view_functions["home"] = lambda: Response(pieces())
    with served_front(app.flask) as served:
        with socket.create_connection((HOST, served.port)) as line:
            line.sendall(request("GET", "/"))
            assert ended.wait(PATIENCE_SECONDS)
        assert exchange(served.port, request("GET", "/healthz")).status == 200


@pytest.mark.parametrize("hosts", [[], ["localhost", "localhost"], ["localhost", "evil.example"]])
@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/keys"])
def test_two_host_headers_or_none_are_refused(app: App, path: str, hosts: list[str]) -> None:
    lines = "".join(f"Host: {one}\r\n" for one in hosts)

    with served_front(app.flask) as served:
        heard = exchange(served.port, f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())

    assert heard.status == 400
    assert b"request_malformed" in heard.body or not hosts


@pytest.mark.parametrize(
    ("chunks", "heard"),
    [
        (b"2dc6c0\r\n" + bytes(3_000_000) + b"\r\n0\r\n\r\n", (413, "body_too_large")),
        (b"zz\r\nabc\r\n0\r\n\r\n", (400, "request_malformed")),
        (b"5\r\nabcdefgh\r\n0\r\n\r\n", (400, "request_malformed")),
    ],
)
def test_chunks_too_many_or_malformed_get_a_problem(
    app: App, served: ServedFront, chunks: bytes, heard: tuple[int, str]
) -> None:
    headers = [JSON, ("Authorization", f"Bearer {app.key}"), ("Transfer-Encoding", "chunked")]

    answer = exchange(served.port, request("PUT", "/api/v1/redemptions/cake-1", chunks, headers))

    assert (answer.status, json.loads(answer.body)["reason"]) == heard


def test_a_body_in_chunks_is_redeemed_as_any_other(app: App, served: ServedFront) -> None:
    headers, _, body = redeeming(app, "cake-1").partition(b"\r\n\r\n")
    length = f"Content-Length: {len(body)}".encode()
    assert length in headers
    chunked = headers.replace(length, b"Transfer-Encoding: chunked")

    heard = exchange(served.port, chunked + b"\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))

    assert heard.status == 201
