"""The one device of a card that signs its codes while the holder has no network."""

from datetime import date, datetime, timedelta

from ledger import errors
from ledger.event import Event
from ledger.members.card import Card, DeviceCertified, DeviceRevoked, check_live

CERTIFIED_FOR = timedelta(days=7)
"""The time for which a certified device may sign."""

RENEWED_AFTER = timedelta(hours=1)
"""A certificate is renewed only if the new one ends this much later, since events add up."""

CERTIFIED_PER_DAY = 40
"""The most certifications of one card in a day: devices renew themselves, phones are changed."""


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
    """Certify a device to sign codes of a live card for CERTIFIED_FOR, in place of any other.

    A device that is certified gets a new certificate, but none (no events) if that would end less
    than RENEWED_AFTER later than the old one. `card_ends_at` is the end of the card's last day: no
    certificate outlives it (None: no end). More than CERTIFIED_PER_DAY a day raise TooManyDevices.
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
    """Revoke the card's device, so that none may sign its codes; no events if it has none."""
    if not state.card_id:
        raise errors.CardUnknown
    return [] if state.device is None else [_revoked(state, state.device.device_id)]


def check_device(state: Card, device_id: str | None) -> None:
    """Raise DeviceRevoked unless `device_id` is the card's device; None (unsigned code) passes."""
    if device_id is None:
        return
    if state.device is None or state.device.device_id != device_id:
        raise errors.DeviceRevoked


def _revoked(state: Card, device_id: str) -> Event:
    return DeviceRevoked(card_id=state.card_id, device_id=device_id)
