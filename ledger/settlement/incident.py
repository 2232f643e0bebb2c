"""Incidents: errors found after payment for a redemption and settled in the next payment.

An incident corrects money alone: limits, and the savings shown to the member, stay as recorded.
"""

from datetime import date

import msgspec
from immutables import Map

from ledger import errors, funds
from ledger.event import Event, stream_namer, topic
from ledger.redemptions.events import Redeemed
from ledger.redemptions.redemption import Redemptions

CATEGORY = "incident"
stream = stream_namer(CATEGORY)


@topic("incident.reported", "登记差错", "Incident reported")
class Reported(Event, frozen=True, kw_only=True):
    """The fund overpaid a merchant by `amount_minor` for a redemption; `officer_id` reported it."""

    STREAM = (CATEGORY, "redemption_id")

    redemption_id: str
    merchant_id: str
    fund_id: str
    amount_minor: int
    reason: str
    officer_id: str
    day: date


class Incidents(msgspec.Struct, frozen=True):
    """The overpayments reported for one redemption, by fund id: at most one for each fund."""

    by_fund: Map[str, Reported] = Map()


INITIAL = Incidents()


def evolve(state: Incidents, event: Reported) -> Incidents:
    """Return the state after one more event."""
    return Incidents(state.by_fund.set(event.fund_id, event))


def report(
    state: Incidents,
    *,
    made: Redeemed,
    fund_id: str,
    amount_minor: int,
    reason: str,
    officer_id: str,
    day: date,
    used: Redemptions,
    paid_by: funds.Fund,
) -> list[Event]:
    """Report that a fund overpaid a merchant for a redemption; later payments withhold the amount.

    A repeat with the same amount and reason returns no events. `used` is the usage of the member,
    `paid_by` the state of the fund, `officer_id` the caller (`officer-…`).

    Raises:
        RedemptionReversed: the redemption was reversed.
        NotFromThisFund: the redemption drew on other funds: `funds`.
        InputInvalid: the amount is not 1 … `most`, the fund's share of the redemption.
        IncidentAlreadyReported: this fund has an incident with another amount or reason.
        BeingPaid: an open statement covers the redemption.
        NotPaidYet: the merchant was not paid for it: reverse it instead.
    """
    if made.redemption_id in used.undone:
        raise errors.RedemptionReversed
    drawn = [line for line in made.lines if line.fund_id == fund_id and line.reservation]
    if not drawn:
        raise errors.NotFromThisFund(funds=", ".join(funds_of(made)))
    most = sum(line.union_share_minor for line in drawn)
    if type(amount_minor) is not int or not 1 <= amount_minor <= most:
        raise errors.InputInvalid(field="amount_minor", most=most)
    known = state.by_fund.get(fund_id)
    if known is not None:
        if (known.amount_minor, known.reason) == (amount_minor, reason):
            return []
        raise errors.IncidentAlreadyReported
    overpaid = funds.overpay(
        paid_by,
        merchant_id=made.merchant_id,
        redemption_id=made.redemption_id,
        amount_minor=amount_minor,
        reservation=max(line.reservation or 0 for line in drawn),
    )
    reported = Reported(
        redemption_id=made.redemption_id,
        merchant_id=made.merchant_id,
        fund_id=fund_id,
        amount_minor=amount_minor,
        reason=reason,
        officer_id=officer_id,
        day=day,
    )
    return [reported, overpaid]


def funds_of(made: Redeemed) -> list[str]:
    """Return the ids of the funds a redemption drew on, each once, in the order of its lines."""
    drawn = (line.fund_id for line in made.lines if line.reservation)
    return [fund_id for fund_id in dict.fromkeys(drawn) if fund_id is not None]
