"""Requests that wait at the front, and those handed to Flask."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from ledger.patience import WouldWait, check_may_wait, no_waiting
from ledger.store import Log
from ledger.write.writer import WriterLimits
from pos_gateway.api import redemptions
from pos_gateway.app.factory import create_app, services_of
from pos_gateway.app.front import Front
from tests.support.app import App
from tests.support.app_with_drop import WANG, DropApp
from tests.support.served_front import (
    HOST,
    PATIENCE_SECONDS,
    ServedFront,
    exchange,
    receive,
    request,
    served_front,
)

JSON = ("Content-Type", "application/json")
GARDEN = {"item": "garden", "session": "morning", "party": 1}


def until(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def sent(app: App, method: str, path: str, body: Any, key: str | None = None) -> bytes:
    """Return a request with a body to the API, by the bakery's till or with another key."""
    headers = [JSON, ("Authorization", f"Bearer {app.key if key is None else key}")]
    return request(method, f"/api/v1{path}", json.dumps(body).encode(), headers)


def redeeming(app: App, redemption_id: str) -> bytes:
    body = {"code": app.code(), "amount_minor": 6_800, "choices": ["tenth-off"]}
    return sent(app, "PUT", f"/redemptions/{redemption_id}", body)


def validating(app: App) -> bytes:
    return sent(app, "POST", "/validations", {"code": app.code(), "amount_minor": 6_800})


@pytest.fixture
def served(app: App) -> Iterator[ServedFront]:
    with served_front(app.flask) as front:
        yield front


def test_what_would_wait_is_found_before_it_does() -> None:
    with pytest.raises(WouldWait), no_waiting:
        check_may_wait()

    check_may_wait()


RUSHED = {
    "validate": ("POST", "/validations", {"code": "", "amount_minor": 6_800}),
    "redeem": ("PUT", "/redemptions/cake-1", {"code": "", "amount_minor": 100, "choices": []}),
    "drop": ("GET", "/drops/may-day", None),
    "claim": ("PUT", "/drops/may-day/claims/k1", GARDEN),
}


@pytest.mark.parametrize("name", RUSHED)
def test_a_rushed_view_that_knows_nothing_submits_nothing(drop_app: DropApp, name: str) -> None:
    settings = drop_app.services.settings
    drop_app.services.close()
    fresh = create_app(settings, clock=lambda: drop_app.now)
    method, path, body = RUSHED[name]
    if body is not None and "code" in body:
        body = body | {"code": drop_app.code()}
    key = drop_app.keys[WANG] if name in {"claim", "drop"} else drop_app.key
    with closing(services_of(fresh)) as services, served_front(fresh) as served:
        front = served.front
        route = next(one for _, _, one in front._rushed if one.name == name)
        environ = {
            "REQUEST_METHOD": method,
            "wsgi.url_scheme": "http",
            "HTTP_AUTHORIZATION": f"Bearer {key}",
        }
        named = {"drop": {"drop_id": "may-day"}, "redeem": {"redemption_id": "cake-1"}}
        named["claim"] = {"drop_id": "may-day", "claim_id": "k1"}
        before = services.ledger.head()

        answer = asyncio.run(
            front._answer(route, named.get(name, {}), environ, json.dumps(body).encode())
        )
        heard = exchange(served.port, sent(drop_app, method, path, body, key))

        assert answer is None
        assert services.ledger.head() - before == {"redeem": 1, "claim": 3}.get(name, 0)
        assert heard.status == (201 if method == "PUT" else 200)


def test_every_rushed_route_is_tested_so(app: App) -> None:
    front = Front(app.flask, app.flask.extensions["hongka.front"], lambda: None)

    assert {route.name for _, _, route in front._rushed} == set(RUSHED)


