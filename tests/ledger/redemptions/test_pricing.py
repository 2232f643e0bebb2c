"""Pricing: exact shares, ceilings, choices in order, no fund overdrawn."""

from typing import Any

import pytest

from ledger import errors
from ledger.funds import Fund
from ledger.offers.grant import Grant
from ledger.offers.offer import Offer, Status
from ledger.redemptions.events import Redeemed
from ledger.redemptions.pricing import CHOICES_MAX, options
from tests.support.given_when_then import Refused, refusing
from tests.support.purchase_context import (
    UNION_PAYS,
    UNION_PAYS_HALF,
    context,
    granted,
    offered,
    redeemed,
    used,
)


def shares(made: Redeemed) -> tuple[int, int, int]:
    return made.merchant_share_minor, made.union_share_minor, made.member_share_minor


DRY, SHORT = Fund("care", "special-relief", 0), Fund("care", "special-relief", 3_00)
TWO = (offered("a", **UNION_PAYS), offered("b", **UNION_PAYS))
MANY = [offered(f"o{number:02}") for number in range(CHOICES_MAX + 1)]
COUPON = offered("coupon", "amount_off", terms={"amount_minor": 95_00}, order=200)
STAMPS: dict[str, Any] = {"kind": "stamp_card", "terms": {"every": 3}}
UP_TO_30 = offered(per_member_minor=30_00)
FIRST = redeemed(UP_TO_30)
SECOND = redeemed(UP_TO_30, redemption_id="r2", state=used(FIRST))
UNION_UP_TO_50: dict[str, Any] = {"per_fund_minor": 50_00, **UNION_PAYS_HALF}

SHARES: dict[str, tuple[Redeemed, tuple[int, int, int]]] = {
    "no choice: the card was shown": (redeemed(), (0, 0, 100_00)),
    "the merchant gives what nobody else pays": (redeemed(offered()), (20_00, 0, 80_00)),
    "the odd minor unit is the merchant's": (
        redeemed(offered(**UNION_PAYS_HALF), price_minor=15),
        (2, 1, 12),
    ),
    "a fund that runs dry pays what it has, the merchant no more than agreed": (
        redeemed(offered(**UNION_PAYS_HALF), funds=(SHORT,)),
        (10_00, 3_00, 87_00),
    ),
    "two choices on one fund add up": (redeemed(*TWO), (0, 36_00, 64_00)),
    "an exclusive choice stands alone": (redeemed(offered(exclusive=True)), (20_00, 0, 80_00)),
    "a coupon worth more covers what is left": (redeemed(offered(), COUPON), (100_00, 0, 0)),
    "a stamp takes nothing off": (redeemed(offered(**STAMPS, **UNION_PAYS)), (0, 0, 100_00)),
    "a ceiling of the purchase bounds it": (
        redeemed(offered(per_purchase_minor=7_00)),
        (7_00, 0, 93_00),
    ),
    "a ceiling above it does not": (redeemed(offered(per_purchase_minor=20_01)), (20_00, 0, 80_00)),
    "a member's ceiling has room at first": (FIRST, (20_00, 0, 80_00)),
    "a member gets the rest of the ceiling": (SECOND, (10_00, 0, 90_00)),
    "an offer gives the rest of its ceiling": (
        redeemed(offered(per_offer_minor=50_00, given_minor=35_00)),
        (15_00, 0, 85_00),
    ),
    "the union pays the rest of its ceiling": (
        redeemed(offered(given_by_union_minor=45_00, **UNION_UP_TO_50)),
        (10_00, 5_00, 85_00),
    ),
}


@pytest.mark.parametrize(("made", "expected"), SHARES.values(), ids=SHARES)
def test_the_shares_are_exact(made: Redeemed, expected: tuple[int, int, int]) -> None:
    assert shares(made) == expected


REFUSED: dict[str, tuple[Refused, list[Offer | Grant], dict[str, Any]]] = {
    "an empty fund": (
        errors.FundExhausted(fund="care"),
        [offered(**UNION_PAYS)],
        {"funds": (DRY,)},
    ),
    "a fund never opened": (
        errors.FundUnknown,
        [offered(union_basis_points=1, fund_id="")],
        {"funds": (Fund(),)},
    ),
    "beside an exclusive choice": (
        errors.NotCombinable(choice="alone"),
        [offered(), offered("alone", exclusive=True)],
        {},
    ),
    "a choice twice": (errors.ChosenTwice, [offered(), offered()], {}),
    "too many choices": (errors.NotCombinable(most=CHOICES_MAX), [*MANY], {}),
    "nothing left to pay": (
        errors.NothingToTakeOff,
        [granted("g1", order=1), offered("hair", order=2)],
        {},
    ),
    "a member's ceiling": (
        errors.CeilingReached(ceiling="per_member"),
        [UP_TO_30],
        {"state": used(FIRST, SECOND)},
    ),
    "an offer's ceiling": (
        errors.CeilingReached(ceiling="per_offer"),
        [offered(per_offer_minor=50_00, given_minor=50_00)],
        {},
    ),
    "the union's ceiling": (
        errors.CeilingReached(ceiling="per_fund"),
        [offered(given_by_union_minor=50_00, **UNION_UP_TO_50)],
        {},
    ),
}


