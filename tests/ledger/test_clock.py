from datetime import UTC, datetime, timedelta

from ledger import clock
from ledger.clock import PAUSE_MAX, Confirmed
from ledger.store.clock import STEP_MAX


def test_a_clock_that_was_confirmed_behind_the_log_is_asked_about_once_in_a_pause() -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    ahead = noon + timedelta(days=366)
    behind = clock.evolve(clock.INITIAL, Confirmed(wall=noon, at=ahead))

    assert clock.fits(behind, ahead, noon - STEP_MAX)
    assert clock.fits(behind, ahead, noon + PAUSE_MAX)
    assert not clock.fits(behind, ahead, noon + PAUSE_MAX + STEP_MAX)
    assert not clock.fits(behind, ahead + STEP_MAX, noon)