def test_a_validation_that_takes_long_gets_a_thread(
    app: App, served: ServedFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange(served.port, validating(app))
    quick = exchange(served.port, validating(app))
    monkeypatch.setattr(redemptions, "HELD_MAX", 0)
    slow = exchange(served.port, validating(app))
    printed = {"code": app.printed, "amount_minor": 6_800}
    named = exchange(served.port, sent(app, "POST", "/validations", printed))

    assert quick == slow
    assert json.loads(named.body)["card"]["holder"] == "王*明"


def test_a_claim_that_is_handed_over_takes_one_token(drop_app: DropApp) -> None:
    limiter = drop_app.flask.extensions["hongka.front"].authenticator.limiter
    with served_front(drop_app.flask) as served:
        key = drop_app.keys[WANG]
        exchange(served.port, sent(drop_app, "PUT", "/drops/may-day/claims/k1", GARDEN, key))
        limiter._buckets.clear()
        drop_app.services.ledger.writer.commits._fresh_at = float("-inf")  # as after a long pause

        exchange(served.port, sent(drop_app, "PUT", "/drops/may-day/claims/k1", GARDEN, key))

    assert limiter._buckets[WANG][0] == 19


def test_a_caller_who_hangs_up_is_recorded_once(app: App, served: ServedFront) -> None:
    exchange(served.port, redeeming(app, "first"))
    wanted = redeeming(app, "cake-1")
    before = app.position

    line = socket.create_connection((HOST, served.port))
    with closing(Log(app.services.settings.ledger_url)) as log, log.locked(), line:
        line.sendall(wanted)
        until(lambda: bool(served.front._waiting))
    until(lambda: app.position > before)
    recorded = app.position
    again = exchange(served.port, wanted)

    assert again.status == 200
    assert ("idempotency-replayed", "true") in again.headers
    assert app.position == recorded


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_body_that_breaks_off_is_not_acted_upon(
    app: App, served: ServedFront, framing: str
) -> None:
    exchange(served.port, redeeming(app, "first"))
    head, _, body = redeeming(app, "cake-1").partition(b"\r\n\r\n")
    if framing == "chunks":
        head = head.replace(f"Content-Length: {len(body)}".encode(), b"Transfer-Encoding: chunked")
        body = f"{len(body):x}\r\n".encode() + body + b"\r\n" + b"5\r\nab"
    before = app.position

    with socket.create_connection((HOST, served.port)) as line:
        line.sendall(head + b"\r\n\r\n" + (body if framing == "chunks" else body[:-3]))
        line.shutdown(socket.SHUT_WR)
        with suppress(OSError, IndexError):
            receive(line)

    assert app.position == before


def test_a_turn_that_is_stuck_makes_callers_wait_no_longer_than_the_limit(
    database_url: str, tmp_path: Path
) -> None:
    app = App(database_url, tmp_path / "var", WriterLimits(wait_seconds=1.0))
    with closing(app), served_front(app.flask) as served, closing(Log(database_url)) as log:
        exchange(served.port, redeeming(app, "first"))
        wanted = [redeeming(app, "cake-1"), redeeming(app, "cake-2")]
        with log.locked():
            lines = [socket.create_connection((HOST, served.port)) for _ in wanted]
            for line, one in zip(lines, wanted, strict=True):
                line.sendall(one)
            heard = [receive(line) for line in lines]
        again = [exchange(served.port, one) for one in wanted]

    assert [one.status for one in heard] == [503, 503]
    assert json.loads(heard[0].body)["reason"] == "busy"
    assert ("retry-after", "1") in heard[0].headers
    assert {one.status for one in again} <= {200, 201}
    for line in lines:
        line.close()


def test_a_shutdown_under_load_answers_whom_it_took(app: App) -> None:
    front = ServedFront(app.flask)
    exchange(front.port, redeeming(app, "first"))
    made: set[str] = set()
    met: set[int] = set()

    def redeem(number: int) -> None:
        with suppress(OSError, IndexError):
            for turn in range(1_000):
                redemption_id = f"r-{number}-{turn}"
                heard = exchange(front.port, redeeming(app, redemption_id))
                met.add(heard.status)
                if heard.status == 201:
                    made.add(f"redeem/{redemption_id}")

    tills = [threading.Thread(target=redeem, args=(number,)) for number in range(8)]
    for till in tills:
        till.start()
    until(lambda: len(made) > 20)
    front.stop()
    for till in tills:
        till.join(PATIENCE_SECONDS)

    assert not any(till.is_alive() for till in tills)
    assert met == {201}
    assert made <= {fact.request_id for fact in app.services.ledger.facts(0, 100_000)}
