"""Costs in a large city beside a small one: claims, tills, starts and rebuilds."""

import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from itertools import count

import click

from ledger.application import Ledger, WriterLimits
from ledger.drops.terms import TICKETS_MAX
from ledger.errors import HongkaError
from ledger.members.authorization import Principal
from pos_gateway.child_process import HONGKA
from projections.engine.registry import PROJECTIONS
from scripts.bench import city
from scripts.bench.calls import OPENS_SECONDS, SUPPLIER, Gateway, announce, asked
from scripts.bench.command import Fresh, bench
from scripts.bench.figures import Figures
from scripts.bench.population import Population
from scripts.bench.projections import rebuilt
from scripts.bench.servers import GATEWAY, ROOT, Server, resident_mebibytes, serving, settings

SHORT, CARDS, OFFERS = 10_000, 500, 20
"""The facts and cards of both small cities, and the offers of the one with few.

Their merchants are as many as those of the large city. The same number of cards redeem in each
city, so that their states are cached.
"""

CONNECTIONS = 32
FIRST_RATE = 4_000
STATES_COLD = "256"
"""The cache size for runs with cards that are not cached: about the states of one batch."""

PARTS = ("claims", "tills", "cold", "start", "rebuild")
CITIES = FEW_OFFERS, SMALL, LARGE = "small city with few offers", "small city", "large city"

FEW = 100
SLICE = 250
"""The number of claims timed together, by cached members who never claimed elsewhere."""

SLICES = 8
"""The number of slices in a round; each claims in the large drop and in a small one of its own."""

STATES_PER_MEMBER = 5

_NUMBERS = count(1)


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
    cities = dict(zip(CITIES, (small, small._replace(offers=offers), large), strict=True))
    figures.machine |= {"claims": many} | {name: str(size) for name, size in cities.items()}
    for kind, fresh in made.items():
        if "claims" in part:
            _claims(figures, kind, fresh, rounds, many)
        urls = {name: fresh(f"city_{number}") for number, name in enumerate(CITIES)}
        if {*part} - {"claims"}:
            for name, url in urls.items():
                cities[name].copy_to(url)
        if "rebuild" in part:
            _rebuild(figures, kind, fresh, urls, rounds)
        if "start" in part:
            started = {"empty log": fresh("nothing"), LARGE: urls[LARGE]}
            _start(figures, kind, started, rounds)
        for cached in (one == "tills" for one in ("tills", "cold") if one in part):
            _tills(figures, kind, cities, urls, rounds, seconds, cached=cached)


def _tills(
    figures: Figures,
    kind: str,
    cities: dict[str, Population],
    urls: dict[str, str],
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
        sites: dict[str, tuple[Server, Gateway]] = {}
        for name, size in cities.items():
            chosen = settings(stack, LEDGER_URL=urls[name], HONGKA_FOLLOW="no", **more)
            cards = CARDS if cached else size.cards
            gateway = Gateway(chosen, cards=cards, merchants=size.merchants)
            sites[name] = stack.enter_context(serving(GATEWAY, chosen)), gateway
        rates: dict[tuple[str, str], float] = {}
        for number in range(rounds + 1):  # the first fills the caches, and is not counted
            for what in ("redemption", "validation") if cached else ("redemption",):
                for name, (server, gateway) in sites.items():
                    wanted = 2.5 * rates.get((what, name), FIRST_RATE) * seconds + CONNECTIONS
                    calls = gateway.tills(what, round(wanted))
                    load = gateway.checked(what, server, calls, CONNECTIONS, seconds)
                    if number:  # the first is slower: later rounds need more calls
                        rates[what, name] = load.rate
                        figure = f"{what}{'' if cached else ', cards not cached'}, {name}"
                        figures.add(f"{kind}: ", figure, load.worker_ms, "ms")
        for name, (server, _gateway) in sites.items() if cached else ():
            memory = resident_mebibytes(server.pid)
            figures.add(f"{kind}: ", f"memory of a gateway after that, {name}", memory, "MiB")


def _start(figures: Figures, kind: str, urls: dict[str, str], rounds: int) -> None:
    """Measure the seconds until a gateway answers, and the processor seconds of a command."""
    start = f"{kind}: "
    for _ in range(rounds):
        took = []
        for name, url in urls.items():
            with ExitStack() as stack:
                chosen = settings(stack, LEDGER_URL=url, HONGKA_FOLLOW="no")
                started = time.perf_counter()
                stack.enter_context(serving(GATEWAY, chosen))
                took.append(time.perf_counter() - started)
            figures.add(start, f"start of a gateway, {name}", took[-1], "s")
        more = took[-1] - took[0]
        figures.add(start, "start of a gateway, more than on an empty log", more, "s")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, *HONGKA, "--help"], cwd=ROOT, check=True, capture_output=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        help_seconds = sum(after[:2]) - sum(before[:2])
        figures.add("", "hongka --help, processor time", help_seconds, "s")


