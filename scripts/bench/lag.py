"""The delay from the commit of an event until the views show it, under full load."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event as EventType
from random import Random

from ledger.application import Ledger
from projections.engine.database import Views
from projections.engine.registry import PROJECTIONS
from projections.engine.runner import follow
from scripts.bench import callers, city
from scripts.bench.databases import Fresh
from scripts.bench.figures import Figures, percentile

CARDS = 2_000
CALLERS = 32
LOOK_SECONDS = 0.01
CAUGHT_UP_SECONDS_MAX = 60.0

Reached = list[tuple[int, float]]
"""Positions of the log, each with the time (of `perf_counter`) when it was reached."""


def measure(figures: Figures, kind: str, fresh: Fresh, number: int, seconds: float) -> None:
    """Run round `number`: load the log while a follower reads it, and add its lag to the figures.

    On SQLite the follower is a thread, as in a gateway; else a process.
    """
    url = fresh(f"followed_{number}")
    views_url = fresh(f"following_{number}") if kind == "sqlite" else url
    turns: list[tuple[int, float]] = []
    ledger = Ledger(url, on_batch=lambda turn: turns.append((turn.facts, time.perf_counter())))
    city.found(ledger)
    city.fill(ledger.store, cards=CARDS, facts=0)
    head = ledger.head()
    turns.clear()
    scans = city.scans(Random(4), CARDS, 5_000)  # noqa: S311 - the same scans each time
    views = Views(views_url, PROJECTIONS)
    seen: Reached = []
    follower = _follower(kind, ledger, views, url, views_url)
    with _running(*follower), _running(*_watcher(views, seen)):
        _until(seen, head)
        load = callers.redeem(ledger, scans, CALLERS, seconds)
        _until(seen, ledger.head())
    lags = _lags(head, turns, seen)
    figures.add(f"{kind}: redemptions while followed", load.rate, "1/s")
    figures.add(f"{kind}: lag p50", percentile(lags, 0.5), "s")
    figures.add(f"{kind}: lag p99", percentile(lags, 0.99), "s", most=1)
    views.close()
    ledger.close()


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


def _follower(
    kind: str, ledger: Ledger, views: Views, url: str, views_url: str
) -> tuple[threading.Thread | BaseProcess, threading.Event | EventType]:
    """Return a follower, not started yet, and the event that stops it."""
    if kind == "sqlite":
        stop = threading.Event()
        return threading.Thread(target=follow, args=(views, ledger.facts, stop.wait)), stop
    context = get_context("spawn")
    told = context.Event()
    return context.Process(target=_follow, args=(url, views_url, told)), told


def _watcher(views: Views, seen: Reached) -> tuple[threading.Thread, threading.Event]:
    """Return a thread that adds to `seen` how far the slowest view has read, and its end."""
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(LOOK_SECONDS):
            seen.append((-views.lag(0), time.perf_counter()))

    return threading.Thread(target=look), stop


@contextmanager
def _running(
    worker: threading.Thread | BaseProcess, stop: threading.Event | EventType
) -> Iterator[None]:
    """Run a thread or process during the block, then set `stop` and wait for its end."""
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()


def _follow(url: str, views_url: str, stop: EventType) -> None:
    ledger, views = Ledger(url), Views(views_url, PROJECTIONS)
    follow(views, ledger.facts, stop.wait)
    views.close()
    ledger.close()
