"""Drops: announce, change, amend, close, cancel and allot them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Unpack

import msgspec

from ledger import drops, errors
from ledger.drops import Drop, claim, lifecycle
from ledger.drops.claimant import claimant
from ledger.drops.eligibility import Asked
from ledger.drops.events import Amended, Claimed, Closed
from ledger.drops.terms import Plan, in_utc
from ledger.event import Event
from ledger.members import member
from ledger.members.authorization import Principal
from ledger.merchants import merchant
from ledger.redemptions.refusal import TurnedAway
from ledger.services.base import Asking, Service
from ledger.write.request import Answer, Request
from ledger.write.state_batch import StateBatch


class DropService(Service):
    """Verbs on drops."""

    def announce_drop(self, drop_id: str, *, plan: Plan, **asking: Unpack[Asking]) -> Event | None:
        """Announce a drop."""
        announce = partial(lifecycle.announce, drop_id=drop_id)
        return self._plan(drop_id, in_utc(plan), announce, ["announce"], asking)

    def change_drop(self, drop_id: str, *, plan: Plan, **asking: Unpack[Asking]) -> Event | None:
        """Give a drop other terms before it opens."""
        return self._plan(drop_id, in_utc(plan), lifecycle.change, ["change"], asking)

    def amend_drop(
        self, drop_id: str, *, plan: Plan, reason: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Give an open drop other terms, for a reason everybody can read."""
        amend = partial(lifecycle.amend, reason=reason)
        return self._plan(drop_id, in_utc(plan), amend, ["amend", reason], asking, Amended)

    def open_drop(self, drop_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Record that a drop is open, once its time has come; the first claim does so too."""

        def decide(state: Drop, at: datetime) -> list[Event]:
            plan = lifecycle.known_plan(state)
            if at < plan.opens_at:
                raise errors.NotOpenYet(opens_at=plan.opens_at.isoformat())
            return lifecycle.settle(state, at)

        return self._on_drop(drop_id, decide, ["open"], asking)

    def close_drop(self, drop_id: str, *, reason: str, **asking: Unpack[Asking]) -> Event | None:
        """Take no more claims, before the time that was announced."""
        return self._on_drop(
            drop_id,
            lambda state, at: lifecycle.close(state, reason=reason, at=at),
            ["close", reason],
            asking,
            Closed,
        )

    def cancel_drop(self, drop_id: str, *, reason: str, **asking: Unpack[Asking]) -> Event | None:
        """Call a drop off, and with it every ticket."""
        return self._on_drop(
            drop_id,
            lambda state, _at: lifecycle.cancel(state, reason=reason),
            ["cancel", reason],
            asking,
        )

    def allot(
        self, asked: Asked, *, member_id: str, by: str, at: datetime | None = None
    ) -> Event | None:
        """Give a member of the group what everybody in it gets; None: they have it already.

        A claim id serves for every member, and in other drops again.
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
        """Keep for statistics how many a gateway turned away in the second that began at `at`."""
        event = TurnedAway(drop_id=drop_id, at=at, day=self.day(at), counts=counts)
        request = Request(
            lambda _states, _now: [event],
            by="system",
            request_id=request_id,
            asked=msgspec.json.encode(event),
        )
        self.writer.ask(request)

    def _plan(
        self,
        drop_id: str,
        plan: Plan,
        verb: Callable[..., list[Event]],
        asked: Sequence[str],
        asking: Asking,
        answers: type[Event] = Event,
    ) -> Event | None:
        """Run a verb that sets the terms of a drop; `asked` holds its name and the rest."""
        stream, (named, *more) = drops.stream(drop_id), asked

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            _check_merchants(states, plan)
            return verb(states[stream], plan=plan, at=at)

        return self._ask(decide, [stream], [named, drop_id, plan, *more], asking, answers)

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
            lambda states, at: verb(states[stream], at),
            [stream],
            [stream, *asked],
            asking,
            answers,
        )


def _check_merchants(states: StateBatch, plan: Plan) -> None:
    """Check that who supplies and who honours tickets is signed.

    Raises:
        MerchantUnknown: one is not.

    """
    for item in plan.items:
        for merchant_id in (item.supplier_id, *item.merchants):
            if not states[merchant.stream(merchant_id)].merchant_id:
                raise errors.MerchantUnknown(merchant=merchant_id)
