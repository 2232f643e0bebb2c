"""The liability rules: who bears the loss of an offline redemption that the rules refuse.

The member has the discount and never pays for it afterwards. Where the rules do not give what the
till gave, the first row that holds names the liable party.

    reason            liable    condition, and an example
    card_unknown      merchant  the code is not ours, did not hold at the scan, or has no card:
                                a screenshot of last week's code
    overdue           merchant  it arrives more than 14 days after the scan:
                                the till lay in a drawer for three weeks
    clock_wrong       merchant  it was scanned after it arrived or before the till's last sync, by
                                more than 5 minutes: the till believes that it is yesterday
    over_limits       merchant  the till was over its floor limits, whatever else the rules say:
                                its 31st offline redemption within 24 hours, when 30 are allowed
    fund_short        merchant  the fund no longer holds the share that the union would pay:
                                the month's money was spent at other tills meanwhile
    could_have_known  merchant  the rules refuse it by what the till knew: its own earlier
                                redemptions; offers, merchant, card and blocked plastic as of its
                                last sync; and a card that it was told online is not valid, if the
                                scan is later, or the report arrives more than a day after that:
                                the till scans a lost card online, is refused, pulls the plug, and
                                gives the discount
    over_budget       merchant  the union already bears as much of the card's contested redemptions
                                in 24 hours as the floor limits allow, or this offer as often as it
                                allows a member: a thief shows a lost card at five stalls offline
    within_limits     union     none of these: a till offline since eight o'clock takes a card that
                                was reported lost at nine

A card, print or phone that is no longer valid when the report arrives is refused whatever the time
of the scan, which a till can invent: it is held for an officer within the budgets above.
A liable merchant pays all that was taken off; a liable union pays its share as it was promised.
If only the amounts are wrong, the union pays its share by the rules, and the merchant the rest.
An overdue redemption, or one by a wrong clock, is booked at its arrival and counts against no
limit; nor does one with a card that was no longer the member's count against the member's limits.
Whatever its card, one that the union would bear uses the day's budget of card and offer, and is
held in the fund: it is owed only once an officer accepted it. Declined, the merchant bears it.
Budgets and floor limits count the 24 hours before the arrival, which no till can invent.
"""

from collections.abc import Mapping
from enum import StrEnum


class LiabilityReason(StrEnum):
    """The reason why merchant or union bears a refused redemption: a row of this module's table."""

    CARD_UNKNOWN = "card_unknown"
    OVERDUE = "overdue"
    CLOCK_WRONG = "clock_wrong"
    OVER_LIMITS = "over_limits"
    FUND_SHORT = "fund_short"
    COULD_HAVE_KNOWN = "could_have_known"
    OVER_BUDGET = "over_budget"
    WITHIN_LIMITS = "within_limits"


UNION, MERCHANT = "union", "merchant"

LIABLE_PARTY: Mapping[LiabilityReason, str] = {
    reason: UNION if reason is LiabilityReason.WITHIN_LIMITS else MERCHANT
    for reason in LiabilityReason
}

UNCOUNTED = frozenset([*LiabilityReason][:4])
"""The rows down to over_limits: they cost no fund, and do not count against the floor limits."""
