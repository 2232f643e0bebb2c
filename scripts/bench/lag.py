"""The delay from the commit of an event until the views show it, under full load."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from ledger.application import Ledger
from pos_gateway.child_process import HONGKA, running
from projections.engine.database import Views
from projections.engine.registry import PROJECTIONS
from scripts.bench import callers, city
from scripts.bench.command import Fresh
from scripts.bench.figures import Figures, percentile
from scripts.bench.servers import ROOT, settings

CARDS = 2_000
CALLERS = 32
LOOK_SECONDS = 0.01
CAUGHT_UP_SECONDS_MAX = 60.0

Reached = list[tuple[int, float]]
"""Positions of the log, each with the time (of `perf_counter`) when it was reached."""


def measure(figures: Figures, kind: str, fresh: Fresh, number: int, seconds: float) -> None:
    """Run round `number`: load the log while `hongka follow` reads it; add its lag to the figures.

    Load and follower are processes of their own.
    """
    url = fresh(f"followed_{number}")
    views_url = fresh(f"following_{number}") if kind == "sqlite" else url
    turns: list[tuple[int, float]] = []
    scans = city.scans(Random(4), CARDS, 5_000)  # noqa: S311 - the same scans each time
    with (
        TemporaryDirectory(prefix="hongka-bench-var-") as var,
        closing(
            Ledger(url, on_batch=lambda turn: turns.append((turn.facts, time.perf_counter())))
        ) as ledger,
        closing(Views(views_url, PROJECTIONS)) as views,
    ):
        city.found(ledger)
        city.fill(ledger.store, cards=CARDS)
        head = ledger.head()
        turns.clear()
        followed = settings(Path(var), workers=1, LEDGER_URL=url, VIEWS_URL=views_url).environment
        seen: Reached = []
        stop = threading.Event()
        watcher = threading.Thread(target=_watch, args=(views, seen, stop))
        watcher.start()
        try:
            with running((*HONGKA, "follow"), followed, Path(var, "follow.log"), ROOT):
                _until(seen, head)
                load = callers.redeem(ledger, scans, CALLERS, seconds)
                _until(seen, ledger.head())
        finally:
            stop.set()
            watcher.join()
    lags = _lags(head, turns, seen)
    figures.add(f"{kind}: redemptions while followed", load.rate, "1/s")
    figures.add(f"{kind}: lag p50", percentile(lags, 0.5), "s")
    figures.add(f"{kind}: lag p99", percentile(lags, 0.99), "s", most=1)


def _watch(views: Views, seen: Reached, stop: threading.Event) -> None:
    """Add to `seen` how far the slowest view has read, until told to stop."""
    while not stop.wait(LOOK_SECONDS):
        seen.append((-views.lag(0), time.perf_counter()))


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
