"""The cost of a redemption and of a start on a long log, beside a short one."""

from __future__ import annotations

import time
from random import Random

from ledger.application import Ledger, WriterLimits
from scripts.bench import callers, city
from scripts.bench.databases import Fresh
from scripts.bench.figures import Figures

SHORT = 10_000
CALLERS = 32
SCANS = 20_000
STATES_COLD = 256
"""The cache size for runs with unknown cards: about the states of one batch."""


def measure(
    figures: Figures, kind: str, fresh: Fresh, *, rounds: int, seconds: float, facts: int
) -> None:
    """Fill a short log and one of `facts` events, then measure starts and redemptions on both."""
    lengths = {f"{count:.0e} facts": count for count in (SHORT, facts)}
    short, long = lengths
    urls = {length: fresh(f"log_{count}") for length, count in lengths.items()}
    for length, url in urls.items():
        started = time.perf_counter()
        _fill(url, lengths[length])
        rate = lengths[length] / (time.perf_counter() - started)
        figures.add(f"{kind}: bulk filling, {length}", rate, "1/s")
    for _ in range(rounds):
        took = {length: _start(url) for length, url in urls.items()}
        for length, start in took.items():
            figures.add(f"{kind}: start and first redemption, {length}", start, "s")
        more = took[long] - took[short]
        figures.add(f"{kind}: start, {long} more than {short}", more, "s", most=2)
    # First the same cards redeem on both logs and are soon cached; then any cards, never cached.
    few = dict.fromkeys(lengths.values(), _cards(SHORT))
    every = {count: _cards(count) for count in lengths.values()}
    for name, cards, limits, most in (
        ("known cards", few, WriterLimits(), 1.2),
        ("unknown cards", every, WriterLimits(states_max=STATES_COLD), None),
    ):
        costs = _costs(urls, [cards[count] for count in lengths.values()], limits, rounds, seconds)
        for cost in costs:
            for length, each in zip(lengths, cost, strict=True):
                figures.add(f"{kind}, {name}: a redemption, {length}", each * 1e6, "µs")
            ratio = cost[1] / cost[0]
            figures.add(f"{kind}, {name}: {long} to {short}", ratio, "×", most=most)


def _cards(facts: int) -> int:
    return max(1, facts // city.FACTS_EACH_CARD)


def _fill(url: str, facts: int) -> None:
    ledger = Ledger(url)
    city.found(ledger)
    city.fill(ledger.store, cards=_cards(facts), facts=facts)
    ledger.close()


def _start(url: str) -> float:
    """Return the seconds that opening a ledger and one redemption on it take."""
    scans = city.scans(Random(3), 1, 1)  # noqa: S311 - the same scan each time
    started = time.perf_counter()
    ledger = Ledger(url)
    callers.redeem(ledger, scans, 1, 0)
    took = time.perf_counter() - started
    ledger.close()
    return took


def _costs(
    urls: dict[str, str], cards: list[int], limits: WriterLimits, rounds: int, seconds: float
) -> list[list[float]]:
    """Return the seconds per redemption on each log: a list for each round."""
    chance = Random(2)  # noqa: S311 - the same scans each time
    ledgers = [Ledger(url, limits=limits) for url in urls.values()]
    scans = [city.scans(chance, each, SCANS) for each in cards]
    costs = []
    for _ in range(rounds + 1):
        loads = [
            callers.redeem(ledger, mine, CALLERS, seconds)
            for ledger, mine in zip(ledgers, scans, strict=True)
        ]
        costs.append([1 / load.rate for load in loads])
    for ledger in ledgers:
        ledger.close()
    return costs[1:]  # the first round fills the caches
