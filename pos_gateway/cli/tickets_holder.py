"""The member whom an officer serves, identified by a card."""

from __future__ import annotations

import click

from ledger.members.authorization import Principal
from ledger.services.base import Asking
from pos_gateway.cli.asking import IDENTIFIER
from pos_gateway.cli.holder import holder_of
from pos_gateway.services import Services

CARD = click.argument("card_id", metavar="CARD", type=IDENTIFIER)
DROP = click.argument("drop_id", metavar="DROP", type=IDENTIFIER)
TICKET = click.argument("ticket_id", metavar="TICKET", type=IDENTIFIER)


def holder(services: Services, card_id: str, asking: Asking) -> Principal:
    """Return a principal by which the officer acts for the member who holds this card.

    Raises:
        CardUnknown: no such card was issued.
    """
    return Principal(member_id=holder_of(services, card_id), officer_id=asking["by"])
