"""The queue of the writer is bounded, and a stopped writer answers every request."""

import time
from threading import Event, Thread

import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.write.request import Answer
from ledger.write.writer import BatchReport, WriterLimits
from tests.ledger.write.test_writer import HAIRCUT
from tests.support.ledger_fixture import answer, event_count, populate, scan, writer_held


def test_a_full_queue_is_busy_at_once(sqlite_url: str) -> None:
    # The wait is longer than the writer is blocked, so only a full queue raises Busy.
    ledger = Ledger(sqlite_url, limits=WriterLimits(queue_max=2, wait_seconds=60))
    populate(ledger)
    with writer_held(ledger):
        waiting = [ledger.tills.redemptions.redeeming(f"r{number}", HAIRCUT) for number in range(2)]
        for request in waiting:
            ledger.writer.submit(request)
        with pytest.raises(errors.Busy):
            ledger.tills.redemptions.redeem("r9", HAIRCUT)
        assert ledger.writer._queue.qsize() == 2

    assert all(isinstance(answer(ledger, request), Answer) for request in waiting)
    ledger.close()


def test_who_gave_up_waiting_redeems_nothing(sqlite_url: str) -> None:
    ledger = Ledger(sqlite_url, limits=WriterLimits(wait_seconds=0.2))
    populate(ledger)
    before = event_count(ledger)
    with writer_held(ledger), pytest.raises(errors.Busy):
        ledger.tills.redemptions.redeem("r1", HAIRCUT)

    assert not ledger.state("redemption-m1").uses
    assert event_count(ledger) == before
    assert not ledger.tills.redemptions.redeem("r1", HAIRCUT).replayed
    ledger.close()


def test_closing_answers_what_waits(sqlite_url: str) -> None:
    ledger = Ledger(sqlite_url)
    populate(ledger)
    with writer_held(ledger):
        requests = [
            ledger.tills.redemptions.redeeming(f"r{number}", scan("c1")) for number in range(5)
        ]
        for request in requests:
            ledger.writer.submit(request)
        closing = Thread(target=ledger.close)
        closing.start()
        while not ledger.writer._closed:
            time.sleep(0.001)
        with pytest.raises(errors.Busy):
            ledger.tills.redemptions.redeem("r9", HAIRCUT)
    closing.join()

    assert all(isinstance(answer(ledger, request), Answer) for request in requests)
    ledger.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_writer_is_busy_at_once(sqlite_url: str) -> None:
    armed = Event()

    def gauge(_report: BatchReport) -> None:
        if armed.is_set():
            raise SystemExit

    ledger = Ledger(sqlite_url, on_batch=gauge)
    armed.set()
    ledger.officers.cards.register_member("m1", branch="branch-miyun")
    ledger.writer._thread.join(10)

    with pytest.raises(errors.Busy):
        ledger.member("m1")
    ledger.close()
