"""Callers that redeem without pause; each waits for its answer before the next request."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import NamedTuple

from ledger.application import Ledger
from ledger.services.scan import Scan

_RUNS = count(1)


class Load(NamedTuple):
    """The number of redemptions, the seconds of the run, and the seconds each answer took."""

    redemptions: int
    seconds: float
    waits: list[float]

    @property
    def rate(self) -> float:
        """The redemptions per second."""
        return self.redemptions / self.seconds


def redeem(ledger: Ledger, scans: Sequence[Scan], callers: int, seconds: float) -> Load:
    """Redeem from `callers` threads for some seconds, each at least once; raise a refusal."""
    run = next(_RUNS)
    begin = threading.Barrier(callers + 1)

    def call(caller: int) -> list[float]:
        waits: list[float] = []
        begin.wait()
        asked = time.perf_counter()
        end = asked + seconds
        for number in count():
            scan = scans[(caller * 7_919 + number) % len(scans)]
            ledger.tills.redemptions.redeem(f"run{run}-{caller}-{number}", scan)
            answered = time.perf_counter()
            waits.append(answered - asked)
            asked = answered
            if asked > end:
                break
        return waits

    with ThreadPoolExecutor(callers) as threads:
        running = [threads.submit(call, caller) for caller in range(callers)]
        begin.wait()
        started = time.perf_counter()
        waits = [wait for one in running for wait in one.result()]
    return Load(len(waits), time.perf_counter() - started, waits)
