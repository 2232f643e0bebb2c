"""The purchase context: the states that decide a purchase."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ledger import errors
from ledger import funds as fund
from ledger.benefits.terms import Purchase
from ledger.members import card
from ledger.members.member import Member, check_known
from ledger.merchants import merchant


class PurchaseContext(msgspec.Struct, frozen=True, kw_only=True):
    """A card and its member, a merchant and its till, a purchase, and the funds for it by id."""

    card: card.Card
    member: Member
    merchant: merchant.Merchant
    till_id: str
    purchase: Purchase
    funds: dict[str, fund.Fund]


def purchase_context(
    *,
    card: card.Card,
    member: Member,
    merchant: merchant.Merchant,
    till_id: str,
    outlet_id: str,
    category: str | None,
    price_minor: int,
    at: datetime,
    funds: dict[str, fund.Fund] | None = None,
) -> PurchaseContext:
    """Return the context of a purchase; `at` is in the zone of the rules. No funds if None."""
    return PurchaseContext(
        card=card,
        member=member,
        merchant=merchant,
        till_id=till_id,
        purchase=Purchase(
            merchant_id=merchant.merchant_id,
            outlet_id=outlet_id,
            category=category,
            price_minor=price_minor,
            at=at,
        ),
        funds={} if funds is None else funds,
    )


def check_context(context: PurchaseContext) -> None:
    """Refuse a purchase for its till, merchant, outlet, card, member or category, in this order."""
    till = merchant.live_till(context.merchant, context.till_id)
    merchant.check_open(context.merchant)
    if till.outlet_id != context.purchase.outlet_id:
        raise errors.OutletUnknown(outlet=context.purchase.outlet_id)
    card.check_live(context.card, context.purchase.at.date())
    check_known(context.member)
    category, allowed = context.purchase.category, context.merchant.categories
    if category is not None and allowed and category not in allowed:
        raise errors.CategoryNotCovered(category=category)
