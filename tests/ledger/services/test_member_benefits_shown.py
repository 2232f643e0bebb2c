"""The amounts, merchants and names on a member's list of benefits."""

import tempfile

import pytest

from ledger.application import Ledger
from ledger.benefits import Remaining
from ledger.benefits.terms import Limits, Period, Rules
from ledger.errors import NotAProxy
from ledger.members.authorization import Principal
from ledger.merchants.merchant import Merchant
from tests.ledger.services.test_member_benefits import WANG, LedgerWithShops, shops

__all__ = ["shops"]


def test_how_much_is_left_is_told(shops: LedgerWithShops) -> None:
    rules = {"merchants": ("rose",), "limits": Limits(per_week=3)}
    shops.publish("care", "allowance", terms={"amount_minor": 30_00, "period": "month"}, **rules)
    shops.publish("haircut", "free_service", terms={"times": 2}, **rules)
    shops.publish("tea", "stamp_card", terms={"every": 5}, **rules)
    for number, choice in enumerate(("care", "haircut", "tea")):
        scan = shops.scan("rose", "gulou", 12_00, choices=(choice,))
        shops.ledger.tills.redemptions.redeem(f"r{number}", scan)

    held = shops.held()

    assert {choice: one.remaining for choice, one in held.items()} == {
        "care": Remaining(period=Period.MONTH, amount_minor=18_00),
        "haircut": Remaining(period=Period.TERM, times=1),
        "tea": Remaining(period=Period.TERM, stamps=3),
    }
    assert {tuple(one.limits) for one in held.values()} == {((Period.WEEK, 3, 2),)}


def test_nothing_is_told_where_there_is_no_merchant() -> None:
    with tempfile.TemporaryDirectory() as path:
        ledger = Ledger(f"sqlite:///{path}/log.db")
        ledger.officers.cards.register_member("wang", branch="miyun-1")
        ledger.officers.offers.publish_offer(
            "hair", title="八折", kind="percent_off", terms={"basis_points": 1}, rules=Rules()
        )
        benefits = ledger.members.benefits.card_benefits(WANG)
        ledger.close()

    assert benefits.held(200) == ([], 0)
    assert benefits.card_refusal is not None


def test_only_the_member_or_who_they_named_may_look(shops: LedgerWithShops) -> None:
    shops.ledger.officers.cards.register_member("li", branch="miyun-1")

    with pytest.raises(NotAProxy):
        shops.ledger.members.benefits.card_benefits(Principal(member_id="wang", acting="li"))


def test_merchants_and_benefits_are_called_what_they_are_called_today(
    shops: LedgerWithShops,
) -> None:
    shops.publish("hair")
    terms = {"basis_points": 1}
    shops.ledger.officers.offers.make_grant(
        "c1", grant_id="gift", title="礼物", kind="percent_off", terms=terms, rules=Rules()
    )

    titles = shops.ledger.choice_titles("wang", {"hair", "gift", "nothing"})
    merchants = shops.ledger.find_merchants({"rose", "nobody"})

    assert titles == {"hair": "hair", "gift": "礼物", "nothing": ""}
    assert merchants["rose"].outlets["gulou"] == "gulou"
    assert merchants["nobody"] == Merchant()
