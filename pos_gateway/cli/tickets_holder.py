"""The member at the desk, told by a card they hold; and the ids that keep asking again safe."""

from __future__ import annotations

import hashlib
import secrets

import click

from ledger.card import Card
from ledger.desk import Asking
from ledger.errors import CardUnknown
from ledger.principal import Principal
from pos_gateway.cli.asking import IDENTIFIER
from pos_gateway.house import House

CARD = click.argument("card_id", metavar="CARD", type=IDENTIFIER)
DROP = click.argument("drop_id", metavar="DROP", type=IDENTIFIER)
TICKET = click.argument("ticket_id", metavar="TICKET", type=IDENTIFIER)


def holder(house: House, card_id: str, asking: Asking) -> Principal:
    """The officer who asks for the member who holds this card.

    Raises:
        CardUnknown: no such card.

    """
    card: Card = house.ledger.state(f"card-{card_id}")
    if not card.member_id:
        raise CardUnknown
    return Principal(member_id=card.member_id, officer_id=asking["by"])


def new_id(asking: Asking) -> str:
    """An id for a claim or a use; asked again under the same request id, the same."""
    request_id = asking.get("request_id")
    chance = hashlib.sha256(request_id.encode()).digest() if request_id else secrets.token_bytes(8)
    return chance[:8].hex()
