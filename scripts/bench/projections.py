"""Rebuild every projection, beside the bare log and the library's runner; and a follower's lag."""

import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from functools import partial
from itertools import chain
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import click
from sqlalchemy import Table

from ledger.application import Ledger
from ledger.event import decode
from ledger.services.log_queries import opened_facts
from pos_gateway.child_process import HONGKA, running
from pos_gateway.replay.source import completejourney
from pos_gateway.replay.year import replay
from projections.engine.changes import Folded, apply, fold
from projections.engine.database import Projection, Views
from projections.engine.rebuild import rebuild_in_processes
from projections.engine.registry import PROJECTIONS
from projections.engine.runner import dispatched
from scripts.bench import city
from scripts.bench.command import Fresh, bench
from scripts.bench.figures import Figures, percentile
from scripts.bench.ledger import redeem
from scripts.bench.library import library_rate
from scripts.bench.servers import ROOT, settings

PAGE = 20_000
BALANCES = [one for one in PROJECTIONS if one.NAME.startswith("balances")]

_SET_UP = 14_000
"""The approximate number of events before the first basket of the year: cards, stores, offers."""

_BASKETS_LEAST = 1_000
"""The least number of baskets to replay: enough that some include a coupon."""

CARDS = 2_000
CALLERS = 32
LOOK_SECONDS = 0.01
CAUGHT_UP_SECONDS_MAX = 60.0

Page = list[tuple[Table, Folded]]
"""The rows that the projections write for a page of events, by table."""

Reached = list[tuple[int, float]]
"""Positions of the log, each with the time (of `perf_counter`) when it was reached."""


@bench("projections", seconds=2)
@click.option("--facts", type=click.IntRange(min=1_000), default=60_000, help="Events in the log.")
def main(
    figures: Figures, made: dict[str, Fresh], *, rounds: int, seconds: float, facts: int
) -> None:
    """Measure the rebuild of all projections beside simpler readers, and the lag of a follower."""
    for kind, fresh in made.items():
        url = fresh("log")
        with closing(Ledger(url)) as ledger:
            _record(ledger, facts)
            figures.machine["facts"] = ledger.head()
            pages = _folded(ledger)
            for number in range(rounds):
                _round(figures, kind, ledger, url, fresh, number, seconds, pages)
        for number in range(rounds):
            _lag(figures, kind, fresh, number, seconds)


def _round(
    figures: Figures,
    kind: str,
    ledger: Ledger,
    url: str,
    fresh: Fresh,
    number: int,
    seconds: float,
    pages: list[Page],
) -> None:
    """Measure each reader of the log, one after the other, and add the figures of a round."""
    # The log begins with set-up events; from its middle on the events are typical.
    middle = ledger.head() // 2
    rate = {
        "reading the bare log": _rate(ledger, lambda: _read(ledger)),
        "bare log and bare upserts": _upserted(ledger, fresh(f"bare_{number}"), pages),
        "rebuilding all": rebuilt(ledger, url, fresh(f"views_{number}"), PROJECTIONS),
        "rebuilding balances": rebuilt(ledger, url, fresh(f"balances_{number}"), BALANCES),
    }
    with TemporaryDirectory(prefix="hongka-bench-library-") as folder:
        rate["the library's balances"] = library_rate(
            url, str(Path(folder, "views.db")), BALANCES[0], seconds, after=middle
        )
    for name, each in rate.items():
        figures.add(f"{kind}: ", name, each, "1/s")


def _rate(ledger: Ledger, work: Callable[[], object]) -> float:
    """Return the events of the log a second, in the time that `work` takes."""
    started = time.perf_counter()
    work()
    return ledger.head() / (time.perf_counter() - started)


def _read(ledger: Ledger, each: Callable[[int], None] = lambda _page: None) -> None:
    """Read and decode the log, calling `each` with the number of every page, from 0."""
    after = number = 0
    with ledger.store.reading() as view:
        while page := view.tail(after, PAGE):
            for stored in page:
                decode(stored.topic, stored.payload)
            each(number)
            after, number = page[-1].position, number + 1


