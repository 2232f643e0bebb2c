"""Random choices in random order: the price is divided exactly, within every ceiling."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Refusal
from ledger.event import Event
from ledger.funds import Fund, Reserved
from ledger.offers import offer
from ledger.offers.grant import Grant
from ledger.offers.offer import Offer
from ledger.redemptions.events import Redeemed
from ledger.redemptions.redemption import INITIAL, redeem
from tests.support.benefit_terms import PUBLISHED, terms_of
from tests.support.purchase_context import context, granted, offered

amounts = st.integers(1, 500)
ceilings = st.none() | amounts
KINDS = st.sampled_from(PUBLISHED).flatmap(
    lambda cls: terms_of(cls, st.integers(1, 3) | amounts | st.integers(1, 10_000))
)
RULES = st.fixed_dictionaries(
    {
        "order": st.integers(0, 2),
        "union_basis_points": st.integers(1, 10_000),
        "fund_id": st.sampled_from(["care", "aid"]),
        "per_purchase_minor": ceilings,
    }
)
OFFER_CEILINGS = st.fixed_dictionaries({"per_offer_minor": ceilings, "per_fund_minor": ceilings})


@st.composite
def several(draw: st.DrawFn) -> list[Offer | Grant]:
    held: list[Offer | Grant] = []
    for number in range(draw(st.integers(0, 4))):
        kind, terms = draw(KINDS)
        shared: dict[str, Any] = draw(RULES)
        if draw(st.booleans()):
            held.append(granted(f"g{number}", kind, terms=terms, **shared))
        else:
            held.append(offered(f"o{number}", kind, terms=terms, **shared, **draw(OFFER_CEILINGS)))
    return held


def answered(
    held: list[Offer | Grant], price_minor: int, funds: tuple[Fund, ...]
) -> list[Event] | None:
    try:
        return redeem(
            INITIAL,
            redemption_id="r1",
            context=context(price_minor, funds=funds),
            held=held,
            code_id=None,
        )
    except Refusal:
        return None


@given(
    held=several(),
    price_minor=st.integers(1, 1_000),
    care_minor=st.integers(0, 600),
    aid_minor=st.integers(0, 600),
)
def test_a_price_is_split_exactly_and_within_every_ceiling(
    held: list[Offer | Grant], price_minor: int, care_minor: int, aid_minor: int
) -> None:
    funds = (Fund("care", "relief", care_minor), Fund("aid", "aid", aid_minor))

    events = answered(held, price_minor, funds)

    if events is None:
        return
    made, *drawn = events
    by_id = {one.offer_id if isinstance(one, Offer) else one.grant_id: one for one in held}
    assert isinstance(made, Redeemed)
    assert_exact(made, price_minor)
    for fund in funds:
        set_aside = [e for e in drawn if isinstance(e, Reserved) and e.fund_id == fund.fund_id]
        assert [e.amount_minor for e in set_aside] == [
            line.union_share_minor for line in made.lines if line.fund_id == fund.fund_id
        ]
        assert sum(e.amount_minor for e in set_aside) <= fund.available_minor
    for line in made.lines:
        assert_within(by_id[line.choice_id], line.covered_minor, line.union_share_minor)
        assert line.counted == any(
            isinstance(e, offer.Given) and e.offer_id == line.choice_id for e in drawn
        )


@given(data=st.data(), price_minor=st.integers(1, 1_000), care_minor=st.integers(0, 600))
def test_the_order_of_choices_changes_nothing(
    data: st.DataObject, price_minor: int, care_minor: int
) -> None:
    held = data.draw(several())
    funds = (Fund("care", "relief", care_minor), Fund("aid", "aid", 100))
    shuffled = data.draw(st.permutations(held))

    assert answered(shuffled, price_minor, funds) == answered(held, price_minor, funds)


def assert_exact(made: Redeemed, price_minor: int) -> None:
    parts = (made.merchant_share_minor, made.union_share_minor, made.member_share_minor)
    assert sum(parts) == made.price_minor == price_minor
    assert min(parts) >= 0
    assert made.merchant_share_minor == sum(line.merchant_share_minor for line in made.lines)
    assert made.union_share_minor == sum(line.union_share_minor for line in made.lines)


def assert_within(one: Offer | Grant, covered_minor: int, union_share_minor: int) -> None:
    most = one.rules.ceilings
    for ceiling in (most.per_purchase_minor, most.per_offer_minor):
        assert ceiling is None or 0 <= covered_minor <= ceiling
    assert most.per_fund_minor is None or union_share_minor <= most.per_fund_minor
    assert 0 <= union_share_minor <= covered_minor
