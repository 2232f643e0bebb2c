"""The count of a till: the numbers of its late redemptions, and which of them are missing.

A till numbers 1, 2, 3 … what it redeems offline, and signs each number. What never arrives so
leaves a gap that shows.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple, assert_never

import msgspec

from ledger import errors
from ledger.event import Event, topic

CATEGORY = "till"

MISSING_MAX = 500
"""The most numbers that may be missing at a time."""

APART = timedelta(minutes=5)
"""How far the clock of a till may be from ours."""


class _CountEvent(Event, frozen=True, kw_only=True):
    merchant_id: str
    till_id: str
    series: int
    highest: int
    missing: tuple[int, ...]
    at: datetime

    @property
    def stream(self) -> str:
        return stream_of(self.merchant_id, self.till_id)


@topic("till.numbered", "收银端离线编号", "Till's number noted")
class Numbered(_CountEvent, frozen=True, kw_only=True):
    """A late redemption arrived; `highest` and `missing` are so since.

    `redemptions` and `given_minor` are those since the till's last sync, with this one. `outcome`
    is `accepted`, `contested`, or `known` where the redemption had arrived before, live.
    `scanned_at` is when, by the till's own clock, but never after it arrived.
    """

    number: int
    redemption_id: str
    outcome: str
    synced_at: datetime
    redemptions: int
    given_minor: int
    scanned_at: datetime | None = None


@topic("till.counted", "收银端报数", "Till counted")
class Counted(_CountEvent, frozen=True, kw_only=True):
    """The till said up to which number it has counted; `missing` are those that never arrived."""


class Count(msgspec.Struct, frozen=True):
    """The numbers of a till's series, and what it gave since its last sync, as far as is known.

    `scanned_at` is its latest scan.
    """

    series: int = 0
    highest: int = 0
    missing: tuple[int, ...] = ()
    synced_at: datetime | None = None
    redemptions: int = 0
    given_minor: int = 0
    scanned_at: datetime | None = None


INITIAL = Count()


class Since(NamedTuple):
    """How many redemptions a till did, and how much it gave, since a sync."""

    redemptions: int
    given_minor: int


def stream_of(merchant_id: str, till_id: str) -> str:
    """The stream of a till; no id has a full stop in it."""
    return f"{CATEGORY}-{merchant_id}.{till_id}"


def evolve(state: Count, event: Numbered | Counted) -> Count:
    """The count after one more event."""
    match event:
        case Numbered():
            return Count(
                event.series,
                event.highest,
                event.missing,
                event.synced_at,
                event.redemptions,
                event.given_minor,
                max(filter(None, (state.scanned_at, event.scanned_at)), default=None),
            )
        case Counted():
            return msgspec.structs.replace(
                state, series=event.series, highest=event.highest, missing=event.missing
            )
        case _:
            assert_never(event)


def since(state: Count, synced_at: datetime, given_minor: int) -> Since:
    """What the till gave since a sync, with one more; of an older sync, since the latest known.

    A sync from before a scan that is known was kept back: it begins nothing anew.
    """
    is_newer = state.synced_at is None or synced_at > state.synced_at
    if is_newer and (state.scanned_at is None or synced_at >= state.scanned_at - APART):
        return Since(1, given_minor)
    return Since(state.redemptions + 1, state.given_minor + given_minor)


def take_number(state: Count, *, series: int, number: int) -> tuple[int, tuple[int, ...]]:
    """The highest number and those missing once this one has arrived.

    Raises:
        NumberReused: it had arrived before.
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
    """Note up to which number a till has counted; nothing where that is known.

    Raises:
        NumberTooFar: more than MISSING_MAX would be missing.

    """
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


def _missing(state: Count, last: int) -> tuple[int, ...]:
    """The numbers missing once those up to `last` are known to have been used."""
    if len(state.missing) + last - state.highest > MISSING_MAX:
        raise errors.NumberTooFar(number=last, highest=state.highest, most=MISSING_MAX)
    return (*state.missing, *range(state.highest + 1, last + 1))
