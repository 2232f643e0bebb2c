"""The purchase context: the states that decide a purchase."""

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
    funds: dict[str, fund.Fund] = {}


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
