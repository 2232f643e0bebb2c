"""Group commit with a full disk, a cut connection, or a commit of unknown outcome."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import event

from ledger import errors
from ledger.application import Ledger
from ledger.redemptions.events import Redeemed
from ledger.write.request import Request
from ledger.write.writer import WriterLimits
from tests.ledger.store.test_log_faults import CuttingProxy
from tests.support.ledger_fixture import answers, event_count, populate, scan
from tests.support.postgres import PostgresServer

HAIRCUT = scan("c1", "hair")
FEN = scan("c1", "care", amount_minor=1)

pytestmark = pytest.mark.disk


@contextmanager
def full_disk(ledger: Ledger) -> Iterator[None]:
    """Forbid the file another page on every connection."""
    engine = ledger.store._database.engine
    ledger.store.close()  # new connections have the limit

    def limit(connection: Any, *_others: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # SQLite reads 1 as: no more pages than now

    event.listen(engine, "checkout", limit)
    try:
        yield
    finally:
        event.remove(engine, "checkout", limit)
        ledger.store.close()  # and these have no such limit


def redeem_until_busy(ledger: Ledger) -> int:
    """Redeem one fen at a time. Return the number of acknowledged redemptions."""
    for number in range(1_000):
        try:
            ledger.tills.redemptions.redeem(f"r{number}", FEN)
        except errors.Busy:
            return number
    raise AssertionError("the disk was never full")


def test_a_full_disk_is_busy_and_nothing_is_half_done(sqlite_url: str) -> None:
    ledger = Ledger(sqlite_url)
    populate(ledger)
    with full_disk(ledger):
        acknowledged = redeem_until_busy(ledger)
    refused = f"r{acknowledged}"
    with pytest.raises(errors.RedemptionUnknown):
        ledger.tills.redemptions.find(refused)

    assert not ledger.tills.redemptions.redeem(refused, FEN).replayed

    recorded = [fact for fact in ledger.facts(0, 1_000) if fact.topic == "redemption.made"]
    assert [fact.request_id for fact in recorded] == [
        f"redeem/r{number}" for number in range(acknowledged + 1)
    ]
    assert ledger.fund("care").available_minor == 60_00 - len(recorded)
    ledger.close()


def test_reads_go_on_while_the_disk_is_full(sqlite_url: str) -> None:
    ledger = Ledger(sqlite_url)
    populate(ledger)
    with full_disk(ledger):
        assert ledger.fund("care").available_minor == 60_00
        assert ledger.tills.redemptions.validation(HAIRCUT).options
    ledger.close()


@pytest.fixture
def on_postgres(postgres_url: str) -> Iterator[Ledger]:
    ledger = Ledger(postgres_url)
    populate(ledger)
    yield ledger
    ledger.close()


@pytest.mark.postgres
def test_a_connection_killed_in_the_middle_of_a_turn_is_busy_for_all_of_it(
    on_postgres: Ledger, postgres_server: PostgresServer
) -> None:
    def kill(states: Any, _at: Any) -> list[Any]:
        ((backend,),) = states._view._rows("SELECT pg_backend_pid()")
        postgres_server.execute(f"SELECT pg_terminate_backend({backend}, 5000)")
        return []

    before = event_count(on_postgres)
    first, killer, last = answers(
        on_postgres,
        [
            on_postgres.tills.redemptions.redeeming("r1", HAIRCUT),
            Request(kill, by="officer-1"),
            on_postgres.tills.redemptions.redeeming("r2", HAIRCUT),
        ],
    )

    assert [type(one) for one in (first, killer, last)] == [errors.Busy] * 3
    assert event_count(on_postgres) == before
    assert not on_postgres.tills.redemptions.redeem("r1", HAIRCUT).replayed


class OnceProxy(CuttingProxy):
    """A proxy that cuts the caller off at one statement.

    The server gets the statement `late_seconds` later, or never.
    """

    late_seconds: float | None

    def _questions(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError), near:
            while question := near.recv(65_536):
                if self.armed.is_set() and self.cut_at in question:
                    self.armed.clear()
                    near.shutdown(socket.SHUT_RDWR)
                    if self.late_seconds is not None:
                        time.sleep(self.late_seconds)
                        far.sendall(question)
                        return
                    break
                far.sendall(question)
            far.shutdown(socket.SHUT_RDWR)


@pytest.fixture(
    params=[(b"COMMIT", None), (b"COMMIT", 0.0), (b"COMMIT", 0.5), (b"INSERT INTO facts", None)],
    ids=["never", "at once", "late", "not even the insert"],
)
def proxy(request: pytest.FixtureRequest, postgres_server: PostgresServer) -> Iterator[OnceProxy]:
    cut_at, late_seconds = request.param
    with closing(OnceProxy(postgres_server.port, deliver=True, cut_at=cut_at)) as proxy:
        proxy.late_seconds = late_seconds
        yield proxy


@pytest.mark.postgres
def test_a_commit_whose_answer_was_lost_is_answered_as_it_fell(
    proxy: OnceProxy, on_postgres: Ledger, postgres_url: str, postgres_server: PostgresServer
) -> None:
    url = postgres_url.replace(f":{postgres_server.port}/", f":{proxy.port}/")
    behind = Ledger(url, limits=WriterLimits(wait_seconds=5))
    behind.state("card-c1")

    def arm(_states: Any, _at: Any) -> list[Any]:
        proxy.armed.set()
        return []

    redeemed, armed = answers(
        behind, [behind.tills.redemptions.redeeming("r1", HAIRCUT), Request(arm, by="officer-1")]
    )

    delivered = proxy.late_seconds is not None
    if delivered:
        assert isinstance(redeemed.event, Redeemed)
        assert (redeemed.replayed, armed.event) == (False, None)
    else:
        assert (type(redeemed), type(armed)) == (errors.Busy, errors.Busy)
    again = on_postgres.tills.redemptions.redeem("r1", HAIRCUT)
    assert again.replayed is delivered
    assert behind.tills.redemptions.redeem("r1", HAIRCUT).made == again.made
    behind.close()
