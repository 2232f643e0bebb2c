"""How what a till gave offline stands in the books, and who bears the loss.

The member has the discount and never pays for it afterwards. Where the rules do not give what the
till gave, the first row that holds says who bears it.

    because           borne by  where
    card_unknown      merchant  the code is none of ours, did not hold at the scan, or has no card
    overdue           merchant  it arrives more than 14 days after the scan
    clock_wrong       merchant  it was scanned after it arrived or before the till's last sync, by
                                more than 5 minutes
    over_limits       merchant  the till was over its floor limits, whatever else the rules say
    could_have_known  merchant  the rules say no by what the till knew: card (of plastic it knows
                                none), offers and merchant as of its last sync, and what it had
                                itself redeemed
    fund_short        merchant  the fund no longer holds the union's share
    within_limits     union     none of these: the till could not have known

A merchant that bears the loss gave all that was taken off; the union, its share as it was promised.
Where the amounts alone are wrong, the union pays its share by the rules, and the merchant the rest.
What is overdue or by a wrong clock is booked at its arrival, and counts against nobody's limits;
nor does what was done with a card that was no longer the member's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from ledger import funds as fund
from ledger.errors import Refusal
from ledger.event import Event
from ledger.offers import offer
from ledger.offline.late_redemption import Late
from ledger.redemptions.events import Contested, Given, Lateness, Redeemed
from ledger.redemptions.pricing import Line, Scene
from ledger.redemptions.redemption import made_of


class Because(StrEnum):
    """Which row of the table holds."""

    CARD_UNKNOWN = "card_unknown"
    OVERDUE = "overdue"
    CLOCK_WRONG = "clock_wrong"
    OVER_LIMITS = "over_limits"
    COULD_HAVE_KNOWN = "could_have_known"
    FUND_SHORT = "fund_short"
    WITHIN_LIMITS = "within_limits"


UNION, MERCHANT = "union", "merchant"

BORNE_BY: Mapping[Because, str] = {
    Because.CARD_UNKNOWN: MERCHANT,
    Because.OVERDUE: MERCHANT,
    Because.CLOCK_WRONG: MERCHANT,
    Because.OVER_LIMITS: MERCHANT,
    Because.COULD_HAVE_KNOWN: MERCHANT,
    Because.FUND_SHORT: MERCHANT,
    Because.WITHIN_LIMITS: UNION,
}


def booked(
    late: Late, scene: Scene, held: tuple[offer.Offer, ...], stands: Mapping[str, int]
) -> tuple[list[Line], list[Event]]:
    """The lines as they stand in the books, and what they draw: the union pays what `stands`.

    Raises:
        FundExhausted: a fund holds less.

    """
    funds, lines, drawn = dict(scene.funds), list[Line](), list[Event]()
    for one, chosen in zip(late.given, held, strict=True):
        union_minor = stands.get(one.choice_id, 0)
        line = _line(one, kind=chosen.kind, union_minor=union_minor, counted=offer.counts(chosen))
        fund_id = chosen.rules.funding.fund_id
        if union_minor and fund_id is not None:
            source = funds[fund_id]
            reserved = fund.reserve(
                source,
                merchant_id=late.merchant_id,
                redemption_id=late.redemption_id,
                amount_minor=union_minor,
            )
            drawn.append(reserved)
            line = msgspec.structs.replace(
                line,
                fund_id=fund_id,
                programme=source.programme,
                reservation=source.reservations + 1,
            )
            funds[fund_id] = fund.evolve(source, reserved)
        drawn += offer.give(
            chosen,
            redemption_id=late.redemption_id,
            covered_minor=line.covered_minor,
            union_share_minor=line.union_share_minor,
        )
        lines.append(line)
    return lines, drawn


def _line(one: Given, *, kind: str, union_minor: int = 0, counted: bool = False) -> Line:
    return Line(
        choice_id=one.choice_id,
        kind=kind,
        merchant_share_minor=one.covered_minor - union_minor,
        union_share_minor=union_minor,
        counted=counted,
    )


def made(
    late: Late, scene: Scene, lines: list[Line], arrived_at: datetime, *, counts: bool = True
) -> Redeemed:
    """The redemption of these lines, with the time of its arrival beside that of the scan."""
    redeemed = made_of(
        scene, late.redemption_id, lines, code_id=late.code_id, cashier_id=late.cashier_id
    )
    return msgspec.structs.replace(redeemed, late=Lateness(arrived_at, late.number, counts))


def contested(late: Late, made: Redeemed, refusal: Refusal, because: Because) -> Contested:
    """What the rules say no to, and who bears it."""
    return Contested(
        made=made,
        given=late.given,
        scanned_at=late.scanned_at,
        reason=refusal.reason,
        particulars=refusal.particulars,
        borne_by=BORNE_BY[because],
        because=because,
    )


def unknown(late: Late, refusal: Refusal, *, at: datetime, arrived_at: datetime) -> list[Event]:
    """Record what a till gave for a card nobody knows; `at` is in the zone of the rules."""
    lines = tuple(_line(one, kind="") for one in late.given)
    redeemed = Redeemed(
        redemption_id=late.redemption_id,
        member_id="",
        card_id=late.card_id,
        branch="",
        merchant_id=late.merchant_id,
        outlet_id=late.outlet_id,
        till_id=late.till_id,
        category=late.category,
        at=at,
        day=at.date(),
        price_minor=late.amount_minor,
        merchant_share_minor=late.given_minor,
        union_share_minor=0,
        member_share_minor=late.amount_minor - late.given_minor,
        lines=lines,
        code_id=late.code_id,
        cashier_id=late.cashier_id,
        late=Lateness(arrived_at, late.number, counts=False),
    )
    return [contested(late, redeemed, refusal, Because.CARD_UNKNOWN)]
