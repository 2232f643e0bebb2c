"""The outcome of a rehearsal, counted from the log and compared with the members' answers."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec

from ledger.drops.events import Claimed
from ledger.drops.terms import Plan
from ledger.event import Fact
from pos_gateway.rehearsal import checks
from pos_gateway.rehearsal.crowd import Attempt, Played, Player, Way


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """The latency of `answers` answers, in milliseconds; each value is None without answers."""

    answers: int
    p50_ms: float | None
    p90_ms: float | None
    p99_ms: float | None
    max_ms: float | None


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """The number of members of one kind, such as a branch, and of the tickets they got."""

    members: int
    tickets: int


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one session of an item; tickets given back are not subtracted.

    `per_second` are the places taken in each second after the opening. `sold_out_after` is in
    seconds after the opening by the ledger's clock; None: it never sold out.
    """

    capacity: int
    taken: int
    sold_out_after: float | None
    per_second: list[int]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a rehearsal.

    `attempts` counts claims sent, `claimed` tickets in the log, `places` their places, and `untold`
    those without an answer to their member. `unsent` counts presses for which no connection became
    free before the end; `late_ms` is the largest delay of a press. `p50_ms` and `p99_ms` are over
    all claims sent after the opening and decided, from the press to the answer; answers "too many
    requests" do not count. `seconds_to_sold_out` is None unless every slot sold out. `latency`
    splits the waits by kind and way; `gateway` leaves out the wait for a connection. `refusals`
    counts answers without a ticket by status and reason, `pages` page reads by status.
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
        """True if `oversold`, `double_claims`, `unfair` and `lost` are all 0."""
        return not (self.oversold or self.double_claims or self.unfair or self.lost)


def outcome(
    plan: Plan, players: Sequence[Player], facts: Sequence[Fact], played: Played
) -> Outcome:
    """Count the outcome; `facts` are those of the rehearsed drop and its tickets, in log order."""
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
    """Return the value at a part (0 … 1) of `values`, which must ascend; None if they are empty."""
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
    """Return the seconds from the opening to an instant of the ledger; 0 if it is earlier."""
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
    parts = {"p50_ms": 0.5, "p90_ms": 0.9, "p99_ms": 0.99, "max_ms": 1}
    found = {name: percentile(took, part) for name, part in parts.items()}
    rounded = {name: at if at is None else round(at * 1_000, 1) for name, at in found.items()}
    return Latency(answers=len(took), **rounded)


def _refusals(attempts: Iterable[Attempt]) -> dict[str, int]:
    counted = Counter(f"{one.status} {one.reason}" for one in attempts if not one.accepted)
    return dict(counted.most_common())


def _shares(
    players: Iterable[Player],
    claims: Iterable[Fact],
    kinds: Callable[[Player], Iterable[str]],
    shown: Iterable[str] | None = None,
) -> dict[str, Share]:
    """Count members and tickets by kind; a member of several kinds counts in each.

    `shown` are the kinds to return, in this order; None: all that occur, sorted.
    """
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
