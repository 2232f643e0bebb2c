"""Rebuild every projection, beside the bare log and the library's runner; and a follower's lag."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from ledger.application import Ledger
from ledger.event import decode
from pos_gateway.app.server import look_less_often
from pos_gateway.replay.source import completejourney
from pos_gateway.replay.year import replay
from projections.engine.database import Projection, Views
from projections.engine.registry import PROJECTIONS
from projections.engine.runner import rebuild
from scripts.bench import city, lag
from scripts.bench.databases import KINDS, Fresh, databases
from scripts.bench.figures import Figures
from scripts.bench.library import library_rate

PAGE = 20_000
BALANCES = [one for one in PROJECTIONS if one.NAME.startswith("balances")]

_SET_UP = 14_000
"""The approximate number of events before the first basket of the year: cards, stores, offers."""

_BASKETS_LEAST = 1_000
"""The least number of baskets to replay: enough that some include a coupon."""


@click.command()
@click.option("--database", type=click.Choice(list(KINDS)), default="both")
@click.option("--rounds", type=click.IntRange(min=1), default=5)
@click.option(
    "--seconds", type=click.FloatRange(min=0.01), default=2.0, help="Seconds of library and lag."
)
@click.option("--facts", type=click.IntRange(min=1_000), default=60_000, help="Events in the log.")
def main(  # noqa: D103 - the help text is the module's
    *, database: str, rounds: int, seconds: float, facts: int
) -> None:
    look_less_often()  # as `hongka rebuild` and the gateway do
    figures = Figures("projections")
    with databases(database, figures) as made:
        for kind, fresh in made.items():
            url = fresh("log")
            ledger = Ledger(url)
            figures.machine["log"] = _record(ledger, facts)
            figures.machine["facts"] = ledger.store.max_notification_id()
            for number in range(rounds):
                _round(figures, kind, ledger, url, fresh, number, seconds)
            ledger.close()
            for number in range(rounds):
                lag.measure(figures, kind, fresh, number, seconds)
    figures.show()


def _round(
    figures: Figures, kind: str, ledger: Ledger, url: str, fresh: Fresh, number: int, seconds: float
) -> None:
    """Measure each reader of the log, one after the other, and add the figures of a round."""
    # The log begins with set-up events; from its middle on the events are typical.
    middle = ledger.head() // 2
    bare = _read(ledger)
    every = _rebuilt(ledger, fresh(f"views_{number}"), PROJECTIONS)
    alone = _rebuilt(ledger, fresh(f"balances_{number}"), BALANCES)
    with TemporaryDirectory(prefix="hongka-bench-library-") as folder:
        library = library_rate(
            url, str(Path(folder, "views.db")), BALANCES[0], seconds, after=middle
        )
    figures.add(f"{kind}: reading and decoding the bare log", bare, "facts/s")
    figures.add(f"{kind}: rebuilding all {len(PROJECTIONS)}", every, "facts/s")
    figures.add(f"{kind}: rebuilding balances alone", alone, "facts/s")
    figures.add(f"{kind}: the library's runner, balances alone, on SQLite", library, "facts/s")
    figures.add(f"{kind}: all to the bare log", every / bare, "×", least=0.25)
    figures.add(f"{kind}: all to the library's balances", every / library, "×", least=50)
    figures.add(f"{kind}: balances to the library's", alone / library, "×")


def _read(ledger: Ledger) -> float:
    """Return the events per second of reading and decoding the log, and nothing else."""
    started = time.perf_counter()
    after = 0
    with ledger.store.reading() as view:
        while page := view.tail(after, PAGE):
            for stored in page:
                decode(stored.topic, stored.payload)
            after = page[-1].position
    return after / (time.perf_counter() - started)


def _rebuilt(ledger: Ledger, url: str, projections: Sequence[Projection]) -> float:
    """Return the events per second of rebuilding the tables of these projections in `url`."""
    views = Views(url, projections)
    started = time.perf_counter()
    count = rebuild(views, ledger.facts, page=PAGE)
    took = time.perf_counter() - started
    views.close()
    return count / took


def _record(ledger: Ledger, facts: int) -> str:
    """Record about `facts` events; return "completejourney" or "made-up" by their source."""
    try:
        year = completejourney(ledger.zone)
    except ModuleNotFoundError:
        city.found(ledger)
        cards = max(1, facts // city.FACTS_EACH_CARD)
        city.fill(ledger.store, cards=cards, facts=facts)
        return "made-up"
    baskets = year.baskets[: max(_BASKETS_LEAST, facts - _SET_UP)]
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


if __name__ == "__main__":
    main()
