"""Tickets for members without a phone: an officer claims, uses, draws and releases them."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from ledger import errors
from ledger.benefits.tickets import is_handed_over
from ledger.drops.draw import published_id
from ledger.drops.events import Claimed, Entered
from ledger.drops.lifecycle import known_plan
from ledger.drops.terms import PARTY_MAX, Mode
from ledger.members.authorization import Principal
from ledger.members.card import check_live
from ledger.services.ticket_use import Shown
from pos_gateway.api.tickets_schema import (
    TicketsBody,
    TicketStatus,
    held_ticket,
    ticket_body,
    tickets_body,
)
from pos_gateway.cli.asking import CARD, IDENTIFIER, NEW_FILE, Run, group, holder_of, officer, shows
from pos_gateway.cli.drops_allot import PARTY, asked_of, slot_options
from pos_gateway.cli.tables import show_rows
from pos_gateway.codes import card_bytes, make_ticket_code
from pos_gateway.codes.cose import JTI_BYTES
from pos_gateway.codes.keys import TICKET_DAYS_MAX
from pos_gateway.services import Services

_COLUMNS = (
    *("ticket_id", "status", "drop_id", "item_id", "session_id", "party", "left"),
    *("starts_at", "ends_at", "kept_until_at", "entry_id"),
)


tickets = group(
    "tickets", more="The member is named by a card. The record has both the member and the officer."
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


@officer(
    "hongka tickets hand-over 3f0a… 5b6c… --merchant farm --outlet hall",
    "hongka tickets hand-over 3f0a… 5b6c… --merchant rose-garden --outlet east --people 2",
    of=tickets,
)
@CARD
@click.option("--merchant", "merchant_id", required=True, type=IDENTIFIER, help="Who honours it.")
@click.option("--outlet", "outlet_id", required=True, type=IDENTIFIER, help="Where.")
@click.option(
    "--people",
    type=click.IntRange(1, PARTY_MAX),
    help="How many are admitted; all that are left where not given.",
)
def hand_over(
    run: Run, *, card_id: str, ticket_id: str, merchant_id: str, outlet_id: str, people: int | None
) -> None:
    """Use a member's ticket without a till: hand its goods over, or admit people (代领).

    The officer acts for the member. The ticket must be valid now at this outlet.
    """
    shown = Shown(
        merchant_id=merchant_id,
        outlet_id=outlet_id,
        officer_id=run.asking["by"],
        card_id=card_id,
        ticket_id=ticket_id,
        people=people,
    )
    use = run.ledger.tills.ticket_use.use(run.new_id(), shown)
    if is_handed_over(use.held.kind):
        line = f"The goods of ticket {ticket_id} are handed over."
    else:
        line = f"Admitted on ticket {ticket_id}: {use.used.people}; left: {use.left}."
    run.say(
        None if use.replayed else use.used,
        line,
        use_id=use.used.use_id,
        people=use.used.people,
        left=use.left,
    )


@officer("hongka tickets code 3f0a… 5b6c… --out ticket.png", of=tickets, many=True)
@CARD
@click.option(
    "--out",
    required=True,
    type=NEW_FILE,
    help="The picture, as PNG. Whoever has it can use the ticket.",
)
def code(run: Run, *, card_id: str, ticket_id: str, out: Path) -> None:
    """Draw the code of an unused ticket as a PNG, good until the session ends, at most 62 days.

    The member shows it, or whoever collects in their place; on paper will do.
    """
    ledger, now = run.ledger, run.services.clock()
    check_live(ledger.card(card_id), ledger.day(now))
    belongings = ledger.members.claims.holdings(run.holder(card_id))
    body = ticket_body(*held_ticket(belongings, ticket_id), now)
    match body.status:
        case TicketStatus.RELEASED:
            raise errors.TicketReleased
        case TicketStatus.CANCELLED:
            raise errors.DropCancelled
        case TicketStatus.USED:
            raise errors.TicketUsed
        case TicketStatus.OVER:
            raise errors.TicketOver(ends_at=body.ends_at.isoformat())
    expires_at = min(body.ends_at, now + timedelta(days=TICKET_DAYS_MAX))
    text = make_ticket_code(
        run.services.keys,
        card=card_bytes(card_id),
        ticket=bytes.fromhex(ticket_id),
        now=now,
        expires_at=expires_at,
        jti=secrets.token_bytes(JTI_BYTES),
    )
    from pos_gateway.codes.qr_image import png

    out.write_bytes(png(text))
    run.say.of(
        f"The code of ticket {ticket_id} is drawn to {out}; good until {expires_at.isoformat()}.",
        expires_at=expires_at,
    )


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
