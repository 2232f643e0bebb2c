"""Ticket use: admit people, hand over goods, undo a use."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from ledger import drops, errors
from ledger.drops import ticket_use
from ledger.drops.ticket_use import left_on
from ledger.event import Event
from ledger.members import card, member
from ledger.members.authorization import check_proxy
from ledger.members.device import check_device
from ledger.merchants import merchant
from ledger.offers import grant
from ledger.offers.grant import Grant, Grants, Used, UseUndone
from ledger.services.base import Service
from ledger.write.request import Answer, Request
from ledger.write.state_batch import StateBatch


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket shown at an outlet by its holder, or by a proxy who shows a card of their own.

    At a till `till_id` is set; otherwise `officer_id` (`officer-…`) acts. `card_id` is the holder's
    card. An empty `ticket_id` means its only ticket that is valid here and now. `people` None means
    as many as the ticket still admits. `collector_card_id` is the proxy's card, None if the holder
    came. `device` and `collector_device` are the ids of the phones that signed the two codes, None
    if unsigned. `asked` holds the canonical request for the request fingerprint; if empty, this
    value is used.
    """

    merchant_id: str
    outlet_id: str
    till_id: str = ""
    officer_id: str = ""
    card_id: str
    ticket_id: str
    people: int | None = None
    collector_card_id: str | None = None
    device: str | None = None
    collector_device: str | None = None
    asked: bytes = b""

    @property
    def reads(self) -> list[str]:
        """The names of the streams that the decision always reads."""
        collector = [card.stream(self.collector_card_id)] if self.collector_card_id else []
        return [card.stream(self.card_id), merchant.stream(self.merchant_id), *collector]


class TicketUse(msgspec.Struct, frozen=True):
    """A recorded use of a ticket, and the ticket as it is now.

    `undone` says that the use was undone, `replayed` that the request had been answered before.
    """

    used: Used
    held: Grant
    undone: bool = False
    replayed: bool = False

    @property
    def left(self) -> int:
        """The number of people that the ticket still admits now."""
        return left_on(self.held)


class TicketUseService(Service):
    """The verbs of tills and officers on tickets: use one, undo a use."""

    def use(self, use_id: str, shown: Shown, *, at: datetime | None = None) -> TicketUse:
        """Admit people on a ticket, or hand its goods over; a repeat returns the first use.

        A refusal is not recorded: a repeat is decided anew.
        """

        def decide(states: StateBatch, now: datetime) -> list[Event]:
            held_card: card.Card = states[card.stream(shown.card_id)]
            if not held_card.member_id:
                raise errors.CardUnknown
            check_device(held_card, shown.device)
            held = _ticket(states, shown, held_card.member_id, now)
            if held is None or held.ticket is None:
                raise errors.TicketUnknown
            return ticket_use.use(
                states[drops.stream(held.ticket.drop_id)],
                held=held,
                member_id=held_card.member_id,
                shown=held_card,
                point=ticket_use.PointOfUse(
                    merchant=states[merchant.stream(shown.merchant_id)],
                    outlet_id=shown.outlet_id,
                    till_id=shown.till_id,
                    officer_id=shown.officer_id,
                ),
                use_id=use_id,
                people=shown.people,
                collected_by=_collector(states, shown, held_card.member_id, self.day(now)),
                at=now,
                today=self.day(now),
            )

        request = Request(
            decide,
            by=shown.officer_id or f"till-{shown.till_id}",
            request_id=f"use/{use_id}",
            asked=shown.asked or msgspec.json.encode(shown),
            reads=shown.reads,
            at=at,
        )
        answer: Answer = self.writer.ask(request)
        if not isinstance(answer.event, Used):
            raise errors.RequestReused
        return self._as_it_is(answer.event, replayed=answer.replayed)

    def undo_use(self, use_id: str, *, merchant_id: str, outlet_id: str, till_id: str) -> TicketUse:
        """Undo a use within the hour at its outlet; one undone already comes back as `replayed`."""
        used = self._used(use_id)

        def decide(states: StateBatch, now: datetime) -> list[Event]:
            point = ticket_use.PointOfUse(
                merchant=states[merchant.stream(merchant_id)], outlet_id=outlet_id, till_id=till_id
            )
            held = states[used.stream].held[used.grant_id]
            return ticket_use.undo(held, used=used, point=point, at=now, today=self.day(now))

        reads = [used.stream, merchant.stream(merchant_id)]
        answer: Answer = self.writer.ask(Request(decide, by=f"till-{till_id}", reads=reads))
        return self._as_it_is(used, replayed=not isinstance(answer.event, UseUndone))

    def find(self, use_id: str) -> TicketUse:
        """Return a recorded use, undone or not, with the ticket as it is now; or UseUnknown."""
        return self._as_it_is(self._used(use_id))

    def _as_it_is(self, used: Used, *, replayed: bool = False) -> TicketUse:
        held: Grant = self.state(used.stream).held[used.grant_id]
        return TicketUse(used, held, undone=used not in held.uses, replayed=replayed)

    def _used(self, use_id: str) -> Used:
        event = self._recorded(f"use/{use_id}")
        if not isinstance(event, Used):
            raise errors.UseUnknown
        return event


def _ticket(states: StateBatch, shown: Shown, member_id: str, now: datetime) -> Grant | None:
    """Return the named ticket, None if the member has no such; unnamed, the only one valid here."""
    grants: Grants = states[grant.stream(member_id)]
    if shown.ticket_id:
        return grants.held.get(shown.ticket_id)
    by_id = {one: states[drops.stream(one)] for one in grants.drops}
    return ticket_use.chosen(grants, by_id, merchant_id=shown.merchant_id, at=now)


def _collector(states: StateBatch, shown: Shown, member_id: str, today: date) -> str:
    """Return the id of the officer or named proxy who collects; empty if the holder came."""
    if shown.officer_id:
        return shown.officer_id
    if shown.collector_card_id is None:
        return ""
    collector: card.Card = states[card.stream(shown.collector_card_id)]
    card.check_live(collector, today)
    check_device(collector, shown.collector_device)
    check_proxy(states[member.stream(member_id)], collector.member_id)
    return collector.member_id if collector.member_id != member_id else ""
