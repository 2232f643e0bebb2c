"""A till: a paired device, its signing key, and its floor limits for redemptions offline."""

import re

import msgspec

from ledger import errors
from ledger.event import Event, topic
from ledger.money import AMOUNT_MAX

REDEMPTIONS_MOST = 500
"""The largest number of redemptions that a floor limit may allow in a day."""

HOURS_MOST = 14 * 24
"""The largest number of hours without a sync that a floor limit may allow."""

_KEY = re.compile(r"[0-9a-f]{64}|04[0-9a-f]{128}")


class FloorLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The most that a till may redeem offline; a zero forbids it altogether.

    `redemptions` is the number that may arrive in any 24 hours, `amount_minor` their total discount
    in minor units (merchant's and union's share), and `hours` the time since the last sync.
    `card_minor` is the most that the union bears of one card's contested redemptions in 24 hours,
    at all tills together. EMV uses this name for the amount that a terminal may accept without
    asking the bank.
    """

    redemptions: int = 30
    amount_minor: int = 500_00
    hours: int = 24
    card_minor: int = 50_00


USUAL = FloorLimits()
"""The floor limits of a till for which no officer set any."""


class Till(msgspec.Struct, frozen=True):
    """A paired till; `device_key` is its public signing key in hex, empty before the first.

    `series` counts these keys, since each key begins a new series of redemption numbers. `key_hash`
    is the SHA-256, in hex, of the secret part of the till's API key, which is another key.
    """

    till_id: str
    outlet_id: str
    key_hash: str
    revoked: bool = False
    limits: FloorLimits = USUAL
    device_key: str = ""
    series: int = 0


class _TillEvent(Event, frozen=True, kw_only=True):
    STREAM = ("merchant", "merchant_id")

    merchant_id: str
    till_id: str


@topic("merchant.till_limited", "设定离线限额", "Offline limits set")
class TillLimited(_TillEvent, frozen=True, kw_only=True):
    """An officer set the floor limits of a till."""

    limits: FloorLimits


@topic("merchant.till_key_given", "登记收银端签名钥", "Till's signing key given")
class TillKeyGiven(_TillEvent, frozen=True, kw_only=True):
    """The till registered a new public signing key (hex), and begins a new series of numbers."""

    device_key: str
    series: int


def changed(till: Till, event: TillLimited | TillKeyGiven) -> Till:
    """Return the till after one more event."""
    if isinstance(event, TillLimited):
        return msgspec.structs.replace(till, limits=event.limits)
    return msgspec.structs.replace(till, device_key=event.device_key, series=event.series)


def limit(till: Till, *, merchant_id: str, limits: FloorLimits) -> list[Event]:
    """Set a till's floor limits (0 … maximum, else InputInvalid); the present ones: no events."""
    for field, most in (
        ("redemptions", REDEMPTIONS_MOST),
        ("amount_minor", AMOUNT_MAX),
        ("hours", HOURS_MOST),
        ("card_minor", AMOUNT_MAX),
    ):
        value = getattr(limits, field)
        if type(value) is not int or not 0 <= value <= most:
            raise errors.InputInvalid(field=field, most=most)
    if till.limits == limits:
        return []
    return [TillLimited(merchant_id=merchant_id, till_id=till.till_id, limits=limits)]


def give_key(till: Till, *, merchant_id: str, device_key: str) -> list[Event]:
    """Register a till's public signing key and begin a new series; the present key: no events.

    The key is Ed25519 (32 bytes) or uncompressed P-256 (65 bytes), in lower-case hex; any other
    raises InputInvalid.
    """
    if not _KEY.fullmatch(device_key):
        raise errors.InputInvalid(field="key")
    if till.device_key == device_key:
        return []
    return [
        TillKeyGiven(
            merchant_id=merchant_id,
            till_id=till.till_id,
            device_key=device_key,
            series=till.series + 1,
        )
    ]
