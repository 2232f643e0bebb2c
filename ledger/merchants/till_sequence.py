"""The sequence of a till: the numbers of its offline redemptions, the gaps, and its last day.

A till numbers its offline redemptions 1, 2, 3 … and signs each number, so a redemption that never
arrives leaves a visible gap. Floor limits count by the time of arrival: a till cannot invent it.
"""

from datetime import datetime, timedelta
from operator import itemgetter
from typing import NamedTuple, assert_never

import msgspec
from immutables import Map

from ledger import errors
from ledger.event import Event, topic

CATEGORY = "till"

MISSING_MAX = 500
"""The most missing numbers of a till that the ledger keeps at a time."""

APART = timedelta(minutes=5)
"""The largest accepted difference between a till's clock and ours."""

DAY = timedelta(days=1)
"""The time for which a redemption counts against the limits after its arrival."""

TOLD_COUNTS = timedelta(days=15)
"""The time after which a till that is told of a dead card again counts from then on."""

TOLD_MAX = 500
"""The most cards kept of those that a till was told are no longer valid: the latest told."""


class _CountEvent(Event, frozen=True, kw_only=True):
    merchant_id: str
    till_id: str
    series: int
    highest: int
    missing: tuple[int, ...]
    at: datetime

    @property
    def stream(self) -> str:
        return stream(self.merchant_id, self.till_id)


@topic("till.numbered", "收银端离线编号", "Till's number noted")
class Numbered(_CountEvent, frozen=True, kw_only=True):
    """Offline redemption `number` arrived; `highest` and `missing` describe the sequence after it.

    `redemptions` and `given_minor` sum those of the last DAY, this one included; earlier programs
    counted since the till's last sync (`synced_at`). `outcome` is `accepted`, `contested`, or
    `known` where the redemption had arrived before, live. `scanned_at` is the time of the scan by
    the till's clock, but never later than the arrival. `counted_minor` is the discount that counts
    against the limits from now on; None: it does not count.
    """

    number: int
    redemption_id: str
    outcome: str
    synced_at: datetime
    redemptions: int
    given_minor: int
    scanned_at: datetime | None = None
    counted_minor: int | None = None


@topic("till.counted", "收银端报数", "Till counted")
class Counted(_CountEvent, frozen=True, kw_only=True):
    """The till reported its highest number; `missing` are those up to it that never arrived."""


@topic("till.told", "告知收银端卡已失效", "Till told that cards ended")
class Told(Event, frozen=True, kw_only=True):
    """The till heard online that these cards, or the code or phone that it read, are not valid."""

    merchant_id: str
    till_id: str
    cards: tuple[str, ...]
    at: datetime

    @property
    def stream(self) -> str:
        """The stream of the till."""
        return stream(self.merchant_id, self.till_id)


class Count(msgspec.Struct, frozen=True):
    """The state of a till's sequence, its counted redemptions of a day, and what it was told.

    `highest` is the largest number known in `series`, and `missing` the smaller ones that have not
    arrived. `day` holds the arrival and the discount of each redemption that counts against the
    limits; `told`, by card id, the last time the till heard that the card is not valid.
    """

    series: int = 0
    highest: int = 0
    missing: tuple[int, ...] = ()
    day: tuple[tuple[datetime, int], ...] = ()
    told: Map[str, datetime] = Map()


INITIAL = Count()


class LastDay(NamedTuple):
    """A till's offline redemptions of the last DAY and their discount, the new one included."""

    redemptions: int
    given_minor: int


def stream(merchant_id: str, till_id: str) -> str:
    """Return the name of a till's stream, `till-MERCHANT.TILL`; no id contains a full stop."""
    return f"{CATEGORY}-{merchant_id}.{till_id}"


def evolve(state: Count, event: Numbered | Counted | Told) -> Count:
    """Return the state after one more event."""
    match event:
        case Numbered():
            day = state.day
            if event.counted_minor is not None:
                day = (*_in_day(state, event.at), (event.at, event.counted_minor))
            return Count(event.series, event.highest, event.missing, day, state.told)
        case Told():
            # The first telling counts for as long as a report may take: asking again gains nothing.
            new = [
                one
                for one in event.cards
                if one not in state.told or event.at - state.told[one] > TOLD_COUNTS
            ]
            told = state.told.update(dict.fromkeys(new, event.at))
            if len(told) > TOLD_MAX:
                told = Map(sorted(told.items(), key=itemgetter(1))[-TOLD_MAX:])
            return msgspec.structs.replace(state, told=told)
        case Counted():
            return msgspec.structs.replace(
                state, series=event.series, highest=event.highest, missing=event.missing
            )
        case _:
            assert_never(event)


def last_day(state: Count, at: datetime, given_minor: int) -> LastDay:
    """Return the till's totals of the DAY up to `at` with one more redemption, which then arrived.

    `given_minor` is its discount. Only redemptions count that were within the limits themselves.
    """
    minors = [minor for _, minor in _in_day(state, at)]
    return LastDay(len(minors) + 1, sum(minors) + given_minor)


def take_number(state: Count, *, series: int, number: int) -> tuple[int, tuple[int, ...]]:
    """Return the highest number and the missing numbers after redemption `number` arrived.

    A `series` other than the known one starts from 0. Nothing is recorded here.

    Raises:
        NumberReused: the number arrived before.
        NumberTooFar: more than MISSING_MAX would be missing.
    """
    now = state if state.series == series else Count(series)
    if number > now.highest:
        return number, _missing(now, number - 1)
    if number not in now.missing:
        raise errors.NumberReused(number=number, highest=now.highest)
    return now.highest, tuple(one for one in now.missing if one != number)


def count(
    state: Count, *, merchant_id: str, till_id: str, series: int, highest: int, at: datetime
) -> list[Event]:
    """Record the highest number that a till reports; no events if it is not above the known one."""
    now = state if state.series == series else Count(series)
    if highest <= now.highest:
        return []
    return [
        Counted(
            merchant_id=merchant_id,
            till_id=till_id,
            series=series,
            highest=highest,
            missing=_missing(now, highest),
            at=at,
        )
    ]


def _in_day(state: Count, at: datetime) -> list[tuple[datetime, int]]:
    return [one for one in state.day if one[0] > at - DAY]


def _missing(state: Count, last: int) -> tuple[int, ...]:
    """Return the missing numbers when all up to `last` are used, or raise NumberTooFar."""
    if len(state.missing) + last - state.highest > MISSING_MAX:
        raise errors.NumberTooFar(number=last, highest=state.highest, most=MISSING_MAX)
    return (*state.missing, *range(state.highest + 1, last + 1))
