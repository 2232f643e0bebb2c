"""Tickets for members without a phone: an officer claims, releases and waits for them."""

from __future__ import annotations

import click

from ledger.drops.draw import published_id
from ledger.drops.events import Claimed, Entered
from ledger.drops.lifecycle import known_plan
from ledger.drops.terms import Mode
from pos_gateway.cli.asking import Run, example, officer, officer_of_many
from pos_gateway.cli.drops_slots import PARTY, Choice, asked_of, slot_options
from pos_gateway.cli.holder import new_id
from pos_gateway.cli.tickets_holder import CARD, DROP, TICKET, holder
from pos_gateway.cli.tickets_list import list_tickets
from pos_gateway.cli.tickets_use import code, hand_over


@click.group()
def tickets() -> None:
    """Claim tickets (票) of drops for members at the desk, give them back, use them.

    The member is told by a card they hold. The record has both the member and the officer.
    """


for _command in (list_tickets, hand_over, code):
    tickets.add_command(_command)


@tickets.command(
    epilog=example("hongka tickets claim 3f0a… may-day --item garden --session may-1 --party 3")
)
@CARD
@DROP
@slot_options
@PARTY
@officer
def claim(
    run: Run, *, card_id: str, drop_id: str, item_id: str | None, session_id: str | None, party: int
) -> None:
    """Claim a ticket for the member, or enter a draw.

    An entry is told by the id it is published under.
    """
    choice = Choice(item_id, session_id, party)
    asked = asked_of(run.services, drop_id, choice, claim_id=new_id(run.asking))
    had = run.ledger.members.claims.claim(asked, holder(run.services, card_id, run.asking))
    event = None if had.replayed else had.event
    what = f"{asked.item_id}, {asked.session_id}, party of {party}"
    match had.event:
        case Claimed(ticket_id=ticket_id, number=number):
            line = f"Ticket {ticket_id} is the member's, number {number} of {drop_id}: {what}."
            run.say(
                event, line, card_id=card_id, drop_id=drop_id, ticket_id=ticket_id, number=number
            )
        case Entered(member_id=member_id, entry_id=claim_id):
            entry_id = published_id(drop_id, member_id, claim_id)
            line = f"The member takes part in the draw {drop_id} as entry {entry_id}: {what}."
            run.say(event, line, card_id=card_id, drop_id=drop_id, entry_id=entry_id)
        case other:
            raise AssertionError(other)


@tickets.command(epilog=example("hongka tickets release 3f0a… 5b6c…"))
@CARD
@TICKET
@officer_of_many
def release(run: Run, *, card_id: str, ticket_id: str) -> None:
    """Give a ticket of the member back (退票).

    It goes to who waits, else to whoever comes.
    """
    run.ledger.members.claims.release(ticket_id, holder(run.services, card_id, run.asking))
    run.say.of(f"Ticket {ticket_id} is given back.", card_id=card_id, ticket_id=ticket_id)


@tickets.command(epilog=example("hongka tickets wait 3f0a… may-day --party 3"))
@CARD
@DROP
@slot_options
@PARTY
@officer
def wait(
    run: Run, *, card_id: str, drop_id: str, item_id: str | None, session_id: str | None, party: int
) -> None:
    """Put the member on a waiting list (候补).

    A place given back is kept for them for a while: hongka tickets list shows it, hongka tickets
    claim takes it.
    """
    choice = Choice(item_id, session_id, party)
    asked = asked_of(run.services, drop_id, choice, claim_id=new_id(run.asking))
    had = run.ledger.members.claims.join(asked, holder(run.services, card_id, run.asking))
    run.say(
        None if had.replayed else had.event,
        f"The member waits for {asked.item_id}, {asked.session_id}, party of {party}.",
        card_id=card_id,
        drop_id=drop_id,
    )


@tickets.command(
    epilog=example("hongka tickets leave 3f0a… may-day", "hongka tickets leave 3f0a… lots-2026")
)
@CARD
@DROP
@slot_options
@officer_of_many
def leave(
    run: Run, *, card_id: str, drop_id: str, item_id: str | None, session_id: str | None
) -> None:
    """Take the member off a waiting list, or out of a draw.

    A draw is left while it takes entries; once it is drawn, its waiting list.
    """
    member = holder(run.services, card_id, run.asking)
    state = run.ledger.drop(drop_id)
    if known_plan(state).mode is Mode.DRAW and not state.drawn:
        run.ledger.members.claims.withdraw_entry(drop_id, member)
        run.say.of(f"The member is out of the draw {drop_id}.", card_id=card_id, drop_id=drop_id)
        return
    asked = asked_of(run.services, drop_id, Choice(item_id, session_id), claim_id="")
    run.ledger.members.claims.leave(asked, member)
    run.say.of(f"The member waits for {drop_id} no longer.", card_id=card_id, drop_id=drop_id)
