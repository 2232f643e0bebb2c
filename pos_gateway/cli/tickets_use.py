"""Use a ticket as an officer, and draw its code for a proxy who collects."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

import click

from ledger import errors
from ledger.benefits.tickets import is_handed_over
from ledger.drops.terms import PARTY_MAX
from ledger.members.card import check_live
from ledger.services.ticket_use import Shown
from pos_gateway.api.tickets_schema import TicketStatus, ticket_body
from pos_gateway.cli.asking import CARD, IDENTIFIER, NEW_FILE, Run, officer
from pos_gateway.codes import card_bytes, make_ticket_code
from pos_gateway.codes.keys import TICKET_DAYS_MAX

_JTI_BYTES = 8


@officer(
    "hongka tickets hand-over 3f0a… 5b6c… --merchant farm --outlet hall",
    "hongka tickets hand-over 3f0a… 5b6c… --merchant rose-garden --outlet east --people 2",
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


@officer("hongka tickets code 3f0a… 5b6c… --out ticket.png", many=True)
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
    held = belongings.grants.held.get(ticket_id)
    if held is None or held.ticket is None:
        raise errors.TicketUnknown
    body = ticket_body(held, belongings.drops[held.ticket.drop_id], now)
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
        jti=secrets.token_bytes(_JTI_BYTES),
    )
    from pos_gateway.codes.qr_image import png

    out.write_bytes(png(text))
    run.say.of(
        f"The code of ticket {ticket_id} is drawn to {out}; good until {expires_at.isoformat()}.",
        expires_at=expires_at,
    )
