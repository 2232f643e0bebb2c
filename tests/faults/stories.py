"""The faults as stories, long or short: under load something breaks, and the oracle is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from tests.faults.checker import complaints, tally
from tests.faults.clients import Load, Operation
from tests.faults.district import OFFERS, District
from tests.faults.gateways import Gateway, until
from tests.faults.proxy import CommitProxy
from tests.faults.rows import written

CALLS = 6_000
"""What tills have to ask in one load: more than they get to ask on a machine of two cores."""

AFTERWARDS = 300
"""The facts a load goes on for after the last recovery."""


class Story(NamedTuple):
    """What the oracle said, what clients met, and how many seconds each recovery took."""

    complaints: list[str]
    operations: list[Operation]
    recoveries: list[float]

    @property
    def met(self) -> dict[str, int]:
        """How often each answer was given."""
        return tally(self.operations)


def under_load(
    district: District,
    gateways: Sequence[Gateway],
    break_it: Callable[[], list[float]],
    *,
    choices: Sequence[str] = OFFERS,
    before: Sequence[Operation] = (),
) -> Story:
    """Break something while tills redeem, then judge the whole log and every answer ever given."""
    with Load([gateway.port for gateway in gateways], district.calls(CALLS, choices)) as load:
        grown(district, 50)
        recoveries = break_it()
        grown(district, AFTERWARDS)
        operations = [*before, *load.stop()]
    return Story(complaints(written(district.url), operations), operations, recoveries)


def killed(gateway: Gateway, district: District, chance: Random) -> float:
    """Kill a gateway among its commits and start it anew; the seconds to its first answer."""
    grown(district, 20)
    time.sleep(chance.uniform(0.0, 0.3))
    gateway.kill()
    return gateway.start()


def cut(proxy: CommitProxy, *, delivered: bool) -> float:
    """Cut the next commit; the seconds until it passed by."""
    before = proxy.cuts
    proxy.cut(delivered=delivered)
    return until(lambda: proxy.cuts > before)


def grown(district: District, facts: int) -> float:
    """Wait until the log has grown by so many facts; the seconds it took."""
    before = district.position()
    return until(lambda: district.position() >= before + facts)
