"""The faults as stories, short or long: a component fails under load, and the oracle checks."""

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
"""The calls of tills in one load: more than a machine of two cores can answer."""

AFTERWARDS = 300
"""The number of events that a load continues after the last recovery."""


class Story(NamedTuple):
    """The complaints of the oracle, the answers to clients, and the seconds of each recovery."""

    complaints: list[str]
    operations: list[Operation]
    recoveries: list[float]

    @property
    def met(self) -> dict[str, int]:
        """Return how often each answer was given."""
        return tally(self.operations)


def under_load(
    district: District,
    gateways: Sequence[Gateway],
    break_it: Callable[[], list[float]],
    *,
    choices: Sequence[str] = OFFERS,
    before: Sequence[Operation] = (),
    calm: bool = False,
) -> Story:
    """Break a component while tills redeem; then check the whole log and every answer.

    `before` are other operations on the same log, those of `break_it` too; `calm` says that it
    breaks nothing.
    """
    with Load([gateway.port for gateway in gateways], district.calls(CALLS, choices)) as load:
        grown(district, 50)
        recoveries = break_it()
        grown(district, AFTERWARDS)
        operations = [*before, *load.stop()]
    found = complaints(written(district.url), operations, calm=calm)
    return Story(found, operations, recoveries)


def killed(gateway: Gateway, district: District, chance: Random) -> float:
    """Kill a gateway among its commits and restart it. Return the seconds to its first answer."""
    grown(district, 20)
    time.sleep(chance.uniform(0.0, 0.3))
    gateway.kill()
    return gateway.start()


def cut(proxy: CommitProxy, *, delivered: bool) -> float:
    """Cut the next commit. Return the seconds until it came."""
    before = proxy.cuts
    proxy.cut(delivered=delivered)
    return until(lambda: proxy.cuts > before)


def grown(district: District, facts: int) -> float:
    """Wait until the log has grown by so many events. Return the seconds."""
    before = district.position()
    return until(lambda: district.position() >= before + facts)
