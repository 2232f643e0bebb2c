import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table

from ledger.event import Event, Fact
from ledger.store import Unavailable
from ledger.store.clock import SlewedClock
from ledger.write import writer
from pos_gateway import services as services_module
from pos_gateway.app import health
from pos_gateway.child_process import free_port
from projections.engine.runner import catch_up
from projections.engine.schema import counter, key, metadata
from tests.ledger.write.test_writer_containment import write
from tests.support.app import App
from tests.support.postgres import SUPERUSER, as_role

FAULTY = Table("test_faulty", metadata, key("name"), counter("count"))


class Faulty:
    """A projection that fails on every event."""

    NAME = "faulty_1"
    table = FAULTY

    @staticmethod
    def project(_event: Event, fact: Fact) -> Iterator[Any]:
        raise ArithmeticError(fact.topic)


def test_a_gateway_that_works_says_so(app_any_db: App) -> None:
    assert app_any_db.health.get("/healthz").get_json() == {"status": "alive"}
    assert app_any_db.health.get("/readyz").get_json() == {"status": "ready"}


@pytest.mark.postgres
def test_a_gateway_that_may_change_facts_says_so(
    postgres_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a gateway with a role that may do anything
    with closing(App(as_role(SUPERUSER, postgres_url), tmp_path / "var")) as app:
        # When it is asked whether it is ready
        told = app.health.get("/readyz")
    # Then it is, and warns there and in the log
    assert told.get_json() == {"status": "ready", "warning": health.CHANGEABLE}
    assert health.CHANGEABLE in caplog.messages


def drip(line: socket.socket) -> None:
    for _ in range(1_000):
        line.sendall(b"G")
        time.sleep(0.02)


def test_a_client_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CLIENT_SECONDS_MAX", 0.2)
    port = free_port()
    server = health.HealthServer("127.0.0.1", port, lambda *_: [])
    before = set(threading.enumerate())
    server.begin()
    answering = set(threading.enumerate())
    with socket.create_connection(("127.0.0.1", port)) as line, pytest.raises(ConnectionError):
        drip(line)
    server.server_close()
    for one in answering - before:
        one.join(5)
        assert not one.is_alive()


def test_a_ledger_that_answers_no_more_is_not_ready(app: App) -> None:
    app.services.ledger.writer.close()

    ready, alive = app.health.get("/readyz"), app.health.get("/healthz")

    assert (ready.status_code, ready.get_json()["reason"]) == (503, "not_ready")
    assert ready.get_json()["particulars"] == {"failing": "ledger"}
    assert alive.status_code == 200


def test_a_ledger_that_a_newer_program_wrote_in_is_not_ready_and_says_why(app: App) -> None:
    write(app.services.ledger, "activity-a1", "activity.opened", "{}")

    ready = app.health.get("/readyz")

    assert ready.status_code == 503
    assert ready.get_json()["particulars"] == {"failing": "ledger, outdated by activity.opened"}


def test_a_clock_that_jumped_is_named_and_tills_are_told_the_next_step(app: App) -> None:
    ledger = app.services.ledger
    ledger.store._database.clock = SlewedClock(lambda: 0)
    before = app.redeem("r1", code=app.printed)
    app.now += timedelta(minutes=10)

    refused, replayed = (app.redeem(one, code=app.printed) for one in ("r2", "r1"))
    asked = {"code": app.printed, "amount_minor": 100}
    validated, ready = app.ask("POST", "/validations", asked), app.health.get("/readyz")
    ledger.confirm_clock(by="officer-chen")
    after = app.redeem("r2", code=app.printed)

    assert (before.status_code, replayed.status_code, after.status_code) == (201, 200, 201)
    assert (refused.status_code, refused.get_json()["reason"]) == (503, "clock_unconfirmed")
    assert refused.headers["Retry-After"] == "5"
    assert validated.status_code == 200
    assert ready.status_code == 503
    assert ready.get_json()["particulars"] == {"failing": "clock_unconfirmed"}
    assert app.health.get("/readyz").status_code == 200


def test_a_ledger_that_fails_oddly_is_not_ready_rather_than_an_error(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise ArithmeticError

    monkeypatch.setattr(app.services.ledger.writer, "submit", fail)
    monkeypatch.setattr(app.services.views, "positions", fail)

    answer = app.health.get("/readyz")

    assert answer.status_code == 503
    assert answer.get_json()["particulars"] == {"failing": "ledger, views"}


def test_a_disk_that_is_full_is_not_ready_until_a_commit_succeeds(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a database that is full
    def fail() -> None:
        raise Unavailable("database or disk is full")

    with monkeypatch.context() as full:
        full.setattr(app.services.ledger.store, "locked", fail)
        assert app.redeem("cake-1").status_code == 503
    # Then the gateway is not ready, and says why
    assert "commits: database or disk is full" in app.failing()
    # When half a minute passed, somebody has to try again
    with monkeypatch.context() as later:
        later.setattr(writer, "FAILURE_SECONDS", -1)
        assert app.failing() == ""
    # When there is room again
    assert app.redeem("cake-1").status_code == 201
    assert app.failing() == ""


def test_a_head_that_could_not_be_kept_outside_is_told(app: App) -> None:
    heads = Path(app.services.settings.heads)
    heads.unlink()
    heads.mkdir()
    app.redeem("cake-1")
    app.services.ledger.heads.sign()

    assert app.failing().startswith("heads: [Errno 21] Is a directory")
    assert app.redeem("cake-2").status_code == 201
    heads.rmdir()
    app.services.ledger.heads.sign()
    assert app.failing() == ""


def test_a_projection_that_stopped_is_named(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(services_module, "PROJECTIONS", (Faulty,))
    app: App = request.getfixturevalue("app")
    with pytest.raises(ExceptionGroup):
        catch_up(app.services.views, app.services.ledger.facts)

    answer = app.health.get("/readyz")

    assert answer.status_code == 503
    assert answer.get_json()["particulars"] == {"failing": "faulty_1 at 1"}
