"""A purchase: a member's card at the till of a hairdresser, and the available choices."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from immutables import Map

from ledger.benefits.terms import Ceilings, Funding, Limits, Purchase, Rules, Stacking
from ledger.funds import Fund
from ledger.members.card import Card, Status
from ledger.members.member import Member
from ledger.merchants.merchant import Merchant
from ledger.merchants.till import Till
from ledger.offers.grant import Grant
from ledger.offers.offer import Offer
from ledger.offers.offer import Status as OfferStatus
from ledger.redemptions.events import Redeemed
from ledger.redemptions.purchase_context import PurchaseContext
from ledger.redemptions.redemption import INITIAL, Redemptions, evolve, redeem

BEIJING = ZoneInfo("Asia/Shanghai")
MAY_DAY = datetime(2026, 5, 1, 10, 0, tzinfo=BEIJING)
LIVE_CARD = Card("c1", "m1", Status.LIVE)
MEMBER = Member("m1", "branch-miyun", "rose-garden", ("model_worker",), "c1")
MERCHANT = Merchant(
    "rose",
    "Rose Hair",
    ("hair", "beauty"),
    outlets=Map({"gulou": "Gulou", "east": "East"}),
    tills=Map({"t1": Till("t1", "gulou", "k"), "t2": Till("t2", "gulou", "k", revoked=True)}),
)
CARE = Fund("care", "special-relief", 1_000_00)


def context(
    price_minor: int = 100_00, *, at: datetime = MAY_DAY, **changed: Any
) -> PurchaseContext:
    """Return the context of a haircut; `changed` overrides fields."""
    purchase = Purchase(
        merchant_id="rose",
        outlet_id=changed.pop("outlet_id", "gulou"),
        category=changed.pop("category", "hair"),
        price_minor=price_minor,
        at=at,
    )
    funds = {fund.fund_id: fund for fund in changed.pop("funds", (CARE,))}
    states: dict[str, Any] = {
        "card": LIVE_CARD,
        "member": MEMBER,
        "merchant": MERCHANT,
        "till_id": "t1",
    }
    return PurchaseContext(purchase=purchase, funds=funds, **states | changed)


def rules(**changed: Any) -> Rules:
    """Return rules from the fields of their parts."""
    parts: dict[str, Any] = {}
    for name, part in (
        ("limits", Limits),
        ("ceilings", Ceilings),
        ("stacking", Stacking),
        ("funding", Funding),
    ):
        fields = {field: changed.pop(field) for field in part.__struct_fields__ if field in changed}
        parts[name] = part(**fields)
    return Rules(**parts, **changed)


def offered(offer_id: str = "hair", kind: str = "percent_off", **changed: Any) -> Offer:
    """Return an open offer of 20 % off; `terms` and the fields of its rules may be overridden."""
    terms = changed.pop("terms", {"basis_points": 2_000})
    status = changed.pop("status", OfferStatus.OPEN)
    given_minor = changed.pop("given_minor", 0)
    given_by_union_minor = changed.pop("given_by_union_minor", 0)
    return Offer(
        offer_id,
        offer_id,
        kind,
        terms,
        rules(**changed),
        "service-card",
        status,
        given_minor,
        given_by_union_minor,
    )


def granted(grant_id: str = "g1", kind: str = "free_service", **changed: Any) -> Grant:
    """Return a grant of two free services; `terms` overrides them."""
    terms = changed.pop("terms", {"times": 2})
    withdrawn = changed.pop("withdrawn", False)
    return Grant(grant_id, grant_id, kind, terms, rules(**changed), "care", withdrawn)


UNION_PAYS: dict[str, Any] = {"union_basis_points": 10_000, "fund_id": "care"}
UNION_PAYS_HALF: dict[str, Any] = {"union_basis_points": 5_000, "fund_id": "care"}


def redeemed(
    *held: Offer | Grant, redemption_id: str = "r1", state: Redemptions = INITIAL, **changed: Any
) -> Redeemed:
    """Return the events recorded for these choices."""
    code_id = changed.pop("code_id", None)
    first = redeem(
        state, redemption_id=redemption_id, context=context(**changed), held=held, code_id=code_id
    )[0]
    assert isinstance(first, Redeemed)
    return first


def used(*made: Redeemed) -> Redemptions:
    """Return the state of a member after these redemptions."""
    state = INITIAL
    for one in made:
        state = evolve(state, one)
    return state
