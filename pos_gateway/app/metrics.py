"""Metrics for Prometheus, over all workers of one server."""

import os
import threading
import time
from bisect import bisect_left
from collections import Counter as Tally
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from flask import Flask, Response, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from ledger.application import BatchReport
from pos_gateway.services import Services
from pos_gateway.settings import WORKERS_SHARE

STARTED = "hongka.started"
"""The key of a request's arrival time in its environment, by the process's counter."""

ANSWERS_MAX = 100_000
"""The most answers waiting to be counted; beyond it the oldest are dropped."""

TEXT_SECONDS = 1.0
"""The seconds for which one text serves every scraper: to make it takes 0.1 s of a processor."""

_ROOM_BYTES = 1 << 21
"""The reserved size of each file of a worker: room for a thousand routes and statuses."""

_FILES = ("counter", "gauge_livesum", "histogram")

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)

_Answered = tuple[str, int, float, str | None]


class Metrics:
    """The Prometheus metrics of one process: an app, or one of several workers."""

    def __init__(self) -> None:
        if WORKERS_SHARE in os.environ:
            _reserve(Path(os.environ[WORKERS_SHARE]))
        self._registry = registry = CollectorRegistry()
        self._answers: deque[_Answered] = deque(maxlen=ANSWERS_MAX)
        self._counting = threading.Lock()
        self._telling = threading.Lock()
        self._told = -TEXT_SECONDS, b""
        counter = partial(Counter, registry=registry)
        times = partial(Histogram, registry=registry, buckets=_SECONDS)
        sizes = partial(Histogram, registry=registry, buckets=_SIZES)
        sums = partial(Gauge, registry=registry, multiprocess_mode="livesum")
        late = "By how much the event loop was late, four times a second."
        self._requests = times("hongka_request_seconds", "Time to answer.", ["route", "status"])
        self._refused = counter("hongka_refused", "Problems answered, by reason.", ["reason"])
        self._turn_requests = sizes("hongka_turn_requests", "Requests of one turn.")
        self._turn_facts = counter("hongka_facts", "Facts recorded.")
        self._turn_seconds = times("hongka_turn_seconds", "Time of one turn.")
        self._loop_late = times("hongka_loop_late_seconds", late)
        self._waiting = sums("hongka_waiting", "Requests that wait for their turn.")

    def on_batch(self, report: BatchReport) -> None:
        """Count one group commit: its requests, facts and seconds, and the requests that wait."""
        self._turn_requests.observe(report.requests)
        self._turn_facts.inc(report.facts)
        self._turn_seconds.observe(report.seconds)
        self._waiting.set(report.waiting)

    def answered(self, route: str, status: int, seconds: float, reason: str | None) -> None:
        """Queue one response for `count`; beyond ANSWERS_MAX the oldest are dropped.

        `reason` is that of a problem, None for a success. Requests do not count themselves, since
        the library's counters share one lock and write to a file.
        """
        self._answers.append((route, status, seconds, reason))

    def loop_was_late(self, seconds: float) -> None:
        """Count by how much the event loop was late for a turn it had planned."""
        self._loop_late.observe(seconds)

    def install(self, app: Flask) -> None:
        """Count every request that Flask answers."""
        app.after_request(self._after_request)

    def count_on(self, wait: Callable[[float], bool]) -> None:
        """Call `count` once a second until `wait(seconds)`, which sleeps, returns true."""
        while not wait(1.0):
            self.count()

    def count(self) -> None:
        """Add the queued responses to the metrics, and empty the queue.

        They are summed first: a route with thousands of responses costs as much as one with two.
        """
        with self._counting:
            answers = [self._answers.popleft() for _ in range(len(self._answers))]
        seconds: dict[tuple[str, int], list[float]] = {}
        for route, status, took, _ in answers:
            seconds.setdefault((route, status), []).append(took)
        for (route, status), observed in seconds.items():
            observe_all(self._requests.labels(route, str(status)), observed)
        for reason, number in Tally(one[3] for one in answers).items():
            if reason is not None:
                self._refused.labels(reason).inc(number)

    def _after_request(self, response: Response) -> Response:
        seconds = time.perf_counter() - request.environ[STARTED]
        reason = getattr(response, "reason", None)
        self.answered(request.endpoint or "none", response.status_code, seconds, reason)
        return response

    def text(self, services: Services) -> bytes:
        """Return the metrics of all workers together, in Prometheus's format; see TEXT_SECONDS."""
        with self._telling:
            if time.monotonic() - self._told[0] >= TEXT_SECONDS:
                self._told = time.monotonic(), self._made(services)
            return self._told[1]

    def _made(self, services: Services) -> bytes:
        self.count()
        registry = self._registry
        if WORKERS_SHARE in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # it has no types
        return generate_latest(registry) + generate_latest(_Positions(services))


class _Positions(Collector):
    """A collector for the position of the log and of its projections, read at each scrape."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        """Yield the last position of the log, and the number of facts each projection lacks."""
        head = self._services.ledger.head()
        yield GaugeMetricFamily("hongka_log_position", "The last position of the log.", value=head)
        lag = GaugeMetricFamily(
            "hongka_projection_lag", "Facts a projection is behind.", labels=["projection"]
        )
        positions = self._services.views.positions()
        for projection in self._services.views.projections:
            behind = head - positions[projection.NAME].position
            lag.add_metric([projection.NAME], max(0, behind))
        yield lag


def observe_all(histogram: Histogram, values: Sequence[float]) -> None:
    """Observe values in a histogram without labels, or in a child, at one write a bucket.

    The library has no call for it, so this writes to its buckets, which a test compares with its
    own `observe`.
    """
    histogram._sum.inc(sum(values))  # noqa: SLF001 - see above
    bounds, buckets = histogram._upper_bounds, histogram._buckets  # noqa: SLF001 - likewise
    for bucket, number in Tally(bisect_left(bounds, value) for value in values).items():
        buckets[bucket].inc(number)


def _reserve(folder: Path) -> None:
    """Create this worker's metric files at full size, before the library maps them into memory.

    The library would create sparse files: writing to one on a full disk ends the process (SIGBUS).
    """
    for kind in _FILES:
        file = folder / f"{kind}_{os.getpid()}.db"
        if not file.exists():
            # Written at once, since another worker may be summing.
            written = file.with_suffix(".part")
            written.write_bytes(bytes(_ROOM_BYTES))
            written.rename(file)
