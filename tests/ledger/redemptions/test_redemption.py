"""Redemptions: made once, reversed once; limits belong to the member; a code redeems once."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from ledger import errors, funds
from ledger.event import Event
from ledger.members import card
from ledger.merchants import merchant
from ledger.offers import offer
from ledger.redemptions.events import Redeemed, Reversed
from ledger.redemptions.redemption import CODE_MEMORY, INITIAL, Redemptions, evolve, redeem, reverse
from tests.support.given_when_then import Given, each_time, sentences
from tests.support.purchase_context import (
    CARE,
    LIVE_CARD,
    MAY_DAY,
    MERCHANT,
    UNION_PAYS,
    context,
    granted,
    offered,
    redeemed,
    used,
)

replace = msgspec.structs.replace
LATER = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
HAIR = offered(per_day=1, per_offer_minor=100_00, **UNION_PAYS)
MADE = redeemed(HAIR)
UNDO: dict[str, Any] = {
    "made": MADE,
    "by_merchant": "rose",
    "reason": "wrong amount",
    "at": LATER,
    "day": date(2026, 5, 1),
}
UNDONE = Reversed(undone=MADE, reason="wrong amount", at=LATER, day=date(2026, 5, 1))
OF_ROSE = {"merchant_id": "rose", "redemption_id": "r1"}
SET_ASIDE = funds.evolve(CARE, funds.Reserved(fund_id="care", **OF_ROSE, amount_minor=20_00))
FUNDS: Mapping[str, funds.Fund] = {"care": SET_ASIDE}
OFFERS: Mapping[str, offer.Offer] = {"hair": HAIR}


def ask(state: Redemptions = INITIAL, **changed: Any) -> list[Event]:
    code_id = changed.pop("code_id", None)
    return redeem(
        state, redemption_id="r2", context=context(**changed), held=[HAIR], code_id=code_id
    )


def test_a_redemption_says_who_where_when_and_who_pays() -> None:
    made = redeemed(HAIR, code_id="s1")

    assert msgspec.structs.asdict(made) == {
        "redemption_id": "r1",
        "member_id": "m1",
        "card_id": "c1",
        "branch": "branch-miyun",
        "merchant_id": "rose",
        "outlet_id": "gulou",
        "till_id": "t1",
        "category": "hair",
        "at": MAY_DAY.astimezone(UTC),
        "day": date(2026, 5, 1),
        "price_minor": 100_00,
        "merchant_share_minor": 0,
        "union_share_minor": 20_00,
        "member_share_minor": 80_00,
        "lines": made.lines,
        "code_id": "s1",
        "cashier_id": "",
        "late": None,
    }
    assert made.at.tzinfo is UTC


def test_the_day_is_that_of_the_rules() -> None:
    assert redeemed(at=MAY_DAY.replace(hour=1)).day == date(2026, 5, 1)
    assert redeemed(at=MAY_DAY.replace(hour=1)).at.date() == date(2026, 4, 30)


def test_facts_for_fund_and_offer_go_with_it() -> None:
    assert ask()[1:] == [
        funds.Reserved(fund_id="care", merchant_id="rose", redemption_id="r2", amount_minor=20_00),
        offer.Given(
            offer_id="hair", redemption_id="r2", covered_minor=20_00, union_share_minor=20_00
        ),
    ]


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"till_id": "t3"}, errors.TillUnknown),
        ({"till_id": "t2"}, errors.TillRevoked),
        ({"merchant": merchant.INITIAL}, errors.TillUnknown),
        ({"merchant": replace(MERCHANT, suspended=True)}, errors.MerchantSuspended),
        ({"outlet_id": "east"}, errors.OutletUnknown),
        ({"card": card.INITIAL}, errors.CardUnknown),
        ({"card": replace(LIVE_CARD, status=card.Status.BLOCKED)}, errors.CardBlocked),
        ({"card": replace(LIVE_CARD, last_day=date(2026, 4, 30))}, errors.CardExpired),
        ({"category": "cinema"}, errors.CategoryNotCovered),
    ],
)
def test_the_scene_is_asked_first(
    changed: dict[str, Any], refusal: type[errors.HongkaError]
) -> None:
    with pytest.raises(refusal):
        ask(used(MADE), **changed)


def test_a_limit_holds_for_the_member_whatever_the_card_until_the_next_day() -> None:
    with pytest.raises(errors.LimitReached):
        ask(used(MADE), card=card.Card("c2", "m1", card.Status.LIVE))
    assert ask(used(MADE), at=MAY_DAY + timedelta(days=1))
    assert ask(category=None)


def test_a_session_code_redeems_once() -> None:
    with pytest.raises(errors.CodeAlreadyUsed):
        ask(used(redeemed(code_id="s1")), code_id="s1")


def test_a_used_code_is_remembered_until_it_is_surely_dead() -> None:
    first = redeemed(code_id="s1")
    at_the_end = redeemed(redemption_id="r2", code_id="s2", at=MAY_DAY + CODE_MEMORY)
    after = redeemed(redemption_id="r3", at=MAY_DAY + CODE_MEMORY + timedelta(days=1))

    assert set(used(first, at_the_end).codes) == {"s1", "s2"}
    assert set(used(first, at_the_end, after).codes) == {"s2"}


def test_a_reversal_does_not_bring_a_code_back() -> None:
    made = redeemed(code_id="s1")
    undone = Reversed(undone=made, reason="", at=LATER, day=made.day)

    with pytest.raises(errors.CodeAlreadyUsed):
        ask(evolve(used(made), undone), code_id="s1")


undo = partial(reverse, **UNDO, funds=FUNDS, offers=OFFERS)
PAID = funds.PaidOut(fund_id="care", merchant_id="rose", amount_minor=20_00, through=1)
PAID_FROM = {"care": funds.evolve(SET_ASIDE, PAID)}

test_a_redemption = sentences(
    "redemption",
    {
        "is undone whole": (
            [MADE],
            undo,
            each_time(
                UNDONE,
                funds.Released(fund_id="care", **OF_ROSE, amount_minor=20_00),
                offer.Given(
                    offer_id="hair",
                    redemption_id="r1",
                    covered_minor=-20_00,
                    union_share_minor=-20_00,
                ),
            ),
        ),
        "is undone once": ([MADE, UNDONE], undo, []),
        "is undone by its merchant": (
            [MADE],
            partial(undo, by_merchant="mill"),
            errors.RedemptionUnknown,
        ),
        "is no other's business once undone": (
            [MADE, UNDONE],
            partial(undo, by_merchant="mill"),
            errors.RedemptionUnknown,
        ),
        "is not undone once paid": ([MADE], partial(undo, funds=PAID_FROM), errors.AlreadyPaid),
    },
)


def test_a_reversal_gives_the_use_back() -> None:
    state = Given("redemption", MADE, UNDONE).state

    assert ask(state)
    assert state.uses["hair"].in_term.count == 0
    assert state.uses["hair"].in_term.covered_minor == 0
    assert state.undone["r1"] == UNDONE


def test_a_late_reversal_gives_nothing_to_another_day() -> None:
    tomorrow = MAY_DAY + timedelta(days=1)
    again = redeemed(HAIR, redemption_id="r2", state=used(MADE), at=tomorrow)
    state = evolve(used(MADE, again), UNDONE)

    with pytest.raises(errors.LimitReached):
        ask(state, at=tomorrow)


def test_an_officer_undoes_what_any_merchant_made() -> None:
    assert undo(used(MADE), by_merchant=None)[0] == UNDONE


def test_where_one_line_is_paid_nothing_is_undone() -> None:
    made = redeemed(
        granted(terms={"times": 2, "worth_max_minor": 1}, order=1, **UNION_PAYS),
        offered("aid", **UNION_PAYS),
    )
    paid = funds.PaidOut(fund_id="care", merchant_id="rose", amount_minor=1, through=1)

    with pytest.raises(errors.AlreadyPaid):
        undo(used(made), made=made, funds={"care": funds.evolve(SET_ASIDE, paid)}, offers={})


def test_a_ceiling_set_since_gains_nothing_from_what_was_never_counted() -> None:
    before = redeemed(offered("hair"))

    facts = undo(used(before), made=before, funds={})

    assert facts == [Reversed(undone=before, reason="wrong amount", at=LATER, day=before.day)]


def test_a_ceiling_lifted_since_is_given_back_what_was_counted() -> None:
    facts = undo(used(MADE), offers={"hair": offered("hair")})

    assert any(isinstance(fact, offer.Given) and fact.covered_minor == -20_00 for fact in facts)


def test_both_facts_stand_in_the_members_stream() -> None:
    assert MADE.stream == UNDONE.stream == "redemption-m1"
    assert isinstance(MADE, Redeemed)
