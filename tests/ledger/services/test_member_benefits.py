"""A member's list of benefits agrees with the rules that decide a redemption."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ledger.application import Ledger
from ledger.benefits.terms import Ceilings, Funding, Hours, Limits, Rules
from ledger.errors import Refusal
from ledger.members.authorization import Principal
from ledger.money import AMOUNT_MAX
from ledger.offers.offer import Offer
from ledger.services.member_benefits import Held
from ledger.services.scan import Scan
from tests.support.benefit_terms import PUBLISHED, terms_of

SATURDAY = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)  # ten in the morning in Beijing
PRICES = (1, 30_00, 100_00, AMOUNT_MAX)
WANG = Principal(member_id="wang")
BENEFITS_MAX = 200
TILLS = (("rose", "gulou"), ("rose", "east"), ("mill", "main"), ("opera", "main"), ("shut", "main"))
CATEGORIES = {"rose": ("hair",), "mill": ("food", "tea"), "opera": (), "shut": ("hair",)}


class LedgerWithShops:
    """A ledger with Wang and four merchants, one suspended, one with an outlet without a till."""

    def __init__(self, url: str, now: datetime = SATURDAY) -> None:
        self.now = now
        self.ledger = Ledger(url, clock=lambda: self.now)
        cards, offers = self.ledger.officers.cards, self.ledger.officers.offers
        cards.register_member("wang", branch="miyun-1", groups=("model_worker",))
        cards.issue_card("c1", member_id="wang")
        offers.open_fund("care", programme="relief", name="Care")
        offers.contribute("care", source="district", amount_minor=25_00)
        shops = self.ledger.officers.merchants
        for merchant_id, categories in CATEGORIES.items():
            shops.sign_merchant(merchant_id, name=merchant_id, categories=categories)
        for merchant_id, outlet_id in TILLS:
            shops.open_outlet(merchant_id, outlet_id=outlet_id, name=outlet_id)
            shops.pair_till(
                merchant_id, till_id=f"till-{outlet_id}", outlet_id=outlet_id, key_hash="k"
            )
        shops.open_outlet("mill", outlet_id="kiosk", name="No till any more")
        shops.pair_till("mill", till_id="till-kiosk", outlet_id="kiosk", key_hash="k")
        shops.revoke_till("mill", till_id="till-kiosk")
        shops.suspend_merchant("shut")

    def publish(self, offer_id: str = "hair", kind: str = "percent_off", **changed: Any) -> None:
        terms = changed.pop("terms", {"basis_points": 2_000})
        self.ledger.officers.offers.publish_offer(
            offer_id, title=offer_id, kind=kind, terms=terms, rules=Rules(**changed)
        )

    def scan(self, merchant_id: str, outlet_id: str, price_minor: int, **other: Any) -> Scan:
        return Scan(
            merchant_id=merchant_id,
            outlet_id=outlet_id,
            till_id=f"till-{outlet_id}",
            amount_minor=price_minor,
            card_id="c1",
            **other,
        )

    def held(self, price_minor: int = AMOUNT_MAX) -> dict[str, Held]:
        found = self.ledger.members.benefits.card_benefits(WANG).held(BENEFITS_MAX, price_minor)
        return {named(one.held): one for one in found.held}

    def usable(self, price_minor: int) -> set[tuple[str, ...]]:
        """Return the usable benefits by place, as a member sees them."""
        pages = self.ledger.members.benefits.card_benefits(WANG).near.pages
        return {
            (choice, *place.split("/"))
            for choice, one in self.held(price_minor).items()
            for page in pages
            for place in page.ids(one.held.rules)
            if one.refusal is None
        }

    def validated(self, price_minor: int) -> set[tuple[str, ...]]:
        """Return the usable benefits by place, as the tills say, for every category."""
        found: set[tuple[str, ...]] = set()
        for merchant_id, outlet_id in TILLS:
            for category in (None, "hair", "food", "tea"):
                with suppress(Refusal):
                    scan = self.scan(merchant_id, outlet_id, price_minor, category=category)
                    options = self.ledger.tills.redemptions.validation(scan).options
                    usable = [named(one.held) for one in options if one.line]
                    found |= {(choice, merchant_id, outlet_id) for choice in usable}
        return found


def named(held: Any) -> str:
    return str(held.offer_id if isinstance(held, Offer) else held.grant_id)


@contextmanager
def open_ledger_with_shops() -> Iterator[LedgerWithShops]:
    with tempfile.TemporaryDirectory() as path:
        made = LedgerWithShops(f"sqlite:///{path}/log.db")
        try:
            yield made
        finally:
            made.ledger.close()


@pytest.fixture
def shops() -> Iterator[LedgerWithShops]:
    with open_ledger_with_shops() as made:
        yield made


def some_of(*names: Any) -> some.SearchStrategy[Any]:
    """Return a strategy for mostly none, or a few, of the names."""
    return some.just(()) | some.lists(some.sampled_from(names), max_size=2, unique=True).map(tuple)


def perhaps(*values: Any) -> some.SearchStrategy[Any]:
    return some.sampled_from((None, None, *values))


KINDS = some.sampled_from(PUBLISHED).flatmap(
    lambda cls: terms_of(cls, some.integers(1, 3) | some.integers(1, 60_00))
)
RULES = some.fixed_dictionaries(
    {
        "groups": some_of("model_worker", "woman_worker"),
        "branches": some_of("miyun-1", "miyun-2"),
        "merchants": some_of("rose", "mill", "opera", "shut", "nobody"),
        "outlets": some_of("gulou", "main", "kiosk"),
        "categories": some_of("hair", "food", "tea"),
        "first_day": perhaps(date(2026, 11, 21), date(2026, 11, 22)),
        "last_day": perhaps(date(2026, 11, 22), date(2026, 11, 23)),
        "weekdays": some_of(6, 7),
        "hours": some_of(*(Hours(opens=time(hour), closes=time(hour + 1)) for hour in (9, 10))),
        "blackout_days": some_of(date(2026, 11, 21)),
        "limits": some.builds(Limits, per_day=perhaps(1), per_week=perhaps(2)),
        "ceilings": some.builds(Ceilings, per_member_minor=perhaps(15_00)),
        "funding": some.sampled_from(
            [Funding(), Funding(union_basis_points=5_000, fund_id="care")]
        ),
    }
)
USES = some.lists(
    some.tuples(some.integers(0, 5), some.sampled_from(TILLS), some.sampled_from(PRICES[1:3]))
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(offers=some.lists(some.tuples(KINDS, RULES), max_size=6), uses=USES, granted=KINDS)
def test_what_a_member_is_told_is_what_every_till_says(
    offers: list[Any], uses: list[Any], granted: Any
) -> None:
    with open_ledger_with_shops() as made:
        for number, ((kind, terms), rules) in enumerate(offers):
            made.publish(f"o{number}", kind, terms=terms, **rules)
        made.ledger.officers.offers.make_grant(
            "c1", grant_id="gift", title="礼物", kind=granted[0], terms=granted[1], rules=Rules()
        )
        for number, (choice, (merchant_id, outlet_id), price_minor) in enumerate(uses):
            with suppress(Refusal):
                scan = made.scan(merchant_id, outlet_id, price_minor, choices=(f"o{choice}",))
                made.ledger.tills.redemptions.redeem(f"r{number}", scan)

        for price_minor in PRICES:
            assert made.usable(price_minor) == made.validated(price_minor)


def test_a_card_that_is_blocked_is_good_for_nothing(shops: LedgerWithShops) -> None:
    shops.publish()
    shops.ledger.officers.cards.block_card("c1")

    benefits = shops.ledger.members.benefits.card_benefits(WANG)

    assert str(benefits.card_refusal and benefits.card_refusal.reason) == "card_blocked"
    (held,) = benefits.held(BENEFITS_MAX).held
    assert held.refusal is not None
    assert held.refusal.reason == "card_blocked"


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"weekdays": (7,)}, "not_on_this_day"),
        ({"hours": (Hours(opens=time(14), closes=time(18)),)}, "not_at_this_hour"),
        ({"first_day": date(2026, 12, 1)}, "offer_not_yet_open"),
        ({"funding": Funding(union_basis_points=1, fund_id="care")}, None),
    ],
)
def test_what_may_be_had_later_is_told_with_its_reason(
    shops: LedgerWithShops, rules: dict[str, Any], reason: str | None
) -> None:
    shops.publish(**rules)

    refusal = shops.held()["hair"].refusal

    assert (refusal and refusal.reason) == reason


@pytest.mark.parametrize(
    "rules",
    [
        {"branches": ("miyun-2",)},
        {"groups": ("woman_worker",)},
        {"last_day": date(2026, 11, 20)},
        {"merchants": ("shut",)},
        {"outlets": ("kiosk",)},
        {"categories": ("cinema",), "merchants": ("rose",)},
    ],
)
def test_what_is_never_for_them_is_left_out(shops: LedgerWithShops, rules: dict[str, Any]) -> None:
    shops.publish(**rules)

    assert shops.held() == {}


def test_what_is_over_is_left_out_and_what_is_on_hold_is_told(shops: LedgerWithShops) -> None:
    shops.publish("over")
    shops.publish("held-up")
    shops.publish("open")
    shops.ledger.officers.offers.end_offer("over")
    shops.ledger.officers.offers.suspend_offer("held-up")

    held = shops.held()

    assert list(held) == ["open", "held-up"]
    assert held["held-up"].refusal is not None
    assert held["held-up"].refusal.reason == "offer_suspended"
