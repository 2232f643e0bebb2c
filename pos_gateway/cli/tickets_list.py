"""A member's holdings in drops: tickets, waiting-list entries, draw entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from ledger.services.base import Asking
from pos_gateway.api.tickets_schema import TicketsBody, tickets_body
from pos_gateway.cli.asking import example
from pos_gateway.cli.opened import with_services
from pos_gateway.cli.tables import FORMAT, show_rows
from pos_gateway.cli.tickets_holder import CARD, holder
from pos_gateway.services import Services

_COLUMNS = (
    *("ticket_id", "status", "drop_id", "item_id", "session_id", "party", "left"),
    *("starts_at", "ends_at", "kept_until_at", "entry_id"),
)


@click.command("list", epilog=example("hongka tickets list 3f0a…"))
@CARD
@FORMAT
@with_services
def list_tickets(services: Services, *, card_id: str, form: str) -> None:
    """List a member's holdings in drops.

    They are tickets, waiting-list entries and draw entries. While an offer is held for a waiting
    member, hongka tickets claim takes it. An entry has its published id.
    """
    ledger = services.ledger
    held = ledger.members.claims.holdings(holder(services, card_id, Asking(by="")))
    body = tickets_body(held, ledger.time())
    show_rows(list(_rows(body)), form=form, columns=_COLUMNS)
    if body.more:
        click.echo(f"… and {body.more} older tickets.", err=True)


def _rows(body: TicketsBody) -> Iterator[dict[str, Any]]:
    for one in body.tickets:
        yield {
            "ticket_id": one.ticket,
            "status": str(one.status),
            **_slot(one.drop, one.item, one.session),
            "party": one.party,
            "left": one.left,
            "starts_at": one.starts_at,
            "ends_at": one.ends_at,
        }
    for waits in body.waiting:
        yield {
            "status": "waiting" if waits.offered_until is None else "kept",
            **_slot(waits.drop, waits.item, waits.session),
            "party": waits.party,
            "kept_until_at": waits.offered_until,
        }
    for entry in body.entries:
        yield {
            "status": "drawn" if entry.drawn else "entered",
            **_slot(entry.drop, entry.item, entry.session),
            "party": entry.party,
            "entry_id": entry.entry,
        }


def _slot(drop_id: str, item_id: str, session_id: str) -> dict[str, str]:
    return {"drop_id": drop_id, "item_id": item_id, "session_id": session_id}
