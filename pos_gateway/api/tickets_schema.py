"""JSON schemas of tickets."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from ledger.drops import Drop, draw
from ledger.drops.lifecycle import slot_at
from ledger.drops.state import Status
from ledger.drops.terms import PARTY_MAX, Session, ends_at, returned_until, slot_name
from ledger.drops.ticket_use import left_on
from ledger.errors import TicketUnknown
from ledger.offers.grant import Grant, Ticket
from ledger.services.claims import Holdings
from ledger.services.ticket_use import TicketUse
from pos_gateway.api.drops_schema import WaitingBody
from pos_gateway.codes import TEXT_MAX
from pos_gateway.web.json_body import Asking, Id, body_of

TICKETS_MAX = 200
"""The most tickets of one list, the latest session first."""


class TicketStatus(StrEnum):
    """A ticket's status; `released`: given back; `over`: its session ended with people left."""

    HELD = "held"
    USED = "used"
    RELEASED = "released"
    OVER = "over"
    CANCELLED = "cancelled"


class UseAsked(Asking, frozen=True, kw_only=True):
    """A request to use a ticket: `code` is a ticket's, or that of a card which holds one.

    `people` null means all that are left. `ticket` selects one of a card's tickets; null: the only
    one valid here now. A proxy who collects shows the code of their own card as `collector_code`;
    null: the member came.
    """

    code: Annotated[str, msgspec.Meta(max_length=TEXT_MAX)]
    people: Annotated[int, msgspec.Meta(ge=1, le=PARTY_MAX)] | None = None
    ticket: Id | None = None
    collector_code: Annotated[str, msgspec.Meta(max_length=TEXT_MAX)] | None = None


class TicketBody(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket for `party` people, of whom `left` have not come yet.

    `number` is its number in the drop, from 1; before `returns_until` an unused ticket may be given
    back.
    """

    ticket: str
    drop: str
    item: str
    session: str
    title: str
    kind: str
    number: int
    party: int
    left: int
    status: TicketStatus
    starts_at: datetime
    ends_at: datetime
    returns_until: datetime


class WaitsBody(WaitingBody, frozen=True, kw_only=True):
    """A waiting-list entry of a session, with the number of entries `ahead` of it.

    `offered_until`: claim the place kept for the member until then; null: no place is kept.
    """

    ahead: int
    offered_until: datetime | None


class DrawEntryBody(msgspec.Struct, frozen=True, kw_only=True):
    """A draw entry with `weight` lots, and its published id; `drawn` says if the draw is over."""

    drop: str
    item: str
    session: str
    party: int
    entry: str
    weight: int
    drawn: bool


class TicketsBody(msgspec.Struct, frozen=True, kw_only=True):
    """The tickets, waiting-list entries and draw entries of a member.

    At most 200 tickets are listed; `more` is the number left out.
    """

    server_time: datetime
    tickets: list[TicketBody]
    waiting: list[WaitsBody]
    entries: list[DrawEntryBody]
    more: int


class TicketCodeBody(msgspec.Struct, frozen=True, kw_only=True):
    """The code of a ticket, valid until `expires_at`."""

    code: str
    expires_at: datetime


class UseBody(msgspec.Struct, frozen=True, kw_only=True):
    """A use of a ticket by `people`; `left` is the number that it admits now, not at that time."""

    use_id: str
    ticket: str
    drop: str
    item: str
    session: str
    title: str
    kind: str
    people: int
    left: int
    at: datetime
    undone: bool


def tickets_body(held: Holdings, now: datetime) -> TicketsBody:
    """Return a member's tickets, the latest session first, with the waits and draw entries.

    Waits and entries that are over, or of a cancelled drop, are left out.
    """
    tickets = [
        ticket_body(one, held.drops[one.ticket.drop_id], now)
        for one in held.grants.held.values()
        if one.ticket is not None
    ]
    tickets.sort(key=lambda one: (one.drop, one.number))  # a map of states is unordered
    tickets.sort(key=lambda one: one.starts_at, reverse=True)
    return TicketsBody(
        server_time=now,
        tickets=tickets[:TICKETS_MAX],
        waiting=list(_waiting(held, now)),
        entries=list(_entries(held, now)),
        more=max(0, len(tickets) - TICKETS_MAX),
    )


def ticket_body(held: Grant, state: Drop, now: datetime) -> TicketBody:
    """Return the JSON body of a grant that is a ticket, with its status as of `now`."""
    assert held.ticket is not None, "only tickets are asked for"  # noqa: S101 - our own mistake
    assert state.plan is not None, "a ticket is of a drop"  # noqa: S101 - our own mistake
    session, ticket = session_of(held.ticket, state), held.ticket
    return body_of(
        TicketBody,
        held,
        ticket,
        session,
        ticket=held.grant_id,
        left=left_on(held),
        status=_status(held, state, session, now),
        returns_until=returned_until(state.plan, session),
    )


def held_ticket(held: Holdings, ticket_id: str) -> tuple[Grant, Drop]:
    """Return a ticket that a member holds or held, with its drop; raise TicketUnknown for none."""
    found = held.grants.held.get(ticket_id)
    if found is None or found.ticket is None:
        raise TicketUnknown
    return found, held.drops[found.ticket.drop_id]


def session_of(ticket: Ticket, state: Drop) -> Session:
    """Return the session that a ticket is for; `state` is the ticket's drop."""
    assert state.plan is not None, "a ticket is of a drop"  # noqa: S101 - our own mistake
    return state.plan.slots[slot_name(ticket.item_id, ticket.session_id)][1]


def use_body(use: TicketUse) -> UseBody:
    """Return the JSON body of a ticket use."""
    used = use.used
    return body_of(UseBody, used, use.held, use, used.ticket, ticket=used.grant_id)


def _status(held: Grant, state: Drop, session: Session, now: datetime) -> TicketStatus:
    if held.withdrawn:
        return TicketStatus.RELEASED
    if state.status is Status.CANCELLED:
        return TicketStatus.CANCELLED
    if not left_on(held):
        return TicketStatus.USED
    return TicketStatus.OVER if now >= session.ends_at else TicketStatus.HELD


def _waiting(held: Holdings, now: datetime) -> Iterator[WaitsBody]:
    member_id = held.member.member_id
    for state in held.drops.values():
        if state.status is Status.CANCELLED or state.plan is None:
            continue
        for name, (item, session) in state.plan.slots.items():
            if member_id not in state.slots[name].waiting:
                continue
            waiting = slot_at(state, name, now).waiting
            waits = waiting.get(member_id)
            if waits is not None and now < session.ends_at:
                ahead = sum(one.number < waits.number for one in waiting.values())
                yield body_of(
                    WaitsBody, state, item, session, waits, ahead=ahead, offered_until=waits.until
                )


def _entries(held: Holdings, now: datetime) -> Iterator[DrawEntryBody]:
    member_id = held.member.member_id
    for state in held.drops.values():
        entry = state.entered.get(member_id)
        if entry is None or state.plan is None or now >= ends_at(state.plan):
            continue
        if state.status is not Status.CANCELLED:
            published = draw.published_id(state.drop_id, member_id, entry.entry_id)
            lots = draw.lots_of(state, entry)
            yield body_of(DrawEntryBody, entry, state, entry=published, weight=lots)
