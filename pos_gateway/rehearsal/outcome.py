"""What a rehearsal came to: counted from the log, and held against what the members were told."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec

from ledger.drops.events import Claimed
from ledger.drops.terms import Plan
from ledger.event import Fact
from pos_gateway.rehearsal import checks
from pos_gateway.rehearsal.attempt import Attempt, Played
from pos_gateway.rehearsal.crowd import Player, Way


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """How long so many answers took, in milliseconds; None where there were none."""

    answers: int
    p50_ms: float | None
    p90_ms: float | None
    p99_ms: float | None
    max_ms: float | None


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """How many members of some kind there were, and how many tickets they got."""

    members: int
    tickets: int


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a session of an item: `per_second` places went in each second it was open.

    `sold_out_after` is the time of the ledger, in seconds after the opening; None: places are left.
    """

    capacity: int
    taken: int
    sold_out_after: float | None
    per_second: list[int]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What it came to.

    `attempts` are the claims that were sent, `claimed` the tickets in the log, `places` those they
    took, and `untold` those whose member had no answer; `unsent` are presses that no connection was
    free for before the end, and `late_ms` is by how much the crowd pressed later than it meant to,
    at the worst. `p50_ms` and `p99_ms` are over all that was sent once it was open, and decided:
    the wait from the press to the answer; whoever was told that they ask too often was not.
    `latency` tells them apart, `gateway` without the wait for a connection. `refusals` go by status
    and reason.
    """

    attempts: int
    claimed: int
    oversold: int
    double_claims: int
    unfair: int
    lost: int
    untold: int
    unsent: int
    late_ms: float
    p50_ms: float | None
    p99_ms: float | None
    seconds_to_sold_out: float | None
    places: int
    capacity: int
    slots: dict[str, Slot]
    latency: dict[str, Latency]
    gateway: dict[str, Latency]
    refusals: dict[str, int]
    pages: dict[str, int]
    ways: dict[str, Share]
    branches: dict[str, Share]
    groups: dict[str, Share]

    @property
    def sound(self) -> bool:
        """Whether nothing happened that must not."""
        return not (self.oversold or self.double_claims or self.unfair or self.lost)


def outcome(
    plan: Plan,
    players: Sequence[Player],
    facts: Sequence[Fact],
    played: Played,
) -> Outcome:
    """Count it all. `facts` are those of the drop as it was rehearsed, in their sequence."""
    attempts = played.attempts
    claims = [fact for fact in facts if isinstance(fact.event, Claimed)]
    slots = {name: _slot(plan, name, claims) for name in plan.slots}
    ends = [one.sold_out_after for one in slots.values()]
    latency = _latencies(attempts, lambda one: one.waited)
    return Outcome(
        attempts=len(attempts),
        claimed=len(claims),
        oversold=checks.oversold(plan, facts),
        double_claims=checks.double_claims(plan, facts),
        unfair=checks.unfair(plan, facts, attempts),
        lost=checks.lost(facts, attempts),
        untold=checks.untold(facts, attempts),
        p50_ms=latency["all"].p50_ms,
        p99_ms=latency["all"].p99_ms,
        seconds_to_sold_out=max((end for end in ends if end is not None), default=None)
        if None not in ends
        else None,
        places=sum(one.taken for one in slots.values()),
        capacity=sum(one.capacity for one in slots.values()),
        slots=slots,
        latency=latency,
        gateway=_latencies(attempts, lambda one: one.answered - one.sent),
        refusals=_refusals(attempts),
        unsent=played.unsent,
        late_ms=round(played.late * 1_000, 1),
        pages={str(status): count for status, count in sorted(played.pages.items())},
        ways=_shares(players, claims, lambda player: [player.way], Way),
        branches=_shares(players, claims, lambda player: [player.branch]),
        groups=_shares(players, claims, lambda player: player.groups or ("",)),
    )


def percentile(values: Sequence[float], part: float) -> float | None:
    """The least of the sorted values that is not below this part of them; None of none."""
    return values[max(0, math.ceil(part * len(values)) - 1)] if values else None


def _slot(plan: Plan, name: str, claims: Iterable[Fact]) -> Slot:
    capacity = plan.slots[name][1].capacity
    per_second: list[int] = []
    taken, sold_out_after = 0, None
    for fact in claims:
        event = fact.event
        if not isinstance(event, Claimed) or event.slot != name:
            continue
        after = seconds_after(plan.opens_at, fact.at)
        per_second += [0] * (int(after) + 1 - len(per_second))
        per_second[int(after)] += event.places
        taken += event.places
        if taken >= capacity and sold_out_after is None:
            sold_out_after = round(after, 3)
    return Slot(
        capacity=capacity, taken=taken, sold_out_after=sold_out_after, per_second=per_second
    )


def seconds_after(opens_at: datetime, at: datetime) -> float:
    """The seconds from the opening to an instant of the ledger; nothing is sold before it."""
    return max(0.0, (at - opens_at).total_seconds())


def _latencies(
    attempts: Iterable[Attempt], seconds: Callable[[Attempt], float]
) -> dict[str, Latency]:
    kinds: dict[str, list[float]] = {"all": [], "accepted": [], "repeated": [], "refused": []}
    for one in attempts:
        if one.decided:
            for kind in ("all", one.kind, one.way.value):
                kinds.setdefault(kind, []).append(seconds(one))
    return {kind: _latency(sorted(took)) for kind, took in kinds.items()}


def _latency(took: Sequence[float]) -> Latency:
    def milliseconds(part: float) -> float | None:
        found = percentile(took, part)
        return None if found is None else round(found * 1_000, 1)

    return Latency(
        answers=len(took),
        p50_ms=milliseconds(0.5),
        p90_ms=milliseconds(0.9),
        p99_ms=milliseconds(0.99),
        max_ms=milliseconds(1),
    )


def _refusals(attempts: Iterable[Attempt]) -> dict[str, int]:
    counted = Counter(f"{one.status} {one.reason}" for one in attempts if not one.accepted)
    return dict(counted.most_common())


def _shares(
    players: Iterable[Player],
    claims: Iterable[Fact],
    kinds: Callable[[Player], Iterable[str]],
    shown: Iterable[str] | None = None,
) -> dict[str, Share]:
    """Members and tickets of each kind, as `shown`; a member of two groups counts in both."""
    tickets = Counter(fact.event.member_id for fact in claims if isinstance(fact.event, Claimed))
    members: Counter[str] = Counter()
    got: Counter[str] = Counter()
    for player in players:
        for kind in kinds(player):
            members[kind] += 1
            got[kind] += tickets[player.member_id]
    return {
        str(kind): Share(members=members[kind], tickets=got[kind])
        for kind in shown or sorted(members)
    }
