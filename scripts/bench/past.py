"""A log to read: the first months of the real year if it is installed, else a synthetic history."""

from __future__ import annotations

from ledger.application import Ledger
from pos_gateway.replay.source import completejourney
from pos_gateway.replay.year import replay
from scripts.bench import city, history

SET_UP = 14_000
"""The approximate number of events before the first basket of the year: cards, stores, offers."""

BASKETS_LEAST = 1_000
"""The least number of baskets to replay: enough that some include a coupon."""


def record(ledger: Ledger, facts: int) -> str:
    """Record about `facts` events; return "completejourney" or "made-up" by their source."""
    try:
        year = completejourney(ledger.zone)
    except ModuleNotFoundError:
        city.found(ledger)
        cards = max(1, facts // history.FACTS_EACH_CARD)
        history.fill(ledger.store, cards=cards, facts=facts)
        return "made-up"
    baskets = year.baskets[: max(BASKETS_LEAST, facts - SET_UP)]
    households = {basket.household_id for basket in baskets}
    stores = {basket.store_id for basket in baskets}
    replay(
        ledger,
        year._replace(
            baskets=baskets,
            households={one: age for one, age in year.households.items() if one in households},
            stores=sorted(stores),
        ),
        lambda _what, _done, _total: None,
    )
    return "completejourney"
