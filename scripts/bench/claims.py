"""The cost of a claim in a drop with many claims, beside a small drop."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from itertools import count

from ledger.application import Ledger, WriterLimits
from ledger.drops.terms import TICKETS_MAX
from ledger.errors import HongkaError
from ledger.members.authorization import Principal
from scripts.bench import city
from scripts.bench.calls import OPENS_SECONDS, SUPPLIER, announce, asked
from scripts.bench.command import Fresh
from scripts.bench.figures import Figures

FEW = 100
SLICE = 250
"""The number of claims timed together, by cached members who never claimed elsewhere."""

SLICES = 8
"""The number of slices in a round; each claims in the large drop and in a small one of its own."""

STATES_PER_MEMBER = 5
COST_MOST = 1.1

_NUMBERS = count(1)


def measure(figures: Figures, kind: str, fresh: Fresh, *, rounds: int, many: int) -> None:
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
        name = f"{kind}: a claim, "
        for number in range(rounds + 1):
            few_cost = many_cost = 0.0
            for one in range(number * SLICES, (number + 1) * SLICES):
                probes = range(fillers + one * SLICE, fillers + (one + 1) * SLICE)
                _cache(ledger, probes)
                if one % 2:
                    many_cost += _claim(ledger, "many", probes)
                few_cost += _claim(ledger, small[one], probes)
                if not one % 2:
                    many_cost += _claim(ledger, "many", probes)
            if number:
                for claims, cost in ((FEW, few_cost), (many, many_cost)):
                    figures.add(f"{name}{claims:,} claims", cost / SLICES / SLICE * 1e6, "µs")
                ratio = many_cost / few_cost
                figures.add(f"{name}{many:,} claims to {FEW} claims", ratio, "×", most=COST_MOST)


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
