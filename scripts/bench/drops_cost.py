"""The cost of a claim in a drop with many claims or a long waiting list, beside a small drop."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import count, islice

from ledger.application import Ledger, WriterLimits
from ledger.drops.terms import TICKETS_MAX, WAITING_MAX
from ledger.errors import HongkaError
from ledger.members.authorization import Principal
from scripts.bench import city
from scripts.bench.databases import Fresh
from scripts.bench.drops_gateway import FULL, OPENS_SECONDS, SUPPLIER, announce, asked, member_of
from scripts.bench.figures import Figures

FEW = 100
SLICE = 250
"""The number of claims timed together, by cached members who never claimed elsewhere."""

SLICES = 8
"""The number of slices in a round; each slice claims in every drop."""

STATES_PER_MEMBER = 5
COST_MOST = 1.1

_NUMBERS = count(1)


def measure(
    figures: Figures, kind: str, fresh: Fresh, *, rounds: int, sizes: Sequence[int], waits: int
) -> None:
    """Fill a drop to each size and one with a waiting list; then claim in all drops in turns.

    `waits` is the length of that list. Each slice has a new drop of FEW claims, so that this drop
    stays small. The first of `rounds` + 1 rounds is not counted.
    """
    slices = SLICES * (rounds + 1)
    fillers = max(waits + 1, -(-max(sizes) // TICKETS_MAX), FEW)
    members = fillers + slices * SLICE
    limits = WriterLimits(states_max=members * STATES_PER_MEMBER)
    with closing(Ledger(fresh("claims"), limits=limits)) as ledger:
        city.fill(ledger.store, cards=members, facts=0)
        ledger.officers.merchants.sign_merchant(SUPPLIER, name="玫瑰园")
        small = [f"few-{number}" for number in range(slices)]
        large = {f"{size:,} claims": f"claims-{size}" for size in sizes}
        waiting = f"{waits:,} waiting"
        for drop_id in (*small, *large.values(), "waiting"):
            announce(ledger, drop_id, per_member=TICKETS_MAX, waiting_max=WAITING_MAX)
        time.sleep(2 * OPENS_SECONDS)
        for drop_id in (*small, "waiting"):
            _claim(ledger, drop_id, range(FEW))
        for size, drop_id in zip(sizes, large.values(), strict=True):
            _claim(ledger, drop_id, [number % fillers for number in range(size)])
        _wait(ledger, "waiting", waits)
        probes = iter(range(fillers, members))
        for number in range(rounds + 1):
            few = iter(small[number * SLICES : (number + 1) * SLICES])
            costs = _round(ledger, {**large, waiting: "waiting"}, few, probes)
            if number:  # in the first the caches fill
                _add(figures, kind, costs, most_at=list(large)[-1])


def _round(
    ledger: Ledger, large: dict[str, str], few: Iterator[str], probes: Iterator[int]
) -> dict[str, float]:
    """Return the seconds per claim in each drop; `few` are the small drops, one for each slice."""
    took = dict.fromkeys([f"{FEW:,} claims", *large], 0.0)
    for number, small in enumerate(few):
        members = list(islice(probes, SLICE))
        names = [f"{kind}-{member_of(one)}" for one in members for kind in ("member", "grant")]
        ledger.query(lambda states, _now, names=names: states.load(names))  # type: ignore[misc]  # a lambda has no types
        turns = list({f"{FEW:,} claims": small, **large}.items())
        first = number % len(turns)
        for name, drop_id in turns[first:] + turns[:first]:
            took[name] += _claim(ledger, drop_id, members)
    return {name: seconds / (SLICES * SLICE) for name, seconds in took.items()}


def _add(figures: Figures, kind: str, costs: dict[str, float], *, most_at: str) -> None:
    least = next(iter(costs))
    for name, cost in costs.items():
        figures.add(f"{kind}: a claim, {name}", cost * 1e6, "µs")
    for name, cost in list(costs.items())[1:]:
        most = COST_MOST if name == most_at else None
        figures.add(f"{kind}: a claim, {name} to {least}", cost / costs[least], "×", most=most)


def _claim(ledger: Ledger, drop_id: str, members: Sequence[int]) -> float:
    """Claim for each member, many at a time, and return the seconds for all; raise a refusal."""
    started = time.perf_counter()
    claims = (
        (asked(drop_id, f"c{next(_NUMBERS)}"), Principal(member_id=member_of(member)), None)
        for member in members
    )
    for answer in ledger.members.claims.claim_many(claims, in_flight=SLICE):
        if isinstance(answer, HongkaError):
            raise answer
    return time.perf_counter() - started


def _wait(ledger: Ledger, drop_id: str, waits: int) -> None:
    """Fill the session of one place, and put `waits` members on its waiting list."""
    for number in range(waits + 1):
        verb = ledger.members.claims.join if number else ledger.members.claims.claim
        verb(asked(drop_id, f"w{number}", session_id=FULL), Principal(member_id=member_of(number)))