@pytest.mark.parametrize(("refusal", "held", "changed"), REFUSED.values(), ids=REFUSED)
def test_a_purchase_is_refused(
    refusal: Refused, held: list[Offer | Grant], changed: dict[str, Any]
) -> None:
    with refusing(refusal):
        redeemed(*held, **changed)


def test_the_line_names_the_fund_its_programme_and_its_reservation() -> None:
    (line,) = redeemed(offered(**UNION_PAYS)).lines
    (small,) = redeemed(offered(union_basis_points=1, fund_id="care")).lines

    assert (line.fund_id, line.programme, line.reservation) == ("care", "special-relief", 1)
    assert (small.fund_id, small.programme, small.reservation) == (None, "", None)
    assert small.merchant_share_minor == 20_00
    assert redeemed().lines == ()


def test_two_choices_on_one_fund_have_a_reservation_each_and_never_more_than_it_holds() -> None:
    fund = Fund("care", "special-relief", 25_00)
    made = redeemed(*TWO, funds=(fund,))

    assert [line.reservation for line in redeemed(*TWO).lines] == [1, 2]
    assert [line.union_share_minor for line in made.lines] == [20_00, 5_00]


def test_each_choice_works_on_what_is_left() -> None:
    made = redeemed(offered("first", order=1), offered("second", order=2))

    assert [line.covered_minor for line in made.lines] == [20_00, 16_00]
    assert redeemed(offered(), COUPON).lines[1].covered_minor == 80_00
    assert len(redeemed(*MANY[1:]).lines) == CHOICES_MAX


def test_the_lower_turn_comes_first_and_the_id_decides_a_tie() -> None:
    made = redeemed(offered("b"), offered("c", order=1), offered("a"))

    assert [line.choice_id for line in made.lines] == ["c", "a", "b"]


def test_a_stamp_is_collected_even_where_the_ceiling_is_reached() -> None:
    made = redeemed(offered("coffee", **STAMPS, per_offer_minor=1, given_minor=1))

    assert [line.covered_minor for line in made.lines] == [0]
    assert used(made).uses["coffee"].in_term.count == 1
    assert len(redeemed(offered("coffee", **STAMPS, **UNION_PAYS)).lines) == 1


@pytest.mark.parametrize("period", ["day", "week", "month", "term"])
def test_a_limit_is_kept(period: str) -> None:
    limit: dict[str, Any] = {f"per_{period}": 1}
    hair = offered(**limit)

    with refusing(errors.LimitReached(period=period, limit=1)):
        redeemed(hair, state=used(redeemed(hair)))


@pytest.mark.parametrize(
    ("refusal", "choice"),
    [
        (errors.OfferSuspended, offered(status=Status.SUSPENDED)),
        (errors.OfferEnded, offered(status=Status.ENDED)),
        (errors.OfferUnknown, Offer()),
        (errors.GrantEnded, granted(withdrawn=True)),
        (errors.CategoryNotCovered, offered(categories=("cinema",))),
        (errors.NotAgreedHere, offered(outlets=("east",))),
        (errors.NotAgreedHere, granted(merchants=("mill",))),
        (errors.NotEligible, offered(groups=("in_hardship",))),
        (errors.NotEligible, granted(branches=("branch-daxing",))),
    ],
)
def test_one_choice_refused_refuses_all(
    refusal: type[errors.Refusal], choice: Offer | Grant
) -> None:
    with pytest.raises(refusal) as no:
        redeemed(offered("another"), choice)
    assert type(no.value) is refusal


def test_every_option_stands_by_itself_the_best_first_and_the_refused_last() -> None:
    held: list[Offer | Grant] = [
        offered("over", status=Status.ENDED),
        offered("coffee", "stamp_card", terms={"every": 3}),
        offered("hair"),
        granted("g1"),
    ]

    found = options(used().uses, context=context(), held=held)

    assert [one.held for one in found] == [held[3], held[2], held[1], held[0]]
    assert [one.line.covered_minor if one.line else None for one in found] == [
        100_00,
        20_00,
        0,
        None,
    ]
    assert [type(one.refusal) for one in found[2:]] == [type(None), errors.OfferEnded]
