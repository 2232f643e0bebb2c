"""The replay: issue cards, sign stores, publish offers, and redeem every basket at its time."""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time
from functools import partial
from typing import Any, NamedTuple

import msgspec

from ledger.application import Ledger
from ledger.benefits.terms import Funding, Rules, Stacking
from ledger.errors import InputInvalid
from ledger.money import WHOLE
from ledger.redemptions.events import Redeemed
from ledger.services.base import Asking
from ledger.services.controlled import OFFICER
from ledger.services.redemptions import Redemption
from ledger.services.scan import Scan
from ledger.staff import Role
from pos_gateway.replay.source import Basket, Year

BY = "replay-completejourney"
FIRST, SECOND = "officer-replay-first", "officer-replay-second"
"""The two reviewers of the replay: one proposes what the coupons' fund pays, the other confirms."""

FUND = "completejourney-coupons"
IN_FLIGHT = 512
CALLERS = 32

Progress = Callable[[str, int, int], None]
"""Called with the current step, how much of it is done, and its total."""


class Corner(NamedTuple):
    """A basket with less discount than published, or nothing to redeem, with both discounts.

    `corner` is "capped" (by the price) or "nothing to redeem" (refused, or a price of 0).
    """

    basket_id: int
    corner: str
    price_minor: int
    published_minor: int
    recorded_minor: int


class Outcome(msgspec.Struct):
    """The totals of the replayed year in cents, and the numbers of cards, stores and baskets.

    `corners` are the `capped` baskets and those with `nothing_to_redeem`; `published_minor` is the
    source's total of the discounts.
    """

    cards: int
    merchants: int
    redemptions: int = 0
    price_minor: int = 0
    merchant_share_minor: int = 0
    union_share_minor: int = 0
    member_share_minor: int = 0
    capped: int = 0
    nothing_to_redeem: int = 0
    published_minor: int = 0
    corners: list[Corner] = []

    @property
    def recorded_minor(self) -> int:
        """The discounts on the ledger: the shares of merchants and union, in cents."""
        return self.merchant_share_minor + self.union_share_minor


class NotAnEmptyLedger(InputInvalid):
    """The ledger holds facts of another source that are later than the year's begin."""


def replay(ledger: Ledger, year: Year, on_progress: Progress) -> Outcome:
    """Replay the year on a ledger, and return its totals; a second replay records nothing new.

    Raises:
        NotAnEmptyLedger: the ledger begins with a fact of another source, later than the start of
            the first basket's day.
    """
    first_day = year.baskets[0].at.astimezone(ledger.zone).date()
    opening = datetime.combine(first_day, time.min, ledger.zone).astimezone(UTC)
    first = ledger.facts(0, 1)
    if first and first[0].by != BY and first[0].at > opening:
        raise NotAnEmptyLedger(next_step="HONGKA_VAR=var/year hongka replay completejourney")
    _open(ledger, year, opening, on_progress)
    outcome = Outcome(cards=len(year.households), merchants=len(year.stores))
    for done, (basket, redeemed) in enumerate(_redeemed(ledger, year.baskets), start=1):
        _count(outcome, basket, redeemed)
        if done % 500 == 0 or done == len(year.baskets):
            on_progress("redeeming baskets", done, len(year.baskets))
    return outcome


def choices_of(basket: Basket) -> tuple[str, ...]:
    """Return an offer id, such as coupon-100 (cents), for each discount of a basket above zero."""
    store = (f"store-{basket.store_discount_minor}",) if basket.store_discount_minor else ()
    coupon = (f"coupon-{basket.coupon_minor}",) if basket.coupon_minor else ()
    return (*store, *coupon)


def card_of(household_id: int) -> str:
    """Return the card id of a household, as 24 hex characters."""
    return f"{household_id:024x}"


