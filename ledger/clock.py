"""The clock of the log: readings that a gateway doubted, and those that an officer confirmed."""

from datetime import UTC, datetime, timedelta

import msgspec

from ledger.event import Event, topic
from ledger.store.clock import STEP_MAX

CATEGORY = "clock"
KEPT_WHEN_EMPTY = True
STREAM = "clock-wall"

PAUSE_MAX = timedelta(days=60)
"""The longest pause since the last fact after which the clock needs no confirmation."""

_NEVER = datetime.min.replace(tzinfo=UTC)


class _ClockEvent(Event, frozen=True, kw_only=True):
    STREAM = (CATEGORY, "clock_id")

    wall: datetime
    at: datetime
    clock_id: str = "wall"


@topic("clock.doubted", "时钟跳变，停止记录", "Clock jumped, recording stopped")
class Doubted(_ClockEvent, frozen=True, kw_only=True):
    """A gateway stopped recording: the clock read `wall` when the time was `at`."""


@topic("clock.confirmed", "确认时钟", "Clock confirmed")
class Confirmed(_ClockEvent, frozen=True, kw_only=True):
    """An officer confirmed a reading, `wall`; `at` is later where the last fact was later."""


class Clock(msgspec.Struct, frozen=True):
    """The latest reading that was confirmed or, if `doubted`, doubted; `at` is the log's time."""

    wall: datetime = _NEVER
    at: datetime = _NEVER
    doubted: bool = False


INITIAL = Clock()


def evolve(_state: Clock, event: Doubted | Confirmed) -> Clock:
    """Return the state after one more event, which replaces all before it."""
    return Clock(event.wall, event.at, isinstance(event, Doubted))


def fits(state: Clock, last: datetime, time: datetime) -> bool:
    """Return whether a process may begin to record at `time`, after the last fact at `last`.

    The time must lie between the last fact and PAUSE_MAX after it. In place of a confirmation, its
    reading counts. After a doubt, the time must also lie before the doubted reading.
    """
    if last == _NEVER:  # an empty log
        return True
    if state.at == last and state.doubted and time > state.wall - STEP_MAX:
        return False
    return not leads(state, last, time) and time - _confirmed(state, last) <= PAUSE_MAX


def leads(state: Clock, last: datetime, time: datetime) -> bool:
    """Return whether the last fact, at `last`, is later than a clock at `time` explains.

    A process that began with a wrong clock recorded it, unless an officer confirmed that clock.
    """
    return _confirmed(state, last) - time > STEP_MAX


def disputes(state: Clock, time: datetime, since: timedelta) -> bool:
    """Return whether a process at `time` follows a reading that another doubted within `since`.

    The other's own time is not the same, or it was behind the log, and only the reading is known.
    """

    def fits_ours(told: datetime) -> bool:
        return -STEP_MAX <= time - told <= STEP_MAX + since

    known = abs(state.at - state.wall) > STEP_MAX and fits_ours(state.at)
    return state.doubted and fits_ours(state.wall) and not known


def agrees(state: Clock, wall: datetime, since: timedelta) -> bool:
    """Return whether a clock that was confirmed `since` or later may read `wall` now."""
    return not state.doubted and -STEP_MAX <= wall - state.wall <= STEP_MAX + since


def _confirmed(state: Clock, last: datetime) -> datetime:
    """Return the time of the last fact, or the earlier reading that was confirmed in its place."""
    return min(last, state.wall) if state.at == last and not state.doubted else last
