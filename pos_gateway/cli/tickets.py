"""Tickets for members without a phone: an officer claims, releases and waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from ledger.drops.draw import published_id
from ledger.drops.events import Claimed, Entered
from ledger.drops.lifecycle import known_plan
from ledger.drops.terms import Mode
from ledger.members.authorization import Principal
from pos_gateway.api.tickets_schema import TicketsBody, tickets_body
from pos_gateway.cli.asking import CARD, Run, group, holder_of, officer, shows
from pos_gateway.cli.drops_slots import PARTY, asked_of, slot_options
from pos_gateway.cli.tables import show_rows
from pos_gateway.cli.tickets_use import code, hand_over
from pos_gateway.services import Services

_COLUMNS = (
    *("ticket_id", "status", "drop_id", "item_id", "session_id", "party", "left"),
    *("starts_at", "ends_at", "kept_until_at", "entry_id"),
)


tickets = group(
    "tickets",
    *(hand_over, code),
    more="The member is named by a card. The record has both the member and the officer.",
)


@officer("hongka tickets claim 3f0a… may-day --item garden --session may-1 --party 3", of=tickets)
@CARD
@slot_options
@PARTY
def claim(run: Run, *, card_id: str, drop_id: str, **chosen: Any) -> None:
    """Claim a ticket for the member or, if the drop is a draw, enter them in it.

    Prints the ticket's id, or the id under which the entry is published.
    """
    asked = asked_of(run.services, drop_id, claim_id=run.new_id(), **chosen)
    had = run.ledger.members.claims.claim(asked, run.holder(card_id))
    event = None if had.replayed else had.event
    what = f"{asked.item_id}, {asked.session_id}, party of {asked.party}"
    match had.event:
        case Claimed(ticket_id=ticket_id, number=number):
            line = f"Ticket {ticket_id} is the member's, number {number} of {drop_id}: {what}."
            run.say(event, line, ticket_id=ticket_id, number=number)
        case Entered(member_id=member_id, entry_id=claim_id):
            entry_id = published_id(drop_id, member_id, claim_id)
            line = f"The member takes part in the draw {drop_id} as entry {entry_id}: {what}."
            run.say(event, line, entry_id=entry_id)
        case other:
            raise AssertionError(other)


@officer("hongka tickets release 3f0a… 5b6c…", of=tickets, many=True)
@CARD
def release(run: Run, *, card_id: str, ticket_id: str) -> None:
    """Give an unused ticket of the member back (退票), while the drop takes tickets back.

    Its places go to the waiting list first, then to anybody.
    """
    run.ledger.members.claims.release(ticket_id, run.holder(card_id))
    run.say.of(f"Ticket {ticket_id} is given back.")


@officer("hongka tickets wait 3f0a… may-day --party 3", of=tickets)
@CARD
@slot_options
@PARTY
def wait(run: Run, *, card_id: str, drop_id: str, **chosen: Any) -> None:
    """Put the member on the waiting list (候补) of a session with too few free places.

    A place given back is kept for them for a while: hongka tickets list shows it, hongka tickets
    claim takes it. In a draw the list opens once it is drawn.
    """
    asked = asked_of(run.services, drop_id, claim_id=run.new_id(), **chosen)
    had = run.ledger.members.claims.join(asked, run.holder(card_id))
    line = f"The member waits for {asked.item_id}, {asked.session_id}, party of {asked.party}."
    run.say(None if had.replayed else had.event, line)


@officer(
    "hongka tickets leave 3f0a… may-day",
    "hongka tickets leave 3f0a… lots-2026",
    of=tickets,
    many=True,
)
@CARD
@slot_options
def leave(run: Run, *, card_id: str, drop_id: str, **chosen: Any) -> None:
    """Take the member off a waiting list, or out of a draw that still takes entries."""
    member = run.holder(card_id)
    state = run.ledger.drop(drop_id)
    if known_plan(state).mode is Mode.DRAW and not state.drawn:
        run.ledger.members.claims.withdraw_entry(drop_id, member)
        run.say.of(f"The member is out of the draw {drop_id}.")
        return
    asked = asked_of(run.services, drop_id, claim_id="", **chosen)
    run.ledger.members.claims.leave(asked, member)
    run.say.of(f"The member waits for {drop_id} no longer.")


@shows("hongka tickets list 3f0a…", of=tickets)
@CARD
def list_tickets(services: Services, *, card_id: str, form: str) -> None:
    """List the tickets, waiting-list entries and draw entries of the member with this card.

    Status `kept`: a place is kept for a waiting member, until `kept until`, and hongka tickets
    claim takes it. A draw entry has its published id.
    """
    ledger = services.ledger
    held = ledger.members.claims.holdings(
        Principal(member_id=holder_of(services, card_id), officer_id="")
    )
    body = tickets_body(held, ledger.time())
    show_rows(list(_rows(body)), form=form, columns=_COLUMNS)
    if body.more:
        click.echo(f"… and {body.more} older tickets.", err=True)


def _rows(body: TicketsBody) -> Iterator[dict[str, Any]]:
    for one in body.tickets:
        more = {"left": one.left, "starts_at": one.starts_at, "ends_at": one.ends_at}
        yield {"ticket_id": one.ticket, **_row(one, str(one.status)), **more}
    for waits in body.waiting:
        until = waits.offered_until
        yield _row(waits, "waiting" if until is None else "kept") | {"kept_until_at": until}
    for entry in body.entries:
        yield _row(entry, "drawn" if entry.drawn else "entered") | {"entry_id": entry.entry}


def _row(one: Any, status: str) -> dict[str, Any]:
    """Return the columns that a ticket, a waiting-list entry and a draw entry have in common."""
    names = ("drop", "item", "session")
    slot = {f"{name}_id": getattr(one, name) for name in names}
    return {"status": status, **slot, "party": one.party}
