"""A clock that jumps: nothing is recorded until it is back or an officer confirms it."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from ledger import clock, errors
from ledger.application import Ledger
from ledger.clock import Confirmed, Doubted
from ledger.event import Event
from ledger.members.authorization import Principal
from ledger.store.clock import SlewedClock
from ledger.write.group_commit import GroupCommit
from ledger.write.request import Request
from tests.faults.test_clock import Wall, look, record, wall
from tests.support.concurrent_claims import ClaimRun, claim_request, prepare_drop

__all__ = ["wall"]

YEAR, MONTH = 366 * 86_400, 30 * 86_400
JUMPS = [600, -600, YEAR]
MEMBER = Principal(member_id="m1")


def stopped(ledger: Ledger) -> bool:
    """Try to record a fact. Return whether the clock forbids it."""
    try:
        record(ledger)
    except errors.ClockUnconfirmed:
        return True
    return False


def is_now(at: datetime) -> bool:
    return abs(at - datetime.now(UTC)) < timedelta(seconds=20)


def events(ledger: Ledger) -> list[Event]:
    return [fact.event for fact in ledger.facts_of(clock.STREAM)]


def times(ledger: Ledger) -> list[datetime]:
    return [fact.at for fact in ledger.facts(0, 1_000)]


@contextmanager
def jumped(wall: Wall, seconds: float) -> Iterator[Ledger]:
    """Yield a ledger that has one fact, and whose clock jumped."""
    with closing(wall.open()) as ledger:
        record(ledger)
        wall.set(seconds)
        yield ledger


@pytest.mark.parametrize("seconds", JUMPS)
def test_after_a_jump_nothing_is_recorded_and_queries_go_on(wall: Wall, seconds: float) -> None:
    with jumped(wall, seconds) as ledger:
        tries = [stopped(ledger) for _ in range(5)]
        told = [look(ledger), ledger.time()]
        recorded = [fact.topic for fact in ledger.facts(0, 10)]

    assert tries == [True] * 5
    assert all(map(is_now, told))
    assert recorded == ["member.registered", "clock.doubted"]


@pytest.mark.parametrize("seconds", JUMPS)
def test_a_clock_that_is_back_leaves_no_mark(wall: Wall, seconds: float) -> None:
    with jumped(wall, seconds) as ledger:
        ends = time.monotonic() + 1.5
        while time.monotonic() < ends:
            assert stopped(ledger)
        wall.set(0)

        assert not stopped(ledger)
        assert all(map(is_now, times(ledger)))
    with closing(wall.open()) as ledger:
        assert not stopped(ledger)


def test_a_jump_that_is_over_before_the_next_request_is_none(wall: Wall) -> None:
    with jumped(wall, 600) as ledger:
        look(ledger)
        wall.set(0)

        assert not stopped(ledger)
        assert not events(ledger)


@pytest.mark.parametrize("seconds", [45, -45])
def test_a_step_of_45_seconds_stops_nothing(wall: Wall, seconds: float) -> None:
    with jumped(wall, seconds) as ledger:
        assert not stopped(ledger)
        assert all(map(is_now, times(ledger)))
    with closing(wall.open()) as ledger:
        assert not stopped(ledger)


def opened_early(wall: Wall) -> str:
    """Let the clock jump ten minutes, to five after the opening of a drop. Return the answer."""
    prepare_drop(wall.url, ClaimRun(2, 1, 2), opens_in_seconds=300)
    with jumped(wall, 600) as ledger:
        try:
            return str(ledger.members.claims.claim(claim_request("k1"), MEMBER).event)
        except errors.HongkaError as error:
            return error.reason


def test_a_jump_of_ten_minutes_opens_no_drop_early(wall: Wall) -> None:
    assert opened_early(wall) == "not_open_yet"


@pytest.mark.control
def test_a_clock_that_is_believed_opens_a_drop_early(
    wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SlewedClock, "time", lambda _self, read: read)

    assert "Claimed" in opened_early(wall)


@pytest.mark.parametrize("seconds", JUMPS)
def test_each_gateway_goes_on_once_another_process_confirmed_the_clock(
    wall: Wall, seconds: float
) -> None:
    with closing(wall.open()) as late, jumped(wall, seconds) as ledger:
        record_before = late.head()
        assert stopped(ledger)
        with closing(wall.open()) as command:
            assert stopped(command)
            command.confirm_clock(by="officer-chen")

        assert not stopped(ledger)
        assert not stopped(late)
        confirmed = [fact for fact in ledger.facts_of(clock.STREAM) if fact.by == "officer-chen"]
        ahead = look(ledger) - datetime.now(UTC)
        after = times(ledger)[record_before:]
    with closing(wall.open()) as again:
        assert not stopped(again)

    assert len(confirmed) == 1
    assert after == sorted(after)
    assert ahead.total_seconds() == pytest.approx(max(seconds, 0), abs=30)


def test_a_confirmation_is_good_for_one_jump(wall: Wall) -> None:
    with jumped(wall, 600) as ledger:
        assert stopped(ledger)
        ledger.confirm_clock(by="officer-chen")
        assert not stopped(ledger)
        wall.set(1_200)

        assert stopped(ledger)


def test_a_confirmation_of_before_the_start_is_none_of_a_jump_after_it(wall: Wall) -> None:
    earlier = datetime.now(UTC) - timedelta(seconds=700)
    confirmed = Confirmed(wall=earlier, at=earlier)
    with closing(wall.open()) as ledger:
        ledger.writer.ask(Request(lambda *_: [confirmed], by="officer-chen", at=earlier))

    with closing(wall.open()) as ledger:
        wall.set(-600)

        assert stopped(ledger)


def confirmed_elsewhere(wall: Wall) -> bool:
    """Confirm a clock that did not jump. Return whether one that did is still stopped."""
    with jumped(wall, 600) as ledger:
        assert stopped(ledger)
        with closing(Ledger(wall.url, clock=lambda: datetime.now(UTC))) as right:
            right.confirm_clock(by="officer-chen")
        return stopped(ledger)


def test_a_confirmed_time_is_not_that_of_another_clock(sqlite_wall: Wall) -> None:
    assert confirmed_elsewhere(sqlite_wall)


@pytest.mark.control
def test_a_confirmation_that_fits_every_clock_is_found(
    sqlite_wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "agrees", lambda *_, **__: True)

    assert not confirmed_elsewhere(sqlite_wall)


@pytest.fixture
def sqlite_wall(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Wall:
    return Wall(sqlite_url, monkeypatch)


def recorded_by_another(wall: Wall) -> bool:
    """Look at a jumped clock, then start another process. Return whether it records a fact."""
    with jumped(wall, 600) as ledger:
        look(ledger)
        look(ledger)
        with closing(wall.open()) as other:
            return not stopped(other)


def test_no_process_begins_at_a_jumped_time_that_a_gateway_saw(wall: Wall) -> None:
    assert not recorded_by_another(wall)


def test_once_a_clock_that_went_ahead_is_back_any_process_begins(wall: Wall) -> None:
    with jumped(wall, YEAR) as ledger:
        assert stopped(ledger)
    wall.set(0)
    with closing(wall.open()) as other:
        assert not stopped(other)


@pytest.mark.control
def test_a_gateway_that_tells_no_other_process_is_found(
    wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GroupCommit, "_doubts", lambda *_: iter(()))

    assert recorded_by_another(wall)


def test_a_jump_is_told_once_by_each_gateway(wall: Wall) -> None:
    with jumped(wall, -600) as ledger:
        for _ in range(3):
            assert stopped(ledger)
        [doubt] = events(ledger)

    assert isinstance(doubt, Doubted)
    assert (doubt.wall - doubt.at).total_seconds() == pytest.approx(-600, abs=1)


def test_a_doubt_that_is_over_stops_no_other_gateway(wall: Wall) -> None:
    with closing(wall.open()) as other, jumped(wall, 600) as ledger:
        wall.set(0)
        assert not stopped(other)
        wall.set(600)
        assert stopped(ledger)
        wall.set(0)
        assert [stopped(ledger), stopped(other)] == [False, False]
