"""The liability rules: who bears the loss of an offline redemption that the rules refuse.

The member has the discount and never pays for it afterwards. Where the rules do not give what the
till gave, the first row that holds names the liable party.

    reason            liable    condition
    card_unknown      merchant  the code is not ours, did not hold at the scan, or has no card
    overdue           merchant  it arrives more than 14 days after the scan
    clock_wrong       merchant  it was scanned after it arrived or before the till's last sync, by
                                more than 5 minutes
    over_limits       merchant  the till was over its floor limits, whatever else the rules say
    fund_short        merchant  the fund no longer holds the share that the union would pay
    could_have_known  merchant  the rules refuse it by what the till knew: card (of plastic it knows
                                none), offers and merchant as of its last sync, and its own earlier
                                redemptions
    within_limits     union     none of these: the till could not have known

A liable merchant pays all that was taken off; a liable union pays its share as it was promised.
If only the amounts are wrong, the union pays its share by the rules, and the merchant the rest.
An overdue redemption, or one by a wrong clock, is booked at its arrival and counts against no
limit; nor does one with a card that was no longer the member's.
"""

from __future__ import annotations

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
    WITHIN_LIMITS = "within_limits"


UNION, MERCHANT = "union", "merchant"

LIABLE_PARTY: Mapping[LiabilityReason, str] = {
    reason: UNION if reason is LiabilityReason.WITHIN_LIMITS else MERCHANT
    for reason in LiabilityReason
}