def _folded(ledger: Ledger) -> list[Page]:
    """Return the rows that the projections write, for each page of the log."""
    pages: list[Page] = []
    after = 0
    while facts := ledger.facts(after, PAGE):
        pages.append([])
        for one, taken in zip(PROJECTIONS, dispatched(PROJECTIONS, facts), strict=True):
            folded = fold(chain.from_iterable(one.project(fact.event, fact) for fact in taken))
            pages[-1].append((one.table, folded))
        after = facts[-1].position
    return pages


def _upserted(ledger: Ledger, url: str, pages: list[Page]) -> float:
    """Return the events a second of reading the log and writing ready rows, a commit a page."""
    with closing(Views(url, PROJECTIONS)) as views:

        def write(number: int) -> None:
            with views.writing() as connection:
                for table, folded in pages[number]:
                    apply(connection, table, folded)

        return _rate(ledger, lambda: _read(ledger, write))


def rebuilt(ledger: Ledger, log: str, url: str, projections: Sequence[Projection]) -> float:
    """Return the events a second of rebuilding the tables of these projections in `url`.

    A long log at the URL `log` is read by several processes, as `hongka rebuild` does.
    """
    with closing(Views(url, projections)) as views:
        work = partial(
            rebuild_in_processes,
            *(views, ledger.facts, partial(opened_facts, log)),
            head=ledger.head(),
        )
        return _rate(ledger, work)


def _record(ledger: Ledger, facts: int) -> None:
    year = completejourney(ledger.zone)
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


def _lag(figures: Figures, kind: str, fresh: Fresh, number: int, seconds: float) -> None:
    """Run round `number`: load the log while `hongka follow` reads it; add its lag to the figures.

    Load and follower are processes of their own.
    """
    url = fresh(f"followed_{number}")
    views_url = fresh(f"following_{number}") if kind == "sqlite" else url
    turns: list[tuple[int, float]] = []
    scans = city.scans(Random(4), CARDS, 5_000)  # noqa: S311 - the same scans each time
    with (
        ExitStack() as stack,
        closing(
            Ledger(url, on_batch=lambda turn: turns.append((turn.facts, time.perf_counter())))
        ) as ledger,
        closing(Views(views_url, PROJECTIONS)) as views,
    ):
        city.found(ledger)
        city.fill(ledger.store, cards=CARDS)
        head = ledger.head()
        turns.clear()
        chosen = settings(stack, LEDGER_URL=url, VIEWS_URL=views_url)
        log = chosen.var / "follow.log"
        seen: Reached = []
        stop = threading.Event()
        watcher = threading.Thread(target=_watch, args=(views, seen, stop))
        watcher.start()
        try:
            with running((*HONGKA, "follow"), chosen.environment, log, ROOT):
                _until(seen, head)
                load = redeem(ledger, scans, CALLERS, seconds)
                _until(seen, ledger.head())
        finally:
            stop.set()
            watcher.join()
    lags = _lags(head, turns, seen)
    rate = len(load.waits) / load.seconds
    figures.add(f"{kind}: ", "redemptions while followed", rate, "1/s")
    figures.add(f"{kind}: ", "lag p50", percentile(lags, 0.5), "s")
    figures.add(f"{kind}: ", "lag p99", percentile(lags, 0.99), "s")


def _watch(views: Views, seen: Reached, stop: threading.Event) -> None:
    while not stop.wait(LOOK_SECONDS):
        positions = views.positions()
        slowest = min(positions[one.NAME].position for one in views.projections)
        seen.append((slowest, time.perf_counter()))


def _lags(head: int, turns: list[tuple[int, float]], seen: Reached) -> list[float]:
    """Return for each event after `head` the seconds from its commit until every view showed it."""
    positions = [position for position, _ in seen]
    lags: list[float] = []
    for facts, committed in turns:
        head += facts
        _, reached = seen[bisect_left(positions, head)]
        lags += [max(0.0, reached - committed)] * facts
    return lags


def _until(seen: Reached, position: int) -> None:
    give_up = time.monotonic() + CAUGHT_UP_SECONDS_MAX
    while not seen or seen[-1][0] < position:
        if time.monotonic() > give_up:
            raise TimeoutError(f"the views did not reach position {position}")
        time.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    main()
