"""The member whom a card identifies, and ids that make repeated requests safe."""

from __future__ import annotations

import hashlib
import secrets

import click

from ledger.errors import CardUnknown
from ledger.members.authorization import Principal
from ledger.services.base import Asking
from pos_gateway.cli.asking import IDENTIFIER
from pos_gateway.services import Services

CARD = click.argument("card_id", metavar="CARD", type=IDENTIFIER)
DROP = click.argument("drop_id", metavar="DROP", type=IDENTIFIER)
TICKET = click.argument("ticket_id", metavar="TICKET", type=IDENTIFIER)


def holder_of(services: Services, card_id: str) -> str:
    """Return the id of the member of a card in any status; raise CardUnknown if none was issued."""
    card = services.ledger.card(card_id)
    if not card.member_id:
        raise CardUnknown
    return card.member_id


def new_id(asking: Asking) -> str:
    """Return an id of 16 hex characters: from the request id if there is one, else random."""
    request_id = asking.get("request_id")
    chance = hashlib.sha256(request_id.encode()).digest() if request_id else secrets.token_bytes(8)
    return chance[:8].hex()


def holder(services: Services, card_id: str, asking: Asking) -> Principal:
    """Return a principal by which the officer acts for this card's member; or raise CardUnknown."""
    return Principal(member_id=holder_of(services, card_id), officer_id=asking["by"])
