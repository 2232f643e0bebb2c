"""The member of a card, and ids that make repeated requests safe."""

from __future__ import annotations

import hashlib
import secrets

from ledger.errors import CardUnknown
from ledger.services.base import Asking
from pos_gateway.services import Services


def holder_of(services: Services, card_id: str) -> str:
    """Return the id of the member who holds the card.

    Raises:
        CardUnknown: no such card was issued.
    """
    card = services.ledger.card(card_id)
    if not card.member_id:
        raise CardUnknown
    return card.member_id


def new_id(asking: Asking) -> str:
    """Return 16 hex characters: derived from the request id if there is one, else random."""
    request_id = asking.get("request_id")
    chance = hashlib.sha256(request_id.encode()).digest() if request_id else secrets.token_bytes(8)
    return chance[:8].hex()
