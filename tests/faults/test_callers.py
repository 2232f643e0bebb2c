"""Callers that hang up, do not read, or wait too long; and workers that stop or die under load."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg
import pysqlite3
import pytest

from tests.faults.clients import Operation, Till, hang_up
from tests.faults.district import District
from tests.faults.gateways import until
from tests.faults.planted import planted
from tests.faults.stories import grown, under_load

pytestmark = [pytest.mark.slow, pytest.mark.disk]

IMPATIENT = {"HONGKA_WAIT_SECONDS": "1"}
"""The settings of a gateway that sends callers away after a second, before a till gives up."""

STUCK_SECONDS = 3.0


@pytest.fixture
def district(tmp_path: Path, database_url: str) -> Iterator[District]:
    with closing(District(tmp_path / "var", database_url)) as district:
        yield district


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


def test_what_was_asked_by_who_hung_up_is_decided_once(district: District) -> None:
    hung_up: list[Operation] = []

    def hang_up_often() -> list[float]:
        with closing(Till([gateway.port], 0)) as till:
            for call in district.calls(60):
                tries = [hang_up(gateway.port, call), till.ask("redeem", call)]
                hung_up.append(Operation(call, tries))
        return []

    with district.gateway() as gateway:
        story = under_load(district, [gateway], hang_up_often, before=hung_up)

    assert story.complaints == []
    assert {one.tries[1].status for one in hung_up} <= {200, 201, 409}


@contextmanager
def unread(port: int) -> Iterator[None]:
    """Ask for pages over more lines than the gateway has threads, and read none of the answers."""
    with ExitStack() as lines:
        for _ in range(40):
            line = lines.enter_context(closing(socket.socket()))
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
            line.connect(("127.0.0.1", port))
            line.sendall(b"GET /api/v1/ HTTP/1.1\r\nHost: till\r\n\r\n" * 4)
        yield


@on_sqlite
def test_who_does_not_read_keeps_nobody_waiting(district: District) -> None:
    with district.gateway() as gateway, unread(gateway.port):
        story = under_load(district, [gateway], lambda: [grown(district, 300)], calm=True)

    assert story.complaints == []
    assert story.met["made"] > 50, story.met


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Hold the lock of the log, as a process that came to a standstill within a turn."""
    if url.startswith("sqlite"):
        holder = pysqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        lock = "BEGIN IMMEDIATE"
    else:
        holder, lock = psycopg.connect(url), "SELECT * FROM log.head FOR UPDATE"
    with closing(holder):
        holder.cursor().execute(lock)
        yield
        holder.rollback()


def test_while_a_turn_is_stuck_everybody_is_sent_away_in_time(district: District) -> None:
    def stick() -> list[float]:
        with locked(district.url):
            time.sleep(STUCK_SECONDS)
        return [grown(district, 1)]

    with district.gateway(environment=IMPATIENT) as gateway:
        story = under_load(district, [gateway], stick)

    assert story.complaints == []
    answers = {one.status for operation in story.operations for one in operation.tries}
    assert answers >= {201, 503}
    assert 0 not in answers  # no till gave up


def test_a_gateway_that_is_stopped_under_load_answers_what_it_took(district: District) -> None:
    def stop_and_start() -> list[float]:
        assert gateway.stop() == 0
        return [gateway.start()]

    with district.gateway() as gateway:
        story = under_load(district, [gateway], stop_and_start)

    assert story.complaints == []
    assert story.met["made"] > 50, story.met


@on_postgres
def test_of_two_workers_one_is_killed_and_the_other_goes_on(district: District) -> None:
    def kill_one() -> list[float]:
        before = gateway.workers()
        os.kill(before[0], signal.SIGKILL)
        went_on = grown(district, 20)
        until(lambda: len({*gateway.workers()} - {before[0]}) == 2)
        return [went_on]

    two = {"HONGKA_WORKERS": "2", "HONGKA_FOLLOW": "no"}
    with district.gateway(environment=two) as gateway:
        story = under_load(district, [gateway], kill_one)
        assert gateway.ready() == 200

    assert story.complaints == []
    assert story.met["made"] > 50, story.met


# Negative controls


@pytest.mark.night
@on_sqlite
def test_the_oracle_finds_a_gateway_that_loses_a_wake(district: District, tmp_path: Path) -> None:
    bug = IMPATIENT | planted("loses_a_wake", tmp_path / "bug")

    with district.gateway(environment=bug) as gateway:
        story = under_load(district, [gateway], lambda: [grown(district, 300)], calm=True)

    assert any("sent away though" in one for one in story.complaints), story.complaints


@pytest.mark.night
@on_sqlite
def test_the_oracle_finds_a_gateway_that_submits_a_request_twice(
    district: District, tmp_path: Path
) -> None:
    bug = planted("submits_twice", tmp_path / "bug")

    with district.gateway(environment=bug) as gateway:
        story = under_load(district, [gateway], lambda: [grown(district, 300)], calm=True)

    assert any("again before it was answered" in one for one in story.complaints), story.complaints
