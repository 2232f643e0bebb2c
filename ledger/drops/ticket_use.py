"""Ticket use: people admitted, at once or in parts, goods handed over, and no-shows."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta

import msgspec

from ledger import errors
from ledger.drops.lifecycle import known_plan
from ledger.drops.state import Drop, Status
from ledger.drops.terms import slot_name
from ledger.event import Event
from ledger.members import card
from ledger.merchants import merchant
from ledger.offers.grant import Grant, Grants, Ticket, Used, UseUndone

UNDO_WITHIN = timedelta(hours=1)

NO_SHOW_MEMORY = timedelta(days=365)
"""The time for which a no-show counts against a member who enters a draw."""


class PointOfUse(msgspec.Struct, frozen=True, kw_only=True):
    """The outlet where a ticket is shown, and its till or the officer who acts, by id.

    `till_id` may be empty for an officer alone; `officer_id` is empty for a till.
    """

    merchant: merchant.Merchant
    outlet_id: str
    till_id: str = ""
    officer_id: str = ""


def use(
    state: Drop,
    *,
    held: Grant | None,
    member_id: str,
    shown: card.Card,
    point: PointOfUse,
    use_id: str,
    people: int | None,
    collected_by: str,
    at: datetime,
    today: date,
) -> list[Event]:
    """Admit `people` on a ticket (None: all that are left), or hand the goods over.

    Return the event, or raise the first refusal. `state` is the ticket's drop; `held` None means
    that the member has no such ticket; `shown` is the card presented. `collected_by` is the id of
    the proxy or officer who came in the member's place; empty for the member.
    """
    if people is not None and people < 1:
        raise errors.InputInvalid(field="people", least=1)
    merchant.check_open(point.merchant)
    _check_place(point)
    card.check_live(shown, today)
    held, ticket, left = _good(held, state, point.merchant.merchant_id, at)
    people = left if people is None else people
    if people > left:
        raise errors.TicketExhausted(left=left)
    return [
        Used(
            member_id=member_id,
            grant_id=held.grant_id,
            use_id=use_id,
            ticket=ticket,
            people=people,
            merchant_id=point.merchant.merchant_id,
            outlet_id=point.outlet_id,
            till_id=point.till_id,
            at=at,
            collected_by=collected_by,
            day=today,
        )
    ]


def undo(held: Grant, *, used: Used, point: PointOfUse, at: datetime, today: date) -> list[Event]:
    """Undo a use within UNDO_WITHIN at the same outlet; a use already undone returns no events.

    Another merchant raises UseUnknown, another outlet UndoElsewhere, a later time UndoTooLate.
    `held` is the grant of the ticket.
    """
    _check_place(point)
    if used.merchant_id != point.merchant.merchant_id:
        raise errors.UseUnknown
    if used.outlet_id != point.outlet_id:
        raise errors.UndoElsewhere
    if used not in held.uses:
        return []
    if at - used.at > UNDO_WITHIN:
        raise errors.UndoTooLate
    return [
        UseUndone(member_id=used.member_id, grant_id=held.grant_id, undone=used, at=at, day=today)
    ]


def chosen(grants: Grants, drops: Mapping[str, Drop], *, merchant_id: str, at: datetime) -> Grant:
    """Return the member's only ticket that a merchant accepts now, for a till that names none.

    `drops` holds the drops of the member's tickets by id.

    Raises:
        TicketUnknown: no ticket is valid here and now.
        TicketNotChosen: several are; `tickets` lists them, and the till must name one.
    """
    good: list[Grant] = []
    for one in grants.held.values():
        if one.ticket is not None:
            with suppress(errors.Refusal):
                good.append(_good(one, drops[one.ticket.drop_id], merchant_id, at)[0])
    if not good:
        raise errors.TicketUnknown
    if len(good) > 1:
        raise errors.TicketNotChosen(
            tickets=[
                {"ticket": one.grant_id, "title": one.title, "left": left_on(one)} for one in good
            ]
        )
    return good[0]


def left_on(held: Grant) -> int:
    """Return the number of people that the ticket still admits; 0 for a grant that is no ticket."""
    party = held.ticket.party if held.ticket is not None else 0
    return party - sum(one.people for one in held.uses)


def no_shows(grants: Grants, drops: Mapping[str, Drop], at: datetime) -> int:
    """Return the number of a member's tickets never used whose session ended in the last 365 days.

    `drops` holds their drops by id. Tickets given back and cancelled drops do not count.
    """
    return sum(_is_no_show(one, drops, at) for one in grants.held.values())


def _is_no_show(held: Grant, drops: Mapping[str, Drop], at: datetime) -> bool:
    if held.ticket is None or held.withdrawn or held.uses:
        return False
    drop = drops[held.ticket.drop_id]
    if drop.plan is None or drop.status is Status.CANCELLED:
        return False
    _item, session = drop.plan.slots[slot_name(held.ticket.item_id, held.ticket.session_id)]
    return session.ends_at <= at < session.ends_at + NO_SHOW_MEMORY


def _check_place(point: PointOfUse) -> None:
    """Raise OutletUnknown unless the till is of this outlet or, without one, the outlet exists.

    A till that is unknown or revoked raises TillUnknown or TillRevoked.
    """
    if point.till_id or not point.officer_id:
        till = merchant.live_till(point.merchant, point.till_id)
        known = till.outlet_id == point.outlet_id
    else:
        known = point.outlet_id in point.merchant.outlets
    if not known:
        raise errors.OutletUnknown(outlet=point.outlet_id)


def _good(
    held: Grant | None, state: Drop, merchant_id: str, at: datetime
) -> tuple[Grant, Ticket, int]:
    """Return a grant that is a ticket valid here and now, its ticket, and the people left on it."""
    if held is None or held.ticket is None:
        raise errors.TicketUnknown
    if held.withdrawn:
        raise errors.TicketReleased
    ticket = held.ticket
    _item, session = known_plan(state).slots[slot_name(ticket.item_id, ticket.session_id)]
    if at < session.starts_at:
        raise errors.TicketNotYet(starts_at=session.starts_at.isoformat())
    if at >= session.ends_at:
        raise errors.TicketOver(ends_at=session.ends_at.isoformat())
    if merchant_id not in held.rules.merchants:
        raise errors.TicketNotHere
    left = left_on(held)
    if not left:
        raise errors.TicketUsed
    return held, ticket, left
