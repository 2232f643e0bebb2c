"""The events of an offline redemption: its lines, what they draw from funds, and the contest."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from ledger.errors import Refusal
from ledger.event import Event
from ledger.offers import offer
from ledger.offline.liability import LIABLE_PARTY, LiabilityReason
from ledger.offline.report import OfflineReport
from ledger.redemptions.events import Contested, Lateness, OfflineDiscount, Redeemed, RedemptionLine
from ledger.redemptions.pricing import draw
from ledger.redemptions.purchase_context import PurchaseContext
from ledger.redemptions.redemption import made_of


class Booking(NamedTuple):
    """The lines of a redemption as booked, and the events that draw on funds and ceilings."""

    lines: list[RedemptionLine]
    drawn: list[Event]


def book(
    report: OfflineReport,
    context: PurchaseContext,
    offers: tuple[offer.Offer, ...],
    union_minor: Mapping[str, int],
    *,
    held: bool = False,
) -> Booking:
    """Book the discount that the till gave: the union's part from funds, the rest on the merchant.

    `union_minor` is the union's share by choice id, in minor units; a missing choice means 0. With
    `held` the funds set the shares aside without reservation numbers, and owe nothing yet.
    `offers` are in the order of the report's choices. A fund that holds less raises FundExhausted.
    """
    funds, lines, drawn = dict(context.funds), list[RedemptionLine](), list[Event]()
    for one, chosen in zip(report.given, offers, strict=True):
        share_minor, fund_id = union_minor.get(one.choice_id, 0), chosen.rules.funding.fund_id
        line = _line(one, kind=chosen.kind, union_minor=share_minor, counted=offer.counts(chosen))
        if share_minor and fund_id is not None:
            line = msgspec.structs.replace(
                line,
                fund_id=fund_id,
                programme=funds[fund_id].programme,
                reservation=None if held else funds[fund_id].reservations + 1,
            )
        drawn += draw(line, report.redemption_id, report.merchant_id, funds, chosen)
        lines.append(line)
    return Booking(lines, drawn)


def redeemed(
    report: OfflineReport,
    context: PurchaseContext,
    lines: list[RedemptionLine],
    arrived_at: datetime,
    *,
    counts: bool = True,
) -> Redeemed:
    """Return the redemption event of these lines, with its arrival time next to the scan time.

    `counts` False keeps it out of the member's limits.
    """
    made = made_of(
        context, report.redemption_id, lines, code_id=report.code_id, cashier_id=report.cashier_id
    )
    return msgspec.structs.replace(made, late=Lateness(arrived_at, report.number, counts))


def contested(
    report: OfflineReport, made: Redeemed, refusal: Refusal, reason: LiabilityReason
) -> Contested:
    """Return the event that the rules refuse `made`; `reason` decides the liable party."""
    return Contested(
        made=made,
        given=report.given,
        scanned_at=report.scanned_at,
        reason=refusal.reason,
        particulars=refusal.particulars,
        borne_by=LIABLE_PARTY[reason],
        because=reason,
    )


def card_unknown(
    report: OfflineReport, refusal: Refusal, *, at: datetime, arrived_at: datetime
) -> list[Event]:
    """Return the event of a redemption without a known card: contested, the merchant bears it all.

    Nothing is booked. `at`, in the zone of the rules, is the time it is recorded under.
    """
    made = Redeemed(
        redemption_id=report.redemption_id,
        member_id="",
        card_id=report.card_id,
        branch="",
        merchant_id=report.merchant_id,
        outlet_id=report.outlet_id,
        till_id=report.till_id,
        category=report.category,
        at=at,
        day=at.date(),
        price_minor=report.amount_minor,
        merchant_share_minor=report.given_minor,
        union_share_minor=0,
        member_share_minor=report.amount_minor - report.given_minor,
        lines=tuple(_line(one, kind="") for one in report.given),
        code_id=report.code_id,
        cashier_id=report.cashier_id,
        late=Lateness(arrived_at, report.number, counts=False),
    )
    return [contested(report, made, refusal, LiabilityReason.CARD_UNKNOWN)]


def _line(
    one: OfflineDiscount, *, kind: str, union_minor: int = 0, counted: bool = False
) -> RedemptionLine:
    return RedemptionLine(
        choice_id=one.choice_id,
        kind=kind,
        merchant_share_minor=one.covered_minor - union_minor,
        union_share_minor=union_minor,
        counted=counted,
    )
