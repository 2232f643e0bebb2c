"""Drops: announce, change, amend, close, cancel and allot them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Unpack

import msgspec

from ledger import drops, errors
from ledger.control.proposal import Stake
from ledger.control.table import Act
from ledger.drops import Drop, claim, lifecycle
from ledger.drops.eligibility import Asked, claimant
from ledger.drops.events import Amended, Cancelled, Claimed, Closed
from ledger.drops.terms import Plan, in_utc
from ledger.event import Event
from ledger.members import member
from ledger.members.authorization import Principal
from ledger.merchants import merchant
from ledger.money import AMOUNT_MAX
from ledger.redemptions.refusal import TurnedAway
from ledger.services.base import Asking
from ledger.services.controlled import ControlledService, When, act
from ledger.write.request import Answer, Request
from ledger.write.state_batch import StateBatch


class DropService(ControlledService):
    """The verbs of officers on drops."""

    def announce_drop(self, drop_id: str, *, plan: Plan, **asking: Unpack[Asking]) -> Event | None:
        """Announce a drop; return the event, None if the same plan is announced under this id."""
        return self._plan(Act.ANNOUNCE_DROP, "announce", drop_id, plan, asking)

    def change_drop(self, drop_id: str, *, plan: Plan, **asking: Unpack[Asking]) -> Event | None:
        """Replace the plan of a drop before it opens; return None if the plan is the same."""
        return self._plan(Act.CHANGE_DROP, "change", drop_id, plan, asking)

    def amend_drop(
        self, drop_id: str, *, plan: Plan, reason: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Replace the plan of an open drop, for a reason that everybody can read.

        Opening, mode, limits and audience must stay, and no session may go. Return the Amended
        event, None if the plan is the same.
        """
        return self._plan(Act.AMEND_DROP, "amend", drop_id, plan, asking, reason=reason)

    def open_drop(self, drop_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Record that a drop opened, once its time has come; return None if it is recorded already.

        Before that, raise NotOpenYet. The first claim records it too: a drop opens without this
        call.
        """

        def decide(state: Drop, at: datetime) -> list[Event]:
            plan = lifecycle.known_plan(state)
            if at < plan.opens_at:
                raise errors.NotOpenYet(opens_at=plan.opens_at.isoformat())
            return lifecycle.settle(state, at)

        return self._on_drop(drop_id, decide, ["open"], asking)

    def close_drop(self, drop_id: str, *, reason: str, **asking: Unpack[Asking]) -> Event | None:
        """Close an open drop before its announced end, for a public reason; None if closed."""
        return self._on_drop(
            drop_id,
            lambda state, at: lifecycle.close(state, reason=reason, at=at),
            ["close", reason],
            asking,
            Closed,
        )

    def cancel_drop(self, drop_id: str, *, reason: str, **asking: Unpack[Asking]) -> Event | None:
        """Cancel a drop and void all its tickets; return None if it is cancelled already.

        Where tickets were taken, a second person confirms it.
        """
        asked = [drops.stream(drop_id), "cancel", reason]
        told = {"drop_id": drop_id, "reason": reason}
        return self._act(Act.CANCEL_DROP, asked, asking, told, Cancelled)

    def allot(
        self, asked: Asked, *, member_id: str, by: str, at: datetime | None = None
    ) -> Event | None:
        """Give a member of the audience a ticket of an allotment; None if they have all they may.

        One claim id may serve for every member. A repeat returns None.
        """

        def decide(states: StateBatch, now: datetime) -> list[Event]:
            state: Drop = states[drops.stream(asked.drop_id)]
            who = claimant(states, state, Principal(member_id=member_id, officer_id=by))
            return claim.allot(state, asked=asked, who=who, at=now, today=self.day(now))

        request = Request(
            decide,
            by=by,
            request_id=f"allot/{asked.drop_id}/{member_id}/{asked.claim_id}",
            asked=msgspec.json.encode(asked),
            reads=[drops.stream(asked.drop_id), member.stream(member_id)],
            answers=Claimed,
            at=at,
        )
        answer: Answer = self.writer.ask(request)
        return None if answer.replayed else answer.event

    def count_rejected_early(
        self, drop_id: str, *, at: datetime, counts: dict[str, int], request_id: str | None = None
    ) -> None:
        """Record, for statistics, a gateway's early rejections in the second at `at`, by reason."""
        event = TurnedAway(drop_id=drop_id, at=at, day=self.day(at), counts=counts)
        self._count(event, request_id)

    def _plan(
        self, name: Act, named: str, drop_id: str, plan: Plan, asking: Asking, **more: str
    ) -> Event | None:
        """Set the plan of a drop; where its places cost money, a second person confirms it."""
        told = {"drop_id": drop_id, "plan": in_utc(plan), **more}
        answers = Amended if name is Act.AMEND_DROP else Event
        return self._act(name, [named, *told.values()], asking, told, answers)

    def _on_drop(
        self,
        drop_id: str,
        verb: Callable[[Drop, datetime], list[Event]],
        asked: Sequence[object],
        asking: Asking,
        answers: type[Event] = Event,
    ) -> Event | None:
        stream = drops.stream(drop_id)
        return self._ask(
            lambda states, at: verb(states[stream], at), [stream], [stream, *asked], asking, answers
        )


def _check_merchants(states: StateBatch, plan: Plan) -> None:
    """Raise MerchantUnknown if a supplier, or a merchant that honours tickets, is not signed."""
    for item in plan.items:
        for merchant_id in (item.supplier_id, *item.merchants):
            if not states[merchant.stream(merchant_id)].merchant_id:
                raise errors.MerchantUnknown(merchant=merchant_id)


def _cost(
    states: StateBatch, _when: When, *, drop_id: str, plan: Plan, **_reason: str
) -> Stake | None:
    """Return what all places of a drop cost at most, by the new plan or the present one.

    A cost above AMOUNT_MAX raises TermsInvalid.
    """
    stream = drops.stream(drop_id)
    present: Drop = states[stream]
    costs = [
        sum(item.income_minor * session.capacity for item, session in one.slots.values())
        for one in (plan, present.plan)
        if one is not None
    ]
    if costs[0] > AMOUNT_MAX:
        raise errors.TermsInvalid(field="capacity")
    return Stake(subject=stream, most_minor=costs[0]) if any(costs) else None


@act(Act.ANNOUNCE_DROP, _cost)
def _announce(states: StateBatch, when: When, *, drop_id: str, plan: Plan) -> list[Event]:
    _check_merchants(states, plan)
    state = states[drops.stream(drop_id)]
    return lifecycle.announce(state, drop_id=drop_id, plan=plan, at=when.at)


@act(Act.CHANGE_DROP, _cost)
def _change(states: StateBatch, when: When, *, drop_id: str, plan: Plan) -> list[Event]:
    _check_merchants(states, plan)
    return lifecycle.change(states[drops.stream(drop_id)], plan=plan, at=when.at)


@act(Act.AMEND_DROP, _cost)
def _amend(states: StateBatch, when: When, *, drop_id: str, plan: Plan, reason: str) -> list[Event]:
    _check_merchants(states, plan)
    state = states[drops.stream(drop_id)]
    return lifecycle.amend(state, plan=plan, reason=reason, at=when.at)


def _taken(states: StateBatch, _when: When, *, drop_id: str, **_reason: str) -> Stake | None:
    stream = drops.stream(drop_id)
    return Stake(subject=stream) if states[stream].claims else None


@act(Act.CANCEL_DROP, _taken)
def _cancel(states: StateBatch, _when: When, *, drop_id: str, reason: str) -> list[Event]:
    return lifecycle.cancel(states[drops.stream(drop_id)], reason=reason)
