"""Ticket codes: a picture that may be sent to the person who collects; valid for weeks."""

from __future__ import annotations

from datetime import datetime

import msgspec

from pos_gateway.codes.cose import CARD_BYTES, JTI_BYTES, sign
from pos_gateway.codes.keys import TICKET_DAYS_MAX, KeyRing

TICKET_BYTES = 12
TICKET_SECONDS_MAX = TICKET_DAYS_MAX * 24 * 60 * 60
_KIND = 3


class Ticket(msgspec.Struct, frozen=True):
    """A verified ticket code. Anybody with a copy can show it: the ledger knows what is left.

    `jti` is the code's own id: a picture made again has another id.
    """

    card_id: str
    ticket_id: str
    jti: str
    issued_at: datetime
    expires_at: datetime


def make_ticket_code(
    ring: KeyRing, *, card: bytes, ticket: bytes, now: datetime, expires_at: datetime, jti: bytes
) -> str:
    """Return a signed code of 205 characters; a QR picture of version 8 at level M holds 221.

    The code is valid until `expires_at`, in whole seconds: the end of the ticket's session.

    Raises:
        ValueError: `card` or `ticket` is not 12 bytes, `jti` not 8, or the lifetime is less than a
            second or more than 62 days.
        KeysUnusable: no key signs at that time.
    """
    if len(card) != CARD_BYTES or len(ticket) != TICKET_BYTES or len(jti) != JTI_BYTES:
        raise ValueError("a card is 12 bytes, a ticket 12, a jti 8")
    issued_at = now.replace(microsecond=0)
    expires = int(expires_at.timestamp())
    if not 1 <= expires - int(issued_at.timestamp()) <= TICKET_SECONDS_MAX:
        raise ValueError("expires_at")
    return sign(
        ring, stands_for=[_KIND, card, ticket], issued_at=issued_at, expires=expires, jti=jti
    )
