"""Claims of members: claim a ticket, give it back, join a waiting list, enter a draw."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime

import msgspec

from ledger import drops, errors
from ledger.drops import INITIAL, Drop, Status, claim, draw, waiting_list
from ledger.drops.eligibility import Asked, claimant
from ledger.drops.events import Claimed, DropEvent, Entered, Joined
from ledger.drops.lifecycle import has_lapsed, known_plan, settle_all, status_at
from ledger.drops.terms import Mode
from ledger.drops.ticket_use import no_shows
from ledger.event import Event
from ledger.members.authorization import Principal
from ledger.members.member import Member
from ledger.offers import grant
from ledger.offers.grant import Grants
from ledger.services.base import Context, Rejection, Service
from ledger.write.request import Answer, Request
from ledger.write.state_batch import StateBatch
from ledger.write.state_cache import NotCached, PeekedStates

SETTLE_SECONDS = 1.0
"""The least time between two requests of this process that record the lapsed offers of one drop."""


class ClaimResult(msgspec.Struct, frozen=True):
    """The event that answers: Claimed, Entered or Joined; `replayed` if it answers a repeat."""

    event: Event
    replayed: bool = False


class Holdings(msgspec.Struct, frozen=True):
    """A member, their grants and tickets, and every drop of the ledger by id."""

    member: Member
    grants: Grants
    drops: dict[str, Drop]


class ClaimService(Service):
    """The verbs of members on drops: claim, wait, enter a draw, give back.

    `asking` names the member and the person who acts for them, which is checked: a key that is not
    live raises KeyEnded, a person who may not act NotAProxy.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._settled: dict[str, float] = {}
        self._settling = threading.Lock()

    def claim(self, asked: Asked, asking: Principal) -> ClaimResult:
        """Give the member a ticket of a drop or, if it is drawn by lot, enter them in its draw.

        A repeat with the same `claim_id` returns the first result; a refusal is not recorded.
        """
        self.reject_early(asked, asking)
        return claim_result(self.writer.ask(self.claiming(asked, asking)))

    def claim_many(
        self, claims: Iterable[tuple[Asked, Principal, datetime | None]], *, in_flight: int
    ) -> Iterator[ClaimResult | Rejection]:
        """Claim, each at its time (None: now), `in_flight` at once; yield results and refusals."""
        requests = (self.claiming(asked, asking, at=at) for asked, asking, at in claims)
        for answer in self._submit_all(requests, in_flight):
            yield answer if isinstance(answer, Rejection) else claim_result(answer)

    def claiming(self, asked: Asked, asking: Principal, *, at: datetime | None = None) -> Request:
        """Return the request of `claim`, not submitted, for a caller that submits many at once."""

        def decide(states: StateBatch, now: datetime) -> list[Event]:
            state: Drop = states[drops.stream(asked.drop_id)]
            who = claimant(states, state, asking)
            today = self.day(now)
            if known_plan(state).mode is Mode.DRAW and not state.drawn:
                entered = {one: states[drops.stream(one)] for one in who.grants.drops}
                missed = no_shows(who.grants, entered, now)
                return draw.enter(state, asked=asked, who=who, no_shows=missed, at=now, today=today)
            return claim.claim(state, asked=asked, who=who, at=now, today=today)

        return self._asking("claim", asked, asking, decide, (Claimed, Entered), at)

    def reject_early(self, asked: Asked, asking: Principal) -> None:
        """Raise NotOpenYet, SoldOut, DropClosed or AlreadyClaimed if the cached states imply it.

        Returning promises nothing: other rules are not applied, and the writer still decides. A
        slot that was full at a position of the log gave no ticket since, unless places were given
        back, so nobody has one on the way.
        """
        self.refresh(drops.stream(asked.drop_id))
        states = PeekedStates(self.writer.states.peek)
        now = self.writer.time()
        try:
            state: Drop = states[drops.stream(asked.drop_id)]
            slot = state.slots.get(asked.slot)
            if status_at(state, now) is Status.OPEN and slot is not None and slot.left > 0:
                return
            who = claimant(states, state, asking)
            if claim.ticket_id(asked.drop_id, asking.member_id, asked.claim_id) in who.grants.held:
                return
            claim.claim(state, asked=asked, who=who, at=now, today=self.day(now))
        except (errors.NotOpenYet, errors.SoldOut, errors.DropClosed, errors.AlreadyClaimed):
            self.settle_lapsed(state, now)
            raise
        except (errors.HongkaError, NotCached):
            return

    def settle_lapsed(self, state: Drop, at: datetime) -> None:
        """Have the offers of a drop that lapsed by `at` recorded, for everybody; do not wait.

        A refusal and a look record nothing by themselves. One request in SETTLE_SECONDS is enough;
        where it fails, the next one records the same.
        """
        if not has_lapsed(state, at):
            return
        stream, now = drops.stream(state.drop_id), time.monotonic()
        with self._settling:
            if now - self._settled.get(state.drop_id, -math.inf) < SETTLE_SECONDS:
                return
            recent = [one for one in self._settled.items() if now - one[1] < SETTLE_SECONDS]
            self._settled = {**dict(recent), state.drop_id: now}
        request = Request(
            lambda states, at: settle_all(states[stream], at), by="system", reads=[stream]
        )
        with suppress(errors.Busy):
            self.writer.submit(request)

    def released(self, had: ClaimResult) -> bool:
        """Return whether the ticket or draw entry that answers a repeat was given back since."""
        match had.event:
            case Claimed() as event if had.replayed:
                held: grant.Grants = self.state(grant.stream(event.member_id))
                return held.held[event.ticket_id].withdrawn
            case Entered() as event if had.replayed:
                entry = self.state(drops.stream(event.drop_id)).entered.get(event.member_id)
                return entry is None or entry.entry_id != event.entry_id
        return False

    def join(self, asked: Asked, asking: Principal) -> ClaimResult:
        """Add the member to the waiting list of a session with too few places for their party."""

        def decide(states: StateBatch, now: datetime) -> list[Event]:
            state: Drop = states[drops.stream(asked.drop_id)]
            who = claimant(states, state, asking)
            return waiting_list.join(state, asked=asked, who=who, at=now, today=self.day(now))

        return claim_result(self.writer.ask(self._asking("wait", asked, asking, decide, (Joined,))))

    def leave(self, asked: Asked, asking: Principal) -> None:
        """Take the member off a session's waiting list; places offered to them pass to the next."""

        def decide(states: StateBatch, now: datetime) -> list[Event]:
            state: Drop = states[drops.stream(asked.drop_id)]
            claimant(states, state, asking)
            return waiting_list.leave(
                state,
                item_id=asked.item_id,
                session_id=asked.session_id,
                member_id=asking.member_id,
                at=now,
            )

        self._ask_once(decide, asking)

    def release(self, ticket_id: str, asking: Principal) -> None:
        """Give an unused ticket back, while the drop allows it; repeats do nothing.

        Its places go to the waiting list first, then to anybody.
        """

        def decide(states: StateBatch, now: datetime) -> list[Event]:
            held = states[grant.stream(asking.member_id)].held.get(ticket_id)
            if held is None or held.ticket is None:
                raise errors.TicketUnknown
            state: Drop = states[drops.stream(held.ticket.drop_id)]
            claimant(states, state, asking)
            return claim.release(state, held=held, member_id=asking.member_id, at=now)

        self._ask_once(decide, asking)

    def withdraw_entry(self, drop_id: str, asking: Principal) -> None:
        """Withdraw the member's entry from a draw that still takes entries; NotEntered if none."""

        def decide(states: StateBatch, now: datetime) -> list[Event]:
            state: Drop = states[drops.stream(drop_id)]
            return draw.withdraw(state, who=claimant(states, state, asking), at=now)

        self._ask_once(decide, asking)

    def holdings(self, asking: Principal) -> Holdings:
        """Return a member with their grants and tickets, and all drops, from one moment."""

        def ask(states: StateBatch, _now: datetime) -> Holdings:
            who = claimant(states, INITIAL, asking)
            by_id = {state.drop_id: state for state in states.all("drop")}
            return Holdings(who.member, who.grants, by_id)

        return self.query(ask, asking.reads)

    def _asking(
        self,
        verb: str,
        asked: Asked,
        asking: Principal,
        decide: Callable[[StateBatch, datetime], list[Event]],
        answers: tuple[type[DropEvent], ...],
        at: datetime | None = None,
    ) -> Request:
        return Request(
            decide,
            by=asking.by,
            request_id=f"{verb}/{asked.drop_id}/{asking.member_id}/{asked.claim_id}",
            asked=msgspec.json.encode([asked, asking.other]),
            reads=[drops.stream(asked.drop_id), *asking.reads],
            answers=answers,
            at=at,
        )

    def _ask_once(
        self, decide: Callable[[StateBatch, datetime], list[Event]], asking: Principal
    ) -> None:
        self.writer.ask(Request(decide, by=asking.by, reads=asking.reads))


def claim_result(answer: Answer) -> ClaimResult:
    """Return the result of a claim, a wait or an entry from the writer's answer to its request."""
    assert answer.event is not None, "a claim or a wait is a fact"  # noqa: S101 - our own mistake
    return ClaimResult(answer.event, answer.replayed)
