"""The device that signs codes of a card while its holder has no network: one at a time."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from ledger import errors
from ledger.event import Event
from ledger.members.card import Card, check_live
from ledger.members.card_events import DeviceCertified, DeviceRevoked

CERTIFIED_FOR = timedelta(days=7)
"""How long a device signs before it has to ask again."""

RENEWED_AFTER = timedelta(hours=1)
"""A device that asks again sooner has what it had: facts are kept for ever."""

CERTIFIED_PER_DAY = 40
"""How often a day devices are certified for one card: they renew themselves, people change them."""


def certify(
    state: Card,
    *,
    device_id: str,
    algorithm: str,
    public_key: str,
    at: datetime,
    today: date,
    card_ends_at: datetime | None = None,
) -> list[Event]:
    """Let a device sign codes of the card, and another no longer; the same again has more time.

    It is never longer than the card lives: `card_ends_at` is the end of its last day.

    Raises:
        Refusal: the card is not live, or it was done too often today.

    """
    check_live(state, today)
    until = at.replace(microsecond=0) + CERTIFIED_FOR
    if card_ends_at is not None:
        until = min(until, card_ends_at)
    known = state.device
    if known is not None and known.device_id == device_id:
        if until - known.until < RENEWED_AFTER:
            return []
        known = None
    if state.certified_day == today and state.certified_count >= CERTIFIED_PER_DAY:
        raise errors.TooManyDevices(most=CERTIFIED_PER_DAY)
    revoked = [] if known is None else [_revoked(state, known.device_id)]
    certified = DeviceCertified(
        card_id=state.card_id,
        device_id=device_id,
        algorithm=algorithm,
        public_key=public_key,
        until=until,
        day=today,
    )
    return [*revoked, certified]


def revoke(state: Card) -> list[Event]:
    """Let no device sign codes of the card.

    Raises:
        CardUnknown: no such card.

    """
    if not state.card_id:
        raise errors.CardUnknown
    return [] if state.device is None else [_revoked(state, state.device.device_id)]


def check_device(state: Card, device_id: str | None) -> None:
    """Check that the card has the device that signed its code; None signed none.

    Raises:
        DeviceRevoked: it has another, or none.

    """
    if device_id is None:
        return
    if state.device is None or state.device.device_id != device_id:
        raise errors.DeviceRevoked


def _revoked(state: Card, device_id: str) -> Event:
    return DeviceRevoked(card_id=state.card_id, device_id=device_id)
