"""The slewed clock: it runs by the boot clock and approaches the wall clock."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.store.clock import SLEW, STEP_MAX, SlewedClock, boot_time

STEP_MAX_SECONDS = STEP_MAX.total_seconds()
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ROUNDING = timedelta(microseconds=1)


class Machine:
    """A machine with a boot clock, and a wall clock that is ahead of it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.ahead = 0.0
        self.steady = SlewedClock(lambda: round(self.seconds * 1_000_000_000))

    def true(self) -> datetime:
        """Return the time of a clock that was never set."""
        return NOON + timedelta(seconds=self.seconds)

    def read(self) -> datetime:
        """Read the wall clock."""
        return self.steady.time(self.true() + timedelta(seconds=self.ahead))

    def off(self) -> float:
        """Read the wall clock. Return the slewed clock's error in seconds."""
        return (self.read() - self.true()).total_seconds()


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_the_first_reading_is_taken_as_it_is(machine: Machine) -> None:
    assert machine.steady.estimate() is None

    assert machine.read() == NOON

    machine.seconds = 7.5
    assert machine.steady.estimate() == NOON + timedelta(seconds=7.5)


@pytest.mark.parametrize("step", [5, -5, STEP_MAX_SECONDS, -STEP_MAX_SECONDS])
def test_a_step_of_the_clock_hardly_moves_the_time(machine: Machine, step: float) -> None:
    machine.read()
    machine.ahead = step

    at_once = machine.off()
    machine.seconds += 1
    a_second_later = machine.off()

    assert abs(at_once) < 0.01
    assert a_second_later == pytest.approx(0.001 if step > 0 else -0.001, abs=2e-6)


def test_a_step_long_unread_is_no_excuse_to_jump(machine: Machine) -> None:
    machine.read()
    machine.seconds = 3_600
    machine.ahead = 5

    assert abs(machine.off()) < 0.01


@pytest.mark.parametrize("step", [5, -5])
def test_a_step_is_made_up_for_in_the_end(machine: Machine, step: float) -> None:
    machine.read()
    machine.ahead = step

    offs = []
    for _ in range(5_200):
        machine.seconds += 1
        offs.append(abs(machine.off()))

    assert offs == sorted(offs)
    assert offs[4_000] < 4.1
    assert offs[-1] == abs(step)


@pytest.mark.parametrize("jump", [600, -600, STEP_MAX_SECONDS + 1, 366 * 86_400])
def test_a_jump_of_the_clock_is_not_believed(machine: Machine, jump: float) -> None:
    machine.read()
    machine.seconds = 1
    machine.ahead = jump

    assert machine.off() == 0
    machine.seconds = 10_000
    assert machine.off() == 0


def test_after_a_jump_and_back_a_small_step_is_made_up_for_as_ever(machine: Machine) -> None:
    machine.read()
    for machine.ahead in (600, 5):
        machine.read()
    machine.seconds = 1_000

    assert machine.off() == pytest.approx(1, abs=2e-6)


@pytest.mark.parametrize("jump", [600, -600])
def test_a_jump_that_is_confirmed_is_taken_over_and_kept(machine: Machine, jump: float) -> None:
    machine.read()
    machine.ahead = jump
    machine.read()

    machine.steady.adopt(timedelta(seconds=jump))

    assert machine.off() == jump
    machine.seconds = 10_000
    assert machine.off() == jump


def test_a_clock_read_every_hundred_microseconds_is_still_drawn(machine: Machine) -> None:
    machine.read()
    machine.ahead = 5

    for _ in range(10_000):
        machine.seconds += 0.0001
        off = machine.off()

    assert off == pytest.approx(0.001, rel=0.01)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 7_200),
            st.floats(-STEP_MAX_SECONDS / 2 + 0.001, STEP_MAX_SECONDS / 2 - 0.001),
            st.booleans(),
        ),
        max_size=30,
    )
)
def test_however_the_clock_is_set_the_time_runs_true_within_the_slew(
    looks: list[tuple[float, float, bool]],
) -> None:
    machine = Machine()
    told = [(machine.true(), machine.read())]

    for passed, ahead, reads in looks:
        machine.seconds += passed
        machine.ahead = ahead
        now = machine.read() if reads else machine.steady.estimate()
        assert now is not None
        told.append((machine.true(), now))

    for (true, earlier), (later_true, later) in pairwise(told):
        passed_truly = later_true - true
        assert later >= earlier
        assert abs((later - earlier) - passed_truly) <= passed_truly / SLEW + 2 * ROUNDING


@given(st.lists(st.floats(-(10**6), 10**6), min_size=1, max_size=20))
def test_the_time_is_never_further_off_than_the_greatest_step_absorbed(steps: list[float]) -> None:
    machine = Machine()
    machine.read()

    for step in steps:
        machine.seconds += 1
        machine.ahead = step
        assert abs(machine.off()) <= STEP_MAX_SECONDS + 0.001


def test_threads_that_read_at_once_see_no_time_fall() -> None:
    steady = SlewedClock()
    steps = (0, 5, -5, 3)

    def read(thread: int) -> list[datetime]:
        off = timedelta(seconds=steps[thread])
        return [steady.time(datetime.now(UTC) + off) for _ in range(2_000)]

    started = steady.time(datetime.now(UTC))
    with ThreadPoolExecutor(len(steps)) as threads:
        series = list(threads.map(read, range(len(steps))))
    ended = steady.estimate()

    assert ended is not None
    assert all(later >= earlier for one in series for earlier, later in pairwise(one))
    assert all(started <= moment <= ended for one in series for moment in one)


def test_the_clock_nobody_sets_counts_nanoseconds() -> None:
    outer = time.perf_counter_ns()
    before = boot_time()
    inner = time.perf_counter_ns()
    time.sleep(0.05)
    inner = time.perf_counter_ns() - inner
    passed = boot_time() - before
    outer = time.perf_counter_ns() - outer

    assert inner * 0.99 <= passed <= outer * 1.01
