"""Pricing: exact shares, ceilings, choices in order, no fund overdrawn."""

from typing import Any

import pytest

from ledger import errors
from ledger.funds import Fund
from ledger.offers.grant import Grant
from ledger.offers.offer import Offer, Status
from ledger.redemptions.events import Redeemed
from ledger.redemptions.pricing import CHOICES_MAX, options
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


def refused(refusal: type[errors.Refusal], *held: Offer | Grant, **changed: Any) -> dict[str, Any]:
    with pytest.raises(refusal) as no:
        redeemed(*held, **changed)
    assert type(no.value) is refusal
    return dict(no.value.particulars)


def test_no_choice_records_that_the_card_was_shown() -> None:
    made = redeemed()

    assert shares(made) == (0, 0, 100_00)
    assert made.lines == ()


def test_the_merchant_gives_what_nobody_else_pays() -> None:
    assert shares(redeemed(offered())) == (20_00, 0, 80_00)


def test_the_odd_minor_unit_is_the_merchants() -> None:
    made = redeemed(offered(**UNION_PAYS_HALF), price_minor=15)

    assert shares(made) == (2, 1, 12)


def test_a_share_of_less_than_a_minor_unit_draws_on_no_fund() -> None:
    (line,) = redeemed(offered(union_basis_points=1, fund_id="care")).lines

    assert (line.fund_id, line.programme, line.reservation) == (None, "", None)
    assert line.merchant_share_minor == 20_00


def test_the_line_names_the_fund_its_programme_and_its_reservation() -> None:
    (line,) = redeemed(offered(**UNION_PAYS)).lines

    assert (line.fund_id, line.programme, line.reservation) == ("care", "special-relief", 1)


def test_two_choices_on_one_fund_have_a_reservation_each() -> None:
    made = redeemed(offered("a", **UNION_PAYS), offered("b", **UNION_PAYS))

    assert [line.reservation for line in made.lines] == [1, 2]
    assert made.union_share_minor == 20_00 + 16_00


def test_two_choices_on_one_fund_never_draw_more_than_it_holds() -> None:
    fund = Fund("care", "special-relief", 25_00)

    made = redeemed(offered("a", **UNION_PAYS), offered("b", **UNION_PAYS), funds=(fund,))

    assert [line.union_share_minor for line in made.lines] == [20_00, 5_00]


def test_a_fund_that_runs_dry_pays_what_it_has_and_the_merchant_no_more_than_agreed() -> None:
    fund = Fund("care", "special-relief", 3_00)

    assert shares(redeemed(offered(**UNION_PAYS_HALF), funds=(fund,))) == (10_00, 3_00, 87_00)


def test_an_empty_fund_is_a_refusal() -> None:
    fund = Fund("care", "special-relief", 0)

    assert refused(errors.FundExhausted, offered(**UNION_PAYS), funds=(fund,)) == {"fund": "care"}


def test_a_fund_never_opened_is_unknown() -> None:
    refused(errors.FundUnknown, offered(union_basis_points=1, fund_id=""), funds=(Fund(),))


def test_each_choice_works_on_what_is_left() -> None:
    made = redeemed(offered("first", order=1), offered("second", order=2))

    assert [line.covered_minor for line in made.lines] == [20_00, 16_00]


def test_the_lower_turn_comes_first_and_the_id_decides_a_tie() -> None:
    made = redeemed(offered("b"), offered("c", order=1), offered("a"))

    assert [line.choice_id for line in made.lines] == ["c", "a", "b"]


def test_an_exclusive_choice_stands_alone() -> None:
    alone = offered("alone", exclusive=True)

    assert redeemed(alone).merchant_share_minor == 20_00
    assert refused(errors.NotCombinable, offered(), alone) == {"choice": "alone"}


def test_a_choice_counts_once() -> None:
    refused(errors.ChosenTwice, offered(), offered())


def test_only_so_many_are_combined() -> None:
    many = [offered(f"o{number:02}") for number in range(CHOICES_MAX + 1)]

    assert len(redeemed(*many[1:]).lines) == CHOICES_MAX
    assert refused(errors.NotCombinable, *many) == {"most": CHOICES_MAX}


def test_a_coupon_worth_more_than_what_is_left_covers_what_is_left() -> None:
    coupon = offered("coupon", "amount_off", terms={"amount_minor": 95_00}, order=200)

    made = redeemed(offered(), coupon)

    assert shares(made) == (100_00, 0, 0)
    assert made.lines[1].covered_minor == 80_00


def test_where_nothing_is_left_to_pay_the_next_choice_is_refused() -> None:
    refused(errors.NothingToTakeOff, granted("g1", order=1), offered("hair", order=2))


def test_a_stamp_is_collected_and_takes_nothing_off() -> None:
    made = redeemed(offered("coffee", "stamp_card", terms={"every": 3}, **UNION_PAYS))

    assert shares(made) == (0, 0, 100_00)
    assert len(made.lines) == 1
    assert used(made).uses["coffee"].in_term.count == 1


def test_a_stamp_is_collected_even_where_the_ceiling_is_reached() -> None:
    made = redeemed(
        offered("coffee", "stamp_card", terms={"every": 3}, per_offer_minor=1, given_minor=1)
    )

    assert made.lines[0].covered_minor == 0


@pytest.mark.parametrize(
    ("ceiling", "covered_minor"),
    [({"per_purchase_minor": 7_00}, 7_00), ({"per_purchase_minor": 20_01}, 20_00)],
)
def test_a_purchase_is_covered_up_to_its_ceiling(
    ceiling: dict[str, Any], covered_minor: int
) -> None:
    assert redeemed(offered(**ceiling)).merchant_share_minor == covered_minor


def test_a_member_is_given_no_more_than_the_ceiling() -> None:
    hair = offered(per_member_minor=30_00)
    first = redeemed(hair)
    second = redeemed(hair, redemption_id="r2", state=used(first))

    assert (first.merchant_share_minor, second.merchant_share_minor) == (20_00, 10_00)
    assert refused(errors.CeilingReached, hair, state=used(first, second)) == {
        "ceiling": "per_member"
    }


def test_an_offer_gives_no_more_than_its_ceiling() -> None:
    assert redeemed(offered(per_offer_minor=50_00, given_minor=35_00)).merchant_share_minor == 15_00
    assert refused(errors.CeilingReached, offered(per_offer_minor=50_00, given_minor=50_00)) == {
        "ceiling": "per_offer"
    }


def test_an_offer_takes_no_more_from_its_fund_than_its_ceiling() -> None:
    nearly = offered(per_fund_minor=50_00, given_by_union_minor=45_00, **UNION_PAYS_HALF)
    fully = offered(per_fund_minor=50_00, given_by_union_minor=50_00, **UNION_PAYS_HALF)

    assert shares(redeemed(nearly)) == (10_00, 5_00, 85_00)
    assert refused(errors.CeilingReached, fully) == {"ceiling": "per_fund"}


@pytest.mark.parametrize("period", ["day", "week", "month", "term"])
def test_a_limit_is_kept(period: str) -> None:
    limit: dict[str, Any] = {f"per_{period}": 1}
    hair = offered(**limit)

    assert refused(errors.LimitReached, hair, state=used(redeemed(hair))) == {
        "period": period,
        "limit": 1,
    }


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
    refused(refusal, offered("another"), choice)


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
