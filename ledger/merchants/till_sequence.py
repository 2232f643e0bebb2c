"""The sequence of a till: the numbers of its offline redemptions, and the gaps among them.

A till numbers its offline redemptions 1, 2, 3 … and signs each number, so a redemption that never
arrives leaves a visible gap.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple, assert_never

import msgspec

from ledger import errors
from ledger.event import Event, topic

CATEGORY = "till"

MISSING_MAX = 500
"""The most missing numbers of a till that the ledger keeps at a time."""

APART = timedelta(minutes=5)
"""The largest accepted difference between a till's clock and ours."""


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

    `redemptions` and `given_minor` count those since the till's last sync (`synced_at`), this one
    included. `outcome` is `accepted`, `contested`, or `known` where the redemption had arrived
    before, live. `scanned_at` is the time of the scan by the till's clock, but never later than the
    arrival.
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
    """The till reported its highest number; `missing` are those up to it that never arrived."""


class Count(msgspec.Struct, frozen=True):
    """The state of a till's sequence, and its known redemptions since its last sync.

    `highest` is the largest number known in `series`, and `missing` the smaller ones that have not
    arrived. `redemptions` and `given_minor` count those since `synced_at`, the latest sync;
    `scanned_at` is the latest scan. A time is None before the first.
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
    """A till's offline redemptions since a sync and their total discount, the new one included."""

    redemptions: int
    given_minor: int


def stream(merchant_id: str, till_id: str) -> str:
    """Return the name of a till's stream, `till-MERCHANT.TILL`; no id contains a full stop."""
    return f"{CATEGORY}-{merchant_id}.{till_id}"


def evolve(state: Count, event: Numbered | Counted) -> Count:
    """Return the state after one more event."""
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
    """Return the till's totals since its sync at `synced_at` with one more redemption.

    `given_minor` is its discount. The count restarts only at a sync newer than the latest known
    one, but not at one from before a known scan (by more than APART): the till held that sync back.
    """
    is_newer = state.synced_at is None or synced_at > state.synced_at
    if is_newer and (state.scanned_at is None or synced_at >= state.scanned_at - APART):
        return Since(1, given_minor)
    return Since(state.redemptions + 1, state.given_minor + given_minor)


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


def _missing(state: Count, last: int) -> tuple[int, ...]:
    """Return the missing numbers when all up to `last` are used, or raise NumberTooFar."""
    if len(state.missing) + last - state.highest > MISSING_MAX:
        raise errors.NumberTooFar(number=last, highest=state.highest, most=MISSING_MAX)
    return (*state.missing, *range(state.highest + 1, last + 1))
