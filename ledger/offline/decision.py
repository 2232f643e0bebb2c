"""The decision on an offline redemption report, made when it arrives.

The rules are asked about the time of the scan, and of the card at the arrival too: a till's clock
proves nothing about a card that died since. If they give what the till gave, it is a redemption
like any other. If not, it is recorded as contested, by the first rule of RULES that holds: they are
the rows of the table in `ledger.offline.liability`.
"""

import math
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

import msgspec

from ledger import errors
from ledger.errors import FundExhausted, Refusal
from ledger.event import Event
from ledger.merchants.till import FloorLimits
from ledger.merchants.till_sequence import APART, DAY, LastDay
from ledger.offers.offer import Offer
from ledger.offline.booking import Booking, book, contested, redeemed
from ledger.offline.judgement import KnownStates, Verdict, agrees, judge
from ledger.offline.liability import LiabilityReason
from ledger.offline.report import OfflineReport
from ledger.redemptions.recent_usage import LATE_MOST


class Payment(NamedTuple):
    """The offers to book, and the union's share in minor units, by choice (offer) id."""

    offers: tuple[Offer, ...]
    union_minor: Mapping[str, int]


class Case(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """An offline redemption report with all that its decision rests on.

    `then` are the states at the scan; `before`, those the till knew from its last sync; `last_day`
    sums what arrived from the till in 24 hours, this report included; `limits` are its floor
    limits. `ended` says why the card is not valid at the arrival (None: it is).
    """

    report: OfflineReport
    then: KnownStates
    before: KnownStates
    last_day: LastDay
    limits: FloorLimits
    arrived_at: datetime
    ended: Refusal | None = None

    @cached_property
    def at_scan(self) -> Verdict:
        """The verdict of the rules on the report by the states at the scan."""
        return judge(self.report, self.then)

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict at the scan; where that has nothing against a card that ended, its end."""
        if self.ended is None or isinstance(self.at_scan.refusal, errors.NOT_THEIR_CARD):
            return self.at_scan
        return Verdict(self.ended, {})

    @cached_property
    def could_have_known(self) -> bool:
        """True if the rules refuse the report, both as of the scan and by what the till knew."""
        return self.verdict.refusal is not None and not agrees(self.report, self.before)

    @property
    def payment(self) -> Payment:
        """The offers to book, and the share that the union pays if its funds hold enough.

        It is the share the till promised if the rules refuse and the till could not know; else by
        the rules.
        """
        if self.verdict.refusal is not None and not self.could_have_known:
            return Payment(self.before.offers, self.report.promised_minor)
        return Payment(self.then.offers, self.verdict.union_minor)

    @cached_property
    def booking(self) -> Booking | FundExhausted:
        """The booking of `payment`, or the refusal of a fund that holds too little."""
        try:
            return book(self.report, self.then.context, *self.payment)
        except FundExhausted as refusal:
            return refusal


def is_untimely(report: OfflineReport, arrived_at: datetime) -> bool:
    """Return whether the report is overdue (LATE_MOST) or its till's clock off by over APART."""
    return (_overdue(report, arrived_at) or _clock_wrong(report, arrived_at)) is not None


def _overdue(report: OfflineReport, arrived_at: datetime) -> Refusal | None:
    is_overdue = arrived_at - report.scanned_at > LATE_MOST
    return errors.ArrivedTooLate(days=LATE_MOST.days) if is_overdue else None


def _clock_wrong(report: OfflineReport, arrived_at: datetime) -> Refusal | None:
    earliest, latest = report.synced_at - APART, arrived_at + APART
    return None if earliest <= report.scanned_at <= latest else errors.ClockWrong()


def _over_limits(case: Case) -> Refusal | None:
    report, day, limits = case.report, case.last_day, case.limits
    if (
        day.redemptions <= limits.redemptions
        and day.given_minor <= limits.amount_minor
        and report.scanned_at - report.synced_at <= timedelta(hours=limits.hours)
    ):
        return None
    return case.verdict.refusal or errors.OverFloorLimit(**msgspec.structs.asdict(limits))


def _fund_short(case: Case) -> Refusal | None:
    if isinstance(case.booking, Booking):
        return None
    return case.verdict.refusal or case.booking


def _could_have_known(case: Case) -> Refusal | None:
    return case.verdict.refusal if case.could_have_known else None


def _over_budget(case: Case) -> Refusal | None:
    """Return the refusal if the day's budget of the card, or of an offer, has no room left.

    The union bears an offer no more often than the offer's own limits let one member use it. A day
    counts by the arrival and by the scan, so that reports held back gain nothing.
    """
    since, promised = case.arrived_at - DAY, case.report.promised_minor
    borne = [
        one
        for one in case.then.used.contested.values()
        if one.late is not None
        and (one.late.arrived_at > since or abs(one.at - case.report.scanned_at) < DAY)
    ]
    minor = sum(promised.values())
    over = (
        minor > 0 and minor + sum(one.union_share_minor for one in borne) > case.limits.card_minor
    )
    paid = [line.choice_id for one in borne for line in one.lines if line.union_share_minor]
    for (choice_id, share_minor), chosen in zip(promised.items(), case.payment.offers, strict=True):
        limits = [most for most in msgspec.structs.astuple(chosen.rules.limits) if most is not None]
        over |= share_minor > 0 and paid.count(choice_id) >= min(limits, default=math.inf)
    return case.verdict.refusal if over else None


RULES: Mapping[LiabilityReason, Callable[[Case], Refusal | None]] = {
    LiabilityReason.OVERDUE: lambda case: _overdue(case.report, case.arrived_at),
    LiabilityReason.CLOCK_WRONG: lambda case: _clock_wrong(case.report, case.arrived_at),
    LiabilityReason.OVER_LIMITS: _over_limits,
    LiabilityReason.FUND_SHORT: _fund_short,
    LiabilityReason.COULD_HAVE_KNOWN: _could_have_known,
    LiabilityReason.OVER_BUDGET: _over_budget,
    LiabilityReason.WITHIN_LIMITS: lambda case: case.verdict.refusal,
}
"""The rows of the table in their order, but for `card_unknown`: it is decided without states.

Each returns the refusal if it holds, else None.
"""


def decide(case: Case) -> list[Event]:
    """Return the events of the redemption: made, or contested by the first rule that holds."""
    for reason, rule in RULES.items():
        if (refusal := rule(case)) is not None:
            return _contest(case, reason, refusal)
    assert isinstance(case.booking, Booking), "the fund is not short"  # noqa: S101 - our own mistake
    lines, drawn = case.booking
    return [redeemed(case.report, case.then.context, lines, case.arrived_at), *drawn]


def _contest(case: Case, reason: LiabilityReason, refusal: Refusal) -> list[Event]:
    held = reason is LiabilityReason.WITHIN_LIMITS
    lines, drawn = book(case.report, case.then.context, *_payment(case, reason), held=held)
    untimely = reason in {LiabilityReason.OVERDUE, LiabilityReason.CLOCK_WRONG}
    counts = not untimely and not isinstance(case.at_scan.refusal, errors.NOT_THEIR_CARD)
    made = redeemed(case.report, case.then.context, lines, case.arrived_at, counts=counts)
    return [contested(case.report, made, refusal, reason), *drawn]


def _payment(case: Case, reason: LiabilityReason) -> Payment:
    if reason in {LiabilityReason.COULD_HAVE_KNOWN, LiabilityReason.WITHIN_LIMITS}:
        return case.payment
    if reason is LiabilityReason.OVER_BUDGET:
        return Payment(case.then.offers, case.verdict.union_minor)
    return Payment((case.payment if reason is LiabilityReason.FUND_SHORT else case.then).offers, {})
