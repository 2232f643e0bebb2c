"""Callers that redeem without pause; each waits for its answer before the next request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from itertools import chain, count
from typing import NamedTuple

import uvloop

from ledger.application import Ledger, Request
from ledger.services.redemptions import redemption_answered
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
    """Redeem from `callers` coroutines for some seconds, each at least once; raise a refusal.

    As in a gateway, they share an event loop, which the writer wakes once a batch.
    """
    return uvloop.run(_redeem(ledger, scans, callers, seconds))


async def _redeem(ledger: Ledger, scans: Sequence[Scan], callers: int, seconds: float) -> Load:
    run, loop = next(_RUNS), asyncio.get_running_loop()
    waiting: dict[Request, asyncio.Future[None]] = {}

    def answer(requests: list[Request]) -> None:
        for request in requests:
            waiting.pop(request).set_result(None)

    def wake(requests: list[Request]) -> None:
        loop.call_soon_threadsafe(answer, requests)

    async def call(caller: int) -> list[float]:
        waits: list[float] = []
        asked = started
        for number in count():
            scan = scans[(caller * 7_919 + number) % len(scans)]
            request = ledger.tills.redemptions.redeeming(f"run{run}-{caller}-{number}", scan)
            request.wake = wake
            waiting[request] = loop.create_future()
            ledger.submit(request)
            await waiting[request]
            redemption_answered(request.outcome())
            answered = time.perf_counter()
            waits.append(answered - asked)
            asked = answered
            if asked > started + seconds:
                break
        return waits

    started = time.perf_counter()
    waits = [*chain.from_iterable(await asyncio.gather(*map(call, range(callers))))]
    return Load(len(waits), time.perf_counter() - started, waits)
