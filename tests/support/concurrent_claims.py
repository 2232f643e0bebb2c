"""Concurrent claims in process: many members, few tickets, and the answer to each attempt."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

import msgspec

from ledger.application import Ledger
from ledger.drops.eligibility import Asked
from ledger.drops.events import Claimed, Released
from ledger.drops.terms import Item, Mode, Plan, Session
from ledger.errors import Busy, Refusal
from ledger.event import Event, Fact
from ledger.members import card, member
from ledger.members.authorization import Principal
from ledger.offers.grant import Made
from ledger.write.request import Request
from ledger.write.state_batch import StateBatch
from ledger.write.writer import WriterLimits

DROP = "may-day"
THREADS = 16
LIMITS = WriterLimits(queue_max=10_000, states_max=100_000, wait_seconds=60)


class Attempt(NamedTuple):
    """One attempt: its member, its claim id and the answer."""

    member_id: str
    claim_id: str
    told: str
    ticket_id: str = ""


class ClaimRun(NamedTuple):
    """The numbers of members, tickets and attempts."""

    members: int
    tickets: int
    attempts: int

    def presses(self) -> list[tuple[str, str]]:
        """Return one attempt of each member, and repeated ones with the same or another id."""
        chance = Random(7)  # noqa: S311 - the same presses each time
        found = [(f"m{number}", "first") for number in range(self.members)]
        for _ in range(self.attempts - self.members):
            presser = f"m{chance.randrange(self.members)}"
            found.append((presser, chance.choice(("first", "second", "third"))))
        chance.shuffle(found)
        return found


def prepare_drop(url: str, run: ClaimRun, *, opens_in_seconds: float = 2) -> None:
    """Register the members, and announce a drop that opens shortly."""
    with closing(Ledger(url, limits=LIMITS)) as ledger:
        ledger.officers.merchants.sign_merchant("rose-garden", name="玫瑰园")
        for first in range(0, run.members, 2_000):
            numbers = range(first, min(first + 2_000, run.members))
            requests = [Request(_joining(range(n, n + 50)), by="system") for n in numbers[::50]]
            for request in requests:
                ledger.writer.submit(request)
            for request in requests:
                ledger.writer.answer(request)
        opens_at = datetime.now(UTC) + timedelta(seconds=opens_in_seconds)
        ledger.officers.drops.announce_drop(DROP, plan=plan(opens_at, run.tickets))


def plan(opens_at: datetime, capacity: int) -> Plan:
    """Return visits to the Rose Garden for parties of up to three."""
    day = opens_at + timedelta(days=3)
    session = Session(
        session_id="may-1", starts_at=day, ends_at=day + timedelta(hours=10), capacity=capacity
    )
    garden = Item(
        item_id="garden",
        title="玫瑰园门票",
        kind="admission",
        sessions=(session,),
        supplier_id="rose-garden",
        party_max=3,
    )
    return Plan(
        title="五一游玫瑰园",
        mode=Mode.FIRST_COME,
        items=(garden,),
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=2),
    )


def claim_request(claim_id: str) -> Asked:
    """Return a claim of a ticket for a family of three."""
    return Asked(claim_id=claim_id, drop_id=DROP, item_id="garden", session_id="may-1", party=3)


def claim_concurrently(url: str, presses: Sequence[tuple[str, str]]) -> list[Attempt]:
    """Claim from many threads over one ledger; repeat while it is busy. Return all attempts."""
    with closing(Ledger(url, limits=LIMITS)) as ledger, ThreadPoolExecutor(THREADS) as pool:
        shares = [presses[number::THREADS] for number in range(THREADS)]
        told = pool.map(lambda share: [claim_until_answered(ledger, *one) for one in share], shares)
        return [one for share in told for one in share]


def claim_into_file(url: str, presses: Sequence[tuple[str, str]], path: str) -> None:
    """Claim in a process of its own, and write the attempts to a file."""
    with open(path, "wb") as file:  # noqa: PTH123 - the path came from another process as text
        file.write(msgspec.json.encode(claim_concurrently(url, presses)))


def claim_until_answered(ledger: Ledger, member_id: str, claim_id: str) -> Attempt:
    """Claim, and repeat with the same id while the ledger is busy or not open."""
    while True:
        try:
            had = ledger.members.claims.claim(
                claim_request(claim_id), Principal(member_id=member_id)
            )
        except Busy:
            continue
        except Refusal as refusal:
            if refusal.reason == "not_open_yet":
                continue
            return Attempt(member_id, claim_id, refusal.reason)
        assert isinstance(had.event, Claimed)
        told = "again" if had.replayed else "claimed"
        return Attempt(member_id, claim_id, told, had.event.ticket_id)


def claim_faults(
    facts: Sequence[Fact], attempts: Sequence[Attempt], run: ClaimRun
) -> Iterator[str]:
    """Yield each fault of a run without returned tickets, from events and answers alone."""
    claimed = [fact.event for fact in facts if isinstance(fact.event, Claimed)]
    made = {one.grant_id for fact in facts if isinstance(one := fact.event, Made) and one.ticket}
    assert not any(isinstance(fact.event, Released) for fact in facts)
    if len(claimed) != run.tickets:
        yield f"{len(claimed)} claims of {run.tickets} tickets"
    if [one.number for one in claimed] != list(range(1, len(claimed) + 1)):
        yield "claims are not numbered in the order of the log"
    holders = Counter(one.member_id for one in claimed)
    if max(holders.values(), default=0) > 1:
        yield "a member has two tickets"
    if made != {one.ticket_id for one in claimed}:
        yield "claims and tickets differ"
    told = {one.ticket_id: one.member_id for one in attempts if one.ticket_id}
    if told != {one.ticket_id: one.member_id for one in claimed}:
        yield "clients were told of other tickets than the log holds"
    if len(attempts) != run.attempts:
        yield f"{len(attempts)} answers to {run.attempts} attempts"
    firsts = Counter(one.ticket_id for one in attempts if one.told == "claimed")
    if max(firsts.values(), default=0) > 1:
        yield "one ticket was given as new twice"


def _joining(numbers: range):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a decision
    def decide(states: StateBatch, _at: datetime) -> list[Event]:
        facts: list[Event] = []
        for number in numbers:
            ids = {"member_id": f"m{number}", "card_id": f"c{number}"}
            known = states[f"member-m{number}"]
            branch = f"branch-{number % 8}"
            facts += member.register(
                known, member_id=ids["member_id"], branch=branch, employer="", groups=()
            )
            facts += card.issue(states[f"card-c{number}"], **ids)
            facts.append(member.CardReceived(**ids))
        return facts

    return decide
