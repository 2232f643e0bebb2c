"""Concurrent claims while the server's clock is set back and forth."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import cycle

import pytest

from ledger.drops.events import Announced
from ledger.store.clock import SlewedClock
from tests.faults.test_clock import Wall, wall
from tests.scenarios.test_rules_grab import facts_of
from tests.support.concurrent_claims import (
    Attempt,
    ClaimRun,
    claim_faults,
    claim_until_answered,
    prepare_drop,
)

__all__ = ["wall"]

RUN = ClaimRun(members=60, tickets=20, attempts=120)
EARLY = timedelta(seconds=1)
"""A bound below the clock's steps of five seconds and above a slow machine's answer time."""


@contextmanager
def stepping(wall: Wall) -> Iterator[None]:
    over = threading.Event()

    def step() -> None:
        for ahead in cycle((5, -5, 0)):
            wall.set(ahead)
            if over.wait(0.1):
                return

    thread = threading.Thread(target=step)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def grabbed(wall: Wall) -> tuple[list[Attempt], timedelta]:
    """Claim while the clock steps. Return the time from the opening to the first ticket.

    The time is that of a clock that is not set.
    """
    prepare_drop(wall.url, RUN, opens_in_seconds=6)
    attempts: list[Attempt] = []
    with closing(wall.open()) as ledger, stepping(wall):
        presses = RUN.presses()
        attempts.append(claim_until_answered(ledger, *presses[0]))
        first = datetime.now(UTC)
        attempts += [claim_until_answered(ledger, *one) for one in presses[1:]]
    [plan] = [one.event.plan for one in facts_of(wall.url) if isinstance(one.event, Announced)]
    return attempts, first - plan.opens_at


def test_a_clock_that_steps_neither_opens_early_nor_sells_twice(wall: Wall) -> None:
    attempts, after = grabbed(wall)

    assert after > timedelta(0)
    assert list(claim_faults(facts_of(wall.url), attempts, RUN)) == []


@pytest.mark.control
def test_without_a_slewed_clock_a_step_opens_early(
    wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[datetime] = []
    monkeypatch.setattr(SlewedClock, "time", lambda _self, now: read.append(now) or now)
    monkeypatch.setattr(SlewedClock, "estimate", lambda _self: read[-1])

    _attempts, after = grabbed(wall)

    assert after < -EARLY
