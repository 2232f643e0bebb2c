"""Costs in a large city beside a small one: claims, tills, starts and rebuilds."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from ledger.application import Ledger
from pos_gateway.child_process import HONGKA
from pos_gateway.settings import Settings
from projections.engine.registry import PROJECTIONS
from scripts.bench import claims
from scripts.bench.calls import Gateway
from scripts.bench.command import Fresh, bench
from scripts.bench.figures import Figures
from scripts.bench.load import check_answers, check_recorded
from scripts.bench.population import Population
from scripts.bench.projections import rebuilt
from scripts.bench.servers import (
    GATEWAY,
    ROOT,
    Measured,
    Server,
    resident_mebibytes,
    serving,
    settings,
)

SHORT, CARDS, OFFERS = 10_000, 500, 20
"""The facts, cards and offers of the small city; its merchants are as many as those of the large.

The same number of cards redeem in each city, so that their states are cached.
"""

CONNECTIONS = 32
FIRST_RATE = 1_500
STATES_COLD = "256"
"""The cache size for runs with cards that are not cached: about the states of one batch."""

PARTS = ("claims", "tills", "cold", "start", "rebuild")
START_MORE_SECONDS_MAX = 2
OFFERS_MOST = {"validation": 1.5}
HELP_SECONDS_MAX = 0.5


@bench("growth", seconds=2, database="sqlite")
@click.option("--part", type=click.Choice(PARTS), multiple=True, default=PARTS)
@click.option("--facts", type=float, default=1e6, help="Events of the large city, up to 1e7.")
@click.option("--cards", type=float, default=1e5, help="Cards of the large city, up to 1e6.")
@click.option("--offers", type=click.IntRange(min=2), default=5_000)
@click.option("--merchants", type=click.IntRange(min=1), default=1_000)
@click.option("--many", type=click.IntRange(min=1), default=100_000, help="Claims in a drop.")
def main(
    figures: Figures,
    made: dict[str, Fresh],
    *,
    part: tuple[str, ...],
    rounds: int,
    seconds: float,
    facts: float,
    cards: float,
    offers: int,
    merchants: int,
    many: int,
) -> None:
    """Measure what grows with the work; the cities are kept under var/bench for later runs."""
    small = Population(SHORT, CARDS, OFFERS, merchants)
    large = Population(int(facts), int(cards), offers, merchants)
    cities = (small, small._replace(offers=offers), large)
    for kind, fresh in made.items():
        if "claims" in part:
            claims.measure(figures, kind, fresh, rounds=rounds, many=many)
        urls = {city: fresh(f"city_{number}") for number, city in enumerate(cities)}
        if {*part} - {"claims"}:
            for city, url in urls.items():
                city.copy_to(url)
        if "rebuild" in part:
            _rebuild(figures, kind, fresh, urls, rounds)
        if "start" in part:
            _start(
                figures, kind, {"an empty log": fresh("nothing"), f"{large}": urls[large]}, rounds
            )
        for name in ("tills", "cold"):
            if name in part:
                _tills(figures, kind, urls, rounds, seconds, cached=name == "tills")


def _tills(
    figures: Figures,
    kind: str,
    urls: dict[Population, str],
    rounds: int,
    seconds: float,
    *,
    cached: bool,
) -> None:
    """Measure what an answer to a till costs a gateway on each city, which keeps no projections.

    With `cached`, the same number of cards redeem in every city, and soon their states are cached.
    Else any card may, and hardly any state is: then a validation would load every offer.
    """
    more = {} if cached else {"HONGKA_STATES": STATES_COLD}
    with ExitStack() as stack:
        sites: dict[Population, tuple[Server, Gateway]] = {}
        for city, url in urls.items():
            chosen = _settings(stack, url, **more)
            cards = CARDS if cached else city.cards
            gateway = Gateway(chosen, cards=cards, merchants=city.merchants)
            sites[city] = stack.enter_context(serving(GATEWAY, chosen)), gateway
        rates: dict[tuple[str, Population], float] = {}
        for number in range(rounds + 1):  # the first fills the caches, and is not counted
            for what in ("redemption", "validation") if cached else ("redemption",):
                cost = {}
                for city, site in sites.items():
                    calls = round(2.5 * rates.get((what, city), FIRST_RATE) * seconds) + CONNECTIONS
                    measured = _asked(what, *site, seconds, calls, check=bool(number))
                    rates[what, city] = measured.load.rate
                    cost[city] = measured.processor_ms
                if number:
                    name = f"{kind}: {what}{'' if cached else ', cards not cached'}"
                    _add(figures, name, cost, (1.2 if cached else None, OFFERS_MOST.get(what)))
        for city, (server, _gateway) in sites.items() if cached else ():
            memory = resident_mebibytes(server.pid)
            figures.add(f"{kind}: memory of a gateway after that, {city}", memory, "MiB")


def _add(
    figures: Figures,
    name: str,
    cost: dict[Population, float],
    bounds: tuple[float | None, float | None],
) -> None:
    few, short, large = cost
    for city, each in cost.items():
        figures.add(f"{name}, {city}", each, "ms")
    for city, beside, most in zip((large, short), (short, few), bounds, strict=True):
        figures.add(f"{name}, {city} to {beside}", cost[city] / cost[beside], "×", most=most)


def _asked(
    what: str, server: Server, gateway: Gateway, seconds: float, number: int, *, check: bool
) -> Measured:
    """Send at most `number` redemptions or validations; `check` the answers and the log."""
    make = gateway.redemptions if what == "redemption" else gateway.validations
    calls, before = make(number), gateway.head()
    measured = server.under(calls, CONNECTIONS, seconds)
    if check:
        check_answers(what, measured.load, fresh=True)
        if what == "redemption":
            recorded = len(gateway.tail("redemption.made", before))
            check_recorded(what, [measured.load], recorded)
    return measured


def _settings(stack: ExitStack, url: str, **more: str) -> Settings:
    var = Path(stack.enter_context(TemporaryDirectory(prefix="hongka-bench-var-")))
    return settings(var, workers=1, LEDGER_URL=url, HONGKA_FOLLOW="no", **more)


def _start(figures: Figures, kind: str, urls: dict[str, str], rounds: int) -> None:
    """Measure the seconds until a gateway answers, and the processor seconds of a command."""
    for _ in range(rounds):
        took = []
        for name, url in urls.items():
            with ExitStack() as stack:
                chosen = _settings(stack, url)
                started = time.perf_counter()
                stack.enter_context(serving(GATEWAY, chosen))
                took.append(time.perf_counter() - started)
            figures.add(f"{kind}: start of a gateway, {name}", took[-1], "s")
        more, most = took[-1] - took[0], START_MORE_SECONDS_MAX
        figures.add(f"{kind}: start of a gateway, more than on an empty log", more, "s", most=most)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, *HONGKA, "--help"], cwd=ROOT, check=True, capture_output=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        help_seconds = sum(after[:2]) - sum(before[:2])
        figures.add("hongka --help, processor time", help_seconds, "s", most=HELP_SECONDS_MAX)


def _rebuild(
    figures: Figures, kind: str, fresh: Fresh, urls: dict[Population, str], rounds: int
) -> None:
    """Measure what rebuilding all tables costs an event; in the large city once."""
    _, short, large = urls
    cost = {}
    for city, times in ((short, rounds), (large, 1)):
        for number in range(times):
            views = fresh(f"views_{city.cards}_{number}")
            with closing(Ledger(urls[city])) as ledger:
                cost[city] = 1e6 / rebuilt(ledger, urls[city], views, PROJECTIONS)
            figures.add(f"{kind}: rebuilding an event, {city}", cost[city], "µs")
    ratio = cost[large] / cost[short]
    figures.add(f"{kind}: rebuilding an event, {large} to {short}", ratio, "×")


if __name__ == "__main__":
    main()