def _rebuild(figures: Figures, kind: str, fresh: Fresh, urls: dict[str, str], rounds: int) -> None:
    """Measure what rebuilding all tables costs an event; in the large city once."""
    for name, times in ((SMALL, rounds), (LARGE, 1)):
        for number in range(times):
            views = fresh(f"views_{name[:5]}_{number}")
            with closing(Ledger(urls[name])) as ledger:
                cost = 1e6 / rebuilt(ledger, urls[name], views, PROJECTIONS)
            figures.add(f"{kind}: ", f"rebuilding an event, {name}", cost, "µs")


def _claims(figures: Figures, kind: str, fresh: Fresh, rounds: int, many: int) -> None:
    """Claim in turns in a drop with `many` claims and in drops with FEW.

    The first of `rounds` + 1 rounds is not counted, since the caches fill in it.
    """
    slices = SLICES * (rounds + 1)
    fillers = max(-(-many // TICKETS_MAX), FEW)
    members = fillers + slices * SLICE
    limits = WriterLimits(states_max=members * STATES_PER_MEMBER)
    with closing(Ledger(fresh("claims"), limits=limits)) as ledger:
        city.fill(ledger.store, cards=members)
        ledger.officers.merchants.sign_merchant(SUPPLIER, name="玫瑰园")
        small = [f"few-{number}" for number in range(slices)]
        for drop_id in (*small, "many"):
            announce(ledger, drop_id, per_member=TICKETS_MAX)
        time.sleep(2 * OPENS_SECONDS)
        for drop_id in small:
            _claim(ledger, drop_id, range(FEW))
        _claim(ledger, "many", [number % fillers for number in range(many)])
        for number in range(rounds + 1):
            costs = {"a small": 0.0, "the large": 0.0}
            for one in range(number * SLICES, (number + 1) * SLICES):
                probes = range(fillers + one * SLICE, fillers + (one + 1) * SLICE)
                _cache(ledger, probes)
                turns = list(zip(costs, (small[one], "many"), strict=True))
                for size, drop_id in turns[:: -1 if one % 2 else 1]:
                    costs[size] += _claim(ledger, drop_id, probes)
            for size, cost in costs.items() if number else ():
                name = f"claim in {size} drop"
                figures.add(f"{kind}: ", name, cost / SLICES / SLICE * 1e6, "µs")


def _cache(ledger: Ledger, members: Sequence[int]) -> None:
    """Load the states of members, so that no claim waits for them."""
    names = [f"{kind}-{city.member_of(one)}" for one in members for kind in ("member", "grant")]
    ledger.query(lambda states, _now: states.load(names))


def _claim(ledger: Ledger, drop_id: str, members: Sequence[int]) -> float:
    """Claim for each member, many at a time, and return the seconds for all; raise a refusal."""
    started = time.perf_counter()
    claims = (
        (asked(drop_id, f"c{next(_NUMBERS)}"), Principal(member_id=city.member_of(member)), None)
        for member in members
    )
    for answer in ledger.members.claims.claim_many(claims, in_flight=SLICE):
        if isinstance(answer, HongkaError):
            raise answer
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