def _open(ledger: Ledger, year: Year, opening: datetime, on_progress: Progress) -> None:
    """Record the fund, cards, stores and offers that the baskets need, at `opening`."""
    asking, proposing = Asking(by=BY, at=opening), Asking(by=FIRST, at=opening)
    agreed = partial(ledger.officers.proposals.agreed, by=SECOND, at=opening)
    ledger.officers.offers.open_fund(FUND, programme="completejourney", name="coupons", **asking)
    offices = {one.removeprefix(OFFICER): [Role.REVIEWER] for one in (FIRST, SECOND)}
    ledger.officers.staff.appoint_first(offices, by=f"terminal-{BY}", at=opening)
    contributed = ledger.officers.offers.contribute(
        FUND,
        source="manufacturers",
        amount_minor=sum(basket.coupon_minor for basket in year.baskets),
        **proposing | Asking(request_id=f"{BY}/contribution"),
    )
    agreed(contributed)

    def issue(household: tuple[int, str]) -> None:
        household_id, age = household
        member_id = f"household-{household_id}"
        cards = ledger.officers.cards
        cards.register_member(member_id, branch=age, **asking)
        cards.issue_card(card_of(household_id), member_id=member_id, **asking)

    def sign(store_id: int) -> None:
        merchants, merchant_id = ledger.officers.merchants, f"store-{store_id}"
        merchants.sign_merchant(merchant_id, name=f"Store {store_id}", **asking)
        merchants.open_outlet(merchant_id, outlet_id="main", name="main", **asking)
        merchants.pair_till(
            merchant_id,
            till_id=f"till-{store_id}",
            outlet_id="main",
            key_hash="no key opens this till",
            **asking,
        )

    def publish(offer: tuple[str, int]) -> None:
        source, amount_minor = offer
        coupon = source == "coupon"
        published = ledger.officers.offers.publish_offer(
            f"{source}-{amount_minor}",
            title=f"{source} {amount_minor}",
            kind="amount_off",
            terms={"amount_minor": amount_minor},
            rules=Rules(
                stacking=Stacking(order=2 if coupon else 1),
                funding=Funding(union_basis_points=WHOLE, fund_id=FUND) if coupon else Funding(),
            ),
            programme="completejourney",
            **proposing,
        )
        agreed(published)

    store_amounts = sorted({basket.store_discount_minor for basket in year.baskets} - {0})
    coupon_amounts = sorted({basket.coupon_minor for basket in year.baskets} - {0})
    offers = [("store", one) for one in store_amounts] + [("coupon", one) for one in coupon_amounts]
    steps: list[tuple[str, Callable[[Any], None], Collection[Any]]] = [
        ("issuing cards", issue, year.households.items()),
        ("signing stores", sign, year.stores),
        ("publishing offers", publish, offers),
    ]
    with ThreadPoolExecutor(CALLERS) as callers:
        for what, step, ones in steps:
            for count, _ in enumerate(callers.map(step, ones), start=1):
                on_progress(what, count, len(ones))


def _redeemed(ledger: Ledger, baskets: list[Basket]) -> Iterator[tuple[Basket, Redeemed | None]]:
    """Yield each basket with its redemption; None if it was refused or its price is zero.

    Many requests are in flight, in order: each is decided at its own time.
    """
    payable = (_purchase(basket) for basket in baskets if basket.price_minor > 0)
    answers = ledger.tills.redemptions.redeem_many(payable, in_flight=IN_FLIGHT)
    for basket in baskets:
        answer = next(answers) if basket.price_minor > 0 else None
        yield basket, answer.made if isinstance(answer, Redemption) else None


def _purchase(basket: Basket) -> tuple[str, Scan, datetime | None]:
    scan = Scan(
        merchant_id=f"store-{basket.store_id}",
        outlet_id="main",
        till_id=f"till-{basket.store_id}",
        amount_minor=basket.price_minor,
        choices=choices_of(basket),
        card_id=card_of(basket.household_id),
        asked=msgspec.json.encode(basket[1:]),
    )
    return f"basket-{basket.basket_id}", scan, basket.at


def _count(outcome: Outcome, basket: Basket, redeemed: Redeemed | None) -> None:
    published_minor = basket.store_discount_minor + basket.coupon_minor
    outcome.published_minor += published_minor
    corner = Corner(basket.basket_id, "nothing to redeem", basket.price_minor, published_minor, 0)
    if redeemed is None:
        outcome.nothing_to_redeem += 1
        outcome.corners.append(corner)
        return
    outcome.redemptions += 1
    for name in ("price", "merchant_share", "union_share", "member_share"):
        total = getattr(outcome, f"{name}_minor") + getattr(redeemed, f"{name}_minor")
        setattr(outcome, f"{name}_minor", total)
    recorded_minor = redeemed.merchant_share_minor + redeemed.union_share_minor
    if recorded_minor < published_minor:
        outcome.capped += 1
        outcome.corners.append(corner._replace(corner="capped", recorded_minor=recorded_minor))
